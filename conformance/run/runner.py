"""Shares the cases out among workers and hands the results on in the order of the suite."""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass, field

import isolation
from worker import Stopped, Worker

_STACK = 256 << 20  # address space of a thread: nested JSON is read with recursion
_END_SECONDS = 5.0  # for the threads to end after an interrupt


@dataclass
class Settings:
    """How a run was asked for; None is the suite's or the adapter's own choice."""

    command: list
    once: bool = False
    level: int | None = None
    seconds: float | None = None
    start_seconds: float = 60.0
    exact: bool = False
    jobs: int = 1
    policies: dict = field(default_factory=dict)
    lacks: list = field(default_factory=list)


class InOrder:
    """Takes results as they come and calls `sink` with them in the order of `rows`."""

    def __init__(self, rows, sink):
        self._order = {row["id"]: number for number, row in enumerate(rows)}
        self._sink = sink
        self._waiting = {}
        self._next = 0
        self._lock = threading.Lock()

    def __call__(self, result):
        with self._lock:
            self._waiting[self._order[result.row["id"]]] = result
            while self._next in self._waiting:
                self._sink(self._waiting.pop(self._next))
                self._next += 1


class _Crew:
    """The threads of a run, the cases that are left, and the first exception of any of them."""

    def __init__(self, suite, rows, settings, profile, emit):
        self._cases = queue.SimpleQueue()
        for row in rows:
            self._cases.put(row)
        self._made = (suite, settings, profile, emit, self._stopped)
        self._stop = threading.Event()
        self._error = None
        # An Event of each thread's end: a join that an interrupt ends takes the thread for ended (Python 3.9 to 3.12).
        self._ends = [threading.Event() for _ in range(min(settings.jobs, len(rows)))]

    def _stopped(self):
        return self._stop.is_set()

    def _work(self, end):
        try:
            self._take_cases()
        except BaseException as error:  # told by the main thread
            self._error = self._error or error
            self._stop.set()
        finally:
            end.set()

    def _take_cases(self):
        worker = Worker(*self._made)
        try:
            while True:
                try:
                    row = self._cases.get_nowait()
                except queue.Empty:
                    break
                worker.take(row)
            worker.close()
        except Stopped:
            pass
        finally:
            worker.abandon()

    def run(self):
        started = []
        try:
            for end in self._ends:
                threading.Thread(target=self._work, args=[end], daemon=True).start()
                started.append(end)
            for end in started:
                while not end.wait(0.2):  # one without a limit would not let an interrupt through
                    pass
        except KeyboardInterrupt:
            self._clean_up(started)
            raise
        if self._error:
            raise self._error

    def _clean_up(self, started):
        """Waits until the threads have taken away their folders. Their processes are killed, again for one that was just being started."""
        self._stop.set()
        until = time.monotonic() + _END_SECONDS
        while time.monotonic() < until and not all(end.is_set() for end in started):
            isolation.end_orphans()
            time.sleep(0.01)


def run(suite, rows, settings, profile, sink):
    """Runs `rows` and calls `sink` with each Result, in order. Stops with the exception of a worker, or KeyboardInterrupt."""
    threading.stack_size(_STACK)
    _Crew(suite, rows, settings, profile, InOrder(rows, sink)).run()
