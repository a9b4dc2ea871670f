"""VALUES.md against the suite and the reference: every type has a row, and every example is a value of some case."""

import json
import os
import re
import unittest

from running import TOP

FENCED = re.compile(r"^```json\n(.*?)^```$", re.M | re.S)
INLINE = re.compile(r"`(\{[^`]*\})`")
ROW = re.compile(r"^\| ([a-z]+) \| (.*?) \| ([a-z ]+) \| (.*) \|$", re.M)


def text_of(*path):
    with open(os.path.join(TOP, *path), encoding="utf-8") as file:
        return file.read()


def plain(value):
    """Equal values have equal texts, whatever the order of their members."""
    return json.dumps(value, sort_keys=True)


def parts(value):
    """The value and all values inside of it."""
    stack = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, dict):
            yield one
            stack.extend(one.values())
        elif isinstance(one, list):
            stack.extend(one)


def keys_in(value):
    """The types of what is a key or a member here."""
    if value["t"] == "set":
        yield from (member["t"] for member in value["v"])
    pairs = value["v"] if value["t"] in ("dict", "odict", "counter") else value.get("pairs", ())
    yield from (key["t"] for key, _ in pairs)


class Values(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        text = text_of("conformance", "VALUES.md")
        table = text.partition("## 3.")[0].partition("|---|---|---|---|\n")[2]
        cls.rows = {tag: (key, cell) for tag, _, key, cell in ROW.findall(table)}
        cls.text = text
        found = [case["value"] for case in json.loads(text_of("conformance", "suite.json"))["cases"] if case.get("value")]
        cls.values = [part for value in found for part in parts(value)]
        cls.examples = [json.loads(one) for one in FENCED.findall(text) + INLINE.findall(text)]

    def typed(self):
        return (value for value in self.values if "t" in value)

    def test_every_type_of_the_reference_has_a_row_and_no_other(self):
        table = text_of("reference", "value", "value_type.def")
        tags = re.findall(r'^WEIGHTSONLY_VALUE_TYPE\(\w+, "[^"]*", "(\w+)"', table, re.M)
        self.assertEqual(sorted(self.rows), sorted(tags + ["ref"]))

    def test_every_type_of_the_suite_has_a_row(self):
        self.assertEqual({value["t"] for value in self.typed()} - set(self.rows), set())

    def test_every_example_is_a_value_of_the_suite(self):
        known = {plain(value) for value in self.values}
        for example in self.examples:
            with self.subTest(json.dumps(example)[:80]):
                self.assertIn(plain(example), known)

    def test_every_row_has_an_example_of_its_type(self):
        shown = {part["t"] for example in self.examples for part in parts(example) if "t" in part}
        self.assertEqual(shown, set(self.rows))
        for tag, (_, cell) in self.rows.items():
            for one in INLINE.findall(cell):
                self.assertEqual(json.loads(one)["t"], tag)

    def test_what_is_a_key_in_the_suite_is_one_in_the_table(self):
        keys = {tag for value in self.typed() for tag in keys_in(value)}
        refused = {tag for tag, (key, _) in self.rows.items() if key == "no"}
        self.assertEqual(keys & refused, set())
        self.assertEqual(refused, {"bytearray", "list", "dict", "odict", "counter", "set"})

    def test_what_carries_an_id_in_the_suite_is_listed(self):
        listed = re.search(r"These carry ids: (.*?)\. All", self.text, re.S)[1]
        ids = {value["t"] for value in self.typed() if "id" in value and value["t"] != "ref"}
        self.assertEqual({tag for tag in ids if not re.search(r"\b%s\b" % tag, listed)}, set())

    def test_every_member_of_every_value_is_told(self):
        names = {name for value in self.values for name in value}
        self.assertEqual({name for name in names if not re.search(r"[`, |]%s[`, |]" % name, self.text)}, set())

    def test_each_layout_has_its_parts(self):
        told = dict((layout, words) for layouts, words in re.findall(r"^\| (torch\.sparse.*?) \| (.*?) \|$", self.text, re.M)
                    for layout in layouts.split(", "))
        seen = {value["layout"]: set(value) - {"t", "id", "layout", "dtype", "shape", "attrs"}
                for value in self.typed() if value["t"] == "sparse"}
        self.assertEqual(set(told), set(seen))
        for layout, members in seen.items():
            self.assertEqual({name for name in members if re.search(r"\b%s\b" % name, told[layout])}, members)


if __name__ == "__main__":
    unittest.main()
