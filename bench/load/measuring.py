"""Runs servers on one core and load on another, and reads what a run has cost."""

import os
import re
import resource
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass

from http2 import CallFailed
from workloads import SLOW_PATH

_TICKS = os.sysconf("SC_CLK_TCK")
_REQUESTS = re.compile(r"^requests: .* (\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout", re.M)
_RATE = re.compile(r"^finished in [^,]*, ([0-9.]+) req/s", re.M)
# More lines of h2load's log than this are thinned out.
_MAX_SAMPLES = 400_000


class MeasuringFailed(Exception):
    pass


def prepare_machine():
    """The cores of server and load. 10,000 connections need as many descriptors, on both sides."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise MeasuringFailed("server and load generator need a core each, and this process may use only one")
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return cores[0], cores[1]


def cpu_seconds(pids):
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / _TICKS


def resident_kib(pids):
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
            total += int(re.search(r"^VmRSS:\s+(\d+) kB", file.read(), re.M)[1])
    return total


class Process:
    """A program on one core, killed at the end of the `with` block."""

    def __init__(self, arguments, core, log, environment=None):
        self._name = os.path.basename(arguments[0])
        self._log = log
        with open(log, "ab") as errors:
            # One worker thread in those programs that ask for it in this way.
            environment = {**os.environ, "TOKIO_WORKER_THREADS": "1", "GOMAXPROCS": "1", **(environment or {})}
            self._process = subprocess.Popen(["taskset", "-c", str(core), *arguments], stdin=subprocess.DEVNULL,
                                             stdout=subprocess.PIPE, stderr=errors, env=environment)
        self.pid = self._process.pid  # taskset becomes the program

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._process.stdout.close()

    def read_port(self):
        """The port that the program prints as its first line."""
        line = self._process.stdout.readline()
        if not line.strip().isdigit():
            self.fail("did not start")
        return int(line)

    def fail(self, what):
        with open(self._log, encoding="utf-8", errors="replace") as file:
            tail = "".join(file.readlines()[-10:])
        raise MeasuringFailed(f"{self._name} {what}\n{tail}")

    def wait_for_port(self, port, connect):
        """Returns when `connect(port)` works, for programs that do not say when they are ready."""
        deadline = time.monotonic() + 20
        while True:
            try:
                connect(port).close()
                return
            except OSError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    self.fail(f"does not listen on port {port}")
                time.sleep(0.05)


@dataclass
class Load:
    """How h2load is run for one row."""
    core: int
    port: int
    path: str
    arguments: list  # of protocol and body
    connections: int
    per_connection: int
    log: str

    def _command(self, path, seconds, connections, more):
        duration = f"{int(seconds * 1000)}ms"
        return ["taskset", "-c", str(self.core), "h2load", "-t1", "-D", duration, "-c", str(connections), "-m",
                str(self.per_connection), *more, *self.arguments, f"http://127.0.0.1:{self.port}{path}"]

    def run(self, seconds, log=False):
        more = ["--log-file", self.log] if log else []
        return self._finish(self._start(self.path, seconds, self.connections, more))

    def run_with_slow_calls(self, seconds, rate):
        """`rate` calls per second in all, of which one in a hundred sleeps; logs the others."""
        slow = self._start(SLOW_PATH, seconds, 1, ["--rps", str(rate // 100)])
        others = (rate - rate // 100) / self.connections
        result = self._finish(self._start(self.path, seconds, self.connections,
                                          ["--rps", f"{others:.2f}", "--log-file", self.log]))
        slow_result = self._finish(slow)
        return result[0] + slow_result[0], result[1] + slow_result[1]

    def _start(self, path, seconds, connections, more):
        if "--log-file" in more and os.path.exists(self.log):
            os.remove(self.log)
        return subprocess.Popen(self._command(path, seconds, connections, more), stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    @staticmethod
    def _finish(process):
        """The number of requests that succeeded, and how many in a second."""
        output, _ = process.communicate()
        requests, rate = _REQUESTS.search(output), _RATE.search(output)
        if process.returncode != 0 or not requests or not rate:
            raise MeasuringFailed(f"h2load failed:\n{output[-2000:]}")
        succeeded, failed, errored, timeout = map(int, requests.groups())
        if succeeded == 0 or failed + errored + timeout > 0:
            raise MeasuringFailed(f"{succeeded} requests succeeded, {failed} failed, {errored} had errors, "
                                  f"{timeout} timed out")
        return succeeded, float(rate[1])

    def percentiles(self, *wanted):
        """Of the times in h2load's log, in microseconds."""
        with open(self.log, "rb") as file:
            lines = file.read().splitlines()
        os.remove(self.log)
        times = sorted(int(line.rpartition(b"\t")[2]) for line in lines[::len(lines) // _MAX_SAMPLES + 1])
        return [times[min(len(times) - 1, int(len(times) * percent / 100))] for percent in wanted]


def check(workload, protocol, port, body, message):
    """One call whose answer is looked at, since h2load takes an error of gRPC for success. `message` is what the body
    carries."""
    connection = protocol.connect(port)
    try:
        answer = connection.call(workload.path, protocol.headers(workload.streaming), body)
        workload.check(protocol.messages(answer, workload.streaming), message, protocol.json)
    except (CallFailed, OSError, ValueError) as error:
        raise MeasuringFailed(f"the call that is checked fails: {error}") from error
    finally:
        connection.close()


def idle_memory(workload, protocol, port, body, message, pids, connections):
    """What the server's resident memory grows by with each connection that has made one call."""
    for _ in range(20):  # what the first calls need is not theirs
        check(workload, protocol, port, body, message)
    before = resident_kib(pids)
    held = []
    try:
        for _ in range(connections):
            held.append(protocol.connect(port))
            held[-1].call(workload.path, protocol.headers(workload.streaming), body)
        return (resident_kib(pids) - before) / connections
    finally:
        for connection in held:
            connection.close()


def need_programs(*names):
    for name in names:
        if shutil.which(name) is None:
            raise MeasuringFailed(f"there is no {name} in PATH")
