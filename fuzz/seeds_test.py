"""Seeds are what the table says: of the suite, of makers and of findings; nothing twice, nothing too long, the same every time."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

import seeds
import table

TOP = table.root()
SUITE = {"cases": [
    {"id": "a-none", "size": 1000, "file": None, "recipe": 'CHECKPOINT\nNONE # nothing\nSTOP\nSTORAGE "0"\nRAW 00112233\n'},
    {"id": "b-same", "size": 1000, "file": None, "recipe": 'CHECKPOINT\nNONE\nSTOP\n'},
    {"id": "c-stream", "size": 10, "file": None, "recipe": 'LONG1 5\nSTOP\nBININT1 7\nSTOP\nRAW 00\n'},
    {"id": "d-file", "size": 3, "file": "corpus/d.pt", "recipe": 'RAW 616263\n'},
    {"id": "e-other-record", "size": 1000, "file": None, "recipe": 'TEXT "x"\nRECORD "a/version"\nTEXT "3"\nRECORD "a/DATA.pkl"\nNEWTRUE\nSTOP\nEND\n'},
    {"id": "f-big", "size": 1 << 20, "file": None, "recipe": 'REPEAT 1048576 RAW 00\n'}]}
TARGETS = """
[[target]]
name = "whole"
max_len = 4096
seeds = "file"
[[target]]
name = "handler_*"
max_len = 20
seeds = "own"
[[target]]
name = "texts"
max_len = 40
seeds = "recipe"
[[target]]
name = "pickles"
max_len = 4096
seeds = "pickle"
[[target]]
name = "streams"
max_len = 4096
seeds = "legacy"
"""
FINDINGS = '[[finding]]\nfile = "odd-one.bin"\ntargets = ["whole", "handler_mark"]\n[[finding]]\nfile = "same.bin"\ntargets = ["whole"]\n'
MAKER = "def seeds(files, target):\n    for name, data in files:\n        yield name, (target + name).encode()\n"


class Tree(unittest.TestCase):
    """A small tree of its own."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="weightsonly-")
        self.addCleanup(self.folder.cleanup)
        self.top = self.folder.name
        for path, data in {"conformance/suite.json": json.dumps(SUITE).encode(), "fuzz/targets.toml": TARGETS.encode(),
                           "fuzz/seed_makers/own.py": MAKER.encode(), "corpus/d.pt": b"abc", "corpus/regress/findings.toml": FINDINGS.encode(),
                           "corpus/regress/odd-one.bin": b"odd", "corpus/regress/same.bin": b"abc"}.items():
            os.makedirs(os.path.dirname(os.path.join(self.top, path)), exist_ok=True)
            with open(os.path.join(self.top, path), "wb") as file:
                file.write(data)

    def made(self, target):
        out = os.path.join(self.top, "out")
        counts = seeds.write(self.top, [target], out)
        found = {}
        for name in sorted(os.listdir(os.path.join(out, target))):
            with open(os.path.join(out, target, name), "rb") as file:
                found[name] = file.read()
        self.assertEqual({target: len(found)}, counts)
        return found


class Forms(Tree):
    def test_files_are_read_or_assembled_and_findings_join_them(self):
        found = self.made("whole")
        self.assertEqual(["a-none", "b-same", "c-stream", "d-file", "e-other-record", "regress-odd-one"], list(found))
        self.assertEqual((b"abc", b"odd", b"\x8a\x01\x05.K\x07.\0"), (found["d-file"], found["regress-odd-one"], found["c-stream"]))
        self.assertTrue(found["a-none"].startswith(b"PK\3\4"))

    def test_a_maker_gets_the_files_and_the_target_and_what_is_too_long_is_left_out(self):
        self.assertEqual({"a-none": b"handler_marka-none", "b-same": b"handler_markb-same", "c-stream": b"handler_markc-stream",
                          "d-file": b"handler_markd-file", "regress-odd-one": b"odd"}, self.made("handler_mark"))

    def test_recipes_are_texts(self):
        self.assertEqual(["b-same", "c-stream", "d-file"], list(self.made("texts")))

    def test_pickles_are_data_pkl_or_each_of_a_stream_and_come_once(self):
        self.assertEqual({"a-none": b"N.", "c-stream": b"\x8a\x01\x05.", "c-stream-2": b"K\x07.", "c-stream-3": b"\0", "d-file": b"abc",
                          "e-other-record": b"x", "e-other-record-2": b"\x88."}, self.made("pickles"))

    def test_streams_are_the_files_without_an_archive(self):
        self.assertEqual(["c-stream", "d-file", "e-other-record"], list(self.made("streams")))

    def test_what_lay_there_before_goes(self):
        os.makedirs(os.path.join(self.top, "out", "whole"))
        with open(os.path.join(self.top, "out", "whole", "old"), "wb"):
            pass
        self.assertNotIn("old", self.made("whole"))

    def test_a_tree_without_findings_has_seeds(self):
        os.remove(os.path.join(self.top, "corpus", "regress", "findings.toml"))
        self.assertNotIn("regress-odd-one", self.made("whole"))


class Suite(unittest.TestCase):
    def test_every_target_has_seeds_and_each_kind_of_them_twice_the_same(self):
        rows, cases, again, seen = table.rows(TOP), seeds.Cases(TOP), seeds.Cases(TOP), set()
        for target in table.programs(TOP):
            row = table.row_of(rows, target)
            made = list(seeds.seeds(TOP, target, row, cases))
            if row["seeds"] not in seen:
                seen.add(row["seeds"])
                self.assertEqual(made, list(seeds.seeds(TOP, target, row, again)), target)
            self.assertTrue(made, target)
            self.assertEqual(len(made), len({name for name, _ in made}), target)
            self.assertLessEqual(max(len(data) for _, data in made), row["max_len"], target)

    def test_the_forms_of_the_suite_are_plenty(self):
        cases = seeds.Cases(TOP)
        for form, least in (("file", 1800), ("recipe", 1800), ("pickle", 1800), ("legacy", 100)):
            self.assertGreater(len(getattr(cases, form)), least, form)

    def test_the_command_says_what_is_wrong(self):
        for arguments, said in ((["--out", "x"], "name targets, or say --all"), (["nothing", "--out", "x"], "there is no target nothing")):
            run = subprocess.run([sys.executable, os.path.join(TOP, "fuzz", "seeds.py"), *arguments], capture_output=True, text=True, check=False)
            self.assertEqual(2, run.returncode)
            self.assertIn(said, run.stderr)


if __name__ == "__main__":
    unittest.main()
