"""`weightsonly dis` against CPython's pickletools: the same opcodes at the same offsets with the same operands.

For data.pkl of every archive in corpus/ that torch wrote and for pickles that CPython writes here in protocols 0 to 5.
pickletools stops at STOP, so only the instructions up to there are compared. The tool is in $WEIGHTSONLY_TOOL; without
it nothing can be compared and the test says so.
"""

import collections
import hashlib
import os
import pickle
import pickletools
import re
import struct
import subprocess
import tempfile
import unittest
import zipfile
from pathlib import Path

SOURCE = Path(os.environ.get("WEIGHTSONLY_SOURCE") or Path(__file__).resolve().parents[3])
TOOL = os.environ.get("WEIGHTSONLY_TOOL")
BATCH = 100
ESCAPE = re.compile(rb'\\(?:x([0-9a-f]{2})|u\{([0-9a-f]+)\}|(.))', re.S)
PLAIN = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"\\": b"\\", b'"': b'"'}
INSTRUCTION = re.compile(rb'([A-Z0-9_]+)((?: (?:"(?:[^"\\]|\\.)*"|[^" ]+))*) *# 0x([0-9a-f]+)\Z')


def unescape(match):
    if match[1]:
        return bytes.fromhex(match[1].decode())
    if match[2]:
        return chr(int(match[2], 16)).encode("utf-8", "surrogatepass")
    return PLAIN[match[3]]


def operands(text):
    """The operands of a line: bytes for each string, the word as it stands for everything else."""
    found = []
    for word in re.findall(rb'"(?:[^"\\]|\\.)*"|[^" ]+', text):
        found.append(ESCAPE.sub(unescape, word[1:-1]) if word.startswith(b'"') else word.decode())
    return found


def wanted(op, argument, raw):
    """What the operands must be: `raw` is the bytes of the operand as they stand in the pickle."""
    kind = op.arg.name if op.arg else "none"
    if kind == "none":
        return []
    if kind.endswith("nl") or kind in ("decimalnl_short", "decimalnl_long", "stringnl_noescape_pair"):
        return raw.split(b"\n")[:-1]
    if kind in ("long1", "long4"):
        count = 1 if kind == "long1" else 4
        shortest = raw[count:] == pickle.encode_long(argument) and len(raw) - count <= 255
        return [str(argument) if shortest else "bytes:" + raw[count:].hex()]
    if kind.startswith(("string", "bytes", "bytearray", "unicodestring")):
        return [raw[int(kind[-1]):]]
    if kind == "float8":
        return [raw]
    return [str(argument)]


def as_float_bits(word):
    return bytes.fromhex(word[5:]) if word.startswith("bits:") else struct.pack(">d", float(word))


def run_tool(paths):
    """The lines of each file: between the comments that name them when there are several."""
    run = subprocess.run([TOOL, "dis", "--record", "data.pkl", *paths, paths[0]], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if run.returncode != 0:
        raise AssertionError("exit %d: %s" % (run.returncode, run.stderr[-2000:]))
    files = []
    for line in run.stdout.split(b"\n")[:-1]:
        if line.startswith(b"# "):
            files.append([])
        else:
            files[-1].append(line)
    return files[:-1]


def archive_pickles():
    """{path: data.pkl} of the archives that torch wrote, one file for each distinct pickle."""
    found, seen = {}, set()
    for path in sorted((SOURCE / "corpus").glob("torch-*/*.pt")):
        if not zipfile.is_zipfile(path):
            continue
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.count("/") == 1 and name.endswith("/data.pkl")]
            archive.getinfo(names[0]).CRC = None  # not checked: torch can be told not to compute it
            data = archive.read(names[0])
        digest = hashlib.sha256(data).digest()
        if digest not in seen:
            seen.add(digest)
            found[str(path)] = data
    return found


def written_pickles(folder):
    shared = ["shared"]
    values = [
        [None, True, False, 0, 255, 256, 65536, -1, 2**31, -(2**63), 2**64, -(2**2039), 2**2039, 2**3000],
        [0.0, -0.0, 1.5, 5e-324, float("inf"), float("-inf"), float("nan"), 1e300],
        ["", "a\"b\\c#d", "\n\r\t\0\x7f\x85", "\u00e9\u4e16\U0001f600", "\u202e\ud800", "x" * 300],
        [b"", b"\0\xff\"\\", b"y" * 300, bytearray(b"z\n")],
        {"k": (1, (2, (3, 4, 5, 6))), 7: {8, 9}, None: frozenset([1])},
        [shared, shared, collections.OrderedDict(a=1), collections.Counter("ab"), complex(1, 2), range(3), int],
    ]
    found = {}
    for protocol in range(6):
        for number, value in enumerate(values):
            path = os.path.join(folder, "%d-%d.pkl" % (protocol, number))
            data = pickle.dumps(value, protocol)
            Path(path).write_bytes(data)
            found[path] = data
    return found


@unittest.skipUnless(TOOL, "no tool in WEIGHTSONLY_TOOL")
class DisassemblyAgreesWithPickletools(unittest.TestCase):
    def compare(self, path, data, lines):
        ops = list(pickletools.genops(data))
        ends = [position for _, _, position in ops[1:]] + [ops[-1][2] + 1]
        self.assertGreaterEqual(len(lines), len(ops), path)
        for (op, argument, position), end, line in zip(ops, ends, lines):
            parts = INSTRUCTION.match(line)
            self.assertTrue(parts, "%s: %r" % (path, line))
            got = operands(parts[2])
            if op.name == "BINFLOAT":
                got = [as_float_bits(got[0])]
            self.assertEqual(
                (parts[1].decode(), int(parts[3], 16), got),
                (op.name, position, wanted(op, argument, data[position + 1 : end])),
                path,
            )

    def compare_all(self, pickles):
        paths = sorted(pickles)
        for start in range(0, len(paths), BATCH):
            batch = paths[start : start + BATCH]
            files = run_tool(batch)
            self.assertEqual(len(files), len(batch))
            for path, lines in zip(batch, files):
                self.compare(path, pickles[path], lines)

    def test_archives_of_the_corpus(self):
        pickles = archive_pickles()
        self.assertGreater(len(pickles), 100)
        self.compare_all(pickles)

    def test_pickles_of_every_protocol(self):
        with tempfile.TemporaryDirectory() as folder:
            self.compare_all(written_pickles(folder))


if __name__ == "__main__":
    unittest.main()
