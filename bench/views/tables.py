"""Tables in Markdown of what bench/views/run has written."""

import statistics

_TITLES = {"view": "view", "heap": "protobuf", "arena": "protobuf, arena", "buffa-view": "buffa, view",
           "buffa": "buffa", "prost": "prost"}
_OPERATIONS = {"decode": "Decode", "read": "Decode and read every field", "encode": "Encode again",
               "json": "Write as JSON"}


def _find(rows, dataset, operation, subject):
    for row in rows:
        if (row["dataset"], row["operation"], row["subject"]) == (dataset, operation, subject):
            return row
    return None


def ratio(row, base):
    """The median of the ratios within each round, which is what can be trusted on a machine that is not quiet."""
    return statistics.median(theirs / ours for theirs, ours in zip(row["ns"], base["ns"]))


def _table(results, operation, subjects):
    others = [subject for subject in subjects if subject != "view"]
    allocations = operation in ("decode", "read")
    yield f"### {_OPERATIONS[operation]}"
    yield ""
    cells = ["data set", "bytes", "view, ns"] + [_TITLES[subject] for subject in others]
    cells += ["mallocs: view", "mallocs: protobuf, arena"] if allocations else []
    yield "| " + " | ".join(cells) + " |"
    yield "|" + "---|" * len(cells)
    for dataset, sizes in results["sizes"].items():
        base = _find(results["rows"], dataset, operation, "view")
        if base is None:
            continue
        cells = [dataset, f"{sizes['mean']:,}", f"{statistics.median(base['ns']):,.0f}"]
        for subject in others:
            row = _find(results["rows"], dataset, operation, subject)
            cells.append(f"{ratio(row, base):.2f}" if row else "")
        if allocations:
            arena = _find(results["rows"], dataset, operation, "arena")
            cells += [f"{base['allocations']:.0f}", f"{arena['allocations']:.1f}" if arena else ""]
        yield "| " + " | ".join(cells) + " |"
    yield ""


def markdown(results):
    lines = [f"- {name}: {value}" for name, value in results["facts"].items()]
    settings = results["settings"]
    lines += [f"- measured: {settings['rounds']} rounds of about {settings['milliseconds']:g} ms for each number", ""]
    for operation in _OPERATIONS:
        present = {row["subject"] for row in results["rows"] if row["operation"] == operation}
        if present:
            lines += _table(results, operation, [subject for subject in _TITLES if subject in present])
    return "\n".join(lines)
