"""What an adapter's processes use and leave behind: memory, working folder, children.

Memory is what is resident above the adapter's idle, the largest of its processes (a forked child shares most of what
its parent holds, so that a sum would count it twice). /proc tells it; where there is none, memory is not checked.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import tempfile

MARKER = "executed"
_PR_SET_CHILD_SUBREAPER = 36


def memory_is_checked():
    return os.path.exists("/proc/self/status")


def _status(pid):
    """(resident, peak) of a process in bytes, or None when it is gone."""
    try:
        with open("/proc/%d/status" % pid, "rb") as file:
            text = file.read()
    except OSError:
        return None
    values = []
    for name in (b"\nVmRSS:", b"\nVmHWM:"):
        at = text.find(name)
        if at < 0:
            return None  # a zombie
        values.append(int(text[at + len(name) : text.index(b"\n", at + 1)].split()[0]) * 1024)
    return tuple(values)


def family(pid):
    """The process and its descendants."""
    found = [pid]
    for one in found:
        try:
            threads = os.listdir("/proc/%d/task" % one)
        except OSError:
            continue
        for thread in threads:
            try:
                with open("/proc/%d/task/%s/children" % (one, thread), "rb") as file:
                    found += [int(word) for word in file.read().split()]
            except OSError:
                continue
    return found


class Gauge:
    """How far a process and its children rise above `idle` bytes, or above where the process was at `settle`."""

    def __init__(self, pid, idle=0):
        self._pid = pid
        self._idle, self._peak = idle, 0
        self.highest = 0

    def settle(self):
        self._idle, self._peak = _status(self._pid) or (0, 0)
        self.highest = 0

    def excess(self):
        """In bytes. A peak between two looks counts, because the kernel remembers it."""
        most = 0
        for pid in family(self._pid):
            resident, peak = _status(pid) or (0, 0)
            most = max(most, peak if peak > self._peak else resident)
        most = max(0, most - self._idle)
        self.highest = max(self.highest, most)
        return most


def kill_family(pid):
    """Ends the process, its group, and those of its descendants that left the group."""
    descendants = family(pid)[1:]
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
    for one in descendants:
        try:
            os.kill(one, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass


def adopt_orphans():
    """From now on what an adapter forked is ours when the adapter is gone, even in a session of its own. Linux only."""
    try:
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    except (OSError, AttributeError):
        pass


def end_orphans():
    """Ends all that is left below this process."""
    for pid in family(os.getpid())[1:]:
        try:
            os.kill(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass


class Workplace:
    """An empty folder that an adapter works in. A case may carry a call that would make a folder of the name MARKER."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="weightsonly-suite-")

    def executed(self):
        """Whether the marker was made; it is taken away."""
        made = os.path.lexists(os.path.join(self.path, MARKER))
        if made:
            self.clear()
        return made

    def clear(self):
        """Takes away whatever lies there."""
        for name in os.listdir(self.path):
            path = os.path.join(self.path, name)
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path, ignore_errors=True)
            else:
                os.unlink(path)

    def close(self):
        shutil.rmtree(self.path, ignore_errors=True)
