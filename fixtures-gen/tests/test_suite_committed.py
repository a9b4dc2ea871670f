"""What is committed of the suite: made of the tables byte for byte, valid by the schemas, and the tool's own list of kinds."""

import json
import os
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CONFORMANCE = ROOT / "conformance"
sys.path.insert(0, str(ROOT / "fixtures-gen"))

from suite_parts import vocabulary  # which adds conformance/run to sys.path
from schema import check as problems_of

TOOL = os.environ.get("WEIGHTSONLY_TOOL")


class Committed(unittest.TestCase):
    def test_nothing_changes_when_it_is_made_again(self):
        run = subprocess.run([sys.executable, ROOT / "fixtures-gen" / "suite.py", "--check"], capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stdout[-4000:] + run.stderr[-4000:])

    @unittest.skipUnless(TOOL, "$WEIGHTSONLY_TOOL is not set")
    def test_the_kinds_are_those_of_the_tool(self):
        run = subprocess.run([TOOL, "tables", "--json", "kinds"], capture_output=True, check=True)
        members = ("name", "in_use", "sentence", "advice")
        committed = json.loads((CONFORMANCE / "refusals.json").read_text("utf-8"))["kinds"]
        self.assertEqual([{key: kind[key] for key in members} for kind in committed], json.loads(run.stdout)["kinds"])

    @unittest.skipUnless(TOOL, "$WEIGHTSONLY_TOOL is not set")
    def test_the_rules_are_those_of_the_tool(self):
        run = subprocess.run([TOOL, "tables", "--json", "rules"], capture_output=True, check=True)
        committed = json.loads((CONFORMANCE / "rules.json").read_text("utf-8"))["rules"]
        self.assertEqual([rule["id"] for rule in committed], [rule["id"] for rule in json.loads(run.stdout)["rules"]])


class Schemas(unittest.TestCase):
    def problems(self, path, name):
        schema = json.loads((CONFORMANCE / "schema" / (name + ".schema.json")).read_text("utf-8"))
        return list(problems_of(json.loads(path.read_text("utf-8")), schema))[:5]

    def test_every_document_is_valid(self):
        for name in ("suite", "rules", "refusals", "notes", "embargo"):
            self.assertEqual(self.problems(CONFORMANCE / (name + ".json"), name), [])
        for path in (CONFORMANCE / "observations").glob("*.json"):
            self.assertEqual(self.problems(path, "observations"), [], path.name)

    def test_the_options_of_the_schema_are_those_of_the_tables(self):
        schema = json.loads((CONFORMANCE / "schema" / "suite.schema.json").read_text("utf-8"))
        self.assertEqual(set(schema["$defs"]["options"]["properties"]), set(vocabulary.OPTIONS))
        self.assertEqual(set(schema["$defs"]["case"]["properties"]["limits"]["properties"]), set(vocabulary.LIMITS))
        made = {"area", "file", "sha256", "size", "tensors", "value_omitted"}
        self.assertEqual(set(schema["$defs"]["case"]["properties"]), set(vocabulary.MEMBERS) | made)


if __name__ == "__main__":
    unittest.main()
