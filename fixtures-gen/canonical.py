"""Writes what real torch loaded as a canonical value: the second, independent writer.

The C++ writer of reference/output is the first. The two share no code, so that each checks the other; this one
knows nothing of the file, only the Python objects that torch.load handed out.

The value is one line of compact JSON in UTF-8:

  * no blanks; keys in the order in which the functions below emit them;
  * non-ASCII characters are written as themselves; only '"', the backslash and the controls below 0x20 are escaped,
    as \\" \\\\ \\b \\f \\n \\r \\t and otherwise \\u00XX with lower-case hex; 0x7f is written as itself;
  * a str with a lone surrogate is not Unicode: "x" holds the hex of its UTF-8 with the surrogates passed through;
  * floats are 16 hex digits of their bits; ints are decimal strings; shape, stride, offset and nbytes are JSON
    numbers, and decimal strings outside of +-(2**53 - 1);
  * "id" stands right after "t", only on list, dict kinds, set, non-empty tuple, bytearray, tensor, parameter, sparse,
    subclass and object, and only when the object is referenced more than once. Identity is Python's `is`; ids count from 0 in
    pre-order. The data tensor inside a parameter, the parts of a sparse tensor and an attrs dict are made by torch
    while we look, so they have no id;
  * storages are numbered by first visit in pre-order; a storage is torch's StorageImpl (its _cdata), so that two
    empty storages are two;
  * a set's members are sorted by the bytes of the document that a member would be alone;
  * objects and tensor subclasses are those of inert.py. An object is written with its class, how it was made (the class
    itself is the object that was named alone), and each part that the file gives: the arguments, the state, the items that
    were appended, the pairs that were set;
  * arrays of numpy have their elements row by row, in their own byte order; "order" is "F" where they lie by columns
    and not by rows too; a scalar is an array without axes, marked; a dtype is its text in numpy;
  * levels count from 1 at the root; an item, key, attrs dict or inner tensor is one level below what holds it. A
    value below level 500 is not written: the whole document is then replaced by None, see `document`.

Nothing here recurses on the value (a member of a set starts a fresh writer, and sets do not nest), so that depth
is a plain count.
"""

import collections
import hashlib

from canonical_text import Unwritable, float_bits, integer, integers, numpy_text, quote

try:
    import torch
except ImportError:  # the writer of plain Python values is tested without torch
    torch = None
else:
    import inert

MAX_LEVELS = 500
INLINE_STORAGE_BYTES = 4096

class TooDeep(Exception):
    """The value has a level below MAX_LEVELS."""


def _plain(value):
    """The text of a value that holds no other value, or None for every other value."""
    kind = type(value)
    if value is None:
        return '{"t":"none"}'
    if kind is bool:
        return '{"t":"bool","v":%s}' % ("true" if value else "false")
    if kind is int:
        return '{"t":"int","v":"%d"}' % value
    if kind is float:
        return '{"t":"float","v":%s}' % float_bits(value)
    if kind is complex:
        return '{"t":"complex","v":[%s,%s]}' % (float_bits(value.real), float_bits(value.imag))
    if kind is bytes:
        return '{"t":"bytes","x":"%s"}' % value.hex()
    if kind is str:
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            return '{"t":"str","x":"%s"}' % value.encode("utf-8", "surrogatepass").hex()
        return '{"t":"str","v":%s}' % quote(value)
    if kind is tuple and not value:
        return '{"t":"tuple","v":[]}'
    return _plain_torch(value) if torch else None


def _plain_torch(value):
    if isinstance(value, inert.Class):
        return '{"t":"object","class":%s,"via":"class"}' % quote(value.path)
    text = numpy_text(value)
    if text is not None:
        return text
    for kind, word in (
        (torch.dtype, "dtype"),
        (torch.device, "device"),
        (torch.layout, "layout"),
        (torch.qscheme, "qscheme"),
    ):
        if isinstance(value, kind):
            return '{"t":"%s","v":%s}' % (word, quote(str(value)))
    name = class_names().get(id(value))
    if name is not None:
        return '{"t":"class","v":%s}' % quote(name)
    if isinstance(value, type):
        return '{"t":"class","v":%s}' % quote("%s.%s" % (value.__module__, value.__qualname__))
    return None


_class_names = {}


def class_names():
    """Path of each allowed function, class and storage type, by the id() of the object."""
    if not _class_names:
        from torch._weights_only_unpickler import _get_allowed_globals

        _class_names.update({id(v): k for k, v in _get_allowed_globals().items()})
    return _class_names


def _has_identity(value):
    kind = type(value)
    if kind in (list, dict, collections.OrderedDict, collections.Counter, set, bytearray):
        return True
    if torch is not None and isinstance(value, (torch.Tensor, inert.Instance, inert.Subclass)):
        return True
    return kind is tuple and bool(value)


def _attributes(value):
    """The instance's own attributes, which BUILD or _set_obj_state left there."""
    if torch is not None and isinstance(value, (inert.Instance, inert.Subclass)):
        return None
    attributes = dict(getattr(value, "__dict__", None) or {})
    return attributes or None


def _children(value):
    """The values that `value` refers to (not the parts that torch makes while we look)."""
    kind = type(value)
    if kind in (list, tuple, set):
        yield from value
    elif kind in (dict, collections.OrderedDict, collections.Counter):
        for key, item in value.items():
            yield key
            yield item
    elif torch is not None and isinstance(value, inert.Instance):
        for _, part in _parts(value):
            if isinstance(part, _Bare):
                yield from _children(part.holder)
            else:
                yield part
    elif torch is not None and isinstance(value, inert.Subclass):
        yield from _children(value.attributes or {})
    attributes = _attributes(value) if _has_identity(value) else None
    for key, item in (attributes or {}).items():
        yield key
        yield item


class _Bare:
    """The items or pairs of an object, which are no list or dict of the file."""

    def __init__(self, holder):
        self.holder = holder


def _parts(value):
    """The parts of an inert object that the file gives, by the word for each."""
    missing = inert.Instance.MISSING
    for word, part in (("args", value.arguments), ("state", value.state), ("items", value.items), ("pairs", value.pairs)):
        if part is not missing:
            yield word, _Bare(part) if word in ("items", "pairs") else part


def _count_references(root):
    """How often each object with an identity is referred to, by id(); what an object holds is counted once."""
    counts = collections.Counter()
    stack = [iter([root])]
    while stack:
        value = next(stack[-1], stack)
        if value is stack:
            stack.pop()
        elif _has_identity(value):
            counts[id(value)] += 1
            if counts[id(value)] == 1:
                stack.append(_children(value))
    return counts


class _Writer:
    """One document: emits text with an explicit stack of generators."""

    def __init__(self, root):
        self._references = _count_references(root)
        self._ids = {}
        self._storages = {}
        self._storage_list = []
        self._root = root

    def text(self):
        pieces = []
        stack = [self._value(self._root)]
        while stack:
            step = next(stack[-1], None)
            if step is None:
                stack.pop()
            elif isinstance(step, str):
                pieces.append(step)
            elif len(stack) >= MAX_LEVELS:
                raise TooDeep()
            else:
                stack.append(step)
        storages = ",".join(_storage_text(s) for s in self._storage_list)
        return '{"root":%s,"storages":[%s]}' % ("".join(pieces), storages)

    def _value(self, value):
        text = _plain(value)
        if text is not None:
            yield text
            return
        identity = ""
        if self._references[id(value)] > 1:
            if id(value) in self._ids:
                yield '{"t":"ref","id":%d}' % self._ids[id(value)]
                return
            self._ids[id(value)] = len(self._ids)
            identity = '"id":%d,' % self._ids[id(value)]
        yield from self._container(value, identity)

    def _container(self, value, identity):
        kind = type(value)
        if kind in (list, tuple, set):
            items = sorted(value, key=_alone) if kind is set else value
            yield '{"t":"%s",%s"v":[' % (kind.__name__, identity)
            yield from self._items(items)
            yield "]}"
        elif kind is bytearray:
            yield '{"t":"bytearray",%s"x":"%s"}' % (identity, value.hex())
        elif kind in (dict, collections.OrderedDict, collections.Counter):
            yield from self._dict(value, identity)
        elif torch is not None and kind is torch.Size:
            yield '{"t":"size","v":['
            yield from self._items(value)
            yield "]}"
        elif torch is not None and isinstance(value, (torch.UntypedStorage, torch.storage.TypedStorage)):
            yield self._storage_value(value)
        elif torch is not None and isinstance(value, torch.Tensor):
            yield from self._any_tensor(value, identity)
        elif torch is not None and isinstance(value, inert.Instance):
            yield from self._object(value, identity)
        elif torch is not None and isinstance(value, inert.Subclass):
            yield '{"t":"subclass",%s"class":%s,"data":' % (identity, quote(value.path))
            yield self._any_tensor_alone(value.data, device=value.device)
            if value.attributes:
                yield ',"attrs":'
                yield self._dict(value.attributes, "", attributes=False)
            yield "}"
        else:
            raise Unwritable("no canonical form for %r" % kind)

    def _items(self, items):
        comma = ""
        for item in items:
            yield comma
            yield self._value(item)
            comma = ","

    def _object(self, value, identity):
        yield '{"t":"object",%s"class":%s,"via":"%s"' % (identity, quote(type(value).path), value.via)
        for word, part in _parts(value):
            yield ',"%s":' % word
            if not isinstance(part, _Bare):
                yield self._value(part)
            elif word == "items":
                yield "["
                yield from self._items(part.holder)
                yield "]"
            else:
                yield from self._pairs(part.holder)
        yield "}"

    def _pairs(self, pairs):
        yield "["
        comma = "["
        for key, item in pairs.items():
            yield comma
            yield self._value(key)
            yield ","
            yield self._value(item)
            yield "]"
            comma = ",["
        yield "]"

    def _dict(self, value, identity, attributes=True):
        word = {dict: "dict", collections.OrderedDict: "odict", collections.Counter: "counter"}[type(value)]
        yield '{"t":"%s",%s"v":' % (word, identity)
        yield from self._pairs(value)
        if attributes:
            yield from self._attrs(value)
        yield "}"

    def _attrs(self, value):
        attributes = _attributes(value)
        if attributes:
            yield ',"attrs":'
            yield self._dict(attributes, "", attributes=False)

    def _any_tensor(self, value, identity):
        if type(value) is torch.nn.Parameter:
            yield '{"t":"parameter",%s"data":' % identity
            yield self._any_tensor_alone(value.data)
            yield ',"requires_grad":%s' % ("true" if value.requires_grad else "false")
            yield from self._attrs(value)
            yield "}"
        elif type(value) is not torch.Tensor:
            raise Unwritable("no canonical form for the tensor class %r" % type(value))
        else:
            yield from self._any_tensor_alone(value, identity, attributes=True)

    def _any_tensor_alone(self, value, identity="", attributes=False, device=None):
        if value.layout is torch.strided:
            yield from self._tensor(value, identity, attributes, device)
        else:
            yield from self._sparse(value, identity, attributes)

    def _tensor(self, value, identity, attributes, device=None):
        yield '{"t":"tensor",%s"dtype":%s,"shape":%s,"stride":%s,"offset":%s,' % (
            identity,
            quote(_dtype_word(value.dtype)),
            integers(value.shape),
            integers(value.stride()),
            integer(value.storage_offset()),
        )
        if value.device.type == "meta":
            yield '"device":%s' % quote(device or "meta")
        else:
            yield '"storage":%d' % self._storage_index(value.untyped_storage())
        yield ',"requires_grad":%s' % ("true" if value.requires_grad else "false")
        if value.is_conj():
            yield ',"conj":true'
        if value.is_neg():
            yield ',"neg":true'
        if attributes:
            yield from self._attrs(value)
        if value.is_quantized:
            yield ',"q":%s' % _quantizer(value)
        yield "}"

    def _sparse(self, value, identity, attributes):
        parts = {
            torch.sparse_coo: ("indices", "values"),
            torch.sparse_csr: ("crow", "col", "values"),
            torch.sparse_bsr: ("crow", "col", "values"),
            torch.sparse_csc: ("ccol", "row", "values"),
            torch.sparse_bsc: ("ccol", "row", "values"),
        }[value.layout]
        accessors = {
            "indices": lambda: value._indices(),
            "values": lambda: value._values() if value.layout is torch.sparse_coo else value.values(),
            "crow": lambda: value.crow_indices(),
            "col": lambda: value.col_indices(),
            "ccol": lambda: value.ccol_indices(),
            "row": lambda: value.row_indices(),
        }
        yield '{"t":"sparse",%s"layout":%s,"dtype":%s,"shape":%s' % (
            identity,
            quote(str(value.layout)),
            quote(_dtype_word(value.dtype)),
            integers(value.shape),
        )
        for part in parts:
            yield ',"%s":' % part
            yield self._tensor(accessors[part]().detach(), "", False)
        if value.layout is torch.sparse_coo:
            yield ',"coalesced":%s' % ("true" if value.is_coalesced() else "false")
        if attributes:
            yield from self._attrs(value)
        yield "}"

    def _storage_value(self, value):
        if isinstance(value, torch.UntypedStorage):
            return '{"t":"storage","untyped":true,"storage":%d}' % self._storage_index(value)
        index = self._storage_index(value._untyped_storage)
        return '{"t":"storage","dtype":%s,"storage":%d}' % (quote(_dtype_word(value.dtype)), index)

    def _storage_index(self, untyped):
        key = untyped._cdata
        if key not in self._storages:
            self._storages[key] = len(self._storages)
            self._storage_list.append(untyped)
        return self._storages[key]


def _alone(member):
    return _Writer(member).text().encode("utf-8")


def _dtype_word(dtype):
    return str(dtype).split(".", 1)[1]


def _storage_text(untyped):
    head = '{"device":%s,"nbytes":%s' % (quote(str(untyped.device)), integer(untyped.nbytes()))
    if untyped.device.type == "meta":
        return head + "}"
    content = _content(untyped)
    if len(content) > INLINE_STORAGE_BYTES:
        return '%s,"sha256":"%s"}' % (head, hashlib.sha256(content).hexdigest())
    return '%s,"x":"%s"}' % (head, content.hex())


def _content(untyped):
    """The bytes of a storage on the cpu, as they lie in memory."""
    import ctypes

    return ctypes.string_at(untyped.data_ptr(), untyped.nbytes()) if untyped.nbytes() else b""


def _quantizer(value):
    scheme = value.qscheme()
    word = quote(str(scheme).split(".", 1)[1])
    if scheme in (torch.per_tensor_affine, torch.per_tensor_symmetric):
        return '{"scheme":%s,"scale":%s,"zero_point":"%d"}' % (word, float_bits(value.q_scale()), value.q_zero_point())
    scales = value.q_per_channel_scales().tolist()
    points = value.q_per_channel_zero_points().tolist()
    return '{"scheme":%s,"axis":%d,"scales":[%s],"zero_points":[%s]}' % (
        word,
        value.q_per_channel_axis(),
        ",".join(map(float_bits, scales)),
        ",".join(float_bits(p) if isinstance(p, float) else '"%d"' % p for p in points),
    )


def document(root):
    """The canonical value of `root` as one line without its end, or None when it has a level below MAX_LEVELS."""
    try:
        return _Writer(root).text()
    except TooDeep:
        return None
