"""Baselines: the four cells, unknown ids, and rewriting that keeps what people wrote."""

import os
import tempfile
import unittest

import running

import baseline
from outcome import Result
from running import FAKE, run

KNOWN = {"a": {}, "b": {}, "c": {}, "d": {}}


def results(**outcomes):
    return [Result({"id": name, "area": "zip"}, outcome) for name, outcome in outcomes.items()]


def ids(found):
    return [result.row["id"] for result in found]


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "known.txt")

    def write(self, text):
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(text)
        return self.path

    def read(self, text):
        return baseline.read(self.write(text))

    def content(self):
        with open(self.path, encoding="utf-8") as file:
            return file.read()


class Cells(Files):
    def test_the_cells(self):
        known = self.read("a crash\nb crash  # because\nc crash\nz crash\n")
        found = baseline.compare(known, results(a="crash", b="timeout", c="pass", d="crash"), KNOWN)
        self.assertEqual([ids(found.expected), ids(found.changed), ids(found.stale), ids(found.new), found.unknown],
                         [["a"], ["b"], ["c"], ["d"], ["z"]])
        self.assertTrue(found.differs)

    def test_each_cell_alone_is_a_difference_but_for_the_expected(self):
        for text, outcome, differs in (("a crash", "crash", False), ("", "pass", False), ("", "skip", False),
                                       ("", "wrong-kind", False), ("a crash", "timeout", True), ("a crash", "pass", True),
                                       ("a crash", "skip", True), ("a crash", "wrong-kind", True), ("", "crash", True)):
            with self.subTest(text=text, outcome=outcome):
                found = baseline.compare(self.read(text), results(a=outcome), KNOWN)
                self.assertEqual(found.differs, differs)

    def test_cases_that_did_not_run_are_no_difference(self):
        self.assertFalse(baseline.compare(self.read("b crash"), results(a="pass"), KNOWN).differs)

    def test_another_kind_counts_where_exact_kinds_are_asked_for(self):
        self.assertTrue(baseline.compare(self.read(""), results(a="wrong-kind"), KNOWN, exact=True).differs)

    def test_lines_that_make_no_sense_are_told_with_their_number(self):
        for text in ("a crash\nb\n", "a crash\nb fails\n", "a crash\na crash\n", "a crash\nb crash because\n"):
            with self.subTest(text=text), self.assertRaisesRegex(baseline.BadBaseline, ":2: "):
                self.read(text)
        with self.assertRaises(baseline.BadBaseline):
            baseline.read(self.path + ".missing")


class Writing(Files):
    HEAD = "# weightsonly-suite 1.0.0  adapter x 1  level 1"

    def test_a_new_one_lists_failures_alone(self):
        text = baseline.fresh(self.HEAD, results(a="crash", b="pass", c="wrong-kind", d="skip"))
        self.assertEqual(text, self.HEAD + "\na  crash\n")

    def test_an_update_keeps_comments_and_order(self):
        old = self.read("# weightsonly-suite 0.9.0  adapter x 1  level 1\n# mine\nc  crash   # issue 3\n\na  crash\nz  crash\nb crash\n")
        text = baseline.updated(old, self.HEAD, results(a="pass", b="crash", c="timeout", d="crash"), KNOWN)
        self.assertEqual(text, self.HEAD + "\n# mine\nc  timeout   # issue 3\n\nb crash\nd  crash\n")

    def test_what_is_written_is_what_is_expected(self):
        found = results(a="crash", b="pass", c="executed")
        self.assertFalse(baseline.compare(self.read(baseline.fresh(self.HEAD, found)), found, KNOWN).differs)


class Runs(Files):
    def test_write_compare_update(self):
        first = run("--write-baseline", self.path, *FAKE, "crash")
        self.assertEqual((first.returncode, self.content()),
                         (0, "# weightsonly-suite 0.0.1  adapter fake 1  level 1\ntensor-two  crash\n"))
        self.assertEqual(run("--baseline", self.path, *FAKE, "crash").returncode, 0)
        stale = run("--baseline", self.path, *FAKE, "good")
        self.assertEqual(stale.returncode, 1)
        self.assertIn("listed, but not failing any more: 1", stale.stdout)
        changed = run("--baseline", self.path, *FAKE, "drops")
        self.assertEqual(changed.returncode, 1)
        self.assertIn("listed with another outcome, now dropped-data: 1", changed.stdout)
        self.assertEqual(run("--update-baseline", self.path, *FAKE, "drops").returncode, 0)
        self.assertIn("tensor-two  dropped-data", self.content())
        self.assertEqual(run("--baseline", self.path, "--filter", "none", *FAKE, "good").returncode, 0)

    def test_usage(self):
        self.write("# weightsonly-suite 1  adapter fake 1  level 1\nno-such-case crash\n")
        self.assertEqual(run("--write-baseline", self.path, *FAKE, "good").returncode, 2)
        self.assertEqual(run("--baseline", self.path, "--level", "0", *FAKE, "good").returncode, 2)
        self.assertEqual(run("--baseline", self.path + "x", *FAKE, "good").returncode, 2)
        unknown = run("--baseline", self.path, *FAKE, "good")
        self.assertEqual(unknown.returncode, 1)
        self.assertIn("no case of this suite: 1", unknown.stdout)


if __name__ == "__main__":
    unittest.main()
