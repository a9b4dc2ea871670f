"""Seeds of the target sparse: graphs of one to four sparse tensors, as fuzz/support/sparse_input.cc takes them apart.

    input      = limits, number of records - 1, number of the storage that cannot be read (255: none), record...
    limits     = 0 | 1, steps_base (2 bytes), steps_per_byte, inflated_base (2 bytes), inflated_factor, integer: file_bytes
    coo        = 0, flags (1: coalesced, 2 and 4: dimensions, 8: huge, 16: turned, 32: strides given, 64: deflated, 128: a
                 dense dimension), integer: size of each dimension, elements, [strides and offset], numbers
    compressed = layout, flags (1: int32, 2 and 4: batch dimensions, 8: huge, 16 and 32: strides of counts and of indices
                 given, 64: deflated), integer: twice the length of a row, size of each batch dimension, rows, elements,
                 [strides and offset of the counts], [of the indices], numbers of the counts, numbers of the indices
    elements   = 2 bytes, or when huge an integer; rows are 2 bytes; from 48 on 0xf000 is added
    numbers    = flags (0 to 31: steps, 32: the steps are the numbers, 64 and 128: how many are replaced), integer...,
                 (2 bytes: place, integer)...
"""

import struct
from collections.abc import Iterator, Sequence

from integers import integer

LARGEST = (1 << 63) - 1
INT32 = (1 << 31) - 1
LAYOUTS = ("coo", "csr", "csc", "bsr", "bsc")
REPLACED = Sequence[tuple[int, int]]


def numbers(values: Sequence[int], replaced: REPLACED = (), steps: bool = False) -> bytes:
    """The contents of a storage; with `steps` each number is the sum of the steps so far."""
    made = bytes([len(values) | (0 if steps else 32) | len(replaced) << 6]) + b"".join(map(integer, values))
    return made + b"".join(struct.pack("<H", at) + integer(value) for at, value in replaced)


def graph(*records: bytes, limits: bytes = b"\0", damaged: int = 255) -> bytes:
    """One input."""
    return limits + bytes([len(records) - 1, damaged]) + b"".join(records)


def budgets(steps: int, per_byte: int = 0, inflated: int = 0, factor: int = 0, file_bytes: int = 0) -> bytes:
    """Limits that are not the usual ones."""
    return struct.pack("<BHBHB", 1, steps, per_byte, inflated, factor) + integer(file_bytes)


def short(count: int) -> bytes:
    """A number of elements or rows."""
    return struct.pack("<H", count if count < 48 else count + 0xF000)


def coo(size: Sequence[int], elements: int, content: bytes, flags: int = 1, strides: bytes = b"") -> bytes:
    """A sparse_coo tensor over `content`; flags 1 is the claim to be coalesced."""
    count = integer(elements) if flags & 8 else short(elements)
    return bytes([0, flags | len(size) << 1]) + b"".join(map(integer, size)) + count + strides + content


def compressed(length: int, counts: Sequence[int], plain: Sequence[int], *, flags: int = 0, layout: str = "csr",
               batches: Sequence[int] = (), strides: bytes = b"") -> bytes:
    """A tensor of a compressed layout; counts and indices are given for all batches one after the other."""
    each = 1
    for batch in batches:
        each *= batch
    rows, elements = len(counts) // each - 1, len(plain) // each
    front = bytes([LAYOUTS.index(layout), flags | len(batches) << 1]) + integer(2 * length) + bytes(batches)
    return front + short(rows) + short(elements) + strides + numbers(counts) + numbers(plain)


def of_coo() -> Iterator[tuple[str, bytes]]:
    """SPR-006, DEV-552."""
    right = numbers((0, 0, 1, 0, 2, 1))
    yield "coo-coalesced", graph(coo((2, 3), 3, right))
    yield "coo-deflated", graph(coo((2, 3), 3, right, 1 | 64))
    yield "coo-turned", graph(coo((2, 3), 3, numbers((0, 0, 0, 2, 1, 1)), 1 | 16))
    yield "coo-strides", graph(coo((2, 3), 2, numbers((0, 1, 0, 2)), 1 | 32, bytes([1, 2, 0])))
    yield "coo-expanded", graph(coo((2, 3), 9, numbers((1, 2)), 32, bytes([1, 0, 1])))
    yield "coo-outside", graph(coo((2, 3), 3, numbers((0, 0, 2, 0, 2, 1))))
    yield "coo-negative", graph(coo((2, 3), 3, numbers((0, 0, 1, 0, -1, 1)), 0))
    yield "coo-lowest", graph(coo((2, 3), 3, numbers((0, 0, 1, 0, 2, -1 << 63)), 0))
    yield "coo-unsorted", graph(coo((2, 3), 2, numbers((1, 0, 0, 1))))
    yield "coo-unsorted-not-claimed", graph(coo((2, 3), 2, numbers((1, 0, 0, 1)), 0))
    yield "coo-repeats", graph(coo((2, 3), 3, numbers((0, 1, 1, 2, 1, 1))))
    yield "coo-no-dimensions", graph(coo((), 2, numbers(())))
    yield "coo-no-dimensions-not-claimed", graph(coo((), 2, numbers(()), 0))
    yield "coo-no-elements", graph(coo((0, 3), 0, numbers(())))
    yield "coo-size-zero", graph(coo((2, 0), 1, numbers((0, 0))))
    yield "coo-largest", graph(coo((LARGEST,), 1, numbers((LARGEST - 1,))))
    yield "coo-past-largest", graph(coo((LARGEST,), 1, numbers((LARGEST,))))
    yield "coo-three", graph(coo((2, 2, 2), 3, numbers((0, 0, 1, 0, 1, 0, 1, 0, 0))))
    many = numbers((1,), steps=True)
    yield "coo-many", graph(coo((4000,), 1100, many, 1))
    for at in (1, 1023, 1024, 1025, 1099):
        yield f"coo-many-repeat-{at}", graph(coo((4000,), 1100, numbers((1,), ((at, at),), True)))
        yield f"coo-many-fall-{at}", graph(coo((4000,), 1100, numbers((1,), ((at, 1),), True)))
        yield f"coo-many-outside-{at}", graph(coo((4000,), 1100, numbers((1,), ((at, 4000),), True), 0))
    yield "coo-many-turned", graph(coo((4000, 9000), 550, many, 1 | 16))
    yield "coo-huge", graph(coo((3,), 1 << 40, numbers((1,)), 8), limits=budgets(100, 1, 0, 0, 9))
    yield "coo-damaged", graph(coo((2, 3), 3, right), damaged=0)


def of_compressed() -> Iterator[tuple[str, bytes]]:
    """SPR-007, SPR-008, DEV-555, each with both widths of indices."""
    right = (0, 2, 3, 4)
    plain = (0, 2, 1, 0)
    tensors = {
        "plain": (3, right, plain), "rows-empty": (3, (0, 0, 0, 2, 2), (0, 2)), "row-full": (3, (0, 3), (0, 1, 2)),
        "no-elements": (3, (0, 0), ()), "no-rows": (3, (0,), ()), "no-rows-counted": (3, (1,), ()),
        "first-count": (3, (1, 2, 3, 4), plain), "last-count-low": (3, (0, 2, 3, 3), plain),
        "last-count-high": (3, (0, 2, 3, 5), plain), "decreases": (3, (0, 3, 2, 4), plain),
        "negative-count": (3, (0, -1, 3, 4), plain), "crowded": (3, (0, 4, 4, 4), (0, 1, 2, 2)),
        "count-lowest": (3, (0, -1 << 31, 3, 4), plain), "count-largest": (3, (0, INT32, 3, 4), plain),
        "outside": (3, right, (0, 3, 1, 0)), "outside-first": (3, right, (3, 2, 1, 0)), "negative": (3, right, (-1, 2, 1, 0)),
        "outside-last": (3, right, (0, 2, 1, 3)), "falls": (3, right, (2, 0, 1, 0)), "repeats": (3, right, (2, 2, 1, 0)),
        "falls-in-last": (3, (0, 1, 1, 4), (2, 0, 2, 1)), "length-zero": (0, (0, 0, 0), ()),
        "length-past-32-bits": (INT32 + 1, (0, 2, 2, 3), (0, INT32, 5)), "length-largest": (LARGEST, (0, 2), (0, INT32)),
        "length-32-bits": (INT32, (0, 2), (0, INT32 - 1)), "length-32-bits-outside": (INT32, (0, 2), (0, INT32)),
    }
    for name, (length, counts, indices) in tensors.items():
        yield f"csr-{name}", graph(compressed(length, counts, indices))
        yield f"csr-{name}-int32", graph(compressed(length, counts, indices, flags=1))
    yield "csr-counts-wide", graph(compressed(3, (0, LARGEST, 1), (0,)))
    yield "csr-index-largest", graph(compressed(LARGEST, (0, 2), (0, LARGEST - 1)))
    for layout in LAYOUTS[2:]:
        yield f"{layout}-plain", graph(compressed(3, right, plain, layout=layout))
    two = ((0, 2, 3, 0, 1, 3), (0, 2, 1, 2, 0, 1))
    yield "csr-batches", graph(compressed(3, *two, batches=(1, 2)))
    yield "csr-batches-second-bad", graph(compressed(3, two[0], (0, 2, 1, 2, 1, 0), batches=(2,)))
    yield "csr-batches-none", graph(bytes([1, 2]) + integer(6) + bytes([0]) + struct.pack("<HH", 2, 5) + bytes(2))
    yield "csr-batches-shared", graph(compressed(3, (0, 2, 3) * 2, (0, 2, 1) * 2, flags=16 | 32, batches=(2,),
                                                 strides=bytes([0, 0, 0, 0])))
    yield "csr-deflated", graph(compressed(3, right, plain, flags=64), limits=budgets(99, 0, 32))
    yield "csr-deflated-past", graph(compressed(3, right, plain, flags=64), limits=budgets(99, 0, 31))
    yield "csr-damaged", graph(compressed(3, right, plain), damaged=1)


def seeds(_files: list[tuple[str, bytes]], _target: str) -> Iterator[tuple[str, bytes]]:
    """One seed for each of SPEC.md's rules about indices and each way to break it; then limits and several tensors."""
    yield from of_coo()
    yield from of_compressed()
    good = compressed(3, (0, 2, 3, 4), (0, 2, 1, 0))
    yield "several", graph(good, coo((2, 3), 2, numbers((0, 1, 0, 1))), compressed(3, (0, 1), (3,)), good)
    yield "steps-exact", graph(good, good, limits=budgets(16))
    yield "steps-past", graph(good, good, limits=budgets(15))
    yield "steps-by-bytes", graph(good, limits=budgets(0, 2, 0, 0, 4))
    yield "steps-largest", graph(good, limits=budgets(1, 255, 1, 255, LARGEST))
