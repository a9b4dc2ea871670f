"""ci/setup installs exactly what is missing, says so first, and asks nobody when nothing is missing. The package manager is a fake."""

import os
import shutil
import subprocess
import unittest

import tree
from scratch import Scratch

FAKE_COMPILER = """#!/bin/sh
# Has every header but those of $MISSING_HEADER.
grep -q "${MISSING_HEADER:-no header at all}" && exit 1
exit 0
"""
FAKE_LOG = '#!/bin/sh\necho "$(basename "$0") $*" >> "$FAKE_LOG"\n'
PRESENT = ["cmake", "ninja", "git", "python3", "pkg-config"]
NEEDED = ["bash", "sh", "dirname", "basename", "awk", "sort", "tr", "nproc", "grep", "ls", "cat"]


class Setup(unittest.TestCase):
    def run_setup(self, tools, user="0", **environment):
        """Runs ci/setup where only `tools` exist; (exit code, stderr, what the fakes were called with)."""
        with Scratch({"bin/.keep": ""}) as top:
            folder = os.path.join(top, "bin")
            for name in NEEDED:
                os.symlink(shutil.which(name), os.path.join(folder, name))
            scripts = {"c++": FAKE_COMPILER, "id": f"#!/bin/sh\necho {user}\n", "sudo": '#!/bin/sh\necho "sudo" >> "$FAKE_LOG"\nexec "$@"\n'}
            for name in tools:
                path = os.path.join(folder, name)
                with open(path, "w", encoding="utf-8") as file:
                    file.write(scripts.get(name, FAKE_LOG))
                os.chmod(path, 0o755)
            log = os.path.join(top, "log")
            done = subprocess.run([os.path.join(folder, "bash"), os.path.join(tree.root(), "ci", "setup")],
                                  env={"PATH": folder, "FAKE_LOG": log, **environment}, capture_output=True, text=True)
            with open(log, "a+", encoding="utf-8") as file:
                file.seek(0)
                return done.returncode, done.stdout + done.stderr, file.read().splitlines()

    def test_nothing_missing_is_silent_and_installs_nothing(self):
        self.assertEqual((0, "", []), self.run_setup(["c++", "id", "apt-get", *PRESENT]))

    def test_what_is_missing_is_said_and_installed(self):
        code, output, calls = self.run_setup(["c++", "id", "apt-get", *PRESENT[1:]], MISSING_HEADER="zlib.h")
        self.assertEqual(0, code, output)
        self.assertIn("will install with apt-get: cmake zlib1g-dev", output)
        self.assertEqual(["apt-get update -qq", "apt-get install -y -qq --no-install-recommends cmake zlib1g-dev"], calls)

    def test_other_package_managers_have_their_names(self):
        for manager, want in [("dnf", "zlib-devel"), ("pacman", "zlib"), ("brew", "zlib")]:
            with self.subTest(manager):
                code, output, calls = self.run_setup(["c++", "id", manager, *PRESENT], MISSING_HEADER="zlib.h")
                self.assertEqual(0, code, output)
                self.assertTrue(calls[-1].startswith(manager) and calls[-1].endswith(" " + want), calls)

    def test_without_root_sudo_is_used(self):
        code, _, calls = self.run_setup(["c++", "id", "sudo", "apt-get", *PRESENT], user="1000", MISSING_HEADER="zlib.h")
        self.assertEqual(0, code)
        self.assertEqual("sudo", calls[0])

    def test_with_neither_root_nor_sudo_it_says_what_to_run(self):
        code, output, calls = self.run_setup(["c++", "id", "apt-get", *PRESENT], user="1000", MISSING_HEADER="zlib.h")
        self.assertEqual((1, []), (code, calls))
        self.assertIn("apt-get install -y -qq --no-install-recommends zlib1g-dev", output)

    def test_without_a_known_package_manager_it_names_what_is_missing(self):
        code, output, calls = self.run_setup(["c++", "id", *PRESENT], MISSING_HEADER="zlib.h")
        self.assertEqual((1, []), (code, calls))
        self.assertIn("zlib1g-dev", output)


if __name__ == "__main__":
    unittest.main()
