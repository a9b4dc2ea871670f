"""The documents' examples are compared with what the commands print; every example of the tree agrees with the tool."""

import unittest

import documents
import tree
from scratch import Scratch


def block(*lines):
    return "# Title\n\n```console\n" + "\n".join(lines) + "\n```\n"


class Documents(unittest.TestCase):
    def findings(self, text, tool="/bin/echo"):
        with Scratch({"README.md": text}) as top:
            return documents.check(top, tool)

    def test_agreeing_output_is_fine(self):
        self.assertEqual([], self.findings(block("$ echo a; echo b", "a", "b", "$ true", "$ printf 'x  \\n'", "x")))

    def test_stderr_and_a_failing_exit_are_part_of_the_example(self):
        self.assertEqual([], self.findings(block("$ echo a; echo b >&2; exit 1", "a", "b")))

    def test_another_output_is_found_with_its_line(self):
        found = self.findings(block("$ echo a", "a", "$ echo b", "c"))
        self.assertEqual(["README.md:6: `echo b` prints something else:\n    b"], found)

    def test_missing_and_additional_lines_are_found(self):
        self.assertEqual(1, len(self.findings(block("$ echo a; echo b", "a"))))
        self.assertEqual(1, len(self.findings(block("$ echo a", "a", "b"))))

    def test_an_ellipsis_stands_for_any_lines(self):
        self.assertEqual([], self.findings(block("$ seq 9", "1", "…", "9")))
        self.assertEqual([], self.findings(block("$ seq 2", "1", "…", "2")))
        self.assertEqual(1, len(self.findings(block("$ seq 9", "1", "…", "8"))))

    def test_the_tool_under_test_runs_in_place_of_the_release_build(self):
        self.assertEqual([], self.findings(block("$ build/release/weightsonly ls", "ls")))

    def test_output_before_a_command_is_found(self):
        self.assertIn("prints something else", "".join(self.findings(block("a", "$ echo b", "b"))) or "")

    def test_other_blocks_are_not_run(self):
        self.assertEqual([], self.findings("```sh\n$ echo a\n```\n\n```\n$ echo a\n```\n"))

    def test_the_tree_is_right(self):
        self.assertEqual([], documents.check(tree.root()))

    def test_the_read_me_has_examples(self):
        self.assertGreaterEqual(len(documents.examples(tree.text(tree.root(), "README.md"))), 2)


if __name__ == "__main__":
    unittest.main()
