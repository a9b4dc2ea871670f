"""Corpora are gathered by what makes their seeds, each file once, and stay when a corpus is merged."""

import os
import shutil
import tempfile
import unittest

import fuzz_corpora

ROWS = {"load": {"seeds": "file"}, "terminal": {"seeds": "file"}, "zip": {"seeds": "zip"}, "legacy": {"seeds": "legacy"}}


class Gather(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="weightsonly-")
        self.addCleanup(self.folder.cleanup)
        self.work = self.folder.name
        for target, names in {"load": ("a", "b"), "terminal": ("b", "c"), "zip": ("d",)}.items():
            os.makedirs(os.path.join(self.work, "fuzz-corpus", target))
            for name in names:
                with open(os.path.join(self.work, "fuzz-corpus", target, name), "w", encoding="utf-8") as file:
                    file.write(name)
        fuzz_corpora.gather(self.work, ROWS)

    def shared(self):
        top = os.path.join(self.work, "fuzz-shared")
        return {maker: sorted(os.listdir(os.path.join(top, maker))) for maker in os.listdir(top)}

    def test_targets_with_the_same_inputs_have_one_folder(self):
        self.assertEqual({"file": ["a", "b", "c"], "zip": ["d"]}, self.shared())
        self.assertEqual(os.path.join(self.work, "fuzz-shared", "file"), fuzz_corpora.folder_of(self.work, ROWS["load"]))

    def test_they_are_as_they_were_until_they_are_gathered_again(self):
        shutil.rmtree(os.path.join(self.work, "fuzz-corpus", "load"))
        with open(os.path.join(self.work, "fuzz-shared", "file", "a"), encoding="utf-8") as file:
            self.assertEqual("a", file.read())
        fuzz_corpora.gather(self.work, ROWS)
        self.assertEqual({"file": ["b", "c"], "zip": ["d"]}, self.shared())


if __name__ == "__main__":
    unittest.main()
