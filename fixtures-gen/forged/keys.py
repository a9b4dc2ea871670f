"""Storage keys that are no text, in archives and in legacy streams."""

from .archives import FLOATS, checkpoint
from .case import Case
from .pickles import *
from .pickles import name as name_of
from .streams import pid, stream, whole

# name, title, key, the record that torch reads for it
_KEYS = [
    ("tuple", "a tuple", (0,), "(0,)"),
    ("bytes", "bytes", encoded("0"), "b'0'"),
    ("float", "a float", 1.5, "1.5"),
    ("complex", "a complex number", call("builtins.complex", 1.0, 2.0), "(1+2j)"),
    ("size", "a torch.Size", call("torch.Size", (1, 2)), "torch.Size([1, 2])"),
    ("device", "a device", call("torch.device", "cpu"), "cpu"),
    ("class", "a class", name_of("collections.OrderedDict"), "<class 'collections.OrderedDict'>"),
]
# What keys both loaders read in archives too: name, title, key, record
_PLAIN = [("true", "True", True, "True"), ("int-negative", "-1", -1, "-1"), ("none-there", "None, whose record is there", None, "None"),
          ("int-large", "2**70", 2**70, str(2**70))]


def _archives():
    for word, title, key, record in _KEYS + _PLAIN:
        odd = (word, title, key, record) in _KEYS
        yield Case("pid-key-" + word, "the key is " + title, checkpoint(pickle(tensor(storage(key=key))), {record: FLOATS}),
                   **(dict(deviation="call", deviation_kind="value.type") if odd else {}))


def _streams():
    of = {word: key for word, _, key, _ in _KEYS + _PLAIN}
    for word, title, key, _ in _KEYS + _PLAIN:
        yield Case("legacy-key-" + word, "the format of before 1.6: the key is " + title,
                   stream(whole(pid(key=key)), value([key])), needs=("legacy",))
    for word, title, key, keys, kind in (
            ("bytes-as-text", "bytes, and a text among the keys", of["bytes"], ["0"], "container.legacy.keys"),
            ("tuple-as-list", "a tuple, and a list among the keys", (0,), [[0]], "value.unhashable"),
            ("true-as-1", "True, and 1 among the keys", True, [1], None),
            ("tuple-as-floats", "(0,), and (0.0,) among the keys", (0,), [(0.0,)], None)):
        yield Case("legacy-key-" + word, "the format of before 1.6: the key is " + title,
                   stream(whole(pid(key=key)), value(keys)), kind=kind, needs=("legacy",))
    view = tuple_of((1,), 1, 2)
    yield Case("legacy-key-tuple-view", "the format of before 1.6: a view whose key is a tuple",
               stream(whole(pid(key=(0,), view=view), (2,)), value([(0,)])), needs=("legacy",))


def cases():
    yield from _archives()
    yield from _streams()
