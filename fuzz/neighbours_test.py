"""The inputs beside a seed are the seed with one value in the place of another."""

import hashlib
import io
import os
import subprocess
import sys
import tempfile
import unittest
import zipfile

import neighbours
from places_test import CALL, NO_PICKLES, PICKLE

def made(*files, most=1000):
    return set(neighbours.neighbours(files, most))


class Neighbours(unittest.TestCase):
    def test_each_value_stands_in_each_place(self):
        self.assertEqual({b"\x80\x02N.", b"\x80\x02K\x05."}, made(b"\x80\x02N.", b"\x80\x02K\x05."))
        found = made(PICKLE, b"\x80\x02\x88.")
        for place in (b"](X\x01\x00\x00\x00aK\x01\x86e", b"ccollections\nOrderedDict\n", CALL):
            self.assertIn(PICKLE.replace(place, b"\x88"), found)
        self.assertIn(PICKLE.replace(b"K\x01", b"ccollections\nOrderedDict\n"), found)

    def test_the_first_of_a_kind_stands_for_all(self):
        self.assertEqual({b"C\x01a.", b"N."}, made(b"C\x01a.", b"C\x01b.", b"N.", b"C\x01c."))

    def test_the_parts_of_parts_are_places_for_plain_values(self):
        pickle = b"\x80\x02}NNN\x87\x89\x86\x85\x85\x85b."  # the state is (((((None, None, None), False),),),)
        found = made(pickle, b"\x80\x02ca\nb\n.", b"\x80\x02G" + bytes(8) + b".")
        for part in (b"NNN\x87", b"\x89"):
            self.assertIn(pickle.replace(part, b"G" + bytes(8)), found)
            self.assertNotIn(pickle.replace(part, b"ca\nb\n"), found)
        self.assertNotIn(pickle.replace(b"NNN", b"G" + bytes(8) + b"NN"), found, "too deep")
        self.assertIn(pickle.replace(b"NNN\x87\x89\x86\x85\x85\x85", b"ca\nb\n"), found)

    def test_of_texts_and_numbers_each_stands_for_itself(self):
        texts = (b"X\x01\x00\x00\x00a.", b"X\x01\x00\x00\x00b.", b"U\x01c.")
        numbers = (b"K\x05.", b"K\x06.", b"G" + bytes(8) + b".")
        self.assertEqual([set(texts), set(numbers)], [made(*texts), made(*numbers)])
        self.assertNotIn(b"K\x06.", made(*texts, *numbers), "the first value is a text")
        self.assertIn(b"\x80\x02X\x01\x00\x00\x00bN\x86.", made(b"\x80\x02X\x01\x00\x00\x00aN\x86.", *texts))
        long = b"X\x19\x00\x00\x00" + b"a" * 25
        self.assertNotIn(long + b"N\x86.", made(b"X\x01\x00\x00\x00aN\x86.", texts[0], long + b"."))

    def test_a_value_that_needs_the_memo_is_replaced_and_replaces_none(self):
        found = made(b"\x80\x02(Nh\x05t.", b"\x80\x02\x88.")
        self.assertIn(b"\x80\x02\x88.", found)
        self.assertNotIn(b"\x80\x02h\x05.", found)

    def test_what_is_no_pickle_gives_nothing(self):
        for data in NO_PICKLES:
            self.assertEqual(set(), made(data))

    def test_none_is_longer_than_it_may_be(self):
        self.assertTrue(all(len(each) <= 20 for each in made(PICKLE, b"N.", most=20)))
        self.assertEqual({b"N."}, made(b"N.", most=2))
        self.assertEqual(set(), made(b"N.", most=1))

    def test_every_pickle_of_an_archive_is_changed_and_nothing_else(self):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            for name, data in (("a/data.pkl", b"N."), ("a/data/0", b"N."), ("a/constants.pkl", b"\x88.")):
                archive.writestr(name, data)
        contents = set()
        for each in made(file.getvalue()):
            with zipfile.ZipFile(io.BytesIO(each)) as archive:
                contents.add(tuple(archive.read(name) for name in ("a/data.pkl", "a/data/0", "a/constants.pkl")))
        self.assertEqual({(b"N.", b"N.", b"\x88."), (b"\x88.", b"N.", b"\x88."), (b"N.", b"N.", b"N.")}, contents)
        self.assertEqual(set(), made(file.getvalue()[:-5]), "an archive that cannot be read")

    def test_every_pickle_of_a_stream_is_changed(self):
        self.assertEqual({b"K\x01.N.", b"K\x01.K\x01.", b"N.N."}, made(b"K\x01.N."))


class Grown(unittest.TestCase):
    def test_each_form_is_made_of_what_all_kinds_of_seeds_kept(self):
        archive = neighbours.alone(PICKLE)
        with tempfile.TemporaryDirectory(prefix="weightsonly-") as top:
            os.makedirs(os.path.join(top, "corpus", "grown"))
            for kind, kept in (("file", [archive]), ("legacy", [b"N."]), ("options", [b"123K\x01."]), ("pickle", [b"\x88."]), ("zip", [b"\x89."])):
                with zipfile.ZipFile(os.path.join(top, "corpus", "grown", kind + ".zip"), "w") as made_of:
                    for number, data in enumerate(kept):
                        made_of.writestr(str(number), data)
            self.assertEqual({b"N.", b"K\x01."}, set(neighbours.grown(top, "legacy")))
            self.assertEqual({b"N.", b"K\x01.", b"\x88.", PICKLE}, set(neighbours.grown(top, "pickle")))
            self.assertEqual({archive, b"N.", b"K\x01.", neighbours.alone(b"\x88.")}, set(neighbours.grown(top, "file")))
            self.assertEqual([], neighbours.grown(os.path.join(top, "nowhere"), "pickle"))

    def test_a_pickle_alone_is_an_archive_with_storages(self):
        with zipfile.ZipFile(io.BytesIO(neighbours.alone(PICKLE))) as archive:
            self.assertEqual((PICKLE, b"little", 64), (archive.read("a/data.pkl"), archive.read("a/byteorder"), len(archive.read("a/data/0"))))

    def test_it_comes_after_the_suite(self):
        cases = neighbours.seeds.Cases(neighbours.table.root())
        suite, grown = len(cases.pickle), len(neighbours.grown(cases.top, "pickle"))
        self.assertGreater(grown, 100)
        self.assertEqual(suite + grown, len(neighbours.in_order(cases, "pickle")))


class Variants(unittest.TestCase):
    ARCHIVE = neighbours.alone(b"\x80\x02N.")

    def test_an_archive_has_the_same_records_and_other_bytes(self):
        made = [neighbours.salted(self.ARCHIVE, number) for number in range(1, 40)]
        self.assertEqual(39, len({self.ARCHIVE, *made}) - 1)
        for each in made:
            with zipfile.ZipFile(io.BytesIO(each)) as archive, zipfile.ZipFile(io.BytesIO(self.ARCHIVE)) as before:
                self.assertEqual([(name, before.read(name)) for name in before.namelist()], [(name, archive.read(name)) for name in archive.namelist()])
                changed = archive.infolist()[0]
            self.assertEqual(each[changed.header_offset + 10:changed.header_offset + 12], each[each.index(b"PK\1\2") + 12:][:2], "two times")

    def test_what_is_no_plain_archive_has_none(self):
        broken = [self.ARCHIVE.replace(sign, b"PK\0\0") for sign in (b"PK\1\2", b"PK\3\4", b"PK\5\6")]
        cut = b"PK\1\2" + b"PK\5\6" + bytes(18)  # the directory begins at 0 and ends there
        for file in (b"", b"N.", self.ARCHIVE[:-1], self.ARCHIVE + b"x", cut, *broken):
            self.assertIsNone(neighbours.salted(file, 1))

    def test_seeds_get_more_than_neighbours_and_only_those_with_numpy(self):
        numpy = neighbours.alone(b"cnumpy\ndtype\n.")
        found = list(neighbours.variants([self.ARCHIVE], [numpy, neighbours.alone(b"N.")]))
        self.assertEqual(neighbours.SEED_VARIANTS + neighbours.NUMPY_VARIANTS, len(set(found)))
        self.assertEqual(neighbours.NUMPY_VARIANTS, sum(b"numpy" in each for each in found))


class CommandLine(unittest.TestCase):
    def test_files_are_named_by_their_contents_and_begin_with_options(self):
        program = os.path.join(os.path.dirname(os.path.abspath(neighbours.__file__)), "neighbours.py")
        with tempfile.TemporaryDirectory(prefix="weightsonly-") as folder:
            done = subprocess.run([sys.executable, program, "legacy", "--out", folder], capture_output=True, text=True, check=True)
            names = os.listdir(os.path.join(folder, "legacy"))
            self.assertRegex(done.stdout, rf"^legacy +{len(names)} neighbours\n$")
            self.assertGreater(len(names), 1000)
            for name in names[:20]:
                with open(os.path.join(folder, "legacy", name), "rb") as file:
                    self.assertEqual(name, hashlib.sha1(file.read()).hexdigest())
        self.assertEqual(3, len(neighbours.PREFIX["options"]))
        wrong = subprocess.run([sys.executable, program, "nothing", "--out", "."], capture_output=True, text=True, check=False)
        self.assertEqual(2, wrong.returncode)


if __name__ == "__main__":
    unittest.main()
