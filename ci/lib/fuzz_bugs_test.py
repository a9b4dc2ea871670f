"""Which seeded bugs are hunted, with what settings, and that inputs which show a bug already are found one by one. The engine is a fake."""

import io
import os
import unittest

import fuzz_bugs
import fuzz_engine_test
import mutant_table
import tree


class Rows(unittest.TestCase):
    def test_the_table_marks_at_least_fifteen_and_every_target_is_built(self):
        rows = fuzz_bugs.marked(tree.root(), [])
        self.assertGreaterEqual(len(rows), 15)
        self.assertLess(len(rows), len(mutant_table.read(tree.root())))
        self.assertEqual([], sorted({row["found_by_fuzzing"] for row in rows} - set(fuzz_bugs.table.programs(tree.root()))))

    def test_some_of_them_can_be_chosen(self):
        self.assertEqual(["zip-past-the-end"], [row["id"] for row in fuzz_bugs.marked(tree.root(), ["zip-past-the-end"])])
        self.assertRaisesRegex(OSError, "zip-encrypted", fuzz_bugs.marked, tree.root(), ["zip-encrypted", "zip-past-the-end"])

    def test_the_settings_are_those_of_the_preset(self):
        settings = fuzz_bugs.settings(tree.root())
        self.assertIn("-DWEIGHTSONLY_FUZZ_ENGINE=-fsanitize=fuzzer", settings)
        self.assertTrue(any("address,undefined" in setting for setting in settings))
        self.assertFalse(any("WERROR" in setting for setting in settings))


class Showing(fuzz_engine_test.Fake):
    def showing(self, *contents):
        paths = []
        for number, content in enumerate(contents):
            paths.append(os.path.join(self.folder.name, f"in{number}"))
            with open(paths[-1], "w", encoding="utf-8") as file:
                file.write(content)
        os.makedirs(self.target.findings, exist_ok=True)
        found = fuzz_bugs.showing(self.engine, self.target.program, self.target.options(), paths, io.StringIO())
        return [os.path.basename(path) for path in found]

    def test_every_input_that_shows_the_bug_is_found(self):
        self.assertEqual(["in1", "in2", "in4"], self.showing("a", "!", "!", "b", "!"))
        self.assertEqual([], self.showing("a", "b"))

    def test_more_than_one_start_is_made_for_many(self):
        count = fuzz_bugs.BATCH + 3
        self.assertEqual([f"in{count - 1}"], self.showing(*["a"] * (count - 1), "!"))

    def test_a_program_that_does_not_start_is_no_bug_found(self):
        self.target.program = "/bin/false"
        self.assertRaisesRegex(OSError, "before its first input", self.showing, "a")


class Hunting(fuzz_engine_test.Fake):
    def hunted(self, fake):
        self.engine.environment.update(FAKE=fake, PYTHONHASHSEED="0")
        for folder in (self.target.corpus, self.target.findings):
            os.makedirs(folder, exist_ok=True)
        return fuzz_bugs.hunted(self.engine, self.target, 20, 1, io.StringIO())

    def test_what_is_found_and_what_is_not(self):
        found = self.hunted("finds")
        self.assertEqual((True, "weightsonly-fuzz: it broke at 0x"), (found["found"], found["what"]))
        missed = self.hunted("nothing")
        self.assertEqual((False, 40, None), (missed["found"], missed["executions"], missed["what"]))

    def test_an_engine_that_cannot_run_has_found_nothing(self):
        self.assertRaisesRegex(OSError, "ended with 3 and left no input", self.hunted, "ends")


class Copies(fuzz_engine_test.Fake):
    def test_seeds_and_corpus_lie_in_one_folder_without_what_lay_there(self):
        for path in ("one/a", "two/a", "into/old"):
            os.makedirs(os.path.dirname(os.path.join(self.folder.name, path)), exist_ok=True)
            with open(os.path.join(self.folder.name, path), "w", encoding="utf-8") as file:
                file.write(path)
        into = os.path.join(self.folder.name, "into")
        # pylint: disable=protected-access
        paths = fuzz_bugs._copied(into, [os.path.join(self.folder.name, name) for name in ("one", "two", "none")])
        self.assertEqual([os.path.join(into, name) for name in ("0-a", "1-a")], paths)
        self.assertEqual(["0-a", "1-a"], sorted(os.listdir(into)))


del fuzz_engine_test.Fake  # Its tests are those of fuzz_engine_test.py.

if __name__ == "__main__":
    unittest.main()
