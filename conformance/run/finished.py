"""A run that is over: what reports are made of."""

from __future__ import annotations

from dataclasses import dataclass

import baseline
from outcome import PASS, WARNING


@dataclass
class Finished:
    suite: object
    settings: object
    profile: object
    results: list
    seconds: float
    compared: object = None  # baseline.Comparison, or None without a baseline
    repeat: object = None  # id -> the command that runs this case alone
    show: str = ""  # the command that shows a case, without its id

    def failures(self):
        """The results that are failures, whether known or not; a wrong kind is one only where exact kinds were asked for."""
        return [result for result in self.results if baseline.counts(result, self.settings.exact)]

    def warnings(self):
        return [result for result in self.results if result.outcome == WARNING and not self.settings.exact]

    def listed(self):
        """The failures that a report for people lists: those that no baseline knows as they are."""
        return self.compared.new + self.compared.changed if self.compared else self.failures()

    def differs(self):
        return self.compared.differs if self.compared else bool(self.failures())

    def status(self, result):
        """Where a result stands: "pass", "skip", "warning", "expected", "stale", "new", "changed"; without a baseline "new"."""
        listed = self.compared.words().get(result.row["id"]) if self.compared else None
        if listed:
            return listed
        if self.compared and self.embargoed(result):
            return "expected"
        if result.outcome == WARNING and not self.settings.exact:
            return "warning"
        return "new" if result.failed else "pass" if result.outcome == PASS else "skip"

    def disclosed(self):
        """The results that a baseline may name: it is published, too."""
        return [result for result in self.results if not self.embargoed(result)]

    def embargoed(self, result):
        """Whether a published report leaves this cell blank."""
        hello = self.profile.hello
        return self.suite.embargoed(hello["name"], hello.get("version"), result.row["id"])
