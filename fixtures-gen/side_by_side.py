"""What torch and the tool answer for each file, side by side: the worker process of ci/differential.

Usage: PYTHON side_by_side.py TOOL FOLDER [--seconds N] [--mib N] < FILES > ANSWERS. Reads one path a line up to an empty line or the
end, then writes one line for each file, in the same order, and reads on:

    =accept                       both accept, and the canonical values are the same text
    =KIND                         both refuse, we with that kind
    {"ours":{...},"torch":{...}}  anything else: our answer as `serve` writes it, torch's as observe.py does; one that accepts has
                                  its `value` as text. Other verdicts of torch: "crash" (by which signal), "timeout", "memory",
                                  "unwritable", "executed" (the load left something in the folder); of ours: "error"

torch is imported once. A forked child asks both about some hundreds of files; when torch ends it, or is silent for N seconds (10), the
file in hand is the reason, and the next child goes on behind it. A child has N MiB of address space (2,048) beyond those of the idle
process, and works in FOLDER, which must be empty. What torch is known to leave behind after a failed load is taken away.
"""

import argparse
import os
import re
import resource
import sys
import warnings

import torch

import canonical
import children

VARIABLES = ("TORCH_FORCE_WEIGHTS_ONLY_LOAD", "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD")
# How torch, Python and C++ say that there is no memory.
_NO_MEMORY = re.compile("can't allocate memory|not enough memory|std::bad_alloc|Cannot allocate memory|errno=12")


def forget():
    """Takes away what a load that failed leaves for the next: the tensors that it meant to check, the map_location."""
    left = getattr(torch.serialization, "_serialization_tls", None)
    if left is not None:
        left.map_location = None
        left.sparse_tensors_to_validate = []


def ask_torch(path):
    try:
        loaded = torch.load(path, weights_only=True)
    except Exception as error:
        forget()
        text = str(error).split("\nException raised from", 1)[0]
        message = re.sub(r"0x[0-9a-f]{6,}", "0x...", text).encode("utf-8", "backslashreplace").decode()
        memory = isinstance(error, MemoryError) or _NO_MEMORY.search(message)
        return {"verdict": "memory" if memory else "reject", "exception": type(error).__name__, "message": message}
    try:
        value = canonical.document(loaded)
    except Exception as error:
        return {"verdict": "unwritable", "message": "%s: %s" % (type(error).__name__, error)}
    return {"verdict": "accept", "value": "null", "value_omitted": "limit.depth"} if value is None else \
        {"verdict": "accept", "value": value}


def batch(stream):
    """The lines up to an empty one."""
    return list(iter(lambda: stream.readline().rstrip("\n"), ""))


def address_space():
    with open("/proc/self/statm", encoding="ascii") as text:
        return int(text.read().split()[0]) * resource.getpagesize()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tool")
    parser.add_argument("folder")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--mib", type=int, default=2048)
    given = parser.parse_args()
    for name in VARIABLES:
        os.environ.pop(name, None)
    os.chdir(given.folder)
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    canonical.class_names()
    resource.setrlimit(resource.RLIMIT_AS, (address_space() + (given.mib << 20),) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while paths := batch(sys.stdin):
        for line in children.answers(given.tool, ask_torch, paths, given.seconds):
            sys.stdout.write(line + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    main()
