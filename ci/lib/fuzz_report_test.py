"""The table of ci/fuzz and its document say the same; findings and faults decide."""

import json
import os
import re
import tempfile
import unittest

import fuzz_engine
import fuzz_report


def result(name, **members):
    made = fuzz_engine.Result(name)
    for member, value in members.items():
        setattr(made, member, value)
    return made


EMPTY = {"executions": 2000000, "speed": 500000.0, "seconds": 4.0, "corpus": 1, "edges": 1, "features": 1}
ZIP = {"executions": 80000, "speed": 20000.4, "seconds": 4.04, "corpus": 70, "edges": 900, "features": 2100,
       "last_new": 60000, "last_edge": 20000}
FINDING = {"target": "zip", "what": "weightsonly-fuzz: it broke", "file": "build/fuzz-findings/zip-min-1", "command": "build/zip build/f"}


class Report(unittest.TestCase):
    def test_a_line_says_speed_beside_the_ceiling_and_where_the_last_feature_came(self):
        lines = fuzz_report.table([result("empty", **EMPTY), result("zip", **ZIP)])
        self.assertEqual(list(fuzz_report.COLUMNS), re.split(r"  +", lines[0]))
        self.assertEqual(["zip", "4", "80,000", "20,000", "4 %", "70", "900", "2,100", "25 %", "75 %", "0"], re.split(r"  +", lines[2]))
        self.assertEqual(1, len({len(line) for line in lines}))

    def test_without_the_empty_target_there_is_no_ceiling(self):
        self.assertEqual("-", re.split(r"  +", fuzz_report.table([result("zip", **ZIP)])[1])[4])

    def test_findings_and_faults_are_said_and_decide(self):
        fine, found, broken = result("zip", **ZIP), result("zip", findings=[FINDING]), result("load", fault="the engine ended with 3")
        self.assertEqual([False, True, True], [fuzz_report.failed([one]) for one in (fine, found, broken)])
        lines = fuzz_report.lines([found, broken])
        self.assertIn("FOUND weightsonly-fuzz: it broke\n  reproduce: build/zip build/f", lines)
        self.assertIn("load: the engine ended with 3", lines)
        self.assertIn("2 targets, 0 executions", lines[3])

    def test_the_document_holds_the_same(self):
        document = fuzz_report.document([result("empty", **EMPTY), result("zip", findings=[FINDING], **ZIP)], 2, 1)
        self.assertEqual(("weightsonly.fuzz/1", 2, 1, 500000),
                         tuple(document[name] for name in ("schema", "minutes", "jobs", "ceiling")))
        self.assertEqual({"target": "zip", "seconds": 4.0, "executions": 80000, "executions_per_second": 20000, "corpus": 70, "edges": 900,
                          "features": 2100, "last_edge": 0.25, "last_new": 0.75, "findings": [FINDING], "fault": None, "stopped": False},
                         document["targets"][1])
        with tempfile.TemporaryDirectory(prefix="weightsonly-") as folder:
            path = os.path.join(folder, "r.json")
            fuzz_report.write(path, document)
            with open(path, encoding="utf-8") as file:
                self.assertEqual(document, json.load(file))


if __name__ == "__main__":
    unittest.main()
