"""What is remembered of a run, and that a busy machine makes no mutant noticed."""

import os
import sys
import tempfile
import unittest
from unittest import mock

import mutant_runs
from mutant_cases import Case

# The file `slow` takes two seconds, the file `hang` for ever.
FAKE = """
import json, os, sys, time
for line in sys.stdin:
    ask = json.loads(line)
    name = os.path.basename(ask.get("path", ""))
    time.sleep({"slow": 2, "hang": 600}.get(name, 0))
    print('{"seq":1,"verdict":"reject","kind":"zip.name","record":"","offset":4}', flush=True)
"""


class Remembered(unittest.TestCase):
    def test_results_are_found_again_and_a_cut_line_is_passed_over(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "results.jsonl")
            memory = mutant_runs.Memory(path, "sources")
            memory.put(memory.key("a"), {"outcome": "suite"})
            with open(path, "a", encoding="utf-8") as file:
                file.write('["half')
            again = mutant_runs.Memory(path, "sources")
            self.assertEqual({"outcome": "suite"}, again.get(again.key("a")))
            self.assertIsNone(again.get(again.key("b")))
            other = mutant_runs.Memory(path, "other sources")
            self.assertIsNone(other.get(other.key("a")))


class Patience(unittest.TestCase):
    def test_a_slow_answer_is_no_other_answer_and_a_hang_is(self):
        with tempfile.TemporaryDirectory() as folder:
            fake = os.path.join(folder, "fake.py")
            with open(fake, "w", encoding="utf-8") as file:
                file.write(FAKE)
            cases = [Case(name, "zip", os.path.join(folder, name), seconds=1) for name in ("good", "slow", "hang")]
            suite = mutant_runs.Suite.__new__(mutant_runs.Suite)
            suite.cases, suite.said = cases, {case.name: ("reject", "zip.name", ("", 4)) for case in cases}
            with mock.patch.object(mutant_runs, "command", lambda _: [sys.executable, fake]):
                found = [case.name for case, _ in suite.who_notices("tool", os.path.join(folder, "empty"))]
        self.assertEqual(["hang"], found)


class Many(unittest.TestCase):
    def test_every_item_is_worked_on_once_and_keeps_its_place(self):
        self.assertEqual([n * n for n in range(50)], mutant_runs.each(["a", "b"], range(50), lambda _, n: n * n))

    def test_an_error_ends_the_run(self):
        with self.assertRaises(ZeroDivisionError):
            mutant_runs.each(["a", "b"], [1, 0, 2], lambda _, n: 1 / n)


if __name__ == "__main__":
    unittest.main()
