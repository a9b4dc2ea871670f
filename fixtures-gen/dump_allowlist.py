"""Prints what the torch that runs this file allows by default, for reference/tests/policy/allowlist-<version>.txt.

Usage: PYTHON dump_allowlist.py [--paths]. One line per global of torch._weights_only_unpickler._get_allowed_globals():
path, type of the object, and its dtype ("-" where it has none), tab-separated and sorted by path. --paths: the path
only, which is the same for every release. After the globals come the tables beside them, each line with its name:
`blocked MODULE`, `module OLD NEW`, `pair OLD-MODULE OLD-NAME NEW-MODULE NEW-NAME`.
"""

import sys

import torch
from torch import _weights_only_unpickler as unpickler


def dtype_of(value):
    if isinstance(value, torch.dtype):
        return str(value)
    dtype = getattr(value, "dtype", None)
    return str(dtype) if isinstance(dtype, torch.dtype) else "-"


def rows(paths_only):
    for path, value in sorted(unpickler._get_allowed_globals().items()):
        yield path if paths_only else "\t".join((path, type(value).__name__, dtype_of(value)))
    if paths_only:
        return
    for module in sorted(unpickler._blocklisted_modules):
        yield "blocked\t" + module
    for old, new in sorted(unpickler.IMPORT_MAPPING.items()):
        yield "module\t%s\t%s" % (old, new)
    for old, new in sorted(unpickler.NAME_MAPPING.items()):
        yield "pair\t" + "\t".join(old + new)


if __name__ == "__main__":
    arguments = sys.argv[1:]
    print("# torch %s, written by %s" % (torch.__version__.split("+")[0], " ".join(["dump_allowlist.py", *arguments])))
    for row in rows("--paths" in arguments):
        print(row)
