"""Writes the format of before 1.6: five pickles, then the storages; and what Python 2 wrote."""

import struct

from .pickles import *
from .pickles import name as name_of

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
SYS_INFO = {"protocol_version": PROTOCOL, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}


def packed(numbers, code="f"):
    """A storage as it lies in the file: its number of elements, then the elements."""
    return struct.pack("<q%d%s" % (len(numbers), code), len(numbers), *numbers)


def pid(key="7", numel=4, kind="torch.FloatStorage", location="cpu", view=NONE, tag="storage"):
    return tuple_of(tag, name_of(kind), key, location, numel, view) + BINPERSID


def whole(of=None, size=(4,), offset=0, stride=(1,)):
    return tensor(pid() if of is None else of, offset, size, stride)


FOUR = packed([0.0, 1.0, 2.0, 3.0])


def parts(code, keys=("7",), storages=(FOUR,), magic=MAGIC, protocol=PROTOCOL, sys_info=None):
    """The five pickles and the storages, each as bytes."""
    keys = list(keys) if isinstance(keys, tuple) else keys
    heads = (magic, protocol, SYS_INFO if sys_info is None else sys_info)
    return [*(pickle(value(head)) for head in heads), pickle(code), pickle(value(keys)), *storages]


def stream(code, *arguments, **fields):
    return b"".join(parts(code, *arguments, **fields))


def short(s):
    """SHORT_BINSTRING, as Python 2 wrote a str."""
    data = s if isinstance(s, bytes) else s.encode("latin1")
    return b"U" + bytes([len(data)]) + data


def python2_pid(key="7", numel=4, kind="torch.FloatStorage"):
    return tuple_of(short("storage"), name_of(kind), short(key), short("cpu"), numel, NONE) + BINPERSID


def python2_dict(*items):
    """collections.OrderedDict of a list of lists, as Python 2 wrote it."""
    return name_of("collections.OrderedDict") + tuple_of([list(item) for item in items]) + REDUCE


def python2_tensor(key="7", numel=4, kind="torch.FloatStorage"):
    empty = name_of("collections.OrderedDict") + tuple_of([]) + REDUCE
    return call("torch._utils._rebuild_tensor_v2", python2_pid(key, numel, kind), 0, (numel,), (1,), False, empty)


def python2_stream(code, keys=("7",), storages=(FOUR,)):
    sizes = pairs(EMPTY_DICT, (short("int"), 4), (short("long"), 4), (short("short"), 2))
    sys_info = pairs(EMPTY_DICT, (short("type_sizes"), sizes), (short("protocol_version"), PROTOCOL),
                     (short("little_endian"), True))
    return stream(code, value([short(key) for key in keys]), storages, sys_info=sys_info)
