#!/usr/bin/env python3
"""Writes inputs that lie beside the seeds, one step each: every value of a pickle, in every place that a value can have, replaced by one of
every kind that the seeds hold. The seeds are those of the suite and those of corpus/grown, of every kind that has such pickles.

    python3 fuzz/neighbours.py load canonical --out build/fuzz-corpus     OUT/<target>/<SHA-1>

Places are those of places.py, in the first pickle of a file, the second, and so on; one seed stands for each. Files are written with other
bytes too, from which other options follow. What an engine finds by chance after millions of executions, an argument of the wrong kind, is
there from the start. fuzz/grown.py keeps what reaches an edge that no seed reaches; the rest is no loss.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import pickletools
import struct
import sys
import warnings
import zipfile
import zlib

import seeds
import table
from places import Walk

MOST_BYTES = 16384  # of a file whose pickles are looked at
LONGEST_VALUE = 160  # bytes of a value that replaces others
LONGEST_PLAIN = 24  # bytes of a text or a number that stands for itself alone
TEXTS = ("BINUNICODE", "SHORT_BINUNICODE", "UNICODE", "BINSTRING", "SHORT_BINSTRING")
NUMBERS = ("BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "INT", "LONG", "FLOAT")
# Into the parts of a value go, of names and calls, these alone; besides them tuples, and what one opcode pushes.
PLAIN = ("dict", "list", "frozenset", "persid", "torch device()", "torch Size()", "torch float32", "collections OrderedDict()", "numpy dtype()")
# How often an archive is written with the same contents and other bytes: which options a target of files loads it with follows from them
# (support/variants.cc). Of what names numpy most is read with a seventh of these options alone.
SEED_VARIANTS, NUMPY_VARIANTS = 64, 8
GROWN_FILES = ("file", "options", "legacy", "torchscript")  # kinds of seeds that are files
# What inputs begin with where it is not the file: three bytes of options, everything allowed. Without these they would be those of load.
PREFIX = {"options": bytes((1 | 2 | 2 << 2, 0, 0))}
# A pickle of the suite may be anything.
UNREADABLE = (ValueError, IndexError, AttributeError, TypeError)


def pickles(data):
    """(what makes a file of another pickle, pickle, its Walk) for each that can be read of a file's, or of a pickle; nothing of what is neither."""
    if data.startswith(b"PK"):
        yield from records(data)
        return
    at = 0
    while at < len(data) and at < MOST_BYTES:
        try:
            walk = Walk(data[at:])
        except UNREADABLE:
            return
        end = at + walk.end
        yield (lambda new, begin=at, end=end: data[:begin] + new + data[end:]), data[at:end], walk
        at = end


def records(data):
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(each.file_size for each in archive.infolist()) > MOST_BYTES:
                return
            content = [(each.filename, archive.read(each)) for each in archive.infolist()]
    except (*UNREADABLE, zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, OverflowError, struct.error, zlib.error):
        return
    for name, pickle in content:
        if name.endswith(".pkl"):
            try:
                walk = Walk(pickle)
            except UNREADABLE:
                continue
            yield (lambda new, changed=name: archived(content, changed, new)), pickle, walk


def archived(content, changed, new):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in content:
            archive.writestr(zipfile.ZipInfo(name), new if name == changed else data)
    return out.getvalue()


def alone(pickle):
    """An archive with this pickle, and storages for it."""
    storages = [("a/data/0", bytes(64)), ("a/data/1", bytes(64))]
    return archived([("a/data.pkl", b""), ("a/version", b"3\n"), ("a/byteorder", b"little"), *storages], "a/data.pkl", pickle)


def salted(file, number):
    """The archive with this time of its first record, which no reader looks at; None where it is no plain archive."""
    end = len(file) - 22
    if file[end:end + 4] != b"PK\5\6":
        return None
    central = struct.unpack_from("<I", file, end + 16)[0]
    if file[central:central + 4] != b"PK\1\2" or central + 46 > end:
        return None
    local = struct.unpack_from("<I", file, central + 42)[0]
    if file[local:local + 4] != b"PK\3\4":
        return None
    made = bytearray(file)
    struct.pack_into("<H", made, central + 12, number)
    struct.pack_into("<H", made, local + 10, number)
    return bytes(made)


def variants(files, made):
    """The seeds, and of their neighbours those with a name of numpy, with other options."""
    for each, count in (*((file, SEED_VARIANTS) for file in files), *((file, NUMPY_VARIANTS) for file in made if b"numpy" in file)):
        yield from (again for number in range(1, count + 1) if (again := salted(each, number)))


def neighbours(files, most):
    """The inputs beside `files`, of which the first of a kind stands for all: an iterator of bytes, none longer than `most`."""
    places, values, alike = {}, {}, {TEXTS: {}, NUMBERS: {}}
    for data in files:
        if len(data) > MOST_BYTES:
            continue
        for number, (make, pickle, walk) in enumerate(pickles(data)):
            for place, item in walk.found:
                places.setdefault((number, place), (make, pickle, item))
                value = pickle[item.start:item.end]
                if len(value) <= LONGEST_VALUE and not refers(value):
                    values.setdefault(kind_of(item), value)
                    if len(value) <= LONGEST_PLAIN and (group := group_of(item)):
                        alike[group].setdefault(value)
    plain = [value for kind, value in values.items() if isinstance(kind, tuple) or kind.isupper() or kind in PLAIN]
    for (_, place), (make, pickle, item) in places.items():
        for value in (*(plain if len(place) > 3 else values.values()), *alike.get(group_of(item), ())):
            made = make(pickle[:item.start] + value + pickle[item.end:])
            if len(made) <= most:
                yield made


def group_of(item):
    """The kinds of values of which each stands for itself: where one stands all others are tried."""
    return next((group for group in (TEXTS, NUMBERS) if item.label in group), None)


def kind_of(item):
    """Values of the same kind are one: tuples by how many parts they have, names outside of torch by their module."""
    if item.label == "tuple":
        return "tuple", min(len(item.parts), 5), item.parts[0].label if len(item.parts) == 1 else ""
    module, found, _ = item.label.partition(" ")
    return module if found and module != "torch" and not item.label.endswith("()") else item.label


def refers(value):
    """Whether it holds what only the pickle that it was in can give: an entry of the memo, or no value at all."""
    try:
        return any(each[0].name in ("GET", "BINGET", "LONG_BINGET") for each in pickletools.genops(value + b"."))
    except ValueError:
        return True


def in_order(cases, form):
    """The seeds of a form: accepted ones of the suite first, then its others, then what grew, each by length."""
    accepted = {row["id"] for row in cases.rows if row["expect"] == "accept"}
    suite = sorted(getattr(cases, form), key=lambda each: (each[0] not in accepted, len(each[1])))
    return [*(data for _, data in suite), *sorted(grown(cases.top, form), key=len)]


def grown(top, form):
    """What long runs kept, of all kinds of seeds that can be given this form."""
    files = [data[len(PREFIX.get(kind, b"")):] for kind in GROWN_FILES for _, data in seeds.grown(top, kind)]
    if form == "legacy":
        return [data for data in files if not data.startswith(b"PK")]
    own = [data for _, data in seeds.grown(top, "pickle")]
    if form == "pickle":
        return [*own, *(pickle for data in files for _, pickle, _ in pickles(data))]
    return [*files, *(alone(pickle) for pickle in own)]


def main(arguments):
    warnings.filterwarnings("ignore", "Duplicate name")  # of records: a seed may have two of a name
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="+", metavar="TARGET")
    parser.add_argument("--out", required=True, metavar="FOLDER")
    options = parser.parse_args(arguments)
    top = table.root()
    rows, cases = table.rows(top), seeds.Cases(top)
    try:
        targets = table.select(top, options.targets)
    except ValueError as error:
        parser.error(str(error))
    for target in targets:
        row = table.row_of(rows, target)
        kind = row["seeds"]
        form = kind if kind in seeds.FORMS else "file"
        prefix = PREFIX.get(kind, b"")
        files, most = in_order(cases, form), row["max_len"] - len(prefix)
        made = {prefix + data for data in neighbours(files, most)}
        if kind == "file":
            made.update(list(variants([data for data in files if len(data) <= most], made)))
        seeds.write_files(os.path.join(options.out, target), {hashlib.sha1(data).hexdigest(): data for data in made})
        print(f"{target:28} {len(made):7} neighbours", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
