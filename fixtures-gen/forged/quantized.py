"""_rebuild_qtensor: each argument missing, of a wrong type and out of range, and the quantizers that torch takes."""

from .build import Build, built
from .case import Case
from .archives import checkpoint
from .pickles import *
from .pickles import name as name_of

_QTENSOR = "torch._utils._rebuild_qtensor"
_QUANTIZER, _OOB, _GRAD = "tensor.quantizer", "tensor.out-of-bounds", "tensor.requires-grad"
_NAN, _INF = float("nan"), float("inf")
_AFFINE, _CHANNEL = name_of("torch.per_tensor_affine"), name_of("torch.per_channel_affine")
_FLOATS = name_of("torch.per_channel_affine_float_qparams")


def _bytes(b, kind="QUInt8"):
    return b.storage(list(range(6)), kind)


def _q(b, parameters=None, of=None, offset=0, size=(2, 3), stride=(3, 1), *last):
    parameters = value((_AFFINE, 0.5, 3)) if parameters is None else parameters
    return call(_QTENSOR, _bytes(b) if of is None else of, offset, size, stride, parameters,
                *(last or (False, ordered_dict())))


def _per_tensor(scale=0.5, point=3):
    return lambda b: _q(b, tuple_of(_AFFINE, scale, point))


def _per_channel(scales=(0.5, 0.25), points=(0, 1), axis=0, scheme=_CHANNEL, kinds=("Double", "Long"), size=(2, 3)):
    """Scales and zero points as tensors of these kinds; a list of Python numbers where the kind is None."""
    def make(b):
        parts = [list(numbers) if kind is None else numbers if isinstance(numbers, bytes) else b.of(list(numbers), kind)
                 for numbers, kind in zip((scales, points), kinds)]
        return _q(b, tuple_of(scheme, *parts, axis), size=size, stride=(size[-1], 1) if len(size) == 2 else (1,))

    return make


def _lists(scheme=_CHANNEL, **fields):
    return _per_channel(scheme=scheme, kinds=(None, None), **fields)


# name, title, code from a Build, kind or None
_PARAMETERS = [
    ("plain", "per tensor", lambda b: _q(b), None),
    ("parameters-list", "the parameters are a list", lambda b: _q(b, value([_AFFINE, 0.5, 3])), None),
    ("scale-zero", "a scale of 0", _per_tensor(0.0), None),
    ("scale-negative", "a scale of -1", _per_tensor(-1.0), None),
    ("scale-nan", "a scale that is no number", _per_tensor(_NAN), None),
    ("scale-infinite", "an infinite scale", _per_tensor(_INF), None),
    ("scale-denormal", "the least scale", _per_tensor(5e-324), None),
    ("scale-int", "a scale that is an int", _per_tensor(2), None),
    ("scale-true", "a scale of True", _per_tensor(True), None),
    ("scale-huge-int", "a scale of 2**70", _per_tensor(2**70), None),
    ("scale-text", "a scale that is a text", _per_tensor("0.5"), "value.type"),
    ("scale-none", "a scale of None", _per_tensor(NONE), "value.type"),
    ("scale-complex", "a complex scale", _per_tensor(call("builtins.complex", 1.0, 0.0)), "value.type"),
    ("scale-tensor", "a scale that is a tensor without dimensions",
     lambda b: _q(b, tuple_of(_AFFINE, b.of([0.5], shape=()), 3)), None),
    ("scale-tensor-one", "a scale that is a tensor of one element", lambda b: _q(b, tuple_of(_AFFINE, b.of([0.5]), 3)),
     "value.type"),
    ("point-negative", "a zero point below a quint8", _per_tensor(0.5, -1), None),
    ("point-300", "a zero point above a quint8", _per_tensor(0.5, 300), None),
    ("point-2-to-the-40", "a zero point of 2**40", _per_tensor(0.5, 2**40), None),
    ("point-2-to-the-64", "a zero point of 2**64", _per_tensor(0.5, 2**64), "value"),
    ("point-float", "a zero point of 3.0", _per_tensor(0.5, 3.0), "value.type"),
    ("point-half", "a zero point of 3.5", _per_tensor(0.5, 3.5), "value.type"),
    ("point-true", "a zero point of True", _per_tensor(0.5, True), "value.type"),
    ("point-none", "a zero point of None", _per_tensor(0.5, NONE), "value.type"),
    ("point-text", "a zero point that is a text", _per_tensor(0.5, "3"), "value.type"),
    ("point-tensor", "a zero point that is a tensor without dimensions",
     lambda b: _q(b, tuple_of(_AFFINE, 0.5, b.longs([3], shape=()))), None),
    ("two", "two parameters", lambda b: _q(b, tuple_of(_AFFINE, 0.5)), "value.arity"),
    ("four", "four parameters", lambda b: _q(b, tuple_of(_AFFINE, 0.5, 3, 0)), "value.arity"),
    ("parameters-empty", "no parameters", lambda b: _q(b, EMPTY_TUPLE), "value"),
    ("parameters-none", "the parameters are None", lambda b: _q(b, NONE), "value.type"),
    ("parameters-number", "the parameters are a number", lambda b: _q(b, number(1)), "value.type"),
    ("parameters-text", "the parameters are a text", lambda b: _q(b, text("abc")), _QUANTIZER),
    ("scheme-symmetric", "the scheme per_tensor_symmetric",
     lambda b: _q(b, tuple_of(name_of("torch.per_tensor_symmetric"), 0.5, 0)), _QUANTIZER),
    ("scheme-channel-symmetric", "the scheme per_channel_symmetric", lambda b: _q(
        b, tuple_of(name_of("torch.per_channel_symmetric"), b.of([0.5, 0.25], "Double"), b.longs([0, 1]), 0)),
     _QUANTIZER),
    ("scheme-none", "no scheme", lambda b: _q(b, tuple_of(NONE, 0.5, 3)), _QUANTIZER),
    ("scheme-text", "a scheme that is a text", lambda b: _q(b, tuple_of("torch.per_tensor_affine", 0.5, 3)), _QUANTIZER),
    ("scheme-dtype", "a scheme that is a dtype", lambda b: _q(b, tuple_of(name_of("torch.quint8"), 0.5, 3)), _QUANTIZER),
    ("scheme-tensor-parameters", "per tensor with a tensor of scales",
     lambda b: _q(b, tuple_of(_AFFINE, b.of([0.5, 0.25], "Double"), 3)), "value.type"),
    ("scheme-channel-parameters", "per channel with the parameters of per tensor",
     lambda b: _q(b, tuple_of(_CHANNEL, 0.5, 3)), "value.arity"),
]

_CHANNELS = [
    ("plain", "axis 0", _per_channel(), None),
    ("axis-1", "axis 1", _per_channel((0.5, 0.25, 1.0), (0, 1, 2), 1), None),
    ("axis-2", "axis 2 of two", _per_channel(axis=2), _QUANTIZER),
    ("axis-9", "axis 9", _per_channel(axis=9), _QUANTIZER),
    ("axis-negative", "axis -1", _per_channel((0.5, 0.25, 1.0), (0, 1, 2), -1), _QUANTIZER),
    ("axis-2-to-the-63", "axis 2**63", _per_channel(axis=2**63), _QUANTIZER),
    ("axis-float", "axis 0.0", _per_channel(axis=0.0), "value.type"),
    ("axis-true", "axis True", _per_channel((0.5, 0.25, 1.0), (0, 1, 2), True), "value.type"),
    ("axis-none", "axis None", _per_channel(axis=NONE), "value.type"),
    ("axis-text", "axis '0'", _per_channel(axis="0"), "value.type"),
    ("axis-tensor", "an axis that is a tensor without dimensions",
     lambda b: _per_channel(axis=b.longs([0], shape=()))(b), None),
    ("no-dimensions", "a tensor without dimensions", lambda b: _q(
        b, tuple_of(_CHANNEL, b.of([], "Double"), b.longs([]), 0), None, 0, (), ()), _QUANTIZER),
    ("scales-one", "one scale for two channels", _per_channel((0.5,)), _QUANTIZER),
    ("scales-three", "three scales for two channels", _per_channel((0.5, 0.25, 1.0)), _QUANTIZER),
    ("scales-empty", "no scales", _per_channel(()), _QUANTIZER),
    ("points-one", "one zero point for two channels", _per_channel(points=(0,)), _QUANTIZER),
    ("points-three", "three zero points for two channels", _per_channel(points=(0, 1, 2)), _QUANTIZER),
    ("scales-float", "scales of float32 become float64", _per_channel(kinds=("Float", "Long")), None),
    ("scales-half", "scales of float16", _per_channel(kinds=("Half", "Long")), None),
    ("scales-int64", "scales of int64", _per_channel((1, 2), kinds=("Long", "Long")), "tensor"),
    ("points-int32", "zero points of int32 become int64", _per_channel(kinds=("Double", "Int")), None),
    ("points-uint8", "zero points of uint8", _per_channel(kinds=("Double", "Byte")), None),
    ("points-bool", "zero points of bool", _per_channel(points=(False, True), kinds=("Double", "Bool")), None),
    ("points-float", "zero points of float32 make the scheme one of float_qparams",
     _per_channel(points=(0.5, 1.5), kinds=("Double", "Float")), None),
    ("points-double", "zero points of float64", _per_channel(points=(0.5, 1.5), kinds=("Double", "Double")), None),
    ("points-float-scales", "scales and zero points of float32",
     _per_channel(points=(0.5, 1.5), kinds=("Float", "Float")), None),
    ("scales-matrix", "scales of two dimensions", lambda b: _q(
        b, tuple_of(_CHANNEL, b.of([[0.5], [0.25]], "Double"), b.longs([0, 1]), 0)), _QUANTIZER),
    ("points-matrix", "zero points of two dimensions", lambda b: _q(
        b, tuple_of(_CHANNEL, b.of([0.5, 0.25], "Double"), b.longs([[0], [1]]), 0)), _QUANTIZER),
    ("scales-views", "scales and zero points that are views with gaps", lambda b: _q(b, tuple_of(
        _CHANNEL, b.of([9.0, 0.5, 9.0, 0.25], "Double", shape=(2,), stride=(2,), offset=1),
        b.longs([9, 1, 0], shape=(2,), stride=(1,), offset=1), 0)), None),
    ("scales-expanded", "scales of stride 0", lambda b: _q(b, tuple_of(
        _CHANNEL, b.of([0.5], "Double", shape=(2,), stride=(0,)), b.longs([0, 1]), 0)), None),
    ("scales-bad", "scales of zero, minus one, NaN and infinity", _per_channel(
        (0.0, -1.0, _NAN, _INF), (0, 0, 0, 0), size=(4,)), None),
    ("points-wild", "zero points far beyond a quint8", _per_channel(points=(-(2**63), 2**63 - 1)), None),
    ("lists", "scales and zero points as lists", _lists(), None),
    ("lists-ints", "lists of ints", _lists(scales=(1, 2)), None),
    ("lists-float-points", "a list of zero points that are floats", _lists(points=(0.0, 1.0)), None),
    ("lists-short", "a list of one scale", _lists(scales=(0.5,)), _QUANTIZER),
    ("lists-text", "a list of texts", _lists(scales=("a", "b")), "value.type"),
    ("lists-none", "a list of None", _lists(points=(None, None)), "value.type"),
    ("lists-nested", "a list of lists", _lists(scales=([0.5], [0.25])), "tensor"),
    ("lists-large", "a list of 2**70", _lists(points=(2**70, 0)), "value"),
    ("mixed", "a list of scales and a tensor of zero points", _per_channel(kinds=(None, "Long")), "value.type"),
    ("tuples", "tuples of scales and zero points",
     lambda b: _q(b, tuple_of(_CHANNEL, (0.5, 0.25), (0, 1), 0)), "value.type"),
    ("scales-none", "no scales at all", lambda b: _q(b, tuple_of(_CHANNEL, NONE, b.longs([0, 1]), 0)), "value.type"),
    ("scales-sparse-none", "the scales are a storage", lambda b: _q(
        b, tuple_of(_CHANNEL, b.storage([0.5, 0.25], "Double"), b.longs([0, 1]), 0)), "value.type"),
    ("scales-quantized", "the scales are quantized", lambda b: _q(
        b, tuple_of(_CHANNEL, _q(b, size=(2,), stride=(1,)), b.longs([0, 1]), 0)), "tensor"),
    ("three", "three parameters", lambda b: _q(b, tuple_of(_CHANNEL, b.of([0.5, 0.25], "Double"), b.longs([0, 1]))),
     "value.arity"),
    ("five", "five parameters", lambda b: _q(
        b, tuple_of(_CHANNEL, b.of([0.5, 0.25], "Double"), b.longs([0, 1]), 0, 0)), "value.arity"),
    ("float-qparams", "float_qparams with floats", _per_channel(
        points=(0.5, 1.5), scheme=_FLOATS, kinds=("Float", "Float")), None),
    ("float-qparams-int64", "float_qparams with zero points of int64 is per_channel_affine",
     _per_channel(scheme=_FLOATS), None),
    ("float-qparams-lists", "float_qparams with lists", _lists(_FLOATS, points=(0.5, 1.5)), None),
    ("float-qparams-axis-1", "float_qparams along axis 1", _per_channel(
        (0.5, 0.25, 1.0), (0.5, 1.5, 0.0), 1, _FLOATS, ("Float", "Float")), None),
]

_ARGUMENTS = [
    ("five-arguments", "five arguments", lambda b: call(_QTENSOR, _bytes(b), 0, (2, 3), (3, 1), (_AFFINE, 0.5, 3)),
     "value.arity"),
    ("eight-arguments", "eight arguments", lambda b: _q(b, None, None, 0, (2, 3), (3, 1), False, ordered_dict(), NONE),
     "value.arity"),
    ("storage-none", "no storage", lambda b: _q(b, None, NONE), "value.type"),
    ("storage-float", "a storage of float32", lambda b: _q(b, None, b.storage([0.0] * 6)), "tensor"),
    ("storage-uint8", "a storage of uint8", lambda b: _q(b, None, b.storage([0] * 6, "Byte")), "tensor"),
    ("storage-untyped", "an untyped storage",
     lambda b: _bytes(b) + put(1) + _q(b, None, storage("0", 6, "torch.storage.UntypedStorage")) + TUPLE2, "tensor"),
    ("storage-tensor", "a tensor for the storage", lambda b: _q(b, None, b.of([1.0])), "value.type"),
    ("past", "one element past the end", lambda b: _q(b, None, None, 1), _OOB),
    ("offset", "an offset that fits", lambda b: _q(b, None, None, 3, (3,), (1,)), None),
    ("offset-negative", "a negative offset", lambda b: _q(b, None, None, -1, (3,), (1,)), "tensor"),
    ("offset-none", "an offset of None", lambda b: _q(b, None, None, NONE), "value.type"),
    ("offset-float", "an offset of 0.0", lambda b: _q(b, None, None, 0.0), "value.type"),
    ("size-negative", "a negative size", lambda b: _q(b, None, None, 0, (-1, 3)), "tensor"),
    ("size-none", "no size", lambda b: _q(b, None, None, 0, NONE), "value.type"),
    ("size-number", "a size that is a number", lambda b: _q(b, None, None, 0, 6, (1,)), "value.type"),
    ("size-list", "size and stride are lists", lambda b: _q(b, None, None, 0, [2, 3], [3, 1]), None),
    ("size-overflow", "a size that overflows", lambda b: _q(b, None, None, 0, (2**62, 4), (0, 0)), "tensor"),
    ("stride-zero", "stride 0", lambda b: _q(b, None, None, 5, (4, 3), (0, 0)), None),
    ("stride-none", "a stride of None", lambda b: _q(b, None, None, 0, (2, 3), NONE), "tensor"),
    ("stride-short", "fewer strides than dimensions", lambda b: _q(b, None, None, 0, (2, 3), (1,)), "tensor"),
    ("stride-negative", "a negative stride", lambda b: _q(b, None, None, 5, (2,), (-1,)), "tensor"),
    ("empty", "no elements at a far offset", lambda b: _q(b, None, None, 2**40, (0,), (1,)), None),
    ("grad-true", "requires_grad", lambda b: _q(b, None, None, 0, (2, 3), (3, 1), True, ordered_dict()), _GRAD),
    ("grad-number", "requires_grad is 0", lambda b: _q(b, None, None, 0, (2, 3), (3, 1), 0, ordered_dict()), _GRAD),
    ("grad-none", "requires_grad is None", lambda b: _q(b, None, None, 0, (2, 3), (3, 1), NONE, ordered_dict()), _GRAD),
    ("hooks-none", "the hooks are None", lambda b: _q(b, None, None, 0, (2, 3), (3, 1), False, NONE), None),
    ("hooks-number", "the hooks are a number", lambda b: _q(b, None, None, 0, (2, 3), (3, 1), False, 1), None),
    ("parameter", "a frozen Parameter of a quantized tensor",
     lambda b: call("torch._utils._rebuild_parameter", _q(b), False, ordered_dict()), None),
    ("parameter-true", "a Parameter of a quantized tensor that requires grad",
     lambda b: call("torch._utils._rebuild_parameter", _q(b), True, ordered_dict()), _GRAD),
    ("shared", "one quantized tensor twice", lambda b: _q(b) + put(9) + get(9) + TUPLE2, None),
    ("qint8", "a storage of qint8", lambda b: _q(b, None, b.storage([-3, -2, -1, 0, 1, 2], "QInt8")), None),
    ("qint32", "a storage of qint32", lambda b: _q(b, None, b.storage([-3, -2, -1, 0, 1, 2**31 - 1], "QInt32")), None),
    ("quint4x2", "six elements of quint4x2 in three bytes", lambda b: _q(b, None, b.storage([1, 2, 3], "QUInt4x2")), None),
    ("quint4x2-odd", "five elements of quint4x2 in three bytes",
     lambda b: _q(b, None, b.storage([1, 2, 3], "QUInt4x2"), 0, (5,), (1,)), None),
    ("quint4x2-past", "seven elements of quint4x2 in three bytes",
     lambda b: _q(b, None, b.storage([1, 2, 3], "QUInt4x2"), 0, (7,), (1,)), _OOB),
    ("quint4x2-offset", "an offset of quint4x2", lambda b: _q(b, None, b.storage([1, 2, 3], "QUInt4x2"), 1, (2,), (1,)),
     None),
    ("quint2x4", "eight elements of quint2x4 in two bytes",
     lambda b: _q(b, None, b.storage([1, 2], "QUInt2x4"), 0, (8,), (1,)), None),
    ("quint2x4-past", "nine elements of quint2x4 in two bytes",
     lambda b: _q(b, None, b.storage([1, 2], "QUInt2x4"), 0, (9,), (1,)), _OOB),
    ("quint4x2-channel", "quint4x2 per channel with float zero points", lambda b: _q(
        b, tuple_of(_FLOATS, b.of([0.5, 0.25]), b.of([0.5, 1.5]), 0), b.storage([1, 2, 3], "QUInt4x2")), None),
]


# Forms that torch takes only because Python does, and that no release wrote.
_ODD = {"qtensor-scale-tensor", "qtensor-scale-huge-int", "qtensor-point-tensor", "qchannel-axis-tensor"}


def cases():
    for group, table in (("qtensor", _PARAMETERS), ("qchannel", _CHANNELS), ("qtensor", _ARGUMENTS)):
        for word, title, make, kind in table:
            name = "%s-%s" % (group, word)
            about = {"deviation": "call", "deviation_kind": "value.type"} if name in _ODD else {}
            yield built(name, "%s: %s" % (group, title), make, kind=kind, needs=("quantized",), **about)
