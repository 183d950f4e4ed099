"""Measures servers; bench/run builds them and calls this."""

import argparse
import contextlib
import json
import os
import subprocess
import sys

import facts
import measuring
import peers
import report
from measuring import Load, MeasuringFailed, Process
from protocols import PROTOCOLS, STATIC
from targets import BASELINE, TARGETS, Machine, connect, free_port
from workloads import WORKLOADS

_ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
_FORTUNES = (
    "fortune: No such file or directory",
    "A computer scientist is someone who fixes things that aren\u2019t broken.",
    "After enough decimal places, nobody gives a damn.",
    "A bad random number generator: 1, 1, 1, 1, 1, 4.33e+67, 1, 1, 1",
    "A computer program does what you tell it to do, not what you want it to do.",
    "Emacs is a nice operating system, but I prefer UNIX. \u2014 Tom Christaensen",
    "Any program that runs right is obsolete.",
    "A list is only as strong as its weakest link. \u2014 Donald Knuth",
    "Feature: A bug with seniority.",
    "Computers make very fast, very accurate mistakes.",
    '<script>alert("This should not be displayed in a browser alert box.");</script>',
    "\u30d5\u30ec\u30fc\u30e0\u30ef\u30fc\u30af\u306e\u30d9\u30f3\u30c1\u30de\u30fc\u30af",
)


def _names(known):
    """An argument's type: names with commas between; `name*` stands for all that begin so."""
    def parse(text):
        chosen = []
        for name in text.split(","):
            matching = [k for k in known if k == name or (name.endswith("*") and k.startswith(name[:-1]))]
            if not matching:
                raise argparse.ArgumentTypeError(f"there is no {name}; there are: {', '.join(known)}")
            chosen += [k for k in matching if k not in chosen]
        return chosen
    return parse


def _arguments():
    parser = argparse.ArgumentParser(
        prog="bench/run", description="Measures what a request costs a server, beside gRPC C++ and, with --peers, "
        "other projects. The server has one core and h2load another; servers take turns in each round. Prints tables "
        "and writes results.json.")
    parser.add_argument("--quick", action="store_true", help="a smoke run: one round of 0.5 s, few connections")
    parser.add_argument("--peers", action="store_true",
                        help="with connect-rust, tonic, connect-go, grpc-go and Envoy (needs cargo, Go, pip)")
    parser.add_argument("--rounds", type=int, help="default 3")
    parser.add_argument("--seconds", type=float, help="of one measurement; default 3")
    parser.add_argument("--workloads", type=_names(WORKLOADS), default=list(WORKLOADS), metavar="NAME,...",
                        help=", ".join(WORKLOADS) + "; a * at the end of a name stands for any rest")
    parser.add_argument("--targets", type=_names(TARGETS), metavar="NAME,...", help=", ".join(TARGETS))
    parser.add_argument("--protocols", type=_names(PROTOCOLS), default=list(PROTOCOLS), metavar="NAME,...",
                        help=", ".join(PROTOCOLS))
    parser.add_argument("--output", help="where results.json goes; default build/bench/results.json")
    parser.add_argument("--build-only", action="store_true", help="build everything, measure nothing")
    arguments = parser.parse_args()
    arguments.rounds = arguments.rounds or (1 if arguments.quick else 3)
    arguments.seconds = arguments.seconds or (0.5 if arguments.quick else 3)
    arguments.targets = arguments.targets or [name for name in TARGETS if arguments.peers or not TARGETS[name].peer]
    return arguments


def _rows(workload, arguments):
    """(target, protocol) in the order of a round: those to be compared lie side by side."""
    if workload.static and "nghttpd" in arguments.targets:
        yield TARGETS["nghttpd"], STATIC
    for name in workload.protocols:
        if name not in arguments.protocols:
            continue
        for target in map(TARGETS.get, arguments.targets):
            if name in target.protocols:
                yield target, PROTOCOLS[name]


class Runner:
    def __init__(self, arguments, machine, load_core, bodies):
        self._arguments = arguments
        self._machine = machine
        self._load_core = load_core
        self._bodies = bodies

    def measure(self, workload, target, protocol, check):
        """One run of a fresh server: a dictionary of numbers."""
        path, body = self._body(workload.body, protocol.body(workload.streaming))
        _, message = self._body(workload.body, "json" if protocol.json else "bin")
        with target.start(self._machine) as running:
            if check and protocol is not STATIC:
                measuring.check(workload, protocol, running.port, body, message)
            if workload.kind == "idle":
                connections = 100 if self._arguments.quick else 1000
                kib = measuring.idle_memory(workload, protocol, running.port, body, message, running.pids, connections)
                return {"kib_per_connection": kib, "rss_kib": measuring.resident_kib(running.pids)}
            return self._measure_load(workload, protocol, running, path if body else "")

    def _body(self, name, suffix):
        path = os.path.join(self._bodies, f"{name}.{suffix}")
        with open(path, "rb") as file:
            return path, file.read()

    def _measure_load(self, workload, protocol, running, body):
        connections, per_connection = workload.load(protocol)
        if self._arguments.quick:
            connections = min(connections, 1000)
        what = []
        if protocol is not STATIC:
            # h2load sends no empty file.
            what = [*(["-d", body] if body else ["-H", ":method: POST"]), *protocol.h2load(workload.streaming)]
        load = Load(self._load_core, running.port, "/64.txt" if protocol is STATIC else workload.path, what,
                    connections, per_connection, os.path.join(self._machine.scratch, "h2load.log"))
        seconds = max(self._arguments.seconds, workload.least_seconds)
        load.run(min(seconds, 1))
        before = measuring.cpu_seconds(running.pids)
        if workload.kind == "tail":
            requests, rate = load.run_with_slow_calls(max(seconds, 1), 2000)
        else:
            requests, rate = load.run(seconds, log=True)
        cpu = measuring.cpu_seconds(running.pids) - before
        p50, p99, p999 = load.percentiles(50, 99, 99.9)
        return {"requests_per_s": rate, "cpu_us": cpu * 1e6 / requests, "p50_us": p50, "p99_us": p99, "p999_us": p999,
                "rss_kib": measuring.resident_kib(running.pids)}


def _run_workload(workload, arguments, runner):
    """Rows of results. A row that fails says why and is left out of later rounds."""
    rows = {}
    failures = {}
    for number in range(arguments.rounds):
        for target, protocol in _rows(workload, arguments):
            key = (target.name, protocol.name)
            if key in failures:
                continue
            try:
                numbers = runner.measure(workload, target, protocol, check=number == 0)
            except MeasuringFailed as error:
                failures[key] = str(error)
                print(f"FAILED {workload.name} {protocol.name} {target.name}: {error}", file=sys.stderr, flush=True)
                continue
            numbers = {name: round(value, 3) for name, value in numbers.items()}
            rows.setdefault(key, []).append(numbers)
            shown = " ".join(f"{name}={value:.1f}" for name, value in numbers.items())
            print(f"{workload.name} {protocol.name} {target.name}: {shown}", flush=True)
    for target, protocol in _rows(workload, arguments):
        key = (target.name, protocol.name)
        yield {"workload": workload.name, "target": target.name, "protocol": protocol.name,
               "rounds": rows.get(key, []), "failure": failures.get(key)}


def _write(results, output):
    """JSON with a row to a line."""
    rows = ",\n".join("  " + json.dumps(row) for row in results["rows"])
    head = json.dumps({name: value for name, value in results.items() if name != "rows"}, indent=1)
    with open(output, "w", encoding="utf-8") as file:
        file.write(f'{head[:-2]},\n "rows": [\n{rows}\n ]\n}}\n')


@contextlib.contextmanager
def _redis(machine, core):
    """A store with the fortunes, on the core of the load generator."""
    measuring.need_programs("redis-server", "redis-cli")
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
               "--dir", machine.scratch]
    with Process(command, core, machine.log("redis")) as process:
        process.wait_for_port(port, connect)
        fields = [text for i, fortune in enumerate(_FORTUNES) for text in (str(i + 1), fortune)]
        subprocess.run(["redis-cli", "-p", str(port), "HSET", "fortunes", *fields], check=True,
                       stdout=subprocess.DEVNULL)
        machine.redis_port = port
        yield
        machine.redis_port = 0


def main():
    arguments = _arguments()
    build = os.path.join(_ROOT, "build", "bench")
    machine = Machine(programs=os.path.join(_ROOT, "build", "release", "bench"), peers=build,
                      scratch=os.path.join(build, "run"), server_core=0)
    bodies = os.path.join(build, "bodies")
    output = arguments.output or os.path.join(build, "results.json")
    for folder in (machine.scratch, bodies):
        os.makedirs(folder, exist_ok=True)
    try:
        machine.server_core, load_core = measuring.prepare_machine()
        needed = {TARGETS[name].peer for name in arguments.targets} - {""}
        peers.build(needed, build)
        if arguments.build_only:
            return 0
        measuring.need_programs("h2load", "taskset", *(["nghttpd"] if "nghttpd" in arguments.targets else []))
        subprocess.run([os.path.join(machine.programs, "bench_bodies"), bodies], check=True)
        results = {"facts": facts.collect(bool(needed)), "baseline": BASELINE,
                   "settings": {"rounds": arguments.rounds, "seconds": arguments.seconds, "quick": arguments.quick},
                   "rows": []}
        runner = Runner(arguments, machine, load_core, bodies)
        for workload in map(WORKLOADS.get, arguments.workloads):
            with _redis(machine, load_core) if workload.needs_redis else contextlib.nullcontext():
                results["rows"] += _run_workload(workload, arguments, runner)
            _write(results, output)  # after each, so that a run that is ended leaves something
    except (MeasuringFailed, subprocess.CalledProcessError) as error:
        print(f"bench/run: {error}", file=sys.stderr)
        return 1
    print()
    print(report.markdown(results))
    print(f"written: {output}")
    failed = [row for row in results["rows"] if row["failure"]]
    if failed:
        print(f"bench/run: {len(failed)} rows failed, see above", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
