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
        want = expected()
        for name, (probe, build, run) in LOOPS.items():
            if not is_installed(probe):
                print("loops_test: %s is not run: its language is not installed here" % name)
                continue
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                environment = dict(os.environ, GOCACHE=folder, GOFLAGS="-buildvcs=false")
                words = {"source": str(HERE / name), "out": str(Path(folder) / "loop")}
                for command in filter(None, [build, run]):
                    done = subprocess.run([word.format(**words) for word in command], cwd=TOP, capture_output=True,
                                          text=True, env=environment)
                    self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(done.stdout, want)

    def test_a_loop_has_at_most_thirty_lines(self):
        for name in LOOPS:
            self.assertLessEqual(len((HERE / name).read_text("utf-8").splitlines()), 30, name)


if __name__ == "__main__":
    unittest.main()
