"""What is laid out for OSS-Fuzz: programs, flat archives of seeds, dictionaries and options, the same bytes each time."""

import os
import tempfile
import unittest
import zipfile

import pack
import table


class Pack(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="weightsonly-")
        self.addCleanup(folder.cleanup)
        self.top = folder.name
        self.programs = os.path.join(self.top, "programs")
        os.makedirs(self.programs)
        for name in ("empty", "zip"):
            with open(os.path.join(self.programs, name), "w", encoding="ascii") as file:
                file.write("program " + name)
            os.chmod(file.name, 0o755)

    def pack(self, out, targets=("empty", "zip")):
        pack.pack(table.root(), targets, self.programs, os.path.join(self.top, "work"), os.path.join(self.top, out))
        found = {}
        for name in os.listdir(os.path.join(self.top, out)):
            with open(os.path.join(self.top, out, name), "rb") as file:
                found[name] = file.read()
        return found

    def test_everything_of_a_target_lies_beside_it(self):
        found = self.pack("out")
        self.assertEqual({"empty", "empty_seed_corpus.zip", "empty.options", "zip", "zip_seed_corpus.zip", "zip.options", "zip.dict"}, set(found))
        self.assertEqual(b"program zip", found["zip"])
        self.assertTrue(os.access(os.path.join(self.top, "out", "zip"), os.X_OK))
        self.assertIn(b"PK", found["zip.dict"])
        row = table.row_of(table.rows(table.root()), "zip")
        self.assertIn(f"max_len = {row['max_len']}\n", found["zip.options"].decode())
        with zipfile.ZipFile(os.path.join(self.top, "out", "zip_seed_corpus.zip")) as archive:
            self.assertGreater(len(archive.namelist()), 1000)
            self.assertFalse([name for name in archive.namelist() if "/" in name])

    def test_the_same_bytes_each_time(self):
        self.assertEqual(self.pack("a", ["zip"]), self.pack("b", ["zip"]))

    def test_the_value_profile_is_an_option(self):
        self.assertNotIn("use_value_profile", pack.options_of({"max_len": 4}))
        self.assertIn("use_value_profile = 1\n", pack.options_of({"max_len": 4, "value_profile": True}))

    def test_a_target_that_is_not_built_is_named(self):
        with self.assertRaisesRegex(ValueError, "decoder is not built"):
            self.pack("out", ["decoder"])
        with self.assertRaisesRegex(ValueError, "no-such has no row"):
            self.pack("out", ["no-such"])

    def test_the_program_leaves_out_what_finds_nothing(self):
        self.assertEqual(0, pack.main(["empty", "--programs", self.programs, "--work", os.path.join(self.top, "w"), "--out", os.path.join(self.top, "out")]))
        self.assertEqual([], os.listdir(os.path.join(self.top, "out")))


if __name__ == "__main__":
    unittest.main()
