"""How ci/oracle judges a pair of answers, with pairs that are known to be good or bad."""

import importlib.machinery
import importlib.util
import sys
import unittest
from pathlib import Path

PATH = Path(__file__).resolve().parents[2] / "ci" / "oracle"


def load_oracle():
    loader = importlib.machinery.SourceFileLoader("oracle", str(PATH))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("oracle", loader))
    sys.dont_write_bytecode = True
    loader.exec_module(module)
    return module


oracle = load_oracle()

ACCEPT = {"verdict": "accept", "value": {"root": {"t": "none"}, "storages": []}, "torch": "2.15.0"}
REJECT = {"verdict": "reject", "exception": "EOFError", "message": "", "torch": "2.15.0"}


def outcome(expected, torch, ours):
    return oracle.judge(expected, torch, ours)[0]


class Kinds(unittest.TestCase):
    def test_a_prefix_at_a_dot_agrees_either_way(self):
        self.assertTrue(oracle.kinds_agree("container.zip", "container.zip.crc"))
        self.assertTrue(oracle.kinds_agree("container.zip.crc", "container"))
        self.assertTrue(oracle.kinds_agree("unsupported", "unsupported"))

    def test_half_a_word_and_nothing_do_not(self):
        self.assertFalse(oracle.kinds_agree("container.zip", "container.zipper"))
        self.assertFalse(oracle.kinds_agree("", "container"))
        self.assertFalse(oracle.kinds_agree("container", None))


class Judgement(unittest.TestCase):
    def test_equal_answers_are_equal(self):
        self.assertEqual(outcome(ACCEPT, ACCEPT, ACCEPT), "equal")
        kind = {"kind": "pickle.truncated"}
        self.assertEqual(outcome({**REJECT, **kind}, REJECT, {"verdict": "reject", **kind}), "equal")

    def test_another_value_counts_and_is_shown(self):
        other = {**ACCEPT, "value": {"root": {"t": "list"}, "storages": []}}
        self.assertEqual(oracle.judge(ACCEPT, ACCEPT, other),
                         ("value", "value.root.t: ours 'list', torch 'none'"))

    def test_refusing_what_torch_accepts_counts(self):
        self.assertEqual(outcome(ACCEPT, ACCEPT, {"verdict": "reject", "kind": "unsupported"}), "verdict")

    def test_a_deviation_allows_only_the_verdict_that_it_names(self):
        marked = {**ACCEPT, "deviation": "floor", "deviation_verdict": "reject", "deviation_kind": "container.zip"}
        self.assertEqual(outcome(marked, ACCEPT, {"verdict": "reject", "kind": "container.zip.name"}), "deviation")
        self.assertEqual(outcome(ACCEPT, ACCEPT, {"verdict": "reject", "kind": "container.zip.name"}), "verdict")

    def test_a_deviation_of_two_accepted_values_allows_other_bytes_and_nothing_else(self):
        def value(text, nbytes=2):
            return {**ACCEPT, "value": {"root": {"t": "none"}, "storages": [{"device": "cpu", "nbytes": nbytes, "x": text}]}}
        marked = {**value("0201"), "deviation": "order", "deviation_verdict": "accept"}
        self.assertEqual(outcome(marked, value("0201"), value("0102")), "deviation")
        self.assertEqual(outcome(value("0201"), value("0201"), value("0102")), "value")
        self.assertEqual(outcome(marked, value("0201"), value("0102", 3)), "value")
        self.assertEqual(outcome(marked, value("0201"), ACCEPT), "value")

    def test_accepting_what_torch_refuses_counts(self):
        self.assertEqual(outcome({**REJECT, "kind": "pickle"}, REJECT, ACCEPT), "verdict")

    def test_another_kind_counts(self):
        self.assertEqual(outcome({**REJECT, "kind": "pickle.text"}, REJECT, {"verdict": "reject", "kind": "pickle.number"}),
                         "kind")

    def test_a_committed_answer_that_torch_no_longer_gives_is_stale(self):
        self.assertEqual(outcome({**REJECT, "kind": "pickle"}, ACCEPT, ACCEPT), "stale")

    def test_accepting_what_is_kept_back_counts_and_refusing_it_does_not(self):
        kept = {"verdict": "kept-back", "deviation": "safety floor", "deviation_verdict": "reject"}
        self.assertEqual(outcome(kept, ACCEPT, ACCEPT), "value")
        self.assertEqual(outcome(kept, ACCEPT, REJECT), "deviation")
        self.assertEqual(outcome(kept, REJECT, REJECT), "stale")

    def test_a_broken_answer_is_an_error(self):
        self.assertEqual(outcome(ACCEPT, ACCEPT, {"verdict": "error", "detail": "exit -11"}), "error")
        self.assertEqual(outcome(ACCEPT, {"verdict": "crash", "message": "exit -11"}, ACCEPT), "error")


if __name__ == "__main__":
    unittest.main()
