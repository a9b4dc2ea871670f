"""Every run of runs.py reports what selftest/expected/ says: reports_test.py [--rebase] [NAME...]

--rebase writes the expectations anew; the difference is to be reviewed, line by line.
"""

import concurrent.futures
import os
import sys
import unittest

import runs
from running import HERE, report, run

EXPECTED = os.path.join(HERE, "expected")


def path_of(name):
    return os.path.join(EXPECTED, name + ".txt")


def told(name):
    options, adapter = runs.RUNS[name]
    return report(run(*options, *adapter))


def told_by_all(names):
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return dict(zip(names, pool.map(told, names)))


class Reports(unittest.TestCase):
    maxDiff = None

    def test_every_run_reports_what_is_expected(self):
        for name, have in told_by_all(list(runs.RUNS)).items():
            with self.subTest(name), open(path_of(name), encoding="utf-8") as file:
                self.assertEqual(file.read(), have)

    def test_every_expectation_belongs_to_a_run(self):
        self.assertEqual(sorted(os.listdir(EXPECTED)), sorted(name + ".txt" for name in runs.RUNS))


def rebase(names):
    for name, text in told_by_all(names or list(runs.RUNS)).items():
        with open(path_of(name), "w", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--rebase"]:
        rebase(sys.argv[2:])
    else:
        unittest.main()
