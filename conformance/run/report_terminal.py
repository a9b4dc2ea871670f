"""The report for people: counts by area, then the failures, the worst first."""

from __future__ import annotations

import sys
import time
from collections import Counter

import refusal_texts
from outcome import security, severity
from texts import by_area, counted, named, printable, short, split
from traces import telling

_MOST = 20  # failures of one kind that are listed unless all are asked for
_PATIENCE = 0.5  # seconds before a progress line is shown


class Progress:
    """One line on standard error that is written over and over; nothing where that is no terminal."""

    def __init__(self, total, stream=None):
        self._stream = stream or sys.stderr
        self._shown = self._stream.isatty()
        self._total, self._done, self._failed = total, 0, 0
        self._begin = self._last = time.monotonic()

    def step(self, result):
        self._done += 1
        self._failed += result.failed
        now = time.monotonic()
        if self._shown and now - self._begin > _PATIENCE and now - self._last > 0.1:
            self._last = now
            self._stream.write("\r%d of %d, %d not passed " % (self._done, self._total, self._failed))
            self._stream.flush()

    def clear(self):
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()


def _table(results):
    rows = [("area", "cases", "pass", "warn", "fail", "skip")]
    total = Counter()
    for area, counter in by_area(results):
        total += counter
        rows.append((area, sum(counter.values())) + split(counter))
    if len(rows) > 2:
        rows.append(("all", sum(total.values())) + split(total))
    width = max(len(row[0]) for row in rows)
    return ["%-*s %6s %6s %6s %6s %6s" % ((width,) + row) for row in rows]


def _failure(result, finished):
    row = result.row
    yield "  %s: %s" % (row["id"], row["title"])
    yield "    " + printable(result.why)
    if row.get("why"):
        yield "    " + row["why"]
    if result.first:
        yield "    first seen as %s, in a process that had loaded other files" % result.first
    if result.fatal and result.stderr.strip():
        yield from ("    stderr: " + short(line) for line in telling(result.stderr))
    yield "    " + finished.repeat(row["id"])


def _group(word, results, finished, everything):
    yield ""
    yield "%s: %d" % (word, len(results))
    shown = results if everything else results[:_MOST]
    for result in shown:
        yield from _failure(result, finished)
    if len(results) > len(shown):
        yield "  and %d more: --all lists them" % (len(results) - len(shown))


def _groups(results, finished, everything, prefix=""):
    notes = finished.suite.notes
    ordered = sorted(results, key=lambda result: severity(result, notes))
    found = {}
    for result in ordered:
        word = result.outcome
        if word == "false-accept" and security(result.row, notes):
            word = "false-accept of a security case"
        found.setdefault(word, []).append(result)
    for word, group in found.items():
        yield from _group(prefix + word, group, finished, everything)


def _against_baseline(finished, everything):
    compared = finished.compared
    yield from _groups(compared.new, finished, everything, "new ")
    yield from _groups(compared.changed, finished, everything, "listed with another outcome, now ")
    if compared.stale:
        yield ""
        yield "listed, but not failing any more: %d (take the lines out, or use --update-baseline)" % len(compared.stale)
        yield from ("  " + result.row["id"] for result in compared.stale)
    if compared.unknown:
        yield ""
        yield "listed, but no case of this suite: %d" % len(compared.unknown)
        yield from ("  " + printable(name) for name in compared.unknown)


def _said(finished):
    texts = refusal_texts.said(finished.listed())
    if texts:
        yield ""
        yield "what the adapter said with these refusals, where %d or more are alike:" % refusal_texts.LEAST
        yield from ("  " + text for text in texts)


def _flaky(finished):
    results = [result for result in finished.results if result.first and not result.failed]
    if results:
        yield ""
        yield "passed only in a fresh process (something is kept between two loads): %d" % len(results)
        yield from ("  %s: was %s" % (result.row["id"], result.first) for result in results)


def _last(finished):
    results = finished.results
    passed, _, _, skipped = split(Counter(result.outcome for result in results))
    failures, warnings = finished.failures(), finished.warnings()
    parts = ["%d passed" % passed, "%d failed" % len(failures)]
    if finished.compared:
        parts[-1] += " (%d as the baseline says)" % len(finished.compared.expected)
    if warnings:
        parts.append("%s under another kind or none" % counted(len(warnings), "refusal"))
    if skipped:
        parts.append("%d skipped" % skipped)
    return "%s; %.1f s" % (", ".join(parts), finished.seconds)


def head(finished):
    hello = finished.profile.hello
    yield "weightsonly-suite %s: %s of %d" % (
        finished.suite.version, counted(len(finished.results), "case"), len(finished.suite.rows))
    language = " (%s)" % printable(hello["language"]) if hello.get("language") else ""
    yield "adapter %s%s, level %d" % (named(hello), language, finished.profile.level)


def lines(finished, everything=False):
    """The report, line by line."""
    yield from head(finished)
    yield ""
    yield from _table(finished.results)
    if finished.compared:
        yield from _against_baseline(finished, everything)
    else:
        yield from _groups(finished.failures(), finished, everything)
    if everything and finished.warnings():
        yield from _groups(finished.warnings(), finished, True, "warning, ")
    yield from _said(finished)
    yield from _flaky(finished)
    yield ""
    if finished.listed():
        yield "%s ID shows a case whole" % finished.show
    yield _last(finished)
