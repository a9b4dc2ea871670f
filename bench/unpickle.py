#!/usr/bin/env python3
"""How long CPython or torch takes for one checkpoint, as one JSON line like that of weightsonly-bench.

    unpickle.py cpython FILE      pickle.loads, unrestricted, of data.pkl; only for a pickle without persistent ids
    unpickle.py torch FILE        torch.load(weights_only=True)
    unpickle.py torch-mmap FILE   torch.load(weights_only=True, mmap=True)

[--repeat N]. Only the load is timed, not the import, not letting the value go; the garbage collector is left as Python starts
it. torch loads a small checkpoint from memory first, so that what it imports late is not counted.
"""

import argparse
import io
import json
import pickle
import statistics
import sys
import time
import zipfile


def peak_kib():
    """The highest resident size. VmHWM: ru_maxrss also has what the process held before its exec."""
    with open("/proc/self/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    raise OSError("no VmHWM in /proc/self/status")


def prepare_cpython(path):
    with zipfile.ZipFile(path) as archive:
        text = archive.read(next(name for name in archive.namelist() if name.endswith("/data.pkl")))
    return lambda: pickle.loads(text)


def prepare_torch(path, mmap):
    import torch  # only where it is installed, and not in the time that is measured

    warm = io.BytesIO()
    torch.save({"weight": torch.zeros(2, 2)}, warm)
    torch.load(io.BytesIO(warm.getvalue()), weights_only=True)
    return lambda: torch.load(path, weights_only=True, mmap=mmap)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("contender", choices=["cpython", "torch", "torch-mmap"])
    parser.add_argument("file")
    parser.add_argument("--repeat", type=int, default=1)
    options = parser.parse_args()
    answer = {"program": options.contender, "file": options.file, "mode": "load", "threads": 1, "repeat": options.repeat}
    if options.contender == "cpython":
        load = prepare_cpython(options.file)
    else:
        load = prepare_torch(options.file, options.contender == "torch-mmap")
    seconds = []
    for _ in range(options.repeat):
        start = time.perf_counter()
        try:
            value = load()
        except Exception as error:  # whatever a loader raises for this file is its verdict
            detail = str(error).split("\n", 1)[0][:200]
            print(json.dumps(answer | {"verdict": "reject", "kind": type(error).__name__, "detail": detail}))
            return 1
        seconds.append(time.perf_counter() - start)
        del value
    times = {"median": statistics.median(seconds), "min": min(seconds)}
    print(json.dumps(answer | {"seconds": times, "peak_rss_kb": peak_kib()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
