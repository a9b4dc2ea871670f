"""Classes as users save them, importable as `training`: the recipes obj-* save objects of them.

Only plain Python and torch. An old release and a new one write them from the same source; observe.py imports it too,
because torch looks a class up before it is asked to trust it.
"""

import collections
import dataclasses
import enum

import torch


class Plain:
    def __init__(self, rate=0.5, name="adam"):
        self.rate = rate
        self.name = name


class Empty:
    """No state: NEWOBJ without BUILD."""


@dataclasses.dataclass
class Point:
    x: int
    y: float = 0.25


@dataclasses.dataclass(frozen=True)
class Frozen:
    x: int
    label: str = "a"


@dataclasses.dataclass(frozen=True, slots=True)
class FrozenSlots:
    x: int
    y: int


class Color(enum.Enum):
    RED = 1
    GREEN = "green"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


Pair = collections.namedtuple("Pair", "first second")


class Slots:
    __slots__ = ("a", "b")

    def __init__(self):
        self.a, self.b = 1, [2, 3]


class SlotsAndDict(Slots):
    def __init__(self):
        super().__init__()
        self.c = "c"


def make(rate, name):
    return Plain(rate, name)


def make_plain_list(n):
    return list(range(n))


class ByFunction(Plain):
    def __reduce__(self):
        return make, (self.rate, self.name)


class ByFunctionWithState(Plain):
    def __reduce__(self):
        return make, (self.rate, self.name), {"steps": 3}


class ByClass(Plain):
    def __reduce__(self):
        return type(self), (self.rate, self.name)


class ByClassWithState(Plain):
    def __reduce__(self):
        return type(self), (self.rate, self.name), {"steps": 3}


class WithItems(Plain):
    """Asks for its items one by one: torch fills lists and dicts only."""

    def append(self, item):
        self.__dict__.setdefault("items", []).append(item)

    def extend(self, items):
        for item in items:
            self.append(item)

    def __reduce__(self):
        return type(self), (self.rate, self.name), None, iter([1, 2, 3])


class WithPairs(Plain):
    def __setitem__(self, key, item):
        self.__dict__[key] = item

    def __reduce__(self):
        return type(self), (self.rate, self.name), None, None, iter([("steps", 3), ("warm", True)])


class StateTuple:
    """__getstate__ gives what is not a dict."""

    def __init__(self):
        self.values = (1, "two", None)

    def __getstate__(self):
        return self.values

    def __setstate__(self, state):
        self.values = state


class StateDict(StateTuple):
    def __getstate__(self):
        return {"values": list(self.values)}

    def __setstate__(self, state):
        self.values = tuple(state["values"])


class NewArgs:
    def __new__(cls, size=0, unit="MB"):
        made = super().__new__(cls)
        made.size, made.unit = size, unit
        return made

    def __getnewargs__(self):
        return self.size, self.unit


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(2, 1)
        self.register_buffer("scale", torch.ones(2))
        self.depth = 3

    def forward(self, x):
        return self.linear(x * self.scale)


class MyList(list):
    pass


class MyDict(dict):
    pass


class MyOrderedDict(collections.OrderedDict):
    pass


class MySet(set):
    pass


class MyFrozenSet(frozenset):
    pass


class MyStr(str):
    pass


class MyInt(int):
    pass


class MyFloat(float):
    pass


class MyTuple(tuple):
    pass


class Outer:
    class Inner:
        def __init__(self):
            self.n = 1


class Node:
    """For objects that are shared, and that hold themselves."""

    def __init__(self, name):
        self.name = name
        self.next = None


class Tagged(torch.Tensor):
    """A tensor subclass with attributes of its own."""


class Stateful(torch.Tensor):
    """A tensor subclass that restores its attributes itself."""

    def __setstate__(self, state):
        self.__dict__.update(state)


class Wrapped(torch.Tensor):
    """A wrapper without storage: what it holds is an attribute."""

    @staticmethod
    def __new__(cls, inner):
        made = torch.Tensor._make_wrapper_subclass(cls, inner.shape, dtype=inner.dtype, requires_grad=False)
        made.inner = inner
        return made

    def __repr__(self):
        return "Wrapped(...)"

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        raise NotImplementedError("training.Wrapped has no operators")  # `func` would come here without end


class Masked(torch.nn.Parameter):
    """A subclass of Parameter; torch.save forgets which."""


class Config:
    """elsewhere has a class of this name too."""

    def __init__(self):
        self.rate = 0.5
