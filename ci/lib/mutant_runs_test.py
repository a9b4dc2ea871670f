"""What is remembered of a run, and that a busy machine makes no mutant noticed."""

import os
import sys
import tempfile
import unittest
from unittest import mock

import mutant_runs
import mutant_workshop
import tree
from mutant_cases import Case
from mutant_operators import Mutation

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


class General(unittest.TestCase):
    def test_after_a_change_of_the_unit_tests_only_those_are_asked_that_no_case_killed(self):
        drawn = [Mutation("reference/a.cc", 1, 1, "constant", 0, 1, "0", after) for after in ("1", "2", "3")]
        fates = {"1": "suite", "2": "survived", "3": "not compiled"}
        asked = []

        def fate(_, mutation, *_rest):
            asked.append(mutation.after)
            return {"mutant": mutation.name, "outcome": fates[mutation.after]}

        with tempfile.TemporaryDirectory() as folder, mock.patch.object(mutant_runs, "_general", fate):
            memory = mutant_runs.Memory(os.path.join(folder, "results.jsonl"), "sources")
            for tests in ("tests", "tests", "other tests"):
                results = mutant_runs.general(["shop"], drawn, 9, None, memory, lambda _: None, tests)
                self.assertEqual(["suite", "survived"], [result["outcome"] for result in results])
        self.assertEqual(["1", "2", "3", "2", "3"], asked)

    def test_the_tests_of_the_floor_come_before_the_others(self):
        made, asked = [], []

        class Shop:
            tool = "tool"

            def make(self, *targets):
                made.extend(targets)

            def failing_test(self, tests):
                asked.append(tests)
                return self.fails.get(tests[0])

        nobody = mock.Mock(who_notices=lambda *_: ())
        for fails, fate, builds in (({"^value$": "value"}, ("tests", "value"), ["weightsonly_tool", "test_value"]),
                                    ({}, ("survived", ""), ["weightsonly_tool", "test_value", "all"])):
            Shop.fails = fails
            made.clear()
            self.assertEqual(fate, mutant_runs._fate(Shop(), nobody, "value"))  # pylint: disable=protected-access
            self.assertEqual(builds, made)
        self.assertEqual(mutant_workshop.TESTS, asked[-1])

    def test_a_change_of_one_line_leaves_the_order_of_the_others(self):
        texts = [["int a = 8;\n", "int b = a + 7;\n"], ["// more\n", "int a = 8;\n", "int b = a - 7;\n"]]
        orders = []
        for lines in texts:
            with mock.patch.object(tree, "sources", lambda *_: ["reference/value/a.cc"]), mock.patch.object(tree, "text", lambda *_, all="".join(lines): all):
                orders.append([m.after for m in mutant_runs.candidates(".", 1) if m.before == "8"])
        self.assertEqual(orders[0], orders[1])
        self.assertEqual(2, len(orders[0]))


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
