"""Writes every forged case into the current folder as NAME.pt (regenerate calls it)."""

from pathlib import Path

from forged import arguments, compressed, endian, keys, legacy, numpy, opcodes, quantized, rebuild, sparse, states, tensors
from forged import values, zips

_TABLES = (opcodes, values, tensors, zips, quantized, sparse, compressed, rebuild, states, legacy, endian, keys, arguments, numpy)


def cases():
    """Every forged case; names are unique also on file systems that fold case."""
    found = [case for table in _TABLES for case in table.cases()]
    names = [case.name.lower() for case in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError("forged cases with one name: %s" % twice)
    return found


if __name__ == "__main__":
    for case in cases():
        Path(case.name + ".pt").write_bytes(case.data)
