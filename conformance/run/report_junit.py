"""The report for test dashboards: JUnit's XML, a suite for each area."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from outcome import FATAL
from texts import printable

_GOOD = ("pass", "warning")


def _attributes(**values):
    return "".join(" %s=%s" % (name.rstrip("_"), quoteattr(printable(str(value)))) for name, value in values.items())


def _body(result, finished):
    lines = [result.row["title"], result.why, result.row.get("why", ""), finished.repeat(result.row["id"])]
    lines += result.stderr.splitlines()
    return escape("\n".join(printable(line) for line in lines if line))


def _inside(result, finished):
    """The element inside of a testcase, or nothing."""
    status = finished.status(result)
    if finished.embargoed(result):
        return "<skipped%s/>" % _attributes(message="not published yet")
    if status in _GOOD:
        return ""
    if status == "skip":
        return "<skipped%s/>" % _attributes(message=result.why)
    if status == "expected":
        return "<skipped%s/>" % _attributes(message="%s, as the baseline says" % result.outcome)
    if status == "stale":
        return "<failure%s/>" % _attributes(type="stale", message="listed in the baseline, but not failing any more")
    element = "error" if result.outcome in FATAL else "failure"
    message = "%s: %s" % (result.outcome, result.why)
    return "<%s%s>%s</%s>" % (element, _attributes(type=result.outcome, message=message), _body(result, finished), element)


def _case(result, finished):
    inside = _inside(result, finished)
    head = "<testcase" + _attributes(classname="conformance." + result.row["area"], name=result.row["id"],
                                     time="%.3f" % result.seconds)
    return inside, "    %s>%s</testcase>" % (head, inside) if inside else "    %s/>" % head


def _suite(area, results, finished):
    cases = [_case(result, finished) for result in results]
    count = {word: sum(inside.startswith("<" + word) for inside, _ in cases) for word in ("failure", "error", "skipped")}
    yield "  <testsuite%s>" % _attributes(
        name="conformance." + area, tests=len(cases), failures=count["failure"], errors=count["error"],
        skipped=count["skipped"], time="%.3f" % sum(result.seconds for result in results))
    yield from (line for _, line in cases)
    yield "  </testsuite>"


def _unknown(finished):
    names = finished.compared.unknown if finished.compared else []
    if names:
        yield "  <testsuite%s>" % _attributes(name="conformance.baseline", tests=len(names), failures=len(names))
        for name in names:
            yield "    <testcase%s><failure%s/></testcase>" % (
                _attributes(classname="conformance.baseline", name=name),
                _attributes(type="unknown", message="listed in the baseline, but no case of this suite"))
        yield "  </testsuite>"


def text(finished):
    areas = {}
    for result in finished.results:
        areas.setdefault(result.row["area"], []).append(result)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>',
             "<testsuites%s>" % _attributes(name="weightsonly-suite " + finished.suite.version)]
    for area, results in areas.items():
        lines += _suite(area, results, finished)
    lines += _unknown(finished)
    return "\n".join(lines + ["</testsuites>"]) + "\n"
