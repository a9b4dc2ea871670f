"""Runs the project's own checks of the source tree; prints each finding; exit 1 when there is one. `documents` runs in ctest only:
it needs the built tool.

    python3 ci/lib/lint.py [CHECK...]
"""

import sys

import floors
import guarantees
import house
import mutant_table
import refusals
import spec
import spec_lists
import tree

CHECKS = {"floors": floors.check, "house": house.check, "mutants": mutant_table.check, "refusals": refusals.check, "spec": spec.check,
          "lists": spec_lists.check, "guarantees": guarantees.check}


def main(names):
    unknown = [name for name in names if name not in CHECKS]
    if unknown:
        print(f"no such check: {', '.join(unknown)}; there are {', '.join(CHECKS)}", file=sys.stderr)
        return 2
    findings = [f"{finding} [{name}]" for name in names or CHECKS for finding in CHECKS[name](tree.root())]
    print("\n".join(findings) or "no findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
