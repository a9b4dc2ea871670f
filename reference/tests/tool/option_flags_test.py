"""Every member of Options is an option of ls, load and globals, by one name, and stands in the README's table with its test."""

import re
import unittest

import tool

COMMANDS = ("ls", "load", "globals")
# Where the option is not called as the member is. Packages are functions of C++: there is nothing to say on a command line.
FLAGS = {
    "mmap": ("--no-mmap",),
    "default_load_endianness": ("--endianness",),
    "allowlist": ("--allow", "--allow-as", "--allow-numpy"),
    "limits": ("--limit-nodes", "--limit-steps-per-byte"),
    "packages": (),
    "force_weights_only_load": (),  # TORCH_FORCE_WEIGHTS_ONLY_LOAD
    "force_no_weights_only_load": (),
}


def members():
    text = (tool.SOURCE / "reference/checkpoint/options.h").read_text("utf-8")
    struct = text[text.index("struct WEIGHTSONLY_EXPORT Options {"):]
    return re.findall(r"^  [\w:<>]+ (\w+)(?: = [^;]*)?;$", struct[:struct.index("\n};")], re.M)


def flags_of(member):
    return FLAGS.get(member, ("--" + member.replace("_", "-"),))


class OptionFlags(unittest.TestCase):
    def setUp(self):
        readme = (tool.SOURCE / "README.md").read_text("utf-8")
        table = readme[readme.index("| section of the page |"):]
        self.table = table[:table.index("\n\n")]

    def test_every_member_has_its_options_in_the_three_commands(self):
        self.assertGreaterEqual(len(members()), 15)
        for command in COMMANDS:
            known = set(re.findall(r"--[\w-]+", tool.run("help", command).stdout.decode()))
            for member in members():
                for flag in flags_of(member):
                    self.assertIn(flag, known, (command, member))

    def test_every_member_and_every_option_stands_in_the_table(self):
        for member in members():
            self.assertIn("`%s`" % member, self.table)
            for flag in flags_of(member):
                self.assertRegex(self.table, r"`%s\b" % re.escape(flag.partition("limit-")[0]))

    def test_every_row_of_the_table_names_tests_that_exist(self):
        rows = [line for line in self.table.splitlines()[2:]]
        self.assertGreater(len(rows), 10)
        for row in rows:
            tests = re.findall(r"\]\((reference/tests/[\w/.]+)\)", row)
            self.assertTrue(tests, row)
            for test in tests:
                self.assertTrue((tool.SOURCE / test).is_file(), test)

    def test_one_line_of_options_serves_all_three(self):
        line = ("--strict", "--no-mmap", "--endianness", "big", "--map-location", "cpu", "--encoding", "latin1", "--torch", "2.10",
                "--allow", "training.Config", "--weights-only", "true", "--calculate-storage-offsets", "--limit-nodes", "1000")
        for command in COMMANDS:
            run = tool.run(command, *line, tool.CORPUS / "torch-2.15.0/user-class.pt")
            self.assertEqual((command, run.returncode), (command, 0), run.stderr.decode())


if __name__ == "__main__":
    unittest.main()
