"""Seeds of the target policy_names: the names of the tables and of the suite, as they are and with one thing changed.

The form is that of fuzz/targets/policy_names.cc: a byte of settings, then module, name and an entry of the user's list.
"""

from __future__ import annotations

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import handler  # noqa: E402  pylint: disable=wrong-import-position

MOST_FROM_FILES = 400

_SOURCE = pathlib.Path(__file__).resolve().parents[2] / "reference" / "policy"
_NEWEST = 5
_WITH_LIST = 8
_OTHERS = (b"os\nsystem", b"posix\nmkdir", b"nt\nfoo", b"sys\nintern", b"torch.distributed.tensor\nDTensor",
           b"torch.nested._internal.nested_tensor\nNestedTensor", b"__torch__.m\nModule", b"__torch__\nModule",
           b"torch\nUInt16Storage", b"torch\nComplexHalfStorage", b"torch.jit._pickle\nbuild_intlist",
           b"torch._utils\n_rebuild_sparse_tensor", b"1\ntrue", b"TRUE\ny", b"\n", b"\xff\n\xff")


def _table_names():
    """module LF name of every row of the tables."""
    table = (_SOURCE / "allowlist.def").read_text(encoding="utf-8")
    for path in re.findall(r'^WEIGHTSONLY_GLOBAL\("([^"]+)"', table, re.M):
        module, name = path.rsplit(".", 1)
        yield ("%s\n%s" % (module, name)).encode()
    table = (_SOURCE / "python2_names.def").read_text(encoding="utf-8")
    for module, name in re.findall(r'^WEIGHTSONLY_PYTHON2_PAIR\("([^"]+)", "([^"]+)"', table, re.M):
        yield ("%s\n%s" % (module, name)).encode()
    for module in re.findall(r'^WEIGHTSONLY_PYTHON2_MODULE\("([^"]+)"', table, re.M):
        yield ("%s\n_" % module).encode()
    table = (_SOURCE / "numpy_dtypes.def").read_text(encoding="utf-8")
    for code in re.findall(r'^WEIGHTSONLY_NUMPY_DTYPE\("([^"]+)"', table, re.M):
        yield ("numpy.dtype\n%s" % code).encode()
        yield ("numpy.dtype\n%s7" % code).encode()


def _file_names(files):
    """The names that pickles of the suite name, each once."""
    found = {}
    for _, content in files:
        for pickle, _ in handler.pickles(content):
            for name, at, end in handler.instructions(pickle):
                if name == "GLOBAL" and end - at < 200:
                    found.setdefault(pickle[at + 1:end - 1])
    return sorted(found)[:MOST_FROM_FILES]


def _changed(names):
    """One name with its dot at another place, in other cases, and as an entry of the user's."""
    module, name = names.split(b"\n", 1)
    yield _NEWEST, names
    yield 0, names
    first, dot, rest = module.partition(b".")
    if dot:
        yield _NEWEST, first + b"\n" + rest + b"." + name
    yield 2, module.upper() + b"\n" + name
    yield 3, names + b"x"
    yield _NEWEST + _WITH_LIST, names + b"\nm.C\n" + names.replace(b"\n", b".")
    yield _NEWEST + _WITH_LIST, b"old\nName\n" + names.replace(b"\n", b".") + b"\nold.Name"


def seeds(files, target):
    """(name, bytes) of every seed; `target` is always policy_names."""
    known = dict.fromkeys([*_table_names(), *_OTHERS, *_file_names(files)])
    made = {}
    for names in known:
        for settings, lines in _changed(names):
            made.setdefault(bytes([settings]) + lines)
    for number, seed in enumerate(made):
        yield "%s.%04d" % (target, number), seed
