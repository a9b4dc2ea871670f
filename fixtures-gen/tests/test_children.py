"""How the worker of ci/differential asks, with a tool and a torch that are told what to say: no real one is needed."""

import json
import os
import signal
import stat
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.dont_write_bytecode = True

import children

# Accepts what is called a*, refuses r*, and for x* contradicts itself.
_SERVE = """#!/usr/bin/env python3
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    name = asked["path"].rsplit("/", 1)[-1]
    if name == "mute":
        sys.exit(0)
    answer = {"seq": 1, "verdict": "accept", "value": {"root": {"t": "none"}, "storages": []}}
    if name[0] in "rx":
        answer = {"seq": 1, "verdict": "reject", "kind": "internal" if name[0] == "x" else "pickle.text", "record": "", "offset": 0,
                  "detail": name}
    print(json.dumps(answer, separators=(",", ":")), flush=True)
"""
NONE = '{"root":{"t":"none"},"storages":[]}'


def fake_torch(path):
    name = Path(path).name
    if name.endswith("dies"):
        os.kill(os.getpid(), signal.SIGSEGV)
    if name.endswith("hangs"):
        time.sleep(60)
    if name.endswith("writes"):
        Path("made").mkdir()
    if name.endswith("breaks"):
        raise ZeroDivisionError
    if name.endswith("no"):
        return {"verdict": "reject", "exception": "E", "message": "no"}
    return {"verdict": "accept", "value": NONE if not name.endswith("other") else NONE.replace("none", "list")}


class Children(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        self.tool = Path(self._folder.name) / "tool"
        self.tool.write_text(_SERVE.replace("#!/usr/bin/env python3", "#!" + sys.executable))
        self.tool.chmod(self.tool.stat().st_mode | stat.S_IXUSR)
        empty = Path(self._folder.name) / "empty"
        empty.mkdir()
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(empty)

    def ask(self, *names, seconds=20):
        return list(children.answers(self.tool, fake_torch, list(names), seconds))

    def verdicts(self, *names, **more):
        return [line if line[0] == "=" else json.loads(line)["torch"]["verdict"] for line in self.ask(*names, **more)]

    def test_equal_answers_are_a_word(self):
        self.assertEqual(self.ask("a yes", "r no"), ["=accept", "=pickle.text"])

    def test_other_values_and_verdicts_are_told(self):
        value, refused, accepted = map(json.loads, self.ask("a other", "r yes", "a no"))
        self.assertNotEqual(value["ours"]["value"], value["torch"]["value"])
        self.assertEqual((refused["ours"]["kind"], refused["torch"]["verdict"]), ("pickle.text", "accept"))
        self.assertEqual((accepted["ours"]["verdict"], accepted["torch"]["message"]), ("accept", "no"))

    def test_a_contradiction_of_ours_is_equal_to_no_refusal(self):
        self.assertEqual(json.loads(self.ask("x no")[0])["ours"]["kind"], "internal")

    def test_a_torch_that_dies_is_told_and_the_next_file_is_asked(self):
        lines = self.ask("a yes", "r dies", "r no")
        self.assertEqual(json.loads(lines[1])["torch"], {"verdict": "crash", "message": "exit -11"})
        self.assertEqual(json.loads(lines[1])["ours"]["kind"], "pickle.text")
        self.assertEqual((lines[0], lines[2]), ("=accept", "=pickle.text"))

    def test_a_torch_that_hangs_is_ended(self):
        self.assertEqual(self.verdicts("a hangs", "a yes", seconds=2), ["timeout", "=accept"])

    def test_a_file_that_makes_something_is_told_and_the_next_one_is_not_blamed(self):
        self.assertEqual(self.verdicts("a writes", "a yes"), ["executed", "=accept"])

    def test_code_of_the_worker_that_fails_is_no_answer_of_torch(self):
        stderr = os.dup(2)
        with open(os.devnull, "w", encoding="ascii") as sink:
            os.dup2(sink.fileno(), 2)
        try:
            with self.assertRaisesRegex(RuntimeError, "a breaks"):
                self.ask("a breaks")
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)

    def test_more_files_than_a_child_takes_have_a_line_each(self):
        names = ["a %s" % ("yes" if number % 3 else "other") for number in range(2 * children.FILES_OF_A_CHILD + 1)]
        lines = self.ask(*names)
        self.assertEqual([line[0] for line in lines], ["=" if name.endswith("yes") else "{" for name in names])


class Answers(unittest.TestCase):
    def test_the_value_of_serve_stays_text(self):
        self.assertEqual(children.parsed('{"seq":1,"verdict":"accept","value":{"root":1}}\n'), {"verdict": "accept", "value": '{"root":1}'})
        self.assertEqual(children.parsed('{"seq":1,"verdict":"accept","value":null,"value_omitted":"limit.depth"}\n'),
                         {"verdict": "accept", "value": "null", "value_omitted": "limit.depth"})

    def test_what_is_no_answer_is_an_error(self):
        for line in ("", "{", '{"seq":2,"verdict":"reject"}', '{"seq":1,"verdict":"skip"}', '{"seq":1,"error":"x"}'):
            self.assertEqual(children.parsed(line)["verdict"], "error", line)

    def test_an_error_of_ours_is_told(self):
        found = children.line_of({"verdict": "error", "detail": ""}, {"verdict": "reject"})
        self.assertEqual(json.loads(found)["ours"]["verdict"], "error")


if __name__ == "__main__":
    unittest.main()
