#!/usr/bin/env python3
"""Lays fuzz targets out as OSS-Fuzz wants them: the program, <target>_seed_corpus.zip, <target>.dict and <target>.options.

    python3 fuzz/pack.py --programs FOLDER --work FOLDER --out FOLDER [TARGET...]      all that find something by default

A target without a dictionary in fuzz/targets.toml has no .dict. The same sources give the same bytes.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import zipfile

import dictionaries
import seeds
import table

LEFT_OUT = {"empty"}  # measures the engine; to fuzz it finds nothing
TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip file can say


def pack_seeds(folder, path):
    """A flat archive of the files of the folder."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(os.listdir(folder)):
            with open(os.path.join(folder, name), "rb") as file:
                archive.writestr(zipfile.ZipInfo(name, TIME), file.read(), zipfile.ZIP_DEFLATED)


def options_of(row):
    """The text of the .options file."""
    lines = ["[libfuzzer]", f"max_len = {row['max_len']}"]
    if row.get("value_profile"):
        lines.append("use_value_profile = 1")
    return "\n".join(lines) + "\n"


def pack(top, targets, programs, work, out):
    """Writes everything about these targets to `out`; a ValueError names a target without a row or a program."""
    rows = table.rows(top)
    for target in targets:
        if table.row_of(rows, target) is None:
            raise ValueError(f"{target} has no row in {table.TABLE}")
        if not os.access(os.path.join(programs, target), os.X_OK):
            raise ValueError(f"{target} is not built")
    seed_folder = os.path.join(work, "seeds")
    written = dictionaries.write(top, os.path.join(work, "dictionaries"))
    seeds.write(top, targets, seed_folder)
    os.makedirs(out, exist_ok=True)
    for target in targets:
        row, base = table.row_of(rows, target), os.path.join(out, target)
        shutil.copy(os.path.join(programs, target), base)
        pack_seeds(os.path.join(seed_folder, target), base + "_seed_corpus.zip")
        if "dictionary" in row:
            shutil.copy(written[row["dictionary"]], base + ".dict")
        with open(base + ".options", "w", encoding="ascii") as file:
            file.write(options_of(row))


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    parser.add_argument("--programs", required=True, metavar="FOLDER")
    parser.add_argument("--work", required=True, metavar="FOLDER")
    parser.add_argument("--out", required=True, metavar="FOLDER")
    options = parser.parse_args(arguments)
    try:
        targets = [name for name in table.select(table.root(), options.targets) if name not in LEFT_OUT]
        pack(table.root(), targets, options.programs, options.work, options.out)
    except ValueError as error:
        print(f"pack.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
