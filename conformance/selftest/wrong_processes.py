"""Adapters whose processes do something wrong, each in one way; what they say is right."""

import os
import signal
import sys
import time

from good import SPOILT, Good, note_pid, say


class Crash(Good):
    def spoil(self, name, found):
        if name == SPOILT:
            print("about to die", file=sys.stderr, flush=True)
            os.abort()


class HangsOnEmpty(Good):
    """One canary alone: a fault of the loader, not of the adapter."""

    def spoil(self, name, found):
        if name == "canary-empty":
            time.sleep(1000)


class DiesOfBadFiles(Good):
    def spoil(self, name, found):
        if found["verdict"] == "reject":
            sys.exit("no checkpoint")


class ExitsWithOne(Good):
    def spoil(self, name, found):
        if found["verdict"] == "reject" and not name.startswith("canary"):
            sys.exit(1)


class ExitsSilently(Good):
    def spoil(self, name, found):
        if name == SPOILT:
            sys.exit(0)


class Hang(Good):
    """FAKE_PID names a file that is there from then on."""

    def spoil(self, name, found):
        if name == SPOILT:
            note_pid(os.getpid())
            time.sleep(1000)


class Floods(Good):
    def spoil(self, name, found):
        if name == SPOILT:
            for _ in range(45):
                os.write(2, b"again\n" * (1 << 18))


class HalfLine(Good):
    def spoil(self, name, found):
        if name == SPOILT:
            say({"verdict": "accept"}, end="")
            time.sleep(1000)


class Memory(Good):
    def spoil(self, name, found):
        if name == SPOILT:
            self.eaten = bytearray(b"x") * (200 << 20)
            time.sleep(1000)


class MemoryPeak(Good):
    """Gives back what it took before anybody looks."""

    def spoil(self, name, found):
        if name == SPOILT:
            self.eaten = bytearray(b"x") * (24 << 20)
            del self.eaten
            time.sleep(1)  # in simple mode the process ends with its answer, and what the kernel remembers goes with it


class ForksAndHangs(Good):
    """The child holds standard output open; the parent is gone."""

    def spoil(self, name, found):
        if name == SPOILT:
            if os.fork() == 0:
                time.sleep(1000)
            os._exit(1)


class LeavesAChild(Good):
    """A child that lives on in a session of its own; FAKE_PID names a file for its number."""

    def spoil(self, name, found):
        if name == "canary-good" or "FAKE_PID" not in os.environ:
            return
        pid = os.fork()
        if pid == 0:
            if name == SPOILT:
                os.setsid()
            signal.pause()
        note_pid(pid)


class AnswersThenDies(Good):
    """Is gone when the next file, which takes the runner a moment to make, is to be asked for."""

    def after(self, name):
        if name == SPOILT:
            os._exit(3)


class DiesLate(Good):
    """Answers, and dies so late that the next file has been asked for."""

    def after(self, name):
        if name == SPOILT:
            time.sleep(0.3)
            os.abort()


class KeepsState(Good):
    """A refusal spoils what comes after it in this process."""

    refused = False

    def spoil(self, name, found):
        if self.refused and not name.startswith("canary"):
            return {"verdict": "reject", "kind": "pickle.memo-missing"}
        self.refused = found["verdict"] == "reject" and not name.startswith("canary")


class DiesOfMany(Good):
    """Ends on its own when it is asked for a fifth file, whatever it is."""

    def spoil(self, name, found):
        if self.files == 5:
            os.abort()


class DiesOfNine(Good):
    """Ends on its own after nine files, while the runner makes the tenth."""

    def after(self, name):
        if self.files == 9:
            os._exit(3)


class StartsTwice(Crash):
    """A third process of it, by the file that FAKE_PID names, is none."""

    def __init__(self):
        super().__init__()
        note_pid(os.getpid())
        with open(os.environ["FAKE_PID"], encoding="utf-8") as file:
            if len(file.readlines()) > 2:
                sys.exit(1)


class Litters(Good):
    """Leaves files where it works, and dies when it finds one at its start."""

    def __init__(self):
        super().__init__()
        if os.listdir("."):
            sys.exit("not empty")
        for name in ("a", "b"):
            with open(name, "w", encoding="utf-8"):
                pass
        os.mkdir("c")
        os.symlink("nowhere", "d")

    def spoil(self, name, found):
        if name == "none":
            os.abort()


class Executes(Good):
    def spoil(self, name, found):
        if name == "call-mkdir":
            os.mkdir("executed")


class Stays(Good):
    """Does not end when it is told to."""

    stays = True


class DiesAtStart(Good):
    def __init__(self):
        sys.exit("no such module: torch")


class SilentAtStart(Good):
    def __init__(self):
        time.sleep(1000)
