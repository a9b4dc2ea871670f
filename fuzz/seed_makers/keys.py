"""Files whose dict keys are numbers of numpy, floats that are large, or many: seeds of the target options that the suite does not have."""

from __future__ import annotations

import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "conformance" / "run"))
import recipe  # noqa: E402  pylint: disable=wrong-import-position

# code of the dtype, byte order, bytes of an item and alignment as the state says them, bytes of the scalar
SCALARS = (
    ("b1", "|", -1, -1, b"\x01"), ("i1", "|", -1, -1, b"\xff"), ("i2", "<", -1, -1, b"\xfe\xff"), ("i4", "<", -1, -1, b"\x05\0\0\0"),
    ("u1", "|", -1, -1, b"\x07"), ("u2", "<", -1, -1, b"\x07\1"), ("u4", "<", -1, -1, b"\x07\1\0\0"), ("u8", "<", -1, -1, b"\xff" * 8),
    ("f2", "<", -1, -1, b"\x01\x3c"), ("f2", "<", -1, -1, b"\x01\x00"), ("f2", "<", -1, -1, b"\x00\xfc"), ("f4", "<", -1, -1, struct.pack("<f", 1.5)),
    ("f8", "<", -1, -1, struct.pack("<d", -1e30)), ("c8", "<", -1, -1, struct.pack("<ff", 1, 2)), ("c16", "<", -1, -1, struct.pack("<dd", 1, 0)),
    ("f16", "<", -1, -1, bytes(16)), ("S3", "|", 3, 1, b"abc"), ("U3", "<", 12, 4, "aé\U0001f600".encode("utf-32-le")),
    ("U1", "<", 4, 4, b"\x00\xd8\0\0"), ("V2", "|", 2, 1, b"ab"), ("M8", "<", -1, -1, bytes(8)))


def _quoted(content):
    return '"' + "".join(f"\\x{byte:02x}" for byte in content) + '"'


def _scalar(code, order, size, alignment, content):
    """The lines that make numpy's scalar."""
    text = _quoted(content.decode("latin-1").encode())
    return ['GLOBAL "numpy._core.multiarray" "scalar"', 'GLOBAL "numpy" "dtype"', f'BINUNICODE "{code}"', "NEWFALSE", "NEWTRUE", "TUPLE3", "REDUCE",
            "MARK", "BININT1 3", f'BINUNICODE "{order}"', "NONE", "NONE", "NONE", f"BININT {size}", f"BININT {alignment}", "BININT1 0", "TUPLE",
            "BUILD", 'GLOBAL "_codecs" "encode"', f"BINUNICODE {text}", 'BINUNICODE "latin1"', "TUPLE2", "REDUCE", "TUPLE2", "REDUCE"]


def _file(*lines):
    return recipe.assemble("\n".join(["CHECKPOINT", "PROTO 2", "EMPTY_DICT", *lines, "STOP"]) + "\n")


def files():
    """(name, bytes) of the files."""
    for number, scalar in enumerate(SCALARS):
        yield f"key-{number}-{scalar[0]}", _file(*_scalar(*scalar), "NONE", "SETITEM")
    yield "keys-many", _file(*(line for i in range(100) for line in (f"BININT1 {i}", "NONE", "SETITEM")))
    yield "keys-large", _file(*(line for bits in ("46293e5939a08cea", "c6293e5939a08cea", "43e0000000000000", "c3e0000000000000")
                                for line in ("RAW 47" + bits, "NONE", "SETITEM")))
