"""Tensors of devices that releases before 2.6 sent through numpy: torch._utils._rebuild_device_tensor_from_numpy."""

import struct

from .archives import checkpoint
from .case import Case
from .pickles import BUILD, call, encoded, name, pickle, tuple_of

_CORE = "numpy._core.multiarray"


def _dtype(text, order):
    made = call("numpy.dtype", text, False, True)
    return made + tuple_of(3, order, None, None, None, -1, -1, 0) + BUILD


def _array(numbers, code, text, order="<"):
    """The call form of numpy for an array of one axis."""
    made = call(_CORE + "._reconstruct", name("numpy.ndarray"), (0,), encoded("b", "latin1"))
    data = struct.pack(order + "%d%s" % (len(numbers), code), *numbers)
    state = tuple_of(1, (len(numbers),), _dtype(text, order), False, encoded(data.decode("latin1")))
    return made + state + BUILD


def _case(word, title, array, dtype, device="xla:0"):
    code = call("torch._utils._rebuild_device_tensor_from_numpy", array, name("torch." + dtype), device, False)
    return Case("numpy-device-tensor-" + word, title, checkpoint(pickle(code), {}), kind="policy.global-not-allowed",
                needs=("numpy",))


def cases():
    yield _case("float", "a tensor of the cpu from a numpy array", _array([0.5, 1.0, -2.0], "f", "f4"), "float32", "cpu")
    yield _case("long", "a tensor of the cpu from an array of ints", _array([1, -2], "q", "i8"), "int64", "cpu")
    yield _case("half", "another dtype than the array has", _array([1.5, 2.5], "e", "f2"), "float32", "cpu")
    yield _case("big-endian", "an array in the other byte order", _array([0.5, 1.0], "f", "f4", ">"), "float32", "cpu")
    yield _case("xla", "a tensor of an XLA device", _array([0.5, 1.0], "f", "f4"), "float32")
