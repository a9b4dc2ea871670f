"""The words for how a case ended, and how bad each is."""

from __future__ import annotations

from dataclasses import dataclass, field

PASS, SKIP, WARNING = "pass", "skip", "wrong-kind"

# The worst first. A false accept of a security case stands higher than one of another case, see `severity`.
FAILURES = ("executed", "crash", "memory", "timeout", "wrong-value", "dropped-data", "false-accept", "false-reject",
            "protocol-error", WARNING)

# What the adapter's process did, rather than what it said.
FATAL = ("executed", "crash", "memory", "timeout", "protocol-error")


@dataclass
class Result:
    """How one case ended. `first` is the outcome before the case was repeated in a fresh process, where it differs."""

    row: dict
    outcome: str
    why: str = ""
    answer: dict = field(default_factory=dict)
    seconds: float = 0.0
    stderr: str = ""
    first: str = ""

    @property
    def failed(self):
        return self.outcome not in (PASS, SKIP)

    @property
    def fatal(self):
        return self.outcome in FATAL


def security(row, notes):
    """Whether a loader that gets this wrong is open to an attack: the area says so, or the class of bug, or a CVE."""
    found = [notes.get(flag, {}) for flag in row.get("flags", ())]
    return row["area"] == "security" or any(
        note.get("bugType") in ("Execution", "Memory") or note.get("cves") for note in found)


def severity(result, notes):
    """Sorts the worst first, and what is no failure last."""
    if result.outcome == "false-accept" and security(result.row, notes):
        return 0.5  # next to `executed`
    return FAILURES.index(result.outcome) if result.failed else len(FAILURES)
