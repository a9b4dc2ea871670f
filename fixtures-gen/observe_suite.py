#!/usr/bin/env python3
"""What each pinned torch release does with every case of the suite: conformance/observations/torch-<release>.json.

    fixtures-gen/observe_suite.py [--torch VERSION ...] [--all] [--check]

Rows whose file and options are those of the committed answer are not asked again, unless --all says so or the machine is another one.

Each file is loaded by a child of one warm process (observe.py), alone in its folder, with the options of its row, twice, with fresh
memory filled with different bytes; torch 2.15.0 is asked with mmap=True too. What looks unsafe (two answers, a crash, a call that is
executed) is named on standard error, entered into conformance/embargo.json, and left out of the observations, unless exemptions.toml
has it as `published`. --check asks about everything, writes nothing, and exits 1 when an answer is not what is committed. Run suite.py before (it makes the files) and after (it uses the answers).
"""

import argparse
import hashlib
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

import venvs
from suite_parts import CONFORMANCE, asking, deep, files, judge, make
from suite_parts.observations import Embargo, Observations, document_text
from suite_parts.sources import Sources

_STATE = """
import json, platform, sys, torch
try:
    import numpy
    with_numpy = numpy.__version__
except ImportError:
    with_numpy = None
devices = ["cpu"] + ["cuda"] * torch.cuda.is_available()
print(json.dumps({"python": platform.python_version(), "numpy": with_numpy, "torch": torch.__version__, "machine": platform.machine(),
                  "byteorder": sys.byteorder, "threads": 1, "devices": devices}))
"""


def state_of(release):
    """What of the machine may have a say."""
    run = subprocess.run([venvs.python(release), "-W", "ignore", "-c", _STATE], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(run.stdout)


def is_unsafe(answer, row):
    """A crash, memory that the file did not supply, or a call that is executed though the load was to be safe."""
    safe = asking.load_of(row).get("weights_only", True)
    return answer["verdict"] == "crash" or bool(answer.get("unstable") or safe and answer.get("executed"))


def observation(answer, keeps_value):
    """The published form of an answer of observe.py."""
    found = {key: answer[key] for key in ("verdict", "exception", "message", "option", "executed") if key in answer}
    if answer["verdict"] == "accept" and answer.get("value") is None:
        found["value_omitted"] = answer["value_omitted"]
    elif answer["verdict"] == "accept":
        if keeps_value:
            found["value"] = answer["value"]
        found["digest"] = hashlib.sha256(judge.text_of(answer["value"]).encode("utf-8")).hexdigest()
    return found


def kept(release, rows, state, marks):
    """{id: observation} of the committed answers that need not be asked for again."""
    committed = Observations()
    if committed.state.get(release) != state:
        return {}
    return {one: seen for one, seen in committed.rows[release].items() if one in rows and seen.get("asked") == marks[one]}


def observed(release, made):
    """({id: observation}, ids that look unsafe) of rows that belong to a release."""
    asked = [row for row, _ in made if asking.is_asked(row, release)]
    rows = {row["id"]: {"verdict": "unavailable"} for row, _ in made}
    mapped = [row for row in asked if release == asking.MAPPED and "mmap" not in row.get("options", {})]
    with asking.Laid(made) as laid:
        lines = [laid.line(row) for row in asked]
        lines += [laid.line(row, mmap=True, poison=[asking.POISON[0]]) for row in mapped]
        answers = [json.loads(answer) for answer in asking.ask_torch(release, lines)]
    unsafe = set()
    for row, answer in zip(asked, answers):
        rows[row["id"]] = observation(answer, release == asking.oracle_of(row))
        unsafe.update([row["id"]] * is_unsafe(answer, row))
    for row, answer in zip(mapped, answers[len(asked):]):
        seen = observation(answer, keeps_value=False)
        if seen != {key: value for key, value in rows[row["id"]].items() if key != "value"}:
            rows[row["id"]]["mmap"] = seen
        unsafe.update([row["id"]] * is_unsafe(answer, row))
    return rows, unsafe


def release_text(release, made, marks, sources, embargo, fresh):
    """The text of the observations of a release; `embargo` gets the cells that it keeps back."""
    made = [(row, data) for row, data in made if asking.belongs(row, release)]
    state = state_of(release)
    known = {} if fresh else kept(release, {row["id"] for row, _ in made}, state, marks)
    rows, unsafe = observed(release, [(row, data) for row, data in made if row["id"] not in known])
    kept_back = {one for one in unsafe if not sources.exempt("published", "%s %s" % (release, one))}
    embargo.cells = {cell for cell in embargo.cells if cell[0] != release} | {(release, one) for one in kept_back}
    for one in sorted(kept_back):
        print("observe_suite: torch %s, %s: looks unsafe, kept back" % (release, one), file=sys.stderr)
    print("observe_suite: torch %s: %d rows asked of %d, %d kept back" % (release, len(rows), len(made), len(kept_back)), flush=True)
    shown = {one: {**seen, "asked": marks[one]} for one, seen in rows.items() if one not in kept_back}
    return document_text(release, state, {**known, **shown})


def settle(path, text, check):
    """Writes a file, or says that it is not what is committed; 1 for such a difference."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return 0
    if check:
        print("observe_suite: %s is not what torch answers" % path.name)
        return 1
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return 0


def run(given):
    sources = Sources()
    rows, problems, _ = make.rows_of(CONFORMANCE, sources)
    if problems:
        sys.exit("\n".join(problems))
    made = [(row, files.data_of(row)) for row in rows]
    marks = {row["id"]: asking.mark_of(row, files.about(data)["sha256"]) for row, data in made}
    embargo, differing = Embargo(), 0
    for release in given.torch or asking.RELEASES:  # each is written when it is done: the next may take minutes
        text = release_text(release, made, marks, sources, embargo, given.all or given.check)
        path = CONFORMANCE / "observations" / ("torch-%s.json" % release)
        differing += settle(path, text, given.check) + settle(embargo.path, embargo.text(), given.check)
    return differing


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--torch", nargs="+", choices=asking.RELEASES, help="only these releases")
    parser.add_argument("--all", action="store_true", help="ask again about rows that have not changed")
    parser.add_argument("--check", action="store_true", help="compare with what is committed, write nothing")
    given = parser.parse_args()
    deep.exit_with(run, given)


if __name__ == "__main__":
    main()
