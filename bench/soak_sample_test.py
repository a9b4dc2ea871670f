"""A sample of what ci/soak runs: many loads in one process give one answer and lose no memory, and that would be noticed."""

import glob
import os
import re
import subprocess
import sys
import unittest

SOURCE = os.environ["WEIGHTSONLY_SOURCE"]
BUILD = os.environ["WEIGHTSONLY_BUILD"]
PROGRAM = os.path.join(BUILD, "weightsonly-soak")
FILES = sorted(glob.glob(os.path.join(SOURCE, "corpus", "**", "*.pt"), recursive=True))
ONE = os.path.join(SOURCE, "corpus/torch-2.15.0/checkpoint-Adam.pt")
COMBINATIONS = 2 * 2 * 3 * 5 * 4 * 6 * 4 + 3 * 3 * 3 * 6 + 2 * 5 + 11
WAYS_IN = 4


def sanitized():
    with open(os.path.join(BUILD, "CMakeCache.txt"), encoding="utf-8") as file:
        return bool(re.search(r"^WEIGHTSONLY_SANITIZE:\w+=.", file.read(), re.M))


# What malloc keeps for a thread counts as in use; sanitizers keep what was freed.
MEMORY = ["--max-drift", "0"] if sanitized() else []
ENVIRONMENT = dict(os.environ, GLIBC_TUNABLES="glibc.malloc.tcache_count=0")


def soak(*arguments):
    return subprocess.run([PROGRAM, *MEMORY, *arguments], capture_output=True, text=True, timeout=600, env=ENVIRONMENT)


@unittest.skipUnless(os.access(PROGRAM, os.X_OK), "weightsonly-soak was not built")
class SoakSample(unittest.TestCase):
    def totals(self, *arguments):
        done = soak(*arguments)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return {what: int(count) for what, count in re.findall(r"([\w-]+) (-?\d+)", done.stdout)}

    def test_files_that_are_loaded_again_and_again_give_one_answer_and_keep_no_memory(self):
        totals = self.totals("--repeats", "10" if sanitized() else "100", "--stride", "0", *FILES[::4])
        self.assertGreater(totals["files"], 1000)
        self.assertEqual((totals["differing"], totals["failed"]), (0, 0))
        if not sanitized():
            self.assertEqual(totals["lost-in-a-file"], 0)

    def test_a_sample_of_the_combinations_gives_one_answer_through_every_way_in(self):
        totals = self.totals("--repeats", "0", "--stride", "97", *FILES[::40 if sanitized() else 8])
        self.assertGreater(totals["combinations"], totals["files"] * 60)
        self.assertGreater(totals["accepted"], totals["files"])
        self.assertEqual((totals["differing"], totals["failed"]), (0, 0))

    @unittest.skipIf(sanitized(), "takes long")
    def test_one_file_meets_every_combination(self):
        totals = self.totals("--repeats", "0", ONE)
        self.assertEqual(totals["combinations"], COMBINATIONS)
        self.assertEqual(totals["loads"], COMBINATIONS * WAYS_IN + 2 * WAYS_IN)

    @unittest.skipIf(sanitized(), "sanitizers keep what was freed")
    def test_a_byte_that_is_lost_in_each_load_is_noticed(self):
        done = soak("--repeats", "1000", "--stride", "0", "--leak", "1", ONE)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("bytes are lost", done.stderr)
        done = soak("--repeats", "0", "--stride", "1", "--leak", "1000", ONE)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("the process grew", done.stderr)

    def test_mistakes_of_usage_give_2(self):
        for words in ([], ["--repeats"], ["--repeats", "many", ONE], ["--nonsense", "1", ONE], ["no-such-file.pt"]):
            self.assertEqual(soak(*words).returncode, 2, words)


if __name__ == "__main__":
    sys.exit(unittest.main())
