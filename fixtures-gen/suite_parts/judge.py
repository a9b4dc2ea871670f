"""Whether an answer is the one that a row expects. An answer is what observe.py or our tool writes, parsed."""

import hashlib
import json

from agreement import first_difference, kinds_agree
from suite_parts import vocabulary as words
from suite_parts.table import accepts, expectation, kinds_of

# What this project's own loader chooses where the format leaves the choice.
OURS = {"unknown-globals": "refuse", "allowlisted-calls": "inert", "odd-calls": "refuse", "device": "label",
        "protocol-4": "refuse", "big-endian-v3": "swapped"}


def text_of(value):
    """The canonical text of a parsed value."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def digest_of(value):
    return hashlib.sha256(text_of(value).encode("utf-8")).hexdigest()


def value_of(row, observed):
    """The value of an accepted file, parsed: the row's own, else torch's; None where neither has one."""
    if not accepts(row):
        return None
    if "value" in row:
        return json.loads(row["value"])
    return observed.get("value") if observed and observed["verdict"] == "accept" else None


def unlike_torch(row, observed):
    """Why torch's answer is not what the row expects; empty where it is one of the outcomes."""
    if observed.get("executed") and expectation(row)[0] != "accept":
        return "torch executes the call"
    verdict = observed["verdict"]
    if observed.get("unstable"):
        return "torch hands out memory that the file did not supply"
    if verdict not in ("accept", "reject", "unwritable"):
        return "torch: %s" % verdict
    verb, choices = expectation(row)
    refusable = verb == "reject" or any(one in words.REFUSING for one in choices)
    if verdict == "reject":
        return "" if refusable else "torch refuses: %s" % observed.get("exception")
    if not accepts(row):
        return "torch accepts"
    if verdict == "accept" and "value" in row and "as-torch" not in choices and "call" not in choices:
        return first_difference(json.loads(row["value"]), observed.get("value"))
    return ""


def unmet(row, observed, ours):
    """What our tool does otherwise than the row expects; empty where nothing."""
    verb, wanted = expectation(row)
    if verb == "either":
        choice = OURS[row["policy"]]
        verb, wanted = ("reject", kinds_of(row)) if choice in words.REFUSING else ("accept", [])
    if ours["verdict"] != verb:
        return "ours: %s %s" % (ours["verdict"], ours.get("kind") or ours.get("detail", ""))
    if verb == "accept":
        value = value_of(row, observed)
        return first_difference(ours.get("value"), value) if value is not None else ""
    if not any(kinds_agree(kind, ours.get("kind")) for kind in wanted):
        return "our kind is %s" % ours.get("kind")
    for key in ("record", "offset"):
        if key in row and row[key] != ours.get(key):
            return "our %s is %s" % (key, ours.get(key))
    return ""
