"""The check of rules finds what it must find; the tree itself is clean."""

import unittest

import spec
import tree
from scratch import Scratch

GOOD = """# Spec

Prose may name **bold** things.

**ZIP-001** A rule. *Evidence: run 2.15.0: x.*

**ZIP-002** A rule over
two lines. *Evidence: src 2.15.0: f.py:g.*

## Deviations

**DEV-001** We refuse it. *Reason: it hangs.*
"""
CODE = "// ZIP-001, ZIP-002 and DEV-001; SHA-256 is no rule.\n"


class Spec(unittest.TestCase):
    def findings(self, text, files):
        with Scratch({"reference/SPEC.md": text, **files}) as top:
            return spec.check(top)

    def test_defined_and_cited_is_fine(self):
        self.assertEqual([], self.findings(GOOD, {"reference/container/a.cc": CODE}))

    def test_cited_and_not_defined_is_found_with_its_place(self):
        found = self.findings(GOOD, {"reference/container/a.cc": CODE + "int x;  // ZIP-009\n"})
        self.assertEqual(["reference/container/a.cc:2: ZIP-009 is not defined in reference/SPEC.md"], found)

    def test_citations_count_in_headers_tables_and_tests(self):
        for path in ["reference/value/a.h", "reference/pickle/a.def", "reference/tests/base/a_test.cc"]:
            with self.subTest(path):
                self.assertEqual(1, len(self.findings(GOOD, {"reference/a.cc": CODE, path: "// ABC-123\n"})))

    def test_defined_and_not_cited_is_found(self):
        found = self.findings(GOOD, {"reference/container/a.cc": "// ZIP-001 DEV-001\n"})
        self.assertEqual(["reference/SPEC.md:7: ZIP-002 is cited by no code"], found)

    def test_a_citation_in_a_test_carries_no_rule(self):
        found = self.findings(GOOD, {"reference/container/a.cc": "// ZIP-001 DEV-001\n",
                                     "reference/tests/container/a_test.cc": "// ZIP-002\n"})
        self.assertEqual(["reference/SPEC.md:7: ZIP-002 is cited by no code"], found)

    def test_defined_twice_is_found(self):
        found = self.findings(GOOD + "\n**ZIP-001** Again. *Evidence: x.*\n", {"reference/container/a.cc": CODE})
        self.assertEqual(["reference/SPEC.md:14: ZIP-001 is already defined in line 5"], found)

    def test_a_rule_without_evidence_is_found(self):
        for text in ["**ZIP-003** A rule.\n", "**ZIP-003** A rule. *Reason: none.*\n", "**DEV-003** No reason.\n",
                     "**ZIP-003** A rule.\n\n## Heading\n\n*Evidence: of something else.*\n"]:
            with self.subTest(text):
                found = self.findings(GOOD + "\n" + text, {"reference/container/a.cc": CODE + "// ZIP-003 DEV-003\n"})
                self.assertIn("has no *Evidence", "".join(found))

    def test_a_missing_specification_is_found(self):
        with Scratch({"reference/base/a.h": "// A.\n"}) as top:
            self.assertEqual(["reference/SPEC.md: missing"], spec.check(top))

    def test_the_tree_is_clean(self):
        self.assertEqual([], spec.check(tree.root()))


if __name__ == "__main__":
    unittest.main()
