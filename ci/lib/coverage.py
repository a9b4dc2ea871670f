"""Sums line coverage of floors 0 to 7 from an lcov file and lists the uncovered lines; exit 1 below the threshold.

    python3 ci/lib/coverage.py LCOV [--threshold PERCENT] [--quiet] [--floors]

recipe/ and capi/, which stand beside the floors, are summed too; with --floors they are listed and not counted in the total.
"""

import argparse
import sys

import floors

LIBRARY = floors.FLOORS[: floors.TOOL]
BESIDE = ("recipe", "capi")


def read(lcov):
    """{path from reference/ on: {line: count}} of the library's files; counts of a line that is listed twice add up."""
    found = {}
    current = None
    for line in lcov:
        key, _, rest = line.strip().partition(":")
        if key == "SF":
            _, _, inner = rest.rpartition("/reference/")
            current = found.setdefault(inner, {}) if inner.split("/")[0] in LIBRARY else None
        elif key == "DA" and current is not None:
            number, count = rest.split(",")[:2]
            current[int(number)] = current.get(int(number), 0) + int(count)
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
    for floor, (covered, total) in counts.items():
        print(f"{floor:<12}{covered:>6} of {total:>6} lines {percent(covered, total):6.2f} %", file=out)
    covered, total = (sum(column) for column in zip(*(count for floor, count in counts.items() if floor not in beside)))
    reached = percent(covered, total) >= threshold
    print(f"{'total':<12}{covered:>6} of {total:>6} lines {percent(covered, total):6.2f} % "
          f"({'at least' if reached else 'below'} {threshold:g} %)", file=out)
    return reached


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lcov")
    parser.add_argument("--threshold", type=float, default=95.0)
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("--floors", action="store_true")
    options = parser.parse_args(arguments)
    with open(options.lcov, encoding="utf-8") as file:
        return 0 if report(read(file), options.threshold, options.quiet, beside=BESIDE if options.floors else ()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
