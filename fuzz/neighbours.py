#!/usr/bin/env python3
"""Writes inputs that lie beside the seeds, one step each: every value of a pickle, in every place that a value can have, replaced by one of
every kind that the seeds hold. The seeds are those of the suite and those of corpus/grown, of every kind that has such pickles.

    python3 fuzz/neighbours.py load canonical --out build/fuzz-corpus     OUT/<target>/<SHA-1>

A place is an argument of a call (of which callable, of how many), a part of a persistent id, a key, an item, a state, in the first pickle
of a file, the second, and so on; one seed stands for each. What an engine finds by chance after millions of executions, `an argument of the wrong kind`, is there from the start. fuzz/grown.py
keeps what reaches an edge that no seed reaches; the rest is no loss.
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

MOST_BYTES = 16384  # of a file whose pickles are looked at
LONGEST_VALUE = 160  # bytes of a value that replaces others
MOST_PARTS, DEEPEST = 10, 3  # of a value whose parts are places too
LONGEST_PLAIN = 24  # bytes of a text or a number that stands for itself alone
TEXTS = ("BINUNICODE", "SHORT_BINUNICODE", "UNICODE", "BINSTRING", "SHORT_BINSTRING")
NUMBERS = ("BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "INT", "LONG", "FLOAT")
# Besides these, tuples and what an opcode alone pushes, no value is put into a part of a value: names and calls have been tried above.
PLAIN = ("dict", "list", "frozenset", "persid", "torch device()", "torch Size()", "torch float32", "collections OrderedDict()", "numpy dtype()")
GROWN_FILES = ("file", "options", "legacy", "torchscript")  # kinds of seeds that are files
# What inputs begin with where it is not the file: three bytes of options, everything allowed. Without these they would be those of load.
PREFIX = {"options": bytes((1 | 2 | 2 << 2, 0, 0))}
# A pickle of the suite may be anything.
UNREADABLE = (ValueError, IndexError, AttributeError, TypeError)


class Item:
    """A value on the stack: the bytes that push it, what it is called, and its parts."""

    def __init__(self, start, end, label, parts=(), text=""):
        self.start, self.end, self.label, self.parts, self.text = start, end, label, list(parts), text


class Walk:
    """The places of the values of one pickle, by its instructions: found is [(place, item)]."""

    def __init__(self, data, start=0):
        self.found, self.stack, self.marks, self.memo, self.end = [], [], [], {}, None
        instructions = [(each[0].name, each[1], each[2]) for each in pickletools.genops(data[start:])]
        ends = [start + each[2] for each in instructions[1:]]
        for (name, argument, at), end in zip(instructions, [*ends, None]):
            if name == "STOP":
                self.note("value", [self.stack.pop()])
                self.end = start + at + 1
            else:
                self.step(name, argument, start + at, end)

    def note(self, place, items):
        for number, item in enumerate(items):
            self.found.append(((place, len(items), number), Item(item.start, item.end, item.label, item.parts)))  # as it is now
            self.found.extend(((place, len(items), number, *path), part) for path, part in inside(item))

    def to_mark(self):
        """What lies above the last mark, and where that is."""
        items = []
        while (item := self.stack.pop()) is not None:
            items.append(item)
        return items[::-1], self.marks.pop()

    def take(self, count):
        items = [self.stack.pop() for _ in range(count)][::-1]
        if None in items:
            raise IndexError("a mark")
        return items

    def push(self, start, end, label, parts=(), text=""):
        self.stack.append(Item(start, end, label, parts, text))

    def step(self, name, argument, at, end):
        counts = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
        if name == "MARK":
            self.stack.append(None)
            self.marks.append(at)
        elif name in counts:
            items = self.take(counts[name])
            self.push(items[0].start, end, "tuple", items)
        elif name in ("TUPLE", "LIST", "DICT", "FROZENSET"):
            items, mark = self.to_mark()
            self.push(mark, end, name.lower(), items)
        elif name == "STACK_GLOBAL":
            module, attribute = self.take(2)
            self.push(module.start, end, f"{module.text} {attribute.text}")
        elif name in ("REDUCE", "NEWOBJ", "NEWOBJ_EX"):
            self.call(name, end)
        elif name in ("APPEND", "SETITEM", "BUILD"):
            self.change(name, self.take({"SETITEM": 2}.get(name, 1)), end)
        elif name in ("APPENDS", "SETITEMS", "ADDITEMS"):
            self.change(name, self.to_mark()[0], end)
        elif name == "BINPERSID":
            pid = self.take(1)[0]
            self.note("persid", [pid])
            self.note("persid-part", pid.parts)
            self.push(pid.start, end, "persid")
        elif name == "POP":
            self.stack.pop()
        elif name == "POP_MARK":
            self.to_mark()
        elif name in ("MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT"):
            self.stack[-1].end = end
            self.memo[len(self.memo) if name == "MEMOIZE" else argument] = self.stack[-1].label
        elif name in ("GET", "BINGET", "LONG_BINGET"):
            self.push(at, end, self.memo.get(argument, "nothing"))
        elif name not in ("PROTO", "FRAME"):
            self.push(at, end, argument if name == "GLOBAL" else name, text=argument if isinstance(argument, str) else "")

    def call(self, name, end):
        function, *rest = self.take(3 if name == "NEWOBJ_EX" else 2)
        self.note(name, [function])
        self.note(f"{name} {function.label} arguments", rest)
        self.note(f"{name} {function.label}", rest[0].parts)
        self.push(function.start, end, f"{function.label}()")

    def change(self, name, items, end):
        self.note(f"{name} {self.stack[-1].label} of", [self.stack[-1]])
        for item in (items[0], items[-1]) if items else ():
            self.note(f"{name} {self.stack[-1].label}", [item])
        self.note(f"{name} {self.stack[-1].label} parts", items[-1].parts[:6] if items else ())
        self.stack[-1].end = end


def inside(item, path=()):
    """(path, part) of its parts and theirs: of each the number of its parts, and which one. What tuples lie in ends the depth."""
    for number, part in enumerate(item.parts[:MOST_PARTS]):
        here = (*path, (len(item.parts), number))
        yield here, part
        if len(here) < DEEPEST:
            yield from inside(part, here)


def pickles(data):
    """(what makes a file of another pickle, pickle) for each pickle of a file or a pickle; nothing where it is none."""
    if data.startswith(b"PK"):
        yield from records(data)
        return
    at = 0
    while at < len(data) and at < MOST_BYTES:
        try:
            walk = Walk(data, at)
        except UNREADABLE:
            return
        yield (lambda new, begin=at, end=walk.end: data[:begin] + new + data[end:]), data[at:walk.end]
        at = walk.end


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
            yield (lambda new, changed=name: archived(content, changed, new)), pickle


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


def neighbours(files, most):
    """The inputs beside `files`, of which the first of a kind stands for all: an iterator of bytes, none longer than `most`."""
    places, values, alike = {}, {}, {TEXTS: {}, NUMBERS: {}}
    for data in files:
        if len(data) > MOST_BYTES:
            continue
        for number, (make, pickle) in enumerate(pickles(data)):
            try:
                walk = Walk(pickle)
            except UNREADABLE:
                continue
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
        return [*own, *(pickle for data in files for _, pickle in pickles(data))]
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
        made = {prefix + data for data in neighbours(in_order(cases, form), row["max_len"] - len(prefix))}
        seeds.write_files(os.path.join(options.out, target), {hashlib.sha1(data).hexdigest(): data for data in made})
        print(f"{target:28} {len(made):7} neighbours", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
