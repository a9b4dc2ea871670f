"""Line and branch coverage are summed over the library's floors only, counts of several programs and instantiations are merged, and
the thresholds decide."""

import contextlib
import io
import json
import pathlib
import tempfile
import unittest

import coverage
import tree

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


# Two instantiations of line 3, the second of which is true; a condition that is true, and false elsewhere; one that nothing reached.
EXPORT = {"data": [{"files": [
    {"filename": "/x/reference/base/a.h", "branches": [
        [3, 7, 3, 12, 0, 4, 0, 0, 4], [3, 7, 3, 12, 2, 0, 0, 0, 4], [3, 16, 3, 20, 9, 0, 0, 0, 4]]},
    {"filename": "/x/reference/output/b.cc", "branches": [[1, 7, 2, 3, 0, 0, 0, 0, 4]]},
    {"filename": "/x/reference/capi/c.cc", "branches": [[5, 7, 5, 9, 0, 1, 0, 0, 4]]},
    {"filename": "/x/reference/tool/main.cc", "branches": [[1, 1, 1, 2, 0, 0, 0, 0, 4]]},
    {"filename": "/usr/include/c++/vector", "branches": [[1, 1, 1, 2, 0, 0, 0, 0, 4]]}]}]}


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


class Branches(unittest.TestCase):
    def test_only_the_library_is_read_and_counts_of_instantiations_add_up(self):
        self.assertEqual({"base/a.h": {(3, 7, 3, 12): [2, 4], (3, 16, 3, 20): [9, 0]}, "output/b.cc": {(1, 7, 2, 3): [0, 0]},
                          "capi/c.cc": {(5, 7, 5, 9): [0, 1]}}, coverage.read_branches(EXPORT))

    def test_what_is_missing_is_listed_and_the_threshold_decides(self):
        out = io.StringIO()
        branches = coverage.read_branches(EXPORT)
        self.assertTrue(coverage.report_branches(branches, 50, False, out))
        self.assertEqual(["reference/base/a.h: branch 3:16 never false", "reference/capi/c.cc: branch 5:7 never true",
                          "reference/output/b.cc: branch 1:7 never true or false"], out.getvalue().splitlines()[:3])
        self.assertRegex(out.getvalue(), r"base +3 of +4 branches +75\.00 %")
        self.assertRegex(out.getvalue(), r"capi +1 of +2 branches +50\.00 %")
        self.assertRegex(out.getvalue(), r"total +3 of +6 branches +50\.00 % \(at least 50 %\)")
        out = io.StringIO()
        self.assertFalse(coverage.report_branches(branches, 50.1, True, out))
        self.assertNotIn("reference/", out.getvalue())

    def test_what_is_missing_has_its_reason_beside_it(self):
        out = io.StringIO()
        coverage.report_branches(coverage.read_branches(EXPORT), 50, False, out, {("output/b.cc", 1): "no host does"})
        self.assertIn("reference/output/b.cc: branch 1:7 never true or false: no host does\n", out.getvalue())
        self.assertIn("reference/base/a.h: branch 3:16 never false\n", out.getvalue())

    def test_each_reason_stands_for_one_line_of_the_sources(self):
        known = coverage.reasons(tree.root())
        self.assertTrue(known)
        self.assertTrue(all(known.values()))
        with tempfile.TemporaryDirectory() as folder:
            for name, text in (("ci/lib/branches_left.toml", '[[left]]\nreason = "r"\nplaces = [["a.h", "if (x)"]]\n'),
                               ("reference/a.h", "int y;\nif (x) y = 1;\n")):
                path = pathlib.Path(folder, name)
                path.parent.mkdir(parents=True)
                path.write_text(text)
            self.assertEqual({("a.h", 2): "r"}, coverage.reasons(folder))
            pathlib.Path(folder, "reference/a.h").write_text("if (x) y = 1;\nif (x) z = 1;\n")
            self.assertRaises(ValueError, coverage.reasons, folder)

    def test_both_thresholds_decide_and_without_an_export_the_lines_alone(self):
        with tempfile.TemporaryDirectory() as folder:
            lcov, export = pathlib.Path(folder, "lcov"), pathlib.Path(folder, "json")
            lcov.write_text("\n".join(LCOV))
            export.write_text(json.dumps(EXPORT))
            for arguments, status in ((["--threshold=50"], 0), ([str(export), "--threshold=50"], 1),
                                      ([str(export), "--threshold=50", "--branches=50"], 0), ([str(export), "--branches=50"], 1)):
                with contextlib.redirect_stdout(io.StringIO()):
                    self.assertEqual(status, coverage.main([str(lcov), *arguments]), arguments)


if __name__ == "__main__":
    unittest.main()
