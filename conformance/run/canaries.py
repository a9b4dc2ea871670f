"""Three files that tell a working adapter from a broken one, before any case is run.

A minimal good file must be accepted; an empty file and 16 bytes of nothing must be refused. An adapter that accepts all,
refuses all or dies at once says nothing about a loader, so that no report is written for it. A loader that dies of one of
the two bad files, or hangs, and refuses the other has a fault for the report: the suite has such files, too.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from dataclasses import dataclass

import recipe
from process import AdapterBroken, Fault, Limits
from traces import telling

# {"w": tensor([1.0])}
GOOD = '''CHECKPOINT
PROTO 2
EMPTY_DICT
BINUNICODE "w"
GLOBAL "torch._utils" "_rebuild_tensor_v2"
MARK
MARK
BINUNICODE "storage"
GLOBAL "torch" "FloatStorage"
BINUNICODE "0"
BINUNICODE "cpu"
BININT1 1
TUPLE
BINPERSID
BININT1 0
BININT1 1
TUPLE1
BININT1 1
TUPLE1
NEWFALSE
GLOBAL "collections" "OrderedDict"
EMPTY_TUPLE
REDUCE
TUPLE
REDUCE
SETITEM
STOP
STORAGE "0"
RAW 0000803f
'''
NOISE = bytes.fromhex("93e1a0c5f2170b6dd84c39be7f5a8201")

SECONDS = 5.0  # what a case may take unless its row says more
_LOADS = 10  # it may also take as long as this many loads of the good canary
_MEMORY = 4 << 30  # bytes; a canary has no measured idle to compare with
_END_SECONDS = 5.0

# name, bytes, verdict, what an adapter that fails it does
CANARIES = (("good", recipe.assemble(GOOD), "accept", "does not accept a minimal good file"),
            ("noise", NOISE, "reject", "does not refuse 16 bytes of noise"),
            ("empty", b"", "reject", "does not refuse an empty file"))


@dataclass
class Profile:
    """What is known of an adapter after its canaries."""

    hello: dict
    level: int
    seconds: float  # that the good file took
    idle: int | None = None  # bytes that the good file took, in simple mode


@contextlib.contextmanager
def files():
    """[(path, verdict, fault)] of the canaries, written down for the time of the block."""
    with tempfile.TemporaryDirectory(prefix="weightsonly-canary-") as folder:
        found = []
        for name, data, verdict, fault in CANARIES:
            path = os.path.join(folder, "canary-%s.pt" % name)
            with open(path, "wb") as file:
                file.write(data)
            found.append((path, verdict, fault))
        yield found


def _highest(hello, answer, once):
    """The level that an adapter takes part at: it says so, or a simple one shows it with its answer."""
    if not once:
        return hello["level"]
    return 2 if "value" in answer else 1 if "tensors" in answer else 0


def patience(asked, took, seconds=SECONDS):
    """What a file may take: what the user asked for, or `seconds` and more where the good canary took long."""
    return asked if asked is not None else seconds + _LOADS * took


def _shown(adapter, canary, level, seconds):
    """The answer to a canary. AdapterBroken when it is the wrong verdict; Fault when there is none."""
    path, verdict, fault = canary
    answer = adapter.load(path, {}, level, Limits(seconds, _MEMORY))
    if answer["verdict"] != verdict:
        raise AdapterBroken("%s: answered %s" % (fault, answer["verdict"]))
    return answer


def _show_bad_files(adapter, bad, level, seconds):
    """The bad files: a verdict for one of them is enough, as long as the other is not accepted."""
    survived = None
    for canary in bad:
        try:
            if not adapter.running:
                adapter.start()
            _shown(adapter, canary, level, seconds)
        except Fault as fault:
            if survived or not fault.of_the_loader:
                raise Fault(fault.outcome, "%s: %s" % (canary[2], fault.why), fault.hint) from None
            survived = fault
            adapter.stop()


def profile(adapter, settings):
    """Greets the adapter and shows it the canaries. AdapterBroken with a sentence, and what it wrote to stderr."""
    try:
        hello = adapter.start()
        asked = 0 if settings.once else hello["level"]
        with files() as (good, *bad):
            begin = time.monotonic()
            level = _highest(hello, _shown(adapter, good, asked, settings.start_seconds), settings.once)
            took = time.monotonic() - begin
            _show_bad_files(adapter, bad, asked, patience(settings.seconds, took))
        fault = adapter.finish(_END_SECONDS) if adapter.running else None
        if fault:
            raise fault
    except Fault as fault:
        hint = "\n  (%s)" % fault.hint if fault.hint else ""
        raise AdapterBroken("%s: %s%s%s" % (fault.outcome, fault.why, _quoted(adapter.stderr()), hint)) from None
    except AdapterBroken as error:
        raise AdapterBroken("%s%s" % (error, _quoted(adapter.stderr()))) from None
    finally:
        adapter.stop()
    if settings.level is not None:
        level = min(level, settings.level)
    return Profile(hello, level, took, adapter.idle if settings.once else None)


def _quoted(stderr):
    return "".join("\n  stderr: " + line for line in telling(stderr))
