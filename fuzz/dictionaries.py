#!/usr/bin/env python3
"""Writes the dictionaries of the fuzz targets out of the project's own tables: pickle.dict, zip.dict, recipe.dict.

    python3 fuzz/dictionaries.py --out FOLDER

The form is that of AFL, which libFuzzer reads, too: a line `name="value"`, in which bytes that are no printable ASCII, quotes and
backslashes are written as \\xHH.
"""

from __future__ import annotations

import argparse
import os
import re
import struct
import sys

import table

sys.path.insert(0, os.path.join(table.root(), "conformance", "run"))
from archive import Archive  # noqa: E402  pylint: disable=wrong-import-position

MOST = 128  # bytes of an entry: AFL's own limit
_STRINGS = re.compile(r'"((?:[^"\\]|\\.)*)"')


def strings(top, path, start):
    """The quoted strings of each row of a table that begins with `start`; a row may go over several lines."""
    for call in re.findall(rf"^{start}\((.*?)\)$", table.text(top, path).replace(");\n", ")\n"), re.M | re.S):
        yield call, _STRINGS.findall(call)


def _opcodes(top):
    operands = {"kU8": 1, "kU16": 2, "kI32": 4, "kU32": 4, "kF64": 8, "kText1": 1, "kText4": 4, "kTwoLines": 0}
    for call, (name,) in strings(top, "reference/pickle/opcode.def", "WEIGHTSONLY_OPCODE"):
        byte, operand = re.search(r"0x([0-9a-f]{2}), (k\w+)", call).groups()
        yield name.lower(), bytes.fromhex(byte) + bytes(operands.get(operand, 0) if call.endswith("yes") else 0)


def _global(path):
    module, _, name = path.rpartition(".")
    return b"c" + module.encode() + b"\n" + name.encode() + b"\n"


def _text(text):
    return b"X" + struct.pack("<I", len(text.encode())) + text.encode()


def numpy_names(top):
    return [name for name, _ in re.findall(r'\{"([a-z_.]+)", NumpyGlobal::(k\w+)\}', table.text(top, "reference/policy/numpy.cc"))]


def device_types(top):
    found = re.search(r"kDeviceTypes = .*?\((.*?)\);", table.text(top, "reference/machine/device.cc"), re.S)
    return _STRINGS.findall(found[1])


def pickle_entries(top):
    """Opcodes with empty operands, globals as GLOBAL writes them, and the texts that have a meaning."""
    yield from _opcodes(top)
    for _, texts in strings(top, "reference/policy/allowlist.def", "WEIGHTSONLY_GLOBAL"):
        yield "global", _global(texts[0])
    for name in numpy_names(top):
        yield "numpy", _global(name)
    for _, (module, name, *_) in strings(top, "reference/policy/python2_names.def", "WEIGHTSONLY_PYTHON2_PAIR"):
        yield "python2", _global(module + "." + name)
    for _, (module, _) in strings(top, "reference/policy/python2_names.def", "WEIGHTSONLY_PYTHON2_MODULE"):
        yield "python2", b"c" + module.encode() + b"\n"
    for _, (name,) in strings(top, "reference/value/dtype.def", "WEIGHTSONLY_DTYPE"):
        yield "dtype", _global("torch." + name)
    for _, (code, *_) in strings(top, "reference/policy/numpy_dtypes.def", "WEIGHTSONLY_NUMPY_DTYPE"):
        yield "code", _text(code)
    for name in [*device_types(top), "storage", "latin1", "utf-8"]:
        yield "text", _text(name)
    yield "magic", bytes.fromhex("8a0a6cfc9c46f9206aa850192e")
    yield "protocol", b"M\xe9\x03."


def zip_entries(top):
    """Signatures, markers, the zip64 field and numbers for it, and the names of records."""
    source = table.text(top, "reference/container/zip_format.h")
    for name, value in re.findall(r"k(\w+Signature) = (0x[0-9a-f]{8});", source):
        yield name.lower(), struct.pack("<I", int(value, 16))
    yield "marker32", struct.pack("<I", int(re.search(r"kMarker32 = (0x[0-9a-f]+)", source)[1], 16))
    yield "marker16", struct.pack("<H", int(re.search(r"kMarker16 = (0x[0-9a-f]+)", source)[1], 16))
    for number in (-1, 1 << 32, 1 << 63):
        yield "wide", struct.pack("<Q", number % (1 << 64))
    for count in (1, 2, 3):
        yield "zip64", struct.pack("<HH", int(re.search(r"kExtraZip64 = (\d+)", source)[1]), 8 * count)
    flags = sorted({1 << int(bit) for bit in re.findall(r"kFlag\w+ = 1 << (\d+);", source)})
    for flag in [*flags, 0x0800, 0x0808]:
        yield "flag", struct.pack("<H", flag)
    yield "directory", struct.pack("<I", int(re.search(r"kAttributeDirectory = (0x[0-9a-f]+)", source)[1], 16))
    yield "deflated", struct.pack("<H", 8)
    for name in record_names(top):
        yield "record", name.encode()


def record_names(top):
    """The names of records that the checkpoint floor looks for, with and without a folder."""
    found = set()
    folder = os.path.join("reference", "checkpoint")
    for name in sorted(os.listdir(os.path.join(top, folder))):
        found.update(re.findall(r'"([a-z.]+\.pkl|byteorder|version|data/|\.data/[a-z_]+|\.format_version|\.storage_alignment|code/)"',
                                table.text(top, os.path.join(folder, name))))
    return sorted(found | {"archive/" + name for name in found})


def recipe_words(top):
    """(statements, fields) of recipes, as FORMAT.md has them."""
    words = [*Archive.PARTS, "RAW", "TEXT", "U8", "U16", "U32", "U64", "REPEAT"]
    words += [name for _, (name,) in strings(top, "reference/pickle/opcode.def", "WEIGHTSONLY_OPCODE")]
    names = re.search(r"kNames = .*?\((.*?)\);", table.text(top, "reference/recipe/fields.cc"), re.S)
    return sorted(words), _STRINGS.findall(names[1])


def recipe_entries(top):
    """Statements at the beginning of a line, fields with the blank before them, and forms of values."""
    statements, fields = recipe_words(top)
    for word in statements:
        yield "statement", b"\n" + word.encode() + b" "
    for field in fields:
        yield "field", b" " + field.encode() + b"="
    for text in ("local.", "central.", "bytes:", "bits:", '"', "\\x00", "\\u{d800}", "0x", "0xffffffff", "0xffffffffffffffff", "-1", "inf",
                 "stored", "fixed", "signed", "plain", "wide", "none", "little", "big", *record_names(top)):
        yield "value", text.encode()


FILES = {"pickle": pickle_entries, "zip": zip_entries, "recipe": recipe_entries}


def quoted(data):
    return "".join(chr(byte) if 0x20 <= byte < 0x7f and byte not in b'"\\' else f"\\x{byte:02x}" for byte in data)


def lines_of(entries):
    """A line for each entry; the same bytes once. Entries of one name get numbers."""
    seen, count = set(), {}
    for name, data in entries:
        if not data or len(data) > MOST or data in seen:
            continue
        seen.add(data)
        count[name] = count.get(name, 0) + 1
        yield f'{name}_{count[name]}="{quoted(data)}"\n'


def write(top, out):
    """Writes all dictionaries; returns {name: path}."""
    os.makedirs(out, exist_ok=True)
    paths = {}
    for name, entries in FILES.items():
        paths[name] = os.path.join(out, name + ".dict")
        with open(paths[name], "w", encoding="ascii") as file:
            file.write("# Made by fuzz/dictionaries.py.\n")
            file.writelines(lines_of(entries(top)))
    return paths


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True, metavar="FOLDER")
    write(table.root(), parser.parse_args(arguments).out)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
