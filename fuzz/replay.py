#!/usr/bin/env python3
"""Runs the seeds and findings of every target through its program, each target a process of its own.

    python3 fuzz/replay.py --programs FOLDER [--targets PATTERN,...] [--inputs FOLDER] [--jobs 2] [--least 0] [--seconds 300]

FOLDER holds the programs, built without an engine (build/release/fuzz). The seeds are made for this run; --inputs adds what lies in
FOLDER/<target>, the corpus of `ci/fuzz`, say. Exit 1: a program ended early, or said that it replayed less than it was given; 2: no
programs, or fewer inputs than --least.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile

import seeds
import table

TAIL = 2000  # characters of what a program said that are shown


class Replayed:
    """What became of one target."""

    def __init__(self, target, count, fault=None):
        self.target, self.count, self.fault = target, count, fault


def _files(folder):
    return sum(len(names) for _, _, names in os.walk(folder))


def replay(program, target, folders, seconds):
    """Runs the program over the files of the folders; a fault is what it said in the end."""
    given = sum(_files(folder) for folder in folders)
    try:
        done = subprocess.run([program, *folders], stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
                              timeout=seconds, check=False)
    except subprocess.TimeoutExpired as error:
        said = (error.stderr or b"").decode(errors="replace")
        return Replayed(target, given, f"takes more than {seconds} s\n{_tail(said)}")
    except OSError as error:
        return Replayed(target, given, str(error))
    said = re.fullmatch(r"\S+: replayed (\d+) inputs\n", done.stdout)
    if done.returncode != 0:
        return Replayed(target, given, f"ended with {done.returncode}\n{_tail(done.stderr)}")
    if said is None or int(said[1]) != given:
        return Replayed(target, given, f"was given {given} inputs and said: {done.stdout.strip()[:TAIL] or 'nothing'}")
    return Replayed(target, given)


def _tail(text):
    """The last that was said, from the name of the input at hand on: programs write each name over the one before."""
    return text.rpartition("\x1b[K")[2].strip()[-TAIL:]


def replay_all(programs, folders, jobs, seconds):
    """`folders` is {target: [folder]}; the most inputs first. Returns the results in the order of the names."""
    order = sorted(folders, key=lambda target: -sum(_files(folder) for folder in folders[target]))
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        found = list(pool.map(lambda target: replay(os.path.join(programs, target), target, folders[target], seconds), order))
    return sorted(found, key=lambda result: result.target)


def inputs_of(top, targets, folder, more):
    """{target: [folder of its seeds, folder of further inputs]}."""
    seeds.write(top, targets, folder)
    found = {}
    for target in targets:
        further = os.path.join(more, target) if more else ""
        found[target] = [os.path.join(folder, target)] + ([further] if os.path.isdir(further) else [])
    return found


def report(results, least, out=sys.stdout):
    """Prints a line for each target that failed and the sum; the exit code."""
    failed = [result for result in results if result.fault is not None]
    for result in failed:
        print(f"{result.target}: {result.fault}\n", file=out)
    count = sum(result.count for result in results)
    print(f"{len(results)} targets replayed {count} inputs, {len(failed)} failed", file=out)
    if failed:
        return 1
    if count < least:
        print(f"at least {least} inputs were expected", file=out)
        return 2
    return 0


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", required=True, metavar="FOLDER")
    parser.add_argument("--targets", type=lambda text: text.split(","), default=[], metavar="PATTERN,...")
    parser.add_argument("--inputs", metavar="FOLDER")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--least", type=int, default=0)
    parser.add_argument("--seconds", type=int, default=300, help="for one target")
    options = parser.parse_args(arguments)
    try:
        targets = table.select(table.root(), options.targets)
    except ValueError as error:
        parser.error(str(error))
    missing = [target for target in targets if not os.access(os.path.join(options.programs, target), os.X_OK)]
    if missing:
        print(f"these are not built in {options.programs}: {', '.join(missing)}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="weightsonly-seeds-") as folder:
        folders = inputs_of(table.root(), targets, folder, options.inputs)
        return report(replay_all(options.programs, folders, max(1, options.jobs), options.seconds), options.least)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
