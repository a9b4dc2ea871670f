#!/usr/bin/env python3
"""From the tables of the conformance suite to what implementers read.

    fixtures-gen/suite.py --check-rows FILE.toml...    one table: its rows, its recipes
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

from suite_parts import files, table
from suite_parts.sources import Sources


def check_rows(paths):
    """Prints what is wrong with the tables; the number of problems."""
    problems = count = 0
    for path in paths:
        rows, found = table.read(path, Sources())
        for row in rows:
            try:
                if "recipe" in row:
                    files.data_of(row)
            except files.Unmade as error:
                found.append("%s: %s: %s" % (row["_place"], row.get("id"), error))
        print("".join("%s\n" % one for one in found), end="")
        problems, count = problems + len(found), count + len(rows)
    print("suite: %d rows, %d problems" % (count, problems))
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check-rows", nargs="+", type=Path, metavar="FILE", help="check these tables alone")
    given = parser.parse_args()
    if given.check_rows:
        sys.exit(1 if check_rows(given.check_rows) else 0)
    parser.error("nothing to do")


if __name__ == "__main__":
    main()
