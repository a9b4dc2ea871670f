"""The bytes of one pickle instruction. FORMAT.md, chapter "Recipes"; the opcodes are those of Python's pickletools."""

from __future__ import annotations

import math
import pickletools
import re
import struct

from words import LineError, hex_of, integer, is_string, string_of

_OPCODES = {opcode.name: opcode for opcode in pickletools.opcodes}

# pickletools' names of operands -> how they are written.
_INTEGERS = {"uint1": ("<B", 0, 0xFF), "uint2": ("<H", 0, 0xFFFF), "int4": ("<i", -(1 << 31), (1 << 31) - 1),
             "uint4": ("<I", 0, 0xFFFFFFFF), "uint8": ("<Q", 0, (1 << 64) - 1)}
_COUNTED = {"string1": "<B", "bytes1": "<B", "unicodestring1": "<B", "string4": "<I", "bytes4": "<I", "unicodestring4": "<I",
            "bytes8": "<Q", "unicodestring8": "<Q", "bytearray8": "<Q"}
_LINES = {"decimalnl_short", "decimalnl_long", "floatnl", "stringnl", "unicodestringnl", "stringnl_noescape"}
_LONGS = {"long1": "<B", "long4": "<I"}


def _counted(form, data):
    try:
        return struct.pack(form, len(data)) + data
    except struct.error:
        raise LineError("the operand is longer than its length can say") from None


def _long_bytes(word):
    if word.startswith("bytes:"):
        return hex_of(word[6:], word)
    value = integer(word, -(1 << 2039), (1 << 2039) - 1)
    if value == 0:
        return b""
    size = ((value if value > 0 else ~value).bit_length() // 8) + 1
    return value.to_bytes(size, "little", signed=True)


def _float_bytes(word):
    if re.fullmatch(r"bits:[0-9a-f]{16}", word):
        return bytes.fromhex(word[5:])
    if word in ("inf", "-inf"):
        return struct.pack(">d", float(word))
    match = re.fullmatch(r"-?([0-9]+(?:\.[0-9]+)?)(?:e[+-]?[0-9]+)?", word)
    if match is None or len(word) > 4096:
        raise LineError("a number is expected, not %s" % word)
    value = float(word)
    if math.isinf(value) or value == 0 and re.search("[1-9]", match.group(1)):
        raise LineError("%s is out of the range of a double" % word)
    return struct.pack(">d", value)


def _line(word):
    data = string_of(word)
    if b"\n" in data:
        raise LineError("a line feed ends this operand: it can hold none")
    return data + b"\n"


def _one(kind, word):
    if kind in _INTEGERS:
        form, least, most = _INTEGERS[kind]
        return struct.pack(form, integer(word, least, most))
    if kind in _COUNTED:
        return _counted(_COUNTED[kind], string_of(word))
    if kind in _LONGS:
        return _counted(_LONGS[kind], _long_bytes(word))
    if kind == "float8":
        return _float_bytes(word)
    return _line(word)


def instruction(word, operands):
    """The bytes of the instruction called `word`."""
    opcode = _OPCODES.get(word)
    if opcode is None:
        raise LineError("%s is no instruction and no part of an archive" % (word if not is_string(word) else "a string"))
    code = opcode.code.encode("latin-1")
    kind = opcode.arg.name if opcode.arg else None
    wanted = 0 if kind is None else 2 if kind == "stringnl_noescape_pair" else 1
    if len(operands) != wanted:
        raise LineError("%s takes %d operands, not %d" % (word, wanted, len(operands)))
    if wanted == 2:
        return code + _line(operands[0]) + _line(operands[1])
    return code + (_one(kind, operands[0]) if wanted else b"")
