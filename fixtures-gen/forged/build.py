"""Puts the pickle of a case and the storages that it names together."""

import struct

from .archives import checkpoint
from .case import Case
from .pickles import pickle, storage, tensor

_CODES = {"Double": "d", "Float": "f", "Half": "e", "Long": "q", "Int": "i", "Short": "h", "Char": "b", "Byte": "B",
          "Bool": "?", "QInt8": "b", "QUInt8": "B", "QInt32": "i", "QUInt4x2": "B", "QUInt2x4": "B"}


def _shape(nested):
    return (len(nested),) + _shape(nested[0]) if isinstance(nested, list) and nested else (0,) * isinstance(nested, list)


def _flat(nested):
    return [x for item in nested for x in _flat(item)] if isinstance(nested, list) else [nested]


def contiguous(shape):
    strides, step = [], 1
    for n in reversed(shape):
        strides.insert(0, step)
        step *= max(n, 1)
    return tuple(strides)


class Build:
    """Collects storages; each method returns pickle code."""

    def __init__(self):
        self.storages = {}

    def storage(self, numbers, kind="Float"):
        """A new record of these numbers; complex kinds take pairs of floats as they lie in memory."""
        key = str(len(self.storages))
        code = _CODES.get(kind, "f")
        self.storages[key] = struct.pack("<%d%s" % (len(numbers), code), *numbers)
        return storage(key, len(numbers) // (2 if kind == "ComplexFloat" else 1), "torch.%sStorage" % kind)

    def of(self, nested, kind="Float", shape=None, stride=None, offset=0, requires_grad=False):
        """A tensor over a record of its own, contiguous unless said otherwise."""
        shape = _shape(nested) if shape is None else shape
        stride = contiguous(shape) if stride is None else stride
        return tensor(self.storage(_flat(nested), kind), offset, shape, stride, requires_grad)

    def longs(self, nested, **geometry):
        return self.of(nested, "Long", **geometry)


def built(name, title, make, **about):
    """The case whose code `make` gives when it is handed a Build."""
    build = Build()
    code = make(build)
    return Case(name, title, checkpoint(pickle(code), build.storages), **about)
