"""Each argument of each rebuild function in turn: missing, of a wrong type, out of range; one fault in each file.

What another table forges already, byte for byte, is left out here.
"""

from . import quantized, rebuild, sparse, states, tensors
from .build import Build, built
from .pickles import *
from .pickles import name as name_of

_U, _FLOAT32, _TENSOR = "torch._utils._rebuild_", name_of("torch.float32"), name_of("torch.Tensor")
_STRIDED, _COO = (call("torch.serialization._get_layout", "torch." + word) for word in ("strided", "sparse_coo"))
_CSR = call("torch.serialization._get_layout", "torch.sparse_csr")
_CPU, _AFFINE = call("torch.device", "cpu"), name_of("torch.per_tensor_affine")
_V2 = name_of(_U + "tensor_v2")

_OFFSETS = {"negative": -1, "past": 5, "2-to-the-63": 2**63}
_SIZES = {"negative": (-2,), "past": (9,), "2-to-the-63": (2**63,)}
_STRIDES = {"negative": (-1,), "past": (9,), "short": (), "2-to-the-63": (2**63,)}
_STRIDES_FREE = {"negative": (-1,), "short": (), "2-to-the-63": (2**63,)}
_GRADS = {"number": 1}


def _of(b):
    return tuple_of(b.storage([1.0, 2.0]), 0, (2,), (1,), False, ordered_dict())


# word, path, the good arguments from a Build as (name, code), and what is out of range for an argument
_FUNCTIONS = [
    ("v1", _U + "tensor", lambda b: [("storage", b.storage([0.0, 1.0, 2.0, 3.0])), ("offset", 1), ("size", (2,)),
                                     ("stride", (1,))],
     {"offset": _OFFSETS, "size": _SIZES, "stride": _STRIDES}),
    ("v2", _U + "tensor_v2", lambda b: [("storage", b.storage([0.0, 1.0, 2.0, 3.0])), ("offset", 1), ("size", (2,)),
                                        ("stride", (1,)), ("grad", False), ("hooks", ordered_dict()), ("metadata", {})],
     {"offset": _OFFSETS, "size": _SIZES, "stride": _STRIDES}),
    ("v3", _U + "tensor_v3", lambda b: [
        ("storage", b.storage(list(range(8)), "Byte")), ("offset", 1), ("size", (2,)), ("stride", (1,)), ("grad", False),
        ("hooks", ordered_dict()), ("dtype", name_of("torch.uint16")), ("metadata", {})],
     {"offset": _OFFSETS, "size": _SIZES, "stride": _STRIDES}),
    ("parameter", _U + "parameter", lambda b: [("data", b.of([1.0, 2.0])), ("grad", True), ("hooks", ordered_dict())], {}),
    ("state", _U + "parameter_with_state", lambda b: [
        ("data", b.of([1.0, 2.0])), ("grad", True), ("hooks", ordered_dict()), ("state", {"note": 1})], {}),
    ("qtensor", _U + "qtensor", lambda b: [
        ("storage", b.storage([1, 2, 3, 4], "QUInt8")), ("offset", 1), ("size", (2,)), ("stride", (1,)),
        ("parameters", (_AFFINE, 0.5, 3)), ("grad", False), ("hooks", ordered_dict())],
     {"offset": _OFFSETS, "size": _SIZES, "stride": _STRIDES,
      "parameters": {"point-large": (_AFFINE, 0.5, 2**63), "axis-past": (name_of("torch.per_channel_affine"), [0.5], [0], 1)}}),
    ("coo", _U + "sparse_tensor", lambda b: [
        ("layout", _COO), ("data", (b.longs([[0, 2]]), b.of([1.0, 2.0]), call("torch.Size", (3,)), True))],
     {"layout": {"of-csr": _CSR}, "data": {"empty": ()}}),
    ("csr", _U + "sparse_tensor", lambda b: [
        ("layout", _CSR), ("data", (b.longs([0, 1, 2]), b.longs([2, 0]), b.of([1.0, 2.0]), call("torch.Size", (2, 3))))],
     {"layout": {"of-coo": _COO}, "data": {"empty": ()}}),
    ("meta", _U + "meta_tensor_no_storage", lambda b: [("dtype", _FLOAT32), ("size", (2,)), ("stride", (1,)), ("grad", False)],
     {"size": {"negative": (-2,), "2-to-the-63": (2**63,)}, "stride": _STRIDES_FREE}),
    ("wrapper", _U + "wrapper_subclass", lambda b: [
        ("class", _TENSOR), ("dtype", _FLOAT32), ("size", (2,)), ("stride", (1,)), ("offset", 0), ("layout", _STRIDED),
        ("device", _CPU), ("grad", False)],
     {"size": {"negative": (-2,), "2-to-the-63": (2**63,)}, "stride": _STRIDES_FREE, "offset": {"negative": -1}}),
    ("from-cpu", _U + "device_tensor_from_cpu_tensor", lambda b: [
        ("data", b.of([1.5, 2.0])), ("dtype", _FLOAT32), ("device", "cpu"), ("grad", False)],
     {"device": {"index": "cpu:1", "negative": "cuda:-1"}}),
    ("from-numpy", _U + "device_tensor_from_numpy", lambda b: [
        ("data", b.of([1.5, 2.0])), ("dtype", _FLOAT32), ("device", "cpu"), ("grad", False)], {}),
    ("from-type", "torch._tensor._rebuild_from_type_v2", lambda b: [
        ("function", _V2), ("type", _TENSOR), ("arguments", _of(b)), ("state", {"note": 1})], {}),
]

# Wrong for most arguments; where one is right, torch's verdict says so. Other types stand in the other tables.
_WRONG = [("none", NONE), ("text", text("x"))]

_NEEDS = {"qtensor": ("quantized",), "coo": ("sparse",), "csr": ("sparse",), "meta": ("meta",), "state": ("attrs",),
          "wrapper": ("subclass",), "from-cpu": ("subclass",), "from-numpy": ("subclass",), "from-type": ("attrs", "subclass")}


def _changed(function, place, code):
    """The call with one argument replaced."""
    word, path, good, _ = function
    return lambda b: call(path, *(code if i == place else argument for i, (_, argument) in enumerate(good(b))))


def _cut(function, count):
    word, path, good, _ = function
    return lambda b: call(path, *(argument for _, argument in good(b)[:count]))


def _variants():
    """The function's word, name, title, code from a Build."""
    for function in _FUNCTIONS:
        word, path, good, ranges = function
        names = [name for name, _ in good(Build())]
        for count in range(len(names)):
            yield (word, "%s-%d-of-%d" % (word, count, len(names)), "the first %d of %d arguments" % (count, len(names)),
                   _cut(function, count))
        for place, name in enumerate(names):
            for wrong, code in _WRONG:
                yield (word, "%s-%s-%s" % (word, name, wrong), "%s is %s" % (name, wrong), _changed(function, place, code))
            for wrong, given in ranges.get(name, {}).items():
                yield (word, "%s-%s-%s" % (word, name, wrong), "%s out of range: %s" % (name, wrong),
                       _changed(function, place, given))


# What torch accepts, and of that the forms that no release wrote, with the refusal that is as good.
_ACCEPTED = {"v2-6-of-7", "v3-7-of-8", "v2-metadata-none", "v3-metadata-none", "meta-stride-negative"}
_CALLS = {"v3-grad-none": "tensor.requires-grad", "meta-grad-none": "tensor.requires-grad", "meta-dtype-none": "tensor.dtype",
          "parameter-data-none": "value.type", "state-data-none": "value.type",
          "from-cpu-device-index": "tensor.device"}
# The refusal where it is not value.arity for a missing argument and value.type for a wrong one.
_KINDS = {"qtensor-stride-none": "tensor", "qtensor-stride-short": "tensor", "qtensor-parameters-text": "tensor.quantizer",
          "qtensor-parameters-list": "tensor.quantizer", "qtensor-parameters-axis-past": "tensor.quantizer",
          "coo-data-list": "value.arity", "coo-data-empty": "value.arity", "csr-data-list": "value.arity",
          "csr-data-empty": "value.arity", "meta-stride-short": "tensor", "wrapper-size-list": "tensor.subclass",
          "wrapper-stride-none": "tensor.subclass", "wrapper-stride-list": "tensor.subclass",
          "wrapper-stride-short": "tensor.subclass", "wrapper-offset-number": "tensor.subclass", "wrapper-device-text": "tensor",
          "from-cpu-device-text": "tensor.device", "from-cpu-device-negative": "tensor.device", "v3-dtype-none": "tensor.dtype"}


def _kind(function, name):
    """The refusal that is expected where torch refuses, or None."""
    argument, _, fault = name.removeprefix(function + "-").partition("-")
    if name in _ACCEPTED or name in _CALLS or argument == "hooks":
        return None
    if name in _KINDS:
        return _KINDS[name]
    if argument.isdigit():
        return "value.arity"
    if fault == "list" and argument in ("size", "stride") or (argument, fault) == ("offset", "number"):
        return None
    if function in ("v1", "v2", "v3") and argument == "stride" and fault in ("none", "short"):
        return None
    if argument == "grad" and function not in ("wrapper", "from-numpy"):
        return "tensor.requires-grad"
    if argument == "dtype" and function in ("v3", "meta"):
        return "tensor.dtype"
    if function == "from-type" and argument == "type":
        return "tensor.subclass"
    return "tensor" if fault in ("negative", "past") else "value.type"


def cases():
    known = {case.data for table in (tensors, rebuild, quantized, sparse, states) for case in table.cases()}
    for function, name, title, make in _variants():
        about = {"deviation": "call", "deviation_kind": _CALLS[name]} if name in _CALLS else {}
        case = built("arg-" + name, "%s: %s" % (function, title), make, kind=_kind(function, name),
                     needs=_NEEDS.get(function, ()), **about)
        if case.data not in known:
            known.add(case.data)
            yield case
