"""The table of seeded bugs, conformance/mutants.toml: read, and checked against the sources, so that it cannot rot."""

import fnmatch
import os
import re
import tomllib

import tree

TABLE = "conformance/mutants.toml"
TARGETS = "fuzz/targets.toml"
OPTIONAL = ("found_by_fuzzing",)
MEMBERS = ("id", "area", "what", "made_by", "file", "find", "replace")
AREAS = ("zip", "legacy", "opcode", "memo", "stack", "policy", "reduce", "build", "storage", "tensor", "value", "numpy", "byteorder",
         "environment", "torchscript", "limit", "security")


def read(top):
    with open(os.path.join(top, TABLE), "rb") as file:
        return tomllib.load(file)["mutant"]


def patched(text, row):
    """The text of the row's file with the mistake in it; a ValueError where `find` does not stand there once."""
    count = text.count(row["find"])
    if count != 1:
        raise ValueError(f"`find` stands {count} times in reference/{row['file']}")
    return text.replace(row["find"], row["replace"])


def is_target(top, name):
    """A name, not a pattern, that a row of fuzz/targets.toml is about."""
    table = tomllib.loads(tree.text(top, TARGETS) or "").get("target", [])
    return re.fullmatch(r"[a-z0-9_]+", name) is not None and any(fnmatch.fnmatchcase(name, row["name"]) for row in table)


def row_faults(top, row):
    if not set(MEMBERS) <= set(row) <= {*MEMBERS, *OPTIONAL} or not all(isinstance(text, str) for text in row.values()):
        return [f"the members are not {', '.join(MEMBERS)}, and perhaps {', '.join(OPTIONAL)}, each a text"]
    found = [f"`{name}` is empty" for name in MEMBERS[:-1] if not row[name].strip()]
    if row["area"] not in AREAS:
        found.append(f"there is no area {row['area']}")
    elif not re.fullmatch(re.escape(row["area"]) + r"(-[a-z0-9]+)+", row["id"]):
        found.append("the id is not the area and words, joined by `-`")
    if "found_by_fuzzing" in row and not is_target(top, row["found_by_fuzzing"]):
        found.append(f"`found_by_fuzzing`: no row of {TARGETS} is about {row['found_by_fuzzing']!r}")
    text = tree.text(top, "reference/" + row["file"])
    if text is None:
        return found + [f"there is no file reference/{row['file']}"]
    try:
        if patched(text, row) == text:
            found.append("`replace` changes nothing")
    except ValueError as error:
        found.append(str(error))
    return found


def check(top):
    if tree.text(top, TABLE) is None:
        return [f"{TABLE}: missing"]
    found = []
    seen = set()
    for number, row in enumerate(read(top), 1):
        name = row.get("id", f"row {number}")
        found += [f"{TABLE}: {name}: {fault}" for fault in row_faults(top, row)]
        if name in seen:
            found.append(f"{TABLE}: {name}: the id stands twice")
        seen.add(name)
    found += [f"{TABLE}: no row of the area {area}" for area in AREAS if not any(area == row.get("area") for row in read(top))]
    return found
