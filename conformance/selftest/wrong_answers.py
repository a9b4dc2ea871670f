"""Adapters that say something wrong, each in one way."""

import hashlib
import time

from good import SPOILT, Good, say


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


class SaysWhy(Good):
    """Refuses every case with a sentence that names something of it."""

    def spoil(self, name, found):
        if not name.startswith("canary"):
            return {"verdict": "reject", "kind": "policy", "detail": "\x07class not found: training.%s" % name.replace("-", "_")}


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
