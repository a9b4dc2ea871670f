#!/usr/bin/env python3
"""Keeps what long runs found: corpus/grown/<seeds>.zip holds further seeds for all targets whose row of fuzz/targets.toml has these `seeds`.

    python3 fuzz/grown.py --programs build/fuzz/fuzz --corpora build/fuzz-corpus [TARGET...]

Of what lies in FOLDER/<target>, and in the archives already, it takes what reaches an edge that the other seeds do not reach; how often an
edge is taken does not count, so that little is enough. The programs are those of the preset `fuzz`. Exit 1: a merge failed, or
there is nothing to keep for any target; 2: usage.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile

import pack
import seeds
import table

LONGEST = 3600  # seconds of one merge


def merged(program, row, folder, sources):
    """What the engine puts into the folder, so that its files reach the edges that the sources reach: {SHA-1: bytes}. ValueError: it fails."""
    before = set(os.listdir(folder))
    command = [program, "-merge=1", "-use_counters=0", "-timeout=25", "-rss_limit_mb=2560", f"-max_len={row['max_len']}", folder, *sources]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LONGEST, check=False)
    if done.returncode != 0:
        raise ValueError(f"{os.path.basename(program)}: the merge ended with {done.returncode}: "
                         f"{done.stdout[-400:].decode('utf-8', 'backslashreplace').strip()}")
    found = {}
    for name in set(os.listdir(folder)) - before:
        with open(os.path.join(folder, name), "rb") as file:
            data = file.read()
        found[hashlib.sha1(data).hexdigest()] = data
    return found


def grow(top, kind, targets, programs, corpora, work):
    """What the targets with seeds of this kind keep: {SHA-1: bytes}. What one of them keeps need not be kept again for the next."""
    rows, cases, kept = table.rows(top), seeds.Cases(top), {}
    old = os.path.join(work, "old")
    seeds.write_files(old, dict(seeds.grown(top, kind)))
    for target in targets:
        row, folder = table.row_of(rows, target), os.path.join(work, target)
        sources = [each for each in (old, os.path.join(corpora, target)) if os.path.isdir(each) and os.listdir(each)]
        if not sources:
            continue
        seeds.write_files(folder, {**dict(seeds.seeds_of_tree(top, target, row, cases)), **kept})
        found = merged(os.path.join(programs, target), row, folder, sources)
        kept.update(found)
        print(f"{target:28} {len(found):6} kept", flush=True)
    return kept


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="all with the same seeds as one of these; all targets without any")
    parser.add_argument("--programs", required=True, metavar="FOLDER")
    parser.add_argument("--corpora", required=True, metavar="FOLDER")
    options = parser.parse_args(arguments)
    top = table.root()
    rows = table.rows(top)
    kinds = {}
    for target in table.programs(top):
        if target not in pack.LEFT_OUT:
            kinds.setdefault(table.row_of(rows, target)["seeds"], []).append(target)
    try:
        wanted = {table.row_of(rows, target)["seeds"] for target in table.select(top, options.targets) if target not in pack.LEFT_OUT}
    except ValueError as error:
        parser.error(str(error))
    anything = False
    try:
        for kind in sorted(wanted):
            with tempfile.TemporaryDirectory(prefix="weightsonly-grown-") as work:
                kept = grow(top, kind, kinds[kind], options.programs, options.corpora, work)
                if not kept:
                    continue  # The seeds of this kind reach all that was found.
                anything = True
                seeds.write_files(os.path.join(work, "kept"), kept)
                os.makedirs(os.path.dirname(seeds.archive_of(top, kind)), exist_ok=True)
                pack.pack_seeds(os.path.join(work, "kept"), seeds.archive_of(top, kind))
        if not anything:
            raise ValueError("there is nothing to keep")
    except (ValueError, OSError, subprocess.TimeoutExpired, zipfile.BadZipFile) as error:
        print(f"grown.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
