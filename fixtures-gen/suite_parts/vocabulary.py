"""The words that rows may use: members, options, policies, capabilities, areas. conformance/FORMAT.md explains them."""

import re

AREAS = ("zip", "legacy", "opcode", "memo", "stack", "policy", "reduce", "build", "storage", "tensor", "value", "numpy",
         "byteorder", "environment", "torchscript", "limit", "security")

POLICIES = {
    "unknown-globals": ("refuse", "inert"),
    "allowlisted-calls": ("inert", "call"),
    "odd-calls": ("refuse", "python"),
    "device": ("label", "refuse"),
    "protocol-4": ("refuse", "accept"),
    "big-endian-v3": ("swapped", "as-torch"),
}
REFUSING = ("refuse",)  # the choices that refuse the file; all others accept it

CAPABILITIES = ("legacy", "zip64", "deflate", "byteorder", "sparse", "quantized", "complex", "subclass", "meta",
                "numpy", "mmap", "options", "environment", "allowlist", "big-file")

FIRST_VERSION = "1.0.0"
TITLE_LENGTH = 120
FILE_LIMIT = 64 * 1024  # bytes; a bigger file is kept as its recipe
SUITE_LIMIT = 3 << 20  # bytes of suite.json
CASES_LIMIT = 8 << 20  # bytes of corpus/cases

ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
ID_LENGTH = 80
VERSION = re.compile(r"\d+\.\d+\.\d+")
KIND = re.compile(r"[a-z]+(?:[.-][a-z0-9]+)*")


def _text(value):
    return isinstance(value, str)


def _flag(value):
    return isinstance(value, bool)


def _texts(value):
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0


def _one_of(*words):
    return lambda value: value in words and isinstance(value, str)


def _named_texts(value):
    return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())


def _globals(value):
    return isinstance(value, list) and all(
        "." in one if isinstance(one, str) else _texts(one) and len(one) == 2 and "." in one[0]
        for one in value)


def _table(members):
    return lambda value: isinstance(value, dict) and bool(value) and all(
        key in members and members[key](one) for key, one in value.items())


OPTIONS = {
    "weights_only": _flag,
    "env": _named_texts,
    "safe_globals": _globals,
    "numpy": _one_of("1.24", "2.4"),
    "endianness": _one_of("native", "little", "big"),
    "map_location": _text,
    "mmap": _flag,
    "encoding": _text,
    "torch": _one_of("1.13", "2.6", "2.10", "2.15"),
    "strict": lambda value: value is True,
}
LIMITS = {"seconds": _number, "rss_mb": _number}

# member -> whether a value of it has the right type
MEMBERS = {
    "id": _text, "title": _text, "why": _text, "rules": _texts, "since": _text, "expect": _text, "policy": _text,
    "kind": _text, "fault": _text, "record": _text, "offset": lambda value: type(value) is int and value >= 0, "flags": _texts,
    "needs": _texts, "options": _table(OPTIONS), "limits": _table(LIMITS), "recipe": _text, "python": _text,
    "torch": _text, "value": _text, "deviation": _text,
}
REQUIRED = ("id", "title", "why", "rules", "expect")
