"""Adapters that are wrong in one way each, for the tests of the runner: python3 fake.py BEHAVIOUR

It knows the right answers from tiny/suite.json, by the name of the file, and spoils one (that to tensor-two, mostly) or all.
With a file behind the behaviour it is a simple adapter: one answer, and the end.
"""

import hashlib
import json
import os
import signal
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SPOILT = "tensor-two"
GOOD = {"verdict": "accept", "tensors": [{"path": ["w"], "dtype": "float32", "shape": [1], "data": "0000803f"}],
        "value": {"root": {"t": "none"}, "storages": []}}


def right_answer(name, choices):
    """What a good loader says to the file of that name."""
    if name.startswith("canary-"):
        return dict(GOOD) if name == "canary-good" else {"verdict": "reject", "kind": "container"}
    with open(os.path.join(HERE, "tiny", "suite.json"), encoding="utf-8") as file:
        row = next(row for row in json.load(file)["cases"] if row["id"] == name)
    expect = row["expect"]
    if expect == "accept" or expect.startswith("either") and choices.get(row["policy"]) == "inert":
        return {"verdict": "accept", "tensors": row["tensors"], "value": row["value"]}
    kind = row["kind"] if expect.startswith("either") else expect.split()[1].rstrip(",")
    found = {"verdict": "reject", "kind": kind, "detail": "as expected"}
    return {**found, **{name: row[name] for name in ("record", "offset") if name in row}}


def say(message, end="\n"):
    sys.stdout.write(json.dumps(message, separators=(",", ":")) + end)
    sys.stdout.flush()


def note_pid(pid):
    """Adds a number to the file that FAKE_PID names."""
    if "FAKE_PID" in os.environ:
        with open(os.environ["FAKE_PID"], "a", encoding="utf-8") as file:
            file.write("%d\n" % pid)


class Good:
    """The face of an adapter. `answer` says what there is to say to one file."""

    hello = {"protocol": 1, "name": "fake", "version": "1", "language": "python", "level": 1}

    stays = False

    def __init__(self):
        self.choices = self.hello.get("policies", {})
        self.files = 0

    def answer(self, name, seq, level=None):
        """Without a level, the answer has what each level asks for."""
        self.files += 1
        found = right_answer(name, self.choices)
        for member, its in (("tensors", 1), ("value", 2)):
            if level not in (None, its):
                found.pop(member, None)
        say({"seq": seq, **(self.spoil(name, found) or found)})
        self.after(name)

    def spoil(self, name, found):
        """Another answer, or none."""

    def after(self, name):
        """What is done when the answer is out."""


class AcceptAll(Good):
    def spoil(self, name, found):
        return {"verdict": "accept", "tensors": []}


class RejectAll(Good):
    def spoil(self, name, found):
        return {"verdict": "reject", "kind": ""}


class AcceptsCases(Good):
    def spoil(self, name, found):
        return None if name.startswith("canary") else {"verdict": "accept", "tensors": found.get("tensors", [])}


class RefusesCases(Good):
    def spoil(self, name, found):
        return None if name.startswith("canary") else {"verdict": "reject", "kind": "", "detail": "\x1b[31mno\n"}


class Crash(Good):
    def spoil(self, name, found):
        if name == SPOILT:
            print("about to die", file=sys.stderr, flush=True)
            os.abort()


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


class Garbage(Good):
    def spoil(self, name, found):
        if name == SPOILT:
            print("tensor(2.0)", flush=True)


class GarbageLast(Good):
    def after(self, name):
        if name == SPOILT:
            print("done", flush=True)


class Typo(Good):
    def spoil(self, name, found):
        if name == SPOILT:
            return {"verdict": "accept", "tensor": []}


class Liar(Good):
    """Says that it hashed what it did not read."""

    def spoil(self, name, found):
        if found["verdict"] == "accept" and not name.startswith("canary"):
            return {**found, "tensors": [{**{k: v for k, v in one.items() if k != "data"},
                                          "sha256": hashlib.sha256(b"").hexdigest()} for one in found.get("tensors", ())]}


class Hashes(Good):
    """Gives a hash where the row gives bytes, which is as good."""

    def spoil(self, name, found):
        if found["verdict"] == "accept":
            return {**found, "tensors": [{**{k: v for k, v in one.items() if k != "data"}, "sha256":
                                          hashlib.sha256(bytes.fromhex(one["data"])).hexdigest()} for one in found["tensors"]]}


class WrongByte(Good):
    def spoil(self, name, found):
        if name == SPOILT:
            return {**found, "tensors": [{**one, "data": one["data"][:-1] + "1"} for one in found["tensors"]]}


class Drops(Good):
    def spoil(self, name, found):
        if name == SPOILT:
            return {**found, "tensors": found["tensors"][:1]}


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


class OutOfOrder(Good):
    def answer(self, name, seq, level=None):
        super().answer(name, seq - 1 if name == SPOILT else seq, level)


class Twice(Good):
    delay = 0

    def after(self, name):
        if name == SPOILT:
            time.sleep(self.delay)
            say({"seq": 1, "verdict": "reject"})


class TwiceLate(Twice):
    """The second answer comes when the next file has been asked for."""

    delay = 0.5


class Chatty(Good):
    def spoil(self, name, found):
        if name == SPOILT:
            print("loading %s ..." % name, flush=True)


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


class NoKinds(Good):
    def spoil(self, name, found):
        return {"verdict": "reject"} if found["verdict"] == "reject" else None


class CoarseKinds(Good):
    def spoil(self, name, found):
        if found["verdict"] == "reject":
            return {"verdict": "reject", "kind": found["kind"].split(".")[0]}


class OtherPlace(Good):
    def spoil(self, name, found):
        if "offset" in found:
            return {**found, "offset": 4}


class Skips(Good):
    hello = {**Good.hello, "lacks": ["legacy"]}

    def spoil(self, name, found):
        if name == SPOILT:
            return {"verdict": "skip", "reason": "two are too many"}


class Inert(Good):
    hello = {**Good.hello, "policies": {"unknown-globals": "inert"}}


class SaysInertAndRefuses(Inert):
    def __init__(self):
        super().__init__()
        self.choices = {}


class SaysRefuseAndKeeps(Good):
    hello = {**Good.hello, "policies": {"unknown-globals": "refuse"}}

    def __init__(self):
        super().__init__()
        self.choices = {"unknown-globals": "inert"}


class Stays(Good):
    """Does not end when it is told to."""

    stays = True


class Whole(Good):
    hello = {**Good.hello, "level": 2}


class Deep(Whole):
    """Nests deeper than any value does."""

    def spoil(self, name, found):
        if name == SPOILT:
            print('{"seq":1,"verdict":"accept","value":%s%s}' % ("[" * 100000, "]" * 100000), flush=True)


class WholeDrops(Whole):
    def spoil(self, name, found):
        if name == SPOILT:
            del found["value"]["root"]["v"][1], found["value"]["storages"][1]


class WholeWrong(Whole):
    def spoil(self, name, found):
        if name == SPOILT:
            found["value"]["storages"][1]["nbytes"] = 8.0


class Embargoed(Drops):
    hello = {**Good.hello, "name": "embargoed"}


class BadHello(Good):
    hello = {**Good.hello, "level": 7}


class BadPolicy(Good):
    hello = {**Good.hello, "policies": {"unknown-globals": "maybe"}}


class DiesAtStart(Good):
    def __init__(self):
        sys.exit("no such module: torch")


class SilentAtStart(Good):
    def __init__(self):
        time.sleep(1000)


def behaviours():
    """{name: class}: out-of-order for OutOfOrder."""
    classes, found = [Good], {}
    for one in classes:
        classes += one.__subclasses__()
        found["".join("-" + c.lower() if c.isupper() else c for c in one.__name__)[1:]] = one
    return found


def main():
    adapter = behaviours()[sys.argv[1]]()
    if len(sys.argv) > 2:
        print("a line that is no answer")
        adapter.answer(os.path.basename(sys.argv[2])[:-3], 1)
        return
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["cmd"] == "hello":
            say(adapter.hello)
        elif asked["cmd"] == "load":
            adapter.answer(os.path.basename(asked["path"])[:-3], asked["seq"], asked["level"])
        elif asked["cmd"] == "bye":
            break
    if adapter.stays:
        time.sleep(1000)


if __name__ == "__main__":
    main()
