"""Persistent ids, storages, tensor geometry, and the arguments of the rebuild functions."""

import struct

from .archives import FLOATS, checkpoint
from .case import Case
from .pickles import *
from .pickles import name as name_of

_V2 = "torch._utils._rebuild_tensor_v2"
_HUGE = 2**63 - 1


def _pid(*items):
    return tuple_of(*items) + BINPERSID


_FLOAT = name_of("torch.FloatStorage")
_BAD_PID = "policy.persistent-id"

# name, title, code, kind or None
_PIDS = [
    ("text", "a persistent id that is a text", text("storage") + BINPERSID, _BAD_PID),
    ("number", "a persistent id that is a number", number(0) + BINPERSID, _BAD_PID),
    ("none", "a persistent id that is None", NONE + BINPERSID, _BAD_PID),
    ("list", "a persistent id that is a list", value(["storage", _FLOAT, "0", "cpu", 4]) + BINPERSID, _BAD_PID),
    ("empty", "an empty persistent id", EMPTY_TUPLE + BINPERSID, _BAD_PID),
    ("module", "a persistent id of a module", _pid("module", NONE, NONE, NONE), _BAD_PID),
    ("tag-case", "the tag is not 'storage'", _pid("Storage", _FLOAT, "0", "cpu", 4), _BAD_PID),
    ("tag-number", "the tag is a number", _pid(1, _FLOAT, "0", "cpu", 4), _BAD_PID),
    ("tag-bytes", "the tag is bytes", _pid(encoded("storage"), _FLOAT, "0", "cpu", 4), None),
    ("location-bytes", "the location is bytes", _pid("storage", _FLOAT, "0", encoded("cpu"), 4), None),
    ("four", "a persistent id of four items", _pid("storage", _FLOAT, "0", "cpu"), _BAD_PID),
    ("six", "a persistent id of six items, as legacy files have", _pid("storage", _FLOAT, "0", "cpu", 4, NONE), _BAD_PID),
    ("type-untyped", "an untyped storage", storage(numel=16, kind="torch.storage.UntypedStorage"), None),
    ("type-tensor-class", "a tensor class has a dtype too", storage(kind="torch.FloatTensor"), None),
    ("type-cuda", "a cuda storage type on the cpu", storage(kind="torch.cuda.FloatStorage"), None),
    ("type-typed", "TypedStorage itself has no dtype", storage(kind="torch.storage.TypedStorage"), "storage.type"),
    ("type-ordered-dict", "OrderedDict has no dtype", storage(kind="collections.OrderedDict"), "storage.type"),
    ("type-dtype", "a dtype object is no storage type", storage(kind="torch.float32"), "storage.type"),
    ("type-text", "a text is no storage type", _pid("storage", "FloatStorage", "0", "cpu", 4), "storage.type"),
    ("key-number", "the key is an int", storage(key=0), None),
    ("key-missing", "the key has no record", storage(key="7"), "storage.missing"),
    ("key-none", "the key is None", storage(key=None), "storage.missing"),
    ("key-up", "the key leads out of its folder", storage(key="../data/0"), "storage.missing"),
    ("key-empty", "the key is empty", storage(key=""), "storage.missing"),
    ("key-list", "the key is a list", storage(key=[0]), "value"),
    ("numel-short", "the record is longer than the storage", storage(numel=3), "storage.size-mismatch"),
    ("numel-long", "the record is shorter than the storage", storage(numel=5), "storage.size-mismatch"),
    ("numel-zero", "no elements, and a record that is not empty", storage(numel=0), "storage.size-mismatch"),
    ("numel-huge", "2**40 elements", storage(numel=2**40), "storage.size-mismatch"),
    ("numel-wraps", "2**62 elements of 4 bytes wrap to 0", storage(numel=2**62), "storage"),
    ("numel-negative", "a negative number of elements", storage(numel=-4), "storage"),
    ("numel-2-to-the-70", "2**70 elements", storage(numel=2**70), "storage"),
    ("numel-float", "4.0 elements", storage(numel=4.0), "value.type"),
    ("numel-text", "'4' elements", storage(numel="4"), "value.type"),
    ("numel-none", "None elements", storage(numel=None), "value.type"),
    ("location-cpu-0", "the location cpu:0", storage(location="cpu:0"), "storage.location"),
    ("location-upper", "the location CPU", storage(location="CPU"), "storage.location"),
    ("location-empty", "an empty location", storage(location=""), "storage.location"),
    ("location-bogus", "a location that nobody knows", storage(location="bogus:1"), "storage.location"),
    ("location-number", "a location that is a number", storage(location=0), "storage.location"),
    ("location-none", "a location that is None", storage(location=None), "storage.location"),
    ("same-key-twice", "two references to one key are one storage", value([storage(), storage()]), None),
    ("same-key-other-location", "the second reference's location is ignored",
     value([storage(), storage(location="bogus")]), None),
    ("same-key-same-length", "one key under two dtypes of one size",
     value([storage(), storage(kind="torch.IntStorage")]), None),
    ("same-key-other-size", "one key under two dtypes of two sizes",
     value([storage(), storage(kind="torch.DoubleStorage", numel=2)]), None),
    ("same-key-other-length", "one key under two dtypes, the second too long",
     value([storage(), storage(kind="torch.DoubleStorage", numel=4)]), "storage.size-mismatch"),
    ("same-key-other-numel", "the second reference's number of elements is ignored",
     value([storage(), storage(numel=99)]), None),
    ("key-text-and-number", "'0' and 0 are two storages", value([storage(), storage(key=0)]), None),
]

_OOB, _OVER, _SHAPE, _STRIDE = "tensor.out-of-bounds", "tensor.overflow", "tensor.shape", "tensor.stride"

# name, title, offset, size, stride, kind or None; over a storage of four floats
_GEOMETRY = [
    ("whole", "the whole storage", 0, (4,), (1,), None),
    ("offset-minus-1", "a negative offset", -1, (2,), (1,), "tensor"),
    ("offset-minus-1-empty", "a negative offset without elements", -1, (0,), (1,), "tensor"),
    ("offset-2-to-the-63", "an offset of 2**63", 2**63, (1,), (1,), "value.type"),
    ("offset-past", "one element past the end", 1, (4,), (1,), _OOB),
    ("offset-at-end", "one element at the end", 4, (1,), (1,), _OOB),
    ("offset-last", "the last element", 3, (1,), (1,), None),
    ("offset-huge-empty", "no elements at 2**62", 2**62, (0,), (1,), None),
    ("offset-largest-empty", "no elements at 2**63 - 1", _HUGE, (0, 3), (3, 1), None),
    ("offset-largest", "one element at 2**63 - 1", _HUGE, (1,), (1,), "tensor"),
    ("scalar", "no dimensions", 2, (), (), None),
    ("scalar-past", "no dimensions, past the end", 4, (), (), _OOB),
    ("stride-past", "a stride that leaves the storage", 0, (2,), (4,), _OOB),
    ("stride-fits", "a stride that just fits", 0, (2,), (3,), None),
    ("stride-zero", "stride 0 needs one element", 3, (2**40,), (0,), None),
    ("stride-zero-largest", "stride 0 and 2**61 elements", 0, (2**61,), (0,), None),
    ("stride-zero-two", "stride 0 in two dimensions of 2**30", 1, (2**30, 2**30), (0, 0), None),
    ("stride-overlap", "overlapping rows", 0, (2, 3), (1, 1), None),
    ("stride-negative", "a negative stride", 3, (2,), (-1,), "tensor"),
    ("stride-negative-one", "a negative stride on a dimension of one", 0, (1,), (-5,), None),
    ("stride-negative-one-of-two", "a negative stride on a dimension of one beside another", 0, (1, 2), (-5, 1), None),
    ("stride-negative-empty", "a negative stride without elements", 0, (0, 2), (1, -1), None),
    ("stride-huge-one", "a stride of 2**62 on a dimension of one", 0, (1, 2), (2**62, 1), None),
    ("stride-overflow", "a stride that overflows", 0, (3,), (2**62,), _OVER),
    ("stride-overflow-bytes", "a stride whose bytes overflow", 0, (2,), (2**61,), "tensor"),
    ("stride-none", "a stride that is None", 0, (2, 2), None, None),
    ("stride-empty", "an empty stride for two dimensions", 0, (2, 2), (), None),
    ("stride-short", "fewer strides than dimensions", 0, (2, 2), (1,), _SHAPE),
    ("stride-long", "more strides than dimensions", 0, (2,), (2, 1), _SHAPE),
    ("stride-without-size", "a stride without dimensions", 0, (), (1,), _SHAPE),
    ("size-negative", "a negative size", 0, (-1,), (1,), "tensor"),
    ("size-negative-two", "two negative sizes", 0, (-2, -2), (1, 1), "tensor"),
    ("size-overflow", "2**62 times 4 elements", 0, (2**62, 4), (0, 0), _OVER),
    ("size-overflow-wraps", "sizes whose product wraps to zero", 0, (2**32, 2**32), (0, 0), _OVER),
    ("size-overflow-and-zero", "sizes that overflow before a zero", 0, (2**62, 2**62, 0), (0, 0, 1), _OVER),
    ("size-zero-and-overflow", "a zero before sizes that would overflow", 0, (0, 2**62, 2**62), (1, 0, 0), None),
    ("size-2-to-the-63", "a size of 2**63", 0, (2**63,), (0,), "value.type"),
    ("size-list", "size and stride as lists", 1, [2], [1], None),
    ("size-torch-size", "size as a torch.Size", 0, call("torch.Size", (2, 2)), (2, 1), None),
    ("size-64-dims", "64 dimensions", 0, (1,) * 64, (1,) * 64, None),
    ("size-1000-dims", "1,000 dimensions", 0, (1,) * 1000, (0,) * 1000, None),
    ("size-number", "a size that is a number", 0, 4, (1,), "value.type"),
    ("size-none", "a size that is None", 0, None, (1,), "value.type"),
    ("size-float", "a size of 2.0", 0, (2.0,), (1,), "value.type"),
    ("size-true", "a size of True", 0, (True,), (1,), "value.type"),
    ("size-text", "a size that is a text", 0, ("2",), (1,), "value.type"),
    ("stride-float", "a stride of 1.0", 0, (2,), (1.0,), "value.type"),
    ("offset-float", "an offset of 0.0", 0.0, (2,), (1,), "value.type"),
    ("offset-none", "an offset of None", None, (2,), (1,), "value.type"),
    ("offset-true", "an offset of True", True, (2,), (1,), "value.type"),
    ("offset-text", "an offset that is a text", "0", (2,), (1,), "value.type"),
]

_GRAD = "tensor.requires-grad"
_COMPLEX = storage(kind="torch.ComplexFloatStorage", numel=2)
_LONGS = storage(kind="torch.LongStorage", numel=2)


def _v2(*more, of=None, requires_grad=False, size=(2,)):
    return tensor(of, 0, size, (1,), requires_grad, None, *more)


# name, title, code, kind or None
_ARGUMENTS = [
    ("v2-five", "five arguments", call(_V2, storage(), 0, (2,), (1,), False), "value.arity"),
    ("v2-none", "no arguments", call(_V2), "value.arity"),
    ("v2-eight", "eight arguments", _v2(None, None), "value.arity"),
    ("v2-storage-none", "no storage", call(_V2, NONE, 0, (2,), (1,), False, ordered_dict()), "value.type"),
    ("v2-storage-text", "a text for the storage", call(_V2, "0", 0, (2,), (1,), False, ordered_dict()), "value.type"),
    ("v2-storage-tensor", "a tensor for the storage", call(_V2, tensor(), 0, (2,), (1,), False, ordered_dict()),
     "value.type"),
    ("v2-grad-true", "requires_grad of a float tensor", _v2(requires_grad=True), None),
    ("v2-grad-complex", "requires_grad of a complex tensor", _v2(of=_COMPLEX, requires_grad=True), None),
    ("v2-grad-int64", "requires_grad of an int64 tensor", _v2(of=_LONGS, requires_grad=True), _GRAD),
    ("v2-grad-number", "requires_grad is 1", _v2(requires_grad=1), _GRAD),
    ("v2-grad-none", "requires_grad is None", _v2(requires_grad=NONE), _GRAD),
    ("v2-hooks-none", "the hooks are None", tensor(hooks=NONE), None),
    ("v2-hooks-dict", "the hooks are an empty dict", tensor(hooks=EMPTY_DICT), None),
    ("v2-hooks-number", "the hooks are a number", tensor(hooks=number(5)), None),
    ("v2-metadata-none", "the metadata are None", _v2(None), None),
    ("v2-metadata-empty", "the metadata are an empty dict", _v2({}), None),
    ("v2-metadata-zero", "the metadata are 0", _v2(0), None),
    ("v2-metadata-list", "the metadata are a list", _v2([1]), "value.type"),
    ("v2-metadata-conj", "the conj bit", _v2({"conj": True}, of=_COMPLEX), None),
    ("v2-metadata-conj-neg-false", "a key sets its bit, whatever its value", _v2({"conj": True, "neg": False}, of=_COMPLEX),
     None),
    ("v2-metadata-both-false", "two keys that are False set both bits", _v2({"conj": False, "neg": False}, of=_COMPLEX),
     None),
    ("v2-metadata-neg-false", "a neg key that is False sets the bit", _v2({"neg": False}), None),
    ("v2-metadata-neg-false-int", "a neg key that is 0 sets the bit", _v2({"neg": 0}, of=_LONGS), None),
    ("v2-metadata-conj-false", "a conj key that is False, on a float tensor", _v2({"conj": False, "neg": False}), "tensor.conj"),
    ("v2-metadata-neg", "the neg bit on a float tensor", _v2({"neg": True}), None),
    ("v2-metadata-neg-int", "the neg bit on an int64 tensor", _v2({"neg": True}, of=_LONGS), None),
    ("v2-metadata-conj-float", "the conj bit on a float tensor", _v2({"conj": True}), "tensor.conj"),
    ("v2-metadata-unknown", "an unknown key", _v2({"other": True}), None),
    ("v2-metadata-number", "a value that is an int", _v2({"conj": 1}, of=_COMPLEX), None),
    ("v2-metadata-text", "a value that is a text", _v2({"conj": "yes"}, of=_COMPLEX), "value.type"),
    ("v2-metadata-key", "a key that is an int", _v2({1: True}), "value.type"),
    ("v2-metadata-ordered", "an OrderedDict of metadata", _v2(ordered_dict(("neg", True))), None),
    ("v1-four", "_rebuild_tensor", call("torch._utils._rebuild_tensor", storage(), 1, (2,), (1,)), None),
    ("v1-three", "_rebuild_tensor with three arguments", call("torch._utils._rebuild_tensor", storage(), 1, (2,)),
     "value.arity"),
    ("v1-five", "_rebuild_tensor with five arguments",
     call("torch._utils._rebuild_tensor", storage(), 1, (2,), (1,), False), "value.arity"),
    ("v1-storage-none", "_rebuild_tensor without a storage", call("torch._utils._rebuild_tensor", NONE, 1, (2,), (1,)),
     "value.type"),
    ("v3-uint16", "an uint16 tensor", tensor_v3("torch.uint16", offset=3), None),
    ("v3-offset-elements", "the offset counts elements", tensor_v3("torch.uint32", offset=3, size=(1,)), None),
    ("v3-offset-past", "the offset counts elements, and this is past the end",
     tensor_v3("torch.uint32", offset=4, size=(1,)), _OOB),
    ("v3-odd-bytes", "a storage whose bytes are no multiple of the element",
     tensor_v3("torch.uint64", size=(1,), of=storage(numel=16, kind="torch.storage.UntypedStorage")), None),
    ("v3-float32", "a float32 tensor", tensor_v3("torch.float32"), None),
    ("v3-grad-float", "requires_grad of a float8 tensor", tensor_v3("torch.float8_e5m2", requires_grad=True), _GRAD),
    ("v3-grad-uint16", "requires_grad of an uint16 tensor", tensor_v3("torch.uint16", requires_grad=True), _GRAD),
    ("v3-typed-storage", "over a storage of another type", tensor_v3("torch.uint16", of=storage()), None),
    ("v3-metadata-neg", "the neg bit on a complex32 tensor", tensor_v3("torch.complex32", None, 0, (2,), (1,), False, {"neg": True}),
     None),
    ("v3-six", "_rebuild_tensor_v3 with six arguments",
     call("torch._utils._rebuild_tensor_v3", storage(), 0, (2,), (1,), False, ordered_dict()), "value.arity"),
    ("v3-dtype-text", "a dtype that is a text",
     call("torch._utils._rebuild_tensor_v3", storage(), 0, (2,), (1,), False, ordered_dict(), "uint16"), "tensor.dtype"),
    ("parameter-true", "a parameter", call("torch._utils._rebuild_parameter", tensor(), True, ordered_dict()), None),
    ("parameter-false", "a frozen parameter", call("torch._utils._rebuild_parameter", tensor(), False, ordered_dict()),
     None),
    ("parameter-shared", "one parameter twice",
     call("torch._utils._rebuild_parameter", tensor(), True, ordered_dict()) + put(3) + get(3) + TUPLE2, None),
    ("parameter-and-data", "a parameter and its data",
     tensor() + put(4) + call("torch._utils._rebuild_parameter", get(4), True, ordered_dict()) + TUPLE2, None),
    ("parameter-of-parameter", "a parameter of a parameter",
     call("torch._utils._rebuild_parameter", call("torch._utils._rebuild_parameter", tensor(), True, ordered_dict()),
          False, ordered_dict()), None),
    ("parameter-int64-false", "a frozen parameter of int64",
     call("torch._utils._rebuild_parameter", tensor(_LONGS, size=(2,)), False, ordered_dict()), None),
    ("parameter-int64-true", "a parameter of int64 that requires grad",
     call("torch._utils._rebuild_parameter", tensor(_LONGS, size=(2,)), True, ordered_dict()), _GRAD),
    ("parameter-conj", "a parameter of a conjugated tensor",
     call("torch._utils._rebuild_parameter", _v2({"conj": True, "neg": False}, of=_COMPLEX), True, ordered_dict()), None),
    ("parameter-grad-data", "a parameter of a tensor that requires grad",
     call("torch._utils._rebuild_parameter", tensor(requires_grad=True), False, ordered_dict()), None),
    ("parameter-grad-number", "requires_grad is 1",
     call("torch._utils._rebuild_parameter", tensor(), 1, ordered_dict()), _GRAD),
    ("parameter-grad-none", "requires_grad is None",
     call("torch._utils._rebuild_parameter", tensor(), NONE, ordered_dict()), _GRAD),
    ("parameter-two", "two arguments", call("torch._utils._rebuild_parameter", tensor(), True), "value.arity"),
    ("parameter-four", "four arguments",
     call("torch._utils._rebuild_parameter", tensor(), True, ordered_dict(), NONE), "value.arity"),
    ("parameter-of-list", "a list for the data", call("torch._utils._rebuild_parameter", [1.0], True, ordered_dict()),
     "value.type"),
    ("parameter-of-storage", "a storage for the data",
     call("torch._utils._rebuild_parameter", storage(), True, ordered_dict()), "value.type"),
]

_SUB_BYTE = ["%sint%d" % (sign, bits) for sign in ("u", "") for bits in range(1, 8)]

# Memory that the file does not supply; name, code
_UNINITIALISED = [
    ("tensor-of-sizes", call("torch.Tensor", 2, 3)),
    ("float-tensor-of-size", call("torch.FloatTensor", 4)),
    ("untyped-storage-of-size", call("torch.storage.UntypedStorage", 8)),
    ("newobj-tensor-of-sizes", name_of("torch.Tensor") + tuple_of(3) + NEWOBJ),
]

_LATER = [
    ("tensor-build-set", "BUILD of a tensor, as torch before 0.4 wrote it", ("tensor-build",),
     call("torch.Tensor") + tuple_of(storage(), 1, (2,), (1,)) + BUILD, None),
    ("tensor-build-past", "BUILD of a tensor past the end of its storage", ("tensor-build",),
     call("torch.Tensor") + tuple_of(storage(), 3, (2,), (1,)) + BUILD, _OOB),
    ("parameter-newobj-build", "NEWOBJ and BUILD of a Parameter", ("tensor-build",),
     name_of("torch.nn.parameter.Parameter") + tuple_of(tensor()) + NEWOBJ, None),
    ("parameter-with-state", "_rebuild_parameter_with_state", ("attrs",),
     call("torch._utils._rebuild_parameter_with_state", tensor(), True, ordered_dict(), {"note": 1}), None),
    ("from-type-v2", "_rebuild_from_type_v2 with attributes", ("attrs",),
     call("torch._tensor._rebuild_from_type_v2", name_of(_V2), name_of("torch.Tensor"),
          (storage(), 0, (2,), (1,), False, ordered_dict()), {"note": "x"}), None),
    ("sparse-index-outside", "a sparse index outside of the size", ("sparse",),
     call("torch._utils._rebuild_sparse_tensor", call("torch.serialization._get_layout", "torch.sparse_coo"),
          (tensor(storage("1", 2, "torch.LongStorage"), 0, (1, 2), (2, 1)), tensor(size=(2,)), call("torch.Size", (3,)),
           False)), "tensor.sparse-invariant"),
    ("quantized-past", "a quantized tensor past the end of its storage", ("quantized",),
     call("torch._utils._rebuild_qtensor", storage(numel=16, kind="torch.QUInt8Storage"), 0, (17,), (1,),
          (name_of("torch.per_tensor_affine"), 0.5, 0), False, ordered_dict()), _OOB),
    ("meta-tensor", "_rebuild_meta_tensor_no_storage", ("meta",),
     call("torch._utils._rebuild_meta_tensor_no_storage", name_of("torch.float32"), (2, 3), (3, 1), False), None),
    ("location-meta", "a storage on the meta device", ("meta",), tensor(storage(location="meta")), None),
]


def _labels():
    for location in ("cuda:0", "cuda", "mps", "xpu:1", "hpu", "mtia:0"):
        word = location.replace(":", "-")
        yield Case("location-" + word, "a storage tagged %s" % location,
                   checkpoint(pickle(tensor(storage(location=location)))), kind="storage.location",
                   deviation="label", deviation_kind="accept")


def _big_endian():
    units = {"Double": 8, "Float": 4, "Half": 2, "BFloat16": 2, "Long": 8, "Int": 4, "Short": 2, "Char": 1, "Byte": 1,
             "Bool": 1, "ComplexFloat": 4, "ComplexDouble": 8}
    payload = bytes(range(1, 33))
    for word, unit in units.items():
        width = 2 * unit if word.startswith("Complex") else unit
        swapped = b"".join(payload[i : i + unit][::-1] for i in range(0, 32, unit))
        code = tensor(storage(numel=32 // width, kind="torch.%sStorage" % word), 1, (32 // width - 1,))
        yield Case("big-endian-" + word.lower(), "a big-endian %sStorage" % word,
                   checkpoint(pickle(code), {"0": swapped}, byteorder=b"big"))
    yield Case("big-endian-untyped", "a big-endian archive does not swap an untyped storage",
               checkpoint(pickle(tensor_v3("torch.uint16")), {"0": bytes(range(16))}, byteorder=b"big"),
               deviation="order", deviation_kind="accept")
    yield Case("big-endian-nan", "big-endian NaNs keep their bits",
               checkpoint(pickle(tensor()), {"0": bytes.fromhex("7fc00001 ffc00000 7f800001 80000000")}, byteorder=b"big"))


def cases():
    longs = {"0": FLOATS, "1": struct.pack("<2q", 0, 9)}
    for word, title, code, kind in _PIDS:
        yield Case("pid-" + word, title, checkpoint(pickle(code)), kind=kind)
    for word, title, offset, size, stride, kind in _GEOMETRY:
        yield Case("geometry-" + word, title, checkpoint(pickle(tensor(None, offset, size, stride))), kind=kind)
    for word, title, code, kind in _ARGUMENTS:
        yield Case("rebuild-" + word, title, checkpoint(pickle(code)), kind=kind)
    yield Case("rebuild-parameter-of-none", "a parameter of None is an empty one", deviation="call",
               deviation_kind="value.type",
               data=checkpoint(pickle(call("torch._utils._rebuild_parameter", NONE, True, ordered_dict()))))
    yield Case("rebuild-v3-dtype-none", "a dtype of None is the default dtype", deviation="call",
               deviation_kind="tensor.dtype", data=checkpoint(pickle(call(
                   "torch._utils._rebuild_tensor_v3", storage(), 0, (2,), (1,), False, ordered_dict(), NONE))))
    for dtype in _SUB_BYTE + ["bits8", "bits16", "bits1x8", "bits2x4", "bits4x2"]:
        yield Case("rebuild-v3-" + dtype, "a %s tensor" % dtype,
                   checkpoint(pickle(tensor_v3("torch." + dtype, offset=1, size=(3,), stride=(2,)))))
    for word, code in _UNINITIALISED:
        yield Case("uninitialised-" + word, "memory from a size: " + word.replace("-", " "), checkpoint(pickle(code)),
                   deviation="floor", deviation_kind="policy.uninitialised", unstable=True)
    for word, title, needs, code, kind in _LATER:
        yield Case("later-" + word, title, checkpoint(pickle(code), longs), kind=kind, needs=needs)
    empty = pickle(value([storage(numel=0), tensor(storage(numel=0), 0, (0,)), storage(key="1", numel=0)]))
    yield Case("storage-empty", "two empty storages", checkpoint(empty, {"0": b"", "1": b""}))
    yield Case("storage-empty-two-types", "one empty record under two dtypes",
               checkpoint(pickle(value([storage(numel=0), storage(numel=0, kind="torch.LongStorage")])), {"0": b""}))
    yield Case("storage-numel-true", "True elements", checkpoint(pickle(storage(numel=True)), {"0": b"abcd"}))
    yield from _labels()
    yield from _big_endian()
