"""Deflate streams that every assembler makes alike: no search for repetitions, and so no choice. RFC 1951.

`stored` copies the content in blocks of at most 65,535 bytes; `fixed` writes each byte as a literal of the fixed code,
in one block. Empty content is one empty block.
"""

from __future__ import annotations

import struct


def encode(form, content):
    return _stored(bytes(content)) if form == "stored" else _fixed(content)


def _stored(content):
    out = bytearray()
    for start in range(0, max(len(content), 1), 0xFFFF):
        block = content[start : start + 0xFFFF]
        last = start + 0xFFFF >= len(content)
        out += struct.pack("<BHH", last, len(block), len(block) ^ 0xFFFF) + block
    return bytes(out)


def _code(literal):
    """(bits, their number), the first bit of the code lowest."""
    code, width = (0x30 + literal, 8) if literal < 144 else (0x190 + literal - 144, 9)
    return int(format(code, "0%db" % width)[::-1], 2), width


_CODES = [_code(literal) for literal in range(256)]


def _fixed(content):
    out = bytearray()
    bits, width = 0b011, 3  # the last block, of the fixed code
    for byte in content:
        code, more = _CODES[byte]
        bits |= code << width
        width += more
        while width >= 8:
            out.append(bits & 0xFF)
            bits >>= 8
            width -= 8
    width += 7  # seven zero bits end the block
    while width > 0:
        out.append(bits & 0xFF)
        bits >>= 8
        width -= 8
    return bytes(out)
