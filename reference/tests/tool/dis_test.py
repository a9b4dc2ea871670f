"""CLI-040, CLI-041: the recipe of a whole file."""

import io
import pickletools
import tempfile
import unittest
import zipfile
from pathlib import Path

import tool


class DisTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "file.pt"

    def recipe(self, data, *words):
        self.path.write_bytes(data)
        process = tool.run("dis", "--json", *words, self.path)
        self.assertEqual((process.returncode, process.stderr), (0, b""))
        return tool.documents(process)[0]

    def stored(self, *records, **fields):
        """An archive of (name, content), written by zipfile with its fields of old MS-DOS."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as zipped:
            for name, content in records:
                info = zipfile.ZipInfo(name)
                for field, value in fields.items():
                    setattr(info, field, value)
                zipped.writestr(info, content)
        return out.getvalue()

    def test_the_document_is_exactly_this(self):
        document = self.recipe(self.stored(("a/data.pkl", b"\x80\x02N."), ("a/version", b"3\n"), create_version=0, extract_version=0))
        self.assertEqual(document, {"schema": "weightsonly.dis/1", "file": str(self.path), "recipe": [
            'RECORD "a/data.pkl" flags=0x0 date=0x21 central.version_made=768 central.external=0x1800000', "PROTO 2", "NONE",
            "STOP", 'RECORD "a/version" flags=0x0 date=0x21 central.version_made=768 central.external=0x1800000', 'TEXT "3\\n"',
            "DIRECTORY", "END"], "whole": True, "left_out": 0})

    def test_an_archive_of_torch_is_short(self):
        for release in ("1.13.1", "2.15.0"):
            for file in sorted((tool.CORPUS / ("torch-" + release)).glob("checkpoint-*.pt")):
                with zipfile.ZipFile(file) as zipped:
                    names = zipped.namelist()
                    pickle = zipped.read(next(name for name in names if name.endswith("/data.pkl")))
                lines = tool.document("dis", "--json", file)["recipe"]
                parts = [line for line in lines if line.split(" ")[0] in ("RECORD", "DESCRIPTOR", "GAP", "DIRECTORY", "ENTRY", "END64", "LOCATOR", "END")]
                expected = [line for name in names for line in ('RECORD "%s" align=64' % name, "DESCRIPTOR")]
                self.assertEqual(parts, expected + ["DIRECTORY", "END64", "LOCATOR", "END"], file)
                instructions = [opcode.name for opcode, _, _ in pickletools.genops(pickle)]
                self.assertEqual([line.split(" ")[0] for line in lines[1:1 + len(instructions)]], instructions, file)

    def test_instructions_have_their_offsets_behind_them(self):
        self.path.write_bytes(tool.pickled(b"}"))
        self.assertEqual(tool.run("dis", self.path).stdout.decode().split("\n"), [
            "PROTO 2" + 33 * " " + "# 0x0", "EMPTY_DICT" + 30 * " " + "# 0x2", "STOP" + 36 * " " + "# 0x3", ""])

    def test_contents_of_more_than_4096_bytes_are_left_out_unless_whole(self):
        for size, left_out in ((1024, 0), (1025, 4100)):
            data = self.stored(("a/data/0", tool.floats(size)))
            document = self.recipe(data)
            self.assertEqual((document["whole"], document["left_out"]), (left_out == 0, left_out))
            self.assertEqual("# 4100 bytes are left out" in document["recipe"], left_out != 0)
            process = tool.run("dis", self.path)
            self.assertEqual(process.returncode, 0)
            said = "%s: 4,100 bytes of contents are left out, without which the recipe makes another file; --whole shows them\n" % self.path
            self.assertEqual(process.stderr.decode(), said if left_out else "")
            whole = self.recipe(data, "--whole")
            self.assertEqual((whole["whole"], whole["left_out"]), (True, 0))
            self.assertEqual(sum(len(line) // 2 - 2 for line in whole["recipe"] if line.startswith("RAW ")), 4 * size)

    def test_equal_bytes_are_one_line_however_many(self):
        lines = self.recipe(self.stored(("a/data/0", b"ab" + bytes(100000) + b"c"), ("a/data/1", bytes(63)), ("a/data/2", bytes(64))), "--whole")["recipe"]
        self.assertEqual(lines[1:4], ["RAW 6162", "REPEAT 100000 RAW 00", "RAW 63"])
        self.assertEqual(lines[5:7], ["RAW " + 64 * "0", "RAW " + 62 * "0"])
        self.assertEqual(lines[8], "REPEAT 64 RAW 00")
        self.assertTrue(self.recipe(self.stored(("a/data/0", bytes(100000))))["whole"])

    def test_a_legacy_stream_is_five_pickles_and_bytes(self):
        data = tool.legacy(b"](K\x03" + tool.text("a") + b"e", [("0", 2, tool.floats(2))])
        lines = self.recipe(data)["recipe"]
        heads = [line for line in lines if line.startswith("#")]
        self.assertEqual([head.split(":")[0] for head in heads], ["# legacy/magic", "# legacy/protocol", "# legacy/sys_info", "# legacy/object",
                                                                 "# legacy/keys", "# the storages"])
        at = lines.index("# legacy/object")
        self.assertEqual(lines[at:at + 7], ["# legacy/object", "PROTO 2", "EMPTY_LIST", "MARK", "BININT1 3", 'BINUNICODE "a"', "APPENDS"])
        self.assertEqual(lines[-1], "RAW 0200000000000000000000000000803f")

    def test_a_deflated_pickle_stands_in_comments(self):
        data = tool.archive(b"](" + b"K\x01" * 200 + b"e", deflated=("data.pkl",))
        lines = self.recipe(data)["recipe"]
        self.assertIn(" method=8 ", lines[0])
        self.assertEqual(lines[1:4], ["# PROTO 2", "# EMPTY_LIST", "# MARK"])
        self.assertEqual(lines.count("# BININT1 1"), 200)
        self.assertTrue(lines[lines.index("# STOP") + 1].startswith("RAW "))

    def test_damaged_archives_are_still_parts(self):
        good = self.stored(("a/data.pkl", b"\x80\x02N."), ("a/data/0", tool.floats(2)), ("a/version", b"3\n"))
        cut = [line.split(" ")[0] for line in self.recipe(good[:-30])["recipe"]]
        self.assertEqual(cut[:6], ["RECORD", "PROTO", "NONE", "STOP", "RECORD", "RAW"])
        front = self.recipe(b"#!/bin/sh\n" + good)["recipe"]
        self.assertEqual(front[0].split(" ")[0], "RAW")
        behind = self.recipe(good + b"xyz")["recipe"]
        self.assertEqual(behind[-2:], ["END", "RAW 78797a"])

    def test_other_files_are_text_instructions_or_bytes(self):
        self.assertEqual(self.recipe(b"hello\nworld\n")["recipe"], ['TEXT "hello\\n"', 'TEXT "world\\n"'])
        self.assertEqual(self.recipe(b"\xff" * 40)["recipe"], ["RAW " + "ff" * 32, "RAW " + "ff" * 8])
        self.assertEqual(self.recipe(b"\x1f\x8b\x08\0")["recipe"], ["RAW 1f8b0800"])
        self.assertEqual(self.recipe(b"")["recipe"], [])

    def test_several_files_stand_behind_their_names(self):
        self.path.write_bytes(tool.pickled(b"}"))
        lines = tool.run("dis", self.path, self.path).stdout.decode().split("\n")
        self.assertEqual(lines[0], "# %s" % self.path)
        self.assertEqual(lines[:4] * 2 + [""], lines)


if __name__ == "__main__":
    unittest.main()
