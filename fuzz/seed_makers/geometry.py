"""Seeds of the target geometry: one tensor each. The cases of SPEC.md, TEN-001 to TEN-007, and what lies around them."""

from collections.abc import Iterator

from integers import integer

LARGEST = (1 << 63) - 1

# name: shape, stride, offset, item size, bytes of the storage
TENSORS = {
    "scalar": ((), (), 0, 4, 4),
    "scalar-past": ((), (), 1, 4, 7),
    "rows": ((2, 3), (3, 1), 0, 4, 24),
    "rows-short": ((2, 3), (3, 1), 0, 4, 23),
    "columns": ((2, 3), (1, 2), 0, 2, 12),
    "offset": ((4,), (1,), 3, 8, 56),
    "offset-past": ((4,), (1,), 4, 8, 56),
    "offset-minus-1": ((2,), (1,), -1, 1, 8),
    "offset-minus-1-empty": ((0,), (1,), -1, 1, 8),
    "offset-largest-empty": ((0,), (1,), LARGEST, 1, 0),
    "offset-largest": ((1,), (1,), LARGEST, 1, LARGEST),
    "overlap": ((3, 3), (1, 1), 0, 1, 5),
    "stride-zero": ((5, 7), (0, 1), 0, 16, 112),
    "stride-zero-largest": ((1 << 62,), (0,), 0, 8, 8),
    "stride-gap": ((3, 2), (10, 3), 2, 1, 26),
    "stride-negative": ((3,), (-1,), 2, 1, 3),
    "stride-negative-one": ((1, 2), (-5, 1), 0, 1, 2),
    "stride-negative-empty": ((0, 4), (-5, -7), 0, 1, 0),
    "stride-negative-overflows": ((1, 1 << 62), (-1, 2), 0, 1, LARGEST),
    "stride-largest": ((2,), (LARGEST,), 0, 1, LARGEST),
    "stride-past-64-bits": ((4,), (LARGEST,), 0, 1, LARGEST),
    "sum-past-64-bits": ((2, 2, 2), (LARGEST, LARGEST, LARGEST), LARGEST, 1, LARGEST),
    "bytes-past-63-bits": ((2,), (1 << 60,), 0, 16, LARGEST),
    "bytes-at-63-bits": ((2,), ((1 << 59) - 2,), 0, 16, LARGEST),
    "size-negative": ((2, -1), (1, 1), 0, 4, 64),
    "size-overflow": ((1 << 62, 8), (1, 1), 0, 4, 64),
    "size-overflow-and-zero": ((1 << 62, 8, 0), (1, 1, 1), 0, 4, 64),
    "size-zero-and-overflow": ((0, 1 << 62, 8), (1, 1, 1), 0, 4, 64),
    "size-63-bits-and-zero": ((1 << 62, 2, 0), (1, 1, 1), 0, 4, 64),
    "size-63-bits": ((1 << 62, 2), (0, 0), 0, 1, 64),
    "row-major-overflow": ((0, LARGEST, 3), (1, 1, 1), 0, 1, 0),
    "ones": ((1, 1, 1), (9, 0, LARGEST), 0, 2, 2),
    "six": ((2, 1, 2, 3, 1, 2), (12, 99, 6, 2, 0, 1), 1, 1, 25),
    "six-mixed": ((2, 2, 2, 2, 2, 2), (1, 2, 4, 8, 16, 32), 0, 4, 256),
    "large": ((1000, 1000), (1000, 1), 0, 4, 4000000),
    "large-turned": ((1000, 1000), (1, 1000), 0, 4, 4000000),
}


def seed(shape: tuple, stride: tuple, offset: int, item: int, storage: int) -> bytes:
    """What the target takes apart; the first of the two pieces in which elements are read has two."""
    made = bytes([2, len(shape), item.bit_length() - 1]) + integer(offset) + integer(2 * storage)
    return made + b"".join(integer(size) + integer(step) for size, step in zip(shape, stride, strict=True))


def seeds(_files: list[tuple[str, bytes]], _target: str) -> Iterator[tuple[str, bytes]]:
    """One seed for each tensor."""
    for name, tensor in TENSORS.items():
        yield name, seed(*tensor)
