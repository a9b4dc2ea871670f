"""What is kept of long runs is what the engine takes beside the other seeds, once for all targets with the same; and what lies in the tree."""

import contextlib
import hashlib
import io
import os
import sys
import unittest
import zipfile
from unittest import mock

import grown
import seeds
import seeds_test
import table

TOP = table.root()
# Takes every file of the sources that begins with the second letter of the target's name, as an engine names it; says what it was asked.
ENGINE = r'''#!{python}
import hashlib, os, sys
options = [word for word in sys.argv[1:] if word.startswith("-")]
into, *sources = [word for word in sys.argv[1:] if not word.startswith("-")]
name = os.path.basename(sys.argv[0])
assert "-merge=1" in options and "-use_counters=0" in options and any(word.startswith("-max_len=") for word in options), options
there = set(open(os.path.join(into, each), "rb").read() for each in os.listdir(into))
for source in sources:
    for each in sorted(os.listdir(source)):
        data = open(os.path.join(source, each), "rb").read()
        if data.startswith(b"!"): print("it broke"); sys.exit(77)
        if data[:1] == name[1:2].encode() and data not in there:
            open(os.path.join(into, hashlib.sha1(data).hexdigest()), "wb").write(data)
'''


class Grow(seeds_test.Tree):
    def setUp(self):
        super().setUp()
        self.programs, self.corpora = os.path.join(self.top, "programs"), os.path.join(self.top, "corpora")
        os.makedirs(self.programs)
        for target in ("whole", "again"):
            path = os.path.join(self.programs, target)
            with open(path, "w", encoding="utf-8") as file:
                file.write(ENGINE.replace("{python}", sys.executable))
            os.chmod(path, 0o755)
        with open(os.path.join(self.top, "fuzz", "targets.toml"), "a", encoding="utf-8") as file:
            file.write('[[target]]\nname = "again"\nmax_len = 4096\nseeds = "file"\n')

    def corpus(self, target, *files):
        seeds.write_files(os.path.join(self.corpora, target), {str(number): data for number, data in enumerate(files)})

    def kept(self, targets=("whole", "again")):
        work = os.path.join(self.top, "work")
        with contextlib.redirect_stdout(io.StringIO()):
            return sorted(grown.grow(self.top, "file", targets, self.programs, self.corpora, work).values())

    def run_main(self, *more):
        programs = ["again", *more, "whole"]
        with mock.patch.object(table, "root", return_value=self.top), mock.patch.object(table, "programs", return_value=programs), \
                contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as said:
            return grown.main(["--programs", self.programs, "--corpora", self.corpora]), said.getvalue()

    def test_each_target_adds_what_it_wants_and_the_seeds_are_not_kept(self):
        self.corpus("whole", b"hat", b"abc", b"gold")
        self.corpus("again", b"gold", b"hat")
        self.assertEqual([b"gold", b"hat"], self.kept())
        self.assertIn(hashlib.sha1(b"hat").hexdigest(), os.listdir(os.path.join(self.top, "work", "again")), "the next target starts from it")

    def test_a_target_without_a_corpus_looks_at_the_archive(self):
        os.makedirs(os.path.join(self.top, seeds.GROWN))
        with zipfile.ZipFile(seeds.archive_of(self.top, "file"), "w") as archive:
            archive.writestr("x", b"hold")
            archive.writestr("y", b"none of them wants this")
        self.assertEqual([b"hold"], self.kept())

    def test_the_archive_is_what_was_kept_and_becomes_seeds(self):
        self.corpus("whole", b"hat")
        self.assertEqual((0, ""), self.run_main())
        name = hashlib.sha1(b"hat").hexdigest()
        self.assertEqual([("grown-" + name, b"hat")], list(seeds.grown(self.top, "file")))
        first = self.made("whole")
        self.assertEqual(b"hat", first["grown-" + name])
        self.assertNotIn("grown-" + name, self.made("streams"))
        self.assertEqual((0, ""), self.run_main(), "from the archive alone")
        self.assertEqual(first, self.made("whole"))

    def test_a_merge_that_fails_and_nothing_to_keep_leave_the_archive(self):
        self.corpus("whole", b"hat")
        self.run_main()
        self.corpus("again", b"!")
        code, said = self.run_main()
        self.assertEqual((1, "grown.py: again: the merge ended with 77: it broke\n"), (code, said))
        self.assertEqual(1, len(list(seeds.grown(self.top, "file"))))
        os.unlink(seeds.archive_of(self.top, "file"))
        self.corpus("whole", b"of no use")
        self.corpus("again", b"of no use")
        self.assertEqual((1, "grown.py: there is nothing to keep\n"), self.run_main())

    def test_seeds_that_reach_everything_keep_no_others_from_theirs(self):
        with open(os.path.join(self.top, "fuzz", "targets.toml"), "a", encoding="utf-8") as file:
            file.write('[[target]]\nname = "done"\nmax_len = 4096\nseeds = "pickle"\n[[target]]\nname = "earlier"\nmax_len = 4096\nseeds = "decoy"\n')
        self.corpus("whole", b"hat")
        self.assertEqual((0, ""), self.run_main("done", "earlier"))
        self.assertEqual(1, len(list(seeds.grown(self.top, "file"))))
        self.assertEqual([os.path.basename(seeds.archive_of(self.top, "file"))], os.listdir(os.path.join(self.top, seeds.GROWN)))


class Kept(unittest.TestCase):
    def test_the_archives_of_the_tree_are_of_known_kinds_and_in_order(self):
        rows = table.rows(TOP)
        for file in sorted(os.listdir(os.path.join(TOP, seeds.GROWN))):
            kind, extension = os.path.splitext(file)
            longest = max((row["max_len"] for row in rows if row["seeds"] == kind), default=0)
            with self.subTest(file):
                self.assertEqual(".zip", extension)
                found = list(seeds.grown(TOP, kind))
                self.assertTrue(found)
                self.assertEqual(sorted("grown-" + hashlib.sha1(data).hexdigest() for _, data in found), [name for name, _ in found])
                self.assertLessEqual(max(len(data) for _, data in found), longest)


if __name__ == "__main__":
    unittest.main()
