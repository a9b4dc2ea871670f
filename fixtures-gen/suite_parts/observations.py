"""conformance/observations/torch-<release>.json: read, and written so that each row is a line.

What looks unsafe in a release (a crash, memory that the file did not supply, a call that is executed) is not written down: the cell is
left out, and conformance/embargo.json names it. Cells that exemptions.toml lists as `published` are written: what they show is known to all.
"""

import json
from pathlib import Path

import allowed
from suite_parts import CONFORMANCE
from suite_parts.judge import text_of

SCHEMA = "weightsonly.observations/1"
EMBARGO_SCHEMA = "weightsonly.embargo/1"
ADAPTER = "torch "  # and the release


class Observations:
    """What the releases did; `rows[release][id]`. A release without a file has no rows."""

    def __init__(self, folder=CONFORMANCE):
        self.folder = Path(folder)
        self.rows, self.state = {}, {}
        for path in sorted((self.folder / "observations").glob("torch-*.json")):
            document = json.loads(path.read_text(encoding="utf-8"))
            wrappers = document["wrappers"]
            self.rows[document["release"]] = {one: _whole(row, wrappers) for one, row in document["rows"].items()}
            self.state[document["release"]] = document["state"]

    def of(self, release, row):
        return self.rows.get(release, {}).get(row["id"])


class Embargo:
    """The cells that are left out, as (release, id)."""

    def __init__(self, folder=CONFORMANCE):
        self.path = Path(folder) / "embargo.json"
        document = json.loads(self.path.read_text(encoding="utf-8")) if self.path.exists() else {"cells": []}
        self.cells = {(cell["adapter"].removeprefix(ADAPTER), cell["id"]) for cell in document["cells"]
                      if cell["adapter"].startswith(ADAPTER)}
        self.others = [cell for cell in document["cells"] if not cell["adapter"].startswith(ADAPTER)]

    def text(self):
        cells = [{"adapter": ADAPTER + release, "id": one} for release, one in self.cells] + self.others
        rows = [text_of(cell) for cell in sorted(cells, key=lambda cell: (cell["adapter"], cell["id"]))]
        return '{"schema":"%s","cells":[%s]}\n' % (EMBARGO_SCHEMA, "\n %s\n" % ",\n ".join(rows) if rows else "")


def _whole(row, wrappers):
    """The observation with messages as torch gives them."""
    found = {key: value for key, value in allowed.whole(row, wrappers).items() if key != "wrapper"}
    return {**found, "mmap": _whole(row["mmap"], wrappers)} if "mmap" in row else found


def _short(row, wrappers):
    """The observation with the number of what torch wraps around most messages, in place of its text."""
    found = dict(row)
    if "message" in row:
        found["message"], wrapper = allowed.unwrapped(row["message"], wrappers)
        if wrapper is not None:
            found["wrapper"] = wrapper
    return {**found, "mmap": _short(row["mmap"], wrappers)} if "mmap" in row else found


def document_text(release, state, rows):
    """The text of an observation file; `rows` is {id: observation}."""
    wrappers = []
    lines = ",\n".join("  %s:%s" % (json.dumps(one), text_of(_short(rows[one], wrappers))) for one in sorted(rows))
    return '{"schema":"%s","torch":"%s","release":"%s","state":%s,\n "wrappers":%s,\n "rows":{\n%s\n }}\n' % (
        SCHEMA, release.partition("+")[0], release, text_of(state), text_of(wrappers), lines)
