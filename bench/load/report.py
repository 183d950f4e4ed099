"""Tables in Markdown of what bench/run has written."""

import os
import statistics
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from protocols import PROTOCOLS, STATIC, STATIC_TLS  # noqa: E402
from targets import TARGETS  # noqa: E402
from workloads import WORKLOADS  # noqa: E402

TITLES = {protocol.name: protocol.title for protocol in (STATIC, STATIC_TLS, *PROTOCOLS.values())}


_DIRECT = "direct-callback"
_COMPARISONS = (
    ("CPU: direct route to gRPC C++, callback, both gRPC", (_DIRECT, "grpc"), ("grpc-callback", "grpc"), "cpu_us"),
    ("CPU: direct route to gRPC C++, callback with arenas, both gRPC", (_DIRECT, "grpc"), ("grpc-arena", "grpc"),
     "cpu_us"),
    ("CPU: direct route, sync handlers, to gRPC C++, sync, both gRPC", ("direct-sync", "grpc"), ("grpc-sync", "grpc"),
     "cpu_us"),
    ("CPU: direct route, gRPC, to nghttpd", (_DIRECT, "grpc"), ("nghttpd", STATIC.name), "cpu_us"),
    ("CPU: channel route to gRPC C++, callback, both gRPC", ("channel-callback", "grpc"), ("grpc-callback", "grpc"),
     "cpu_us"),
    ("requests/s: direct route, Connect to gRPC", (_DIRECT, "connect"), (_DIRECT, "grpc"), "requests_per_s"),
    ("CPU: connect-rust to direct route, both gRPC", ("connect-rust", "grpc"), (_DIRECT, "grpc"), "cpu_us"),
    ("CPU: connect-rust to direct route, both Connect", ("connect-rust", "connect"), (_DIRECT, "connect"), "cpu_us"),
    ("CPU: connect-rust to direct route, both Connect with JSON", ("connect-rust", "connect-json"),
     (_DIRECT, "connect-json"), "cpu_us"),
    ("CPU: tonic to direct route, both gRPC", ("tonic", "grpc"), (_DIRECT, "grpc"), "cpu_us"),
    ("CPU: Envoy and what is behind it to direct route, both Connect", ("envoy", "connect"), (_DIRECT, "connect"),
     "cpu_us"),
    ("CPU: connect-go to direct route, both Connect", ("connect-go", "connect"), (_DIRECT, "connect"), "cpu_us"),
)


def median(row, number):
    values = [numbers[number] for numbers in row["rounds"] if number in numbers]
    return statistics.median(values) if values else None


def find(rows, workload, target, protocol):
    for row in rows:
        if (row["workload"], row["target"], row["protocol"]) == (workload, target, protocol) and row["rounds"]:
            return row
    return None


def ratio(row, base, number):
    """The median of the ratios within each round, which is what can be trusted on a machine that is not quiet."""
    if base is None:
        return None
    pairs = zip(row["rounds"], base["rounds"])
    ratios = [ours[number] / theirs[number] for ours, theirs in pairs if theirs.get(number) and number in ours]
    return statistics.median(ratios) if ratios else None


def _text(value, digits):
    return "" if value is None else f"{value:,.{digits}f}"


def _load_table(rows, base, tail):
    last = "99.9 % us" if tail else "MiB"
    yield f"| server | protocol | requests/s | CPU us/request | CPU ratio | 50 % us | 99 % us | {last} |"
    yield "|---|---|---|---|---|---|---|---|"
    for row in rows:
        memory = median(row, "rss_kib")
        cells = [TARGETS[row["target"]].title, TITLES[row["protocol"]], _text(median(row, "requests_per_s"), 0),
                 _text(median(row, "cpu_us"), 2), _text(ratio(row, base, "cpu_us"), 2), _text(median(row, "p50_us"), 0),
                 _text(median(row, "p99_us"), 0),
                 _text(median(row, "p999_us"), 0) if tail else _text(memory and memory / 1024, 0)]
        yield "| " + " | ".join(cells) + " |"


def _idle_table(rows, base):
    yield "| server | protocol | KiB a connection | ratio |"
    yield "|---|---|---|---|"
    for row in rows:
        cells = [TARGETS[row["target"]].title, TITLES[row["protocol"]], _text(median(row, "kib_per_connection"), 1),
                 _text(ratio(row, base, "kib_per_connection"), 2)]
        yield "| " + " | ".join(cells) + " |"


def _workload(results, name):
    workload = WORKLOADS[name]
    rows = [row for row in results["rows"] if row["workload"] == name]
    base = find(rows, name, results["baseline"], "grpc") or find(rows, name, results["baseline"], "grpc-tls")
    yield f"### {workload.title} (`{name}`)"
    yield ""
    measured = [row for row in rows if row["rounds"]]
    yield from _idle_table(measured, base) if workload.kind == "idle" else _load_table(measured, base,
                                                                                      workload.kind == "tail")
    for row in rows:
        for what in ("failure", "skipped"):
            if row[what]:
                verb = {"failure": "failed", "skipped": "not measured"}[what]
                who = f"{TARGETS[row['target']].title}, {TITLES[row['protocol']]}"
                yield f"\n{who}, {verb}: {row[what].splitlines()[0]}"
    yield ""


def facts(results):
    yield from (f"- {name}: {value}" for name, value in results["facts"].items())
    settings = results["settings"]
    length = f"{settings['seconds']} s" if settings["seconds"] else f"{0.6 * settings['scale']:.2g} s or more"
    yield f"- measured: {settings['rounds']} rounds of {length} for each row"


def _summary(results):
    """What users ask first, of the echo with 256 calls at once."""
    yield "| an echo of 64 bytes, 256 calls at once | times |"
    yield "|---|---|"
    for text, what, to, number in _COMPARISONS:
        row, base = find(results["rows"], "echo256", *what), find(results["rows"], "echo256", *to)
        if row and base:
            yield f"| {text} | {_text(ratio(row, base, number), 2)} |"


def markdown(results):
    lines = [*facts(results), "", *_summary(results), "",
             f"Medians; ratios are to {TARGETS[results['baseline']].title}, gRPC, and medians of the rounds' ratios.",
             ""]
    for name in WORKLOADS:
        if any(row["workload"] == name for row in results["rows"]):
            lines += _workload(results, name)
    return "\n".join(lines)
