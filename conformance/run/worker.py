"""Runs cases through one adapter process after another, and finds out which case a failure belongs to.

    worker = Worker(suite, settings, profile, emit)
    worker.take(row)...      every result is emitted one case later, or at `close`: the next case may put it into question
    worker.close()
    worker.abandon()          in any case

A failure in a process that has loaded other files is repeated in a fresh one; what happens there counts. Where the
process was found dead or talking when a case was to be asked, or the fresh process does not show the same fault, the case
before it is asked once more, alone, and the process is then told to end: what goes wrong then is the earlier case's.
"""

from __future__ import annotations

import time

import baseline
import canaries
import isolation
import judge
import policies
from adapter import Once, Persistent
from outcome import SKIP, Result
from process import AdapterBroken, Fault, Limits

_MEMORY_MB = 256  # what a case may take unless its row says more
_END_SECONDS = 5.0


def make_adapter(settings, workplace, idle=None):
    """An adapter of the kind that was asked for; `idle` is what its good canary took, where that is known."""
    if not settings.once:
        return Persistent(settings.command, workplace, settings.start_seconds)
    made = Once(settings.command, workplace)
    made.idle = idle
    return made


class Stopped(Exception):
    """The run was interrupted."""


class Worker:
    def __init__(self, suite, settings, profile, emit, stopping=lambda: False):
        self._suite, self._settings, self._profile = suite, settings, profile
        self._emit, self._stopping = emit, stopping
        self._declared = {**profile.hello.get("policies", {}), **settings.policies}
        self._lacks = {*profile.hello.get("lacks", ()), *settings.lacks}
        self._workplace = isolation.Workplace()
        self._adapter = make_adapter(settings, self._workplace, profile.idle)
        self._held = None

    def take(self, row):
        lacking = sorted(self._lacks.intersection(row.get("needs", ())))
        if lacking:
            self._let_go(Result(row, SKIP, "the adapter lacks " + ", ".join(lacking)))
            return
        with self._suite.file(row) as path:
            self._let_go(self._confirmed(row, path))

    def close(self):
        """Tells the process to end and emits the last result; `abandon` cleans up."""
        if self._adapter.running:
            trouble = self._adapter.finish(_END_SECONDS)
            if trouble:
                self._suspect(trouble.outcome)
        self._let_go(None)

    def abandon(self):
        """Ends the process at once and cleans up; a result that is held back is lost."""
        self._adapter.stop()
        self._workplace.close()

    def _let_go(self, result):
        if self._held:
            self._emit(self._held)
        self._held = result

    def _confirmed(self, row, path):
        trouble = self._adapter.pending() if self._adapter.running else None
        if trouble:
            self._adapter.stop()
            self._suspect(trouble.outcome)
        fresh = not self._adapter.running or self._adapter.used == 0
        first = self._attempt(self._adapter, row, path)
        if fresh or not baseline.counts(first, self._settings.exact) or first.outcome == "executed":
            return first
        if self._profile.hello.get("isolated") and not first.fatal:
            return first
        self._adapter.stop()
        second = self._attempt(self._adapter, row, path)
        if second.outcome != first.outcome:
            blamed = first.outcome in ("crash", "protocol-error") and self._suspect()
            second.first = "" if blamed else first.outcome
        return second

    def _attempt(self, adapter, row, path):
        if self._stopping():
            raise Stopped()
        if not adapter.running:
            self._start(adapter)
        begin = time.monotonic()
        answer = {}
        try:
            answer = adapter.load(path, row.get("options", {}), self._profile.level, self.limits(row))
            expected = policies.expectation(row, self._declared)
            outcome, why = judge.judge(row, answer, expected, self._profile.level, self._settings.exact)
        except Fault as fault:
            outcome, why = fault.outcome, fault.why
        if adapter.workplace.executed():
            outcome, why = "executed", "the call that the file names was made"
        result = Result(row, outcome, why, _short(answer), time.monotonic() - begin)
        if result.failed:
            result.stderr = adapter.stderr()
        if result.fatal:
            adapter.stop()
        return result

    @staticmethod
    def _start(adapter):
        try:
            adapter.start()
        except Fault as fault:
            raise AdapterBroken("does not start again: %s: %s" % (fault.outcome, fault.why)) from None

    def _suspect(self, seen=""):
        """Asks the case that is held back once more, alone. Whether it does its process harm; otherwise it keeps `seen` as
        what happened after it once."""
        if self._held is None or self._held.outcome == SKIP:
            return False
        row = self._held.row
        workplace = isolation.Workplace()
        adapter = make_adapter(self._settings, workplace, self._profile.idle)
        try:
            with self._suite.file(row) as path:
                again = self._attempt(adapter, row, path)
                fault = adapter.finish(_END_SECONDS) if adapter.running else None
            if fault:
                again.outcome, again.why = fault.outcome, fault.why
            if again.fatal:
                self._held = again
            else:
                self._held.first = self._held.first or seen
            return again.fatal
        finally:
            adapter.stop()
            workplace.close()

    def limits(self, row):
        """What a case may take."""
        limits = row.get("limits", {})
        seconds = canaries.patience(self._settings.seconds, self._profile.seconds, limits.get("seconds", canaries.SECONDS))
        return Limits(seconds, limits.get("rss_mb", _MEMORY_MB) << 20)


def _short(answer):
    """The answer without what was loaded."""
    return {name: answer[name] for name in ("verdict", "kind", "record", "offset", "detail", "reason") if name in answer}
