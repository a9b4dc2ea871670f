"""CLI-043 to CLI-047: the file that a recipe describes."""

import json
import os
import tempfile
import unittest
from pathlib import Path

import tool

GOOD = b"PROTO 2\nNONE  # the value\nSTOP\n"


class AsmTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.good = self.write("good.txt", GOOD)
        self.out = self.folder / "out.pt"

    def write(self, name, text):
        path = self.folder / name
        path.write_bytes(text)
        return path

    def test_what_dis_prints_is_the_file_again(self):
        file = tool.CORPUS / "torch-2.15.0/checkpoint-Adam.pt"
        printed = tool.run("dis", "--whole", file).stdout
        process = tool.run("asm", "-", "-o", "-", input=printed)
        self.assertEqual((process.returncode, process.stderr), (0, b""))
        self.assertTrue(process.stdout == file.read_bytes())

    def test_the_file_goes_where_it_should(self):
        for words in ([self.good, "-o", self.out], ["-o", self.out, self.good], [self.good, "--output=%s" % self.out]):
            self.out.unlink(missing_ok=True)
            process = tool.run("asm", *words)
            self.assertEqual((process.returncode, process.stdout, process.stderr), (0, b"", b""))
            self.assertEqual(self.out.read_bytes(), b"\x80\x02N.")
        self.assertEqual(tool.run("asm", self.good, "-o", self.folder).returncode, 0)
        self.assertEqual((self.folder / "good.pt").read_bytes(), b"\x80\x02N.")

    def test_several_recipes_go_into_a_folder_and_the_worst_counts(self):
        other, wrong = self.write("other.recipe", b"STOP"), self.write("wrong.txt", b"\nSTOPS")
        process = tool.run("asm", self.good, wrong, other, "-o", self.folder)
        self.assertEqual((process.returncode, process.stdout), (1, b""))
        self.assertEqual(process.stderr.decode(), "asm: %s: line 2: STOPS is no instruction and no part of an archive\n" % wrong)
        self.assertEqual(sorted(path.name for path in self.folder.glob("*.pt")), ["good.pt", "other.pt"])

    def test_two_recipes_of_one_name_are_a_mistake_before_anything_is_written(self):
        twin = self.write("good.txt", b"NONE\nSTOP")
        process = tool.run("asm", self.good, twin, "-o", self.folder)
        self.assertEqual((process.returncode, process.stdout), (2, b""))
        self.assertIn(b"two recipes would both be written to good.pt", process.stderr)
        self.assertEqual(list(self.folder.glob("*.pt")), [])

    def test_a_wrong_recipe_gives_1_and_its_line_and_no_file(self):
        process = tool.run("asm", "-", "-o", self.out, input=b"PROTO 2\n\nPROTO 256\nRAW")
        self.assertEqual((process.returncode, process.stdout, process.stderr), (1, b"", b"asm: line 3: 256 is not in 0..255\n"))
        self.assertFalse(self.out.exists())
        process = tool.run("asm", "-", "-o", "-", input=b"TEXT \"\x1b[31m\"x\n")
        self.assertNotIn(b"\x1b", process.stderr)
        process = tool.run("asm", "-", "-o", "-", input=b"STOP\n# \xff")
        self.assertEqual(process.stderr, b"asm: line 2: the line is not UTF-8\n")

    def test_more_bytes_than_allowed_are_a_mistake_of_the_recipe(self):
        text = b"REPEAT 4096 RAW 00\nREPEAT 4096 RAW 00\n"
        self.assertEqual(tool.run("asm", "-", "-o", self.out, "--max-bytes", "8192", input=text).returncode, 0)
        process = tool.run("asm", "-", "-o", self.out, "--max-bytes", "8191", input=text)
        self.assertEqual((process.returncode, process.stderr), (1, b"asm: line 2: the recipe makes more than 8191 bytes\n"))

    def test_the_documents_are_exactly_these(self):
        self.assertEqual(tool.document("asm", "--json", self.good, "-o", self.out), {
            "schema": "weightsonly.asm/1", "file": str(self.good), "verdict": "accept", "output": str(self.out), "size": 4})
        self.assertEqual(tool.document("asm", "--json", "-", "-o", self.out, input=b"STOP 1"), {
            "schema": "weightsonly.asm/1", "file": "-", "verdict": "reject", "line": 1, "detail": "STOP takes 0 operands, not 1"})

    def test_mistakes_of_usage_give_2(self):
        for words in ([], [self.good], ["-o", self.out], [self.good, "-o"], [self.good, self.good, "-o", self.out],
                      [self.good, self.good, "-o", "-"], ["--json", self.good, "-o", "-"], [self.good, "-o", self.out, "--strict"],
                      [self.good, "-o", self.out, "--max-bytes", "many"]):
            process = tool.run("asm", *words)
            self.assertEqual((process.returncode, process.stdout), (2, b""), words)
            self.assertIn(b"weightsonly: ", process.stderr)
        self.assertFalse(self.out.exists())

    def test_what_cannot_be_read_or_written_gives_3(self):
        for words in ([self.folder / "missing", "-o", self.out], [self.folder, "-o", self.out], [self.good, "-o", self.folder / "no/folder"]):
            process = tool.run("asm", *words)
            self.assertEqual((process.returncode, process.stdout), (3, b""), words)
            self.assertEqual(json.loads(tool.run("asm", "--json", *words).stdout)["verdict"], "error")
        if os.path.exists("/dev/full"):
            self.assertEqual(tool.run("asm", self.good, "-o", "/dev/full").returncode, 3)
            with open("/dev/full", "wb") as full:
                self.assertEqual(tool.run("asm", self.good, "-o", "-", stdout=full).returncode, 3)

    def test_a_file_that_could_not_be_written_whole_is_not_left_behind(self):
        text = b"REPEAT 4096 RAW 00\n" * 4
        for before in (None, b"before"):
            for room in (0, 1, 8192, 16383):
                self.out.unlink(missing_ok=True)
                if before is not None:
                    self.out.write_bytes(before)
                for words in (["-o", self.out], ["--json", "-o", self.out]):
                    process = tool.run_with_room(room, "asm", "-", *words, input=text)
                    self.assertEqual(process.returncode, 3, (before, room, process.stderr))
                    self.assertIn(b"File too large", process.stdout + process.stderr)
                    self.assertFalse(self.out.exists(), (before, room))
        self.assertEqual(tool.run_with_room(16384, "asm", "-", "-o", self.out, input=text).returncode, 0)
        self.assertEqual(self.out.read_bytes(), bytes(16384))

    def test_one_file_of_several_that_could_not_be_written_leaves_the_others(self):
        large = self.write("large.txt", b"REPEAT 4096 RAW 00\n")
        process = tool.run_with_room(100, "asm", large, self.good, "-o", self.folder)
        self.assertEqual((process.returncode, process.stdout), (3, b""))
        self.assertEqual([path.name for path in self.folder.glob("*.pt")], ["good.pt"])

    def test_what_is_written_to_stays_when_it_is_no_file(self):
        link = self.folder / "full.pt"
        link.symlink_to("/dev/full")
        process = tool.run("asm", self.good, "-o", link)
        self.assertEqual(process.returncode, 3)
        self.assertIn(b"No space left", process.stderr)
        self.assertTrue(link.is_symlink() and os.path.exists("/dev/full"))

    def test_a_file_that_may_not_be_written_stays_as_it_was(self):
        for out in (self.folder / "a folder.pt/x.pt", self.good / "x.pt"):
            process = tool.run("asm", "-", "-o", out, input=GOOD)
            self.assertEqual(process.returncode, 3)
        self.assertEqual(self.good.read_bytes(), GOOD)


if __name__ == "__main__":
    unittest.main()
