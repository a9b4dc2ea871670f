"""The report for programs: one JSON document a line. A header, a line for each case in the order of the suite, a footer.

A file without a footer is one of a run that did not come to its end.
"""

from __future__ import annotations

import json
from collections import Counter

import isolation
from outcome import WARNING

SCHEMA = "weightsonly.report/1"


def header(finished):
    return {"record": "header", "schema": SCHEMA,
            "suite": {"version": finished.suite.version, "sha256": finished.suite.sha256},
            "adapter": finished.profile.hello, "level": finished.profile.level, "exact": finished.settings.exact,
            "memory_checked": isolation.memory_is_checked(), "cases": len(finished.suite.rows)}


def case(result, finished):
    row = result.row
    if finished.embargoed(result):
        return {"record": "case", "id": row["id"], "area": row["area"], "expect": row["expect"], "outcome": None,
                "embargoed": True}
    found = {"record": "case", "id": row["id"], "area": row["area"], "expect": row["expect"], "outcome": result.outcome}
    if result.why:
        found["why"] = result.why
    if result.answer:
        found["answer"] = result.answer
    if result.first:
        found["first"] = result.first
    if finished.compared:
        found["baseline"] = finished.status(result)
    if result.failed and result.stderr:
        found["stderr"] = result.stderr
    if result.failed and result.outcome != WARNING:
        found["repeat"] = finished.repeat(row["id"])
    found["seconds"] = round(result.seconds, 4)
    return found


def footer(finished, code):
    counts = Counter("embargoed" if finished.embargoed(result) else result.outcome for result in finished.results)
    found = {"record": "footer", "counts": dict(sorted(counts.items())), "seconds": round(finished.seconds, 3), "exit": code}
    if finished.compared:
        found["unknown"] = finished.compared.unknown
    return found


def documents(finished, code):
    yield header(finished)
    for result in finished.results:
        yield case(result, finished)
    if code is not None:
        yield footer(finished, code)


def text(finished, code):
    """The report; `code` is the exit status, None when the run was interrupted."""
    return "".join(json.dumps(one, ensure_ascii=False, separators=(",", ":")) + "\n" for one in documents(finished, code))
