"""The reports that are files: JSON Lines, JUnit, Markdown; what an embargo leaves out of them."""

import json
import os
import re
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree

import running
from running import FAKE, run

import messages
import process
import schema


class Reports(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def reports(self, *words):
        """(finished, records, root of the XML, Markdown) of a run."""
        paths = ["%s=%s" % (kind, self.path(kind)) for kind in ("jsonl", "junit", "markdown")]
        finished = run("--report", ",".join(paths), *words)
        texts = []
        for kind in ("jsonl", "junit", "markdown"):
            with open(self.path(kind), encoding="utf-8") as file:
                texts.append(file.read())
        records = [json.loads(line) for line in texts[0].splitlines()]
        return finished, records, xml.etree.ElementTree.fromstring(texts[1]), texts[2]

    def baseline(self, text):
        with open(self.path("known"), "w", encoding="utf-8") as file:
            file.write(text)
        return ["--baseline", self.path("known")]

    def test_every_line_fits_its_schema(self):
        for behaviour in ("good", "crash", "refuses-cases", "skips", "embargoed", "dies-of-many"):
            _, records, _, _ = self.reports(*FAKE, behaviour)
            for record in records:
                self.assertEqual(list(schema.check(record, messages.schema_of("report"))), [])

    def test_json_lines_have_header_cases_in_order_and_footer(self):
        finished, records, _, _ = self.reports("--jobs", "2", *FAKE, "crash")
        self.assertEqual([record["record"] for record in records], ["header"] + ["case"] * 10 + ["footer"])
        ids = [record["id"] for record in records[1:-1]]
        self.assertEqual(ids, sorted(ids))
        self.assertEqual(records[-1]["counts"], {"crash": 1, "pass": 9})
        self.assertEqual(records[-1]["exit"], finished.returncode)
        crash = next(record for record in records[1:-1] if record["outcome"] == "crash")
        self.assertIn("about to die", crash["stderr"])
        self.assertEqual(crash["repeat"].split()[-1], "crash")

    def test_the_command_that_repeats_a_failure_repeats_it(self):
        _, records, _, _ = self.reports("--level", "1", *FAKE, "drops")
        repeat = next(record["repeat"] for record in records[1:-1] if record["outcome"] != "pass")
        words = repeat.split()
        at = words.index("--level")
        again = run(*words[at:])
        self.assertEqual(again.returncode, 1)
        self.assertIn("dropped-data: 1", again.stdout)
        self.assertIn("1 case of 10", again.stdout)

    def test_junit(self):
        _, _, root, _ = self.reports(*FAKE, "crash")
        suites = root.findall("testsuite")
        self.assertEqual(sum(int(one.get("tests")) for one in suites), 10)
        self.assertEqual([sum(int(one.get(word)) for one in suites) for word in ("failures", "errors", "skipped")], [0, 1, 0])
        case = root.find(".//testcase[@name='tensor-two']")
        self.assertEqual(case.get("classname"), "conformance.tensor")
        self.assertEqual(case.find("error").get("type"), "crash")
        self.assertIn("--filter tensor-two", case.find("error").text)

    def test_junit_holds_what_xml_cannot(self):
        _, _, root, _ = self.reports(*FAKE, "refuses-cases")
        self.assertIn("\\x1b[31mno", root.find(".//testcase[@name='none']/failure").get("message"))

    def test_junit_against_a_baseline(self):
        words = self.baseline("tensor-two crash\nnone crash\ngone crash\n")
        _, _, root, _ = self.reports(*words, *FAKE, "crash")
        self.assertIn("as the baseline says", root.find(".//testcase[@name='tensor-two']/skipped").get("message"))
        self.assertEqual(root.find(".//testcase[@name='none']/failure").get("type"), "stale")
        self.assertEqual(root.find(".//testcase[@name='gone']/failure").get("type"), "unknown")

    def test_markdown(self):
        _, _, _, text = self.reports(*FAKE, "crash")
        self.assertTrue(text.startswith("### fake 1 against weightsonly-suite 0.0.1, level 1\n"))
        self.assertIn("| tensor | 3 | 0 | 1 | 0 |\n", text)
        self.assertIn("**Failures: 1**\n\n| case | outcome | why |\n|---|---|---|\n| `tensor-two` | crash | signal 6", text)
        words = self.baseline("tensor-two crash\nnone crash\ngone crash\n")
        _, _, _, text = self.reports(*words, *FAKE, "crash")
        self.assertIn("<details><summary>As the baseline says: 1</summary>", text)
        self.assertIn("**Listed, but not failing any more: 1**", text)
        self.assertIn("**No case of this suite:** `gone`", text)

    def test_texts_of_an_adapter_do_not_break_a_table(self):
        _, _, _, text = self.reports(*FAKE, "refuses-cases")
        self.assertIn(r"\\x1b\[31mno", text)

    def test_an_embargo_leaves_the_cell_blank(self):
        finished, records, root, text = self.reports(*FAKE, "embargoed")
        self.assertIn("dropped-data: 1", finished.stdout)  # whoever runs it may know
        case = next(record for record in records[1:-1] if record["id"] == "tensor-two")
        self.assertEqual((case["outcome"], case.get("why"), case["embargoed"]), (None, None, True))
        self.assertEqual(records[-1]["counts"], {"embargoed": 1, "pass": 9})
        self.assertIsNotNone(root.find(".//testcase[@name='tensor-two']/skipped"))
        self.assertNotIn("tensor-two", text)
        self.assertNotIn("dropped", text)
        self.assertIn("Not published yet: 1.", text)

    def test_a_baseline_does_not_name_what_is_not_published(self):
        self.assertEqual(run("--write-baseline", self.path("known"), *FAKE, "embargoed").returncode, 0)
        with open(self.path("known"), encoding="utf-8") as file:
            self.assertNotIn("tensor-two", file.read())
        finished = run("--baseline", self.path("known"), *FAKE, "embargoed")
        self.assertEqual(finished.returncode, 0, finished.stdout)
        self.assertEqual(run(*FAKE, "embargoed").returncode, 1)

    def test_a_path_that_cannot_be_written_is_told_before_the_run(self):
        finished = run("--report", "jsonl=" + self.path("no/such/folder"), *FAKE, "good")
        self.assertEqual((finished.returncode, finished.stdout), (2, ""))

    def test_a_broken_adapter_has_no_report(self):
        run("--report", "jsonl=" + self.path("jsonl"), *FAKE, "accept-all")
        self.assertFalse(os.path.exists(self.path("jsonl")))


class StandardError(unittest.TestCase):
    def test_of_a_long_standard_error_both_ends_are_kept(self):
        lines = self.written("seq 9000")
        self.assertEqual((lines[0], lines[-1]), ("1", "9000"))
        self.assertIn("...", lines)
        self.assertIn("1500", lines)

    def test_of_a_long_one_that_was_cut_off_the_whole_lines_are_kept(self):
        self.assertEqual(self.written("seq 9000; printf 90")[-1], "9000")
        self.assertEqual(self.written("seq 9; printf 10")[-1], "10")
        self.assertEqual(len(self.written("seq -s , 90000 | tr -d '\\n'")), 3)

    def written(self, command):
        made = process.Process(["sh", "-c", "{ %s; } >&2; echo done; sleep 60" % command], self.folder())
        try:
            made.read_line(process.Limits(30.0, 1 << 40))
            return made.stderr().split()
        finally:
            made.kill()

    def folder(self):
        made = tempfile.TemporaryDirectory()
        self.addCleanup(made.cleanup)
        return made.name


class Show(unittest.TestCase):
    def test_the_command_that_a_report_names_shows_a_case_of_its_suite(self):
        told = re.search("^(.*) ID shows a case whole$", run(*FAKE, "crash").stdout, re.M)[1]
        shown = subprocess.run(told.split() + ["tensor-two"], cwd=running.TOP, stdout=subprocess.PIPE, text=True)
        self.assertEqual((shown.returncode, shown.stdout.split("\n")[0]), (0, "tensor-two"))

    def test_the_sentence_of_each_rule_is_shown(self):
        finished = run("show", "memo-get-missing", suite="conformance/suite.json")
        self.assertEqual(finished.returncode, 0)
        with open(os.path.join(running.TOP, "conformance", "rules.json"), encoding="utf-8") as file:
            told = {rule["id"]: rule["text"] for rule in json.load(file)["rules"]}
        rules = re.search("^rules +(.*)", finished.stdout, re.M)[1].split(", ")
        for rule in rules:
            self.assertIn("%-9s %s\n" % (rule, told[rule]), finished.stdout)


if __name__ == "__main__":
    unittest.main()
