"""CLI-050 to CLI-053: `explain` shows a case of the conformance suite, and the command that repeats it."""

import json
import os
import shlex
import subprocess
import tempfile
import unittest
from pathlib import Path

import tool

REJECTED = {
    "id": "memo-get-missing", "title": "BINGET of an index that was never put is refused",
    "why": "A loader that makes up a value here hands its user a model with holes.", "rules": ["MEM-002", "XYZ-999"], "area": "memo",
    "since": "1.0.0", "expect": "reject pickle.memo-missing", "fault": "memo-never-put", "record": "data.pkl", "offset": 2,
    "flags": ["ParserDifferential", "WrongValue"], "needs": ["legacy"], "deviation": "DEV-411",
    "recipe": 'CHECKPOINT  # a line\nPROTO 2\nBINUNICODE "a\\x00\\"\\n"\nBINGET 7\nSTOP\n', "file": "corpus/cases/memo/memo-get-missing.pt",
    "sha256": "0" * 64, "size": 300, "options": {}}
EITHER = {
    "id": "device-unknown", "title": "T", "why": "W", "rules": [], "since": "1.0.0", "expect": "either: label | refuse", "policy": "device",
    "kind": "storage.location", "python": "torch.save(1, f)\nprint()\n", "torch": "2.15.0", "file": "corpus/a b/x'y.pt",
    "options": {"weights_only": True, "env": {"TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD": "y; id", "OTHER": "x"}, "strict": True, "mmap": False,
                "safe_globals": ["training.Config", ["a.B", "c.D"]], "numpy": "1.24", "endianness": "big", "map_location": "cpu",
                "encoding": "latin1", "torch": "2.6"}}
BIG = {"id": "big", "title": "T", "why": "W", "rules": [], "since": "1.0.0", "expect": "accept", "recipe": "REPEAT 9 RAW 00\n", "file": None}


class ExplainCaseTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = Path(folder.name)
        (self.top / "conformance").mkdir()
        self.suite = self.top / "conformance/suite.json"
        self.write({"schema": "weightsonly.suite/1", "version": "1.0.0", "torch": "2.15.0", "cases": [BIG, EITHER, REJECTED]})

    def write(self, suite):
        self.suite.write_text(suite if isinstance(suite, str) else json.dumps(suite), "utf-8")

    def explain(self, *words, **options):
        options.setdefault("cwd", self.top)
        return tool.run("explain", *words, env={"COLUMNS": "80"}, **options)

    def test_people_get_everything_that_the_row_says(self):
        process = self.explain("memo-get-missing")
        self.assertEqual((process.returncode, process.stderr), (0, b""))
        text = process.stdout.decode()
        words = " ".join(text.split())
        self.assertIn("memo-get-missing, a case of the conformance suite, area memo, since 1.0.0\n"
                      "  BINGET of an index that was never put is refused\n", text)
        for part in ("why: A loader that makes up", "expected: reject pickle.memo-missing; at byte 2 of data.pkl", "fault: memo-never-put",
                     "flags: ParserDifferential, WrongValue", "needs: legacy", "deviation: DEV-411",
                     "XYZ-999 This version's SPEC.md has no such rule."):
            self.assertIn(part, words)
        rule = tool.document("explain", "--json", "MEM-002")["text"].split("** ", 1)[1]
        self.assertIn("MEM-002 " + " ".join(rule.split()), words)
        recipe = "".join("    %s\n" % line for line in REJECTED["recipe"].splitlines())
        self.assertIn("  recipe:\n" + recipe, text)
        self.assertTrue(text.endswith("\n  try: weightsonly load corpus/cases/memo/memo-get-missing.pt\n"), text[-200:])

    def test_the_command_asks_with_the_options_of_the_row(self):
        text = self.explain("device-unknown").stdout.decode()
        self.assertIn("expected: either: label | refuse, refused with storage.location; the policy device decides", " ".join(text.split()))
        self.assertIn("  python, run with torch 2.15.0:\n    torch.save(1, f)\n    print()\n", text)
        command = text.splitlines()[-1].split("try: ")[1]
        self.assertEqual(shlex.split(command), [
            "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD=y; id", "weightsonly", "load", "--weights-only", "true", "--strict", "--no-mmap",
            "--allow", "training.Config", "--allow-as", "a.B=c.D", "--numpy", "1.24", "--endianness", "big", "--map-location", "cpu",
            "--encoding", "latin1", "--torch", "2.6", "corpus/a b/x'y.pt"])

    def test_the_command_works_where_it_is_said(self):
        named = self.top / "corpus/a b/x'y.pt"
        named.parent.mkdir(parents=True)
        named.write_bytes(tool.archive(b"](" + tool.name("training.Config") + tool.name("c.D") + b"e"))
        elsewhere = self.top / "elsewhere"
        elsewhere.mkdir()
        for cwd, words in ((self.top, ()), (self.top, ("--suite", "conformance/suite.json")), (elsewhere, ("--suite", "../conformance/suite.json")),
                           (self.top / "conformance", ("--suite", "suite.json")), (elsewhere, ("--suite", os.fspath(self.suite)))):
            document = tool.documents(self.explain("--json", *words, "device-unknown", cwd=cwd))[0]
            command = "PATH=%s:$PATH; %s" % (shlex.quote(os.path.dirname(tool.TOOL)), document["command"])
            done = subprocess.run(["sh", "-c", command], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.assertEqual((done.returncode, done.stderr), (0, b""), cwd)

    def test_programs_get_the_row_as_it_is(self):
        for row in (REJECTED, EITHER, BIG):
            document = tool.documents(self.explain("--json", row["id"]))[0]
            self.assertEqual({key: document[key] for key in ("schema", "topic", "what", "case")},
                             {"schema": "weightsonly.explain/1", "topic": row["id"], "what": "case", "case": row})
            self.assertEqual([rule["rule"] for rule in document["rules"]], row["rules"])
            self.assertEqual(document["command"] is None, row["file"] is None)
        self.assertEqual(list(document["case"]), list(BIG))

    def test_a_case_without_a_file_is_assembled(self):
        text = self.explain("big").stdout.decode()
        self.assertTrue(text.endswith("    REPEAT 9 RAW 00\n  The file is not kept: assemble it from the recipe.\n"), text)

    def test_kinds_and_rules_come_first(self):
        self.write({"schema": "weightsonly.suite/1", "cases": [dict(BIG, id="CLI-001"), dict(BIG, id="limit.depth")]})
        self.assertEqual([d["what"] for d in tool.documents(self.explain("--json", "CLI-001", "limit.depth"))], ["rule", "kind"])

    def test_an_id_that_is_not_there_is_a_mistake(self):
        process = self.explain("memo-get-mising")
        self.assertEqual((process.returncode, process.stdout), (2, b""))
        self.assertIn(b"nor a case of the conformance suite; did you mean memo-get-missing?", process.stderr)

    def test_a_suite_that_is_none_is_said(self):
        for text in ("", "{", "[]", '{"schema":"weightsonly.suite/2","cases":[]}', '{"schema":"weightsonly.suite/1"}', "[" * 1000000):
            self.write(text)
            process = self.explain("--suite", self.suite, "memo-get-missing")
            self.assertEqual((process.returncode, process.stdout), (3, b""), text[:40])
            self.assertIn(b"is no conformance suite: it ", process.stderr)
            self.assertEqual(self.explain("memo-get-missing").returncode, 2)
            self.assertEqual(self.explain("--suite", self.suite, "CLI-001").returncode, 0)
        self.assertEqual(self.explain("--suite", "nothing", "x").returncode, 3)
        self.suite.unlink()
        process = self.explain("memo-get-missing")
        self.assertEqual(process.returncode, 2)
        self.assertIn(b"Cases of the conformance suite are looked up in conformance/suite.json, or where --suite says.", process.stderr)

    def test_a_row_of_other_types_harms_nothing(self):
        odd = {"id": "odd", "title": 1, "why": None, "rules": [1, None], "flags": "x", "file": 3, "options": 4, "offset": -1, "recipe": []}
        hostile = {"id": "hostile", "title": "\x1b[31m", "rules": ["\x07"], "recipe": "a\x1b\\x\u202e\n", "file": "\x1b'", "expect": "\n"}
        options = {"id": "odd-options", "file": "x", "options": {"env": [], "safe_globals": [1, ["a"]], "mmap": "x", "numpy": 1}}
        self.write({"schema": "weightsonly.suite/1", "cases": [3, None, {}, {"id": ""}, odd, hostile, options]})
        for row in (odd, hostile, options):
            self.assertEqual(self.explain(row["id"]).returncode, 0)
            self.assertEqual(tool.documents(self.explain("--json", row["id"]))[0]["case"], row)
        self.assertNotIn(b"\x1b", self.explain("hostile").stdout)
        self.assertTrue(self.explain("odd-options").stdout.endswith(b"try: weightsonly load x\n"))


if __name__ == "__main__":
    unittest.main()
