"""What a run of ci/fuzz did: a table for people and a document for programs."""

import json

COLUMNS = ("target", "seconds", "executions", "exec/s", "of empty", "corpus", "edges", "features", "last edge", "last new", "findings")
SCHEMA = "weightsonly.fuzz/1"


def ceiling(results):
    """Executions per second of the target that does nothing; 0 when it did not run."""
    return next((result.speed for result in results if result.target == "empty"), 0.0)


def _cells(result, most):
    return (result.target, f"{result.seconds:.0f}", f"{result.executions:,}", f"{result.speed:,.0f}",
            f"{100 * result.speed / most:.0f} %" if most else "-", f"{result.corpus:,}", f"{result.edges:,}", f"{result.features:,}",
            *(f"{100 * result.share(number):.0f} %" for number in (result.last_edge, result.last_new)), str(len(result.findings)))


def table(results):
    """The lines of the table; numbers stand to the right."""
    most = ceiling(results)
    rows = [COLUMNS, *(_cells(result, most) for result in results)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(COLUMNS))]
    return ["  ".join(cell.ljust(width) if i == 0 else cell.rjust(width) for i, (cell, width) in enumerate(zip(row, widths))).rstrip()
            for row in rows]


def lines(results):
    """Everything that is printed in the end."""
    found = table(results)
    found.append(f"{len(results)} targets, {sum(result.executions for result in results):,} executions; `last edge`, `last new`: after "
                 "which part of them the last new edge and feature came, 0 % with seeds and corpus")
    for result in results:
        found += [f"{result.target}: {result.fault}"] * bool(result.fault)
        found += [f"FOUND {finding['what']}\n  reproduce: {finding['command']}" for finding in result.findings]
    return found


def failed(results):
    return any(result.findings or result.fault for result in results)


def document(results, minutes, jobs):
    most = ceiling(results)
    return {"schema": SCHEMA, "minutes": minutes, "jobs": jobs, "ceiling": round(most),
            "targets": [{"target": result.target, "seconds": round(result.seconds, 1), "executions": result.executions,
                         "executions_per_second": round(result.speed), "corpus": result.corpus, "edges": result.edges,
                         "features": result.features, "last_edge": round(result.share(result.last_edge), 4),
                         "last_new": round(result.share(result.last_new), 4),
                         "findings": result.findings, "fault": result.fault, "stopped": result.stopped} for result in results]}


def write(path, content):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1, ensure_ascii=False)
        file.write("\n")
