"""The check of refusal kinds finds what it must find; the tree itself is clean."""

import unittest

import refusals
import tree
from scratch import Scratch


def entry(enumerator="kZipName", name="container.zip.name", when="now", sentence="A name is bad.", advice="Get another."):
    return f'WEIGHTSONLY_REFUSAL({enumerator}, "{name}", {when},\n    "{sentence}",\n    "{advice}")\n'


class Refusals(unittest.TestCase):
    def findings(self, table, code="Refuse(RefusalKind::kZipName);"):
        with Scratch({"reference/base/refusal.def": "// Legend: WEIGHTSONLY_REFUSAL(a, b)\n" + table,
                      "reference/container/a.cc": code, "reference/tests/container/a_test.cc": "kTestOnly",
                      "reference/tool/a.cc": "kToolOnly"}) as top:
            return refusals.check(top)

    def test_a_raised_and_documented_kind_is_fine(self):
        self.assertEqual([], self.findings(entry()))

    def test_a_reserved_kind_that_nothing_raises_is_fine(self):
        self.assertEqual([], self.findings(entry() + entry("kLater", "a.b", "later")))

    def test_a_kind_raised_nowhere_is_found(self):
        self.assertIn("a.b is in use and raised nowhere", "".join(self.findings(entry() + entry("kOther", "a.b"))))

    def test_a_kind_named_only_in_a_test_or_the_tool_counts_as_raised_nowhere(self):
        for enumerator in ("kTestOnly", "kToolOnly"):
            self.assertIn("raised nowhere", "".join(self.findings(entry() + entry(enumerator, "a.b"))))
            self.assertEqual([], self.findings(entry() + entry(enumerator, "a.b", "later")))

    def test_a_reserved_kind_that_is_raised_is_found(self):
        self.assertIn("is reserved and raised", "".join(self.findings(entry(when="later"))))

    def test_a_name_that_stands_twice_is_found(self):
        self.assertIn("stands twice", "".join(self.findings(entry() + entry())))

    def test_a_missing_sentence_or_advice_is_found(self):
        self.assertIn("the sentence is no sentence", "".join(self.findings(entry(sentence="bad"))))
        self.assertIn("the advice is no sentence", "".join(self.findings(entry(advice=""))))

    def test_an_unknown_when_is_found(self):
        self.assertIn("neither now nor later", "".join(self.findings(entry(when="soon"))))

    def test_an_entry_of_another_form_is_found(self):
        self.assertIn("not of the form", "".join(self.findings(entry() + 'WEIGHTSONLY_REFUSAL(kX, "x")\n')))

    def test_the_tree_is_clean(self):
        self.assertEqual([], refusals.check(tree.root()))


if __name__ == "__main__":
    unittest.main()
