"""Sparse tensors in coordinates, the arguments of _rebuild_sparse_tensor, and the sparse classes."""

from .build import built
from .pickles import *
from .pickles import name as name_of

_INVARIANT = "tensor.sparse-invariant"
_SPARSE = "torch._utils._rebuild_sparse_tensor"


def layout(word):
    return call("torch.serialization._get_layout", "torch." + word)


def size_of(shape):
    return shape if isinstance(shape, bytes) else call("torch.Size", shape)


def _coo(b, indices=None, values=None, size=(2, 3), *coalesced):
    """Good indices for a 2 by 3 matrix of three elements, but for what is given."""
    indices = b.longs([[0, 0, 1], [0, 2, 1]]) if indices is None else indices
    values = b.of([1.0, 2.0, 3.0]) if values is None else values
    return call(_SPARSE, layout("sparse_coo"), tuple_of(indices, values, size_of(size), *(coalesced or (False,))))


def _with_indices(rows, *coalesced):
    return lambda b: _coo(b, b.longs(rows), None, (2, 3), *coalesced)


# name, title, code from a Build, kind or None
_COO = [
    ("plain", "good, not coalesced", lambda b: _coo(b), None),
    ("coalesced", "good, coalesced", lambda b: _coo(b, None, None, (2, 3), True), None),
    ("three-items", "no word about being coalesced, as older releases wrote it", lambda b: call(
        _SPARSE, layout("sparse_coo"), tuple_of(b.longs([[0, 1]]), b.of([1.0, 2.0]), size_of((3,)))), None),
    ("coalesced-none", "coalesced is None", lambda b: _coo(b, None, None, (2, 3), None), None),
    ("coalesced-number", "coalesced is 1", lambda b: _coo(b, None, None, (2, 3), 1), "value.type"),
    ("coalesced-text", "coalesced is a text", lambda b: _coo(b, None, None, (2, 3), "yes"), "value.type"),
    ("two-items", "two items", lambda b: call(
        _SPARSE, layout("sparse_coo"), tuple_of(b.longs([[0, 1]]), b.of([1.0, 2.0]))), "value.arity"),
    ("five-items", "five items", lambda b: _coo(b, None, None, (2, 3), False, None), "value.arity"),
    ("row-outside", "a row beyond the size", _with_indices([[0, 0, 2], [0, 2, 1]]), _INVARIANT),
    ("column-outside", "a column beyond the size", _with_indices([[0, 0, 1], [0, 3, 1]]), _INVARIANT),
    ("row-negative", "a negative row", _with_indices([[0, -1, 1], [0, 2, 1]]), _INVARIANT),
    ("column-negative", "a negative column", _with_indices([[0, 0, 1], [0, 2, -1]]), _INVARIANT),
    ("index-large", "an index of 2**40", _with_indices([[0, 0, 1], [0, 2, 2**40]]), _INVARIANT),
    ("index-largest", "an index of 2**63 - 1", _with_indices([[0, 0, 2**63 - 1], [0, 2, 1]]), _INVARIANT),
    ("index-smallest", "an index of -2**63", _with_indices([[0, 0, -(2**63)], [0, 2, 1]]), _INVARIANT),
    ("unsorted", "unsorted, not coalesced", _with_indices([[1, 0, 0], [1, 0, 2]]), None),
    ("repeated", "a repeated index, not coalesced", _with_indices([[0, 0, 1], [2, 2, 1]]), None),
    ("coalesced-unsorted", "unsorted rows that claim to be coalesced", _with_indices([[1, 0, 0], [1, 0, 2]], True),
     _INVARIANT),
    ("coalesced-unsorted-columns", "unsorted columns that claim to be coalesced",
     _with_indices([[0, 0, 1], [2, 0, 1]], True), _INVARIANT),
    ("coalesced-repeated", "a repeated index that claims to be coalesced", _with_indices([[0, 0, 1], [2, 2, 1]], True),
     _INVARIANT),
    ("coalesced-repeated-last", "the last index repeated, and claimed to be coalesced",
     _with_indices([[0, 1, 1], [2, 1, 1]], True), _INVARIANT),
    ("coalesced-outside", "a column outside that keeps the flat order, claimed to be coalesced",
     _with_indices([[0, 0, 1], [0, 2, 3]], True), _INVARIANT),
    ("coalesced-none-unsorted", "coalesced is None, unsorted", _with_indices([[1, 0, 0], [1, 0, 2]], None), None),
    ("coalesced-one", "one element that claims to be coalesced",
     lambda b: _coo(b, b.longs([[1], [2]]), b.of([1.0]), (2, 3), True), None),
    ("coalesced-nothing", "no element that claims to be coalesced",
     lambda b: _coo(b, b.longs([], shape=(2, 0)), b.of([]), (2, 3), True), None),
    ("coalesced-no-dimensions", "two elements without sparse dimensions that claim to be coalesced",
     lambda b: _coo(b, b.longs([], shape=(0, 2)), b.of([[1.0], [2.0]]), (1,), True), None),
    ("no-dimensions", "two elements without sparse dimensions",
     lambda b: _coo(b, b.longs([], shape=(0, 2)), b.of([[1.0], [2.0]]), (1,)), None),
    ("indices-fewer", "fewer indices than values", lambda b: _coo(b, b.longs([[0, 1], [0, 2]])), "tensor"),
    ("values-fewer", "fewer values than indices", lambda b: _coo(b, None, b.of([1.0, 2.0])), "tensor"),
    ("values-none", "no values, three indices", lambda b: _coo(b, None, b.of([])), "tensor"),
    ("values-scalar", "a value without dimensions", lambda b: _coo(b, None, b.of([1.0], shape=())), "tensor"),
    ("values-dense", "a dense dimension that the size has not", lambda b: _coo(b, None, b.of([[1.0, 2.0]] * 3)),
     "tensor"),
    ("values-dense-other", "a dense dimension of another length",
     lambda b: _coo(b, None, b.of([[1.0, 2.0]] * 3), (2, 3, 3)), "tensor"),
    ("values-dense-good", "a dense dimension", lambda b: _coo(b, None, b.of([[1.0, 2.0]] * 3), (2, 3, 2), True), None),
    ("values-int64", "values of int64", lambda b: _coo(b, None, b.longs([1, 2, 3])), None),
    ("values-bool", "values of bool", lambda b: _coo(b, None, b.of([True, False, True], "Bool")), None),
    ("values-gradient", "values that require grad",
     lambda b: _coo(b, None, b.of([1.0, 2.0, 3.0], requires_grad=True)), None),
    ("values-expanded", "values of stride 0", lambda b: _coo(b, None, b.of([1.0], shape=(3,), stride=(0,))), None),
    ("values-gaps", "values with gaps",
     lambda b: _coo(b, None, b.of([float(i) for i in range(6)], shape=(3,), stride=(2,), offset=1)), None),
    ("values-list", "values that are a list", lambda b: _coo(b, None, value([1.0, 2.0, 3.0])), None),
    ("values-missing", "values that are None", lambda b: _coo(b, None, NONE), "value.type"),
    ("values-sparse", "values that are sparse", lambda b: _coo(b, None, _coo(b)), "tensor"),
    ("values-parameter", "values that are a Parameter", lambda b: _coo(
        b, None, call("torch._utils._rebuild_parameter", b.of([1.0, 2.0, 3.0]), False, ordered_dict())), None),
    ("indices-flat", "indices of one dimension", lambda b: _coo(b, b.longs([0, 1, 2])), "tensor"),
    ("indices-cube", "indices of three dimensions", lambda b: _coo(b, b.longs([[[0], [0], [1]], [[0], [2], [1]]])),
     "tensor"),
    ("indices-scalar", "indices without dimensions", lambda b: _coo(b, b.longs([0], shape=())), "tensor"),
    ("indices-int32", "indices of int32 become int64", lambda b: _coo(b, b.of([[0, 0, 1], [0, 2, 1]], "Int")), None),
    ("indices-int16", "indices of int16 become int64", lambda b: _coo(b, b.of([[0, 0, 1], [0, 2, 1]], "Short")), None),
    ("indices-uint8", "indices of uint8 become int64", lambda b: _coo(b, b.of([[0, 0, 1], [0, 2, 1]], "Byte")), None),
    ("indices-bool", "indices of bool become int64",
     lambda b: _coo(b, b.of([[False, False, True], [False, True, True]], "Bool")), None),
    ("indices-float", "indices of float32 are cut to integers",
     lambda b: _coo(b, b.of([[0.0, 0.5, 1.0], [0.0, 2.75, 1.0]])), None),
    ("indices-float-outside", "indices of float32 beyond the size",
     lambda b: _coo(b, b.of([[0.0, 0.0, 1.0], [0.0, 3.5, 1.0]])), _INVARIANT),
    ("indices-complex", "indices of complex64", lambda b: _coo(b, b.of(
        [0.0] * 12, "ComplexFloat", shape=(2, 3), stride=(3, 1))), None),
    ("indices-expanded", "indices of stride 0 name one element three times",
     lambda b: _coo(b, b.longs([[1], [2]], shape=(2, 3), stride=(1, 0))), None),
    ("indices-list", "indices that are a list", lambda b: _coo(b, value([[0, 0, 1], [0, 2, 1]])), None),
    ("indices-missing", "indices that are None", lambda b: _coo(b, NONE), "value.type"),
    ("indices-storage", "indices that are a storage", lambda b: _coo(b, b.storage([0, 1, 2], "Long")), "value.type"),
    ("indices-parameter", "indices that are a Parameter", lambda b: _coo(b, call(
        "torch._utils._rebuild_parameter", b.longs([[0, 0, 1], [0, 2, 1]]), False, ordered_dict())), None),
    ("indices-and-values-one", "values share the indices' storage", lambda b: b.longs([0, 2, 1]) + put(7) + call(
        _SPARSE, layout("sparse_coo"), tuple_of(
            call("torch._utils._rebuild_tensor_v2", storage("0", 3, "torch.LongStorage"), 0, (1, 3), (3, 1), False,
                 ordered_dict()), get(7), size_of((3,)), False)) + TUPLE2, None),
    ("size-short", "fewer sizes than dimensions", lambda b: _coo(b, None, None, (2,)), "tensor"),
    ("size-long", "more sizes than dimensions", lambda b: _coo(b, None, None, (2, 3, 1)), "tensor"),
    ("size-tuple", "the size is a tuple", lambda b: _coo(b, None, None, value((2, 3))), None),
    ("size-list", "the size is a list", lambda b: _coo(b, None, None, value([2, 3])), None),
    ("size-negative", "a negative size", lambda b: _coo(b, None, None, (2, -3)), "tensor"),
    ("size-zero", "a size of zero, three elements", lambda b: _coo(b, None, None, (2, 0)), _INVARIANT),
    ("size-float", "a size of 3.0", lambda b: _coo(b, None, None, value((2, 3.0))), "value.type"),
    ("size-none", "no size", lambda b: _coo(b, None, None, NONE), "value.type"),
    ("size-text", "a size that is a text", lambda b: _coo(b, None, None, text("23")), "value.type"),
    ("size-large", "a size of 2**31 by 2**31", lambda b: _coo(b, None, None, (2**31, 2**31), True), None),
    ("size-overflow", "a size of 2**32 by 2**32", lambda b: _coo(b, None, None, (2**32, 2**32)), "tensor"),
    ("size-largest", "one dimension of 2**63 - 1 with its last index",
     lambda b: _coo(b, b.longs([[2**63 - 2]]), b.of([1.0]), (2**63 - 1,)), None),
]

_ARGUMENTS = [
    ("none", "no arguments", lambda b: call(_SPARSE), "value.arity"),
    ("one", "one argument", lambda b: call(_SPARSE, layout("sparse_coo")), "value.arity"),
    ("three", "three arguments", lambda b: call(_SPARSE, layout("sparse_coo"), (), ()), "value.arity"),
    ("layout-strided", "the layout is strided", lambda b: call(_SPARSE, layout("strided"), ()), "tensor"),
    ("layout-text", "the layout is a text", lambda b: call(_SPARSE, "torch.sparse_coo", ()), "value.type"),
    ("layout-none", "the layout is None", lambda b: call(_SPARSE, NONE, ()), "value.type"),
    ("layout-number", "the layout is a number", lambda b: call(_SPARSE, 1, ()), "value.type"),
    ("layout-list", "the layout is a list", lambda b: call(_SPARSE, [], ()), "value"),
    ("data-none", "the data are None", lambda b: call(_SPARSE, layout("sparse_coo"), NONE), "value.type"),
    ("data-number", "the data are a number", lambda b: call(_SPARSE, layout("sparse_coo"), 3), "value.type"),
    ("data-empty", "the data are an empty tuple", lambda b: call(_SPARSE, layout("sparse_coo"), ()), "value.arity"),
    ("data-list", "the data are a list", lambda b: call(
        _SPARSE, layout("sparse_coo"), [b.longs([[0, 1]]), b.of([1.0, 2.0]), size_of((3,)), False]), None),
    ("dropped", "a bad sparse tensor that the result does not hold", lambda b: MARK + _coo(
        b, b.longs([[0, 0, 9], [0, 2, 1]])) + number(1) + TUPLE + number(7), _INVARIANT),
    ("order", "two bad sparse tensors: the first is named", lambda b: value(
        [_coo(b, b.longs([[0, 0, 9], [0, 2, 1]])), _coo(b, b.longs([[0, 0, 1], [0, 2, -1]]))]), _INVARIANT),
    ("good-then-bad", "a bad sparse tensor behind a good one",
     lambda b: value([_coo(b), _coo(b, b.longs([[0, 0, 1], [0, 2, 3]]))]), _INVARIANT),
    ("shared", "one sparse tensor twice", lambda b: _coo(b) + put(9) + get(9) + TUPLE2, None),
    ("parameter", "a Parameter of a sparse tensor",
     lambda b: call("torch._utils._rebuild_parameter", _coo(b), True, ordered_dict()), None),
    ("parameter-bad", "a Parameter of a bad sparse tensor", lambda b: call(
        "torch._utils._rebuild_parameter", _coo(b, b.longs([[0, 0, 9], [0, 2, 1]])), True, ordered_dict()), _INVARIANT),
]


def _class(path, code=REDUCE, kind="Float", rows=None):
    return lambda b: name_of(path) + tuple_of(
        b.longs([[0, 0, 1], [0, 2, 1]] if rows is None else rows), b.of([1, 2, 3], kind), size_of((2, 3))) + code


_OUTSIDE = [[0, 0, 9], [0, 2, 1]]
_CLASSES = [
    ("float", "torch.sparse.FloatTensor called", _class("torch.sparse.FloatTensor"), None),
    ("float-outside", "torch.sparse.FloatTensor called, a row outside",
     _class("torch.sparse.FloatTensor", rows=_OUTSIDE), _INVARIANT),
    ("float-newobj", "NEWOBJ of torch.sparse.FloatTensor", _class("torch.sparse.FloatTensor", NEWOBJ), None),
    ("float-newobj-outside", "NEWOBJ of torch.sparse.FloatTensor, a row outside",
     _class("torch.sparse.FloatTensor", NEWOBJ, rows=_OUTSIDE), _INVARIANT),
    ("long", "torch.sparse.LongTensor called", _class("torch.sparse.LongTensor", kind="Long"), None),
    ("float-of-long", "torch.sparse.FloatTensor of int64 values", _class("torch.sparse.FloatTensor", kind="Long"),
     None),
    ("cuda", "torch.cuda.sparse.FloatTensor called", _class("torch.cuda.sparse.FloatTensor"), None),
    ("from-type-outside", "torch.sparse.FloatTensor called by _rebuild_from_type_v2, a row outside",
     lambda b: call("torch._tensor._rebuild_from_type_v2", name_of("torch.sparse.FloatTensor"), name_of("torch.Tensor"),
                    tuple_of(b.longs(_OUTSIDE), b.of([1.0, 2.0, 3.0]), size_of((2, 3))), NONE), None),
]


# Forms that torch takes only because Python does, and that no release wrote; and parts that contradict each other.
_ODD = {"coo-%s" % word: kind for kind, words in (
    ("value.type", "indices-list values-list"),
    ("tensor.sparse-invariant", "indices-bool indices-complex indices-float indices-int16 indices-int32 indices-uint8"),
) for word in words.split()}
_CONTRADICTIONS = {"coo-coalesced-no-dimensions": "tensor.sparse-invariant", "sparse-class-from-type-outside": None}


def about(name):
    for deviation, names in (("call", _ODD), ("contradiction", _CONTRADICTIONS)):
        if name in names:
            return {"deviation": deviation, "deviation_kind": names[name]}
    return {}


def cases():
    for group, table in (("coo", _COO), ("sparse-arguments", _ARGUMENTS), ("sparse-class", _CLASSES)):
        for word, title, make, kind in table:
            name = "%s-%s" % (group, word)
            yield built(name, "%s: %s" % (group.replace("-", " "), title), make, kind=kind, needs=("sparse",),
                        **about(name))
