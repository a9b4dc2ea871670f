"""The reference loader against the suite: every case, the whole value, kinds and places."""

import os
import tempfile
import unittest

from running import TOP, run

SUITE = os.path.join("conformance", "suite.json")
TOOL = os.path.abspath(os.environ.get("WEIGHTSONLY_TOOL", os.path.join(TOP, "build", "release", "weightsonly")))


@unittest.skipUnless(os.path.exists(os.path.join(TOP, SUITE)), "the suite is not there")
class Reference(unittest.TestCase):
    def passes(self, *options):
        finished = run("--exact", "--baseline", "conformance/baselines/weightsonly.txt", *options, TOOL, "serve", suite=SUITE)
        self.assertEqual(finished.returncode, 0, finished.stdout + finished.stderr)

    def test_it_passes_every_case(self):
        self.passes()

    def test_its_tensors_are_those_of_the_value(self):
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as empty:  # the committed baseline is one of level 2
            finished = run("--exact", "--level", "1", "--jobs", "2", "--baseline", empty.name, TOOL, "serve", suite=SUITE)
        self.assertEqual(finished.returncode, 0, finished.stdout + finished.stderr)


if __name__ == "__main__":
    unittest.main()
