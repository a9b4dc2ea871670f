"""Sums line coverage of floors 0 to 7 from an lcov file and lists the uncovered lines; exit 1 below the threshold.

    python3 ci/lib/coverage.py LCOV [JSON] [--threshold PERCENT] [--branches PERCENT] [--quiet] [--floors]

recipe/ and capi/, which stand beside the floors, are summed too; with --floors they are listed and not counted in the total.
With llvm-cov's JSON export also branches: each condition counts twice, once for true and once for false, over all instantiations of a
template together. recipe/ and capi/ are never in their total, which has a threshold of its own. Beside what is missing stands the reason,
where ci/lib/branches_left.toml has one.
"""

import argparse
import json
import os
import sys
import tomllib

import floors
import tree

LIBRARY = floors.FLOORS[: floors.TOOL]
BESIDE = ("recipe", "capi")
LEFT = "ci/lib/branches_left.toml"


def inner_path(path):
    """The path from reference/ on of a file of the library, or None."""
    _, _, inner = path.rpartition("/reference/")
    return inner if inner.split("/")[0] in LIBRARY else None


def read(lcov):
    """{path from reference/ on: {line: count}} of the library's files; counts of a line that is listed twice add up."""
    found = {}
    current = None
    for line in lcov:
        key, _, rest = line.strip().partition(":")
        if key == "SF":
            inner = inner_path(rest)
            current = found.setdefault(inner, {}) if inner else None
        elif key == "DA" and current is not None:
            number, count = rest.split(",")[:2]
            current[int(number)] = current.get(int(number), 0) + int(count)
    return found


def read_branches(export):
    """{path from reference/ on: {(line, column, last line, last column): [count of true, count of false]}}."""
    found = {}
    for file in export["data"][0]["files"]:
        inner = inner_path(file["filename"])
        if inner is None:
            continue
        branches = found.setdefault(inner, {})
        for *place, true, false in (branch[:6] for branch in file["branches"]):
            counts = branches.setdefault(tuple(place), [0, 0])
            counts[0] += true
            counts[1] += false
    return found


def reasons(top):
    """{(path from reference/ on, line): reason} of LEFT; a ValueError where a text does not stand in one line of its file."""
    with open(os.path.join(top, LEFT), "rb") as file:
        entries = tomllib.load(file)["left"]
    found = {}
    for entry in entries:
        for path, text in entry["places"]:
            source = tree.text(top, f"reference/{path}") or ""
            lines = [number for number, line in enumerate(source.splitlines(), 1) if text in line]
            if len(lines) != 1:
                raise ValueError(f"{LEFT}: `{text}` stands in {len(lines)} lines of reference/{path}")
            found[path, lines[0]] = entry["reason"]
    return found


def ranges(numbers):
    """[3, 4, 5, 9] -> "3-5 9"."""
    found = []
    for number in sorted(numbers):
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return " ".join(f"{a}-{b}" if a != b else f"{a}" for a, b in found)


def percent(covered, total):
    return 100.0 * covered / total if total else 0.0


def summed(counts, unit, threshold, beside, out):
    """Prints {floor: [covered, total]} and the total without the folders of `beside`; True when that reaches the threshold."""
    for floor, (covered, total) in counts.items():
        print(f"{floor:<12}{covered:>6} of {total:>6} {unit} {percent(covered, total):6.2f} %", file=out)
    covered, total = (sum(column) for column in zip(*(count for floor, count in counts.items() if floor not in beside)))
    reached = percent(covered, total) >= threshold
    print(f"{'total':<12}{covered:>6} of {total:>6} {unit} {percent(covered, total):6.2f} % "
          f"({'at least' if reached else 'below'} {threshold:g} %)", file=out)
    return reached


def report(files, threshold, quiet, out=sys.stdout, beside=()):
    """Prints per floor and in total; True when the total, without the folders of `beside`, reaches the threshold."""
    counts = {floor: [0, 0] for floor in LIBRARY}
    for path, lines in sorted(files.items()):
        uncovered = [number for number, count in lines.items() if count == 0]
        floor = counts[path.split("/")[0]]
        floor[0] += len(lines) - len(uncovered)
        floor[1] += len(lines)
        if uncovered and not quiet:
            print(f"reference/{path}: uncovered {ranges(uncovered)}", file=out)
    return summed(counts, "lines", threshold, beside, out)


def report_branches(files, threshold, quiet, out=sys.stdout, known=()):
    """As report(); the places where a condition was never true or never false are listed, with the reasons of `known`."""
    known = dict(known)
    counts = {floor: [0, 0] for floor in LIBRARY}
    for path, branches in sorted(files.items()):
        floor = counts[path.split("/")[0]]
        for (line, column, *_), taken in sorted(branches.items()):
            floor[0] += sum(count != 0 for count in taken)
            floor[1] += 2
            never = [name for name, count in zip(("true", "false"), taken) if count == 0]
            if never and not quiet:
                reason = f": {known[path, line]}" if (path, line) in known else ""
                print(f"reference/{path}: branch {line}:{column} never {' or '.join(never)}{reason}", file=out)
    return summed(counts, "branches", threshold, BESIDE, out)


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lcov")
    parser.add_argument("json", nargs="?")
    parser.add_argument("--threshold", type=float, default=95.0)
    parser.add_argument("--branches", type=float, default=97.0)
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("--floors", action="store_true")
    options = parser.parse_args(arguments)
    with open(options.lcov, encoding="utf-8") as file:
        reached = report(read(file), options.threshold, options.quiet, beside=BESIDE if options.floors else ())
    if options.json:
        with open(options.json, encoding="utf-8") as file:
            branches = read_branches(json.load(file))
        reached &= report_branches(branches, options.branches, options.quiet, known=reasons(tree.root()))
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
