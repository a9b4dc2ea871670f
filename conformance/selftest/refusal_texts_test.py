"""What the refusals of a run have in common."""

import unittest

import running  # puts conformance/run in reach

import refusal_texts
from outcome import Result


def refused(*details):
    return [Result({"id": "a"}, "false-reject", answer={"verdict": "reject", "detail": one}) for one in details]


class Common(unittest.TestCase):
    def test_names_and_numbers_are_no_part_of_a_pattern(self):
        for text, want in (
                ("class not found: torch._utils._rebuild_tensor_v2", "class not found: …"),
                ("/data/a.pt: opcode 0x95 is unknown", "…: opcode … is unknown"),
                ("storage 0: have 8 bytes, want 16", "storage …: have … bytes, want …"),
                ("no \"weird thing\" in 'a b' or `c d`", "no … in … or …"),
                ("Invalid magic number; corrupt file?", "Invalid magic number; corrupt file?"),
                ("two\n  lines", "two lines"), ("red \x1bm", "red \\x1bm")):
            with self.subTest(text):
                self.assertEqual(refusal_texts.pattern(text), want)

    def test_what_is_said_often_is_told_the_most_frequent_first(self):
        results = refused(*["a: %d" % i for i in range(5)], *["b is wrong"] * 7, *["c"] * 4)
        self.assertEqual(refusal_texts.said(results), ["7 × b is wrong", "5 × a: …"])

    def test_at_most_five_are_told(self):
        results = refused(*[letter * 5 for letter in "gfedcba" for _ in range(5)])
        self.assertEqual(refusal_texts.said(results), ["5 × " + letter * 5 for letter in "abcde"])

    def test_a_refusal_without_words_and_what_is_no_refusal_say_nothing(self):
        results = refused(*["", "  ", "os.system"] * 5)
        results += [Result({"id": "a"}, "false-accept", answer={"verdict": "accept", "detail": "fine"}) for _ in range(9)]
        results += [Result({"id": "a"}, "crash") for _ in range(9)]
        self.assertEqual(refusal_texts.said(results), [])

    def test_a_long_text_is_cut(self):
        self.assertLess(len(refusal_texts.pattern("x " * 100000)), 200)


if __name__ == "__main__":
    unittest.main()
