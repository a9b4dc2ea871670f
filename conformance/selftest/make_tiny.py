"""Writes tiny/: a suite of a few rows for the tests of the runner, with values worked out by hand.

    python3 conformance/selftest/make_tiny.py            writes it
    python3 conformance/selftest/make_tiny.py --check    exits 1 when what lies there is something else
"""

import hashlib
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "run"))

from recipe import assemble

_ONE = """
GLOBAL "torch._utils" "_rebuild_tensor_v2"
MARK
MARK
BINUNICODE "storage"
GLOBAL "torch" "FloatStorage"
BINUNICODE "%s"
BINUNICODE "cpu"
BININT1 2
TUPLE
BINPERSID
BININT1 0
BININT1 2
TUPLE1
BININT1 1
TUPLE1
NEWFALSE
GLOBAL "collections" "OrderedDict"
EMPTY_TUPLE
REDUCE
TUPLE
REDUCE
"""
_HEAD = "CHECKPOINT\nPROTO 2\n"
_DATA = "0000803f00000040"  # 1.0 and 2.0


def _tensor(path):
    return {"path": path, "dtype": "float32", "shape": [2], "data": _DATA}


def _value(*names):
    def tensor(index):
        return {"t": "tensor", "dtype": "float32", "shape": [2], "stride": [1], "offset": 0, "storage": index,
                "requires_grad": False}

    pairs = [[{"t": "str", "v": name}, tensor(index)] for index, name in enumerate(names)]
    return {"root": {"t": "dict", "v": pairs}, "storages": [{"device": "cpu", "nbytes": 8, "x": _DATA} for _ in names]}


def _none(**more):
    return {"expect": "accept", "value": {"root": {"t": "none"}, "storages": []}, "tensors": [],
            "recipe": _HEAD + "NONE\nSTOP\n", **more}


def _dict(*names):
    sets = "".join('BINUNICODE "%s"%sSETITEM\n' % (name, _ONE % index) for index, name in enumerate(names))
    storages = "".join('STORAGE "%d"\nRAW %s\n' % (index, _DATA) for index in range(len(names)))
    return {"expect": "accept", "value": _value(*names), "tensors": [_tensor([name]) for name in names],
            "recipe": _HEAD + "EMPTY_DICT\n" + sets + "STOP\n" + storages}


def _call(module, name):
    return _HEAD + 'GLOBAL "%s" "%s"\nBINUNICODE "executed"\nTUPLE1\nREDUCE\nSTOP\n' % (module, name)


# id, title, area, rule, the rest; a file is kept where `file` says so
ROWS = [
    ("none", "None alone is a checkpoint", "opcode", "OPC-001", _none(file=True)),
    ("none-under-an-option", "a byte order is asked for that the file does not need", "opcode", "OPC-001",
     _none(options={"endianness": "big"}, needs=["options"])),
    ("memo-get-missing", "BINGET of an index that was never put is refused", "memo", "MEM-002",
     {"expect": "reject pickle.memo-missing", "fault": "memo-index-never-put", "record": "data.pkl", "offset": 2,
      "recipe": _HEAD + "BINGET 7\nSTOP\n", "file": True, "why": "A loader that makes something up hands out wrong data."}),
    ("tensor-one", "a dict of one tensor", "tensor", "TEN-001", {**_dict("w"), "file": True}),
    ("tensor-two", "a dict of two tensors with a storage each", "tensor", "TEN-001",
     {**_dict("w", "b"), "limits": {"rss_mb": 16}, "why": "A model that lost a layer still runs."}),
    ("tensor-none", "a dict without a tensor", "tensor", "TEN-001",
     {"expect": "accept", "value": _value(), "tensors": [], "recipe": _HEAD + "EMPTY_DICT\nSTOP\n", "needs": ["legacy"]}),
    ("tuple-and-a-big-storage", "a storage of 4 MiB that nothing names", "tensor", "TEN-001",
     {"expect": "accept", "value": {"root": {"t": "tuple", "v": []}, "storages": []}, "tensors": [], "recipe": _HEAD +
      'EMPTY_TUPLE\nSTOP\nSTORAGE "0"\nREPEAT 1048576 RAW 00000000\n', "limits": {"seconds": 30, "rss_mb": 300}}),
    ("end-record-cut", "an end record that is cut short is refused", "zip", "ZIP-001",
     {"expect": "reject container.zip.eocd, container.truncated", "fault": "end-record-cut", "recipe":
      'RECORD "a/data.pkl"\nPROTO 2\nNONE\nSTOP\nDIRECTORY\nRAW 504b0506\n', "flags": ["Cut"]}),
    ("global-unknown", "a class that is not on the list is refused, or kept without being called", "policy", "POL-001",
     {"expect": "either: refuse | inert", "policy": "unknown-globals", "kind": "policy.global-not-allowed",
      "fault": "global-not-allowed", "recipe": _HEAD + 'GLOBAL "mine" "Thing"\nSTOP\n',
      "value": {"root": {"t": "object", "class": "mine.Thing", "via": "class"}, "storages": []}, "tensors": []}),
    ("call-mkdir", "a call of os.mkdir is refused", "security", "POL-001",
     {"expect": "reject policy.global-not-allowed", "fault": "global-not-allowed", "recipe": _call("os", "mkdir"),
      "flags": ["Execution"], "why": "A loader that makes the call runs whatever the author of a file wants."}),
]

NOTES = {"Cut": {"bugType": "Validation", "effect": "Half a file is taken for a whole one."},
         "Execution": {"bugType": "Execution", "effect": "Opening the file runs what its author wants."}}


def files():
    """{path below HERE: bytes}"""
    found, cases = {}, []
    for name, title, area, rule, more in sorted(ROWS):
        data = assemble(more["recipe"])
        path = "tiny/%s.pt" % name if more.get("file") else None
        cases.append({"id": name, "title": title, "area": area, "rules": [rule], "since": "1.0.0", **more, "file": path,
                      "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)})
        if path:
            found[path] = data
    suite = {"schema": "weightsonly.suite/1", "version": "0.0.1", "torch": "2.15.0", "cases": cases}
    embargo = {"schema": "weightsonly.embargo/1", "cells": [{"adapter": "embargoed", "id": "tensor-two"}]}
    for path, document in (("suite", suite), ("notes", NOTES), ("embargo", embargo)):
        found["tiny/%s.json" % path] = (json.dumps(document, indent=1) + "\n").encode()
    return found


def _read(path):
    try:
        with open(os.path.join(HERE, path), "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def main():
    different = [path for path, data in files().items() if _read(path) != data]
    if "--check" in sys.argv:
        sys.exit("not what make_tiny.py makes: %s" % ", ".join(different) if different else 0)
    os.makedirs(os.path.join(HERE, "tiny"), exist_ok=True)
    for path in different:
        with open(os.path.join(HERE, path), "wb") as file:
            file.write(files()[path])


if __name__ == "__main__":
    main()
