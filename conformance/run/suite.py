"""The suite on disk: rows, files, notes, embargo. Every file is hashed before it is used."""

from __future__ import annotations

import contextlib
import fnmatch
import hashlib
import json
import os
import tempfile

import recipe

SCHEMA = "weightsonly.suite/1"
_MEMBERS = ("id", "title", "area", "rules", "expect", "sha256", "size")


class SuiteDamaged(Exception):
    """suite.json or a file of it is not what it was when it was made."""


def _json(path, needed=True):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        if needed:
            raise SuiteDamaged("%s is missing" % path) from None
        return {}
    except (OSError, ValueError) as error:
        raise SuiteDamaged("%s cannot be read: %s" % (path, error)) from None


class Suite:
    """`path` is suite.json; the files of the rows are named from the folder above the one that holds it."""

    def __init__(self, path):
        self.path = os.path.abspath(path)
        folder = os.path.dirname(self.path)
        self.root = os.path.dirname(folder)
        data = _json(self.path)
        if not isinstance(data, dict) or data.get("schema") != SCHEMA:
            raise SuiteDamaged("%s: the schema is not %s" % (path, SCHEMA))
        self.version = data.get("version")
        self.rows = data.get("cases")
        self._check_rows()
        self.by_id = {row["id"]: row for row in self.rows}
        if len(self.by_id) != len(self.rows):
            raise SuiteDamaged("%s: an id stands there twice" % path)
        with open(self.path, "rb") as file:
            self.sha256 = hashlib.sha256(file.read()).hexdigest()
        self.notes = self._notes(folder)
        cells = _json(os.path.join(folder, "embargo.json"), needed=False).get("cells", [])
        self._embargo = {(cell["adapter"], cell["id"]) for cell in cells}
        self._verified = set()

    def _check_rows(self):
        if not isinstance(self.rows, list) or not isinstance(self.version, str):
            raise SuiteDamaged("%s: no version, or no cases" % self.path)
        for row in self.rows:
            missing = [name for name in _MEMBERS if name not in row]
            if missing:
                raise SuiteDamaged("%s: %s has no %s" % (self.path, row.get("id", "a row"), missing[0]))

    @staticmethod
    def _notes(folder):
        found = _json(os.path.join(folder, "notes.json"), needed=False)
        return found.get("notes", found)

    def embargoed(self, name, version, case):
        """Whether a cell is left blank: embargo.json names the adapter, or this version of it as "NAME VERSION"."""
        return (name, case) in self._embargo or ("%s %s" % (name, version), case) in self._embargo

    @contextlib.contextmanager
    def file(self, row):
        """The path of the row's file while the block runs. A file that is kept as a recipe is made for it."""
        if row.get("file"):
            path = os.path.join(self.root, row["file"])
            self._verify(row, path)
            yield path
            return
        with tempfile.TemporaryDirectory(prefix="weightsonly-case-") as folder:
            path = os.path.join(folder, row["id"] + ".pt")
            with open(path, "wb") as file:
                file.write(self._assemble(row))
            yield path

    def bytes_of(self, row):
        with self.file(row) as path, open(path, "rb") as file:
            return file.read()

    def _verify(self, row, path):
        if row["id"] in self._verified:
            return
        try:
            with open(path, "rb") as file:
                self._compare(row, file.read())
        except OSError as error:
            raise SuiteDamaged("%s: %s" % (path, error.strerror)) from None
        self._verified.add(row["id"])

    def _assemble(self, row):
        try:
            data = recipe.assemble(row["recipe"], most=1 << 32)
        except (KeyError, recipe.RecipeError) as error:
            raise SuiteDamaged("%s: no file, and no recipe that makes one: %s" % (row["id"], error)) from None
        self._compare(row, data)
        return data

    @staticmethod
    def _compare(row, data):
        have = hashlib.sha256(data).hexdigest()
        if have != row["sha256"]:
            raise SuiteDamaged("%s: the file's sha256 is %s, not %s" % (row["id"], have, row["sha256"]))

    def verify(self, rows):
        """Hashes the files of these rows; those kept as recipes are hashed when they are made."""
        for row in rows:
            if row.get("file"):
                self._verify(row, os.path.join(self.root, row["file"]))

    def select(self, filters):
        """The rows that one of the filters names: an id or a glob of ids, an area, a rule or a flag; all without filters."""
        return [row for row in self.rows if not filters or any(_named(row, one) for one in filters)]


def _named(row, name):
    return name in (row["area"], *row["rules"], *row.get("flags", ())) or fnmatch.fnmatchcase(row["id"], name)
