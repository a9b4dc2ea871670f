"""Compressed sparse tensors: every fault in each of the four layouts."""

from .build import built
from .pickles import *
from .sparse import layout, size_of

_INVARIANT = "tensor.sparse-invariant"
_SPARSE = "torch._utils._rebuild_sparse_tensor"
_COUNTS, _PLAIN = [0, 2, 3, 4], [0, 2, 1, 0]


class _Parts:
    """The good parts of a tensor of three rows and three columns of elements or blocks, which a case then bends."""

    def __init__(self, b, word):
        self.b, self.block = b, word[0] == "b"
        self.word = word
        self.counts, self.plain = None, None
        self.values, self.size = None, (3, 6) if self.block else (3, 3)

    def elements(self, n, *dense):
        """Values of n elements, or blocks of 1 by 2, each with `dense` more dimensions."""
        shape = (n,) + ((1, 2) if self.block else ()) + dense
        total = 1
        for d in shape:
            total *= d
        return self.b.of([float(i + 1) for i in range(total)], shape=shape)

    def code(self):
        counts = self.b.longs(_COUNTS) if self.counts is None else self.counts
        plain = self.b.longs(_PLAIN) if self.plain is None else self.plain
        values = self.elements(4) if self.values is None else self.values
        return call(_SPARSE, layout("sparse_" + self.word), tuple_of(counts, plain, values, size_of(self.size)))


def _bend(**fields):
    """A function of a Build and a layout: the good parts, but for these fields; each is a function of the parts."""
    def make(b, word):
        parts = _Parts(b, word)
        for field, give in fields.items():
            setattr(parts, field, give(parts))
        return parts.code()

    return make


def _counts(*numbers):
    return _bend(counts=lambda p: p.b.longs(list(numbers)))


def _plain(*numbers):
    return _bend(plain=lambda p: p.b.longs(list(numbers)))


def _indices(counts_kind, plain_kind):
    return _bend(counts=lambda p: p.b.of(_COUNTS, counts_kind), plain=lambda p: p.b.of(_PLAIN, plain_kind))


def _wide(p, rows, columns):
    return (rows, 2 * columns) if p.block else (rows, columns)


# name, title, code, kind or None
_BOTH = [
    ("plain", "good", _bend(), None),
    ("int32", "int32 indices", _indices("Int", "Int"), None),
    ("counts-int32", "counts of int32, indices of int64", _indices("Int", "Long"), _INVARIANT),
    ("plain-int32", "counts of int64, indices of int32", _indices("Long", "Int"), _INVARIANT),
    ("int16", "int16 indices", _indices("Short", "Short"), _INVARIANT),
    ("float", "float32 indices", _indices("Float", "Float"), _INVARIANT),
    ("counts-start", "the counts start at 1", _counts(1, 2, 3, 4), _INVARIANT),
    ("counts-end-short", "the counts end below the number of elements", _counts(0, 2, 3, 3), _INVARIANT),
    ("counts-end-long", "the counts end above the number of elements", _counts(0, 2, 3, 5), _INVARIANT),
    ("counts-decrease", "the counts decrease", _counts(0, 3, 2, 4), _INVARIANT),
    ("counts-negative", "a negative count", _counts(0, -1, 3, 4), _INVARIANT),
    ("counts-crowded", "more elements in a row than it has places", _counts(0, 4, 4, 4), _INVARIANT),
    ("counts-large", "a count of 2**40", _counts(0, 2**40, 3, 4), _INVARIANT),
    ("counts-short", "one count too few", _counts(0, 2, 4), _INVARIANT),
    ("counts-long", "one count too many", _counts(0, 2, 3, 4, 4), _INVARIANT),
    ("counts-empty", "no counts", _bend(counts=lambda p: p.b.longs([])), _INVARIANT),
    ("counts-scalar", "counts without dimensions", _bend(counts=lambda p: p.b.longs([0], shape=())), _INVARIANT),
    ("counts-batch", "counts of two dimensions", _bend(counts=lambda p: p.b.longs([_COUNTS])), _INVARIANT),
    ("counts-stride", "counts with gaps", _bend(counts=lambda p: p.b.longs(
        [0, 9, 2, 9, 3, 9, 4], shape=(4,), stride=(2,))), _INVARIANT),
    ("counts-expanded", "counts of stride 0", _bend(counts=lambda p: p.b.longs([0], shape=(4,), stride=(0,))),
     _INVARIANT),
    ("plain-outside", "an index beyond the size", _plain(0, 3, 1, 0), _INVARIANT),
    ("plain-outside-last", "the last index beyond the size", _plain(0, 2, 1, 3), _INVARIANT),
    ("plain-negative", "a negative index", _plain(-1, 2, 1, 0), _INVARIANT),
    ("plain-large", "an index of 2**40", _plain(0, 2, 1, 2**40), _INVARIANT),
    ("plain-smallest", "an index of -2**63", _plain(0, 2, 1, -(2**63)), _INVARIANT),
    ("plain-unsorted", "indices out of order", _plain(2, 0, 1, 0), _INVARIANT),
    ("plain-repeated", "an index twice", _plain(2, 2, 1, 0), _INVARIANT),
    ("plain-short", "one index too few", _plain(0, 2, 1), _INVARIANT),
    ("plain-long", "one index too many", _plain(0, 2, 1, 0, 0), _INVARIANT),
    ("plain-batch", "indices of two dimensions", _bend(plain=lambda p: p.b.longs([_PLAIN])), _INVARIANT),
    ("plain-stride", "indices with gaps", _bend(plain=lambda p: p.b.longs(
        [0, 9, 2, 9, 1, 9, 0], shape=(4,), stride=(2,))), _INVARIANT),
    ("values-short", "one value too few", _bend(values=lambda p: p.elements(3)), _INVARIANT),
    ("values-long", "one value too many", _bend(values=lambda p: p.elements(5)), _INVARIANT),
    ("values-dense", "a dense dimension that the size has not", _bend(values=lambda p: p.elements(4, 2)), _INVARIANT),
    ("values-dense-good", "a dense dimension",
     _bend(values=lambda p: p.elements(4, 2), size=lambda p: p.size + (2,)), None),
    ("values-dense-other", "a dense dimension of another length",
     _bend(values=lambda p: p.elements(4, 2), size=lambda p: p.size + (3,)), None),
    ("values-scalar", "a value without dimensions", _bend(values=lambda p: p.b.of([1.0], shape=())), _INVARIANT),
    ("values-gradient", "values that require grad", _bend(values=lambda p: p.b.of(
        [1.0] * (8 if p.block else 4), shape=(4, 1, 2) if p.block else (4,), requires_grad=True)), None),
    ("size-one", "a size of one dimension", _bend(size=lambda p: (3,)), _INVARIANT),
    ("size-three", "a size of three dimensions", _bend(size=lambda p: p.size + (1,)), _INVARIANT),
    ("size-rows", "four rows", _bend(size=lambda p: _wide(p, 4, 3)), None),
    ("size-columns", "four columns", _bend(size=lambda p: _wide(p, 3, 4)), None),
    ("size-fewer-rows", "two rows", _bend(size=lambda p: _wide(p, 2, 3)), _INVARIANT),
    ("size-fewer-columns", "two columns", _bend(size=lambda p: _wide(p, 3, 2)), _INVARIANT),
    ("size-negative", "a negative size", _bend(size=lambda p: (-3, 3)), "tensor"),
    ("size-zero", "no rows and no columns, four elements", _bend(size=lambda p: (0, 0)), _INVARIANT),
    ("size-tuple", "the size is a tuple", _bend(size=lambda p: value(p.size)), None),
    ("batch", "two batches", _bend(
        counts=lambda p: p.b.longs([_COUNTS, [0, 1, 2, 4]]), plain=lambda p: p.b.longs([_PLAIN, [0, 2, 0, 1]]),
        values=lambda p: p.b.of([float(i) for i in range(16 if p.block else 8)],
                                shape=(2, 4, 1, 2) if p.block else (2, 4)), size=lambda p: (2,) + p.size), None),
    ("batch-second-bad", "the second batch is unsorted", _bend(
        counts=lambda p: p.b.longs([_COUNTS, [0, 1, 2, 4]]), plain=lambda p: p.b.longs([_PLAIN, [0, 2, 1, 0]]),
        values=lambda p: p.b.of([float(i) for i in range(16 if p.block else 8)],
                                shape=(2, 4, 1, 2) if p.block else (2, 4)), size=lambda p: (2,) + p.size), _INVARIANT),
    ("batch-other", "the batches differ in number", _bend(
        counts=lambda p: p.b.longs([_COUNTS, _COUNTS]), plain=lambda p: p.b.longs([_PLAIN]),
        values=lambda p: p.b.of([1.0] * (8 if p.block else 4), shape=(1, 4, 1, 2) if p.block else (1, 4)),
        size=lambda p: (1,) + p.size), _INVARIANT),
]

_BLOCKS = [
    ("not-dividing-columns", "blocks of two columns, five columns", _bend(size=lambda p: (3, 5)), _INVARIANT),
    ("not-dividing-rows", "blocks of two rows, three rows", _bend(
        values=lambda p: p.b.of([1.0] * 8, shape=(4, 2, 1)), size=lambda p: (3, 3)), _INVARIANT),
    ("zero", "blocks of no columns", _bend(values=lambda p: p.b.of([], shape=(4, 1, 0)), size=lambda p: (3, 0)),
     _INVARIANT),
    ("flat", "values without block dimensions", _bend(values=lambda p: p.b.of([1.0] * 4)), _INVARIANT),
    ("half", "values with one block dimension", _bend(values=lambda p: p.b.of([1.0] * 8, shape=(4, 2))), _INVARIANT),
]


def _data(word, *items):
    return call(_SPARSE, layout("sparse_" + word), tuple_of(*items))


def _wrong_items(b, word):
    """name, title, code, kind: the tuple of data is wrong."""
    counts, plain = b.longs(_COUNTS), b.longs(_PLAIN)
    values = b.of([1.0] * 8, shape=(4, 1, 2)) if word[0] == "b" else b.of([1.0] * 4)
    size = size_of((3, 6) if word[0] == "b" else (3, 3))
    return [
        ("three-items", "three items", _data(word, counts, plain, values), "value.arity"),
        ("five-items", "five items", _data(word, counts, plain, values, size, False), "value.arity"),
        ("counts-none", "the counts are None", _data(word, NONE, plain, values, size), "value.type"),
        ("counts-list", "the counts are a list", _data(word, _COUNTS, plain, values, size), None),
        ("plain-none", "the indices are None", _data(word, counts, NONE, values, size), "value.type"),
        ("values-none", "the values are None", _data(word, counts, plain, NONE, size), "value.type"),
        ("size-none", "the size is None", _data(word, counts, plain, values, NONE), "value.type"),
        ("size-float", "a size of floats", _data(word, counts, plain, values, (3.0, 3.0)), "value.type"),
    ]


def cases():
    for word in ("csr", "csc", "bsr", "bsc"):
        for name, title, make, kind in _BOTH:
            if name in ("size-rows", "size-columns"):
                grows_plain = (name == "size-columns") == (word[-1] == "r")
                kind = None if grows_plain else _INVARIANT
            other = name == "values-dense-other"
            about = {"deviation": "contradiction", "deviation_kind": _INVARIANT} if other else {}
            yield built("%s-%s" % (word, name), "%s: %s" % (word, title), lambda b: make(b, word), kind=kind,
                        needs=("sparse",), **about)
        for name, title, make, kind in _BLOCKS if word[0] == "b" else []:
            yield built("%s-block-%s" % (word, name), "%s: %s" % (word, title), lambda b: make(b, word), kind=kind,
                        needs=("sparse",))
        for i in range(8):
            picked = []
            case = built("%s-data-%d" % (word, i), "", lambda b: picked.append(_wrong_items(b, word)[i]) or picked[0][2])
            name, title, code, kind = picked[0]
            odd = name == "counts-list"  # a form that torch takes only because Python does
            about = {"deviation": "call", "deviation_kind": "value.type"} if odd else {}
            yield type(case)("%s-data-%s" % (word, name), "%s: %s" % (word, title), case.data, kind=kind,
                             needs=("sparse",), **about)
