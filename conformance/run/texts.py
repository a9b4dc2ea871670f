"""Small texts that several reports share."""

from __future__ import annotations

import shlex
from collections import Counter

from outcome import PASS, SKIP


def printable(text):
    """The text without anything that a terminal or a table would act on: it may come from an adapter, or from a file."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def short(text, most=160):
    """The text on one line, its end cut off where it is longer than `most`."""
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 3] + "..."


def counted(number, word, many=None):
    return "%d %s" % (number, word if number == 1 else many or word + "s")


def shell(words):
    return " ".join(shlex.quote(word) for word in words)


def named(hello):
    """Name and version of an adapter."""
    return printable(" ".join(part for part in (hello["name"], hello.get("version")) if part))


def by_area(results):
    """[(area, Counter of outcomes)] in the order in which areas occur."""
    found = {}
    for result in results:
        found.setdefault(result.row["area"], Counter())[result.outcome] += 1
    return list(found.items())


def split(counter):
    """(passed, warned, failed, skipped) of a Counter of outcomes."""
    warned = counter["wrong-kind"]
    passed, skipped = counter[PASS], counter[SKIP]
    return passed, warned, sum(counter.values()) - passed - warned - skipped, skipped
