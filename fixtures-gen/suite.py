#!/usr/bin/env python3
"""From the tables of the conformance suite (conformance/cases) to what implementers read.

    fixtures-gen/suite.py            makes corpus/cases, suite.json and the other documents again; then checks them
    fixtures-gen/suite.py --check    writes nothing; exit 1 when a byte would change or the check finds something
    fixtures-gen/suite.py --write    runs torch for the rows that have `python`, and writes their files; then the rest
    fixtures-gen/suite.py --check-rows FILE.toml...    one table: its rows, its recipes
    fixtures-gen/suite.py --ask FILE.toml [--tool PATH] [--id GLOB] [--values]
                                     the same, then what torch and our tool say to each row

Observations of torch are written by observe_suite.py; only --write and --ask need torch. The formats are those of conformance/FORMAT.md.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

from suite_parts import CONFORMANCE, ask, deep, files, make, table
from suite_parts.sources import Sources


def check_rows(paths):
    """Prints what is wrong with the tables; the number of problems."""
    problems = count = 0
    for path in paths:
        rows, found = table.read(path, Sources())
        for row in rows:
            try:
                if isinstance(row.get("recipe"), str):
                    files.data_of(row)
            except files.Unmade as error:
                found.append("%s: %s: %s" % (row["_place"], row.get("id"), error))
        print("".join("%s\n" % one for one in found), end="")
        problems, count = problems + len(found), count + len(rows)
    print("suite: %d rows, %d problems" % (count, problems))
    return problems


def write_with_torch():
    """The files of the rows that torch writes."""
    rows, problems, _ = make.rows_of(CONFORMANCE, Sources())
    if problems:
        sys.exit("\n".join(problems))
    by_id = {row["id"]: row for row in rows}
    for one, data in files.written(rows).items():
        path = files.path_of(by_id[one])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def everything(check):
    """Makes all, or compares; the number of problems."""
    suite = make.Suite(Sources())
    if suite.problems:  # nothing is made of half a suite
        found = suite.problems
    elif check:
        found = make.differences(suite) + suite.lint()
    else:
        print("suite: %d files written" % make.write(suite))
        found = suite.lint()
    print("".join("%s\n" % one for one in found), end="")
    print("suite: %d cases, %d problems%s" % (len(suite.cases), len(found), "" if suite.complete else "; some areas have no table yet"))
    return len(found)


def run(given):
    if given.check_rows:
        return check_rows(given.check_rows)
    if given.ask:
        return ask.run(given.ask, Sources(), given.tool, given.id, given.values)
    if given.write:
        write_with_torch()
    return everything(given.check)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true", help="write nothing, compare")
    what.add_argument("--write", action="store_true", help="first run torch for the rows that have python")
    what.add_argument("--check-rows", nargs="+", type=Path, metavar="FILE", help="check these tables alone")
    what.add_argument("--ask", type=Path, metavar="FILE", help="check this table and ask torch about its rows")
    parser.add_argument("--tool", type=Path, help="with --ask: also ask this weightsonly")
    parser.add_argument("--id", default="*", metavar="GLOB", help="with --ask: only these rows")
    parser.add_argument("--values", action="store_true", help="with --ask: also print the values")
    given = parser.parse_args()
    deep.exit_with(run, given)


if __name__ == "__main__":
    main()
