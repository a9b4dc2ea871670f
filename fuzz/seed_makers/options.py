"""Seeds of the target options: every file with the options of its case, with everything allowed, and with one of many other options.

The form is that of fuzz/targets/options.cc: three bytes of options, then the file.
"""

from __future__ import annotations

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import keys  # noqa: E402  pylint: disable=wrong-import-position

_SUITE = pathlib.Path(__file__).resolve().parents[2] / "conformance" / "suite.json"
_NUMPY = {"1.24": 1, "2.4": 2}
_RELEASES = {"1.13": 1, "2.0": 2, "2.6": 3, "2.10": 4, "2.13": 5}
_ENCODINGS = {"ascii": 1, "latin1": 2, "bytes": 3}
_LOCATIONS = {"meta": 1, "cpu": 2}
_TEXTS = {None: 0, "1": 1, "0": 2, "TRUE": 3}
# Files that are no checkpoints (REC-008, REC-010).
_TEXTS_OF_OTHERS = (b"<!doctype html><p>", b"<?xml version='1.0'?>", b'{"a": 1}', b"#!/bin/sh\n", b"version https://git-lfs.github.com/spec/v1\n",
                    b"some words\n", b"(dp0\n.", b"cos\nsystem\n(S'id'\ntR.", b"cos.\x01\n\n.", b"}q\x00.")
_ALL_NAMES, _NUMPY_NAMES, _OFFSETS, _CONSTRUCTORS = 1, 2, 0x40, 0x80


def bits(options):
    """The three bytes nearest to the options of a case."""
    numpy, safe = _NUMPY.get(options.get("numpy"), 0), options.get("safe_globals")
    names = (_ALL_NAMES if safe else 0) | (_NUMPY_NAMES if numpy else 0)
    names |= numpy << 2 | _RELEASES.get(options.get("torch"), 0) << 4 | (0x80 if options.get("strict") else 0)
    location = options.get("map_location")
    places = _LOCATIONS.get(location, 3) if isinstance(location, str) else 3 if location else 0
    places |= _ENCODINGS.get(options.get("encoding"), 0) << 4 | (0x40 if options.get("endianness") == "big" else 0)
    environment, only = options.get("env") or {}, options.get("weights_only")
    ways = 0 if only is None else 1 if only else 2
    ways |= _TEXTS.get(environment.get("TORCH_FORCE_WEIGHTS_ONLY_LOAD"), 3) << 2
    ways |= _TEXTS.get(environment.get("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"), 3) << 4
    return bytes((names, places, ways))


def _renamed(data):
    """The storage 0 under the key 1, with which no layout of the writer begins."""
    return data.replace(b"/data/0", b"/data/1").replace(b"X\x01\x00\x00\x000", b"X\x01\x00\x00\x001")


def seeds(files, _target):
    cases = json.loads(_SUITE.read_text(encoding="utf-8"))["cases"]
    options = {case["id"]: case.get("options") or {} for case in cases}
    for number, (name, data) in enumerate(files):
        if options.get(name):
            yield name, bits(options[name]) + data
        yield name + "-allowed", bytes((_ALL_NAMES | _NUMPY_NAMES | 2 << 2, 0, 0)) + data
        if b".format_version" in data:
            yield name + "-offsets", bytes((0, 0, _OFFSETS)) + data
            yield name + "-key-1", bytes((0, 0, _OFFSETS)) + _renamed(data)
        if number % 2:
            yield name + "-places", bytes((0, number // 2 % 16, _OFFSETS)) + data
        else:
            yield name + "-made", bytes((_ALL_NAMES | 0x80, number // 2 % 256, _CONSTRUCTORS)) + data
    for number, text in enumerate(_TEXTS_OF_OTHERS):
        yield f"text-{number}", bytes(3) + text
    for name, data in keys.files():
        yield name, bytes((_ALL_NAMES | _NUMPY_NAMES | 2 << 2, 0, 0)) + data
