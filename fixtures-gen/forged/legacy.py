"""The format of before 1.6: oddities and faults of its pickles, keys, views and storages; files of Python 2; tar."""

import io
import struct
import tarfile

from .case import Case
from .pickles import *
from .pickles import name as name_of
from .streams import *

_PROTOCOL, _KEYS, _SIZE = ("container.legacy." + word for word in ("protocol", "keys", "storage-size"))
_TYPE, _PID = "storage.type", "policy.persistent-id"
_CODES = {"Double": "d", "Half": "e", "BFloat16": "H", "Long": "q", "Int": "i", "Short": "h", "Char": "b", "Byte": "B",
          "Bool": "B", "QInt8": "b", "QUInt8": "B", "QInt32": "i"}

# name, title, file, kind or None
_FRAMES = [
    ("plain", "good", stream(whole()), None),
    ("trailing", "bytes after the storages", stream(whole()) + b"more", None),
    ("big-endian-flag", "sys_info says big-endian; storages are little-endian all the same",
     stream(whole(), sys_info={"protocol_version": 1001, "little_endian": False, "type_sizes": {}}), None),
    ("sys-info-number", "sys_info is a number", stream(whole(), sys_info=7), None),
    ("sys-info-empty", "sys_info is empty", stream(whole(), sys_info={}), None),
    ("sys-info-tensor", "sys_info names a storage", stream(whole(), sys_info=whole()), _PID),
    ("sys-info-global", "sys_info names a function that is not allowed",
     stream(whole(), sys_info=name_of("builtins.print")), "policy.global-not-allowed"),
    ("magic-other", "another magic number", stream(whole(), magic=MAGIC + 1), "container"),
    ("magic-none", "no magic number", stream(whole(), magic=NONE), "container"),
    ("magic-text", "the magic number is a text", stream(whole(), magic="magic"), "container"),
    ("magic-float", "the magic number is a float near it", stream(whole(), magic=float(MAGIC)), "container"),
    ("protocol-1000", "protocol 1000", stream(whole(), protocol=1000), _PROTOCOL),
    ("protocol-text", "the protocol is a text", stream(whole(), protocol="1001"), _PROTOCOL),
    ("protocol-none", "no protocol", stream(whole(), protocol=NONE), _PROTOCOL),
    ("protocol-float", "the protocol is 1001.0", stream(whole(), protocol=1001.0), None),
    ("no-storages", "no storage", stream(number(3), (), ()), None),
    ("object-global", "the object names a function that is not allowed", stream(call("builtins.print")),
     "policy.global-not-allowed"),
    ("object-opcode", "the object has an opcode that is not read", stream(POP), "pickle.opcode"),
]

_STORAGES = [
    ("two", "two storages in the order of the keys", stream(value([whole(), whole(pid("5", 2), (2,))]), ("5", "7"),
                                                           (packed([8.0, 9.0]), FOUR)), None),
    ("two-swapped", "two storages whose keys are not sorted", stream(
        value([whole(), whole(pid("5", 2), (2,))]), ("7", "5"), (FOUR, packed([8.0, 9.0]))), None),
    ("shared", "two tensors over one storage", stream(value([whole(), whole(None, (2,), 1)])), None),
    ("empty", "a storage without elements", stream(whole(pid(numel=0), (0,)), ("7",), (packed([]),)), None),
    ("storage-itself", "a storage itself", stream(pid()), None),
    ("key-number", "keys that are numbers", stream(whole(pid(7)), (7,)), None),
    ("key-number-text", "the key is a number, the list has a text", stream(whole(pid(7)), ("7",)), _KEYS),
    ("key-none", "a key that is None", stream(whole(pid(NONE)), (None,)), None),
    ("key-list", "a key that is a list", stream(whole(pid([]))), "value.unhashable"),
    ("keys-tuple", "the keys are a tuple", stream(whole(), tuple_of("7")), None),
    ("keys-dict", "the keys are a dict", stream(whole(), {"7": 1}), None),
    ("keys-text", "the keys are a text", stream(whole(), text("7")), None),
    ("keys-none", "the keys are None", stream(whole(), NONE), "value.type"),
    ("keys-number", "the keys are a number", stream(whole(), number(1)), "value.type"),
    ("keys-unknown", "a key that nothing names", stream(whole(), ("7", "8"), (FOUR, FOUR)), _KEYS),
    ("keys-unhashable", "a key that is a list", stream(whole(), ([],)), "value.unhashable"),
    ("keys-twice", "a key twice, with two contents", stream(whole(), ("7", "7"), (FOUR, packed([9.0] * 4))), None),
    ("keys-tensor", "the keys name a storage", stream(whole(), whole()), _PID),
    ("numel-short", "the storage in the file is shorter than its name says", stream(
        whole(), ("7",), (packed([1.0, 2.0]),)), _SIZE),
    ("numel-long", "the storage in the file is longer than its name says", stream(
        whole(), ("7",), (packed([1.0] * 6),)), _SIZE),
    ("numel-negative", "a negative number of elements in the file", stream(
        whole(), ("7",), (struct.pack("<q", -4) + FOUR[8:],)), _SIZE),
    ("numel-huge", "2**62 elements in the file", stream(whole(), ("7",), (struct.pack("<q", 2**62) + FOUR[8:],)), _SIZE),
    ("numel-wraps", "2**62 + 4 elements in the file", stream(
        whole(), ("7",), (struct.pack("<q", 2**62 + 4) + FOUR[8:],)), None),
    ("pid-negative", "a negative number of elements in the name", stream(whole(pid(numel=-4))), "storage"),
    ("pid-2-to-the-60", "2**60 elements in the name", stream(whole(pid(numel=2**60))), "storage"),
    ("pid-float", "4.0 elements in the name", stream(whole(pid(numel=4.0))), "value.type"),
    ("tensor-past", "a tensor past the end of its storage", stream(whole(None, (5,))), "tensor.out-of-bounds"),
    ("tensor-offset-past", "an offset past the end of the storage", stream(whole(None, (2,), 3)),
     "tensor.out-of-bounds"),
    ("second-numel", "a second name with another number of elements", stream(value([pid(), pid(numel=9)])), None),
    ("second-dtype", "a second name with another dtype of one size",
     stream(value([pid(), pid(kind="torch.IntStorage")])), None),
    ("second-dtype-size", "a second name with another dtype of another size",
     stream(value([pid(), pid(kind="torch.DoubleStorage")])), None),
    ("type-untyped", "an untyped storage", stream(pid(numel=16, kind="torch.storage.UntypedStorage")), _TYPE),
    ("type-tensor", "a tensor class for a storage type", stream(whole(pid(kind="torch.FloatTensor"))), None),
    ("type-cuda", "a cuda storage type on the cpu", stream(whole(pid(kind="torch.cuda.FloatStorage"))), None),
    ("type-ordered-dict", "OrderedDict for a storage type", stream(pid(kind="collections.OrderedDict")), _TYPE),
    ("location-meta", "the location meta", stream(whole(pid(location="meta"))), None),
    ("location-bogus", "a location that nobody knows", stream(whole(pid(location="bogus"))), "storage.location"),
    ("location-bytes", "a location of bytes", stream(whole(pid(location=encoded("cpu")))), None),
    ("tag-bytes", "a tag of bytes", stream(whole(pid(tag=encoded("storage")))), None),
    ("tag-other", "another tag", stream(pid(tag="Storage")), _PID),
]


def _pid(*items):
    return tuple_of(*items) + BINPERSID


_FLOAT = name_of("torch.FloatStorage")


def _view(*metadata):
    return pid(view=value(tuple(metadata)))


_VIEWS = [
    ("plain", "a view of two elements", stream(whole(_view("8", 1, 2), (2,))), None),
    ("two", "two views of one storage, and the storage", stream(
        value([whole(_view("8", 0, 2), (2,)), whole(_view("9", 2, 2), (2,)), whole()])), None),
    ("twice", "one view twice: the first definition counts", stream(
        value([whole(_view("8", 1, 2), (2,)), whole(_view("8", 0, 4), (2,))])), None),
    ("itself", "a view of all", stream(whole(_view("8", 0, 4))), None),
    ("empty", "a view of nothing", stream(whole(_view("8", 4, 0), (0,))), None),
    ("key-of-root", "a view under its storage's own key", stream(whole(_view("7", 1, 2), (2,))), None),
    ("past", "a view past the end, which is cut", stream(_view("8", 2, 9)), None),
    ("past-start", "a view that begins past the end", stream(_view("8", 9, 2)), None),
    ("negative", "a view that begins before its storage", stream(_view("8", -2, 1)), None),
    ("size-negative", "a view of a negative size", stream(_view("8", 2, -1)), None),
    ("tensor-past", "a tensor past the end of its view", stream(whole(_view("8", 1, 2), (3,))), "tensor.out-of-bounds"),
    ("two-items", "view metadata of two items", stream(_view("8", 1)), "policy.persistent-id"),
    ("four-items", "view metadata of four items", stream(_view("8", 1, 2, 3)), "policy.persistent-id"),
    ("list", "view metadata that are a list", stream(pid(view=value(["8", 1, 2]))), None),
    ("number", "view metadata that are a number", stream(pid(view=number(1))), "policy.persistent-id"),
    ("text", "view metadata that are a text", stream(pid(view=text("8"))), "policy.persistent-id"),
    ("offset-float", "a view that begins at 1.0", stream(_view("8", 1.0, 2)), "value"),
    ("offset-none", "a view that begins at None", stream(_view("8", None, 2)), "value"),
    ("key-list", "a view whose key is a list", stream(_view([], 1, 2)), "value.unhashable"),
    ("key-in-list", "a view's key in the list of keys", stream(
        whole(_view("8", 1, 2), (2,)), ("7", "8"), (FOUR, packed([8.0, 9.0]))), None),
]

_PIDS = [
    ("five", "five items", stream(_pid("storage", _FLOAT, "7", "cpu", 4)), _PID),
    ("seven", "seven items", stream(_pid("storage", _FLOAT, "7", "cpu", 4, NONE, NONE)), _PID),
    ("one", "one item", stream(_pid("storage")), _PID),
    ("empty", "no items", stream(_pid()), _PID),
    ("text", "a text", stream(text("storage") + BINPERSID), _PID),
    ("number", "a number", stream(number(7) + BINPERSID), _PID),
    ("module", "a module", stream(_pid("module", name_of("collections.OrderedDict"), "a.py", "class A: pass")), _PID),
]

_PYTHON2 = [
    ("tensor", "a tensor", python2_stream(python2_tensor()), None),
    ("state-dict", "an OrderedDict of a list of lists", python2_stream(
        python2_dict((short("weight"), python2_tensor()), (short("bias"), python2_tensor("5", 2))), ("5", "7"),
        (packed([8.0, 9.0]), FOUR)), None),
    ("rebuild-v1", "_rebuild_tensor, as torch 0.1 to 0.3 called it", python2_stream(
        call("torch._utils._rebuild_tensor", python2_pid(), 1, (2,), (1,))), None),
    ("unicode", "a str beside a unicode", python2_stream(value([short("a"), text("\u00e9")]), (), ()), None),
    ("utf8", "a str of UTF-8", python2_stream(short("\u00e9".encode()), (), ()), None),
    ("latin1", "a str that is no UTF-8", python2_stream(short(b"\xe9"), (), ()), "pickle.text"),
    ("empty", "an empty str", python2_stream(short(""), (), ()), None),
    ("long", "a str of 255 bytes", python2_stream(short("a" * 255), (), ()), None),
    ("binstring", "a str of 256 bytes takes an opcode that is not read", python2_stream(
        b"T" + struct.pack("<I", 256) + b"a" * 256, (), ()), "pickle.opcode"),
    ("set", "__builtin__.set", python2_stream(call("__builtin__.set", [1, 2]), (), ()), None),
    ("bytearray", "__builtin__.bytearray of a unicode and a codec", python2_stream(
        call("__builtin__.bytearray", "ab\u00ff", short("latin-1")), (), ()), None),
    ("complex", "__builtin__.complex", python2_stream(call("__builtin__.complex", 1.0, -2.0), (), ()), None),
    ("long-number", "a long", python2_stream(number(2**40), (), ()), None),
    ("class-long", "__builtin__.long is int, which is not allowed", python2_stream(name_of("__builtin__.long"), (), ()),
     "policy.global-not-allowed"),
    ("class-unicode", "__builtin__.unicode is str, which is not allowed",
     python2_stream(name_of("__builtin__.unicode"), (), ()), "policy.global-not-allowed"),
    ("class-object", "copy_reg._reconstructor, as an object of an old class", python2_stream(
        call("copy_reg._reconstructor", name_of("__builtin__.object")), (), ()), "policy.global-not-allowed"),
    ("counter", "collections.Counter", python2_stream(
        call("collections.Counter", pairs(EMPTY_DICT, (short("a"), 2))), (), ()), None),
]


def _truncated():
    pieces = parts(whole())
    names = ("magic", "protocol", "sys-info", "object", "keys")
    for i, piece in enumerate(pieces[:5]):
        before = b"".join(pieces[:i])
        if i:
            yield names[i] + "-missing", "nothing after pickle %d" % i, before, "pickle.truncated"
        yield (names[i] + "-cut", "the end inside pickle %d" % (i + 1), before + piece[:-3],
               "pickle.truncated" if i else "container")  # half a magic number may be taken for any pickle
        yield names[i] + "-unstopped", "pickle %d without its STOP" % (i + 1), before + piece[:-1], "pickle.truncated"
    head = b"".join(pieces[:5])
    for word, title, rest in (("storage-missing", "no storages", b""), ("storage-count-cut", "half a count", FOUR[:4]),
                              ("storage-count-only", "a count, and no elements", FOUR[:8]),
                              ("storage-cut", "a storage cut short", FOUR[:-1])):
        yield word, title, head + rest, "container"


def _dtypes():
    for word, code in _CODES.items():
        yield word.lower(), "%sStorage" % word, stream(
            whole(pid(kind="torch.%sStorage" % word)) if word[0] != "Q" else pid(kind="torch.%sStorage" % word),
            ("7",), (packed([0, 1, 2, 3], code),)), None
    for word, numbers, code in (("ComplexFloat", [0.5, 1, 2, 3], "f"), ("ComplexDouble", [0.5, 1, 2, 3], "d")):
        yield word.lower(), "%sStorage" % word, stream(
            whole(pid(numel=2, kind="torch.%sStorage" % word), (2,)), ("7",),
            (struct.pack("<q", 2) + packed(numbers, code)[8:],)), None
    yield "bool-odd", "a BoolStorage with bytes other than 0 and 1", stream(
        whole(pid(kind="torch.BoolStorage")), ("7",), (packed([0, 1, 2, 255], "B"),)), None


def _tar():
    """What torch before 0.2 wrote: a tar of four members."""
    tensors = pickle(number(1)) + pickle(value((11, 7, name_of("torch.FloatTensor")))) + struct.pack("<ii3q", 1, 0, 4, 1, 0)
    storages = pickle(number(1)) + pickle(value((7, "cpu", name_of("torch.FloatStorage")))) + FOUR + pickle(value([]))
    members = {"sys_info": pickle(value(SYS_INFO)), "pickle": pickle(number(11) + BINPERSID), "tensors": tensors,
               "storages": storages}
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name in ("sys_info", "pickle", "tensors", "storages"):
            member = tarfile.TarInfo(name)
            member.size = len(members[name])
            tar.addfile(member, io.BytesIO(members[name]))
    return out.getvalue()


def _tars():
    tar = _tar()
    yield "whole", "a tar as torch before 0.2 wrote it", tar, "container.tar"
    yield "short", "the first kibibyte of such a tar", tar[:1024], "container.tar"
    yield "checksum", "a tar header whose checksum is wrong", tar[:148] + b"000000" + tar[154:], "container"
    yield "zeros", "1,024 NUL bytes are an empty tar", bytes(1024), "container.tar"
    yield "zeros-511", "511 NUL bytes are no tar", bytes(511), "container"


# Where a conforming loader may refuse what torch accepts: a key of case.DEVIATIONS, and the refusal.
_DEVIATIONS = {
    "legacy-keys-dict": ("call", _KEYS),
    "legacy-keys-text": ("call", _KEYS),
    "legacy-keys-twice": ("floor", _KEYS),
    "legacy-view-key-in-list": ("floor", _KEYS),
    "legacy-numel-wraps": ("floor", "container.legacy.storage-size"),
    "legacy-second-dtype-size": ("floor", "storage.size-mismatch"),
    "legacy-view-negative": ("call", "storage.size-mismatch"),
    "legacy-view-size-negative": ("call", "storage.size-mismatch"),
}


def cases():
    tables = [("legacy", _FRAMES), ("legacy", _STORAGES), ("legacy-view", _VIEWS), ("legacy-pid", _PIDS),
              ("python2", _PYTHON2), ("legacy-cut", _truncated()), ("legacy-dtype", _dtypes())]
    for group, table in tables:
        for word, title, data, kind in table:
            name = "%s-%s" % (group, word)
            deviation, refusal = _DEVIATIONS.get(name, (None, None))
            yield Case(name, "the format of before 1.6: " + title, data, kind=kind, needs=("legacy",),
                       deviation=deviation, deviation_kind=refusal)
    for word, title, data, kind in _tars():
        yield Case("tar-" + word, title, data, kind=kind)
    yield Case("legacy-keys-missing", "a storage that the list of keys leaves out", stream(whole(), (), ()),
               deviation="floor", deviation_kind=_KEYS, unstable=True)
