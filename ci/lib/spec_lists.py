"""The lists at the end of reference/SPEC.md: each row is compared with the suite, the observations of torch and the sources, and what
belongs into a list and is not there is found. The rows of "Strict" and "Limits" are also tried, by reference/tests/tool/lists_test.py.
"""

import json
import os
import re
import tomllib

import spec
import tree

HEADING = "\n## Lists\n"
FLOOR, STRICT, LIMITS = "Safety floor", "Strict", "Limits"
ACCEPTED, OTHER_VALUE = "Accepted, where torch refuses or gives no answer", "Another value than torch's"
SUITE = "conformance/suite.json"
OBSERVED = "conformance/observations/torch-2.15.0.json"
KEPT_BACK = "conformance/embargo.json"
EXPLAINED = "fixtures-gen/explained.toml"
MANY = 20  # cases of one deviation, above which it is split or argued
SCOPE = "*Scope:"  # how a deviation of many cases says why it is one
LINK = re.compile(r"\[[^]]+\]\(([^)]+)\)")
MEMBER = re.compile(r"^ +std::uint64_t (\w+) = ([^;]+);", re.M)
CONSTANT = re.compile(r"^(?:inline )?constexpr (?:std::uint64_t|int) (k\w+) = ([^;]+);", re.M)
# What this loader chooses in the policies of the suite where that is not torch's answer, and the rule by which it does.
CHOICES = {"device": "VAL-008", "allowlisted-calls": "INE-001", "big-endian-v3": "DEV-602"}


def tables(text):
    """{title: rows}; a row is the list of its cells."""
    found = {}
    for part in text.partition(HEADING)[2].split("\n### ")[1:]:
        rows = [line.strip("| ").split(" | ") for line in part.splitlines() if line.startswith("| ")]
        found[part.partition("\n")[0]] = rows[1:]
    return found


def words(cell):
    return cell.split(", ")


def listed(rows, column=1):
    return {word for row in rows for word in words(row[column])}


class Suite:
    """The cases by id, what torch 2.15.0 did with each, and which rules a case is about."""

    def __init__(self, top):
        self.cases = {case["id"]: case for case in json.loads(tree.text(top, SUITE))["cases"]}
        self.observed = json.loads(tree.text(top, OBSERVED))["rows"]

    def rules_of(self, case):
        return set(case["rules"]) | {case.get("deviation")} - {None}

    def verdict(self, case):
        """torch's; None where it is kept back or was not asked."""
        verdict = self.observed.get(case["id"], {}).get("verdict")
        return None if verdict == "unavailable" else verdict

    def cases_of(self, rule):
        return [one for one, case in self.cases.items() if rule in self.rules_of(case)]


def shown(title, row, suite, top):
    """The case or test cell of a row: each exists, and each case is about a rule of the row."""
    for word in words(row[-1]):
        link = LINK.fullmatch(word)
        if link and not os.path.exists(os.path.join(top, "reference", link[1])):
            yield f"{title}: there is no test {link[1]}"
        elif not link and word not in suite.cases:
            yield f"{title}: the suite has no case {word}"
        elif not link and suite.cases[word].get("policy") not in CHOICES and not suite.rules_of(suite.cases[word]) & set(words(row[1])):
            yield f"{title}: {word} is about none of {row[1]}"


def known(title, rows, suite, rules, top):
    """Rules and cases of a list are there, and each rule is shown by a case or a test of its row."""
    for row in rows:
        yield from shown(title, row, suite, top)
        cases = [suite.cases[word] for word in words(row[-1]) if word in suite.cases]
        cited = {rule for case in cases for rule in suite.rules_of(case) | {CHOICES.get(case.get("policy"))}}
        for rule in words(row[1]):
            if rule not in rules:
                yield f"{title}: there is no rule {rule}"
            elif rule not in cited and not LINK.search(row[-1]):
                yield f"{title}: no case of its row is about {rule}"


def floor(rows, suite, kept_back):
    """What a loader did that its authors must hear of first is a matter of the safety floor."""
    for one in sorted({cell["id"] for cell in json.loads(kept_back)["cells"]}):
        rules = suite.rules_of(suite.cases[one])
        if not rules & listed(rows):
            yield f"{FLOOR}: {one} is kept back, and none of {', '.join(sorted(rules))} is in the list"


def strict(rows, suite):
    """Each case asks for strict and is refused with the kind of its row; each such case of the suite is in the list."""
    for row in rows:
        for one in words(row[-1]):
            case = suite.cases.get(one, {"options": {}, "expect": ""})
            if not case.get("options", {}).get("strict"):
                yield f"{STRICT}: {one} does not ask for strict"
            if case["expect"] != "reject " + row[2]:
                yield f"{STRICT}: {one} expects {case['expect']}, the list says {row[2]}"
    for one, case in suite.cases.items():
        if case.get("options", {}).get("strict") and case["expect"].startswith("reject") and one not in listed(rows, -1):
            yield f"{STRICT}: {one} is not in the list"


def accepts(case):
    """Whether this loader accepts: it does in the rows of a policy that are named in CHOICES."""
    return case["expect"] == "accept" or case.get("policy") in CHOICES


def closed(accepted, others, suite):
    """What we accept and torch does not, or with another value, is by a rule of one of the two lists."""
    for one, case in suite.cases.items():
        rule, verdict = case.get("deviation") or CHOICES.get(case.get("policy")), suite.verdict(case)
        if not rule or not accepts(case):
            continue
        wanted, title = (others, OTHER_VALUE) if verdict == "accept" else (accepted, ACCEPTED)
        if rule not in listed(wanted) and (verdict or case.get("deviation")):
            yield f"{title}: {one} is accepted by {rule}, which is not in the list"


def explained(accepted, others, text):
    """The differences that ci/differential takes for explained."""
    for row in tomllib.loads(text)["explained"]:
        wanted, title = (accepted, ACCEPTED) if row.get("torch") == "reject" else (others, OTHER_VALUE)
        if row.get("ours") == "accept" and row["by"] not in listed(wanted):
            yield f"{title}: {EXPLAINED} has {row['by']}, which is not in the list"


def number(text):
    """The value of a constant of C++ that is made of numbers, shifts and differences."""
    plain = re.sub(r"std::uint64_t\{(\d+)\}", r"\1", text)
    if not re.fullmatch(r"[\d\s()<+*-]+", plain):
        raise ValueError(text)
    return eval(plain, {"__builtins__": {}})


def defaults(top, rows):
    """{the name as it stands in the list: its value} of limits.h and of the other files that the list names."""
    text = tree.text(top, "reference/base/limits.h")
    found = {f"`Limits::{name}`": number(value) for name, value in MEMBER.findall(text)}
    files = {"base/limits.h"} | {row[0].split("`")[3] for row in rows if row[0].count("`") == 4}
    for path in sorted(files):
        for name, value in CONSTANT.findall(tree.text(top, "reference/" + path) or ""):
            if path == "base/limits.h" or f"`{name}` (`{path}`)" in [row[0] for row in rows]:
                found[f"`{name}` (`{path}`)"] = number(value)
    return found


def limits(rows, top):
    """Names, values and options as in the sources."""
    have = defaults(top, rows)
    for row in rows:
        member = re.fullmatch(r"`Limits::(\w+)`", row[0])
        option = f"`--limit-{member[1].replace('_', '-')}`" if member else "none"
        if str(have.get(row[0])) != row[2]:
            yield f"{LIMITS}: {row[0]} is {have.get(row[0])} in the sources, {row[2]} in the list"
        if row[3] != option:
            yield f"{LIMITS}: the option of {row[0]} is {option}"
    for name in have:
        if name not in [row[0] for row in rows]:
            yield f"{LIMITS}: {name} is not in the list"


def many(rules, suite):
    """A deviation of many cases is split, or says why it is one."""
    for rule, body in rules.items():
        count = len(suite.cases_of(rule))
        if rule.startswith("DEV-") and count > MANY and SCOPE not in body:
            yield f"{rule} covers {count} cases, more than {MANY}: split it, or say why it is one ({SCOPE} …*)"


def check(top):
    text = tree.text(top, spec.SPEC)
    found = tables(text)
    missing = [title for title in (FLOOR, STRICT, LIMITS, ACCEPTED, OTHER_VALUE) if not found.get(title)]
    if missing:
        return [f"{spec.SPEC}: there is no list {title}" for title in missing]
    rules = {rule: body for rule, _, body in spec.rules(text)}
    suite = Suite(top)
    problems = [problem for title in (FLOOR, STRICT, ACCEPTED, OTHER_VALUE) for problem in known(title, found[title], suite, rules, top)]
    problems += floor(found[FLOOR], suite, tree.text(top, KEPT_BACK))
    problems += [*strict(found[STRICT], suite), *closed(found[ACCEPTED], found[OTHER_VALUE], suite)]
    problems += explained(found[ACCEPTED], found[OTHER_VALUE], tree.text(top, EXPLAINED))
    problems += [*limits(found[LIMITS], top), *many(rules, suite)]
    return [f"{spec.SPEC}: {problem}" for problem in problems]
