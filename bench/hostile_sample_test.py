"""A sample of what ci/hostile runs: damaged files of corpus/ and random inputs are accepted or refused, never more than that."""

import glob
import json
import os
import re
import subprocess
import sys
import unittest

SOURCE = os.environ["WEIGHTSONLY_SOURCE"]
BUILD = os.environ["WEIGHTSONLY_BUILD"]
PROGRAM = os.path.join(BUILD, "weightsonly-hostile")


SMALL = 2048  # bytes of a file that is damaged at every byte
EVERY = "1000000"


def is_release():
    with open(os.path.join(BUILD, "CMakeCache.txt"), encoding="utf-8") as file:
        cache = file.read()
    release = re.search(r"^CMAKE_BUILD_TYPE:\w+=Release$", cache, re.M)
    return bool(release) and not re.search(r"^WEIGHTSONLY_SANITIZE:\w+=.", cache, re.M)


def limits():
    """What the project promises is about Release; sanitizers and debugging cost time and memory."""
    return ["--max-ms", "1000", "--max-mib", "256"] if is_release() else ["--max-ms", "30000", "--max-mib", "0"]


def files_of_manifest(wanted):
    """The paths of the files of corpus/ that are wanted, by their name in manifest.json and what a loader needs for them."""
    with open(os.path.join(SOURCE, "corpus", "manifest.json"), encoding="utf-8") as file:
        manifest = json.load(file)
    found = []
    for entry in manifest["files"]:
        recipe = manifest["recipes"].get(os.path.basename(entry["file"]).removesuffix(".pt"), {})
        forged = entry["file"].startswith("forged/")
        if wanted(entry["file"], entry.get("needs", []) if forged else recipe["needs"]):
            found.append(os.path.join(SOURCE, "corpus", entry["file"]))
    return found


@unittest.skipUnless(os.access(PROGRAM, os.X_OK), "weightsonly-hostile was not built")
class HostileSample(unittest.TestCase):
    def run_program(self, *arguments):
        done = subprocess.run([PROGRAM, *limits(), *arguments], capture_output=True, text=True, timeout=600)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        words = r"(inputs|accepted|refused|failed|\(accepted-torchscript\)|container\.torchscript):? (\d+)"
        return {what: int(count) for what, count in re.findall(words, done.stdout)}

    def test_damaged_files_are_accepted_or_refused(self):
        files = sorted(glob.glob(os.path.join(SOURCE, "corpus", "**", "*.pt"), recursive=True))[::5]
        self.assertTrue(files, "corpus/ holds no files")
        totals = self.run_program("--cut", "30", "--flip", "60", "--bits", "30", "--scatter", "10", *files)
        self.assertEqual(totals["inputs"], totals["accepted"] + totals["refused"])
        self.assertGreater(totals["accepted"], 0)
        self.assertGreater(totals["refused"], len(files) * 25)  # an archive that was cut is never whole

    def test_every_small_legacy_stream_is_accepted_or_refused_whatever_byte_it_ends_at_or_has_inverted(self):
        files = [path for path in files_of_manifest(lambda _, needs: "legacy" in needs) if os.path.getsize(path) <= SMALL]
        self.assertGreater(len(files), 190)
        every = EVERY if is_release() else "60"
        totals = self.run_program("--cut", every, "--flip", every, *files)
        if is_release():
            self.assertEqual(totals["inputs"], sum(1 + 2 * os.path.getsize(path) for path in files))
        self.assertEqual(totals["inputs"], totals["accepted"] + totals["refused"])
        self.assertGreater(totals["accepted"], len(files) * 2)  # one byte of a tensor is as good as another

    def test_damaged_torchscript_archives_are_accepted_or_refused_by_their_own_reader(self):
        files = files_of_manifest(lambda file, _: "torchscript" in file)
        self.assertGreater(len(files), 15)
        every = "600" if is_release() else "60"
        totals = self.run_program("--cut", every, "--flip", every, "--bits", every, "--scatter", "100", *files)
        self.assertGreater(totals["(accepted-torchscript)"], len(files) * (100 if is_release() else 50))
        self.assertNotIn("container.torchscript", totals)  # none ends where Load gives up
        self.assertGreater(totals["refused"], len(files) * 300 if is_release() else 0)

    def test_random_inputs_are_accepted_or_refused(self):
        totals = self.run_program("--noise", "100", "--pickles", "200", "--seed", "7")
        self.assertEqual(totals["inputs"], 300)
        self.assertGreater(totals["accepted"], 20)  # pickles that fit: else the writer of pickles tests nothing
        self.assertGreater(totals["refused"], 100)


if __name__ == "__main__":
    sys.exit(unittest.main())
