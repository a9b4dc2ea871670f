"""BUILD of tensors, Parameters and storages, tensor classes called with storages, and more of _codecs.encode."""

from .build import built
from .pickles import *
from .pickles import name as name_of

_TENSOR, _OOB = "torch.Tensor", "tensor.out-of-bounds"
_PARAMETER = "torch.nn.parameter.Parameter"
_FOUR = [0.0, 1.0, 2.0, 3.0]


def _set(*items, kind=_TENSOR, of="Float"):
    """BUILD of an empty tensor of a class with a storage and these items."""
    return lambda b: call(kind) + tuple_of(b.storage(_FOUR if of == "Float" else [0, 1, 2, 3], of), *items) + BUILD


def _raw(state, kind=_TENSOR):
    return lambda b: call(kind) + state + BUILD


# name, title, code from a Build, kind or None
_SETS = [
    ("four", "a storage, offset, size and stride", _set(1, (2,), (1,)), None),
    ("three", "a storage, offset and size", _set(1, (2,)), ("call", "value.arity")),
    ("two", "a storage and an offset", _set(1), "value"),
    ("one", "a storage alone", _set(), ("call", "value.arity")),
    ("five", "five items", _set(1, (2,), (1,), False), "value"),
    ("nothing", "an empty state", _raw(EMPTY_TUPLE), ("call", "value.arity")),
    ("empty-text", "an empty text", _raw(text("")), ("call", "value.type")),
    ("none", "None", _raw(NONE), "value.type"),
    ("number", "a number", _raw(number(1)), "value.type"),
    ("dict", "a dict of a name", _raw(value({"note": 1})), "value"),
    ("list", "a list", lambda b: call(_TENSOR) + value([b.storage(_FOUR), 1, (2,), (1,)]) + BUILD, None),
    ("tensor", "a tensor alone makes an alias", lambda b: call(_TENSOR) + tuple_of(b.of([1.0, 2.0])) + BUILD, ("call", "value.arity")),
    ("tensor-int64", "a tensor of int64 alone", lambda b: call(_TENSOR) + tuple_of(b.longs([1, 2])) + BUILD, "value.arity"),
    ("storage-none", "None for the storage", _raw(tuple_of(NONE, 0, (2,), (1,))), "value.type"),
    ("storage-text", "a text for the storage", _raw(tuple_of("0", 0, (2,), (1,))), "value.type"),
    ("storage-long", "a storage of int64 for a float tensor", _set(0, (2,), (1,), of="Long"), "tensor"),
    ("storage-untyped", "an untyped storage for a float tensor", lambda b: b.storage(_FOUR) + put(1) + call(_TENSOR)
     + tuple_of(storage("0", 16, "torch.storage.UntypedStorage"), 1, (2,), (1,)) + BUILD + TUPLE2, "tensor"),
    ("offset-past", "past the end", _set(3, (2,), (1,)), _OOB),
    ("offset-negative", "a negative offset", _set(-1, (2,), (1,)), "tensor"),
    ("offset-none", "an offset of None", _set(NONE, (2,), (1,)), "value.type"),
    ("offset-float", "an offset of 1.0", _set(1.0, (2,), (1,)), "value.type"),
    ("size-list", "size and stride are lists", _set(1, [2], [1]), None),
    ("size-number", "a size that is a number", _set(1, 2, (1,)), "value.type"),
    ("size-negative", "a negative size", _set(1, (-2,), (1,)), "tensor"),
    ("size-none", "no size", _set(1, NONE, (1,)), "value.type"),
    ("stride-none", "no stride", _set(0, (2, 2), NONE), None),
    ("stride-short", "fewer strides than dimensions", _set(0, (2, 2), (1,)), "tensor"),
    ("stride-zero", "stride 0", _set(3, (5,), (0,)), None),
    ("stride-negative", "a negative stride", _set(3, (2,), (-1,)), "tensor"),
    ("twice", "two BUILDs", lambda b: _set(1, (2,), (1,))(b) + tuple_of(b.storage([7.0]), 0, (1,), (1,)) + BUILD, None),
    ("shared", "two tensors over one storage", lambda b: b.storage(_FOUR) + put(9) + call(_TENSOR) + tuple_of(
        get(9), 1, (2,), (1,)) + BUILD + call(_TENSOR) + tuple_of(get(9), 0, (4,), (1,)) + BUILD + TUPLE3, None),
    ("of-rebuilt", "BUILD of a tensor that _rebuild_tensor_v2 made",
     lambda b: b.of([5.0, 6.0]) + tuple_of(b.storage(_FOUR), 2, (2,), (1,)) + BUILD, None),
    ("of-rebuilt-grad", "BUILD of a tensor that requires grad", lambda b: b.of(
        [5.0, 6.0], requires_grad=True) + tuple_of(b.storage(_FOUR), 2, (2,), (1,)) + BUILD, "tensor"),
    ("of-rebuilt-same", "BUILD with the tensor's own storage and a far offset", lambda b: b.of([5.0, 6.0]) + tuple_of(
        storage("0", 2), 1, (2,), (1,)) + BUILD, _OOB),
    ("float-class", "torch.FloatTensor", _set(1, (2,), (1,), kind="torch.FloatTensor"), None),
    ("double-class", "torch.DoubleTensor", _set(1, (2,), (1,), kind="torch.DoubleTensor", of="Double"), None),
    ("long-class", "torch.LongTensor", _set(1, (2,), (1,), kind="torch.LongTensor", of="Long"), None),
    ("int-class", "torch.IntTensor", _set(1, (2,), (1,), kind="torch.IntTensor", of="Int"), None),
    ("short-class", "torch.ShortTensor", _set(1, (2,), (1,), kind="torch.ShortTensor", of="Short"), None),
    ("char-class", "torch.CharTensor", _set(1, (2,), (1,), kind="torch.CharTensor", of="Char"), None),
    ("byte-class", "torch.ByteTensor", _set(1, (2,), (1,), kind="torch.ByteTensor", of="Byte"), None),
    ("half-class", "torch.HalfTensor", _set(1, (2,), (1,), kind="torch.HalfTensor", of="Half"), None),
    ("bool-class", "torch.BoolTensor", _set(1, (2,), (1,), kind="torch.BoolTensor", of="Bool"), None),
    ("class-long-float", "a torch.LongTensor over a storage of float32", _set(1, (2,), (1,), kind="torch.LongTensor"),
     "tensor"),
    ("class-cuda", "torch.cuda.FloatTensor", _set(1, (2,), (1,), kind="torch.cuda.FloatTensor"), "tensor"),
    ("class-sparse", "torch.sparse.FloatTensor", _set(1, (2,), (1,), kind="torch.sparse.FloatTensor"), "value.arity"),
    ("newobj", "NEWOBJ of torch.Tensor", lambda b: name_of(_TENSOR) + EMPTY_TUPLE + NEWOBJ + tuple_of(
        b.storage(_FOUR), 1, (2,), (1,)) + BUILD, None),
    ("newobj-float", "NEWOBJ of torch.FloatTensor", lambda b: name_of("torch.FloatTensor") + EMPTY_TUPLE + NEWOBJ
     + tuple_of(b.storage(_FOUR), 1, (2,), (1,)) + BUILD, None),
    ("of-class", "BUILD of the class torch.Tensor itself", lambda b: name_of(_TENSOR) + EMPTY_TUPLE + BUILD,
     "policy.build"),
    ("of-quantized", "BUILD of a quantized tensor with a shorter size", lambda b: call(
        "torch._utils._rebuild_qtensor", b.storage([1, 2, 3], "QUInt8"), 0, (3,), (1,),
        (name_of("torch.per_channel_affine"), [0.5, 0.25, 1.0], [0, 0, 0], 0), False, ordered_dict()) + tuple_of(
            storage("0", 3, "torch.QUInt8Storage"), 0, (2,), (1,)) + BUILD, ("call", "tensor.quantizer")),
    ("of-sparse", "BUILD of a sparse tensor", lambda b: call(
        "torch._utils._rebuild_sparse_tensor", call("torch.serialization._get_layout", "torch.sparse_coo"),
        (b.longs([[0]]), b.of([1.0]), (2,), False)) + tuple_of(b.storage(_FOUR), 0, (2,), (1,)) + BUILD, "tensor"),
    ("of-meta", "BUILD of a meta tensor", lambda b: call(
        "torch._utils._rebuild_meta_tensor_no_storage", name_of("torch.float32"), (2,), (1,), False) + tuple_of(
            b.storage(_FOUR), 0, (2,), (1,)) + BUILD, "tensor"),
]

_CALLS = [
    ("tensor-empty", "torch.Tensor()", lambda b: call(_TENSOR), ("call", "pickle.stop-unbuilt")),
    ("tensor-of-storage", "torch.Tensor of a storage", lambda b: call(_TENSOR, b.storage(_FOUR)), ("call", "value.type")),
    ("tensor-of-storage-long", "torch.Tensor of a storage of int64", lambda b: call(_TENSOR, b.storage([1], "Long")),
     "value.type"),
    ("float-of-storage", "torch.FloatTensor of a storage", lambda b: call("torch.FloatTensor", b.storage(_FOUR)), ("call", "value.type")),
    ("long-of-storage-float", "torch.LongTensor of a storage of float32",
     lambda b: call("torch.LongTensor", b.storage(_FOUR)), "value.type"),
    ("tensor-of-tensor", "torch.Tensor of a tensor", lambda b: call(_TENSOR, b.of([1.0, 2.0])), ("call", "value.type")),
    ("tensor-of-list", "torch.Tensor of a list", lambda b: call(_TENSOR, [1.0, 2.0]), ("call", "value.type")),
    ("tensor-of-lists", "torch.Tensor of lists", lambda b: call(_TENSOR, [[1.0, 2.0], [3.0, 4.0]]), ("call", "value.type")),
    ("tensor-of-ragged", "torch.Tensor of lists of two lengths", lambda b: call(_TENSOR, [[1.0], [2.0, 3.0]]), "value"),
    ("tensor-of-text", "torch.Tensor of a text", lambda b: call(_TENSOR, "abc"), "value.type"),
    ("tensor-of-none", "torch.Tensor of None", lambda b: call(_TENSOR, NONE), "value.type"),
    ("tensor-of-true", "torch.Tensor of True", lambda b: call(_TENSOR, True), "value.type"),
    ("tensor-of-zero", "torch.Tensor of size 0", lambda b: call(_TENSOR, 0), ("call", "policy.uninitialised")),
    ("tensor-negative", "torch.Tensor of size -1", lambda b: call(_TENSOR, -1), "policy.uninitialised"),
    ("long-of-list", "torch.LongTensor of a list", lambda b: call("torch.LongTensor", [1, 2]), ("call", "value.type")),
    ("bool-of-list", "torch.BoolTensor of a list", lambda b: call("torch.BoolTensor", [True, False]), ("call", "value.type")),
    ("cuda", "torch.cuda.FloatTensor()", lambda b: call("torch.cuda.FloatTensor"), "pickle.stop-unbuilt"),
]


def _parameter(state, *grad):
    """BUILD of a new Parameter; `state` is a function of a Build."""
    return lambda b: name_of(_PARAMETER) + tuple_of(b.of([1.0, 2.0]), *grad) + NEWOBJ + value(state(b)) + BUILD


_PARAMETERS = [
    ("three", "requires_grad, None and hooks", _parameter(lambda b: (False, NONE, ordered_dict())), None),
    ("three-true", "requires_grad is True", _parameter(lambda b: (True, NONE, ordered_dict())), None),
    ("three-number", "requires_grad is 1", _parameter(lambda b: (1, NONE, ordered_dict())), "tensor.requires-grad"),
    ("three-none", "requires_grad is None", _parameter(lambda b: (NONE, NONE, ordered_dict())), "tensor.requires-grad"),
    ("three-hooks", "hooks that are a number", _parameter(lambda b: (False, NONE, 5)), None),
    ("four", "a storage, offset, size and stride of a frozen one",
     _parameter(lambda b: (b.storage(_FOUR), 1, (2,), (1,)), False), ("call", "tensor.state")),
    ("four-grad", "a storage, offset, size and stride of one that requires grad",
     _parameter(lambda b: (b.storage(_FOUR), 1, (2,), (1,))), "tensor"),
    ("four-past", "past the end", _parameter(lambda b: (b.storage(_FOUR), 3, (2,), (1,)), False), "tensor"),
    ("four-long", "a storage of int64", _parameter(lambda b: (b.storage([1, 2], "Long"), 0, (2,), (1,)), False),
     "tensor"),
    ("five", "data, two more, requires_grad and hooks", _parameter(
        lambda b: (b.of([3.0, 4.0, 5.0]), NONE, ordered_dict(), False, NONE)), None),
    ("five-true", "data and requires_grad", _parameter(lambda b: (b.of([3.0]), NONE, ordered_dict(), True, NONE)), None),
    ("five-int64", "data of int64 for a frozen one",
     _parameter(lambda b: (b.longs([3]), NONE, ordered_dict(), False, NONE), False), None),
    ("five-int64-grad", "data of int64 for one that requires grad",
     _parameter(lambda b: (b.longs([3]), NONE, ordered_dict(), False, NONE)), "tensor"),
    ("five-int64-true", "data of int64 that require grad",
     _parameter(lambda b: (b.longs([3]), NONE, ordered_dict(), True, NONE), False), "tensor"),
    ("five-list", "data that are a list", _parameter(lambda b: ([3.0], NONE, ordered_dict(), False, NONE)), "value.type"),
    ("five-number", "requires_grad is 1", _parameter(lambda b: (b.of([3.0]), NONE, ordered_dict(), 1, NONE)), "tensor.requires-grad"),
    ("none", "no items", _parameter(lambda b: ()), "value.arity"),
    ("one", "one item", _parameter(lambda b: (False,)), "value.arity"),
    ("two", "two items", _parameter(lambda b: (False, NONE)), "value.arity"),
    ("six", "six items", _parameter(lambda b: (False,) * 6), "value.arity"),
    ("number", "a number", _parameter(lambda b: 1), "value.type"),
    ("state-none", "None", _parameter(lambda b: NONE), "value.type"),
    ("dict", "a dict", _parameter(lambda b: {"requires_grad": False}), "value"),
    ("list", "a list of three", _parameter(lambda b: [False, NONE, ordered_dict()]), None),
    ("newobj-nothing", "a Parameter of nothing", lambda b: name_of(_PARAMETER) + EMPTY_TUPLE + NEWOBJ, ("call", "pickle.stop-unbuilt")),
    ("newobj-two", "a Parameter of a tensor and False",
     lambda b: name_of(_PARAMETER) + tuple_of(b.of([1.0]), False) + NEWOBJ, None),
    ("newobj-three", "a Parameter of three arguments",
     lambda b: name_of(_PARAMETER) + tuple_of(b.of([1.0]), False, NONE) + NEWOBJ, "value.arity"),
    ("newobj-list", "a Parameter of a list", lambda b: name_of(_PARAMETER) + tuple_of([1.0]) + NEWOBJ, "value.type"),
    ("reduce", "Parameter called", lambda b: call(_PARAMETER, b.of([1.0]), False), None),
    ("reduce-int64", "Parameter called with int64", lambda b: call(_PARAMETER, b.longs([1])), "tensor.requires-grad"),
    ("rebuilt", "BUILD of what _rebuild_parameter made", lambda b: call(
        "torch._utils._rebuild_parameter", b.of([1.0]), True, ordered_dict()) + tuple_of(False, NONE, NONE) + BUILD, None),
]

_STORAGES = [
    ("typed-state", "BUILD of a typed storage with an empty dict", lambda b: b.storage(_FOUR) + EMPTY_DICT + BUILD, None),
    ("typed-dtype", "BUILD gives a typed storage another dtype", lambda b: b.storage(_FOUR) + value(
        {"dtype": name_of("torch.int32")}) + BUILD, None),
    ("typed-attribute", "BUILD gives a typed storage an attribute", lambda b: b.storage(_FOUR) + value(
        {"note": 1}) + BUILD, None),
    ("untyped-attribute", "BUILD gives an untyped storage an attribute", lambda b: b.storage([1] * 8, "Byte") + put(1)
     + storage("0", 8, "torch.storage.UntypedStorage") + value({"note": 1}) + BUILD + TUPLE2, None),
    ("typed-none", "BUILD of a typed storage with None", lambda b: b.storage(_FOUR) + NONE + BUILD, None),
    ("typed-number", "BUILD of a typed storage with a number", lambda b: b.storage(_FOUR) + number(1) + BUILD, "policy.build"),
    ("untyped-empty", "UntypedStorage()", lambda b: call("torch.storage.UntypedStorage"), ("call", "value.type")),
    ("untyped-of-list", "UntypedStorage of a list", lambda b: call("torch.storage.UntypedStorage", [1, 2, 255]), ("call", "value.type")),
]

# text, codec, kind or None
_ENCODE = [
    ("latin1-all", "".join(map(chr, range(256))), "latin1", None), ("latin-1", "\u00ff", "latin-1", None),
    ("iso-8859-1", "\u00ff", "iso-8859-1", None), ("l1", "\u00ff", "l1", None),
    ("latin1-euro", "\u20ac", "latin1", "value"), ("latin1-surrogate", "\ud800", "latin1", "value"),
    ("ascii", "abc\x7f", "ascii", None), ("us-ascii", "abc", "us-ascii", None), ("ascii-80", "\x80", "ascii", "value"),
    ("utf-8-all", "a\u00e9\u20ac\U0001f600", "utf-8", None), ("utf8", "\u00e9", "utf8", None),
    ("utf-8-upper", "\u00e9", "UTF-8", None), ("utf-8-surrogate", "\ud800", "utf-8", "value"),
    ("utf-16-le", "ab", "utf-16-le", None), ("utf-32", "a", "utf-32", None), ("hex-of-text", "ab", "hex", "value"),
    ("codec-empty", "a", "", "value"), ("codec-nul", "a", "latin1\0", "value"), ("codec-none", "a", None, "value.type"),
    ("text-none", None, "latin1", "value.type"), ("text-list", [1], "latin1", "value.type"),
]


def _tables():
    yield "build-tensor", ("tensor-build",), _SETS
    yield "call", ("tensor-build",), _CALLS
    yield "build-parameter", ("tensor-build",), _PARAMETERS
    yield "build-storage", ("tensor-build",), _STORAGES
    yield "encode", ("attrs",), [(w, "%a as %s" % (t, c), lambda b, t=t, c=c: call("_codecs.encode", t, c), k)
                                 for w, t, c, k in _ENCODE]
    yield "encode", ("attrs",), [
        ("errors-ignore", "errors are ignored", lambda b: call("_codecs.encode", "a\u20ac", "ascii", "ignore"), None),
        ("errors-strict", "errors are strict", lambda b: call("_codecs.encode", "a", "ascii", "strict"), None),
        ("errors-bogus", "errors are handled by nothing", lambda b: call("_codecs.encode", "\u20ac", "ascii", "bogus"),
         "value"),
        ("four", "four arguments", lambda b: call("_codecs.encode", "a", "ascii", "strict", 1), "value.arity"),
        ("of-bytes", "bytes as latin1", lambda b: call("_codecs.encode", encoded("a"), "latin1"), "value"),
        ("shared", "one bytes object twice", lambda b: encoded("ab") + put(9) + get(9) + TUPLE2, None),
    ]


# Forms that torch takes only because Python does, and that no release wrote.
_ODD = {"encode-errors-ignore", "encode-errors-strict", "encode-utf-16-le", "encode-utf-32", "encode-utf-8-upper",
        "build-storage-typed-state", "build-storage-typed-dtype", "build-storage-typed-attribute",
        "build-storage-untyped-attribute", "build-storage-typed-none"}


def cases():
    for group, needs, table in _tables():
        for word, title, make, kind in table:
            name = "%s-%s" % (group, word)
            about = {"kind": kind, "deviation": "call"} if name in _ODD else {"kind": kind, "needs": needs}
            if word in ("of-quantized", "of-sparse"):
                about["needs"] = (*needs, word.removeprefix("of-"))
            if isinstance(kind, tuple):  # a deviation, and the refusal where torch accepts
                about = {"deviation": kind[0], "deviation_kind": kind[1], "needs": about["needs"]}
            yield built(name, "%s: %s" % (group.replace("-", " "), title), make, **about)
