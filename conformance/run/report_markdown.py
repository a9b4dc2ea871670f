"""The report for a page: a table of areas, then what failed. Fits a pull request or the summary of a CI job."""

from __future__ import annotations

from outcome import severity
from texts import by_area, named, printable, split


def _cell(text):
    """A text that a table shows as it is."""
    return "".join("\\" + c if c in "\\|`*_<>[]" else c for c in printable(text))


def _areas(finished):
    yield "| area | pass | warn | fail | skip |"
    yield "|---|---:|---:|---:|---:|"
    shown = [result for result in finished.results if not finished.embargoed(result)]
    for area, counter in by_area(shown):
        yield "| %s | %d | %d | %d | %d |" % ((area,) + split(counter))


def _failures(results, finished):
    yield "| case | outcome | why |"
    yield "|---|---|---|"
    for result in sorted(results, key=lambda result: severity(result, finished.suite.notes)):
        yield "| `%s` | %s | %s |" % (result.row["id"], result.outcome, _cell(result.why))


def _section(title, results, finished, folded=False):
    if not results:
        return
    yield ""
    yield "<details><summary>%s: %d</summary>" % (title, len(results)) if folded else "**%s: %d**" % (title, len(results))
    yield ""
    yield from _failures(results, finished)
    if folded:
        yield ""
        yield "</details>"


def lines(finished):
    def visible(results):
        return [result for result in results if not finished.embargoed(result)]

    yield "### %s against weightsonly-suite %s, level %d" % (
        _cell(named(finished.profile.hello)), finished.suite.version, finished.profile.level)
    yield ""
    yield from _areas(finished)
    hidden = sum(finished.embargoed(result) for result in finished.results)
    if hidden:
        yield ""
        yield "Not published yet: %d." % hidden
    compared = finished.compared
    if compared is None:
        yield from _section("Failures", visible(finished.failures()), finished)
        return
    yield from _section("New failures", visible(compared.new), finished)
    yield from _section("Listed with another outcome", visible(compared.changed), finished)
    yield from _section("Listed, but not failing any more", visible(compared.stale), finished)
    if compared.unknown:
        yield ""
        yield "**No case of this suite:** " + ", ".join("`%s`" % printable(name) for name in compared.unknown)
    yield from _section("As the baseline says", visible(compared.expected), finished, folded=True)


def text(finished):
    return "\n".join(lines(finished)) + "\n"
