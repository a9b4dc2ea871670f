"""The check of the table of seeded bugs finds what it must find; the table itself fits the sources."""

import unittest

import mutant_table
import tree
from scratch import Scratch

SOURCE = "int Twice(int a) { return a + a; }\nint Square(int a) { return a * a; }\n"
TARGETS = '[[target]]\nname = "zip"\n[[target]]\nname = "handler_*"\n'


def row(**changed):
    members = {"id": "zip-a", "area": "zip", "what": "x", "made_by": "y", "file": "base/a.cc", "find": "a + a", "replace": "a"}
    members.update(changed)
    return "[[mutant]]\n" + "".join(f"{name} = '''{text}'''\n" for name, text in members.items() if text is not None)


class Table(unittest.TestCase):
    def findings(self, *rows):
        """Without those about areas that have no row."""
        files = {"conformance/mutants.toml": "\n".join(rows), "reference/base/a.cc": SOURCE, "fuzz/targets.toml": TARGETS}
        with Scratch(files) as top:
            return [finding for finding in mutant_table.check(top) if "no row of the area" not in finding]

    def test_the_table_of_this_tree_fits(self):
        self.assertEqual([], mutant_table.check(tree.root()))

    def test_a_table_that_is_not_there_is_found(self):
        with Scratch({"reference/base/a.cc": SOURCE}) as top:
            self.assertEqual(["conformance/mutants.toml: missing"], mutant_table.check(top))

    def test_a_row_that_fits_is_fine(self):
        self.assertEqual([], self.findings(row()))

    def test_text_that_is_gone_or_stands_twice_is_found(self):
        self.assertEqual(["conformance/mutants.toml: zip-a: `find` stands 0 times in reference/base/a.cc"], self.findings(row(find="b + b")))
        self.assertEqual(["conformance/mutants.toml: zip-a: `find` stands 2 times in reference/base/a.cc"], self.findings(row(find="return")))

    def test_a_change_that_changes_nothing_is_found(self):
        self.assertEqual(["conformance/mutants.toml: zip-a: `replace` changes nothing"], self.findings(row(replace="a + a")))

    def test_a_file_that_is_not_there_is_found(self):
        self.assertEqual(["conformance/mutants.toml: zip-a: there is no file reference/base/b.cc"], self.findings(row(file="base/b.cc")))

    def test_unknown_areas_and_ids_of_another_area_are_found(self):
        self.assertEqual(1, len(self.findings(row(area="tar"))))
        self.assertEqual(1, len(self.findings(row(id="memo-a"))))

    def test_missing_and_unknown_members_are_found(self):
        self.assertEqual(1, len(self.findings(row(what=None))))
        self.assertEqual(1, len(self.findings(row(note="z"))))
        self.assertEqual(1, len(self.findings(row(what=" "))))

    def test_the_fuzz_target_that_finds_it_must_be_one(self):
        self.assertEqual([], self.findings(row(found_by_fuzzing="handler_mark")))
        self.assertEqual([], self.findings(row(found_by_fuzzing="zip")))
        for name in ("zap", "handler_*", ""):
            self.assertEqual([f"conformance/mutants.toml: zip-a: `found_by_fuzzing`: no row of fuzz/targets.toml is about {name!r}"],
                             self.findings(row(found_by_fuzzing=name)))

    def test_an_id_that_stands_twice_is_found(self):
        self.assertEqual(["conformance/mutants.toml: zip-a: the id stands twice"], self.findings(row(), row()))

    def test_an_area_without_a_row_is_found(self):
        with Scratch({"conformance/mutants.toml": row(), "reference/base/a.cc": SOURCE}) as top:
            found = mutant_table.check(top)
        self.assertEqual(len(mutant_table.AREAS) - 1, len(found))
        self.assertIn("conformance/mutants.toml: no row of the area memo", found)


if __name__ == "__main__":
    unittest.main()
