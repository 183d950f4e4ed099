"""What decoding costs, program by program; bench/views/run is what calls it."""

import argparse
import json
import os
import statistics
import subprocess
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))
_ROOT = os.path.dirname(os.path.dirname(_HERE))
sys.path.insert(0, os.path.join(_ROOT, "bench", "load"))

import facts  # noqa: E402
import tables  # noqa: E402

# What there is to be compared: the program, and what it calls the subject.
SUBJECTS = {"view": "ours", "heap": "ours", "arena": "ours", "buffa-view": "rust", "buffa": "rust", "prost": "rust"}
OPERATIONS = ("decode", "read", "encode", "json")
# protobuf's messages are written the same way wherever they lie, and prost has no JSON.
_MISSING = {("encode", "arena"), ("json", "arena"), ("json", "prost")}


class Failed(Exception):
    """What went wrong, in a sentence."""


class Program:
    """One that answers lines, as views_bench does."""

    def __init__(self, path, folder):
        self._path = path
        # pylint: disable-next=consider-using-with
        self._process = subprocess.Popen([path, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, dataset, operation, subject, passes):
        """Nanoseconds, checksum and allocations of the last pass."""
        line = f"{dataset} {operation} {subject} {passes}"
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline().strip()
        if not answer or answer.startswith("error"):
            raise Failed(f"{self._path}, asked for `{line}`, answers: {answer or 'nothing'}")
        return [int(word) for word in answer.split()]

    def close(self):
        self._process.stdin.close()
        self._process.wait()


def _arguments():
    parser = argparse.ArgumentParser(prog="bench/views/run", description="Measures what decoding costs.")
    parser.add_argument("--programs", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="a first look: three short rounds")
    parser.add_argument("--smoke", action="store_true",
                        help="everything twice, to see that all programs read the same and that views allocate nothing")
    parser.add_argument("--peers", action="store_true", help="with buffa and prost (needs cargo)")
    parser.add_argument("--rounds", type=int, help="how often each row is measured (15)")
    parser.add_argument("--milliseconds", type=float, help="how long, about, each time (40)")
    parser.add_argument("--datasets", help="some of them, separated by commas")
    parser.add_argument("--operations", default=",".join(OPERATIONS), help="some of them, separated by commas")
    parser.add_argument("--output", help="the file that results are written to (build/bench/views.json)")
    arguments = parser.parse_args()
    arguments.rounds = arguments.rounds or (1 if arguments.smoke else 3 if arguments.quick else 15)
    arguments.milliseconds = arguments.milliseconds or (10 if arguments.quick else 40)
    return arguments


def _build_peers(folder):
    """Where the program is."""
    os.makedirs(folder, exist_ok=True)
    log = os.path.join(folder, "build.log")
    command = ["cargo", "build", "--release", "--locked", "--manifest-path", os.path.join(_HERE, "rust", "Cargo.toml")]
    environment = {**os.environ, "CARGO_TARGET_DIR": folder}
    environment.setdefault("CARGO_HOME", os.path.join(folder, "home"))
    print("building the peers: rust", flush=True)
    with open(log, "w", encoding="utf-8") as output:
        built = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, env=environment, check=False)
    if built.returncode != 0:
        raise Failed(f"{' '.join(command)} failed, see {log}")
    return os.path.join(folder, "release", "views_bench")


def _make_datasets(programs, folder):
    """Their sizes by their names."""
    os.makedirs(folder, exist_ok=True)
    made = subprocess.run([os.path.join(programs, "views_datasets"), folder], capture_output=True, text=True,
                          check=True)
    sizes = {}
    for line in made.stdout.splitlines():
        name, *numbers = line.split()
        sizes[name] = dict(zip(("messages", "min", "median", "mean", "max", "total"), map(int, numbers)))
    return sizes


def _subjects(programs, operation):
    return [subject for subject, program in SUBJECTS.items()
            if program in programs and (operation, subject) not in _MISSING]


def _passes(program, dataset, operation, subject, nanoseconds):
    """How many take about so long. Also warms up."""
    passes = 1
    while True:
        time = program(dataset, operation, subject, passes)[0]
        if time >= nanoseconds / 4:
            return max(1, round(passes * nanoseconds / time))
        passes *= 4


def _same(operation):
    """Whether all programs must come to the same sum: lengths of JSON differ with how numbers are written."""
    return operation != "json"


def _measure(programs, dataset, operation, messages, arguments):
    subjects = _subjects(programs, operation)
    call = {subject: programs[SUBJECTS[subject]] for subject in subjects}
    passes = {subject: 2 if arguments.smoke else _passes(call[subject], dataset, operation, subject,
                                                         arguments.milliseconds * 1e6) for subject in subjects}
    times = {subject: [] for subject in subjects}
    sums, allocations = {}, {}
    for _ in range(arguments.rounds):
        for subject in subjects:
            time, sums[subject], allocations[subject] = call[subject](dataset, operation, subject, passes[subject])
            times[subject].append(time / passes[subject] / messages)
    if _same(operation) and len(set(sums.values())) != 1:
        raise Failed(f"{dataset}, {operation}: the sums differ: {sums}")
    if operation in ("decode", "read") and allocations["view"] != 0:
        raise Failed(f"{dataset}, {operation}: views allocate {allocations['view']} times")
    return [{"dataset": dataset, "operation": operation, "subject": subject, "ns": times[subject],
             "allocations": allocations[subject] / messages if SUBJECTS[subject] == "ours" else None}
            for subject in subjects]


def _collect_facts(arguments):
    found = facts.collect(False, arguments.programs)
    for name in ("gRPC C++", "h2load", "redis"):
        found.pop(name, None)
    if arguments.peers:
        found.update(facts.locked(os.path.join(_HERE, "rust", "Cargo.lock"), r'^name = "(.*)"\nversion = "(.*)"$',
                                  ["buffa", "prost"]))
        found["rustc"] = facts.says("rustc", "--version")
    return found


def _run(arguments):
    build = os.path.join(_ROOT, "build", "bench")
    folder = os.path.join(build, "views")
    sizes = _make_datasets(arguments.programs, folder)
    datasets = arguments.datasets.split(",") if arguments.datasets else list(sizes)
    paths = {"ours": os.path.join(arguments.programs, "views_bench")}
    if arguments.peers:
        paths["rust"] = _build_peers(os.path.join(build, "views-rust"))
    programs = {name: Program(path, folder) for name, path in paths.items()}
    results = {"facts": _collect_facts(arguments), "sizes": sizes, "rows": [],
               "settings": {"rounds": arguments.rounds, "milliseconds": arguments.milliseconds}}
    failures = []
    for dataset in datasets:
        for operation in arguments.operations.split(","):
            try:
                rows = _measure(programs, dataset, operation, sizes[dataset]["messages"], arguments)
            except Failed as failure:
                print(f"FAILED {failure}", flush=True)
                failures.append(str(failure))
                continue
            results["rows"] += rows
            print(f"{dataset}, {operation}: " + ", ".join(
                f"{row['subject']} {statistics.median(row['ns']):,.0f} ns" for row in rows), flush=True)
    for program in programs.values():
        program.close()
    output = arguments.output or os.path.join(build, "views-smoke.json" if arguments.smoke else "views.json")
    with open(output, "w", encoding="utf-8") as file:
        json.dump(results, file, indent=1)
    if arguments.smoke:
        checks = len(datasets) * len(arguments.operations.split(","))
        print(f"{checks - len(failures)} passed, {len(failures)} failed")
    else:
        print("\n" + tables.markdown(results))
        print(f"written: {output}")
    return 1 if failures else 0


def main():
    try:
        return _run(_arguments())
    except (Failed, OSError, subprocess.CalledProcessError) as failure:
        print(f"bench/views/run: {failure}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
