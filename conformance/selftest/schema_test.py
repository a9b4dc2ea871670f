"""The checker of JSON Schemas, the schemas of the protocol, and the messages of the runner."""

import json
import os
import unittest

import running
from running import TOP

import messages
import schema

GOOD = {"seq": 1, "verdict": "accept", "tensors": [{"path": ["a", 0], "dtype": "int8", "shape": [2], "data": "0102"}]}


def problems(value, rules):
    return list(schema.check(value, rules))


def read(*path):
    with open(os.path.join(TOP, *path), encoding="utf-8") as file:
        return json.load(file)


class Checker(unittest.TestCase):
    def test_each_keyword_refuses_what_it_is_there_for(self):
        for rules, good, bad in (
                ({"type": "integer"}, 1, 1.0), ({"type": "integer"}, 0, True), ({"type": "number"}, 1.5, "1"),
                ({"type": ["string", "null"]}, None, 0), ({"type": "object"}, {}, []), ({"type": "array"}, [], {}),
                ({"enum": [0, 1]}, 1, True), ({"const": {"a": 1}}, {"a": 1}, {"a": 2}), ({"required": ["a"]}, {"a": 1}, {}),
                ({"properties": {"a": {"type": "null"}}}, {"a": None}, {"a": 1}), ({"items": {"const": 1}}, [1, 1], [1, 2]),
                ({"pattern": "^a$"}, "a", "b"), ({"minimum": 2}, 2, 1), ({"maximum": 2}, 2, 3), ({"minLength": 1}, "a", ""),
                ({"maxLength": 1}, "a", "ab"), ({"minItems": 1}, [1], []), ({"maxItems": 1}, [1], [1, 2]),
                ({"anyOf": [{"const": 1}, {"const": 2}]}, 2, 3), ({"allOf": [{"minimum": 1}, {"maximum": 2}]}, 2, 3),
                ({"properties": {"a": True}, "additionalProperties": False}, {"a": 1}, {"b": 1}),
                ({"additionalProperties": {"const": 1}}, {"b": 1}, {"b": 2}),
                ({"patternProperties": {"^x-": True}, "additionalProperties": False}, {"x-a": 1}, {"a": 1}),
                ({"$ref": "#/$defs/one", "$defs": {"one": {"const": 1}}}, 1, 2),
                ({"if": {"const": 1}, "then": {"const": 2}}, 3, 1), ({"if": {"const": 1}, "else": {"const": 2}}, 1, 3)):
            with self.subTest(rules=rules):
                self.assertEqual(problems(good, rules), [])
                self.assertEqual(len(problems(bad, rules)), 1)

    def test_a_problem_names_the_place(self):
        rules = {"properties": {"a": {"items": {"properties": {"b": {"type": "string"}}}}}}
        self.assertEqual(problems({"a": [{}, {"b": 3}]}, rules), ["$.a[1].b: 3 is not a string"])

    def test_a_keyword_that_is_not_known_is_an_error(self):
        with self.assertRaises(ValueError):
            problems(1, {"multipleOf": 2})


class Schemas(unittest.TestCase):
    def test_messages_of_the_runner_fit(self):
        for name, message in (("hello", messages.hello()), ("bye", messages.bye()),
                              ("load", messages.load(1, "a.pt", 1, {"endianness": "big"}))):
            self.assertEqual(problems(message, read("conformance", "schema", name + ".schema.json")), [])
            self.assertEqual(json.loads(messages.line(message)), message)

    def test_the_embargo_fits(self):
        for path in (("conformance", "embargo.json"), ("conformance", "selftest", "tiny", "embargo.json")):
            self.assertEqual(problems(read(*path), read("conformance", "schema", "embargo.schema.json")), [])

    def test_answers(self):
        for change, count in (({}, 0), ({"x-mine": 1}, 0), ({"verdict": "ok"}, 1), ({"tensor": []}, 1), ({"seq": "1"}, 2),
                              ({"seq": 2}, 1), ({"kind": "Bad Kind"}, 2), ({"tensors": [{}]}, 3)):
            with self.subTest(change=change):
                self.assertEqual(len(list(messages.answer_problems({**GOOD, **change}, 1, 1))), count)

    def test_an_error_is_no_verdict(self):
        found = list(messages.answer_problems({"seq": 1, "error": "permission denied"}, 1, 1))
        self.assertEqual(len(found), 2, found)  # an unknown member, and the verdict that is missing

    def test_extents_that_no_tensor_has_can_be_told(self):
        odd = [{"path": [], "dtype": "int8", "shape": shape} for shape in ([-2], ["-9007199254740993"])]
        self.assertEqual(list(messages.answer_problems({**GOOD, "tensors": odd}, 1, 1)), [])

    def test_what_a_level_asks_for(self):
        bare = {"seq": 1, "verdict": "accept"}
        self.assertEqual(list(messages.answer_problems(bare, 0, 1)), [])
        self.assertEqual(len(list(messages.answer_problems(bare, 1, 1))), 1)
        self.assertEqual(len(list(messages.answer_problems(GOOD, 2, 1))), 1)
        self.assertEqual(len(list(messages.answer_problems({**GOOD, "tensors": None}, 1, 1))), 1)
        self.assertEqual(list(messages.answer_problems({**GOOD, "tensors": None, "truncated": True}, 1, 1)), [])
        self.assertEqual(len(list(messages.answer_problems({"seq": 1, "verdict": "skip"}, 1, 1))), 1)

    def test_lines_that_are_no_message(self):
        for data in (b"", b"\n", b"[1]\n", b'{"a":NaN}\n', b"\xff\n", b"{'a':1}\n", b"[" * 100000, b"1\n"):
            with self.subTest(data=data[:10]), self.assertRaises(messages.BadMessage):
                messages.parse(data)

    def test_the_caret_stands_below_the_fault(self):
        for text in ('{"a":1,,"b":2}', '{"a":"%s",,}' % ("x" * 500)):
            with self.assertRaises(messages.BadMessage) as caught:
                messages.parse(text.encode())
            line, caret = caught.exception.pointed().split("\n")
            self.assertEqual(line[len(caret) - 2 : len(caret)], ",,")


if __name__ == "__main__":
    unittest.main()
