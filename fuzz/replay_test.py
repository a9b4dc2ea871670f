"""The replay notices a target that fails, hangs, is not there or leaves inputs out; $WEIGHTSONLY_FUZZ_FAILING is a target that fails on purpose."""

import io
import os
import subprocess
import sys
import tempfile
import unittest

import replay
import table

FAILING = os.environ.get("WEIGHTSONLY_FUZZ_FAILING")
SANITIZED = os.environ.get("WEIGHTSONLY_SANITIZE")


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="weightsonly-")
        self.addCleanup(self.folder.cleanup)

    def path(self, name, content, mode=0o644):
        path = os.path.join(self.folder.name, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(content)
        os.chmod(path, mode)
        return path

    def inputs(self, **files):
        for name, content in files.items():
            self.path("in/" + name, content)
        return [os.path.join(self.folder.name, "in")]


class Fakes(Folder):
    """Programs that are scripts."""

    def replay(self, script, seconds=60):
        program = self.path("target", "#!/bin/sh\n" + script, 0o755)
        return replay.replay(program, "target", self.inputs(a="1", b="2"), seconds)

    def test_a_program_that_replays_everything_is_fine(self):
        result = self.replay("echo 'target: replayed 2 inputs'")
        self.assertEqual((None, 2), (result.fault, result.count))

    def test_a_program_that_leaves_an_input_out_or_says_nothing_is_noticed(self):
        self.assertIn("was given 2 inputs and said: target: replayed 1 inputs", self.replay("echo 'target: replayed 1 inputs'").fault)
        self.assertIn("said: nothing", self.replay("exit 0").fault)

    def test_a_program_that_fails_is_noticed_with_what_it_said(self):
        self.assertEqual("ended with 1\nhere it is", self.replay("printf '\\r\\033[Ka\\r\\033[Khere it is\\n' >&2; exit 1").fault)
        self.assertIn("ended with -6", self.replay("kill -ABRT $$").fault)

    def test_a_program_that_hangs_or_is_not_there_is_noticed(self):
        self.assertIn("takes more than 1 s", self.replay("exec sleep 60", 1).fault)
        self.assertIn("No such file", replay.replay(os.path.join(self.folder.name, "nothing"), "nothing", [], 1).fault)

    def test_every_failure_is_shown_and_decides(self):
        out = io.StringIO()
        results = [replay.Replayed("a", 3), replay.Replayed("b", 4, "broke")]
        self.assertEqual(1, replay.report(results, 0, out))
        self.assertEqual("b: broke\n\n2 targets replayed 7 inputs, 1 failed\n", out.getvalue())
        self.assertEqual(0, replay.report(results[:1], 3, out))
        self.assertEqual(2, replay.report(results[:1], 4, out))

    def test_each_target_gets_its_own_folders(self):
        script = '#!/bin/sh\necho "$(basename "$0"): replayed $(find "$@" -type f | wc -l) inputs"\n'
        for name in ("one", "two"):
            self.path("bin/" + name, script, 0o755)
        self.inputs(a="1", b="2")
        self.path("more/c", "3")
        there = [os.path.join(self.folder.name, name) for name in ("in", "more")]
        results = replay.replay_all(os.path.join(self.folder.name, "bin"), {"two": there, "one": there[:1]}, 2, 60)
        self.assertEqual([("one", 2, None), ("two", 3, None)], [(result.target, result.count, result.fault) for result in results])

    def test_programs_that_are_not_built_are_named(self):
        command = [sys.executable, os.path.join(table.root(), "fuzz", "replay.py"), "--targets", "empty", "--programs", self.folder.name]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual(2, run.returncode)
        self.assertIn("not built", run.stderr)
        self.assertIn("empty", run.stderr)


@unittest.skipUnless(FAILING, "$WEIGHTSONLY_FUZZ_FAILING is not set")
class Failing(Folder):
    """A real program with the replay main."""

    def test_what_is_no_finding_passes(self):
        self.assertIsNone(replay.replay(FAILING, "failing", self.inputs(a="x", b=""), 60).fault)

    def test_a_finding_is_noticed_with_its_input_and_its_text_escaped(self):
        fault = replay.replay(FAILING, "failing", self.inputs(a="x", b="!", c="x"), 60).fault
        self.assertIn("ended with -6", fault)
        self.assertIn("b: weightsonly-fuzz: the input starts with a mark: \\x1b[31m!", fault)
        self.assertNotIn("\x1b[31m", fault)

    def test_nothing_to_replay_is_noticed(self):
        self.assertIn("ended with 2", replay.replay(FAILING, "failing", [self.folder.name], 60).fault)

    @unittest.skipUnless(SANITIZED and "address" in SANITIZED, "built without AddressSanitizer")
    def test_a_byte_beyond_the_end_is_noticed(self):
        self.assertIn("heap-buffer-overflow", replay.replay(FAILING, "failing", self.inputs(a="<"), 60).fault)


if __name__ == "__main__":
    unittest.main()
