"""Everything that is made of the tables: in memory, written, or compared with what is committed."""

from pathlib import Path

from suite_parts import CONFORMANCE, asking, documents, files, lint, table
from suite_parts import vocabulary as words
from suite_parts.observations import Embargo, Observations


def rows_of(folder, sources):
    """(rows of all tables, problems, whether every area has its table)."""
    tables = {area: folder / "cases" / (area + ".toml") for area in words.AREAS}
    problems = ["%s: no area is called that" % path.name for path in sorted((folder / "cases").glob("*.toml"))
                if path.stem not in tables]
    rows = []
    for path in tables.values():
        if path.exists():
            found, wrong = table.read(path, sources)
            rows, problems = rows + found, problems + wrong
    return rows, problems, all(path.exists() for path in tables.values())


class Suite:
    """The tables of `folder` with the files and documents that belong to them."""

    def __init__(self, sources, folder=CONFORMANCE, cases_folder=files.CASES):
        self.sources, self.folder, self.cases_folder = sources, Path(folder), Path(cases_folder)
        self.observations, self.embargo = Observations(folder), Embargo(folder)
        rows, self.problems, self.complete = rows_of(self.folder, sources)
        self.problems += lint.notes(sources)
        self.cases = []
        for row in rows if not self.problems else []:
            try:
                data = files.data_of(row, self.cases_folder)
                self.cases.append(documents.Case(row, data, self.observations.of(asking.oracle_of(row), row)))
            except files.Unmade as error:
                self.problems.append("%s: %s: %s" % (row["_place"], row["id"], error))

    def documents(self):
        """{path: text} of the generated files but the cases."""
        found = {self.folder / "suite.json": documents.suite_text(self.cases),
                 self.folder / "rules.json": documents.rules_text(self.cases, self.sources),
                 self.folder / "refusals.json": documents.refusals_text(self.cases, self.sources),
                 self.folder / "notes.json": documents.notes_text(self.cases, self.sources),
                 self.sources.reference / "tool" / "deviation_cases.def": documents.deviation_counts_text(self.cases, self.sources)}
        for release in asking.RELEASES:
            text = documents.flat_text(self.cases, release, self.observations, self.embargo)
            found[self.folder / "flat" / ("torch-%s.tsv" % release)] = text
        return found

    def made(self):
        """{path: bytes} of everything that is generated."""
        found = {path: text.encode("utf-8") for path, text in self.documents().items()}
        found.update((files.path_of(case.row, self.cases_folder), case.data) for case in self.cases if case.file)
        return found

    def there(self):
        """The generated files that exist, those of cases that are gone included."""
        return [path for folder, pattern in ((self.folder, "suite.json"), (self.folder, "rules.json"), (self.folder, "refusals.json"),
                                             (self.folder, "notes.json"), (self.folder, "flat/*.tsv"), (self.cases_folder, "*/*.pt"))
                for path in folder.glob(pattern)]

    def lint(self):
        text = self.documents()[self.folder / "suite.json"]
        return self.problems + lint.check(self.cases, self.sources, self.observations, self.embargo, text, self.complete)


def write(suite):
    """Writes what differs and deletes what is no longer made; the number of files."""
    made = suite.made()
    changed = [path for path, data in made.items() if not path.exists() or path.read_bytes() != data]
    for path in changed:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(made[path])
    gone = [path for path in suite.there() if path not in made]
    for path in gone:
        path.unlink()
    return len(changed) + len(gone)


def differences(suite):
    """A line for each file that `write` would change."""
    made = suite.made()
    found = ["%s: %s" % (path.name, "missing" if not path.exists() else "differs from what the tables make")
             for path, data in made.items() if not path.exists() or path.read_bytes() != data]
    return found + ["%s: no longer made" % path.name for path in suite.there() if path not in made]
