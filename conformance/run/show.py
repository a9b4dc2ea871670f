"""`show ID`: all that is known of a case."""

from __future__ import annotations

import glob
import io
import json
import os
import struct
import zipfile

from texts import printable

_ROW = 16
_MOST = 1024  # bytes of a dump without a guilty offset
_AROUND = 64  # bytes shown on either side of one


def _wrapped(name, text):
    lines = text.rstrip("\n").split("\n")
    if len(lines) == 1:
        return ["%-9s %s" % (name, printable(lines[0]))]
    return [name] + ["    " + printable(line) for line in lines]


def _facts(row):
    for name in ("title", "area", "expect", "why", "fault", "policy", "kind", "deviation", "since", "torch"):
        if row.get(name):
            yield from _wrapped(name, row[name])
    for name in ("rules", "flags", "needs"):
        if row.get(name):
            yield "%-9s %s" % (name, ", ".join(row[name]))
    for name in ("options", "limits"):
        if row.get(name):
            yield "%-9s %s" % (name, json.dumps(row[name], ensure_ascii=False))
    for name in ("recipe", "python"):
        if row.get(name):
            yield from _wrapped(name, row[name].strip("\n"))


def _beside(suite, name):
    path = os.path.join(os.path.dirname(suite.path), name)
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def _rules(suite, row):
    texts = {rule["id"]: rule["text"] for rule in _beside(suite, "rules.json").get("rules", ())}
    for name in row["rules"]:
        if name in texts:
            yield "%-9s %s" % (name, printable(texts[name]))


def _flags(suite, row):
    for flag in row.get("flags", ()):
        note = suite.notes.get(flag, {})
        if note.get("effect"):
            yield "%-9s %s" % (flag, printable(note["effect"]))
        for link in (*note.get("cves", ()), *note.get("links", ())):
            yield " " * 10 + printable(link)


def _observations(suite, row):
    pattern = os.path.join(os.path.dirname(suite.path), "observations", "torch-*.json")
    for path in sorted(glob.glob(pattern)):
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
        seen = found["rows"].get(row["id"])
        if seen and not suite.embargoed("torch", found["torch"], row["id"]):
            around = found["wrappers"][seen["wrapper"]] if "wrapper" in seen else ("", "")
            message = seen.get("message", "").join(around)
            told = ": ".join(text for text in (seen.get("exception"), message) if text)
            yield "torch %-8s %s%s" % (found["torch"], seen["verdict"], " " + printable(told)[:200] if told else "")


def _dump(data, start, end, guilty):
    for at in range(start - start % _ROW, end, _ROW):
        piece = data[at : at + _ROW]
        text = "".join(chr(b) if 32 <= b < 127 else "." for b in piece)
        yield "%08x  %-47s  %s" % (at, piece.hex(" "), text)
        if guilty is not None and at <= guilty < at + _ROW:
            yield "%s^^ offset %d" % (" " * (10 + 3 * (guilty - at)), guilty)


def _in_file(data, record, offset):
    """Where a byte of a stored record lies in the file, or None where that cannot be said."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            found = [one for one in archive.infolist() if one.filename.partition("/")[2] == record]
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return None
    if len(found) != 1 or found[0].compress_type != zipfile.ZIP_STORED:
        return None
    at = found[0].header_offset
    name_length, extra_length = struct.unpack_from("<HH", data, at + 26)
    return at + 30 + name_length + extra_length + offset


def _bytes(suite, row):
    data = suite.bytes_of(row)
    yield "%s, %d bytes, sha256 %s" % (row.get("file") or "made from the recipe", len(data), row["sha256"])
    guilty = row.get("offset")
    if guilty is not None and row.get("record"):
        yield "the guilty byte is byte %d of the record %s" % (guilty, printable(row["record"]))
        guilty = _in_file(data, row["record"], guilty)
    if guilty is None:
        yield from _dump(data, 0, min(len(data), _MOST), None)
        if len(data) > _MOST:
            yield "... %d bytes more" % (len(data) - _MOST)
    else:
        yield from _dump(data, max(0, guilty - _AROUND), min(len(data), guilty + _AROUND), guilty)


def lines(suite, row):
    yield row["id"]
    yield from _facts(row)
    for part in (_rules(suite, row), _flags(suite, row), _observations(suite, row)):
        found = list(part)
        if found:
            yield ""
            yield from found
    yield ""
    yield from _bytes(suite, row)


def main(suite, row):
    print("\n".join(lines(suite, row)))
    return 0
