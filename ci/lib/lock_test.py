"""One run at a time: the second is told so, and ci/fuzz ends with 2 before it builds or writes anything."""

import os
import subprocess
import sys
import tempfile
import unittest

import lock
import tree


class Lock(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()  # pylint: disable=consider-using-with
        self.addCleanup(self.folder.cleanup)
        self.path = os.path.join(self.folder.name, "build", "fuzz-logs", "lock")

    def test_a_second_run_is_refused_until_the_first_ends(self):
        first = lock.hold(self.path, "here")
        self.assertRaisesRegex(OSError, "^another run is at work in here$", lock.hold, self.path, "here")
        first.close()
        lock.hold(self.path, "here").close()

    def test_ci_fuzz_says_so_in_one_line(self):
        os.makedirs(os.path.join(self.folder.name, "ci"))
        for name in ("ci/lib", "fuzz", "conformance", "corpus", "reference"):
            os.symlink(os.path.join(tree.root(), name), os.path.join(self.folder.name, name))
        program = os.path.join(self.folder.name, "ci", "fuzz")
        with open(os.path.join(tree.root(), "ci", "fuzz"), encoding="utf-8") as source, open(program, "w", encoding="utf-8") as copy:
            copy.write(source.read())
        for mode in ([], ["--bugs"], ["--i386"]):
            with lock.hold(self.path, "here"):
                done = subprocess.run([sys.executable, program, "--no-build", "--targets", "empty", *mode], capture_output=True, text=True, check=False)
            self.assertEqual((2, "", "ci/fuzz: another run is at work in build/fuzz-*\n"), (done.returncode, done.stdout, done.stderr))
        self.assertEqual(["fuzz-logs"], os.listdir(os.path.join(self.folder.name, "build")))


if __name__ == "__main__":
    unittest.main()
