"""The messages of PROTOCOL.md: written for the adapter, read from it, and checked against conformance/schema/."""

from __future__ import annotations

import json
import os

import policies
import schema

PROTOCOL = 1
DEEPEST = 8000  # nested JSON that is still read; a value of 500 levels needs about 2000


class BadMessage(ValueError):
    """A line that is no message. `line` is its text, `column` (from 1) is where it stops being JSON, or 0."""

    def __init__(self, text, line="", column=0):
        super().__init__(text)
        self.line, self.column = line, column

    def pointed(self, width=100):
        """The line and a caret below the column, cut to `width`; without a column the line alone."""
        start = max(0, self.column - 1 - width // 2) if self.column else 0
        shown = self.line[start : start + width]
        if not self.column:
            return shown
        return "%s\n%s^" % (shown, " " * (self.column - 1 - start))


def home():
    """The folder conformance/: the one above this package, which is a folder or a zipapp."""
    return os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


_schemas = {}


def schema_of(name):
    """The schema conformance/schema/NAME.schema.json."""
    if name not in _schemas:
        with open(os.path.join(home(), "schema", name + ".schema.json"), encoding="utf-8") as file:
            _schemas[name] = json.load(file)
    return _schemas[name]


def hello():
    return {"cmd": "hello", "protocol": PROTOCOL}


def load(seq, path, level, options):
    return {"cmd": "load", "seq": seq, "path": path, "level": level, "options": options}


def bye():
    return {"cmd": "bye"}


def line(message):
    """A message as the bytes of a line."""
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode("utf-8") + b"\n"


def _no_constant(word):
    raise ValueError("%s is no JSON" % word)


def parse(data):
    """The JSON object of a line of bytes, or BadMessage."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadMessage("not UTF-8: byte %d is 0x%02x" % (error.start + 1, data[error.start]),
                         data.decode("utf-8", "replace")) from None
    text = text.rstrip("\r\n")
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise BadMessage("not JSON: %s at column %d" % (error.msg, error.colno), text, error.colno) from None
    except ValueError as error:
        raise BadMessage("not JSON: %s" % error, text) from None
    except RecursionError:
        raise BadMessage("JSON that is nested deeper than %d" % DEEPEST, text) from None
    if not isinstance(value, dict):
        raise BadMessage("no JSON object", text)
    return value


def problems(value, name):
    """What is wrong with a message of the adapter; `name` is "hello-answer" or "answer"."""
    yield from schema.check(value, schema_of(name))
    if name == "hello-answer":
        yield from ("$." + text for text in policies.problems(
            _dict(value.get("policies")), value.get("lacks") if isinstance(value.get("lacks"), list) else ()))


def _dict(value):
    return {k: v for k, v in value.items() if isinstance(v, str)} if isinstance(value, dict) else {}


def answer_problems(value, level, seq=None):
    """What is wrong with an answer to a load at `level`; `seq` is None in simple mode."""
    yield from problems(value, "answer")
    if seq is not None and not schema.same(value.get("seq"), seq):
        yield "$.seq: have %s, want %d" % (json.dumps(value.get("seq")), seq)
    if value.get("verdict") == "accept" and level >= 1:
        member, excuse = ("tensors", "truncated") if level == 1 else ("value", "value_omitted")
        if value.get(member) is None and not value.get(excuse):
            yield "$: %s is missing: an accepted file at level %d has it" % (member, level)
