"""fuzz/targets.toml and corpus/regress/findings.toml are complete, and fit what is built and what lies there."""

import os
import re
import tempfile
import unittest

import dictionaries
import seeds
import table

TOP = table.root()
WANTED = {"name": str, "topic": str, "checks": str, "max_len": int, "seeds": str}
MAY = {"dictionary": str, "share": int, "effort": int, "value_profile": bool, "quiet": str}
FINDING = {"file": str, "targets": list, "shows": str, "would_have": str, "found_by": str}
TOPICS = {"base", "container", "pickle", "value", "policy", "machine", "checkpoint", "output", "recipe", "tool", "path"}


class Targets(unittest.TestCase):
    def test_every_program_has_a_row_and_every_row_a_program(self):
        rows, programs = table.rows(TOP), table.programs(TOP)
        used = {name: table.row_of(rows, name) for name in programs}
        self.assertEqual([], [name for name, row in used.items() if row is None], "no row of fuzz/targets.toml fits these")
        self.assertEqual([], [row["name"] for row in rows if row not in used.values()], "there is no such program")
        self.assertEqual(34, sum(name.startswith("handler_") for name in programs))

    def test_every_row_is_complete(self):
        rows = table.rows(TOP)
        self.assertEqual(len(rows), len({row["name"] for row in rows}), "a name stands twice")
        for row in rows:
            with self.subTest(row.get("name")):
                kinds = {**WANTED, **{name: kind for name, kind in MAY.items() if name in row}}
                self.assertEqual(kinds, {name: type(value) for name, value in row.items()})
                self.assertIn(row["topic"], TOPICS)
                self.assertTrue(row["checks"] and "\n" not in row["checks"])
                self.assertTrue(64 <= row["max_len"] <= 1 << 20 and 1 <= row.get("share", 1) <= 100 and 1 <= row.get("effort", 1) <= 100)
                self.assertIn(row.get("dictionary", "zip"), dictionaries.FILES)
                self.assertEqual("edges", row.get("quiet", "edges"))

    def test_every_kind_of_seeds_is_known_or_has_its_maker(self):
        makers = os.path.join(TOP, "fuzz", "seed_makers")
        there = {name[:-3] for name in os.listdir(makers) if name.endswith(".py")} if os.path.isdir(makers) else set()
        for row in table.rows(TOP):
            self.assertIn(row["seeds"], set(seeds.FORMS) | there, row["name"])


class Findings(unittest.TestCase):
    def test_every_finding_says_what_it_is(self):
        for row in table.findings(TOP):
            with self.subTest(row.get("file")):
                self.assertEqual(FINDING, {name: type(value) for name, value in row.items()})
                self.assertRegex(row["file"], r"^[a-z0-9]+(-[a-z0-9]+)*\.bin$")
                self.assertTrue(row["targets"] and set(row["targets"]) <= set(table.programs(TOP)))
                self.assertTrue(all(re.search(r"\w.*[.)]$", row[name]) for name in ("shows", "would_have")), "no sentence")
                self.assertTrue(0 < os.path.getsize(os.path.join(TOP, "corpus", "regress", row["file"])) <= 64 << 10)

    def test_every_file_has_its_row(self):
        there = set(os.listdir(os.path.join(TOP, "corpus", "regress"))) - {"findings.toml"}
        self.assertEqual(sorted(there), sorted(row["file"] for row in table.findings(TOP)))


class Rows(unittest.TestCase):
    ROWS = [{"name": "handler_*"}, {"name": "handler_mark"}, {"name": "zip"}]

    def test_a_row_of_its_own_wins_over_a_pattern(self):
        self.assertEqual("handler_mark", table.row_of(self.ROWS, "handler_mark")["name"])
        self.assertEqual("handler_*", table.row_of(self.ROWS, "handler_stop")["name"])
        self.assertIsNone(table.row_of(self.ROWS, "zip2"))

    def test_a_row_has_what_it_leaves_out_from_the_pattern_that_fits(self):
        with tempfile.TemporaryDirectory() as top:
            os.mkdir(os.path.join(top, "fuzz"))
            with open(os.path.join(top, table.TABLE), "w", encoding="utf-8") as file:
                file.write('[[target]]\nname = "h_*"\nmax_len = 64\nseeds = "s"\n[[target]]\nname = "h_a"\nmax_len = 128\n'
                           '[[target]]\nname = "g"\nseeds = "t"\n')
            self.assertEqual([{"name": "h_*", "max_len": 64, "seeds": "s"}, {"name": "h_a", "max_len": 128, "seeds": "s"},
                              {"name": "g", "seeds": "t"}], table.rows(top))

    def test_targets_are_chosen_by_name_and_pattern(self):
        self.assertEqual(["empty", "handler_mark"], table.select(TOP, ["handler_mark", "empty"]))
        self.assertEqual(34, len(table.select(TOP, ["handler_*"])))
        self.assertEqual(table.programs(TOP), table.select(TOP, []))
        self.assertRaisesRegex(ValueError, "there is no target handler_pop;", table.select, TOP, ["handler_pop"])


if __name__ == "__main__":
    unittest.main()
