"""The list of failures that are known: one line for each, "ID OUTCOME # a word about it".

    failing, listed with this outcome    expected
    failing, not listed                  new
    failing, listed with another one     changed
    passing, listed                      stale: the line must go, or it would hide the next failure
    skipped, listed                      stale, too
    listed, unknown to the suite         unknown

Everything but the first is a difference. Lines of cases that were not selected are left alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from outcome import FAILURES, WARNING

_HEADER = re.compile(r"#\s*weightsonly-suite\s+(\S+)\s+adapter\s+(.+?)\s+level\s+([012])\s*$")


class BadBaseline(Exception):
    """A baseline file that cannot be read; names the line."""


@dataclass
class Baseline:
    """`entries` is {id: outcome}, `lines` what the file holds, `level` that of its header or None."""

    path: str
    entries: dict = field(default_factory=dict)
    lines: list = field(default_factory=list)
    level: int | None = None


@dataclass
class Comparison:
    """The results against a baseline. Each list holds Results; `unknown` holds ids."""

    expected: list = field(default_factory=list)
    new: list = field(default_factory=list)
    changed: list = field(default_factory=list)
    stale: list = field(default_factory=list)
    unknown: list = field(default_factory=list)
    _words: dict = field(default_factory=dict)

    @property
    def differs(self):
        return bool(self.new or self.changed or self.stale or self.unknown)

    def words(self):
        """{id: "expected", "new", "changed" or "stale"}"""
        if not self._words:
            for word in ("expected", "new", "changed", "stale"):
                self._words.update((result.row["id"], word) for result in getattr(self, word))
        return self._words


def _entry(path, number, line):
    words = line.partition("#")[0].split()
    if not words:
        return None
    if len(words) != 2 or words[1] not in FAILURES:
        raise BadBaseline("%s:%d: want ID OUTCOME, the outcome one of %s" % (path, number, ", ".join(FAILURES)))
    return words


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadBaseline("%s: %s" % (path, getattr(error, "strerror", None) or error)) from None
    found = Baseline(path, lines=lines)
    for number, line in enumerate(lines, 1):
        header = _HEADER.match(line)
        if header:
            found.level = int(header.group(3))
        entry = _entry(path, number, line)
        if entry is None:
            continue
        if entry[0] in found.entries:
            raise BadBaseline("%s:%d: %s stands there twice" % (path, number, entry[0]))
        found.entries[entry[0]] = entry[1]
    return found


def counts(result, exact):
    """Whether a result is a failure that a baseline lists: another refusal than the expected one is a warning, unless asked."""
    return result.failed and (exact or result.outcome != WARNING)


def compare(baseline, results, known, exact=False):
    """`known` are all ids of the suite; `results` may be of fewer."""
    found = Comparison(unknown=[name for name in baseline.entries if name not in known])
    for result in results:
        listed = baseline.entries.get(result.row["id"])
        if result.outcome == listed:
            found.expected.append(result)
        elif not counts(result, exact):
            if listed:
                found.stale.append(result)
        elif listed:
            found.changed.append(result)
        else:
            found.new.append(result)
    return found


def header(suite_version, hello, level):
    name = " ".join(part for part in (hello["name"], hello.get("version")) if part)
    return "# weightsonly-suite %s  adapter %s  level %d" % (suite_version, name, level)


def _line(result, width):
    return "%-*s  %s" % (width, result.row["id"], result.outcome)


def fresh(first_line, results, exact=False):
    """The text of a new baseline."""
    failing = [result for result in results if counts(result, exact)]
    width = max([len(result.row["id"]) for result in failing], default=0)
    return "\n".join([first_line] + [_line(result, width) for result in failing]) + "\n"


def updated(baseline, first_line, results, known, exact=False):
    """The text of a baseline that fits these results: comments and order are kept, new lines come last."""
    compared = compare(baseline, results, known, exact)
    gone = {result.row["id"] for result in compared.stale} | set(compared.unknown)
    outcome = {result.row["id"]: result.outcome for result in compared.changed}
    lines = [] if any(_HEADER.match(line) for line in baseline.lines) else [first_line]
    for number, line in enumerate(baseline.lines, 1):
        words = _entry(baseline.path, number, line)
        if _HEADER.match(line):
            lines.append(first_line)
        elif not words or words[0] not in gone:
            if words and words[0] in outcome:
                line = re.sub(r"^(\s*\S+\s+)\S+", lambda match: match.group(1) + outcome[words[0]], line)
            lines.append(line)
    width = max([len(name) for name in baseline.entries] + [len(result.row["id"]) for result in compared.new], default=0)
    return "\n".join(lines + [_line(result, width) for result in compared.new]) + "\n"
