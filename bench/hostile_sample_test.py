"""A sample of what ci/hostile runs: damaged files of corpus/ and random inputs are accepted or refused, never more than that."""

import glob
import os
import re
import subprocess
import sys
import unittest

SOURCE = os.environ["WEIGHTSONLY_SOURCE"]
BUILD = os.environ["WEIGHTSONLY_BUILD"]
PROGRAM = os.path.join(BUILD, "weightsonly-hostile")


def limits():
    """The issue's limits are about Release; sanitizers and debugging cost time and memory."""
    with open(os.path.join(BUILD, "CMakeCache.txt"), encoding="utf-8") as file:
        cache = file.read()
    release = re.search(r"^CMAKE_BUILD_TYPE:\w+=Release$", cache, re.M)
    sanitized = re.search(r"^WEIGHTSONLY_SANITIZE:\w+=.", cache, re.M)
    return ["--max-ms", "1000", "--max-mib", "256"] if release and not sanitized else ["--max-ms", "30000", "--max-mib", "0"]


@unittest.skipUnless(os.access(PROGRAM, os.X_OK), "weightsonly-hostile was not built")
class HostileSample(unittest.TestCase):
    def run_program(self, *arguments):
        done = subprocess.run([PROGRAM, *limits(), *arguments], capture_output=True, text=True, timeout=600)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return {what: int(count) for what, count in re.findall(r"(inputs|accepted|refused|failed) (\d+)", done.stdout)}

    def test_damaged_files_are_accepted_or_refused(self):
        files = sorted(glob.glob(os.path.join(SOURCE, "corpus", "**", "*.pt"), recursive=True))[::5]
        self.assertTrue(files, "corpus/ holds no files")
        totals = self.run_program("--cut", "30", "--flip", "60", "--bits", "30", "--scatter", "10", *files)
        self.assertEqual(totals["inputs"], totals["accepted"] + totals["refused"])
        self.assertGreater(totals["accepted"], 0)
        self.assertGreater(totals["refused"], len(files) * 25)  # an archive that was cut is never whole

    def test_random_inputs_are_accepted_or_refused(self):
        totals = self.run_program("--noise", "100", "--pickles", "200", "--seed", "7")
        self.assertEqual(totals["inputs"], 300)
        self.assertGreater(totals["accepted"], 20)  # pickles that fit: else the writer of pickles tests nothing
        self.assertGreater(totals["refused"], 100)


if __name__ == "__main__":
    sys.exit(unittest.main())
