"""Checkpoints that would call something: refused, or inert where the user allows the name; never run, whatever the flags.

The calls are those of corpus/allow/hostile-calls-*.jsonl. Each would create `executed` in the working directory.
"""

import json
import os
import tempfile
import unittest
from pathlib import Path

import tool

RELEASES = ("1.13", "2.0", "2.6", "2.10", "2.13", "2.15")


def calls():
    """(row name, the pickle's value, the name that has to be allowed), one for each call."""
    for table in sorted((tool.CORPUS / "allow").glob("hostile-calls-*.jsonl")):
        for row in map(json.loads, table.read_text(encoding="utf-8").splitlines()):
            if "allow" in row["load"]:
                code = bytes.fromhex(row["pickle"])
                yield row["row"], code[2:-1], row["load"]["allow"][0]


def flags(name):
    """Combinations of flags for `load`."""
    for words in ([], ["--strict"]):
        yield words
        yield ["--allow", name] + words
    yield ["--allow", name, "--no-mmap", "--map-location", "meta"]
    for release in RELEASES:
        yield ["--torch", release]
        yield ["--torch", release, "--allow", name]
    for numpy in ("1.24", "2.4"):
        yield ["--numpy", numpy]
        yield ["--numpy", numpy, "--allow", name]


class Hostile(unittest.TestCase):
    def test_no_flag_makes_a_file_run_what_it_names(self):
        found = list(calls())
        self.assertGreaterEqual(len(found), 35)
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "x.pt").write_bytes(b"")
            for row, value, name in found:
                Path(folder, "x.pt").write_bytes(tool.archive(value))
                with self.subTest(row):
                    for words in flags(name):
                        process = tool.run("load", "--json", *words, "x.pt", cwd=folder)
                        self.assertIn(process.returncode, (0, 1, 2), words)
                        if "--allow" not in words:
                            self.assertNotEqual(process.returncode, 0, words)
                    for words in (["ls"], ["globals"], ["dis"], ["inspect"], ["ls", "--allow", name],
                                  ["globals", "--allow", name]):
                        self.assertIn(tool.run(*words, "x.pt", cwd=folder).returncode, (0, 1, 2), words)
                    self.assertEqual(os.listdir(folder), ["x.pt"])

    def test_an_allowed_call_is_an_object_that_says_what_would_be_called(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "x.pt")
            path.write_bytes(tool.archive(tool.name("subprocess.Popen") + b"(" + tool.text("mkdir executed") + b"tR"))
            refused = tool.document("load", "--json", path)
            self.assertEqual((refused["verdict"], refused["kind"]), ("reject", "policy.global-not-allowed"))
            root = tool.document("load", "--json", "--allow", "subprocess.Popen", path)["value"]["root"]
            self.assertEqual(root, {"t": "object", "class": "subprocess.Popen", "via": "reduce",
                                    "args": {"t": "tuple", "v": [{"t": "str", "v": "mkdir executed"}]}})
            path.write_bytes(tool.archive(tool.name("os.mkdir") + b"(" + tool.text("executed") + b"tR"))
            blocked = tool.document("load", "--json", "--allow", "os.mkdir", path)
            self.assertEqual((blocked["verdict"], blocked["kind"]), ("reject", "policy.module-blocked"))
            self.assertEqual(os.listdir(folder), ["x.pt"])


if __name__ == "__main__":
    unittest.main()
