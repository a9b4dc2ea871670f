"""The bytes of a case: assembled from its recipe, or those that a release of torch wrote and that are committed."""

import hashlib

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
        text = "torch %s has not written this file yet: fixtures-gen/observe_suite.py --write"
        raise Unmade(text % row["torch"]) from None
    if len(data) > words.FILE_LIMIT:
        raise Unmade("torch wrote %d bytes, more than %d" % (len(data), words.FILE_LIMIT))
    return data


def about(data):
    return {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
