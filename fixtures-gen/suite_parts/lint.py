"""What is wrong with the suite as a whole; table.py has checked each row. Every problem is a line of text."""

import json
import re

from suite_parts import asking, documents, judge
from suite_parts import vocabulary as words

_NOTE = {"bugType", "effect", "description", "links", "cves"}
_REQUIRED_NOTE = {"bugType", "effect", "description"}
_ADVISORY = re.compile(r"(?:CVE|GHSA)-")


def ids(rows):
    """Two rows of different tables with one id, letter case apart."""
    seen = {}
    for row in rows:
        other = seen.setdefault(row["id"].casefold(), row)
        if other is not row:
            yield "%s: %s: the id stands at %s too" % (row["_place"], row["id"], other["_place"])


def equal_files(cases):
    """Two rows that ask the same of the same bytes: of one expectation one is too much, of two one is wrong."""
    seen = {}
    for case in cases:
        key = case.about["sha256"], json.dumps(case.row.get("options", {}), sort_keys=True)
        other = seen.setdefault(key, case)
        if other is not case:
            what = "the same case as" if other.row["expect"] == case.row["expect"] else "another expectation than"
            yield "%s: %s: equal bytes and options, and %s %s" % (case.row["_place"], case.row["id"], what, other.row["id"])


def files(cases, text):
    """Sizes."""
    for case in cases:
        if case.file is None and "recipe" not in case.row:
            yield "%s: %s: %d bytes and no recipe" % (case.row["_place"], case.row["id"], case.about["size"])
    total = sum(case.about["size"] for case in cases if case.file)
    if total > words.CASES_LIMIT:
        yield "corpus/cases has %d bytes, more than %d" % (total, words.CASES_LIMIT)
    if len(text.encode("utf-8")) > words.SUITE_LIMIT:
        yield "suite.json has %d bytes, more than %d" % (len(text.encode("utf-8")), words.SUITE_LIMIT)


def deviations(cases, embargo):
    """The expectation against what the row's release of torch did, and the value of every file that is accepted."""
    for case in cases:
        row, observed = case.row, case.observed
        place = "%s: %s: " % (row["_place"], row["id"])
        if judge.accepts(row) and judge.value_of(row, observed) is None and not (observed or {}).get("value_omitted"):
            yield place + "no value: give one, or run fixtures-gen/observe_suite.py"
        if observed is None or (asking.oracle_of(row), row["id"]) in embargo.cells or observed["verdict"] == "unavailable":
            continue
        unlike = judge.unlike_torch(row, observed)
        if unlike and "deviation" not in row:
            yield place + "no deviation, and " + unlike
        if "deviation" in row and not unlike:
            yield place + "a deviation, and nothing differs from torch"


def observed(cases, observations, embargo):
    """Every release has an answer to every row as it is, and to no other."""
    for release in asking.RELEASES:
        wanted = {case.row["id"]: case for case in cases if asking.belongs(case.row, release)}
        hidden = {one for version, one in embargo.cells if version == release}
        found = observations.rows.get(release, {})
        for one in sorted(set(wanted) - set(found) - hidden):
            yield "torch %s has not been asked about %s: fixtures-gen/observe_suite.py" % (release, one)
        for one in sorted(set(found) - set(wanted)):
            yield "torch %s has an observation of %s, which is no case" % (release, one)
        for one in sorted(set(found) & set(wanted)):
            if found[one].get("asked") != asking.mark_of(wanted[one].row, wanted[one].about["sha256"]):
                yield "torch %s was asked about another file or other options for %s: fixtures-gen/observe_suite.py" % (release, one)
        for one in sorted(set(found) & hidden):
            yield "torch %s has an observation of %s, which embargo.json keeps back" % (release, one)


def notes(sources):
    for flag, note in sources.notes.items():
        for key in sorted(set(note) - _NOTE):
            yield "notes.toml: %s: no member is called %s" % (flag, key)
        for key in sorted(_REQUIRED_NOTE - set(note)):
            yield "notes.toml: %s: %s is missing" % (flag, key)


def exemptions(cases, sources):
    """A mark that exempts nothing, or a rule that has a case."""
    cited = {rule for case in cases for rule in documents.cited_by(case.row)}
    cells = ["%s %s" % (release, case.row["id"]) for release in asking.RELEASES for case in cases]
    for what, known in (("rules", sources.rules), ("kinds", sources.kinds), ("published", cells)):
        for pattern in sources.exemptions[what]:
            if not any(sources.exempt(what, name) == sources.exemptions[what][pattern] for name in known):
                yield "exemptions.toml: %s: none of the %s is called that" % (pattern, "cells" if what == "published" else what)
            if what == "rules" and pattern in cited:
                yield "exemptions.toml: %s has a case" % pattern


def coverage(cases, sources):
    """Rules, kinds and advisories without a case."""
    cited = {rule for case in cases for rule in documents.cited_by(case.row)}
    for rule in sources.rules:
        if rule not in cited and not sources.exempt("rules", rule):
            yield "SPEC.md: %s has no case" % rule
    seen = documents.witnesses(cases)
    for kind, about in sources.kinds.items():
        if about["in_use"] and kind not in seen and not sources.exempt("kinds", kind):
            yield "refusal.def: %s has no file with this one fault" % kind
    flagged = {flag for case in cases for flag in case.row.get("flags", [])}
    for flag in sources.notes:
        if flag not in flagged:
            yield "notes.toml: no case has the %s %s" % ("advisory" if _ADVISORY.match(flag) else "flag", flag)


def check(cases, sources, observations, embargo, text, complete):
    """All of it; `complete`: whether there is a table for each area, so that what has no case is known."""
    rows = [case.row for case in cases]
    found = [*ids(rows), *equal_files(cases), *files(cases, text), *observed(cases, observations, embargo),
             *deviations(cases, embargo), *exemptions(cases, sources)]
    return found + (list(coverage(cases, sources)) if complete else [])
