"""What a tool under change is asked, and which answers count as another than the reference's."""

import os
import sys
import tempfile
import time
import unittest

import mutant_cases
from mutant_cases import Case, notices

REJECT = ("reject", "zip.name", ("", 4))
ACCEPT = ("accept", b'"verdict":"accept","value":1}')

# Answers by the name of the file.
FAKE = """
import json, os, sys, time
for line in sys.stdin:
    ask = json.loads(line)
    if ask["cmd"] == "hello":
        print(json.dumps({"protocol": 1}), flush=True)
        continue
    name = os.path.basename(ask["path"])
    if name == "crash":
        os._exit(1)
    if name == "hang":
        time.sleep(600)
    if name == "garbage":
        print("no JSON", flush=True)
    elif name == "bad":
        print('{"seq":1,"verdict":"reject","kind":"zip.name","record":"","offset":4}', flush=True)
    else:
        print('{"seq":1,"verdict":"accept","level":%d}' % ask["level"], flush=True)
"""


class Notices(unittest.TestCase):
    def test_the_same_answer_is_not_noticed(self):
        self.assertFalse(notices(Case("a", "zip", "a"), REJECT, REJECT))
        self.assertFalse(notices(Case("a", "zip", "a"), (ACCEPT, ACCEPT), (ACCEPT, ACCEPT)))

    def test_another_verdict_value_or_end_is_noticed(self):
        case = Case("a", "zip", "a")
        self.assertTrue(notices(case, (ACCEPT, ACCEPT), REJECT))
        self.assertTrue(notices(case, REJECT, (ACCEPT, ACCEPT)))
        self.assertTrue(notices(case, (ACCEPT, ("accept", b"else")), (ACCEPT, ACCEPT)))
        self.assertTrue(notices(case, ("crash",), REJECT))

    def test_a_kind_that_the_row_takes_is_not_noticed(self):
        other = ("reject", "zip.method", ("", 4))
        self.assertTrue(notices(Case("a", "zip", "a"), other, REJECT))
        self.assertFalse(notices(Case("a", "zip", "a", kinds=["zip"]), other, REJECT))
        self.assertFalse(notices(Case("a", "zip", "a", kinds=["zip.name", "zip.method"]), other, REJECT))

    def test_a_place_is_noticed_where_the_row_states_it(self):
        other = ("reject", "zip.name", ("", 5))
        self.assertFalse(notices(Case("a", "zip", "a"), other, REJECT))
        self.assertTrue(notices(Case("a", "zip", "a", place=("", 4)), other, REJECT))


class Answers(unittest.TestCase):
    def answers(self, *names, seconds=5):
        with tempfile.TemporaryDirectory() as folder:
            fake = os.path.join(folder, "fake.py")
            with open(fake, "w", encoding="utf-8") as file:
                file.write(FAKE)
            cases = [Case(name, "zip", os.path.join(folder, name), seconds=seconds) for name in names]
            return [answer for _, answer in mutant_cases.answers([sys.executable, fake], cases, os.path.join(folder, "empty"))]

    def test_accepted_files_are_asked_on_both_levels(self):
        found, = self.answers("good")
        self.assertEqual([b'"verdict":"accept","level":2}', b'"verdict":"accept","level":1}'], [rest for _, rest in found])

    def test_a_refusal_keeps_its_kind_and_place(self):
        self.assertEqual([REJECT], self.answers("bad"))

    def test_a_tool_that_ends_is_started_again(self):
        self.assertEqual([("crash",), REJECT], self.answers("crash", "bad"))

    def test_a_file_that_takes_too_long_ends_the_tool(self):
        start = time.monotonic()
        self.assertEqual([("timeout",), REJECT], self.answers("hang", "bad", seconds=1))
        self.assertLess(time.monotonic() - start, 60)

    def test_an_answer_that_is_no_json_is_an_answer(self):
        self.assertEqual([("garbage", b"no JSON")], self.answers("garbage"))

    def test_after_many_crashes_nothing_more_is_asked(self):
        many = ["crash"] * (mutant_cases.MOST_CRASHES + 5)
        self.assertEqual([("crash",)] * mutant_cases.MOST_CRASHES, self.answers(*many))


if __name__ == "__main__":
    unittest.main()
