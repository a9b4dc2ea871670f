"""What torch answers for each file: the oracle process.

Usage: PYTHON observe.py [--seconds N] < FILES > ANSWERS. Reads one path a line, with a tab and the JSON of a `load`
object (options.py) behind it where options are asked for; writes one line of JSON per file, in the same order:
{"verdict":"accept","value":VALUE,"torch":"2.15.0"} with the canonical value (canonical.py), or
{"verdict":"reject","exception":"TypeError","message":"...","torch":"2.15.0"}, or a verdict of "crash" or "timeout", or
"unavailable" with the `option` that this release does not have, or "unwritable": accepted, but the value has no words.
With an allowlist the value is that of inert.py, because torch hands out the user's own objects; where the request says
"value_of_refused", a refusal has what inert.py makes of the file too, as `deviation_value`, and where it says
"without_value" the value is left out. Where it says "poison", a list of bytes, the file is loaded once for each, with fresh memory
filled with that byte: answers that differ are joined by "unstable":true, because the file did not supply all of it. Where it says
"alone", nothing but the file is in its folder, and an answer has "executed":true when there was more afterwards.
torch is imported once; each file is loaded by a forked child of its own, because torch keeps state after a failed
load. Addresses in messages are replaced, so that equal runs give equal bytes.
"""

import ctypes
import json
import os
import re
import select
import shutil
import signal
import sys
import time
import warnings

import torch

import allowed
import canonical
import inert
import options

VERSION = torch.__version__.split("+")[0]


def _fields(**fields):
    return "{%s}" % ",".join("%s:%s" % (canonical.quote(k), v) for k, v in fields.items())


def _answer(line):
    quote = canonical.quote
    path, _, asked = line.partition("\t")
    load = json.loads(asked or "{}")
    lacking = options.lacking(torch, load)
    if lacking:
        return _fields(verdict=quote("unavailable"), option=quote(lacking), torch=quote(VERSION))
    os.chdir(os.path.dirname(path) or ".")
    answer = _loaded(path, load)
    others = [name for name in os.listdir(".") if name != os.path.basename(path)] if load.get("alone") else []
    for name in others:  # the next load of this file finds its folder as this one did
        shutil.rmtree(name) if os.path.isdir(name) else os.unlink(name)
    return answer[:-1] + ',"executed":true}' if others else answer


def _loaded(path, load):
    quote = canonical.quote
    try:
        with options.asked(torch, load) as keywords:
            loaded = torch.load(os.path.basename(path), **keywords)
    except Exception as error:
        text = str(error).split("\nException raised from", 1)[0]  # a C++ stack names the machine's folders
        message = re.sub(r"0x[0-9a-f]{6,}", "0x...", text).encode("utf-8", "backslashreplace").decode()
        more = {"deviation_value": canonical.document(_inert(path, load))} if load.get("value_of_refused") else {}
        return _fields(verdict=quote("reject"), exception=quote(type(error).__name__), message=quote(message),
                       torch=quote(VERSION), **more)
    if load.get("without_value"):
        return _fields(verdict=quote("accept"), value="null", value_omitted=quote("deviation"), torch=quote(VERSION))
    value = canonical.document(_inert(path, load) if load.get("allow") else loaded)
    if value is None:
        return _fields(verdict=quote("accept"), value="null", value_omitted=quote("limit.depth"), torch=quote(VERSION))
    return _fields(verdict=quote("accept"), value=value, torch=quote(VERSION))


def _inert(path, load):
    return inert.load(os.path.basename(path), load["allow"], allowed.find_numpy if "numpy" in load else None)


_M_PERTURB = -6  # mallopt: fill what is handed out with the complement of a byte, and what is given back with the byte


def _child(path, sink, poisons):
    """Writes one answer a line for each byte of `poisons`."""
    os.environ.pop("TORCH_FORCE_WEIGHTS_ONLY_LOAD", None)
    os.environ.pop("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", None)
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    with os.fdopen(sink, "w", encoding="utf-8") as stream:
        for poison in poisons:
            if poison:
                ctypes.CDLL(None).mallopt(_M_PERTURB, poison)
            try:
                text = _answer(path)
            except BaseException as error:
                text = _fields(verdict='"unwritable"', message=canonical.quote("%s: %s" % (type(error).__name__, error)))
            stream.write(text + "\n")
            stream.flush()
    os._exit(0)


def _collect(source, child, seconds):
    """All that the child writes, or None when it has not finished in time."""
    deadline = time.monotonic() + seconds
    pieces = []
    while True:
        ready, _, _ = select.select([source], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            os.kill(child, signal.SIGKILL)
            return None
        piece = os.read(source, 1 << 16)
        if not piece:
            return b"".join(pieces).decode("utf-8")
        pieces.append(piece)


def observe(path, seconds):
    """The answer; with several bytes of poison a child that gave the same answer to all of them is believed, and otherwise each
    byte gets a child of its own, because torch keeps state after a failed load."""
    poisons = json.loads(path.partition("\t")[2] or "{}").get("poison", [0])
    answers = _ask(path, seconds, poisons)
    if len(answers) != len(poisons) or len(set(answers)) != 1:
        answers = [_ask(path, seconds, [poison])[0] for poison in poisons]
    return answers[0] if len(set(answers)) == 1 else answers[0][:-1] + ',"unstable":true}'


def _ask(path, seconds, poisons):
    """The answers of a child; how it ended, in place of those that it did not give."""
    source, sink = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(source)
        _child(path, sink, poisons)
    os.close(sink)
    text = _collect(source, child, seconds)
    os.close(source)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if text is None:
        return [_fields(verdict='"timeout"', torch=canonical.quote(VERSION))]
    answers = text.split("\n")[:-1]
    died = _fields(verdict='"crash"', message=canonical.quote("exit %d" % status), torch=canonical.quote(VERSION))
    return answers if len(answers) == len(poisons) else answers + [died]


def main():
    seconds = float(sys.argv[2]) if sys.argv[1:2] == ["--seconds"] else 30.0
    for line in sys.stdin:
        sys.stdout.write(observe(line.rstrip("\n"), seconds) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    main()
