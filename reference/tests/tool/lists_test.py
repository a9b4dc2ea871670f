"""The lists of SPEC.md, tried: what strict refuses, what each limit says, how many cases a deviation has. ci/lib/spec_lists.py compares
them with the suite and the sources."""

import json
import re
import sys
import unittest

import tool

sys.path.append(str(tool.SOURCE / "ci/lib"))

import spec_lists  # noqa: E402

SPEC = spec_lists.tables((tool.SOURCE / "reference/SPEC.md").read_text("utf-8"))
CASES = {case["id"]: case for case in json.loads((tool.SOURCE / spec_lists.SUITE).read_text("utf-8"))["cases"]}


def file_of(case):
    return tool.SOURCE / CASES[case]["file"]


class Strict(unittest.TestCase):
    def test_each_case_is_refused_in_strict_alone_and_with_the_kind_of_its_row(self):
        for row in SPEC[spec_lists.STRICT]:
            for case in spec_lists.words(row[-1]):
                with self.subTest(case):
                    self.assertEqual(tool.document("load", "--json", file_of(case))["verdict"], "accept")
                    refused = tool.document("load", "--json", "--strict", file_of(case))
                    self.assertEqual((refused["verdict"], refused["kind"]), ("reject", row[2]))


# A limit, the words that lower it, what it is tried with, and where that is standard input.
ADAM = tool.CORPUS / "torch-2.15.0/checkpoint-Adam.pt"
LOWERED = [
    ("limit.nodes", ("--limit-nodes", "10"), ADAM),
    ("limit.record-size", ("--limit-inflated-base", "5", "--limit-inflated-factor", "0"), ADAM),
    ("limit.record-size", ("--limit-stream-bytes", "5"), None),
    ("limit.memory", ("--limit-derived-base", "7", "--limit-derived-per-byte", "0"), file_of("limit-encode-ten")),
    ("limit.steps", ("--limit-steps-base", "7", "--limit-steps-per-byte", "0"), file_of("limit-size-ten")),
    ("limit.steps", ("--limit-steps-base", "500", "--limit-steps-per-byte", "0"), file_of("limit-sparse-expanded-small")),
]
# The defaults, and what they stop.
AS_THEY_ARE = {"limit-encode": "limit.memory", "limit-encode-ascii": "limit.steps", "limit-sparse-expanded": "limit.steps",
               "limit-deflated-pickle": "limit.record-size", "limit-small-record": "limit.record-size", "limit-line": "limit.line"}


def member_of(flag):
    return "Limits::" + flag.removeprefix("--limit-").replace("-", "_")


class Limits(unittest.TestCase):
    def refusal(self, words, path):
        if path is not None:
            return tool.document("load", "--json", *words, path)
        with open(ADAM, "rb") as file:
            return tool.parse(tool.run("load", "--json", *words, "-", stdin=file).stdout.decode())

    def test_a_refusal_says_the_value_and_the_option(self):
        for kind, words, path in LOWERED:
            with self.subTest(words=words):
                refused = self.refusal(words, path)
                self.assertEqual(refused["kind"], kind)
                self.assertIn(words[1], re.findall(r"\d+", refused["detail"]))
                for flag in words[::2]:
                    self.assertIn(member_of(flag), refused["detail"])

    def test_every_limit_that_refuses_is_tried(self):
        tried = {member_of(flag) for _, words, _ in LOWERED for flag in words[::2]} | {"Limits::logical_bytes"}
        refusing = {row[0].strip("`") for row in SPEC[spec_lists.LIMITS] if row[0].startswith("`Limits::") and not row[4].startswith("none")}
        self.assertEqual(tried, refusing)

    def test_the_kinds_are_those_of_the_list(self):
        kinds = {row[0].strip("`"): spec_lists.words(row[4]) for row in SPEC[spec_lists.LIMITS]}
        for kind, words, _ in LOWERED:
            for flag in words[::2]:
                self.assertIn(kind, kinds[member_of(flag)])

    def test_the_defaults_are_those_of_the_tool(self):
        have = {limit["name"]: limit["value"] for limit in tool.document("tables", "--json", "limits")["limits"]}
        listed = {}
        for name, _, value, _, _ in SPEC[spec_lists.LIMITS]:
            member = re.fullmatch(r"`Limits::(\w+)`", name)
            fixed = re.fullmatch(r"`k(\w+)` \(`base/limits.h`\)", name)
            if member or fixed:
                listed[member[1] if member else re.sub(r"(?<!^)(?=[A-Z])", "_", fixed[1]).lower()] = int(value)
        self.assertEqual(have, listed)

    def test_the_defaults_stop_what_the_suite_has(self):
        for case, kind in AS_THEY_ARE.items():
            with self.subTest(case):
                recipe = CASES[case]["recipe"].encode()
                file = tool.run("asm", "/dev/stdin", "-o", "-", input=recipe).stdout
                refused = tool.parse(tool.run("load", "--json", "-", input=file).stdout.decode())
                self.assertEqual(refused["kind"], kind)


class Deviations(unittest.TestCase):
    def test_each_is_listed_with_the_number_of_its_cases(self):
        rules = json.loads((tool.SOURCE / "conformance/rules.json").read_text("utf-8"))["rules"]
        counted = {rule["id"]: len(rule.get("cases", [])) for rule in rules if rule["id"].startswith("DEV-")}
        listed = {row["id"]: row["cases"] for row in tool.document("tables", "--json", "deviations")["deviations"]}
        self.assertEqual(counted, listed)
        self.assertGreater(len(listed), 80)

    def test_people_are_told_too(self):
        text = tool.run("tables", "deviations").stdout.decode()
        self.assertEqual(len(re.findall(r"^  \d+ cases? of the suite$", text, re.M)), len(re.findall(r"^  \*\*DEV-", text, re.M)))


if __name__ == "__main__":
    unittest.main()
