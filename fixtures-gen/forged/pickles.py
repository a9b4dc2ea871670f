"""Writes pickles: opcodes as constants, values and torch's call forms as functions that return bytes."""

import struct

PROTO2 = b"\x80\x02"
MARK, STOP, POP, DUP = b"(", b".", b"0", b"2"
NONE, TRUE, FALSE = b"N", b"\x88", b"\x89"
EMPTY_TUPLE, TUPLE, TUPLE1, TUPLE2, TUPLE3 = b")", b"t", b"\x85", b"\x86", b"\x87"
EMPTY_LIST, APPEND, APPENDS = b"]", b"a", b"e"
EMPTY_DICT, SETITEM, SETITEMS = b"}", b"s", b"u"
EMPTY_SET = b"\x8f"
REDUCE, NEWOBJ, BUILD, BINPERSID = b"R", b"\x81", b"b", b"Q"


def pickle(*parts):
    return PROTO2 + b"".join(parts) + STOP


def number(n):
    """An int in the shortest opcode that torch reads."""
    if 0 <= n < 256:
        return b"K" + bytes([n])
    if 0 <= n < 65536:
        return b"M" + struct.pack("<H", n)
    if -(2**31) <= n < 2**31:
        return b"J" + struct.pack("<i", n)
    data = n.to_bytes(n.bit_length() // 8 + 1, "little", signed=True)
    return b"\x8a" + bytes([len(data)]) + data


def real(x):
    return b"G" + struct.pack(">d", x)


def text(s):
    data = s if isinstance(s, bytes) else s.encode("utf-8", "surrogatepass")
    return b"X" + struct.pack("<I", len(data)) + data


def name(path):
    """GLOBAL; the path is split at its last dot."""
    module, _, attribute = path.rpartition(".")
    return b"c" + module.encode() + b"\n" + attribute.encode() + b"\n"


def value(v):
    """Any plain Python value; bytes pass through as pickle code that is there already."""
    if isinstance(v, bytes):
        return v
    if v is None:
        return NONE
    if isinstance(v, bool):
        return TRUE if v else FALSE
    if isinstance(v, int):
        return number(v)
    if isinstance(v, float):
        return real(v)
    if isinstance(v, str):
        return text(v)
    if isinstance(v, tuple):
        return tuple_of(*v)
    if isinstance(v, list):
        return EMPTY_LIST + MARK + b"".join(map(value, v)) + APPENDS
    if isinstance(v, dict):
        return pairs(EMPTY_DICT, *v.items())
    raise TypeError(type(v))


def tuple_of(*items):
    if not items:
        return EMPTY_TUPLE
    return MARK + b"".join(map(value, items)) + TUPLE


def pairs(target, *items):
    return target + MARK + b"".join(value(k) + value(v) for k, v in items) + SETITEMS


def put(index):
    return b"q" + bytes([index])


def get(index):
    return b"h" + bytes([index])


def long_put(index):
    return b"r" + struct.pack("<I", index)


def long_get(index):
    return b"j" + struct.pack("<I", index)


def call(path, *arguments):
    return name(path) + tuple_of(*arguments) + REDUCE


def encoded(s, codec="latin1"):
    """A bytes object, as protocol 2 writes it."""
    return call("_codecs.encode", s, codec)


def ordered_dict(*items):
    empty = name("collections.OrderedDict") + EMPTY_TUPLE + REDUCE
    return pairs(empty, *items) if items else empty


def storage(key="0", numel=4, kind="torch.FloatStorage", location="cpu", tag="storage"):
    return tuple_of(tag, name(kind), key, location, numel) + BINPERSID


def tensor(of=None, offset=0, size=(4,), stride=(1,), requires_grad=False, hooks=None, *more):
    arguments = (of or storage(), offset, size, stride, requires_grad, hooks or ordered_dict(), *more)
    return call("torch._utils._rebuild_tensor_v2", *arguments)


def tensor_v3(dtype, of=None, offset=0, size=(4,), stride=(1,), requires_grad=False, *more):
    of = of or storage(numel=16, kind="torch.storage.UntypedStorage")
    return call(
        "torch._utils._rebuild_tensor_v3", of, offset, size, stride, requires_grad, ordered_dict(), name(dtype), *more
    )
