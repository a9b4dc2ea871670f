"""Line coverage is summed over the library's floors only, lines of several programs are merged, and the threshold decides."""

import io
import unittest

import coverage

LCOV = """SF:/x/reference/base/a.h
DA:3,1
DA:4,0
DA:5,0
DA:6,0
end_of_record
SF:/x/reference/base/a.h
DA:6,2
end_of_record
SF:/x/reference/output/b.cc
DA:1,7
DA:9,0
end_of_record
SF:/x/reference/tool/main.cc
DA:1,0
end_of_record
SF:/x/reference/tests/base/a_test.cc
DA:1,0
end_of_record
SF:/usr/include/c++/vector
DA:1,0
end_of_record
""".splitlines()


class Coverage(unittest.TestCase):
    def test_only_the_library_is_read_and_counts_add_up(self):
        self.assertEqual({"base/a.h": {3: 1, 4: 0, 5: 0, 6: 2}, "output/b.cc": {1: 7, 9: 0}}, coverage.read(LCOV))

    def test_the_threshold_decides(self):
        files = coverage.read(LCOV)
        self.assertTrue(coverage.report(files, 50, True, io.StringIO()))
        self.assertFalse(coverage.report(files, 50.1, True, io.StringIO()))

    def test_uncovered_lines_are_listed_as_ranges(self):
        out = io.StringIO()
        coverage.report(coverage.read(LCOV), 95, False, out)
        self.assertIn("reference/base/a.h: uncovered 4-5\n", out.getvalue())
        self.assertIn("reference/output/b.cc: uncovered 9\n", out.getvalue())
        self.assertRegex(out.getvalue(), r"base +2 of +4 lines +50\.00 %")
        self.assertRegex(out.getvalue(), r"total +3 of +6 lines +50\.00 % \(below 95 %\)")

    def test_what_stands_beside_the_floors_can_be_left_out_of_the_total(self):
        out = io.StringIO()
        files = {**coverage.read(LCOV), "capi/c.cc": {1: 0, 2: 0}, "recipe/r.cc": {1: 5}}
        self.assertTrue(coverage.report(files, 50, False, out, coverage.BESIDE))
        self.assertIn("reference/capi/c.cc: uncovered 1-2\n", out.getvalue())
        self.assertRegex(out.getvalue(), r"total +3 of +6 lines")
        self.assertFalse(coverage.report(files, 50, True, io.StringIO()))

    def test_no_lines_at_all_reach_no_threshold(self):
        self.assertFalse(coverage.report({}, 95, True, io.StringIO()))


if __name__ == "__main__":
    unittest.main()
