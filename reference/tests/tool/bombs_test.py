"""Bombs: what is small or flat in the file and large in a careless reader. Each is answered within 1 s of the processor's time and 256 MiB in
Release: those of the suite, whatever is expected of them, and larger ones that it has no room for.
"""

import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import tool

SECONDS, MIB = 1, 256
FLAGS = {"ResourceBomb", "QuadraticTime", "DeepNesting", "UnboundedAllocation"}
SUITE = json.loads((tool.SOURCE / "conformance/suite.json").read_text("utf-8"))["cases"]
BOMBS = [case for case in SUITE if case["area"] == "limit" or FLAGS & set(case.get("flags", []))]
EMPTY_LIST, NONE, MILLION = b"]", b"N", 1_000_000


def puts(indices):
    return NONE + b"".join(b"r" + struct.pack("<I", index) for index in indices)


def colliding(count):
    """A dict of numbers that are one number modulo 2^61 - 1, by which CPython hashes."""
    return tool.dictionary((b"\x8a\x0a" + (k * (2**61 - 1)).to_bytes(10, "little"), NONE) for k in range(count))


def sharing(count):
    """A dict of that many views, of 2^30 elements each, of a storage of one byte."""
    view = tool.tensor("0", [2**30], [0], kind="ByteStorage")
    return b"}(" + tool.text("") + view + b"q\0" + b"".join(tool.integer(i) + b"h\0" for i in range(count)) + b"u"


# What the pickle is, whether it is accepted, and the storages; None: the pickle is deflated.
LARGE = {
    "lists 3,000,000 deep": (lambda: EMPTY_LIST * 3 * MILLION + b"a" * (3 * MILLION - 1), "accept", {}),
    "tuples 1,000,000 deep": (lambda: NONE + b"\x85" * MILLION, "accept", {}),
    "a key 1,000,000 tuples deep": (lambda: b"}" + NONE + b"\x85" * MILLION + NONE + b"s", "reject", {}),
    "1,000,000 marks": (lambda: b"(" * MILLION + NONE, "accept", {}),
    "16,000 keys of one hash": (lambda: colliding(16_000), "accept", {}),
    "one index put 1,000,000 times": (lambda: puts([7] * MILLION), "accept", {}),
    "1,000,000 indices far apart": (lambda: puts(range(0, 4000 * MILLION, 4000)), "accept", {}),
    "a class named 1,000,000 times": (lambda: tool.name("torch.Size") * MILLION, "accept", {}),
    "1,000,000 views of one storage": (lambda: sharing(MILLION), "accept", {"0": b"\1"}),
    "a text of 200 MiB": (lambda: tool.text(b"a" * (200 << 20)), "reject", None),
    "100,000 empty records": (lambda: NONE, "accept", {"%d" % i: b"" for i in range(100_000)}),
}
# Runs a command from a process that is small itself, for the system counts what a process was before it ran another program.
MEASURE = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:], stderr=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(code, used.ru_utime + used.ru_stime, used.ru_maxrss >> 10, file=sys.stderr)
"""


def is_release():
    """The promise is about Release; sanitizers and debugging cost time and memory."""
    cache = (Path(os.environ.get("WEIGHTSONLY_BUILD", tool.SOURCE / "build/release")) / "CMakeCache.txt").read_text("utf-8")
    return "CMAKE_BUILD_TYPE:STRING=Release" in cache and not re.search(r"^WEIGHTSONLY_SANITIZE:\w+=.", cache, re.M)


class Bombs(unittest.TestCase):
    def answer(self, path):
        """The verdict about a file; the process is kept to the bounds."""
        done = subprocess.run([sys.executable, "-S", "-c", MEASURE, tool.TOOL, "load", "--json", path], capture_output=True, timeout=120)
        code, seconds, mib = done.stderr.decode().split()
        self.assertIn(code, ("0", "1"), done.stdout[-300:])
        if is_release():
            self.assertLessEqual(float(seconds), SECONDS)
            self.assertLessEqual(int(mib), MIB)
        return re.search(rb'"verdict":"(\w+)"', done.stdout)[1].decode()

    def test_those_of_the_suite(self):
        self.assertGreater(len(BOMBS), 80)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "bomb.pt"
            for case in BOMBS:
                with self.subTest(case["id"]):
                    if "recipe" in case and not case["file"]:
                        tool.run("asm", "/dev/stdin", "-o", path, input=case["recipe"].encode())
                    self.answer(tool.SOURCE / case["file"] if case["file"] else path)

    def test_larger_ones(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "bomb.pt"
            for what, (value, verdict, storages) in LARGE.items():
                with self.subTest(what):
                    path.write_bytes(tool.archive(value(), storages, deflated=("data.pkl",) if storages is None else ()))
                    self.assertEqual(self.answer(path), verdict)


if __name__ == "__main__":
    unittest.main()
