#!/usr/bin/env python3
"""From the tables of the conformance suite to what implementers read.

    fixtures-gen/suite.py --check-rows FILE.toml...    one table: its rows, its recipes
    fixtures-gen/suite.py --ask FILE.toml [--tool PATH] [--id GLOB] [--values]
                                                       the same, then what torch and our tool say to each row
"""

import argparse
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

from suite_parts import ask, files, table
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


def run(given):
    if given.check_rows:
        return check_rows(given.check_rows)
    return ask.run(given.ask, Sources(), given.tool, given.id, given.values)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check-rows", nargs="+", type=Path, metavar="FILE", help="check these tables alone")
    parser.add_argument("--ask", type=Path, metavar="FILE", help="check this table and ask torch about its rows")
    parser.add_argument("--tool", type=Path, help="with --ask: also ask this weightsonly")
    parser.add_argument("--id", default="*", metavar="GLOB", help="with --ask: only these rows")
    parser.add_argument("--values", action="store_true", help="with --ask: also print the values")
    given = parser.parse_args()
    if not given.check_rows and not given.ask:
        parser.error("nothing to do")
    status = []
    # Values nest up to 500 levels, and each is several levels of JSON: more than Python's usual stack.
    sys.setrecursionlimit(100000)
    threading.stack_size(256 * 1024 * 1024)
    thread = threading.Thread(target=lambda: status.append(run(given)))
    thread.start()
    thread.join()
    sys.exit(0 if status == [0] else 1)


if __name__ == "__main__":
    main()
