"""PROTOCOL.md against the schemas, the refusals and the runner: what the document says is what is checked."""

import json
import os
import re
import unittest

from running import TOP

import messages
import outcome


def text_of(*path):
    with open(os.path.join(TOP, "conformance", *path), encoding="utf-8") as file:
        return file.read()


def chapters(*numbers):
    parts = re.split(r"^## (\d+)\. ", text_of("PROTOCOL.md"), flags=re.M)
    return "".join(text for number, text in zip(parts[1::2], parts[2::2]) if int(number) in numbers)


def cells(text):
    """The first cells of the tables."""
    return set(re.findall(r"^\| ([a-z_0-9]+) \|", text, re.M))


class Members(unittest.TestCase):
    def test_every_member_of_a_message_is_told(self):
        told = set(re.findall(r"`([a-z_0-9]+)`", chapters(2, 3)))
        for name in ("hello", "hello-answer", "load", "bye", "answer"):
            self.assertEqual(set(messages.schema_of(name)["properties"]) - told, set(), name)

    def test_every_member_of_a_tensor_has_a_row_and_no_other(self):
        text = chapters(3)
        table = text[text.index("| member | meaning |"):]
        rows = cells(table) - {"member"}
        self.assertEqual(rows, set(messages.schema_of("answer")["$defs"]["tensor"]["properties"]))


class Words(unittest.TestCase):
    def test_the_kinds_of_the_examples_are_in_use(self):
        known = [kind["name"] for kind in json.loads(text_of("refusals.json"))["kinds"] if kind["in_use"]]
        table = re.findall(r"^\| `.*` \| `([a-z.-]+)` \|$|^\| `.*`.* \| `([a-z.-]+)` \|$", chapters(3), re.M)
        kinds = ["".join(pair) for pair in table]
        self.assertGreater(len(kinds), 4)
        for kind in kinds:
            self.assertTrue(any((name + ".").startswith(kind + ".") for name in known), kind)

    def test_every_outcome_is_told(self):
        told = set(re.findall(r"^\| ([a-z, -]+) \|", chapters(5), re.M))
        words = {word for cell in told for word in cell.split(", ")}
        self.assertEqual(words - {"outcome"}, {*outcome.FAILURES, outcome.PASS, outcome.SKIP})

    def test_a_security_case_is_what_the_document_says(self):
        notes = json.loads(text_of("notes.json"))["notes"]
        said = re.search(r"A security case is one of the area `(\w+)`, .*? the `bugType` (\w+) or (\w+), or a CVE", chapters(5))
        area, *types = said.groups()
        self.assertTrue(outcome.security({"area": area}, notes))
        self.assertFalse(outcome.security({"area": "zip"}, notes))
        for flag, note in notes.items():
            want = note["bugType"] in types or bool(note.get("cves"))
            self.assertEqual(outcome.security({"area": "zip", "flags": [flag]}, notes), want, flag)


if __name__ == "__main__":
    unittest.main()
