"""Reads a table of cases and checks each of its rows alone. What needs all rows is in lint.py.

    rows, problems = read(Path("conformance/cases/memo.toml"), sources)

A row is the table's dict with `area`; `_place` is "FILE:LINE" of its id. A problem is a line of text that begins with
the place.
"""

import ast
import json
import re
import tomllib

import venvs
from suite_parts import vocabulary as words

_WANTS = re.compile(r"\bshould\b|\btest(?:s|ing)? that\b|\bcheck that\b", re.I)


def expectation(row):
    """("accept", []), ("reject", kinds) or ("either", the two choices); ValueError for anything else."""
    verb, _, rest = row["expect"].partition(" ")
    if verb == "accept" and not rest:
        return "accept", []
    if verb == "reject" and rest:
        return "reject", [kind.strip() for kind in rest.split(",")]
    if row["expect"].startswith("either: "):
        return "either", [choice.strip() for choice in row["expect"][len("either: "):].split("|")]
    raise ValueError("expect is `accept`, `reject KIND` or `either: CHOICE | CHOICE`, not %r" % row["expect"])


def kinds_of(row):
    """The kinds of an either row, of which any will do where a policy refuses."""
    return [kind.strip() for kind in row.get("kind", "").split(",") if kind.strip()]


def accepts(row):
    """Whether a loader may accept the file."""
    verb, choices = expectation(row)
    return verb == "accept" or verb == "either" and any(one not in words.REFUSING for one in choices)


def _members(row):
    for key, value in row.items():
        if key.startswith("_") or key == "area":
            continue
        if key not in words.MEMBERS:
            yield "no member is called %s" % key
        elif not words.MEMBERS[key](value):
            yield "%s cannot be %s" % (key, json.dumps(value, default=str)[:80])
    for key in words.REQUIRED:
        if not row.get(key):
            yield "%s is missing" % key


def _names(row):
    if not words.ID.fullmatch(row["id"]) or len(row["id"]) > words.ID_LENGTH:
        yield "an id is words of a to z and 0 to 9 joined by `-`, at most %d characters" % words.ID_LENGTH
    if len(row["title"]) > words.TITLE_LENGTH:
        yield "the title has %d characters, more than %d" % (len(row["title"]), words.TITLE_LENGTH)
    for key in ("title", "why"):
        if "\n" in row[key]:
            yield "%s is one line" % key
    if _WANTS.search(row["title"]):
        yield "a title states a fact, without `should` or `test that`"
    if not words.VERSION.fullmatch(row.get("since", words.FIRST_VERSION)):
        yield "since is a version of the suite, as 1.0.0"
    if not words.ID.fullmatch(row.get("fault", "a")):
        yield "a fault is words of a to z and 0 to 9 joined by `-`"


def _kinds(row, sources):
    verb, found = expectation(row)
    for kind in found if verb == "reject" else kinds_of(row):
        if not any(known == kind or known.startswith(kind + ".") for known in sources.kinds):
            yield "refusal.def has no kind %r" % kind


def _expectation(row):
    verb, choices = expectation(row)
    if verb == "either":
        known = words.POLICIES.get(row.get("policy"))
        if known is None:
            yield "an either row names its policy: %s" % ", ".join(words.POLICIES)
        elif sorted(choices) != sorted(known):
            yield "the choices of %s are %s" % (row["policy"], " | ".join(known))
        elif ("kind" in row) != any(one in words.REFUSING for one in choices):
            yield "kind is there exactly when one of the choices refuses"
    elif "policy" in row or "kind" in row:
        yield "policy and kind belong to either rows"
    if (verb == "accept") == ("fault" in row):
        yield "fault is there in reject and either rows, and nowhere else"
    if verb != "reject" and ("record" in row or "offset" in row):
        yield "record and offset belong to reject rows"
    if "value" in row and not accepts(row):
        yield "a refused file has no value"


def _cited(row, sources):
    for rule in row["rules"] + ([row["deviation"]] if "deviation" in row else []):
        if rule not in sources.rules:
            yield "SPEC.md has no rule %s" % rule
    for flag in row.get("flags", []):
        if flag not in sources.notes:
            yield "notes.toml has no flag %s" % flag
    for need in row.get("needs", []):
        if need not in words.CAPABILITIES:
            yield "no capability is called %s; there are %s" % (need, ", ".join(words.CAPABILITIES))
    for key in ("rules", "flags", "needs"):
        if len(set(row.get(key, []))) != len(row.get(key, [])):
            yield "%s has something twice" % key


def _source(row):
    if ("recipe" in row) == ("python" in row):
        yield "a row has either a recipe or python"
    if ("python" in row) != ("torch" in row):
        yield "python and torch stand together"
    elif row.get("torch", venvs.ORACLE) not in venvs.RELEASES:
        yield "torch is one of %s" % ", ".join(venvs.RELEASES)
    try:
        ast.parse(row.get("python", ""))
    except SyntaxError as error:
        yield "python: line %s: %s" % (error.lineno, error.msg)
    if "value" in row:
        try:
            document = json.loads(row["value"])
            if not isinstance(document, dict) or list(document) != ["root", "storages"]:
                yield 'a value is {"root":…,"storages":[…]}'
        except ValueError as error:
            yield "value is no JSON: %s" % error


def check_row(row, sources):
    """What is wrong with a row, as a list of texts."""
    problems = list(_members(row))
    if problems:
        return problems  # the checks below rely on types
    try:
        expectation(row)
    except ValueError as error:
        return [str(error)]
    return [*_names(row), *_kinds(row, sources), *_expectation(row), *_cited(row, sources), *_source(row)]


def _lines_of_ids(text):
    """{id: the number of the first line that gives it}"""
    found = {}
    for number, line in enumerate(text.split("\n"), 1):
        match = re.match(r"""\s*id\s*=\s*["']([^"']*)["']""", line)
        if match:
            found.setdefault(match[1], number)
    return found


def _twice(rows):
    """A problem for each row whose id another one has, letter case apart."""
    seen = {}
    for row in rows:
        other = seen.setdefault(str(row.get("id")).casefold(), row)
        if other is not row:
            yield "%s: %s: the id stands at %s too" % (row["_place"], row.get("id"), other["_place"])


def read(path, sources):
    """(rows, problems) of one table."""
    text = path.read_text(encoding="utf-8")
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return [], ["%s: %s" % (path.name, error)]
    problems = ["%s: only [[case]] tables stand here, not %s" % (path.name, key) for key in table if key != "case"]
    lines = _lines_of_ids(text)
    rows = [{**row, "area": path.stem, "_place": "%s:%d" % (path.name, lines.get(row.get("id"), 0))}
            for row in table.get("case", [])]
    for row in rows:
        problems += ["%s: %s: %s" % (row["_place"], row.get("id", "?"), what) for what in check_row(row, sources)]
    problems += _twice(rows)
    return rows, problems
