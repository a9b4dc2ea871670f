"""`check`: looks at every message of an adapter, for the time while it is being written.

Shows the adapter the canaries and some cases, and says of each line what is wrong with it: the number of the line, the
line, and the place. Verdicts are compared for the canaries alone; the run proper judges the others.
"""

from __future__ import annotations

import functools
import os
import subprocess
import time

import canaries
import isolation
import messages
from adapter import NOT_ONCE, absolute, first_line, last_line
from process import Fault, Limits, Process
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
_GO_ON = """the suite can be run all the same
  (one of the two bad files may be too much for a loader: the suite has such files, and the report counts them there;
  canary-empty.pt is the file of the case torchscript-not-empty)"""


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

    def fault(self, where, fault):
        """What a process did in place of an answer, and what that may mean."""
        self.tell(where, ["%s: %s" % (fault.outcome, printable(fault.why))])
        for hint in [fault.hint] if fault.hint else [hint for text, hint in _HINTS.items() if text in fault.why]:
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


class _Talk:
    """A persistent adapter, spoken to line by line; a process that failed is replaced by a fresh one.

    `fault` is what the last load ended with in place of an answer, or None.
    """

    def __init__(self, arguments, reporter, folder):
        self._command, self._folder = absolute(arguments.adapter), folder
        self._start = Limits(arguments.adapter_timeout, _MEMORY)
        self.case = self._start
        self._reporter = reporter
        self._process = self.fault = None
        self._seq = self._line = 0

    def hello(self):
        self._process = Process(self._command, self._folder)
        self._seq = self._line = 0
        self._process.send(messages.line(messages.hello()))
        read = functools.partial(first_line, self._process, self._start)
        return self._read("the answer to hello", read, lambda value: messages.problems(value, "hello-answer"))

    def load(self, path, options, level):
        self.fault = None
        trouble = self._process.pending() if self._process else None
        if trouble:
            self._reporter.fault("after the answer to load %d" % self._seq, trouble)
            self.end()
        if self._process is None and self.hello() is None:
            return None
        self._seq += 1
        self._process.send(messages.line(messages.load(self._seq, path, level, options)))
        where = "the answer to load %d (%s)" % (self._seq, os.path.basename(path))
        read = functools.partial(self._process.read_line, self.case)
        return self._read(where, read, lambda value: messages.answer_problems(value, level, self._seq))

    def _read(self, where, read, problems):
        self._line += 1
        where = "line %d, %s" % (self._line, where)
        try:
            data = read()
        except Fault as fault:
            self.fault = fault
            self._fail(where, fault)
            return None
        value = self._reporter.message(where, data, problems)
        if value is None:
            self.end()
        return value

    def _fail(self, where, fault):
        self._reporter.fault(where, fault)
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
            self._reporter.fault("after bye", fault)
        self.end()

    def end(self):
        if self._process:
            self._process.kill()
            self._process = None


class _Single:
    """A simple adapter: a process for each file; `fault` as above."""

    def __init__(self, arguments, reporter, folder):
        self._command, self._folder, self._reporter = absolute(arguments.adapter), folder, reporter
        self.fault = None
        self.case = Limits(arguments.adapter_timeout, _MEMORY)

    def hello(self):
        return {"name": os.path.basename(self._command[-1]), "level": 0}

    def load(self, path, options, level):
        if options:
            return None
        self.fault = None
        where = os.path.basename(path)
        process = Process(self._command + [path], self._folder, subprocess.DEVNULL)
        try:
            line = last_line(*process.read_all(self.case))
        except Fault as fault:
            self.fault = fault
            self._reporter.fault(where, fault)
            for told in telling(process.stderr()):
                print("  stderr: " + told)
            return None
        finally:
            process.kill()
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
    """The first may take as long as the start of the adapter; `asked` is what the user allows the others, or None.

    False when the adapter says nothing at all, as one that was written for the other mode does.
    """
    right, faults = [], []
    with canaries.files() as found:
        for path, verdict, fault in found:
            begin = time.monotonic()
            answer = talk.load(path, {}, level)
            if verdict == "accept":
                if talk.fault and talk.fault.hint == NOT_ONCE:
                    return False
                talk.case = Limits(canaries.patience(asked, time.monotonic() - begin), _MEMORY)
            if answer and answer["verdict"] != verdict:
                reporter.tell(os.path.basename(path), ["the adapter %s: answered %s" % (fault, answer["verdict"])])
            elif answer:
                right.append(path)
            elif talk.fault and talk.fault.of_the_loader:
                faults.append(path)
    if faults and len(right) == 2 and found[0][0] in right:
        print("%s: %s" % (os.path.basename(faults[0]), _GO_ON))
    return True


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
        if not _canaries(talk, level, reporter, arguments.case_timeout):
            print("the other files are not shown before one has an answer")
            return 1
        for row in _sample(suite, arguments.filter):
            with suite.file(row) as path:
                talk.load(path, row.get("options", {}), level)
        talk.bye()
    finally:
        talk.end()
        workplace.close()
    print("%s, %s" % (counted(reporter.messages, "message"), counted(reporter.problems, "problem")))
    return 1 if reporter.problems else 0
