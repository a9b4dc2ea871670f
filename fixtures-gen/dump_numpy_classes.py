"""Prints the class of every kind of object that numpy pickles by a function whose result it then fills: dtypes and random
number generators.

Usage: PYTHON dump_numpy_classes.py > numpy-classes-VERSION.txt. One line each: function, first argument when that is a
text, class; parted by tabs, sorted. The function and its argument are those of __reduce__, so what a pickle holds.
"""

import numpy


def name(thing):
    return "%s.%s" % (thing.__module__, thing.__name__)


def main():
    dtypes = [numpy.dtype(code) for code in "?bBhHiIlLefdgFDGO"]
    dtypes += [numpy.dtype(text) for text in ("S", "S1", "S12", "U", "U1", "U12", "V", "V1", "V12", "M8[s]", "m8[ns]", ">i4")]
    generators = [getattr(numpy.random, kind)(0) for kind in ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64")]
    objects = dtypes + generators + [numpy.random.default_rng(0), numpy.random.RandomState(0)]
    rows = set()
    for thing in objects:
        function, arguments = thing.__reduce__()[:2]
        first = arguments[0] if isinstance(arguments[0], str) else ""
        rows.add("%s\t%s\t%s" % (name(function), first, name(type(thing))))
    print("# numpy %s" % numpy.__version__)
    print("\n".join(sorted(rows)))


if __name__ == "__main__":
    main()
