"""The words of a line of a recipe: names, integers, strings and fields. FORMAT.md, chapter "Recipes"."""

from __future__ import annotations

import re


class LineError(ValueError):
    """What is wrong with the line at hand, or with the line `line` where that is set."""

    line = None


_STRING = r'"(?:[^"\\]|\\.)*"'
_WORD = re.compile(r'(?:%s|[^ \t\r"#])+|#.*' % _STRING)
_ESCAPE = re.compile(r"\\(?:([nrt\\\"])|x([0-9a-f]{2})|u\{([0-9a-f]{1,6})\})")
_SIMPLE = {"n": b"\n", "r": b"\r", "t": b"\t", "\\": b"\\", '"': b'"'}
_FIELD = re.compile(r"((?:local\.|central\.)?[a-z_0-9]+)=(.+)", re.S)


def words(line):
    """The words of a line, without its comment. A quote that is not closed is an error."""
    found = []
    at = 0
    while at < len(line):
        if line[at] in " \t\r":
            at += 1
            continue
        match = _WORD.match(line, at)
        if match is None:
            raise LineError("a string is not closed")
        if line[at] == "#":
            break
        found.append(match.group())
        at = match.end()
    return found


def is_string(word):
    return word.startswith('"')


def _escape(match):
    simple, byte, point = match.groups()
    if simple:
        return _SIMPLE[simple]
    if byte:
        return bytes([int(byte, 16)])
    if int(point, 16) > 0x10FFFF:
        raise LineError("\\u{%s} is no code point" % point)
    return chr(int(point, 16)).encode("utf-8", "surrogatepass")


def string_of(word):
    """The bytes of a string: UTF-8, but for what is escaped."""
    if not re.fullmatch(_STRING, word, re.S):
        raise LineError("a string in quotes is expected, not %s" % word)
    text, out, at = word[1:-1], bytearray(), 0
    while at < len(text):
        if text[at] != "\\":
            end = text.find("\\", at)
            end = len(text) if end < 0 else end
            out += text[at:end].encode("utf-8", "surrogatepass")
            at = end
            continue
        match = _ESCAPE.match(text, at)
        if match is None:
            raise LineError("unknown escape %s" % text[at : at + 2])
        out += _escape(match)
        at = match.end()
    return bytes(out)


def hex_of(digits, word):
    """The bytes that lower-case hex digits stand for, two for each."""
    if not re.fullmatch("(?:[0-9a-f]{2})*", digits):
        raise LineError("%s holds no whole number of bytes in lower-case hex digits" % word)
    return bytes.fromhex(digits)


def integer(word, least, most):
    """A decimal number, or one in hex digits behind 0x, in the range least..most."""
    if not re.fullmatch(r"-?[0-9]+|0x[0-9a-f]+", word) or len(word) > 4096:
        raise LineError("an integer is expected, not %s" % word)
    value = int(word, 16 if word.startswith("0x") else 10)
    if not least <= value <= most:
        raise LineError("%s is not in %d..%d" % (word, least, most))
    return value


def _value(word):
    if is_string(word):
        return string_of(word)
    if word.startswith("bytes:"):
        return hex_of(word[6:], word)
    if re.fullmatch(r"[a-z][a-z0-9]*", word):
        return word
    return integer(word, 0, (1 << 64) - 1)


def fields_of(found):
    """{name: value} of NAME=VALUE words; a value is an int, bytes (a string, or hex behind bytes:), or a word."""
    fields = {}
    for word in found:
        match = _FIELD.fullmatch(word)
        if match is None:
            raise LineError("NAME=VALUE is expected, not %s" % word)
        name, value = match.groups()
        if name in fields:
            raise LineError("%s is given twice" % name)
        fields[name] = _value(value)
    return fields
