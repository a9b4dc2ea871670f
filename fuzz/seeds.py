#!/usr/bin/env python3
"""Writes the seeds of fuzz targets: OUT/<target>/<case id>, made of the conformance suite, with the findings of corpus/regress and what
long runs found before (corpus/grown, kept by fuzz/grown.py).

    python3 fuzz/seeds.py TARGET... --out FOLDER     a name or a pattern: 'handler_*'
    python3 fuzz/seeds.py --all --out FOLDER

fuzz/targets.toml says of each target what its seeds are. The same sources give the same files; no two seeds of a target have the same
bytes, and none is longer than the target's max_len. What lies in OUT/<target> from before is removed.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import shutil
import sys
import zipfile

import table

sys.path.insert(0, os.path.join(table.root(), "conformance", "run"))
import recipe  # noqa: E402  pylint: disable=wrong-import-position
from archive import Archive  # noqa: E402  pylint: disable=wrong-import-position

GROWN = "corpus/grown"
MOST_FILE = 64 << 10  # bytes of a file that is looked at; the few bigger cases are about limits and slow everything down


def _assembled(lines):
    return recipe.assemble("\n".join(lines) + "\n")


class Cases:
    """The cases of the suite; each form of them is made once."""

    def __init__(self, top):
        self.top = top
        with open(os.path.join(top, "conformance", "suite.json"), encoding="utf-8") as file:
            self.rows = [row for row in json.load(file)["cases"] if row["size"] <= MOST_FILE]
        self._made = {}

    def __getattr__(self, form):
        if form not in FORMS:
            raise AttributeError(form)
        if form not in self._made:
            self._made[form] = list(FORMS[form](self))
        return self._made[form]

    def bytes_of(self, row):
        if not row.get("file"):
            return recipe.assemble(row["recipe"])
        with open(os.path.join(self.top, row["file"]), "rb") as file:
            return file.read()


def _files(cases):
    return ((row["id"], cases.bytes_of(row)) for row in cases.rows)


def _recipes(cases):
    return ((row["id"], row["recipe"].encode()) for row in cases.rows)


def _legacy(cases):
    """The files that are no archives."""
    return ((name, data) for name, data in cases.file if not data.startswith(b"PK"))


def pickles_of(text):
    """The pickles that a recipe writes, each its bytes: data.pkl of an archive, or everything up to each STOP where there is no archive."""
    found, inside, archive = [[]], True, False
    for line in text.split("\n"):
        words = line.split(None, 2)
        word = words[0] if words else ""
        if word in Archive.PARTS:
            archive = True
            inside = word == "CHECKPOINT" or (word == "RECORD" and words[1].lower().endswith('data.pkl"'))
            found.append([])
        elif inside and word and not word.startswith("#"):
            found[-1].append(line)
            if word == "STOP" and not archive:
                found.append([])
    return [_assembled(lines) for lines in found if lines]


def _pickles(cases):
    for row in cases.rows:
        for number, data in enumerate(pickles_of(row["recipe"]), 1):
            yield row["id"] if number == 1 else f"{row['id']}-{number}", data


FORMS = {"file": _files, "recipe": _recipes, "legacy": _legacy, "pickle": _pickles}


def maker(top, name):
    """The function `seeds` of fuzz/seed_makers/<name>.py."""
    folder = os.path.join(top, "fuzz", "seed_makers")
    if folder not in sys.path:
        sys.path.insert(0, folder)
    return importlib.import_module(name).seeds


def found_before(top, target):
    for row in table.findings(top):
        if target in row["targets"]:
            with open(os.path.join(top, os.path.dirname(table.FINDINGS), row["file"]), "rb") as file:
                yield "regress-" + os.path.splitext(row["file"])[0], file.read()


def archive_of(top, kind):
    """Where that lies which is kept for targets with seeds of this kind."""
    return os.path.join(top, GROWN, kind + ".zip")


def grown(top, kind):
    """(name, bytes) of what is kept; nothing where there is no archive."""
    path = archive_of(top, kind)
    if not os.path.isfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            yield "grown-" + name, archive.read(name)


def _fitting(row, made):
    """Nothing twice, nothing too long."""
    seen = set()
    for name, data in made:
        if len(data) <= row["max_len"] and data not in seen:
            seen.add(data)
            yield name, data


def seeds_of_tree(top, target, row, cases):
    """(name, bytes) of the seeds of a target that suite and findings give."""
    made = getattr(cases, row["seeds"]) if row["seeds"] in FORMS else maker(top, row["seeds"])(cases.file, target)
    return _fitting(row, [*made, *found_before(top, target)])


def seeds(top, target, row, cases):
    """(name, bytes) of all seeds of a target."""
    return _fitting(row, [*seeds_of_tree(top, target, row, cases), *grown(top, row["seeds"])])


def write_files(folder, files):
    """Writes {name: bytes} to a folder, which is made when there are none, too."""
    os.makedirs(folder, exist_ok=True)
    for name, data in files.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)


def write(top, targets, out):
    """Writes the seeds of these targets; returns {target: count}."""
    rows, cases, counts = table.rows(top), Cases(top), {}
    for target in targets:
        folder = os.path.join(out, target)
        shutil.rmtree(folder, ignore_errors=True)
        made = dict(seeds(top, target, table.row_of(rows, target), cases))
        write_files(folder, made)
        counts[target] = len(made)
    return counts


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--out", required=True, metavar="FOLDER")
    options = parser.parse_args(arguments)
    if bool(options.targets) == options.all:
        parser.error("name targets, or say --all")
    try:
        counts = write(table.root(), table.select(table.root(), options.targets), options.out)
    except ValueError as error:
        parser.error(str(error))
    for target, count in counts.items():
        print(f"{target:28} {count:6} seeds")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
