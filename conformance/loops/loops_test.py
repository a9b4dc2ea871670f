"""The loops over the suite, each in its language, where that is installed: all count alike."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[1]
CXX = shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")

# Language -> the command that shows whether it is installed, the one that builds {out} (or none), the one that runs.
LOOPS = {
    "loop.py": ([sys.executable, "--version"], None, [sys.executable, "{source}"]),
    "loop.js": (["node", "--version"], None, ["node", "{source}"]),
    "loop.go": (["go", "version"], ["go", "build", "-o", "{out}", "{source}"], ["{out}"]),
    "loop.rs": (["rustc", "--version"], ["rustc", "-o", "{out}", "{source}"], ["{out}"]),
    "loop.cc": ([CXX or "c++", "--version"], [CXX, "-std=c++11", "-o", "{out}", "{source}"], ["{out}"]),
}


def is_installed(probe):
    """Whether the program runs: a name in PATH may be a mere placeholder for a toolchain that was never chosen."""
    return shutil.which(probe[0]) is not None and subprocess.run(probe, capture_output=True).returncode == 0


def expected():
    """Counted from suite.json in another way than the loops do: by sets of ids."""
    cases = json.loads((TOP / "conformance" / "suite.json").read_text("utf-8"))["cases"]
    plain = {c["id"]: c for c in cases if c.get("file") and not c.get("options") and c["expect"].split()[0] != "either:"}
    zips = {name for name, c in plain.items() if (TOP / c["file"]).read_bytes().startswith(b"PK")}
    accepted = {name for name, c in plain.items() if c["expect"] == "accept"}
    return "%d cases, %d wrong verdicts\n" % (len(plain), len(zips ^ accepted))


class Loops(unittest.TestCase):
    def test_each_loop_counts_what_the_table_says(self):
        for name, command in self.built():
            with self.subTest(name):
                done = subprocess.run(command, cwd=TOP, capture_output=True, text=True)
                self.assertEqual((done.returncode, done.stderr, done.stdout), (0, "", expected()))

    def test_what_is_not_there_is_named_in_one_line(self):
        for name, command in self.built():
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
                self.assert_named(done, "conformance/")
                shutil.copytree(TOP / "conformance" / "flat", Path(folder) / "conformance" / "flat")
                shutil.copy(TOP / "conformance" / "suite.json", Path(folder) / "conformance")
                done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
                self.assert_named(done, "corpus/cases/")

    def assert_named(self, done, start):
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr, r"\A%s\S+ is not there: run this in the top folder of the repository\n\Z" % start)

    def built(self):
        """(name, command) of each loop whose language is installed."""
        with tempfile.TemporaryDirectory() as folder:
            environment = dict(os.environ, GOCACHE=folder, GOFLAGS="-buildvcs=false")
            for name, (probe, build, run) in LOOPS.items():
                if not is_installed(probe):
                    print("loops_test: %s is not run: its language is not installed here" % name)
                    continue
                words = {"source": str(HERE / name), "out": str(Path(folder) / (name + ".out"))}
                if build:
                    done = subprocess.run([word.format(**words) for word in build], capture_output=True, text=True, env=environment)
                    self.assertEqual(done.returncode, 0, done.stderr)
                yield name, [word.format(**words) for word in run]

    def test_a_loop_has_at_most_forty_lines(self):
        for name in LOOPS:
            self.assertLessEqual(len((HERE / name).read_text("utf-8").splitlines()), 40, name)


if __name__ == "__main__":
    unittest.main()
