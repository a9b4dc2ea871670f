"""Rules: what the code cites is defined in reference/SPEC.md, what is defined there is carried by code, and has its evidence."""

import re

import tree

SPEC = "reference/SPEC.md"
DEFINED = re.compile(r"\*\*([A-Z]{3}-\d{3})\*\*")
CITED = re.compile(r"\b([A-Z]{3}-\d{3})\b")
NOT_RULES = {"SHA"}  # SHA-256 and the like.
# A rule tells how it is known; a deviation may tell why it is one instead.
EVIDENCE = re.compile(r"\*Evidence:")
REASON = re.compile(r"\*(Evidence|Reason):")


def rules(spec):
    """[(id, line number, text)] of the definitions: a definition starts its line, its text ends at the next one or a heading."""
    found = []
    inside = False
    for number, line in enumerate(spec.splitlines(), 1):
        start = re.match(r"\s*(?:[-*] )?\*\*([A-Z]{3}-\d{3})\*\*", line)
        if start:
            found.append((start[1], number, line))
        elif found and inside and not line.startswith("#"):
            found[-1] = (found[-1][0], found[-1][1], found[-1][2] + "\n" + line)
        inside = bool(start) or inside and not line.startswith("#")
    return found


def citations(top):
    """{id: [place]} over the C++ sources; places in tests do not carry a rule."""
    found = {}
    for path in tree.sources(top):
        for number, line in tree.lines(top, path):
            for rule in CITED.findall(line):
                if rule[:3] not in NOT_RULES:
                    found.setdefault(rule, []).append(f"{path}:{number}")
    return found


def check(top):
    spec = tree.text(top, SPEC)
    if spec is None:
        return [f"{SPEC}: missing"]
    found = []
    first = {}
    for rule, number, body in rules(spec):
        if rule in first:
            found.append(f"{SPEC}:{number}: {rule} is already defined in line {first[rule]}")
        first.setdefault(rule, number)
        if not (REASON if rule.startswith("DEV-") else EVIDENCE).search(body):
            found.append(f"{SPEC}:{number}: {rule} has no *Evidence: …*")
    cited = citations(top)
    for rule, places in sorted(cited.items()):
        if rule not in first:
            found += [f"{place}: {rule} is not defined in {SPEC}" for place in places]
    for rule, number in first.items():
        if all(place.startswith("reference/tests/") for place in cited.get(rule, [])):
            found.append(f"{SPEC}:{number}: {rule} is cited by no code")
    return found
