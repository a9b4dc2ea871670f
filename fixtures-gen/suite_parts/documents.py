"""The documents that are made of the tables: suite.json, the flat tables, rules.json, refusals.json, notes.json, deviation_cases.def.

Each function gives the text of a file; one row is one line, so that a change of a case is a line in a diff.
"""

import hashlib
import io
import json
import zipfile

from level1 import tensors_of
from suite_parts import asking, files, judge
from suite_parts import vocabulary as words

VERSION = "1.0.0"
TORCH = "2.15.0"
_ORDER = ("id", "title", "why", "area", "rules", "since", "expect", "policy", "kind", "fault", "record", "offset", "flags",
          "needs", "options", "limits", "deviation", "file", "sha256", "size", "recipe", "python", "torch")

_COUNTS_HEAD = """// Floor 8. How many cases of the conformance suite each deviation covers. SPEC.md chapter 8 (CLI-060).
// Made by fixtures-gen/suite.py.
//
// WEIGHTSONLY_DEVIATION(id, cases)
"""


def _lines(members, key, rows):
    """A document with one list or table, an entry a line."""
    head = "".join("%s:%s," % (json.dumps(name), judge.text_of(value)) for name, value in members.items())
    if isinstance(rows, dict):
        body = ",\n".join("  %s:%s" % (json.dumps(name), judge.text_of(one)) for name, one in rows.items())
        return "{%s\n %s:{\n%s\n }}\n" % (head, json.dumps(key), body)
    return "{%s\n %s:[\n%s\n ]}\n" % (head, json.dumps(key), ",\n".join("  " + judge.text_of(row) for row in rows))


class Case:
    """A row with its bytes and what its release observed."""

    def __init__(self, row, data, observed):
        self.row, self.observed = row, observed
        self.about = files.about(data)
        self.file = None
        self.data = data
        if len(data) <= words.FILE_LIMIT:
            self.file = "corpus/cases/%s/%s.pt" % (row["area"], row["id"])

    def _contents(self, value):
        """What gives level 1 the bytes of a storage of which the value has the digest alone: the record with that digest."""
        def contents(index):
            wanted = value["storages"][index]["sha256"]
            with zipfile.ZipFile(io.BytesIO(self.data)) as archive:
                for name in archive.namelist():
                    found = archive.read(name)
                    if hashlib.sha256(found).hexdigest() == wanted:
                        return found
            raise ValueError("%s: no record has the digest of storage %d" % (self.row["id"], index))

        return contents

    def entry(self):
        """The row of suite.json."""
        row = {"since": words.FIRST_VERSION, **self.row, **self.about, "file": self.file}
        found = {key: row[key] for key in _ORDER if key in row}
        value = judge.value_of(self.row, self.observed)
        if value is not None:
            found["value"] = value
            tensors = tensors_of(value, len(self.data), self._contents(value))
            if tensors is not None:
                found["tensors"] = tensors
        elif (self.observed or {}).get("value_omitted") and judge.accepts(self.row):
            found["value"], found["value_omitted"] = None, self.observed["value_omitted"]
        return found


def suite_text(cases):
    rows = [case.entry() for case in sorted(cases, key=lambda case: case.row["id"])]
    return _lines({"schema": "weightsonly.suite/1", "version": VERSION, "torch": TORCH}, "cases", rows)


def flat_text(cases, release, observations, embargo):
    """One line a case; the last column is blank where nothing is said about the release.

    `needs` has the word options, too, where the row asks for any: who reads this table alone cannot ask them.
    """
    lines = ["id\tfile\tsha256\texpect\tneeds\ttorch-%s" % release]
    for case in sorted(cases, key=lambda case: case.row["id"]):
        if not asking.belongs(case.row, release):
            continue
        observed = observations.of(release, case.row) or {}
        said = "" if (release, case.row["id"]) in embargo.cells else observed.get("verdict", "")
        expect = case.row["expect"].partition(" ")[0].rstrip(":")
        needs = ",".join(sorted({*case.row.get("needs", []), *(["options"] if case.row.get("options") else [])}))
        lines.append("\t".join((case.row["id"], case.file or "", case.about["sha256"], expect, needs, said)))
    return "\n".join(lines) + "\n"


def _cases_by(cases, words_of):
    """{word: ids} of the cases for which `words_of` gives a word."""
    found = {}
    for case in sorted(cases, key=lambda case: case.row["id"]):
        for word in words_of(case.row):
            found.setdefault(word, []).append(case.row["id"])
    return found


def cited_by(row):
    """The rules that a row witnesses: those that it names, and that by which its expectation is not torch's answer."""
    return dict.fromkeys(row["rules"] + ([row["deviation"]] if "deviation" in row else []))


def _with_cases(entry, ids, exempt):
    return {**entry, **({"cases": ids} if ids or not exempt else {"exempt": exempt})}


def rules_text(cases, sources):
    cited = _cases_by(cases, cited_by)
    rows = [_with_cases(rule, cited.get(name, []), sources.exempt("rules", name)) for name, rule in sources.rules.items()]
    return _lines({"schema": "weightsonly.rules/1"}, "rules", rows)


def deviation_counts_text(cases, sources):
    """The table of C++ with how many cases each deviation covers, for `weightsonly tables`."""
    cited = _cases_by(cases, cited_by)
    rows = ['WEIGHTSONLY_DEVIATION("%s", %d)' % (name, len(cited.get(name, []))) for name in sources.rules if name.startswith("DEV-")]
    return "\n".join([_COUNTS_HEAD, *rows]) + "\n"


def witnesses(cases):
    """{kind: ids} of the reject rows that want exactly this kind."""
    found = {}
    for case in sorted(cases, key=lambda case: case.row["id"]):
        verb, kinds = judge.expectation(case.row)
        if verb == "reject" and len(kinds) == 1:
            found.setdefault(kinds[0], []).append(case.row["id"])
    return found


def refusals_text(cases, sources):
    seen = witnesses(cases)
    rows = [_with_cases(kind, seen.get(name, []), sources.exempt("kinds", name)) for name, kind in sources.kinds.items()]
    return _lines({"schema": "weightsonly.refusals/1"}, "kinds", rows)


def notes_text(cases, sources):
    flagged = _cases_by(cases, lambda row: row.get("flags", []))
    rows = {flag: {**{"links": [], "cves": []}, **note, "cases": flagged.get(flag, [])} for flag, note in sources.notes.items()}
    rows = {flag: {key: note[key] for key in ("bugType", "effect", "description", "links", "cves", "cases")}
            for flag, note in rows.items()}
    return _lines({"schema": "weightsonly.notes/1"}, "notes", rows)
