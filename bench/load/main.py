"""Measures servers; bench/run builds them and calls this."""

import argparse
import contextlib
import fcntl
import json
import os
import subprocess
import sys
import time

import facts
import measuring
import peers
import plan
import redis
import report
import smoke
from measuring import MeasuringFailed, NotPossible
from plan import Effort
from protocols import PROTOCOLS
from runner import Runner
from targets import BASELINE, TARGETS, Machine
from workloads import WORKLOADS

_ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))


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
        "and writes results.json. See also bench/clients (what a call costs a client), bench/sizes (what a client "
        "weighs), bench/micro/run (single functions), bench/profile (instructions of a call, by component).")
    parser.add_argument("--quick", action="store_true",
                        help="a first look: one short round, 1,000 connections at most")
    parser.add_argument("--smoke", action="store_true", help="measures nothing: a few requests for each row, whose "
                        "answers must be right; of the build with asserts. The last line is `N passed, N failed`")
    parser.add_argument("--peers", action="store_true",
                        help="with connect-rust, tonic, connect-go, grpc-go and Envoy (needs cargo, Go, pip)")
    parser.add_argument("--rounds", type=int, help="default 3")
    parser.add_argument("--seconds", type=float, default=0, help="of each measurement; default 0.6 to 3, by workload")
    parser.add_argument("--workloads", type=_names(WORKLOADS), default=list(WORKLOADS), metavar="NAME,...",
                        help=", ".join(WORKLOADS) + "; a * at the end of a name stands for any rest")
    parser.add_argument("--targets", type=_names(TARGETS), metavar="NAME,...", help=", ".join(TARGETS))
    parser.add_argument("--protocols", type=_names(PROTOCOLS), default=list(PROTOCOLS), metavar="NAME,...",
                        help=", ".join(PROTOCOLS))
    parser.add_argument("--output", help="where results.json goes; default build/bench/results.json")
    parser.add_argument("--build-only", action="store_true", help="build everything, measure nothing")
    parser.add_argument("--built-peers", metavar="FOLDER", help="where other servers were built before (another "
                        "checkout's build/bench); they are not built")
    parser.add_argument("--programs", required=True, help=argparse.SUPPRESS)  # of bench/run itself
    arguments = parser.parse_args()
    arguments.targets = arguments.targets or [name for name in TARGETS if arguments.peers or not TARGETS[name].peer]
    return arguments


def _effort(arguments):
    if arguments.smoke:
        return Effort(1, most_connections=100, idle_connections=20, counted=True)
    if arguments.quick:
        return Effort(arguments.rounds or 1, arguments.seconds, scale=0.25, most_connections=1000, idle_connections=100)
    return Effort(arguments.rounds or 3, arguments.seconds)


def _measure(runner, workload, target, protocol):
    """A row that fails is tried once more, since h2load may find no time to open its connections."""
    try:
        return runner.measure(workload, target, protocol)
    except NotPossible:
        raise
    except MeasuringFailed as error:
        print(f"once more: {workload.name} {protocol.name} {target.name}: {error}", file=sys.stderr, flush=True)
        return runner.measure(workload, target, protocol)


def _run_workload(workload, arguments, effort, runner):
    """Rows of results. A row that fails says why and is left out of later rounds."""
    rows = {(target.name, protocol.name): {"workload": workload.name, "target": target.name, "protocol": protocol.name,
                                           "rounds": [], "failure": None, "skipped": None}
            for target, protocol in plan.rows(workload, arguments.targets, arguments.protocols)}
    for _ in range(effort.rounds_of(workload)):
        for target, protocol in plan.rows(workload, arguments.targets, arguments.protocols):
            row = rows[target.name, protocol.name]
            name = f"{workload.name} {protocol.name} {target.name}"
            if row["failure"] or row["skipped"]:
                continue
            try:
                numbers = _measure(runner, workload, target, protocol)
            except NotPossible as error:
                row["skipped"] = str(error)
                print(f"{name}: not measured: {error}", flush=True)
            except MeasuringFailed as error:
                row["failure"] = str(error)
                print(f"FAILED {name}: {error}", file=sys.stderr, flush=True)
            else:
                row["rounds"].append({number: round(value, 3) for number, value in numbers.items()})
                print(f"{name}: {' '.join(f'{n}={value:.1f}' for n, value in numbers.items())}", flush=True)
    return list(rows.values())


def _run(arguments, effort, runner, machine, load_core, results, output):
    workloads = [WORKLOADS[name] for name in arguments.workloads]
    if arguments.smoke:
        with redis.running(machine, load_core):
            results["rows"] += smoke.run(workloads, arguments.targets, arguments.protocols, runner, machine)
        _write(results, output)
        return
    estimate = effort.estimate(workloads, arguments.targets, arguments.protocols)
    count = sum(len(list(plan.rows(workload, arguments.targets, arguments.protocols))) for workload in workloads)
    print(f"{count} rows, {effort.rounds} rounds: about {estimate / 60:.0f} minutes", flush=True)
    start = time.monotonic()
    for workload in workloads:
        with redis.running(machine, load_core) if workload.needs_redis else contextlib.nullcontext():
            results["rows"] += _run_workload(workload, arguments, effort, runner)
        _write(results, output)  # after each, so that a run that is ended leaves something
    print(f"took {(time.monotonic() - start) / 60:.0f} minutes")


def _write(results, output):
    """JSON with a row to a line."""
    rows = ",\n".join("  " + json.dumps(row) for row in results["rows"])
    head = json.dumps({name: value for name, value in results.items() if name != "rows"}, indent=1)
    with open(output, "w", encoding="utf-8") as file:
        file.write(f'{head[:-2]},\n "rows": [\n{rows}\n ]\n}}\n')


def _make_certificate(machine):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                    "-keyout", machine.key, "-out", machine.certificate], check=True, stderr=subprocess.DEVNULL)


def _lock(path):
    """Two runs at once would measure each other, and write the same files."""
    try:
        fcntl.flock(os.open(path, os.O_CREAT | os.O_WRONLY), fcntl.LOCK_EX | fcntl.LOCK_NB)  # to the end of the process
    except BlockingIOError as error:
        raise MeasuringFailed("another bench/run is at work here") from error


def _prepare(arguments, build):
    """Builds peers, and what servers and h2load need in files."""
    scratch = os.path.join(build, "run")
    bodies = os.path.join(build, "bodies")
    for folder in (scratch, bodies):
        os.makedirs(folder, exist_ok=True)
    _lock(os.path.join(scratch, "lock"))
    server_core, load_core = measuring.prepare_machine()
    machine = Machine(arguments.programs, arguments.built_peers or build, scratch, server_core,
                      certificate=os.path.join(scratch, "certificate.pem"), key=os.path.join(scratch, "key.pem"))
    if not arguments.built_peers:
        peers.build({TARGETS[name].peer for name in arguments.targets} - {""}, build)
    if not arguments.build_only:
        measuring.need_programs("h2load", "openssl", "taskset")
        subprocess.run([os.path.join(machine.programs, "bench_bodies"), bodies], check=True)
        _make_certificate(machine)
    return machine, load_core, bodies


def main():
    arguments = _arguments()
    effort = _effort(arguments)
    build = os.path.join(_ROOT, "build", "bench")
    output = arguments.output or os.path.join(build, "smoke.json" if arguments.smoke else "results.json")
    try:
        machine, load_core, bodies = _prepare(arguments, build)
        if arguments.build_only:
            return 0
        results = {"facts": facts.collect(any(TARGETS[name].peer for name in arguments.targets), arguments.programs),
                   "baseline": BASELINE, "rows": [],
                   "settings": {"rounds": effort.rounds, "seconds": effort.seconds, "scale": effort.scale}}
        _run(arguments, effort, Runner(machine, load_core, bodies, effort), machine, load_core, results, output)
    except (MeasuringFailed, subprocess.CalledProcessError) as error:
        print(f"bench/run: {error}", file=sys.stderr)
        return 1
    if arguments.smoke:
        return smoke.finish(results["rows"], output)
    print()
    print(report.markdown(results))
    print(f"written: {output}")
    failed = [row for row in results["rows"] if row["failure"]]
    if failed:
        print(f"bench/run: {len(failed)} rows failed, see above", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
