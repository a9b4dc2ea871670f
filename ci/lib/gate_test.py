"""The gate sees every change of an answer, and nothing where there is none; its report is plain Markdown whatever the files are called."""

import os
import sys
import unittest

import gate
import mutant_cases
from scratch import Scratch

# A tool that answers by what the file says: `hello` is answered, a load gets the line of the file, `end` ends the tool.
FAKE = """
import json, sys
for line in sys.stdin:
    request = json.loads(line)
    if request["cmd"] == "hello":
        if "--mute" in sys.argv:
            sys.exit(1)
        print("{}", flush=True)
        continue
    text = open(request["path"], encoding="utf-8").read()
    changed = dict(word.split("=", 1) for word in sys.argv[1:] if "=" in word)
    for old, new in changed.items():
        text = text.replace(old, new)
    if "end" in text:
        sys.exit(3)
    if "slow" in text:
        sys.stdin.read()
    if request["options"].get("strict") and "lenient" in text:
        text = '{"verdict":"reject","kind":"strict.crc","record":"","offset":1,"detail":"lenient"}'
    if "||" in text:  # an answer for level 2, then one for level 1
        text = text.split("||")[request["level"] == 1]
    if request["level"] == 1:
        text = text.replace('"value":', '"tensors":')
    print(text.strip(), flush=True)
"""
ACCEPT = '{"verdict":"accept","value":"%s"}'
REJECT = '{"verdict":"reject","kind":"zip.crc","record":"a/data.pkl","offset":12,"detail":"it is 7"}'


class Answers(unittest.TestCase):
    def found(self, files, *changed, options=None, seconds=20.0):
        """[(name, what, before, after)] of a fake tool and of one that changes texts."""
        with Scratch({**{name: text for name, text in files.items()}, "tool.py": FAKE}) as top:
            command = [sys.executable, os.path.join(top, "tool.py")]
            servers = [gate.Server(command, top, seconds), gate.Server([*command, *changed], top, seconds)]
            try:
                asked = [gate.Case(name, os.path.join(top, name), options or {}) for name in files]
                return [(case.name, *rest) for case, *rest in gate.changes(asked, *servers)]
            finally:
                for server in servers:
                    server.close()

    def test_the_same_answers_are_no_change(self):
        self.assertEqual([], self.found({"a": ACCEPT % "1", "b": REJECT, "c": '{"verdict":"skip","reason":"no"}', "d": "garbage", "e": "end"}))

    def test_each_part_of_a_refusal_counts(self):
        for old, new, what in (("zip.crc", "zip.size", "kind"), ("a/data.pkl", "b", "record"), ("12", "13", "offset"), ("is 7", "is 8", "detail")):
            with self.subTest(what):
                self.assertEqual([("b", what)], [change[:2] for change in self.found({"a": ACCEPT % "1", "b": REJECT}, f"{old}={new}")])

    def test_a_verdict_is_named_before_what_belongs_to_it(self):
        self.assertEqual(["reject → accept"], [change[1] for change in self.found({"b": REJECT}, 'reject","=accept","value":1,"')])

    def test_values_and_tensors_count(self):
        self.assertEqual(["value"], [change[1] for change in self.found({"a": ACCEPT % "1"}, '"1"="2"')])
        self.assertEqual([], self.found({"a": '{"verdict":"accept","value":{"x":1,"y":2}}'}, '"x":1,"y":2="y":2,"x":1'))

    def test_tensors_that_change_alone_are_seen(self):
        self.assertEqual(["tensors"], [change[1] for change in self.found({"a": ACCEPT % "1" + "||" + ACCEPT % "7"}, "7=8")])

    def test_a_tool_that_ends_says_so_and_the_next_file_is_asked(self):
        found = self.found({"a": REJECT, "b": ACCEPT % "1", "c": ACCEPT % "end"}, "zip.crc=end")
        self.assertEqual([("a", "reject → crash")], [change[:2] for change in found])

    def test_a_tool_that_is_too_slow_says_so(self):
        self.assertEqual(["reject → timeout"], [change[1] for change in self.found({"a": REJECT}, "zip.crc=slow", seconds=1.5)])

    def test_a_tool_that_does_not_say_hello_is_no_answer(self):
        with Scratch({"tool.py": FAKE}) as top:
            server = gate.Server([sys.executable, os.path.join(top, "tool.py"), "--mute"], top)
            self.assertRaises(mutant_cases.Ended, server.start)

    def test_options_are_passed_on(self):
        self.assertEqual([], self.found({"a": ACCEPT % "lenient 1"}, "1=2", options={"strict": True}))
        self.assertEqual(1, len(self.found({"a": ACCEPT % "lenient 1"}, "1=2")))


class Cases(unittest.TestCase):
    def test_suite_corpus_and_findings_each_with_their_options_and_strictly(self):
        suite = ('{"cases": [{"id": "s", "area": "", "file": "corpus/a.pt", "expect": "accept", "options": {"torch": "2.6"}},'
                 ' {"id": "t", "area": "", "file": "corpus/a.pt", "expect": "accept", "options": {"strict": true}}]}')
        files = {"conformance/suite.json": suite, "corpus/a.pt": "", "corpus/a.json": "", "corpus/sub/b.pth": "", "corpus/regress/zip-x": "",
                 "corpus/regress/findings.toml": ""}
        with Scratch(files) as top:
            asked = [(case.name, case.options) for case in gate.cases(top, top + "/files")]
        strict = {"strict": True}
        self.assertEqual([("s", {"torch": "2.6"}), ("s", {"torch": "2.6", **strict}), ("t", strict), ("corpus/a.pt", {}), ("corpus/a.pt", strict),
                          ("corpus/regress/zip-x", {}), ("corpus/regress/zip-x", strict), ("corpus/sub/b.pth", {}), ("corpus/sub/b.pth", strict)],
                         asked)


class Report(unittest.TestCase):
    CHANGES = [(gate.Case("x|y", "", {"strict": True}), "offset", gate.answer(REJECT.encode()), gate.answer(REJECT.replace("12", "13").encode())),
               (gate.Case("z", "", {}), "reject → accept", gate.answer(REJECT.encode()), ("accept", {"value": "v"}))]

    def test_it_counts_and_groups_the_gravest_first(self):
        text = gate.report("main", "fix", 10, self.CHANGES)
        self.assertIn("10 loads (each file with its own options, and strictly): 2 changed.", text)
        self.assertIn("| offset | 1 |", text)
        self.assertLess(text.index("## reject → accept"), text.index("## offset"))
        self.assertIn(r'| x\|y | {"strict"\: true} | zip.crc at a/data.pkl\:12 \(it is 7\) | zip.crc at a/data.pkl\:13 \(it is 7\) |'
                      .replace("{", r"\{").replace("}", r"\}"), text)

    def test_no_change_is_no_table(self):
        self.assertNotIn("|", gate.report("main", "fix", 10, []))

    def test_a_long_group_is_cut_and_says_so(self):
        text = gate.report("main", "fix", 10, [self.CHANGES[1]] * (gate.MOST_ROWS + 3))
        self.assertIn("3 more are not shown.", text)
        self.assertEqual(gate.MOST_ROWS, text.count("| z |"))

    def test_names_are_neither_markdown_nor_html_nor_commands_of_a_terminal(self):
        self.assertEqual(r"a\|b\`c\[d\]\(e\) &lt;img&gt; \\n\\x1b\[0m \@x", gate.escaped("a|b`c[d](e) <img> \n\x1b[0m @x"))


if __name__ == "__main__":
    unittest.main()
