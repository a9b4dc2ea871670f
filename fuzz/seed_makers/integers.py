"""Numbers as fuzz/support/integers.h reads them."""

import struct


def integer(value: int) -> bytes:
    """The shortest form of a number of 64 bits, with or without a sign."""
    if 0 <= value < 128:
        return bytes([value])
    if -256 <= value < 0:
        return bytes([192, -1 - value])
    if -65536 <= value < 0:
        return bytes([208]) + struct.pack("<H", -1 - value)
    for power in range(64):
        if -128 <= value - (1 << power) < 128:
            return bytes([128 + power]) + struct.pack("<b", value - (1 << power))
    return bytes([224]) + struct.pack("<Q", value % (1 << 64))
