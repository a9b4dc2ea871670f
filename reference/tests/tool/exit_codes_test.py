"""CLI-001, CLI-002: what the exit code says."""

import os
import tempfile
import unittest
from pathlib import Path

import tool

GOOD = tool.archive(tool.dictionary([(tool.text("w"), tool.tensor("0", [2], [1], numel=2))]), {"0": tool.floats(2)})
FORBIDDEN = tool.archive(tool.name("os.mkdir") + b"(" + tool.text("weightsonly-marker") + b"tR")
COMMANDS = ("ls", "load", "globals", "inspect", "dis")


class ExitCodesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.good = self.write("good.pt", GOOD)
        self.forbidden = self.write("forbidden.pt", FORBIDDEN)
        self.missing = self.folder / "missing.pt"

    def write(self, name, data):
        path = self.folder / name
        path.write_bytes(data)
        return path

    def code(self, *words, **options):
        return tool.run(*words, **options).returncode

    def test_an_accepted_file_gives_0(self):
        for command in COMMANDS:
            for option in ([], ["--json"], ["--no-mmap"], ["--color", "never"]):
                with self.subTest(command=command, option=option):
                    process = tool.run(command, *option, self.good)
                    self.assertEqual((process.returncode, process.stderr), (0, b""))

    def test_a_refused_file_gives_1_and_nothing_of_it_is_executed(self):
        for command, code in (("ls", 1), ("load", 1), ("globals", 1), ("inspect", 0), ("dis", 0)):
            with self.subTest(command=command):
                self.assertEqual(self.code(command, self.forbidden, cwd=self.folder), code)
        self.assertEqual(sorted(os.listdir(self.folder)), ["forbidden.pt", "good.pt"])

    def test_a_file_that_cannot_be_read_gives_3(self):
        for command in COMMANDS:
            for path in (self.missing, self.folder, "/dev/null/nothing", ""):
                for option in ([], ["--json"]):
                    with self.subTest(command=command, path=str(path), option=option):
                        self.assertEqual(self.code(command, *option, path), 3)

    def test_no_permission_gives_3(self):
        if os.geteuid() == 0:
            self.skipTest("root may read everything")
        self.good.chmod(0)
        self.assertEqual(self.code("load", self.good), 3)

    def test_a_mistake_on_the_command_line_gives_2_and_says_where_help_is(self):
        mistakes = [[], ["lss", self.good], ["ls"], ["load", "--nonsense", self.good], ["ls", "--color", "pink", self.good],
                    ["ls", "--color"], ["load", "--endianness", "middle", self.good], ["--json", "ls", self.good],
                    ["explain"], ["explain", "no.such.kind"], ["tables", "no-such-table"], ["help", "no-such-command"],
                    ["explain", ""], ["dis", "--strict", self.good], ["ls", "--json=maybe", self.good]]
        for words in mistakes:
            with self.subTest(words=list(map(str, words))):
                process = tool.run(*words)
                self.assertEqual((process.returncode, process.stdout), (2, b""))
                self.assertIn(b"weightsonly", process.stderr)
                self.assertNotIn(b"\x1b", process.stderr)

    def test_mistyped_words_are_met_with_the_nearest_right_one(self):
        for words, hint in ((["laod", "x"], b"did you mean load?"), (["ls", "--sha265", "x"], b"did you mean --sha256?"),
                            (["explain", "policy.global-not-alowed"], b"did you mean policy.global-not-allowed?"),
                            (["tables", "opcode"], b"did you mean opcodes?"), (["xyzzy"], b"unknown command xyzzy\n")):
            with self.subTest(words=words):
                self.assertIn(hint, tool.run(*words).stderr)

    def test_an_option_that_is_escaped_cannot_write_to_the_terminal(self):
        for words in (["\x1b[31mls"], ["ls", "--\x1b[31m", "x"], ["ls", "--color", "\x1b[31m", "x"], ["explain", "\x1b]0;x\7"],
                      ["help", "\x1b[2J"], ["tables", "\x1b[2J"]):
            with self.subTest(words=words):
                process = tool.run(*words)
                self.assertEqual(process.returncode, 2)
                self.assertNotIn(b"\x1b", process.stderr)

    def test_several_files_give_the_worst_code_and_every_file_is_looked_at(self):
        cases = (([self.good, self.good], 0), ([self.good, self.forbidden], 1), ([self.forbidden, self.good], 1),
                 ([self.missing, self.forbidden], 3), ([self.forbidden, self.missing], 3), ([self.missing, self.good], 3))
        for files, code in cases:
            with self.subTest(files=[file.name for file in files]):
                process = tool.run("load", "--json", *files)
                self.assertEqual(process.returncode, code)
                self.assertEqual([d["file"] for d in tool.documents(process)], list(map(str, files)))

    def test_quiet_says_nothing_about_a_file_that_was_judged(self):
        for command in ("load", "globals"):
            for option in ([], ["--json"]):
                with self.subTest(command=command, option=option):
                    process = tool.run(command, "-q", *option, self.good, self.forbidden)
                    self.assertEqual((process.returncode, process.stdout, process.stderr), (1, b"", b""))
        process = tool.run("load", "-q", self.missing)
        self.assertEqual((process.returncode, process.stdout), (3, b""))
        self.assertIn(b"io.open", process.stderr)

    def test_a_file_whose_name_looks_like_something_else_is_a_file(self):
        for name in ("load", "--json", "-q", "[good.pt]", "[a,b]", "++", "help", "a b;c.pt", "%", "--"):
            with self.subTest(name=name):
                self.write(name, GOOD)
                process = tool.run("ls", "--json", "--", name, cwd=self.folder)
                self.assertEqual((process.returncode, process.stderr), (0, b""))
                self.assertEqual([d["file"] for d in tool.documents(process)], [name])

    def test_help_and_version_give_0_on_standard_output(self):
        for words in (["--help"], ["-h"], ["help"], ["--version"]) + tuple(
                words for c in COMMANDS + ("explain", "tables") for words in ([c, "--help"], ["help", c], [c, "-h"])):
            with self.subTest(words=words):
                process = tool.run(*words)
                self.assertEqual((process.returncode, process.stderr), (0, b""))
                self.assertTrue(process.stdout.endswith(b"\n"))

    def test_the_help_of_a_command_starts_with_usage_and_examples(self):
        for command in COMMANDS + ("explain", "tables"):
            with self.subTest(command=command):
                lines = tool.run("help", command).stdout.decode().split("\n")
                self.assertTrue(lines[0].startswith("Usage: weightsonly %s " % command), lines[0])
                self.assertEqual(lines[2], "Examples:")
                self.assertTrue(any("--json" in line for line in lines))
                self.assertLessEqual(max(map(len, lines)), 130)
        self.assertTrue(tool.run("--help").stdout.startswith(b"Usage: weightsonly COMMAND"))


if __name__ == "__main__":
    unittest.main()
