"""One process of an adapter: lines to it and from it, within a time and a memory limit, and its end.

    process = Process(command, folder)      # AdapterBroken when it cannot be started
    process.send(message)
    data = process.read_line(Limits(seconds, memory))     # or Fault: crash, timeout, memory, protocol-error
    process.kill()

Every process has a session of its own, so that what it forks ends with it.
"""

from __future__ import annotations

import fcntl
import os
import selectors
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass

import isolation

LONGEST_LINE = 512 << 20
_TICK = 0.01  # seconds between two looks at the memory
_STDERR_HEAD, _STDERR_TAIL = 8000, 8000  # bytes; a panic of Go begins with what counts, a traceback of Python ends with it
_MOST_STDERR = 64 << 20


class AdapterBroken(Exception):
    """The adapter cannot be used at all: it does not start, or fails a canary."""


class Fault(Exception):
    """What went wrong with the process instead of an answer: `outcome`, a sentence, and for who writes an adapter a hint."""

    def __init__(self, outcome, why, hint=""):
        super().__init__(why)
        self.outcome, self.why, self.hint = outcome, why, hint

    @property
    def of_the_loader(self):
        """Whether a loader can be to blame: only an adapter speaks the protocol."""
        return self.outcome != "protocol-error"


@dataclass
class Limits:
    seconds: float
    memory: int  # bytes above idle


def ended(status):
    """A process's end in words; `status` as subprocess has it."""
    if status >= 0:
        return "exit status %d" % status
    try:
        return "signal %d (%s)" % (-status, signal.Signals(-status).name)
    except ValueError:
        return "signal %d" % -status


class Process:
    def __init__(self, command, folder, stdin=subprocess.PIPE, idle=0):
        self._stderr = tempfile.TemporaryFile()
        fcntl.fcntl(self._stderr, fcntl.F_SETFL, os.O_APPEND)  # so that it can be emptied under its writer
        try:
            self._child = subprocess.Popen(command, cwd=folder, stdin=stdin, stdout=subprocess.PIPE, stderr=self._stderr,
                                           start_new_session=True, bufsize=0)
        except OSError as error:
            self._stderr.close()
            raise AdapterBroken("%s cannot be started: %s" % (command[0], error.strerror)) from None
        self._buffer = bytearray()
        self._seen = 0  # bytes of the buffer without a line feed
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._child.stdout, selectors.EVENT_READ)
        self.gauge = isolation.Gauge(self._child.pid, idle)

    def send(self, data):
        """A pipe that nobody reads is no error here: the end of the process is told by the next read_line."""
        os.ftruncate(self._stderr.fileno(), 0)
        try:
            self._child.stdin.write(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def close_stdin(self):
        if self._child.stdin:
            try:
                self._child.stdin.close()
            except BrokenPipeError:
                pass

    def read_line(self, limits):
        """The next line with its line feed, or a Fault."""
        deadline = time.monotonic() + limits.seconds
        while True:
            line = self._take_line()
            if line is not None:
                self._watch(limits)
                return line
            if not self._fill(_TICK):
                raise self._end()
            self._watch(limits)
            if time.monotonic() > deadline:
                raise Fault("timeout", "no answer within %.3g s" % limits.seconds)

    def read_all(self, limits):
        """All output until the process ends, and its status: (bytes, status), or a Fault."""
        deadline = time.monotonic() + limits.seconds
        while self._fill(_TICK):
            self._watch(limits)
            if time.monotonic() > deadline:
                raise Fault("timeout", "not finished within %.3g s" % limits.seconds)
        return bytes(self._buffer), self.wait(1.0)

    def pending(self):
        """Output that nobody asked for, or the end of the process, as a Fault; None when all is quiet."""
        if not self._fill(0) and not self._buffer:
            return self._end()
        return self._unasked() if self._buffer else None

    def finish(self, seconds):
        """Waits for the process to end after it was told to. A Fault when it said more, or did not end with 0."""
        self.close_stdin()
        deadline = time.monotonic() + seconds
        while self._fill(_TICK):
            if time.monotonic() > deadline:
                return None
        if self._buffer:
            return self._unasked()
        status = self.wait(1.0)
        return None if status in (0, None) else Fault("crash", "answered, then died: %s" % ended(status))

    def _unasked(self):
        line = bytes(self._buffer[:80]).split(b"\n")[0].decode("utf-8", "backslashreplace")
        return Fault("protocol-error", "output after the answer: %s" % line)

    def _take_line(self):
        at = self._buffer.find(b"\n", self._seen)
        if at < 0:
            self._seen = len(self._buffer)
            return None
        line = bytes(self._buffer[: at + 1])
        del self._buffer[: at + 1]
        self._seen = 0
        return line

    def _fill(self, seconds):
        """Reads what is there, waiting `seconds` for it. False: nothing more will come."""
        if self._selector.select(seconds):
            piece = os.read(self._child.stdout.fileno(), 1 << 18)
            self._buffer += piece
            if len(self._buffer) > LONGEST_LINE:
                raise Fault("protocol-error", "a line of more than %d MiB" % (LONGEST_LINE >> 20))
            return bool(piece)
        # A child of the adapter may hold the pipe open after the adapter itself is gone.
        return self._child.poll() is None

    def _watch(self, limits):
        excess = self.gauge.excess()
        if os.fstat(self._stderr.fileno()).st_size > _MOST_STDERR:
            raise Fault("protocol-error", "more than %d MiB on standard error" % (_MOST_STDERR >> 20))
        if excess > limits.memory:
            raise Fault("memory", "%d MiB above idle; at most %d" % (excess >> 20, limits.memory >> 20))

    def _end(self):
        """The Fault of a process that ended, or closed its output, where an answer was due."""
        status = self.wait(1.0)
        cut = " in the middle of a line" if self._buffer else " without an answer"
        if status is None:
            return Fault("protocol-error", "closed its output" + cut)
        return Fault("crash" if status else "protocol-error", "%s%s" % (ended(status), cut))

    def wait(self, seconds):
        """The status, or None when the process still runs."""
        try:
            return self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def stderr(self):
        """What was written to standard error since the last message was sent; of a long text the beginning and the end, in whole lines."""
        file = self._stderr.fileno()
        size = os.fstat(file).st_size
        if size <= _STDERR_HEAD + _STDERR_TAIL:
            data = os.pread(file, size, 0)
        else:
            tail = os.pread(file, _STDERR_TAIL, size - _STDERR_TAIL)
            data = os.pread(file, _STDERR_HEAD, 0) + b"\n...\n" + (tail[:tail.rfind(b"\n") + 1] or tail)
        return data.decode("utf-8", "replace")

    def kill(self):
        isolation.kill_family(self._child.pid)
        self.wait(5.0)
        self._selector.close()
        for stream in (self._child.stdout, self._child.stdin, self._stderr):
            if stream:
                try:
                    stream.close()
                except BrokenPipeError:
                    pass
