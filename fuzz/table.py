"""The tables of the fuzz targets: fuzz/targets.toml, what cmake builds, and the findings of corpus/regress."""

from __future__ import annotations

import fnmatch
import os
import re
import tomllib

TABLE = "fuzz/targets.toml"
FINDINGS = "corpus/regress/findings.toml"
_ACCEPTED = re.compile(r'^WEIGHTSONLY_OPCODE\(\w+, "([A-Z0-9_]+)".*, yes\)$', re.M)


def root():
    return os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def text(top, path):
    with open(os.path.join(top, path), encoding="utf-8") as file:
        return file.read()


def rows(top):
    """The rows of the targets. What a row leaves out, it has from the first whose pattern fits its name."""
    said = tomllib.loads(text(top, TABLE)).get("target", [])
    patterns = [row for row in said if "*" in row["name"]]
    return [{**(row_of(patterns, row["name"]) or {}), **row} for row in said]


def findings(top):
    """The rows of the findings; none where there is no table."""
    if not os.path.isfile(os.path.join(top, FINDINGS)):
        return []
    return tomllib.loads(text(top, FINDINGS)).get("finding", [])


def programs(top):
    """The names of all targets, as cmake/fuzz.cmake makes them, sorted."""
    files = os.listdir(os.path.join(top, "fuzz", "targets"))
    found = [name[:-len(".cc")] for name in files if name.endswith(".cc")]
    found += ["handler_" + name.lower() for name in _ACCEPTED.findall(text(top, "reference/pickle/opcode.def"))]
    return sorted(found)


def row_of(table, target):
    """The row that stands for the target: its own, or the first whose pattern fits; None without one."""
    exact = [row for row in table if row["name"] == target]
    return (exact or [row for row in table if fnmatch.fnmatchcase(target, row["name"])] or [None])[0]


def select(top, patterns):
    """The targets that the names or patterns mean, all for none; a ValueError names what means nothing."""
    known = programs(top)
    for pattern in patterns:
        if not fnmatch.filter(known, pattern):
            raise ValueError(f"there is no target {pattern}; there are: {', '.join(known)}")
    return [name for name in known if not patterns or any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)]
