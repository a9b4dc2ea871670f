"""The check of the lists finds what it must find; those of the tree are right."""

import json
import unittest

import spec_lists
import tree
from scratch import Scratch

SPEC = """# Spec

**STK-005** In strict, values left are refused. *Evidence: x.*

**VAL-008** A device is a label. *Evidence: x.*

## Deviations

**DEV-501** We refuse it. *Reason: x.*

**DEV-602** We turn it round. *Reason: x.*

**DEV-610** We accept it. *Reason: x.*

## Lists

### Safety floor

| no file gets | rules | cases, tests |
|---|---|---|
| memory | DEV-501 | sized |
| a guess | VAL-008 | [run](tests/run_test.cc) |

### Strict

| refused | rule | kind | cases |
|---|---|---|---|
| values left | STK-005 | pickle.trailing | left |

### Limits

| limit | counts | default | option of the tool | refusal |
|---|---|---|---|---|
| `Limits::nodes_base` | values | 268435456 | `--limit-nodes-base` | limit.nodes |
| `kMost` (`base/limits.h`) | bytes | 4294967295 | none | limit.line |
| `kText` (`output/text.cc`) | bytes | 64 | none | none |

### Accepted, where torch refuses or gives no answer

| what | rules | cases, tests |
|---|---|---|
| a label | VAL-008 | label |
| a key | DEV-610 | key, hidden |

### Another value than torch's

| what | rules | cases, tests |
|---|---|---|
| turned | DEV-602 | turned |
"""


def case(name, expect, rules, **more):
    return {"id": name, "expect": expect, "rules": rules, **more}


CASES = [case("sized", "reject policy.uninitialised", ["DEV-501"], deviation="DEV-501"),
         case("left", "reject pickle.trailing", ["STK-005"], options={"strict": True}),
         case("sound", "accept", ["STK-005"], options={"strict": True}),
         case("label", "either: label | refuse", ["STK-005"], policy="device"),
         case("key", "accept", ["DEV-610"], deviation="DEV-610"), case("hidden", "accept", ["DEV-610"], deviation="DEV-610"),
         case("turned", "accept", ["DEV-602"], deviation="DEV-602"), case("alike", "accept", ["STK-005"])]
VERDICTS = {"sized": "accept", "left": "unavailable", "sound": "unavailable", "label": "reject", "key": "timeout", "turned": "accept",
            "alike": "accept"}
EXPLAINED = """[[explained]]
by = "VAL-008"
ours = "accept"
torch = "reject"
[[explained]]
by = "DEV-602"
ours = "accept"
[[explained]]
by = "DEV-501"
"""
LIMITS = """struct Limits {
  std::uint64_t nodes_base = std::uint64_t{1} << 28;
};
inline constexpr std::uint64_t kMost = (std::uint64_t{1} << 32) - 1;
"""


class Lists(unittest.TestCase):
    def findings(self, spec=SPEC, cases=(), verdicts=None, explained=EXPLAINED, limits=LIMITS, kept_back=("sized",)):
        files = {"reference/SPEC.md": spec, "reference/base/limits.h": limits, "reference/tests/run_test.cc": "// A.\n",
                 "reference/output/text.cc": "constexpr std::uint64_t kText = 64;\nconstexpr std::uint64_t kOther = 1;\n",
                 spec_lists.SUITE: json.dumps({"cases": CASES + list(cases)}), spec_lists.EXPLAINED: explained,
                 spec_lists.KEPT_BACK: json.dumps({"cells": [{"adapter": "torch", "id": one} for one in kept_back]}),
                 spec_lists.OBSERVED: json.dumps({"rows": {one: {"verdict": said} for one, said in {**VERDICTS, **(verdicts or {})}.items()}})}
        with Scratch(files) as top:
            return [found.removeprefix("reference/SPEC.md: ") for found in spec_lists.check(top)]

    def test_lists_that_are_right_are_fine(self):
        self.assertEqual([], self.findings())

    def test_what_a_row_names_must_be_there(self):
        for old, new, found in [
                ("| DEV-501 | sized |", "| DEV-501 | size |", "Safety floor: the suite has no case size"),
                ("| DEV-501 | sized |", "| DEV-509, DEV-501 | sized |", "Safety floor: there is no rule DEV-509"),
                ("| DEV-501 | sized |", "| DEV-501, DEV-610 | sized |", "Safety floor: no case of its row is about DEV-610"),
                ("| DEV-501 | sized |", "| DEV-501 | sized, alike |", "Safety floor: alike is about none of DEV-501"),
                ("tests/run_test.cc", "tests/walk_test.cc", "Safety floor: there is no test tests/walk_test.cc"),
                ("### Strict\n", "### Strictly\n", "there is no list Strict")]:
            with self.subTest(new):
                self.assertIn(found, self.findings(SPEC.replace(old, new)))

    def test_what_is_kept_back_is_a_matter_of_the_safety_floor(self):
        self.assertEqual(["Safety floor: turned is kept back, and none of DEV-602 is in the list"], self.findings(kept_back=["sized", "turned"]))

    def test_a_case_of_strict_asks_for_it_and_has_the_kind_of_its_row(self):
        self.assertEqual(["Strict: left expects reject pickle.trailing, the list says pickle.opcode"],
                         self.findings(SPEC.replace("pickle.trailing |", "pickle.opcode |")))
        self.assertIn("Strict: sized does not ask for strict", self.findings(SPEC.replace("| left |", "| left, sized |")))

    def test_what_strict_refuses_is_in_the_list(self):
        more = case("marks", "reject pickle.trailing", ["STK-005"], options={"strict": True})
        self.assertEqual(["Strict: marks is not in the list"], self.findings(cases=[more]))

    def test_a_default_and_an_option_are_those_of_the_sources(self):
        for old, new, found in [
                ("268435456", "268435457", "Limits: `Limits::nodes_base` is 268435456 in the sources, 268435457 in the list"),
                ("4294967295", "4294967296", "Limits: `kMost` (`base/limits.h`) is 4294967295 in the sources, 4294967296 in the list"),
                ("| 64 |", "| 65 |", "Limits: `kText` (`output/text.cc`) is 64 in the sources, 65 in the list"),
                ("--limit-nodes-base", "--limit-nodes", "Limits: the option of `Limits::nodes_base` is `--limit-nodes-base`")]:
            with self.subTest(new):
                self.assertEqual([found], self.findings(SPEC.replace(old, new)))

    def test_a_limit_that_is_not_in_the_list_is_found(self):
        self.assertEqual(["Limits: `kMore` (`base/limits.h`) is not in the list"],
                         self.findings(limits=LIMITS + "inline constexpr int kMore = 5;\n"))

    def test_a_constant_is_numbers_shifts_and_differences(self):
        self.assertEqual(spec_lists.number("(std::uint64_t{1} << 32) - 1"), 2**32 - 1)
        with self.assertRaises(ValueError):
            spec_lists.number("sizeof(int)")

    def test_both_lists_of_differences_are_closed(self):
        accepted, others = f"{spec_lists.ACCEPTED}: ", f"{spec_lists.OTHER_VALUE}: "
        more = case("more", "accept", ["DEV-501"], deviation="DEV-501")
        text = "more is accepted by DEV-501, which is not in the list"
        for verdict, title in [("reject", accepted), ("crash", accepted), ("accept", others)]:
            with self.subTest(verdict):
                self.assertEqual([title + text], self.findings(cases=[more], verdicts={"more": verdict}))
        self.assertEqual([accepted + text], self.findings(cases=[more]))  # torch's answer is kept back
        self.assertIn(accepted + "label is accepted by VAL-008, which is not in the list",
                      self.findings(SPEC.replace("| a label | VAL-008 | label |\n", "")))

    def test_what_is_explained_is_in_the_lists(self):
        for more, title in [('torch = "reject"\n', spec_lists.ACCEPTED), ("", spec_lists.OTHER_VALUE)]:
            with self.subTest(title):
                row = '[[explained]]\nby = "DEV-501"\nours = "accept"\n' + more
                self.assertEqual([f"{title}: fixtures-gen/explained.toml has DEV-501, which is not in the list"],
                                 self.findings(explained=EXPLAINED + row))

    def test_a_deviation_of_many_cases_is_split_or_argued(self):
        twenty = [case(f"sized-{i}", "reject policy", ["DEV-501"]) for i in range(20)]
        self.assertEqual([], self.findings(cases=twenty[:-1]))
        self.assertEqual(["DEV-501 covers 21 cases, more than 20: split it, or say why it is one (*Scope: …*)"], self.findings(cases=twenty))
        self.assertEqual([], self.findings(SPEC.replace("We refuse it.", "We refuse it. *Scope: one fault.*"), cases=twenty))

    def test_the_lists_of_the_tree_are_right(self):
        self.assertEqual([], spec_lists.check(tree.root()))


if __name__ == "__main__":
    unittest.main()
