"""`check`: looks at every message of an adapter, for the time while it is being written.

Shows the adapter the canaries and some cases, and says of each line what is wrong with it: the number of the line, the
line, and the place. Verdicts are compared for the canaries alone; the run proper judges the others.
"""

from __future__ import annotations

import os
import subprocess
import time

import canaries
import isolation
import messages
from adapter import absolute
from process import Fault, Limits, Process, ended
from texts import counted, named, printable
from traces import telling

_MEMORY = 4 << 30
_END_SECONDS = 5.0
_HINTS = {
    "no answer within": "the loader hangs on this file, or the answer is in a buffer: flush standard output after each line",
    "not JSON": "standard output is for answers alone: write everything else to standard error",
    "exit status": "a verdict must be printed: a process that ends is a crash, whatever its status",
    "output after": "one line for each load, no more",
}


class _Reporter:
    """Prints problems, and counts them and the messages."""

    def __init__(self):
        self.messages = self.problems = 0

    def tell(self, where, lines, data=None):
        self.problems += len(lines)
        print("%s:" % where)
        if data is not None:
            print("  " + printable(data.decode("utf-8", "backslashreplace").rstrip("\n"))[:200])
        for line in lines:
            print("  " + line)
            for text, hint in _HINTS.items():
                if text in line:
                    print("  (%s)" % hint)

    def message(self, where, data, problems):
        """The message of a line when it is without fault, otherwise None."""
        self.messages += 1
        try:
            value = messages.parse(data)
        except messages.BadMessage as error:
            self.problems += 1
            print("%s:" % where)
            for line in error.pointed().split("\n"):
                print("  " + printable(line))
            print("  %s" % error)
            print("  (%s)" % _HINTS["not JSON"])
            return None
        found = list(problems(value))
        if found:
            self.tell(where, [printable(one) for one in found], data)
        return None if found else value


def _told(fault):
    return ["%s: %s" % (fault.outcome, printable(fault.why))]


class _Talk:
    """A persistent adapter, spoken to line by line; a process that failed is replaced by a fresh one."""

    def __init__(self, arguments, reporter, folder):
        self._command, self._folder = absolute(arguments.adapter), folder
        self._start = Limits(arguments.adapter_timeout, _MEMORY)
        self.case = self._start
        self._reporter = reporter
        self._process = None
        self._seq = self._line = 0

    def hello(self):
        self._process = Process(self._command, self._folder)
        self._seq = self._line = 0
        self._process.send(messages.line(messages.hello()))
        return self._read("the answer to hello", self._start, lambda value: messages.problems(value, "hello-answer"))

    def load(self, path, options, level):
        trouble = self._process.pending() if self._process else None
        if trouble:
            self._reporter.tell("after the answer to load %d" % self._seq, _told(trouble))
            self.end()
        if self._process is None and self.hello() is None:
            return None
        self._seq += 1
        self._process.send(messages.line(messages.load(self._seq, path, level, options)))
        where = "the answer to load %d (%s)" % (self._seq, os.path.basename(path))
        return self._read(where, self.case, lambda value: messages.answer_problems(value, level, self._seq))

    def _read(self, where, limits, problems):
        self._line += 1
        where = "line %d, %s" % (self._line, where)
        try:
            data = self._process.read_line(limits)
        except Fault as fault:
            self._fail(where, fault)
            return None
        value = self._reporter.message(where, data, problems)
        if value is None:
            self.end()
        return value

    def _fail(self, where, fault):
        self._reporter.tell(where, _told(fault))
        for line in telling(self._process.stderr()):
            print("  stderr: " + line)
        self.end()

    def bye(self):
        """The last message: the adapter must say nothing more, and end with 0."""
        if self._process is None:
            return
        self._process.send(messages.line(messages.bye()))
        fault = self._process.finish(_END_SECONDS)
        if fault is None and self._process.wait(0.1) is None:
            fault = Fault("timeout", "still there %g s after bye" % _END_SECONDS)
        if fault:
            self._reporter.tell("after bye", _told(fault))
        self.end()

    def end(self):
        if self._process:
            self._process.kill()
            self._process = None


class _Single:
    """A simple adapter: a process for each file."""

    def __init__(self, arguments, reporter, folder):
        self._command, self._folder, self._reporter = absolute(arguments.adapter), folder, reporter
        self.case = Limits(arguments.adapter_timeout, _MEMORY)

    def hello(self):
        return {"name": os.path.basename(self._command[-1]), "level": 0}

    def load(self, path, options, level):
        if options:
            return None
        where = os.path.basename(path)
        process = Process(self._command + [path], self._folder, subprocess.DEVNULL)
        try:
            data, status = process.read_all(self.case)
            if status != 0:
                raise Fault("crash", "does not end" if status is None else ended(status))
        except Fault as fault:
            self._reporter.tell(where, _told(fault))
            return None
        finally:
            process.kill()
        line = data.rstrip(b"\r\n").rsplit(b"\n", 1)[-1]
        return self._reporter.message(where, line, lambda value: messages.answer_problems(value, level))

    def bye(self):
        pass

    def end(self):
        pass


def _sample(suite, filters):
    """The rows that are shown: all that are asked for, otherwise the first of each area and verdict."""
    if filters:
        return suite.select(filters)
    found = {}
    for row in suite.rows:
        found.setdefault((row["area"], row["expect"].split()[0]), row)
    return list(found.values())


def _canaries(talk, level, reporter, asked):
    """The first may take as long as the start of the adapter; `asked` is what the user allows the others, or None."""
    with canaries.files() as found:
        for path, verdict, fault in found:
            begin = time.monotonic()
            answer = talk.load(path, {}, level)
            if verdict == "accept":
                talk.case = Limits(canaries.patience(asked, time.monotonic() - begin), _MEMORY)
            if answer and answer["verdict"] != verdict:
                reporter.tell(os.path.basename(path), ["the adapter %s: answered %s" % (fault, answer["verdict"])])


def main(suite, arguments):
    """0 when nothing is wrong, otherwise 1."""
    reporter, workplace = _Reporter(), isolation.Workplace()
    talk = (_Single if arguments.once else _Talk)(arguments, reporter, workplace.path)
    try:
        hello = talk.hello()
        if hello is None:
            print("the other messages are not looked at before hello is right")
            return 1
        level = hello["level"] if arguments.level is None else min(hello["level"], arguments.level)
        print("hello: %s, level %d" % (named(hello), level))
        _canaries(talk, level, reporter, arguments.case_timeout)
        for row in _sample(suite, arguments.filter):
            with suite.file(row) as path:
                talk.load(path, row.get("options", {}), level)
        talk.bye()
    finally:
        talk.end()
        workplace.close()
    print("%s, %s" % (counted(reporter.messages, "message"), counted(reporter.problems, "problem")))
    return 1 if reporter.problems else 0
