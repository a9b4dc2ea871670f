"""Reads the recipe tables recipes/*.toml.

A recipe is the Python that a user would have run: it sees `torch` and `f`, the path to write. `each` repeats it, with
the word $each replaced in name, title and code. `since` and `until` are the first and last torch release that can run
it, `only` names the releases where a few will do, `needs` the capabilities that a loader must have to read the file,
`kind` the refusal that the file deserves (set by hand, and only where torch 2.15.0 refuses).

`allow`, `also`, `ask` and `deviates` are for the loads with an allowlist, see allowed.py; `also` maps a word of `each`
to its list where `each` is there.
"""

import re
import tomllib
from pathlib import Path

_KEYS = {"name", "title", "python", "each", "since", "until", "only", "needs", "kind", "allow", "also", "ask",
         "deviates"}


def _version(text):
    return tuple(int(part) for part in text.split("."))


def _file_word(text):
    """A value of `each` as part of a file name."""
    return re.sub(r"[^A-Za-z0-9_.]+", "", text) or {"()": "empty-tuple", "[]": "empty-list", "{}": "empty-dict"}[text]


def _expand(row):
    unknown = set(row) - _KEYS
    if unknown:
        raise ValueError("recipe %s: unknown keys %s" % (row.get("name"), sorted(unknown)))
    for word in row.get("each", [""]):
        yield {
            "name": row["name"].replace("$each", _file_word(word) if word else ""),
            "title": row["title"].replace("$each", word),
            "python": row["python"].replace("$each", word),
            "since": row.get("since"),
            "until": row.get("until"),
            "only": row.get("only"),
            "needs": row.get("needs", []),
            "kind": row.get("kind"),
            "allow": row.get("allow", []),
            "also": row["also"][word] if word and "also" in row else row.get("also", []),
            "ask": row.get("ask", []),
            "deviates": row.get("deviates", {}),
        }


def read_all():
    """Every recipe, in the order of the tables."""
    found = []
    for table in sorted((Path(__file__).parent / "recipes").glob("*.toml")):
        for row in tomllib.loads(table.read_text())["recipe"]:
            found.extend(_expand(row))
    names = [recipe["name"].lower() for recipe in found]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError("recipes with one name: %s" % sorted(twice))
    return found


def for_release(version):
    """The recipes that torch `version` can run; of a release with another numpy, those that name it."""
    def fits(recipe):
        if "+" in version:
            return version in (recipe["only"] or [])
        first, last = recipe["since"] or "0", recipe["until"] or "999"
        return _version(first) <= _version(version) <= _version(last) and version in (recipe["only"] or [version])

    return [recipe for recipe in read_all() if fits(recipe)]
