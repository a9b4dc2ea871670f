"""Seeds of the target zip: every file of the suite, and the smallest archives with every way to say how long a record is.

What an archive of 200 bytes says about its sizes is a tenth of it, so that a change of any byte is often one of them.
"""

from __future__ import annotations

import itertools
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "conformance" / "run"))

import recipe  # noqa: E402  pylint: disable=wrong-import-position

_METHODS = {"plain": "", "stored": " deflate=stored", "fixed": " deflate=fixed"}
_SIZES = {"narrow": "", "wide": " zip64=1", "local": " local.zip64=1", "central": " central.zip64=1"}
_TIMES = {"never": "", "once": " time=1"}  # what is stored at no time is judged when the directory is read (ZIP-022), and no further
_DESCRIPTORS = {"none": [], "signed": ["DESCRIPTOR"], "bare": ["DESCRIPTOR plain"], "long": ["DESCRIPTOR wide"]}
_ENDS = {"end": ["END"], "end64": ["END64", "LOCATOR", "END"]}


def smallest():
    """(name, bytes) of archives with one record or two, each with a different way to give sizes."""
    for number, parts in enumerate(itertools.product(_METHODS, _SIZES, _TIMES, _DESCRIPTORS, _ENDS)):
        method, sizes, time, descriptor, end = parts
        record = _METHODS[method] + _SIZES[sizes] + _TIMES[time]
        lines = ['RECORD "a/b"' + record, 'TEXT "12345678"', *_DESCRIPTORS[descriptor]]
        if number % 2:
            lines = ['RECORD "a/c"', 'TEXT "1"', *lines]
        yield "smallest-" + "-".join(parts), recipe.assemble("\n".join([*lines, "DIRECTORY", *_ENDS[end]]) + "\n")


def seeds(files, _target):
    yield from files
    yield from smallest()
