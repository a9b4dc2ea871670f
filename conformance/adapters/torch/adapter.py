"""Real torch as an adapter: PYTHON conformance/adapters/torch/adapter.py, PYTHON that of an environment with torch.

Speaks the persistent mode of PROTOCOL.md. torch is imported once; each file is loaded by a forked child of its own, because torch
keeps state after a failed load. A child that dies takes the adapter with it, by the same signal: that is a crash, and
no verdict. What was loaded is written down by fixtures-gen/canonical.py, as for the observations.
"""

import json
import os
import resource
import signal
import sys
import warnings

import torch

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.path += [os.path.join(TOP, "fixtures-gen"), os.path.join(TOP, "conformance", "run")]

import allowed
import canonical
import elements
import inert
import level1
import options
import venvs
from suite_parts import asking

VERSION = torch.__version__.split("+")[0]
POLICIES = {"unknown-globals": "refuse", "allowlisted-calls": "call", "odd-calls": "python", "device": "refuse",
            "protocol-4": "refuse", "big-endian-v3": "as-torch"}
VARIABLES = ("TORCH_FORCE_WEIGHTS_ONLY_LOAD", "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD")


def release():
    """The pinned release that this environment is, by its torch and its numpy."""
    try:
        import numpy
    except ImportError:
        return VERSION
    return next((name for name, pins in venvs.PINS["releases"].items()
                 if name.partition("+")[0] == VERSION and pins["numpy"] == numpy.__version__), VERSION)


def hello():
    return {"protocol": 1, "name": "torch", "version": VERSION, "language": "python", "level": 2, "isolated": True,
            "homepage": "https://pytorch.org", "policies": POLICIES, "lacks": []}


def skipped(row, load):
    """Why this release is not asked for these options, or None."""
    if not asking.is_asked(row, release()):
        return "torch %s has no such option, or they are about another release" % VERSION
    lacking = options.lacking(torch, load)
    return lacking and "torch %s has no %s" % (VERSION, lacking)


def refusal(error):
    text = str(error)
    message = next((line for line in text.split("\n") if line), "")
    answer = {"verdict": "reject", "detail": "%s: %s" % (type(error).__name__, message[:500])}
    kind = allowed.kind_of(text)
    return {**answer, "kind": kind} if kind else answer


def value_of(path, loaded, load):
    """The canonical value, or None and why it is left out. torch hands out the user's own objects; they are written as inert."""
    try:
        if load.get("allow"):
            loaded = inert.load(path, load["allow"], allowed.find_numpy if "numpy" in load else None)
        text = canonical.document(loaded)
    except Exception as error:  # torch accepted the file, whatever becomes of our writing it down
        return None, "%s: %s" % (type(error).__name__, error)
    return (json.loads(text), "") if text else (None, "limit.depth")


def tensors(path, document):
    """The members of an answer at level 1."""
    try:
        rows = document and level1.tensors_of(document, os.path.getsize(path))
    except elements.BytesNeeded:
        rows = None
    return {"tensors": rows} if rows is not None else {"tensors": None, "truncated": True}


def answer(message):
    """What torch makes of a file, as the members of an answer."""
    row, path = {"options": message["options"]}, message["path"]
    load = asking.load_of(row)
    reason = skipped(row, load)
    if reason:
        return {"verdict": "skip", "reason": reason}
    try:
        with options.asked(torch, load) as keywords:
            loaded = torch.load(path, **keywords)
    except Exception as error:
        return refusal(error)
    if message["level"] == 0:
        return {"verdict": "accept"}
    value, omitted = value_of(path, loaded, load)
    if message["level"] == 1:
        return {"verdict": "accept", **tensors(path, value)}
    return {"verdict": "accept", "value": value, **({"value_omitted": omitted} if omitted else {})}


def child(message, sink):
    for name in VARIABLES:
        os.environ.pop(name, None)
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    sys.setrecursionlimit(20000)  # values nest up to 500 levels, and each is several of JSON
    with os.fdopen(sink, "w", encoding="utf-8") as stream:
        json.dump({"seq": message["seq"], **answer(message)}, stream, separators=(",", ":"), ensure_ascii=True)
    os._exit(0)


def load(message):
    """The line of an answer, from a child of its own. Ends this process as the child ended where there is none."""
    source, sink = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(source)
        try:
            child(message, sink)
        finally:
            os._exit(1)
    os.close(sink)
    with os.fdopen(source, encoding="utf-8") as stream:
        text = stream.read()
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status < 0:
        signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    if status > 0:
        sys.exit(status)
    return text


def main():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in sys.stdin:
        message = json.loads(line)
        if message["cmd"] == "hello":
            print(json.dumps(hello()), flush=True)
        elif message["cmd"] == "load":
            print(load(message), flush=True)
        elif message["cmd"] == "bye":
            break


if __name__ == "__main__":
    main()
