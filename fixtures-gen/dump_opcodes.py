"""Prints what the torch that runs this file does with each of the 256 bytes as an opcode, for reference/tests/pickle/.

Usage: PYTHON dump_opcodes.py. One line per byte, tab-separated: the byte in hex, `accepted` or `refused` by the
weights_only unpickler of that torch, name and kind of operand in Python's pickletools ("-" when no protocol has it).
A byte is refused when the unpickler says "Unsupported operand <byte>" to a pickle that starts with it, with a generous
operand behind it.
"""

import io
import pickletools
import warnings

import torch
from torch import _weights_only_unpickler as unpickler

NAMES = {ord(op.code): (op.name, op.arg.name if op.arg else "none") for op in pickletools.opcodes}


def is_refused(byte):
    try:
        unpickler.load(io.BytesIO(bytes([byte]) + b"\n" * 16))
    except Exception as error:
        return str(error) == "Unsupported operand %d" % byte
    return False


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print("# torch %s, written by dump_opcodes.py" % torch.__version__.split("+")[0])
    for byte in range(256):
        verdict = "refused" if is_refused(byte) else "accepted"
        print("%02x\t%s\t%s\t%s" % (byte, verdict, *NAMES.get(byte, ("-", "-"))))
