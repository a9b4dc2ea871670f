"""The two assemblers, `weightsonly asm` and conformance/run/recipe.py, make the same bytes and find the same lines wrong."""

import itertools
import json
import os
import random
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

SOURCE = Path(os.environ.get("WEIGHTSONLY_SOURCE", Path(__file__).resolve().parents[3]))
TOOL = os.environ.get("WEIGHTSONLY_TOOL", str(SOURCE / "build/release/weightsonly"))
sys.path.insert(0, str(SOURCE / "conformance/run"))

import recipe  # noqa: E402

AT_ONCE = 1500  # files of one process


def run(*words):
    return subprocess.run([TOOL, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)


def batches(items):
    items = iter(items)
    while batch := list(itertools.islice(items, AT_ONCE)):
        yield batch


def corpus():
    return sorted((SOURCE / "corpus").rglob("*.pt"))


def disassembled(paths):
    """(path, recipe) of each: they stand behind a comment that names the file."""
    for batch in batches(paths):
        heads = {"# " + str(path) for path in batch}
        process = run("dis", "--whole", *batch, batch[0])
        assert (process.returncode, process.stderr) == (0, b""), process.stderr[-2000:]
        parts = []
        for line in process.stdout.decode("utf-8").split("\n"):
            if line in heads:
                parts.append([])
            else:
                parts[-1].append(line)
        assert len(parts) == len(batch) + 1
        for path, lines in zip(batch, parts):
            yield path, "\n".join(lines)


def ours(texts):
    """What the tool makes of each text: bytes, or the number of the line that is wrong."""
    results = []
    for batch in batches(texts):
        with tempfile.TemporaryDirectory() as folder:
            sources = [Path(folder) / ("%04d.txt" % number) for number in range(len(batch))]
            for source, text in zip(sources, batch):
                source.write_bytes(text.encode("utf-8"))
            process = run("asm", "--json", "--max-bytes", 1 << 20, *sources, "-o", folder)
            assert process.stderr == b"" and process.returncode in (0, 1), process.stderr[-2000:]
            documents = [json.loads(line) for line in process.stdout.decode().split("\n")[:-1]]
            assert len(documents) == len(batch)
            for document in documents:
                good = document["verdict"] == "accept"
                results.append(Path(document["output"]).read_bytes() if good else document["line"])
    return results


def theirs(text):
    try:
        return recipe.assemble(text, 1 << 20)
    except recipe.RecipeError as error:
        return error.line


def examples():
    """The recipes of FORMAT.md, chapter 1.5: indented, with blank lines between them."""
    text = (SOURCE / "conformance/FORMAT.md").read_text("utf-8").split("### 1.5 Examples")[1].split("\n## ")[0]
    blocks = text.strip("\n").split("\n\n")
    return ["\n".join(line[4:] for line in block.split("\n")) + "\n" for block in blocks if block.startswith("    ")]


WORDS = ["RAW", "00", "0G", "TEXT", '"x"', '"\\u{d800}"', '"\\x4"', '"', "#", "U8", "U16", "U32", "U64", "REPEAT", "3", "-1", "256", "0x10", "1" * 50,
         "PROTO", "BININT", "LONG1", "LONG4", "BINFLOAT", "1e400", "1e-400", "-0.0", "inf", "bits:7ff8000000000001", "bytes:ff", "GLOBAL",
         "BINUNICODE", "SHORT_BINSTRING", "STOP", "INT", "CHECKPOINT", "STORAGE", "RECORD", "DESCRIPTOR", "plain", "wide", "GAP", "DIRECTORY",
         "ENTRY", "0", "END64", "LOCATOR", "END", "align=64", "align=65537", "zip64=1", "local.zip64=1", "central.zip64=1", "zip64=2", "deflate=fixed",
         "deflate=stored", "deflate=best", "listed=0", "crc=5", "local.crc=0x5", "size=4294967296", "local.size=7", "compressed=3",
         "method=65536", "flags=1", "central.offset=9", "offset=9", "name=\"y\"", "central.name=\"z\"", "extra=bytes:0102", "local.extra=\"ab\"",
         "extra_length=1", "name_length=70000", "comment=\"c\"", "central.comment=\"d\"", "comment_length=2", "count=7", "directory_size=1",
         "signature=1", "local.signature=1", "end64_offset=3", "disks=2", "byteorder=none", "version=none", "folder=\"f\"", "version=3", "x=1",
         "crc", "=", "\u00e9", "\t", "\u2003", "\u000b"]


def changed(lines, chance):
    """The lines with a few words or lines exchanged, doubled, or left out."""
    lines = list(lines)
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(len(lines))
        words = lines[at].split(" ")
        where = chance.randrange(len(words) + 1)
        kind = chance.randrange(6)
        if kind == 0:
            lines[at] = " ".join(words[:where] + [chance.choice(WORDS)] + words[where:])
        elif kind == 1:
            lines[at] = " ".join(words[:where] + [chance.choice(WORDS)] + words[where + 1:])
        elif kind == 2:
            lines.insert(at, " ".join(chance.choice(WORDS) for _ in range(chance.randrange(1, 4))))
        elif kind == 3:
            lines.insert(at, chance.choice(lines))
        elif kind == 4 and len(lines) > 1:
            del lines[at]
        elif lines[at]:
            place = chance.randrange(len(lines[at]))
            lines[at] = lines[at][:place] + chance.choice('"\\#= 0a\u00e9') + lines[at][place + 1:]
    return "\n".join(lines) + chance.choice(["", "\n", "\n\n"])


class AssemblersTest(unittest.TestCase):
    def test_every_file_of_the_corpus_comes_back_from_both(self):
        found = list(disassembled(corpus()))
        self.assertGreater(len(found), 3500)
        for path, text in found:
            self.assertTrue(recipe.assemble(text) == path.read_bytes(), path)
        some = found[::7]
        for (path, _), data in zip(some, ours(text for _, text in some)):
            self.assertTrue(data == path.read_bytes(), path)

    def test_the_examples_of_the_format_are_the_same_and_good_archives(self):
        texts = examples()
        self.assertEqual(len(texts), 3)
        made = ours(texts)
        self.assertEqual(made, [recipe.assemble(text) for text in texts])
        contents = []
        for data in made:
            with tempfile.TemporaryFile() as file:
                file.write(data)
                with zipfile.ZipFile(file) as zipped:
                    contents.append({info.filename: zipped.read(info) for info in zipped.infolist()})
        self.assertEqual(contents, [
            {"archive/data.pkl": b"\x80\x02h\x07.", "archive/byteorder": b"little", "archive/version": b"3\n"},
            {"archive/data.pkl": b"\x80\x02N.", "archive/data/0": b"\0\0\x80?" * 4, "archive/version": b"3\n"},
            {"x/data.pkl": b"\x80\x02N.", "x/version": b"3\n"}])

    def test_changed_recipes_make_the_same_bytes_or_are_wrong_in_the_same_line(self):
        chance = random.Random(20)
        seeds = [text.split("\n")[:-1] for text in examples()]
        names = ("zip-comment", "zip-zip64-storage", "zip-descriptor-wide", "zip-duplicate-same", "zip-deflated-storage", "legacy-keys-tuple")
        files = [path for path in corpus() if path.stem in names and path.parent.name == "forged"]
        self.assertGreater(len(files), 3)
        seeds += [text.split("\n")[:-1] for _, text in disassembled(files)]
        seeds += [[" ".join(chance.choice(WORDS) for _ in range(chance.randrange(1, 4))) for _ in range(3)] for _ in range(1500)]
        texts = ["\n".join(seed) + "\n" for seed in seeds]
        texts += [changed(seed, chance) for seed in seeds[:3] * 500 + seeds[3:3 + len(files)] * 120]
        wrong = 0
        for text, mine in zip(texts, ours(texts)):
            self.assertTrue(mine == theirs(text), "%r: %r, and in Python %r" % (text, mine, theirs(text)))
            wrong += isinstance(mine, int)
        self.assertGreater(wrong, len(texts) // 4)
        self.assertLess(wrong, len(texts) * 19 // 20)


if __name__ == "__main__":
    unittest.main()
