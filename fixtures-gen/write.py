"""Runs every recipe under the torch release of this interpreter; each writes one file into the current folder.

Usage: PYTHON write.py VERSION [-]. With `-` the recipes are those on standard input, a JSON list of {name, python, needs},
else those of recipes/ for the release. One forked child per recipe, so that no recipe sees what another left behind. Exits 1
when a recipe fails: a release that cannot run it is excluded by `since` or `until`.
"""

import json
import os
import sys
import traceback
import warnings

# Plain arithmetic, in one thread: the bytes depend on neither the processor nor its number of cores.
os.environ["ATEN_CPU_CAPABILITY"] = "default"
os.environ["MKL_CBWR"] = "COMPATIBLE"

import torch

import recipes


def _number_storages():
    """The format of before 1.6 names storages by address: hand out numbers in place of addresses."""
    storage = getattr(torch, "UntypedStorage", None) or torch._UntypedStorage
    address = torch._C.StorageBase._cdata if hasattr(torch._C, "StorageBase") else storage._cdata
    numbers = {}

    def number(self):
        return numbers.setdefault(address.__get__(self), 94000000000000 + 64 * len(numbers))

    storage._cdata = property(number)


def _run(recipe):
    warnings.simplefilter("ignore")
    torch.manual_seed(0)
    torch.set_num_threads(1)
    if "legacy" in recipe["needs"]:
        _number_storages()
    exec(compile(recipe["python"], recipe["name"], "exec"), {"torch": torch, "f": recipe["name"] + ".pt"})


def _in_child(recipe):
    child = os.fork()
    if child == 0:
        status = 1
        try:
            _run(recipe)
            status = 0
        except BaseException:
            sys.stderr.write("recipe %s:\n%s\n" % (recipe["name"], traceback.format_exc()))
        finally:
            sys.stderr.flush()
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def main():
    version = sys.argv[1]
    if torch.__version__.split("+")[0] != version.split("+")[0]:
        sys.exit("this is torch %s, not %s" % (torch.__version__, version))
    wanted = json.load(sys.stdin) if sys.argv[2:] == ["-"] else recipes.for_release(version)
    failed = [recipe["name"] for recipe in wanted if not _in_child(recipe)]
    if failed:
        sys.exit("torch %s: %d recipes failed: %s" % (version, len(failed), " ".join(failed)))


if __name__ == "__main__":
    main()
