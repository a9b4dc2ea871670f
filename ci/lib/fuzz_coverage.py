"""What the fuzz corpus alone reaches, besides lines: the handlers of the opcodes, and the kinds of refusals.

    python3 ci/lib/fuzz_coverage.py LCOV KINDS     KINDS: the names that the targets appended, one in a line

Lists what is left; exit 1 unless every handler and every kind that a file can be refused with was reached.
"""

import re
import sys

import refusals
import tree

OPCODES = "reference/pickle/opcode.def"
# Kinds in use that no bytes of a file lead to: the world outside of it, options, and what the targets abort at.
OUTSIDE = {
    "io.open": "the path", "io.read": "the disk", "io.not-a-file": "the path", "options.invalid": "an option", "options.callback": "an option",
    "host.memory": "the machine", "unsupported": "a finding", "internal": "a finding", "policy.full-pickle": "an option",
    "policy.environment": "the environment", "storage.meta": "asked for by a caller", "limit.output": "asked for by a caller"}


def handlers(top):
    return re.findall(r'^WEIGHTSONLY_OPCODE\((\w+), "[A-Z0-9_]+".*, yes\)$', tree.text(top, OPCODES), re.M)


def called(lcov):
    """The functions of weightsonly::machine that ran, by their own names."""
    found = set()
    for line in lcov:
        match = re.match(r"FNDA:([1-9]\d*),(?:.*:)?_ZN11weightsonly7machine(\d+)(\w+)", line)
        if match:
            found.add(match[3][:int(match[2])])
    return found


def kinds(top):
    return [name for _, name, when, _, _ in refusals.ENTRY.findall(tree.text(top, refusals.TABLE)) if when == "now"]


def report(top, lcov, met, out=sys.stdout):
    """Prints what is reached and what is left; True when nothing is left that a file could reach."""
    ran = called(lcov)
    left_handlers = [name for name in handlers(top) if name not in ran]
    left_kinds = [name for name in kinds(top) if name not in met]
    missing = [name for name in left_kinds if name not in OUTSIDE]
    print(f"handlers    {len(handlers(top)) - len(left_handlers):>6} of {len(handlers(top)):>6}", file=out)
    print(f"kinds       {len(kinds(top)) - len(left_kinds):>6} of {len(kinds(top)):>6}", file=out)
    if left_handlers:
        print(f"handlers that never ran: {', '.join(left_handlers)}", file=out)
    if missing:
        print(f"kinds that no input was refused with: {', '.join(missing)}", file=out)
    for name in left_kinds:
        if name in OUTSIDE:
            print(f"not from a file: {name} ({OUTSIDE[name]})", file=out)
    return not left_handlers and not missing


def main(arguments):
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    with open(arguments[0], encoding="utf-8") as lcov, open(arguments[1], encoding="utf-8") as met:
        return 0 if report(tree.root(), lcov, set(met.read().split())) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
