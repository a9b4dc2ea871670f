"""What ci/differential counts: equal answers, explained differences, and the others by what they have in common."""

import collections
import re

KEPT_OF_A_KIND = 3


def share(files, jobs):
    """The files in `jobs` parts of about the same size and mix."""
    return [part for part in (files[first::jobs] for first in range(jobs)) if part]


def masked(text):
    """A text without what differs from file to file: quoted words, then numbers."""
    text = re.sub(r"'[^']*'|`[^`]*`|\"[^\"]*\"", "'…'", text)
    return re.sub(r"(0x)?[0-9a-f]*\d[0-9a-f]*", "N", text)


def kind_of_difference(ours, torch):
    """What differences of one kind have in common: one line."""
    us = ours["verdict"] if ours["verdict"] == "accept" else " ".join(
        [ours["verdict"], ours.get("kind", ""), masked(ours.get("detail", ""))])
    them = " ".join([torch["verdict"], torch.get("exception", ""), masked(torch.get("message", ""))[:160]]).strip()
    values = " with another value" if ours["verdict"] == torch["verdict"] == "accept" else ""
    marks = "".join(", %s" % mark for mark in ("unstable", "executed") if torch.get(mark))
    return "ours: %s; torch: %s%s%s" % (us.strip(), them, values, marks)


class Tally:
    """The counts of a set of files."""

    def __init__(self):
        self.accepted = 0
        self.refused = collections.Counter()  # by our kind
        self.reasons = collections.Counter()  # explained, by rule
        self.groups = collections.defaultdict(list)  # not explained: the files, by kind of difference

    def equal(self, word):
        if word == "accept":
            self.accepted += 1
        else:
            self.refused[word] += 1

    def explained(self, why):
        self.reasons[why] += 1

    def unexplained(self, ours, torch, file):
        """Counts a difference; whether its file is among the first few of its kind."""
        group = self.groups[kind_of_difference(ours, torch)]
        group.append(file)
        return len(group) <= KEPT_OF_A_KIND

    def total(self):
        return self.accepted + self.refused.total() + self.reasons.total() + sum(map(len, self.groups.values()))

    def lines(self):
        """The explained ones by rule, in one line, and one line for each kind of the others."""
        if self.reasons:
            yield "explained: " + ", ".join("%s %d" % pair for pair in sorted(self.reasons.items()))
        for kind, files in sorted(self.groups.items(), key=lambda pair: (-len(pair[1]), pair[0])):
            yield "UNEXPLAINED %d: %s (%s)" % (len(files), kind, files[0])

    def document(self):
        return {"files": self.total(), "equal_accepted": self.accepted, "equal_refused": dict(sorted(self.refused.items())),
                "explained": dict(sorted(self.reasons.items())), "unexplained": {kind: len(files) for kind, files in self.groups.items()}}


def short(tally):
    return "%d files: %d equal (%d accepted, %d refused with %d kinds), %d explained, %d not explained" % (
        tally.total(), tally.accepted + tally.refused.total(), tally.accepted, tally.refused.total(), len(tally.refused),
        tally.reasons.total(), sum(map(len, tally.groups.values())))
