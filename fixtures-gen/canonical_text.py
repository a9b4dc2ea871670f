"""The texts of which canonical.py puts a canonical value together: numbers, strings, and the values of numpy."""

import struct
import sys

EXACT_INTEGER = 2**53 - 1

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


class Unwritable(Exception):
    """A value that the canonical form has no words for."""


def quote(text):
    """The JSON string of a text without lone surrogates."""
    return '"%s"' % "".join(_ESCAPES.get(c) or ("\\u%04x" % ord(c) if c < " " else c) for c in text)


def integer(number):
    return str(number) if abs(number) <= EXACT_INTEGER else '"%d"' % number


def integers(numbers):
    return "[%s]" % ",".join(integer(n) for n in numbers)


def float_bits(number):
    return '"%s"' % struct.pack(">d", number).hex()


def numpy_text(value):
    """The text of an array, a scalar or a dtype of numpy, or None for every other value."""
    numpy = sys.modules.get("numpy")
    if numpy is None or type(value) is not numpy.ndarray and not isinstance(value, (numpy.generic, numpy.dtype)):
        return None
    if isinstance(value, numpy.dtype):
        return '{"t":"npdtype","v":%s}' % quote(value.str)
    if value.dtype.hasobject or value.dtype.names:
        raise Unwritable("an array of %r" % value.dtype)
    marks = '"scalar":true,' if isinstance(value, numpy.generic) else ""
    if not marks and value.flags.f_contiguous and not value.flags.c_contiguous:
        marks = '"order":"F",'
    return '{"t":"ndarray","dtype":%s,"shape":%s,%s"x":"%s"}' % (
        quote(value.dtype.str), integers(value.shape), marks, value.tobytes().hex())
