"""The house rules find what they must find; the tree itself is clean. Bad words are put together here, so that they do not stand here."""

import unittest

import house
import tree
from scratch import Scratch


class House(unittest.TestCase):
    def findings(self, files):
        with Scratch(files) as top:
            return house.check(top)

    def test_ordinary_files_are_fine(self):
        self.assertEqual([], self.findings({
            "README.md": "See https://example.org" "/wo" "rk/x, build/wo" "rk/y and ~/.cache; a/ro" "ot/b; /usr/lib/.\n",
            "reference/base/a.cc": "// A file of 450 lines.\n" * 450,
            "reference/SPEC.md": "Long documents are fine.\n" * 900,
            "corpus/x.pt": b"\0" + b"/wo" + b"rk/",
        }))

    def test_paths_of_a_machine_are_found(self):
        for path in ["/" + "work/main", "/" + "root/.cache", "/" + "home/someone/x", "/" + "tmp/build"]:
            with self.subTest(path):
                self.assertEqual(["ci/x:2: a path of somebody's machine"], self.findings({"ci/x": f"\nls '{path}/a'\n"}))

    def test_registry_addresses_are_found(self):
        for text in ["--index" + "-url x", "PIP" + "_INDEX_URL=x", "GOPROXY" + "=x", "registry = " + '"http://x"',
                     "https://" + "pypi.org/simple", "https://download." + "pytorch.org/whl"]:
            with self.subTest(text):
                self.assertEqual(["a.md:1: a registry address"], self.findings({"a.md": text}))

    def test_marks_for_later_are_found(self):
        for mark in ["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"]:
            with self.subTest(mark):
                self.assertIn("a mark for later", "".join(self.findings({"bench/a.cc": f"// {mark}: x\n"})))

    def test_long_sources_and_scripts_are_found(self):
        for path in ["reference/base/a.cc", "bench/a.h", "fixtures-gen/a.py", "ci/bench", ".ci/run", "cmake/a.cmake"]:
            with self.subTest(path):
                self.assertEqual([f"{path}: 451 lines, more than 450"], self.findings({path: "x\n" * 451}))

    def test_big_files_are_found(self):
        self.assertEqual([], self.findings({"corpus/a.pt": b"\0" * 512 * 1024}))
        self.assertIn("more than 524288", "".join(self.findings({"corpus/a.pt": b"\0" * (512 * 1024 + 1)})))
        suite = "conformance/suite.json"
        self.assertEqual([], self.findings({suite: b"\0" * (3 << 20)}))
        self.assertEqual([f"{suite}: {(3 << 20) + 1} bytes, more than {3 << 20}"], self.findings({suite: b"\0" * ((3 << 20) + 1)}))

    def test_the_tree_is_clean(self):
        self.assertEqual([], house.check(tree.root()))


if __name__ == "__main__":
    unittest.main()
