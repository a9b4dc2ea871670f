"""What a checkpoint holds, without the classes of the user: the second source of the values of corpus/allow.

torch hands out the user's own objects; a loader that runs nothing hands out what the file says of them. Here the
Unpickler of the standard library, with torch's own storages and rebuild functions behind it, reads the file once more:
each allowlisted name is a stand-in class that writes down how it was called, and what was put into the object.
"""

import pickle
import types

import torch
from torch import _weights_only_unpickler as unpickler


class Instance:
    """An object of a name that is not looked up. A part that the file does not give is MISSING."""

    MISSING = object()
    path = ""

    def __init__(self):
        raise TypeError("made by _new")

    def __setstate__(self, state):
        if self.state is not Instance.MISSING:
            raise ValueError("a second state")
        self.state = state

    def append(self, item):
        self.items = [] if self.items is Instance.MISSING else self.items
        self.items.append(item)

    def extend(self, items):
        for item in items:
            self.append(item)

    def __setitem__(self, key, item):
        self.pairs = {} if self.pairs is Instance.MISSING else self.pairs
        self.pairs[key] = item


def _new(cls, via, arguments):
    made = object.__new__(cls)
    made.via, made.arguments = via, arguments
    made.state = made.items = made.pairs = Instance.MISSING
    return made


class Class(type):
    """The stand-in for a name: calling it is REDUCE, its __new__ is NEWOBJ."""

    def __call__(cls, *arguments):
        return _new(cls, "reduce", arguments)


class Subclass:
    """A tensor of a class of the user, as _rebuild_from_type_v2 and _rebuild_wrapper_subclass give it."""

    def __init__(self, path, data, attributes, device=None):
        self.path, self.data, self.attributes = path, data, attributes
        self.device = device  # of data without a storage, which stand on the device meta here


def _stand_in(path):
    return Class(path.rpartition(".")[2], (Instance,), {
        "path": path, "__new__": lambda cls, *arguments: _new(cls, "newobj", arguments)})


def _attributes(state):
    """What a state sets: a dict, or one behind another whose names come from __slots__."""
    if isinstance(state, tuple) and len(state) == 2:
        return {**(state[0] or {}), **(state[1] or {})}
    return state


def _rebuild_from_type(function, kind, arguments, state):
    made = function(*arguments)
    if not isinstance(kind, Class):
        return torch._tensor._rebuild_from_type_v2(function, kind, arguments, state)
    if isinstance(made, Subclass):
        made.attributes = _attributes(state)
        return made
    return Subclass(kind.path, made, _attributes(state))


def _rebuild_qtensor(storage, offset, size, stride, quantizer, *more):
    plain = tuple(one.data if isinstance(one, Subclass) else one for one in quantizer)  # scales of a class of the user
    return torch._utils._rebuild_qtensor(storage, offset, size, stride, plain, *more)


def _rebuild_wrapper(kind, dtype, size, stride, offset, layout, device, requires_grad):
    bare = torch.empty_strided(size, stride, dtype=dtype, device="meta")
    placed = bare.as_strided(size, bare.stride(), offset).requires_grad_(requires_grad)
    return Subclass(kind.path, placed, None, str(device))


def _reader(allow, find_numpy):
    """An Unpickler class whose names are torch's default ones, and those of `allow` as stand-ins."""
    known = dict(unpickler._get_allowed_globals())
    known["torch._tensor._rebuild_from_type_v2"] = _rebuild_from_type
    known["torch._utils._rebuild_wrapper_subclass"] = _rebuild_wrapper
    known["torch._utils._rebuild_qtensor"] = _rebuild_qtensor
    own, stand_ins = dict(known), {}
    for entry in allow:
        path, name = (entry, entry) if isinstance(entry, str) else entry
        if name not in own:  # torch's own names come first
            real = own.get(path) or (find_numpy(path) if find_numpy else None)
            known[name] = real if real is not None else stand_ins.setdefault(path, _stand_in(path))

    class Reader(pickle.Unpickler):
        def find_class(self, module, name):
            module, name = torch._utils.NAME_MAPPING.get(
                (module, name), (torch._utils.IMPORT_MAPPING.get(module, module), name))
            return known["%s.%s" % (module, name)]

    return Reader


def load(path, allow, find_numpy=None):
    """The value of the checkpoint; `find_numpy` gives the real object for a path of numpy's, or None."""
    module = types.SimpleNamespace(Unpickler=_reader(allow, find_numpy), load=None, __name__="inert")
    module.load = lambda file, **more: module.Unpickler(file, **more).load()
    return torch.load(path, weights_only=False, pickle_module=module)
