"""Every row once with a handful of requests, to see that all answers are right; no number of it means anything."""

import itertools
import os
import subprocess
import sys

import plan
from measuring import MeasuringFailed

_HERE = os.path.dirname(os.path.abspath(__file__))


def run(workloads, targets, protocols, runner, machine):
    """Rows of results, each of one round. A server is started once for all that it can serve."""
    wanted = [(workload, target, protocol) for workload in workloads
              for target, protocol in plan.rows(workload, targets, protocols)]
    order = {name: number for number, name in enumerate(targets)}

    def server(row):
        workload, target, protocol = row
        return order[target.name], protocol.tls, workload.encoding

    found = []
    for (_, tls, encoding), group in itertools.groupby(sorted(wanted, key=server), key=server):
        group = list(group)
        target = group[0][1]
        print(f"{target.name}{', TLS' if tls else ''}{', ' + encoding if encoding else ''}: {len(group)} rows",
              flush=True)
        try:
            with target.start(machine, tls, encoding) as running:
                found += [_row(running, runner, *row) for row in group]
        except MeasuringFailed as error:
            found += [_result(*row, [], str(error)) for row in group]
    return found


def _row(running, runner, workload, target, protocol):
    try:
        return _result(workload, target, protocol, [runner.measure_on(running, workload, protocol)], None)
    except MeasuringFailed as error:
        return _result(workload, target, protocol, [], str(error))


def _result(workload, target, protocol, rounds, failure):
    if failure:
        print(f"FAILED {workload.name} {protocol.name} {target.name}: {failure}", file=sys.stderr, flush=True)
    return {"workload": workload.name, "target": target.name, "protocol": protocol.name, "rounds": rounds,
            "failure": failure, "skipped": None}


def finish(rows, output):
    """Counts; the documents that are made of results count, too."""
    failed = sum(1 for row in rows if row["failure"])
    count = len(rows)
    for program in ("report", *(["plot"] if any(row["workload"] == "echo256" for row in rows) else [])):
        command = [os.path.join(_HERE, "..", program), output]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
        count += 1
        failed += done.returncode != 0 or not done.stdout
    print(f"{count - failed} passed, {failed} failed")
    return 1 if failed else 0
