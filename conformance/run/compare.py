"""Compares what an adapter loaded with what a row says is there: level 1 by tensors, level 2 by the whole value."""

from __future__ import annotations

import hashlib
import json

import elements
import level1 as level1_rows
from outcome import PASS


def level1(row, answer):
    """(outcome, why). A walk that was cut short, on either side, is not compared."""
    wanted = row.get("tensors")
    if wanted is None or row.get("truncated") or answer.get("truncated"):
        return PASS, ""
    want = {path_key(one["path"]): one for one in wanted}
    have = {}
    for one in answer["tensors"]:
        key = path_key(one["path"])
        if key in have:
            return "wrong-value", "%s is listed twice" % key
        have[key] = one
    missing = [key for key in want if key not in have]
    extra = [key for key in have if key not in want]
    for key in want:
        difference = None if key in missing else _tensor(have[key], want[key])
        if difference:
            return "wrong-value", "%s: %s" % (key, difference)
    if extra:
        absent = ", and %s is missing" % missing[0] if missing else ""
        return "wrong-value", "%s is no tensor of this file%s" % (extra[0], absent)
    if missing:
        return "dropped-data", "missing %d of %d tensors, first %s" % (len(missing), len(want), missing[0])
    return PASS, ""


def path_key(path):
    """Paths are equal when this text is: a str and an int are two keys, and so are True and 1."""
    return json.dumps(path, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _tensor(have, want):
    """The difference of two tensors with one path, or None."""
    if have["dtype"] != want["dtype"]:
        return "dtype: have %s, want %s" % (have["dtype"], want["dtype"])
    if [str(n) for n in have["shape"]] != [str(n) for n in want["shape"]]:
        return "shape: have %s, want %s" % (have["shape"], want["shape"])
    return _data(have, want)


def _data(have, want):
    """Elements are told as hex or as their sha256, whichever the adapter likes; a row without either asks for neither."""
    if want.get("data") is None and want.get("sha256") is None:
        return None
    if have.get("data") is None and have.get("sha256") is None:
        return "has no data"
    if have.get("data") is not None and want.get("data") is not None:
        return _bytes(have["data"].lower(), want["data"])
    have_hash = _hash(have)
    return None if have_hash == _hash(want) else "sha256 of the data: have %s, want %s" % (have_hash, _hash(want))


def _hash(one):
    return one["sha256"].lower() if one.get("sha256") else hashlib.sha256(bytes.fromhex(one["data"])).hexdigest()


def _bytes(have, want):
    if have == want:
        return None
    if len(have) != len(want):
        return "data: have %d bytes, want %d" % (len(have) // 2, len(want) // 2)
    at = next(i for i in range(0, len(want), 2) if have[i : i + 2] != want[i : i + 2])
    return "data: byte %d: have %s, want %s" % (at // 2, have[at : at + 2], want[at : at + 2])


def level2(row, answer):
    """(outcome, why): equal as JSON, where neither side left the value out."""
    if row.get("value") is None or answer.get("value") is None:
        if row.get("value") is not None and "value_omitted" not in answer:
            return "wrong-value", "the value is missing"
        return PASS, ""
    difference = first_difference(answer["value"], row["value"])
    if not difference:
        return PASS, ""
    return ("dropped-data" if _drops(row, answer["value"]) else "wrong-value"), difference


def _drops(row, value):
    """Whether the tensors of a value are those of the row but for some that are missing."""
    try:
        rows = level1_rows.tensors_of(value)
    except (elements.BytesNeeded, LookupError, TypeError, ValueError, AttributeError):
        return False  # no canonical value at all, or one that only its file explains
    return rows is not None and level1(row, {"tensors": rows})[0] == "dropped-data"


def first_difference(have, want):
    """Where two JSON values differ, as "PATH: have X, want Y", or None. 1, 1.0 and true are three values."""
    stack = [("value", have, want)]
    while stack:
        path, left, right = stack.pop()
        if type(left) is not type(right):
            return "%s: have %s, want %s" % (path, _brief(left), _brief(right))
        if isinstance(left, dict):
            names = sorted(set(left) ^ set(right))
            if names:
                where = "is not wanted" if names[0] in left else "is missing"
                return "%s.%s %s" % (path, names[0], where)
            stack += [("%s.%s" % (path, name), left[name], right[name]) for name in reversed(list(right))]
        elif isinstance(left, list):
            if len(left) != len(right):
                return "%s: have %d elements, want %d" % (path, len(left), len(right))
            stack += [("%s[%d]" % (path, i), left[i], right[i]) for i in reversed(range(len(right)))]
        elif left != right:
            return "%s: have %s, want %s" % (path, _brief(left), _brief(right))
    return None


def _brief(value):
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."
