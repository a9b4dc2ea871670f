"""The bytes of a case: assembled from its recipe, or those that a release of torch wrote and that are committed."""

import hashlib
import json
import os
import subprocess
import tempfile
from pathlib import Path

import venvs

from recipe import RecipeError, assemble
from suite_parts import ROOT
from suite_parts import vocabulary as words

CASES = ROOT / "corpus" / "cases"


class Unmade(ValueError):
    """Why there are no bytes."""


def path_of(row, cases=CASES):
    return cases / row["area"] / (row["id"] + ".pt")


def data_of(row, cases=CASES):
    """The bytes of the file; Unmade when the recipe has a mistake or torch has not written the file yet."""
    if "recipe" in row:
        try:
            return assemble(row["recipe"])
        except RecipeError as error:
            raise Unmade("recipe: %s" % error) from None
    try:
        data = path_of(row, cases).read_bytes()
    except FileNotFoundError:
        raise Unmade("torch %s has not written this file yet: fixtures-gen/suite.py --write" % row["torch"]) from None
    if len(data) > words.FILE_LIMIT:
        raise Unmade("torch wrote %d bytes, more than %d" % (len(data), words.FILE_LIMIT))
    return data


def written(rows):
    """{id: bytes} of the rows with `python`, each run under its release now; Unmade when one fails."""
    found = {}
    for release in sorted({row["torch"] for row in rows if "python" in row}):
        asked = [{"name": row["id"], "python": row["python"], "needs": row.get("needs", [])}
                 for row in rows if row.get("torch") == release]
        environment = dict(os.environ, PYTHONHASHSEED="0", PYTHONDONTWRITEBYTECODE="1", OMP_NUM_THREADS="1")
        with tempfile.TemporaryDirectory() as folder:
            command = [venvs.python(release), ROOT / "fixtures-gen" / "write.py", release, "-"]
            run = subprocess.run(command, cwd=folder, env=environment, input=json.dumps(asked), text=True)
            if run.returncode != 0:
                raise Unmade("torch %s cannot write some of these files" % release)
            found.update((one["name"], (Path(folder) / (one["name"] + ".pt")).read_bytes()) for one in asked)
    return found


def about(data):
    return {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
