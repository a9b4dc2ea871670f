"""From an adapter's answer to an outcome. Knows rows and answers; nothing of processes."""

from __future__ import annotations

import compare
from outcome import PASS, SKIP, WARNING
from texts import short


def kind_matches(answered, expected, exact=False):
    """Whether two dotted kinds name the same fault: one is a prefix of the other, split at dots; the expected one of the
    answered one where this is to be exact. "" matches nothing."""
    if not answered or not expected:
        return False
    have, want = answered.split("."), expected.split(".")
    shorter = len(want) if exact else min(len(have), len(want))
    return have[:shorter] == want[:shorter]


def _told(answer):
    text = "reject " + answer.get("kind", "") if answer.get("kind") else answer["verdict"]
    return "%s (%s)" % (text, short(answer["detail"])) if answer.get("detail") else text


def _refusal(row, answer, expected, exact):
    if expected.kinds is None:
        return "false-reject", "answered %s; expected %s" % (_told(answer), expected)
    if not any(kind_matches(answer.get("kind", ""), kind, exact) for kind in expected.kinds):
        named = "answered " + _told(answer) if answer.get("kind") else "the refusal names no kind"
        return WARNING, "%s; expected %s" % (named, expected)
    if exact and row["expect"].startswith("reject"):
        for member in ("record", "offset"):
            if member in row and answer.get(member) != row[member]:
                return WARNING, "%s: have %s, want %s" % (member, answer.get(member), row[member])
    return PASS, ""


def judge(row, answer, expected, level, exact=False):
    """(outcome, why) of a well-formed answer. `exact`: no coarser kind passes, and record and offset count, too."""
    if answer["verdict"] == "skip":
        return SKIP, answer["reason"]
    if answer["verdict"] == "reject":
        return _refusal(row, answer, expected, exact)
    if expected.accept is None:
        return "false-accept", "answered accept; expected %s" % expected
    if expected.accept == "any" or level == 0:
        return PASS, ""
    return compare.level2(row, answer) if level == 2 else compare.level1(row, answer)
