"""python3 conformance/run: runs the conformance suite against an adapter. See command_line.py, or --help."""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback

import adapter
import baseline
import canaries
import check
import command_line
import isolation
import messages
import report_jsonl
import report_junit
import report_markdown
import report_terminal
import runner
import show
import worker
from finished import Finished
from process import AdapterBroken
from suite import Suite, SuiteDamaged

EXPECTED, DIFFERENCES, USAGE, BROKEN, DAMAGED, BUG, INTERRUPTED = 0, 1, 2, 3, 4, 70, 130


def _say(text):
    print("conformance/run: " + text, file=sys.stderr)


class _Usage(Exception):
    """The command line makes no sense together with what was found."""


def _settings(arguments):
    return runner.Settings(
        command=adapter.absolute(arguments.adapter), once=arguments.once, level=arguments.level,
        seconds=arguments.case_timeout, start_seconds=arguments.adapter_timeout, exact=arguments.exact, jobs=arguments.jobs,
        policies=dict(arguments.policy), lacks=arguments.lacks)


def _selected(suite, arguments):
    rows = suite.select(arguments.filter)
    if not rows:
        raise _Usage("no case has an id, area, rule or flag like %s" % ", ".join(arguments.filter))
    return rows


def _greeted(settings):
    workplace = isolation.Workplace()
    try:
        return canaries.profile(worker.make_adapter(settings, workplace), settings)
    finally:
        workplace.close()


def _known(arguments, level):
    """The baseline that the run is compared with, or None."""
    path = arguments.baseline or arguments.update_baseline
    if arguments.write_baseline and os.path.exists(arguments.write_baseline):
        raise _Usage("%s exists; --update-baseline changes it" % arguments.write_baseline)
    if not path:
        return None
    known = baseline.read(path)
    if known.level not in (None, level):
        raise _Usage("%s is a baseline of level %d, and this run is one of level %d" % (path, known.level, level))
    return known


def _open_reports(arguments):
    """[(kind, stream)]: opened before the run, so that a path that is no good is told at once."""
    return [(kind, open(path, "w", encoding="utf-8")) for reports in arguments.report for kind, path in reports]


def _write_reports(reports, finished, code):
    for kind, stream in reports:
        with stream:
            if kind == "jsonl":
                stream.write(report_jsonl.text(finished, code))
            elif code is not None:
                stream.write({"junit": report_junit, "markdown": report_markdown}[kind].text(finished))


def _write_baseline(arguments, known, finished):
    first = baseline.header(finished.suite.version, finished.profile.hello, finished.profile.level)
    exact = finished.settings.exact
    path = arguments.write_baseline or arguments.update_baseline
    if arguments.write_baseline:
        text = baseline.fresh(first, finished.disclosed(), exact)
    else:
        text = baseline.updated(known, first, finished.disclosed(), finished.suite.by_id, exact)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def _run(arguments):
    suite = Suite(arguments.suite)
    rows = _selected(suite, arguments)
    suite.verify(rows)
    settings = _settings(arguments)
    profile = _greeted(settings)
    known = _known(arguments, profile.level)
    reports = _open_reports(arguments)
    progress = report_terminal.Progress(len(rows))
    finished = Finished(suite, settings, profile, [], 0.0, repeat=command_line.repeat(sys.argv[0], arguments),
                        show=command_line.show(sys.argv[0], arguments))
    begin = time.monotonic()

    def sink(result):
        finished.results.append(result)
        progress.step(result)

    try:
        runner.run(suite, rows, settings, profile, sink)
    except (KeyboardInterrupt, AdapterBroken):
        progress.clear()
        _write_reports(reports, finished, None)
        raise
    progress.clear()
    finished.seconds = time.monotonic() - begin
    if known:
        finished.compared = baseline.compare(known, finished.disclosed(), suite.by_id, settings.exact)
    writes = arguments.write_baseline or arguments.update_baseline
    code = DIFFERENCES if finished.differs() and not writes else EXPECTED
    print("\n".join(report_terminal.lines(finished, arguments.all)))
    _write_reports(reports, finished, code)
    if writes:
        _write_baseline(arguments, known, finished)
    return code


def _dispatch(words):
    if words[:1] == ["check"]:
        arguments = command_line.parsed(command_line.check_parser(), words[1:])
        return check.main(Suite(arguments.suite), arguments)
    if words[:1] == ["show"]:
        arguments = command_line.parsed(command_line.show_parser(), words[1:])
        suite = Suite(arguments.suite)
        if arguments.id not in suite.by_id:
            raise _Usage("%s is no case of this suite" % arguments.id)
        return show.main(suite, suite.by_id[arguments.id])
    return _run(command_line.parsed(command_line.run_parser(), words))


def _interrupt(*_):
    raise KeyboardInterrupt


def main():
    signal.signal(signal.SIGTERM, _interrupt)
    isolation.adopt_orphans()
    sys.setrecursionlimit(messages.DEEPEST + 1000)  # nested JSON is read with recursion
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        return _dispatch(sys.argv[1:])
    except (_Usage, baseline.BadBaseline) as error:
        _say(str(error))
        return USAGE
    except AdapterBroken as error:
        _say("adapter broken: %s" % error)
        return BROKEN
    except SuiteDamaged as error:
        _say("suite damaged: %s" % error)
        return DAMAGED
    except KeyboardInterrupt:
        _say("interrupted")
        return INTERRUPTED
    except OSError as error:
        _say("%s: %s" % (error.filename or "the system", error.strerror))
        return USAGE
    except Exception:
        traceback.print_exc()
        _say("this is a bug of the runner")
        return BUG
    finally:
        isolation.end_orphans()


if __name__ == "__main__":
    sys.exit(main())
