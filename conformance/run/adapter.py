"""An adapter, persistent or simple (one process per file): how it is started, greeted and asked. PROTOCOL.md.

Both kinds have the same face:

    adapter.start()                                   Fault or AdapterBroken when there is no good hello
    adapter.load(path, options, level, limits)        the answer, checked; or Fault
    adapter.workplace                                 the folder that its processes work in, empty at each start
    adapter.used                                      how many files this process has loaded
    adapter.stop()                                    kills what is there; `start` may follow
"""

from __future__ import annotations

import os
import subprocess

import messages
from process import Fault, Limits, Process, ended

_NO_LIMIT = 1 << 62

ONCE = "a one-shot adapter needs --once"
NOT_ONCE = "does it speak the persistent protocol? leave --once out"


def absolute(command):
    """The command with every word that names a file made absolute: adapters run in a folder of their own."""
    return [os.path.abspath(word) if not word.startswith("-") and os.path.exists(word) else word for word in command]


def _checked(data, problems):
    """The message of a line, or Fault with its first problem. `problems` is asked with the parsed message."""
    try:
        message = messages.parse(data)
    except messages.BadMessage as error:
        raise Fault("protocol-error", "%s: %s" % (error, error.pointed(60).split("\n")[0])) from None
    for problem in problems(message):
        raise Fault("protocol-error", problem)
    return message


def first_line(process, limits):
    """The answer to hello. A process that ends instead may have been written for the other mode."""
    try:
        return process.read_line(limits)
    except Fault as fault:
        raise Fault(fault.outcome, fault.why, ONCE if process.wait(0) is not None else "") from None


def last_line(data, status):
    """The answer of a simple adapter among all that it printed."""
    if status != 0:
        raise Fault("crash", "does not end" if status is None else ended(status))
    if not data.strip():
        raise Fault("protocol-error", "it printed nothing", NOT_ONCE)
    return data.rstrip(b"\r\n").rsplit(b"\n", 1)[-1]


class Persistent:
    """Speaks JSON Lines with one process for many files. After a Fault the process is of no more use."""

    def __init__(self, command, workplace, start_seconds):
        self._command, self.workplace = command, workplace
        self._start_seconds = start_seconds
        self._process = None
        self._seq = 0
        self.used = 0

    def start(self):
        """Greets a new process; its hello as a dict."""
        self.workplace.clear()
        self._process = Process(self._command, self.workplace.path)
        self._seq = self.used = 0
        self._process.send(messages.line(messages.hello()))
        data = first_line(self._process, Limits(self._start_seconds, _NO_LIMIT))
        answer = _checked(data, lambda message: messages.problems(message, "hello-answer"))
        self._process.gauge.settle()
        return answer

    @property
    def running(self):
        return self._process is not None

    def pending(self):
        """What the process did since its last answer that it should not have done, as a Fault, or None."""
        return self._process.pending()

    def load(self, path, options, level, limits):
        self._seq += 1
        self.used += 1
        self._process.send(messages.line(messages.load(self._seq, path, level, options)))
        data = self._process.read_line(limits)
        return _checked(data, lambda message: messages.answer_problems(message, level, self._seq))

    def finish(self, seconds):
        """Says bye. What was wrong with the end, as a Fault, or None."""
        self._process.send(messages.line(messages.bye()))
        fault = self._process.finish(seconds)
        self.stop()
        return fault

    def stderr(self):
        return self._process.stderr() if self._process else ""

    def stop(self):
        if self._process:
            self._process.kill()
            self._process = None


class Once:
    """`ADAPTER FILE` for each file: the last line of its output is the answer, and it ends with 0."""

    def __init__(self, command, workplace):
        self._command, self.workplace = command, workplace
        self._stderr = ""
        self.running = False
        self.used = 0
        self.idle = None  # bytes that the good canary took: the first file, unless it is set; others are measured against it

    def start(self):
        """A simple adapter says nothing of itself; `level` is found with the canary."""
        self.running = True
        return {"protocol": messages.PROTOCOL, "name": os.path.basename(self._command[-1]), "version": "", "level": 2,
                "policies": {}, "lacks": []}

    def pending(self):
        return None

    def load(self, path, options, level, limits):
        if options:
            return {"verdict": "skip", "reason": "simple mode has no options"}
        self.workplace.clear()
        process = Process(self._command + [path], self.workplace.path, subprocess.DEVNULL, self.idle or 0)
        if self.idle is None:
            limits = Limits(limits.seconds, _NO_LIMIT)
        try:
            data, status = process.read_all(limits)
            if self.idle is None:
                self.idle = process.gauge.highest
            return self._answer(data, status, level)
        finally:
            self._stderr = process.stderr()
            process.kill()

    def _answer(self, data, status, level):
        return _checked(last_line(data, status), lambda message: messages.answer_problems(message, level))

    def finish(self, seconds):
        return None

    def stderr(self):
        return self._stderr

    def stop(self):
        self.running = False
