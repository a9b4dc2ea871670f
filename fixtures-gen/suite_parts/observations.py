"""conformance/observations/torch-<release>.json: read, and written so that each row is a line.

What looks unsafe in a release (a crash, or memory that the file did not supply) is not written down: the cell is left out, and
conformance/embargo.json names it. A cell that is acknowledged there, because the release's authors have published it, is written.
"""

import json
from pathlib import Path

from suite_parts import CONFORMANCE
from suite_parts.judge import text_of

SCHEMA = "weightsonly.observations/1"
EMBARGO_SCHEMA = "weightsonly.embargo/1"
ADAPTER = "torch"


class Observations:
    """What the releases did; `rows[release][id]`. A release without a file has no rows."""

    def __init__(self, folder=CONFORMANCE):
        self.folder = Path(folder)
        self.rows, self.state = {}, {}
        for path in sorted((self.folder / "observations").glob("torch-*.json")):
            document = json.loads(path.read_text(encoding="utf-8"))
            self.rows[document["release"]] = document["rows"]
            self.state[document["release"]] = document["state"]

    def of(self, release, row):
        return self.rows.get(release, {}).get(row["id"])


class Embargo:
    """The cells of embargo.json as (release, id): `cells` are blank, `acknowledged` are not."""

    def __init__(self, folder=CONFORMANCE):
        self.path = Path(folder) / "embargo.json"
        document = json.loads(self.path.read_text(encoding="utf-8")) if self.path.exists() else {}
        self.cells = {(cell["version"], cell["id"]) for cell in document.get("cells", [])}
        self.acknowledged = {(cell["version"], cell["id"]) for cell in document.get("acknowledged", [])}

    def text(self):
        lists = []
        for key, cells in (("cells", self.cells), ("acknowledged", self.acknowledged)):
            rows = ['  {"adapter": "%s", "version": "%s", "id": "%s"}' % (ADAPTER, *cell) for cell in sorted(cells)]
            lists.append(' "%s": [%s]' % (key, "\n%s\n " % ",\n".join(rows) if rows else ""))
        return '{\n "schema": "%s",\n%s\n}\n' % (EMBARGO_SCHEMA, ",\n".join(lists))


def document_text(release, state, rows):
    """The text of an observation file; `rows` is {id: observation}."""
    lines = ",\n".join("  %s:%s" % (json.dumps(one), text_of(rows[one])) for one in sorted(rows))
    return '{"schema":"%s","torch":"%s","release":"%s","state":%s,\n "rows":{\n%s\n }}\n' % (
        SCHEMA, release.partition("+")[0], release, text_of(state), lines)
