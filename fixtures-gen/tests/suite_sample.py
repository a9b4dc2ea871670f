"""A suite of two cases in a temporary folder, which the tests of suite.py break in one place each."""

import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from suite_parts import asking, files, make
from suite_parts.observations import document_text
from suite_parts.sources import Sources

SPEC = """# Chapter 5: machine

**MEM-001** An index that was put
gives the value. *Evidence: a run.*

**MEM-002** An index that was never put is refused. *Evidence: a run.*

**DEV-001** This loader refuses what torch accepts. *Reason: one.*

**CLI-001** The tool exits.
"""
KINDS = """// the table
WEIGHTSONLY_REFUSAL(kMemo, "pickle.memo-missing", now,
    "The pickle asks for an \\"entry\\" "
    "that was never put.", "Get the original file.")
WEIGHTSONLY_REFUSAL(kLater, "pickle.number", later,
    "A sentence.", "An advice.")
WEIGHTSONLY_REFUSAL(kOpen, "io.open", now,
    "It cannot be opened.", "Check it.")
"""
NOTES = """[WrongValue]
bugType = "Value"
effect = "The model computes something else."
description = "Another value."
"""
EXEMPTIONS = """[rules]
"CLI-*" = "the tool"
"DEV-*" = "not in this sample"
[kinds]
"io.*" = "the world"
[published]
"""
GET = {"id": "memo-get", "title": "An index that was put gives the value", "why": "The value is lost.", "rules": ["MEM-001"],
       "expect": "accept", "recipe": "CHECKPOINT\nBININT1 5\nBINPUT 7\nBINGET 7\nSTOP\n"}
MISSING = {"id": "memo-missing", "title": "An index that was never put is refused", "why": "A value is made up.",
           "rules": ["MEM-002"], "expect": "reject pickle.memo-missing", "fault": "never-put", "flags": ["WrongValue"],
           "recipe": "CHECKPOINT\nBINGET 7\nSTOP\n"}
EITHER = {"id": "memo-either", "title": "A name that is not allowed", "why": "One is told.", "rules": ["MEM-001"],
          "expect": "either: refuse | inert", "policy": "unknown-globals", "kind": "pickle.memo-missing", "fault": "name",
          "value": '{"root":{"t":"none"},"storages":[]}', "recipe": "CHECKPOINT\nBINGET 8\nSTOP\n"}
VALUE = {"root": {"t": "int", "v": "5"}, "storages": []}
ACCEPTED = {"verdict": "accept", "value": VALUE, "digest": "0" * 64}
REFUSED = {"verdict": "reject", "exception": "KeyError", "message": "7"}


def toml(row):
    """A row as TOML; JSON's strings, lists and numbers are TOML's, and its tables need only another sign."""
    def value(one):
        if isinstance(one, dict):
            return "{%s}" % ", ".join("%s = %s" % (key, value(member)) for key, member in one.items())
        return json.dumps(one, ensure_ascii=False)

    return "[[case]]\n" + "".join("%s = %s\n" % (key, value(member)) for key, member in row.items())


def _marks(rows):
    """{id: mark} of the rows that can be assembled."""
    found = {}
    for row in rows:
        try:
            found[row["id"]] = asking.mark_of(row, files.about(files.data_of(row))["sha256"])
        except (KeyError, AttributeError, files.Unmade):
            continue
    return found


class Sample:
    """`rows` by area; `observed` by release; every other file as above unless it is given."""

    def __init__(self, rows=None, observed=None, notes=NOTES, exemptions=EXEMPTIONS, spec=SPEC, kinds=KINDS):
        self._temporary = tempfile.TemporaryDirectory()
        top = Path(self._temporary.name)
        self.folder, self.cases, self.reference = top / "conformance", top / "corpus" / "cases", top / "reference"
        for folder in (self.folder / "cases", self.folder / "observations", self.reference / "base", self.cases):
            folder.mkdir(parents=True)
        (self.folder / "notes.toml").write_text(notes)
        (self.folder / "exemptions.toml").write_text(exemptions)
        (self.reference / "SPEC.md").write_text(spec)
        (self.reference / "base" / "refusal.def").write_text(kinds)
        for area, table in ({"memo": [GET, MISSING]} if rows is None else rows).items():
            (self.folder / "cases" / (area + ".toml")).write_text("".join(map(toml, table)))
        both = {"memo-get": ACCEPTED, "memo-missing": REFUSED}
        marks = _marks([row for table in ({"memo": [GET, MISSING]} if rows is None else rows).values() for row in table])
        for release in ("2.15.0", "2.10.0", "2.6.0", "1.13.1"):
            seen = {one: {"asked": marks.get(one, ""), **answer} for one, answer in (observed or {}).get(release, both).items()}
            (self.folder / "observations" / ("torch-%s.json" % release)).write_text(document_text(release, {}, seen))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._temporary.cleanup()

    def suite(self, complete=False):
        """The suite as the files are now; `complete`: as if every area had its table."""
        made = make.Suite(Sources(self.folder, self.reference), self.folder, self.cases)
        made.complete = complete
        return made
