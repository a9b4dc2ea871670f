"""What many refusals have in common: the texts that an adapter gave with them, without names and numbers, and how often."""

from __future__ import annotations

import re
from collections import Counter

from texts import printable, short

LEAST = 5  # fewer are no pattern
_MOST = 5  # texts that are told
_LONGEST = 120
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'|`[^`]*`")
_NAME = re.compile(r"[^\s:,;()]*(?:\d|[/\\_]|\w\.\w)[^\s:,;()]*")  # a word with a digit, a path, a dotted name
_GONE = "…"


def pattern(text):
    """The text with … for what is another one in each file: quoted words, numbers, names, paths."""
    text = short(text, _LONGEST)
    return printable(_NAME.sub(_GONE, _QUOTED.sub(_GONE, text)))


def said(results):
    """["24 × class not found: …"] of the results that were refused, the most frequent first."""
    refused = (result.answer for result in results if result.answer.get("verdict") == "reject")
    patterns = (pattern(answer.get("detail", "")) for answer in refused)
    counts = Counter(text for text in patterns if any(c.isalpha() for c in text))
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ["%d × %s" % (count, text) for text, count in ordered[:_MOST] if count >= LEAST]
