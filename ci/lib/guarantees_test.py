"""The figures of README.md are those of the sources, and a figure that changes is found."""

import os
import re
import shutil
import unittest

import guarantees
import spec_lists
import tree
from scratch import Scratch

SOURCES = [guarantees.README, guarantees.BOMBS, guarantees.INDEX, "reference/SPEC.md", spec_lists.SUITE, spec_lists.OBSERVED, "ci/soak",
           "reference/tests/api/corpus_test.cc", "reference/tests/threads/threads_test.cc", "bench/soak_sample_test.py"]
DIFFERS = "README.md: What is guaranteed: the table is not the one that python3 ci/lib/guarantees.py prints"
COMMAND = re.compile(r"`([^`]+)`")


class Guarantees(unittest.TestCase):
    def findings(self, path, old, new):
        """What is found when that text of one of the files is another one."""
        with Scratch({}) as top:
            for source in SOURCES:
                os.makedirs(os.path.dirname(os.path.join(top, source)), exist_ok=True)
                shutil.copy(os.path.join(tree.root(), source), os.path.join(top, source))
            with open(os.path.join(top, path), encoding="utf-8") as file:
                text = file.read()
            self.assertIn(old, text)
            with open(os.path.join(top, path), "w", encoding="utf-8") as file:
                file.write(text.replace(old, new))
            return guarantees.check(top)

    def test_a_figure_that_changes_is_found(self):
        for path, old, new in [
                (guarantees.README, "10,000 times in one process", "20,000 times in one process"),
                (guarantees.BOMBS, "SECONDS, MIB = 1, 256", "SECONDS, MIB = 2, 256"),
                (guarantees.INDEX, "STORAGES, TENSORS_EACH, ELEMENTS = 500,", "STORAGES, TENSORS_EACH, ELEMENTS = 5,"),
                ("reference/tests/threads/threads_test.cc", "kThreads = 8;", "kThreads = 2;"),
                ("ci/soak", "repeats=10000 ", "repeats=100 "),
                ("bench/soak_sample_test.py", "WAYS_IN = 4", "WAYS_IN = 3"),
                ("reference/SPEC.md", "| marks left open |", "| marks | STK-005 | pickle.trailing | stack-strict-mark-open |\n| marks left open |")]:
            with self.subTest(path):
                self.assertEqual([DIFFERS], self.findings(path, old, new))

    def test_a_figure_that_is_gone_is_found(self):
        found = self.findings("ci/soak", "repeats=10000 ", "rounds=10000 ")
        self.assertEqual(1, len(found))
        self.assertIn("ci/soak has nothing like", found[0])

    def test_each_promise_has_a_command_whose_files_are_there(self):
        for promise, _, commands in guarantees.ROWS:
            self.assertTrue(COMMAND.findall(commands), promise)
            for word in " ".join(COMMAND.findall(commands)).split():
                if word.startswith(("ci/", "conformance/", "reference/")):
                    self.assertTrue(os.path.exists(os.path.join(tree.root(), word)), word)

    def test_the_read_me_of_the_tree_is_right(self):
        self.assertEqual([], guarantees.check(tree.root()))


if __name__ == "__main__":
    unittest.main()
