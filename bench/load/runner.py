"""Measures one row: a workload, a server that has been started, a protocol."""

import os

import measuring
from h2load import Load

_CALLS_PER_S_OF_TAIL = 2000
_STATIC_PATH, _STATIC_BYTES = "/64.txt", 64


class Runner:
    def __init__(self, machine, load_core, bodies, effort):
        self._machine = machine
        self._load_core = load_core
        self._bodies = bodies
        self._effort = effort

    def measure(self, workload, target, protocol):
        """One run of a fresh server: a dictionary of numbers."""
        connections, _ = workload.load(protocol, self._effort.most_connections)
        measuring.need_descriptors(connections + 200)
        with target.start(self._machine, protocol.tls, workload.encoding) as running:
            return self.measure_on(running, workload, protocol)

    def measure_on(self, running, workload, protocol):
        answer_bytes, arguments, path = _STATIC_BYTES, [], _STATIC_PATH
        if protocol.name in workload.protocols:  # else a static file
            message = self._prepared(workload, "json" if protocol.json else "bin")
            body = self._body(workload, protocol, message)
            answer_bytes = measuring.check(workload, protocol, running.port, body, message)
            if workload.kind == "idle":
                kib = measuring.idle_memory(workload, protocol, running.port, body, message, running.pids,
                                            self._effort.idle_connections)
                return {"kib_per_connection": kib, "rss_kib": measuring.resident_kib(running.pids)}
            path = protocol.path(workload.path, message)
            arguments = self._arguments(workload, protocol, body)
        connections, per_connection = workload.load(protocol, self._effort.most_connections)
        load = Load(self._load_core, f"{protocol.scheme}://127.0.0.1:{running.port}", path, arguments, connections,
                    per_connection, answer_bytes, os.path.join(self._machine.scratch, "h2load.log"))
        return self._put_load(load, running, workload)

    def _prepared(self, workload, suffix):
        with open(os.path.join(self._bodies, f"{workload.body}.{suffix}"), "rb") as file:
            return file.read()

    def _body(self, workload, protocol, message):
        if protocol.get:
            return None
        if workload.encoding:
            return protocol.compressed(message, workload.encoding)
        return self._prepared(workload, protocol.suffix(workload.streaming))

    def _arguments(self, workload, protocol, body):
        """h2load's."""
        arguments = ["--h1"] if protocol.http1 else []
        for name, value in protocol.headers(workload.streaming, workload.encoding):
            arguments += ["-H", f"{name}: {value}"]
        if body:
            path = os.path.join(self._machine.scratch, "body")
            with open(path, "wb") as file:
                file.write(body)
            arguments += ["-d", path]
        elif body is not None:
            arguments += ["-H", ":method: POST"]  # h2load sends no empty file
        return arguments

    def _put_load(self, load, running, workload):
        amount = self._effort.amount(workload, load.connections, load.per_connection, load.server.startswith("https"))
        if workload.kind == "tail":
            outcome = load.run_with_slow_calls(amount, _CALLS_PER_S_OF_TAIL, running.pids)
        else:
            outcome = load.run(amount, running.pids)
        p50, p99, p999 = load.percentiles(50, 99, 99.9)
        return {"requests_per_s": outcome.requests_per_s, "cpu_us": outcome.cpu_s * 1e6 / outcome.requests,
                "p50_us": p50, "p99_us": p99, "p999_us": p999, "rss_kib": measuring.resident_kib(running.pids)}
