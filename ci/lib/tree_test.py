"""The list of files is git's where there is git, else the folder's; nothing that is built or ignored is in it."""

import subprocess
import unittest

import tree
from scratch import Scratch

FILES = {".gitignore": "ignored.txt\n/build/\n", "a.md": "a\n", "build/x.o": "x", "src/b.cc": "// B\n", "src/__pycache__/b.pyc": "x"}


class Tree(unittest.TestCase):
    def test_a_folder_without_git_is_walked(self):
        with Scratch(FILES) as top:
            self.assertEqual([".gitignore", "a.md", "src/b.cc"], tree.files(top))

    def test_a_git_checkout_lists_what_is_there_and_not_ignored(self):
        with Scratch({**FILES, "ignored.txt": "x", "gone.txt": "x"}) as top:
            git = ["git", "-C", top]
            subprocess.run([*git, "init", "-q"], check=True)
            subprocess.run([*git, "add", "a.md", "gone.txt"], check=True)
            subprocess.run(["rm", top + "/gone.txt"], check=True)
            self.assertEqual([".gitignore", "a.md", "src/__pycache__/b.pyc", "src/b.cc"], tree.files(top))

    def test_binary_files_have_no_text(self):
        with Scratch({"a": b"a\0b", "b": b"\xff\xfe", "c": "é\n"}) as top:
            self.assertEqual([None, None, "é\n", None], [tree.text(top, name) for name in ("a", "b", "c", "missing")])
            self.assertEqual([(1, "é")], list(tree.lines(top, "c")))

    def test_sources_are_the_cxx_files_under_reference(self):
        with Scratch({"reference/base/a.h": "", "reference/SPEC.md": "", "bench/b.cc": "", "reference/pickle/o.def": ""}) as top:
            self.assertEqual(["reference/base/a.h", "reference/pickle/o.def"], tree.sources(top))


if __name__ == "__main__":
    unittest.main()
