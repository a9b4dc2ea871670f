"""`check` and the two bad canaries: when the suite can be run although one of them has no verdict."""

import contextlib
import io
import json
import os
import unittest

import running

import adapter
import canaries
import check
from process import Fault

CRASH, GARBAGE = Fault("crash", "exit status 1"), Fault("protocol-error", "not JSON")
GO_ON = "the suite can be run all the same"


class Talk:
    """Answers the canaries with a verdict each, or a Fault, or None for a line that is no message."""

    fault = case = None

    def __init__(self, **answers):
        self.answers = answers

    def load(self, path, options, level):
        found = self.answers[os.path.basename(path)[len("canary-"):-len(".pt")]]
        self.fault = found if isinstance(found, Fault) else None
        return {"verdict": found} if isinstance(found, str) else None


def told(good="accept", noise="reject", empty="reject"):
    """What `check` goes on with, and what it prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        goes_on = check._canaries(Talk(good=good, noise=noise, empty=empty), 0, check._Reporter(), 1.0)
    return goes_on, out.getvalue()


class Canaries(unittest.TestCase):
    def test_a_fault_of_the_loader_at_one_bad_file_stops_no_run(self):
        self.assertIn("canary-empty.pt: " + GO_ON, told(empty=CRASH)[1])
        self.assertIn("canary-noise.pt: " + GO_ON, told(noise=CRASH)[1])

    def test_everything_else_does_or_is_none(self):
        for answers in ({}, {"good": CRASH}, {"good": CRASH, "empty": CRASH}, {"noise": CRASH, "empty": CRASH},
                        {"noise": CRASH, "empty": "accept"}, {"empty": "accept"}, {"empty": GARBAGE}, {"empty": None},
                        {"noise": CRASH, "empty": GARBAGE}):
            with self.subTest(answers):
                goes_on, text = told(**answers)
                self.assertTrue(goes_on)
                self.assertNotIn(GO_ON, text)

    def test_after_silence_nothing_more_is_shown(self):
        self.assertFalse(told(good=Fault("protocol-error", "it printed nothing", adapter.NOT_ONCE))[0])

    def test_the_case_that_is_named_has_the_file_of_the_canary(self):
        with open(os.path.join(running.TOP, "conformance", "suite.json"), encoding="utf-8") as file:
            rows = {row["id"]: row for row in json.load(file)["cases"]}
        self.assertIn("torchscript-not-empty", check._GO_ON)
        self.assertEqual(rows["torchscript-not-empty"]["size"], len(dict((one[0], one[1]) for one in canaries.CANARIES)["empty"]))


if __name__ == "__main__":
    unittest.main()
