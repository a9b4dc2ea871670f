"""Handlers and kinds that the corpus does not reach are named, and decide."""

import io
import unittest

import fuzz_coverage
import tree
from scratch import Scratch

TABLE = """WEIGHTSONLY_REFUSAL(kEnd, "zip.end", now,
    "It ends.", "Get it again.")
WEIGHTSONLY_REFUSAL(kLater, "zip.later", later,
    "Not yet.", "Wait.")
WEIGHTSONLY_REFUSAL(kOpen, "io.open", now,
    "It is shut.", "Open it.")
"""
OPCODES = """WEIGHTSONLY_OPCODE(Mark, "MARK", 0x28, kNone, yes)
WEIGHTSONLY_OPCODE(Tuple, "TUPLE", 0x74, kNone, yes)
WEIGHTSONLY_OPCODE(Pop, "POP", 0x30, kNone, no)
"""
MARK = "FNDA:7,_ZN11weightsonly7machine4MarkERNS0_5StateERKNS_6pickle11InstructionE"
TUPLE = "FNDA:%d,_ZN11weightsonly7machine5TupleERNS0_5StateERKNS_6pickle11InstructionE"
OTHERS = ["FNDA:3,_ZN11weightsonly7machine6Tuple1ERNS0_5StateE", "FNDA:3,_ZN11weightsonly5value5TupleEv", "DA:1,1"]


class Coverage(unittest.TestCase):
    def report(self, lcov, met):
        out = io.StringIO()
        with Scratch({"reference/base/refusal.def": TABLE, "reference/pickle/opcode.def": OPCODES}) as top:
            reached = fuzz_coverage.report(top, lcov, met, out)
        return reached, out.getvalue()

    def test_everything_that_a_file_can_reach_is_enough(self):
        reached, said = self.report([MARK, TUPLE % 1, *OTHERS], {"zip.end"})
        self.assertTrue(reached)
        self.assertRegex(said, r"handlers +2 of +2\nkinds +1 of +2\nnot from a file: io.open \(the path\)\n$")

    def test_a_handler_that_never_ran_is_named(self):
        reached, said = self.report([MARK, TUPLE % 0, *OTHERS], {"zip.end"})
        self.assertFalse(reached)
        self.assertIn("handlers that never ran: Tuple\n", said)

    def test_a_kind_that_was_not_met_is_named(self):
        reached, said = self.report([MARK, TUPLE % 1], {"io.open"})
        self.assertFalse(reached)
        self.assertIn("kinds that no input was refused with: zip.end\n", said)

    def test_the_kinds_from_outside_are_kinds(self):
        self.assertEqual(set(), set(fuzz_coverage.OUTSIDE) - set(fuzz_coverage.kinds(tree.root())))
        self.assertEqual(34, len(fuzz_coverage.handlers(tree.root())))


if __name__ == "__main__":
    unittest.main()
