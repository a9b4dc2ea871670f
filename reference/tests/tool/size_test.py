"""The tool is one file of less than 3 MiB, without its symbols."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import tool


def is_release():
    """Whether the tool was built for use: sanitizers and other kinds of build make bigger files."""
    cache = Path(tool.TOOL).resolve().parent / "CMakeCache.txt"
    text = cache.read_text("utf-8") if cache.exists() else ""
    return re.search(r"^CMAKE_BUILD_TYPE:\w+=Release$", text, re.M) and not re.search(r"^WEIGHTSONLY_SANITIZE:\w+=.", text, re.M)


class Size(unittest.TestCase):
    @unittest.skipUnless(shutil.which("strip"), "strip is not installed")
    @unittest.skipUnless(is_release(), "the target is about the Release build")
    def test_the_stripped_tool_is_smaller_than_3_mib(self):
        with tempfile.TemporaryDirectory() as folder:
            stripped = os.path.join(folder, "weightsonly")
            subprocess.run(["strip", "-o", stripped, tool.TOOL], check=True)
            self.assertLess(os.path.getsize(stripped), 3 << 20)


if __name__ == "__main__":
    unittest.main()
