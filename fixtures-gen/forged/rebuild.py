"""Meta tensors, Parameters with state, subclasses, device tensors and _rebuild_from_type_v2."""

from .build import built
from .pickles import *
from .pickles import name as name_of

_META = "torch._utils._rebuild_meta_tensor_no_storage"
_STATE = "torch._utils._rebuild_parameter_with_state"
_WRAPPER = "torch._utils._rebuild_wrapper_subclass"
_FROM_CPU = "torch._utils._rebuild_device_tensor_from_cpu_tensor"
_FROM_NUMPY = "torch._utils._rebuild_device_tensor_from_numpy"
_FROM_TYPE = "torch._tensor._rebuild_from_type_v2"
_V2 = "torch._utils._rebuild_tensor_v2"
_GRAD, _SUBCLASS = "tensor.requires-grad", "tensor.subclass"
_FLOAT32, _TENSOR = name_of("torch.float32"), name_of("torch.Tensor")
_PARAMETER = name_of("torch.nn.parameter.Parameter")


def _meta(dtype=_FLOAT32, size=(2, 3), stride=(3, 1), *last):
    return lambda b: call(_META, dtype, size, stride, *(last or (False,)))


# name, title, code from a Build, kind or None
_METAS = [
    ("plain", "good", _meta(), None),
    ("grad", "requires_grad", _meta(_FLOAT32, (2, 3), (3, 1), True), None),
    ("grad-int64", "requires_grad of int64", _meta(name_of("torch.int64"), (2, 3), (3, 1), True), _GRAD),
    ("grad-number", "requires_grad is 1", _meta(_FLOAT32, (2, 3), (3, 1), 1), _GRAD),
    ("grad-none", "requires_grad is None", _meta(_FLOAT32, (2, 3), (3, 1), NONE), ("call", _GRAD)),
    ("three", "three arguments", lambda b: call(_META, _FLOAT32, (2, 3), (3, 1)), "value.arity"),
    ("five", "five arguments", _meta(_FLOAT32, (2, 3), (3, 1), False, NONE), "value.arity"),
    ("dtype-none", "a dtype of None is the default dtype", _meta(NONE), ("call", "tensor.dtype")),
    ("dtype-text", "a dtype that is a text", _meta("torch.float32"), "tensor.dtype"),
    ("dtype-uint3", "a dtype of uint3", _meta(name_of("torch.uint3")), None),
    ("dtype-float8", "a dtype of float8", _meta(name_of("torch.float8_e4m3fn")), None),
    ("dtype-quint8", "a quantized dtype", _meta(name_of("torch.quint8")), "tensor"),
    ("size-scalar", "no dimensions", _meta(_FLOAT32, (), ()), None),
    ("size-list", "size and stride are lists", _meta(_FLOAT32, [2, 3], [3, 1]), None),
    ("size-torch-size", "a torch.Size", _meta(_FLOAT32, call("torch.Size", (2, 3))), None),
    ("size-number", "a size that is a number", _meta(_FLOAT32, 4, (1,)), "value.type"),
    ("size-none", "no size", _meta(_FLOAT32, NONE), "value.type"),
    ("size-float", "a size of 2.0", _meta(_FLOAT32, (2.0,), (1,)), "value.type"),
    ("size-true", "a size of True", _meta(_FLOAT32, (True,), (1,)), "value.type"),
    ("size-negative", "a negative size", _meta(_FLOAT32, (-2, 3)), "tensor"),
    ("size-huge", "2**50 elements", _meta(_FLOAT32, (2**25, 2**25), (2**25, 1)), None),
    ("size-overflow", "a size that overflows", _meta(_FLOAT32, (2**62, 4), (4, 1)), "tensor"),
    ("size-2-to-the-63", "a size of 2**63", _meta(_FLOAT32, (2**63,), (1,)), "value"),
    ("stride-zero", "stride 0", _meta(_FLOAT32, (5, 3), (0, 0)), None),
    ("stride-gaps", "strides with gaps", _meta(_FLOAT32, (2, 3), (100, 7)), None),
    ("stride-negative", "a negative stride", _meta(_FLOAT32, (2, 3), (-3, 1)), None),
    ("stride-none", "no stride", _meta(_FLOAT32, (2, 3), NONE), "value.type"),
    ("stride-short", "fewer strides than dimensions", _meta(_FLOAT32, (2, 3), (1,)), "tensor"),
    ("stride-overflow", "a stride that overflows", _meta(_FLOAT32, (3,), (2**62,)), None),
    ("shared", "one meta tensor twice", lambda b: _meta()(b) + put(9) + get(9) + TUPLE2, None),
    ("storage-grad", "a tensor over a storage on the meta device that requires grad", lambda b: b.storage([1.0]) + put(1) + tensor(
        storage("0", 1, location="meta"), 0, (1,), (1,), True) + TUPLE2, None),
]


def _parameter(state=None, data=None, grad=True, hooks=None):
    return lambda b: call(_STATE, b.of([1.0, 2.0]) if data is None else data, grad, hooks or ordered_dict(),
                          NONE if state is None else state)


_STATES = [
    ("plain", "a state of one attribute", {"note": 1}, None),
    ("none", "no state", NONE, None),
    ("empty", "an empty state", {}, None),
    ("list-empty", "an empty list", [], None),
    ("list", "a list", [1], "value.type"),
    ("number", "a number", 1, "value.type"),
    ("text", "a text", "note", "value.type"),
    ("zero", "0", 0, None),
    ("key-number", "a key that is a number", {1: 2}, "value.type"),
    ("key-none", "a key that is None", {None: 2}, "value.type"),
    ("key-empty", "an empty key", {"": 2}, None),
    ("key-blank", "a key that is no name", {"not a name": 2}, None),
    ("key-bytes", "a key of bytes", pairs(EMPTY_DICT, (encoded("a"), 1)), "value.type"),
    ("ordered", "an OrderedDict", ordered_dict(("note", 1)), None),
    ("counter", "a Counter", call("collections.Counter", {"note": 1}), None),
    ("slots", "a dict and slots", ({"note": 1}, {"other": 2}), None),
    ("slots-only", "no dict, and slots", (NONE, {"other": 2}), None),
    ("slots-none", "a dict, and no slots", ({"note": 1}, NONE), None),
    ("slots-list", "slots that are a list", ({"note": 1}, [1]), "value.type"),
    ("slots-same", "one name in the dict and in the slots", ({"note": 1}, {"note": 2}), None),
    ("tuple-empty", "an empty tuple", (), "tensor.state"),
    ("tuple-one", "a tuple of one", ({"note": 1},), "tensor.state"),
    ("tuple-three", "a tuple of three", ({"note": 1}, NONE, NONE), "tensor.state"),
    ("shape", "the attribute shape", {"shape": 1}, "tensor.state"),
    ("device", "the attribute device", {"device": 1}, "tensor.state"),
    ("dtype", "the attribute dtype", {"dtype": name_of("torch.float64")}, "tensor.state"),
    ("is-leaf", "the attribute is_leaf", {"is_leaf": True}, "tensor.state"),
    ("version", "the attribute _version", {"_version": 1}, "tensor.state"),
    ("base", "the attribute _base", {"_base": NONE}, "tensor.state"),
    ("cdata", "the attribute _cdata", {"_cdata": 1}, "tensor.state"),
    ("requires-grad", "the attribute requires_grad", {"requires_grad": False}, ("call", "tensor.state")),
    ("requires-grad-number", "the attribute requires_grad is 1", {"requires_grad": 1}, "tensor.state"),
    ("grad-none", "the attribute grad is None", {"grad": NONE}, ("call", "tensor.state")),
    ("grad-number", "the attribute grad is a number", {"grad": 1}, "tensor.state"),
    ("names", "the attribute names", {"names": ["N"]}, None),
    ("backward-hooks", "the attribute _backward_hooks", {"_backward_hooks": ordered_dict()}, ("call", "tensor.state")),
    ("method", "an attribute that hides a method", {"numpy": 1}, None),
    ("dict", "the attribute __dict__", {"__dict__": {"note": 1}}, ("call", "tensor.state")),
    ("class-number", "the attribute __class__ is a number", {"__class__": 1}, "tensor.state"),
    ("class-tensor", "the attribute __class__ is torch.Tensor", {"__class__": _TENSOR}, ("call", "tensor.state")),
    ("class-parameter", "the attribute __class__ is Parameter", {"__class__": _PARAMETER}, ("call", "tensor.state")),
    ("data-number", "the attribute data is a number", {"data": 1}, "tensor.state"),
]

_STATE_ARGUMENTS = [
    ("three", "three arguments", lambda b: call(_STATE, b.of([1.0]), True, ordered_dict()), "value.arity"),
    ("five", "five arguments", lambda b: call(_STATE, b.of([1.0]), True, ordered_dict(), {}, NONE), "value.arity"),
    ("none", "no arguments", lambda b: call(_STATE), "value.arity"),
    ("data-list", "a list for the data", _parameter(data=value([1.0])), "value.type"),
    ("data-none", "None for the data", _parameter(data=NONE), ("call", "value.type")),
    ("grad-number", "requires_grad is 1", _parameter(grad=1), _GRAD),
    ("grad-none", "requires_grad is None", _parameter(grad=NONE), _GRAD),
    ("grad-false", "a frozen one", _parameter({"a": 1}, grad=False), None),
    ("grad-int64", "int64 that requires grad", lambda b: _parameter(data=b.longs([1]))(b), _GRAD),
    ("hooks-number", "the hooks are a number", _parameter(hooks=number(1)), None),
    ("shared", "one parameter twice", lambda b: _parameter({"a": [1]})(b) + put(9) + get(9) + TUPLE2, None),
    ("cycle", "an attribute that is the list that holds the parameter", lambda b: EMPTY_LIST + put(9) + _parameter(
        {"home": get(9)})(b) + APPEND, None),
    ("data-attribute", "the attribute data is a tensor of another size",
     lambda b: _parameter(pairs(EMPTY_DICT, ("data", b.of([3.0, 4.0, 5.0]))))(b), ("call", "tensor.state")),
    ("data-attribute-int64", "the attribute data is a tensor of int64", lambda b: _parameter(
        pairs(EMPTY_DICT, ("data", b.longs([3, 4]))), grad=False)(b), ("call", "tensor.state")),
    ("grad-attribute", "the attribute grad is a tensor of the same size",
     lambda b: _parameter(pairs(EMPTY_DICT, ("grad", b.of([3.0, 4.0]))))(b), ("call", "tensor.state")),
    ("grad-attribute-size", "the attribute grad is a tensor of another size",
     lambda b: _parameter(pairs(EMPTY_DICT, ("grad", b.of([3.0]))))(b), "tensor.state"),
    ("of-parameter", "a parameter of a parameter", lambda b: _parameter({"b": 1}, _parameter({"a": 1})(b))(b), None),
]


def _from_type(function=None, kind=_TENSOR, arguments=None, *state):
    def make(b):
        given = tuple_of(b.storage([1.0, 2.0]), 0, (2,), (1,), False, ordered_dict()) if arguments is None else arguments
        return call(_FROM_TYPE, name_of(_V2) if function is None else function, kind, given, *(state or (NONE,)))

    return make


def _of(arguments):
    """_rebuild_from_type_v2 with arguments made from a Build."""
    return lambda b: call(_FROM_TYPE, *arguments(b))


_FROM_TYPES = [
    ("plain", "no state", _from_type(), None),
    ("three", "three arguments", lambda b: call(_FROM_TYPE, name_of(_V2), _TENSOR, EMPTY_TUPLE), "value.arity"),
    ("five", "five arguments", _from_type(None, _TENSOR, None, NONE, NONE), "value.arity"),
    ("none", "no arguments", lambda b: call(_FROM_TYPE), "value.arity"),
    ("function-none", "the function is None", _from_type(NONE), "value.type"),
    ("function-text", "the function is a text", _from_type(text("torch._utils._rebuild_tensor_v2")), "value.type"),
    ("function-dtype", "the function is a dtype", _from_type(_FLOAT32), "policy.reduce"),
    ("function-storage-type", "the function is a storage type", _from_type(name_of("torch.FloatStorage")), "policy.reduce"),
    ("type-none", "the type is None", _from_type(None, NONE), "tensor"),
    ("type-text", "the type is a text", _from_type(None, text("torch.Tensor")), "tensor"),
    ("type-parameter", "a tensor as a Parameter", _from_type(None, _PARAMETER), ("call", "tensor.subclass")),
    ("type-parameter-state", "a tensor as a Parameter, with attributes",
     _from_type(None, _PARAMETER, None, {"note": 1}), ("call", "tensor.subclass")),
    ("type-float-tensor", "a tensor as torch.FloatTensor", _from_type(None, name_of("torch.FloatTensor")), "tensor"),
    ("type-ordered-dict", "a tensor as an OrderedDict", _from_type(None, name_of("collections.OrderedDict")), "tensor"),
    ("type-function", "a tensor as a function", _from_type(None, name_of(_V2)), "tensor"),
    ("arguments-list", "the arguments are a list", _of(lambda b: (
        name_of(_V2), _TENSOR, [b.storage([1.0]), 0, (1,), (1,), False, ordered_dict()], NONE)), ("call", "value.type")),
    ("arguments-none", "the arguments are None", _from_type(None, _TENSOR, NONE), "value.type"),
    ("arguments-five", "five arguments of the function", _of(lambda b: (
        name_of(_V2), _TENSOR, (b.storage([1.0]), 0, (1,), (1,), False), NONE)), "value.arity"),
    ("arguments-past", "the tensor is past the end of its storage", _of(lambda b: (
        name_of(_V2), _TENSOR, (b.storage([1.0]), 1, (1,), (1,), False, ordered_dict()), NONE)), "tensor.out-of-bounds"),
    ("v1", "_rebuild_tensor", _of(lambda b: (
        name_of("torch._utils._rebuild_tensor"), _TENSOR, (b.storage([1.0]), 0, (1,), (1,)), {"note": 1})), None),
    ("v3", "_rebuild_tensor_v3", _of(lambda b: (
        name_of("torch._utils._rebuild_tensor_v3"), _TENSOR,
        (b.storage([1] * 8, "Byte"), 0, (4,), (1,), False, ordered_dict(), name_of("torch.uint16")), {"note": 1})), None),
    ("parameter", "_rebuild_parameter", _of(lambda b: (
        name_of("torch._utils._rebuild_parameter"), _PARAMETER, (b.of([1.0]), True, ordered_dict()), {"note": 1})), None),
    ("parameter-as-tensor", "_rebuild_parameter as torch.Tensor", _of(lambda b: (
        name_of("torch._utils._rebuild_parameter"), _TENSOR, (b.of([1.0]), True, ordered_dict()), {"note": 1})), ("call", "tensor.subclass")),
    ("meta", "_rebuild_meta_tensor_no_storage", _of(lambda b: (
        name_of(_META), _TENSOR, (_FLOAT32, (2,), (1,), False), {"note": 1})), None),
    ("nested", "_rebuild_from_type_v2 within itself", _of(lambda b: (
        name_of(_FROM_TYPE), _TENSOR,
        (name_of("torch._utils._rebuild_tensor"), _TENSOR, (b.storage([1.0]), 0, (1,), (1,)), {"inner": 1}),
        {"outer": 2})), ("call", "policy.reduce")),
    ("ordered-dict", "an OrderedDict with attributes", _of(lambda b: (
        name_of("collections.OrderedDict"), name_of("collections.OrderedDict"), (), {"note": 1})), ("call", "tensor.subclass")),
    ("set", "a set with a state", _of(lambda b: (name_of("builtins.set"), name_of("builtins.set"), ([1],), {"a": 1})),
     "tensor"),
    ("set-no-state", "a set without a state", _of(lambda b: (
        name_of("builtins.set"), name_of("builtins.set"), ([1],), NONE)), ("call", "tensor.subclass")),
    ("size", "a torch.Size", _of(lambda b: (name_of("torch.Size"), name_of("torch.Size"), ((1, 2),), NONE)), ("call", "tensor.subclass")),
    ("bytearray-as-tensor", "a bytearray as torch.Tensor", _of(lambda b: (
        name_of("builtins.bytearray"), _TENSOR, (), NONE)), "tensor"),
    ("tensor-sizes", "torch.Tensor of sizes: memory that the file does not supply",
     _of(lambda b: (_TENSOR, _TENSOR, (3,), NONE)), "unstable"),
]

_WRAPPERS = [
    ("tensor", "of torch.Tensor itself", (_TENSOR, _FLOAT32, (2,), (1,), 0), "tensor.subclass"),
    ("parameter", "of Parameter", (_PARAMETER, _FLOAT32, (2,), (1,), 0), "tensor.subclass"),
    ("ordered-dict", "of OrderedDict", (name_of("collections.OrderedDict"), _FLOAT32, (2,), (1,), 0), "value.type"),
    ("float-tensor", "of torch.FloatTensor", (name_of("torch.FloatTensor"), _FLOAT32, (2,), (1,), 0), "value.type"),
    ("none", "of None", (NONE, _FLOAT32, (2,), (1,), 0), "value.type"),
    ("dtype-text", "a dtype that is a text", (_TENSOR, "torch.float32", (2,), (1,), 0), "value.type"),
    ("size-none", "no size", (_TENSOR, _FLOAT32, NONE, (1,), 0), "value.type"),
    ("offset-text", "an offset that is a text", (_TENSOR, _FLOAT32, (2,), (1,), "0"), "value.type"),
]


def _wrapper(*arguments):
    return lambda b: call(_WRAPPER, *arguments)


def _wrapper_cases():
    strided = call("torch.serialization._get_layout", "torch.strided")
    cpu = call("torch.device", "cpu")
    for word, title, arguments, kind in _WRAPPERS:
        yield word, title, _wrapper(*arguments, strided, cpu, False), kind
    for word, title, last, kind in (
            ("layout-text", "a layout that is a text", ("torch.strided", cpu, False), "value.type"),
            ("device-text", "a device that is a text", (strided, "cpu", False), "tensor.subclass"),
            ("device-number", "a device that is a list", (strided, [], False), "value.type"),
            ("grad-number", "requires_grad is 1", (strided, cpu, 1), "value.type"),
            ("seven", "seven arguments", (strided, cpu), "value.arity"),
            ("nine", "nine arguments", (strided, cpu, False, NONE), "value.arity")):
        yield word, title, _wrapper(_TENSOR, _FLOAT32, (2,), (1,), 0, *last), kind


def _from_cpu(dtype=_FLOAT32, device="cpu", grad=False, data=None):
    return lambda b: call(_FROM_CPU, b.of([1.5, 2.0]) if data is None else data, dtype, device, grad)


_DEVICES = [
    ("plain", "float32 on the cpu", _from_cpu(), None),
    ("device-object", "a device object", _from_cpu(device=call("torch.device", "cpu")), None),
    ("device-none", "no device", _from_cpu(device=NONE), None),
    ("device-xla", "the device xla:0", _from_cpu(device="xla:0"), "label"),
    ("device-cuda", "the device cuda:0", _from_cpu(device="cuda:0"), "label"),
    ("device-meta", "the device meta", _from_cpu(device="meta"), ("call", "tensor.device")),
    ("device-bogus", "a device that nobody knows", _from_cpu(device="bogus"), "tensor.device"),
    ("device-number", "a device that is a list", _from_cpu(device=[]), "value.type"),
    ("dtype-other", "a conversion to float64", _from_cpu(name_of("torch.float64")), ("call", "tensor.dtype")),
    ("dtype-cut", "a conversion to int64", _from_cpu(name_of("torch.int64")), ("call", "tensor.dtype")),
    ("dtype-none", "no dtype", _from_cpu(NONE), None),
    ("dtype-text", "a dtype that is a text", _from_cpu("torch.float32"), "value.type"),
    ("grad", "requires_grad", _from_cpu(grad=True), None),
    ("grad-number", "requires_grad is 1", _from_cpu(grad=1), _GRAD),
    ("grad-int64", "requires_grad of int64", lambda b: _from_cpu(name_of("torch.int64"), grad=True, data=b.longs([1]))(b),
     _GRAD),
    ("data-none", "no tensor", _from_cpu(data=NONE), "value.type"),
    ("data-list", "a list for the tensor", _from_cpu(data=value([1.0])), "value.type"),
    ("data-storage", "a storage for the tensor", lambda b: _from_cpu(data=b.storage([1.0]))(b), "value.type"),
    ("data-view", "a tensor with gaps",
     lambda b: _from_cpu(data=b.of([1.0, 2.0, 3.0], shape=(2,), stride=(2,)))(b), None),
    ("data-shared", "the tensor stands beside it",
     lambda b: b.of([1.0]) + put(9) + _from_cpu(data=get(9))(b) + TUPLE2, None),
    ("three", "three arguments", lambda b: call(_FROM_CPU, b.of([1.0]), _FLOAT32, "cpu"), "value.arity"),
    ("five", "five arguments", lambda b: call(_FROM_CPU, b.of([1.0]), _FLOAT32, "cpu", False, NONE), "value.arity"),
]

_NUMPY = [
    ("tensor", "a tensor for the array", lambda b: call(_FROM_NUMPY, b.of([1.0]), _FLOAT32, "cpu", False)),
    ("none", "None for the array", lambda b: call(_FROM_NUMPY, NONE, _FLOAT32, "cpu", False)),
    ("list", "a list for the array", lambda b: call(_FROM_NUMPY, [1.0], _FLOAT32, "cpu", False)),
]


def _tables():
    yield "meta", ("meta",), _METAS
    yield "parameter-state", ("attrs",), [(w, t, _parameter(value(s)), k) for w, t, s, k in _STATES]
    yield "parameter-with-state", ("attrs",), _STATE_ARGUMENTS
    yield "from-type", ("attrs", "subclass"), _FROM_TYPES
    yield "from-type-state", ("attrs",), [(w, t, _from_type(None, _TENSOR, None, value(s)), k) for w, t, s, k in _STATES]
    yield "wrapper", ("subclass",), list(_wrapper_cases())
    yield "from-cpu", ("subclass",), _DEVICES
    yield "from-numpy", ("subclass",), [(w, t, make, "value.type") for w, t, make in _NUMPY]


def cases():
    for group, needs, table in _tables():
        for word, title, make, kind in table:
            about = {"kind": kind}
            if kind == "label":
                about = {"kind": "tensor.device", "deviation": "label", "deviation_kind": "accept"}
            elif isinstance(kind, tuple):  # a deviation, and the refusal where torch accepts
                about = {"deviation": kind[0], "deviation_kind": kind[1]}
            elif kind == "unstable":
                about = {"deviation": "floor", "deviation_kind": "policy.uninitialised", "unstable": True}
            yield built("%s-%s" % (group, word), "%s: %s" % (group.replace("-", " "), title), make, needs=needs, **about)
