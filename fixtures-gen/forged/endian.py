"""Archives of a big-endian machine, and the text of the byteorder record."""

import struct

from .archives import FLOATS, archive, checkpoint, records
from .case import Case
from .pickles import *
from .pickles import name as name_of

# dtype of the third rebuild function, and the bytes that a big-endian machine would have swapped as one
_UNITS = {"uint16": 2, "uint32": 4, "uint64": 8, "complex32": 2, "bcomplex32": 2, "bits16": 2, "float32": 4, "int64": 8,
          "complex64": 4, "float8_e5m2": 1, "float8_e4m3fn": 1, "float8_e5m2fnuz": 1, "float8_e4m3fnuz": 1,
          "float8_e8m0fnu": 1, "float4_e2m1fn_x2": 1, "bits8": 1, "bits1x8": 1, "bits2x4": 1, "bits4x2": 1, "uint4": 1,
          "int3": 1}
_SIZES = {"complex32": 4, "bcomplex32": 4, "complex64": 8}
_PLAIN = pickle(tensor())
_SWAPPED = b"".join(FLOATS[i : i + 4][::-1] for i in range(0, 16, 4))
_LAYOUT = "torch.serialization._get_layout"


_ORDER = {"deviation": "order", "deviation_kind": "accept"}


def _big(code, storages=None, **options):
    return checkpoint(pickle(code), {"0": _SWAPPED} if storages is None else storages, **{"byteorder": b"big", **options})


def _untyped(numel=16):
    return storage(numel=numel, kind="torch.storage.UntypedStorage")


def _later_dtypes():
    for dtype, unit in _UNITS.items():
        payload = bytes(range(1, 17))
        swapped = b"".join(payload[i : i + unit][::-1] for i in range(0, 16, unit))
        count = 16 // _SIZES.get(dtype, unit)
        yield Case("big-endian-v3-" + dtype, "big-endian, over an untyped storage: %s" % dtype,
                   _big(tensor_v3("torch." + dtype, None, 1, (count - 1,)), {"0": swapped}),
                   **(_ORDER if unit > 1 else {}))


# name, title, code, storages or None, needs
_MIXED = [
    ("typed-storage", "a typed storage itself", storage(), None, ()),
    ("untyped-storage", "an untyped storage itself", _untyped(), None, ()),
    ("v3-over-typed", "the third rebuild function over a typed storage", tensor_v3("torch.float32", storage()), None, ()),
    ("v3-other-over-typed", "the third rebuild function reads a storage of another dtype",
     tensor_v3("torch.uint16", storage(), 0, (8,)), None, ()),
    ("typed-then-untyped", "one record as float32, then untyped", value([tensor(), tensor_v3("torch.uint32")]), None, ()),
    ("untyped-then-typed", "one record untyped, then as float32", value([tensor_v3("torch.uint32"), tensor()]), None, ()),
    ("two-dtypes", "one record as float32, then as int32",
     value([tensor(), tensor(storage(kind="torch.IntStorage"))]), None, ()),
    ("two-sizes", "one record as float32, then as int16", value(
        [tensor(), tensor(storage(numel=8, kind="torch.ShortStorage"), 0, (8,))]), None, ()),
    ("shared", "two views of one storage", value([tensor(None, 0, (2,)), tensor(None, 2, (2,))]), None, ()),
    ("empty", "a storage without elements", tensor(storage(numel=0), 0, (0,)), {"0": b""}, ()),
    ("parameter", "a Parameter", call("torch._utils._rebuild_parameter", tensor(), True, ordered_dict()), None, ()),
    ("tensor-class", "a tensor class for a storage type", tensor(storage(kind="torch.FloatTensor")), None, ()),
    ("qint32", "qint32", call("torch._utils._rebuild_qtensor", storage(kind="torch.QInt32Storage"), 0, (4,), (1,),
                              (name_of("torch.per_tensor_affine"), 0.5, 3), False, ordered_dict()), None, ("quantized",)),
    ("quint8", "quint8", call("torch._utils._rebuild_qtensor", storage(numel=16, kind="torch.QUInt8Storage"), 0, (16,),
                              (1,), (name_of("torch.per_tensor_affine"), 0.5, 3), False, ordered_dict()), None,
     ("quantized",)),
    ("sparse", "sparse_coo", call("torch._utils._rebuild_sparse_tensor", call(_LAYOUT, "torch.sparse_coo"),
                                  (tensor(storage("1", 2, "torch.LongStorage"), 0, (1, 2), (2, 1)),
                                   tensor(None, 0, (2,)), (3,), True)),
     {"0": _SWAPPED, "1": struct.pack(">2q", 0, 2)}, ("sparse",)),
    ("float-values", "numbers in the pickle are no storage", value([1.5, 2**40, 65535]), {}, ()),
]

_TEXTS = [
    ("big-upper", b"BIG"), ("big-line", b"big\n"), ("big-blank", b" big"), ("big-nul", b"big\0"), ("native", b"native"),
    ("bi", b"bi"), ("number", b"1"), ("long", b"little" * 100),
]

# Data of a big-endian machine without a byteorder record: name, code, bytes
_ABSENT = [
    ("float", tensor(), _SWAPPED),
    ("long", tensor(storage(numel=2, kind="torch.LongStorage"), 0, (2,)), struct.pack(">2q", 1, -2)),
    ("complex", tensor(storage(numel=2, kind="torch.ComplexFloatStorage"), 0, (2,)), struct.pack(">4f", 1, 2, 3, 4)),
    ("uint16", tensor_v3("torch.uint16", None, 0, (8,)), struct.pack(">8H", *range(8))),
    ("bool", tensor(storage(kind="torch.BoolStorage")), b"\0\1\0\1"),
]


def _offsets():
    """Archives that say how they are aligned, for loaders that compute where storages begin."""
    for word, title, keys in (("key-7", "the first storage's key is 7", ("7", "8")),
                              ("other-layout", "storages that do not lie where the alignment says", ("0", "1"))):
        code = pickle(value([tensor(storage(key)) for key in keys]))
        entries = records(code, {key: FLOATS for key in keys})
        small = [type(entries[0])("archive/.format_version", b"1"), type(entries[0])("archive/.storage_alignment", b"64")]
        yield Case("offsets-" + word, title, archive(entries[:1] + small + entries[1:]))


def cases():
    yield from _later_dtypes()
    for word, title, code, storages, needs in _MIXED:
        yield Case("big-endian-" + word, "big-endian: " + title, _big(code, storages), needs=needs,
                   **(_ORDER if word == "untyped-then-typed" else {}))
    yield Case("big-endian-deflated", "a big-endian storage deflated", archive(
        [e if not e.name.endswith(b"data/0") else type(e)(e.name, e.data, deflate=True)
         for e in records(_PLAIN, {"0": _SWAPPED}, byteorder=b"big")]))
    yield Case("big-endian-record-short", "a big-endian record shorter than its storage", _big(tensor(), {"0": _SWAPPED[:12]}),
               kind="storage.size-mismatch")
    yield Case("big-endian-record-odd", "a big-endian record of no whole elements", _big(
        tensor(storage(numel=3), 0, (3,)), {"0": _SWAPPED[:13]}), kind="storage.size-mismatch")
    for word, text_ in _TEXTS:
        yield Case("byteorder-" + word, "the byteorder %a" % text_[:12].decode(), checkpoint(_PLAIN, byteorder=text_),
                   kind="container.byteorder")
    yield from _offsets()
    yield Case("byteorder-unused", "an unknown byteorder, and no storage",
               checkpoint(pickle(number(1)), {}, byteorder=b"middle"), kind="container.byteorder")
    for word, code, data in _ABSENT:
        yield Case("byteorder-absent-" + word, "big-endian data without a byteorder record: " + word,
                   checkpoint(pickle(code), {"0": data}, byteorder=None))
