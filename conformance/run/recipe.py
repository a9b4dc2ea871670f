"""Turns a recipe into the bytes of a file. The language is that of FORMAT.md, chapter "Recipes".

    from recipe import assemble
    data = assemble(text)        # bytes, or RecipeError with the number of the line

Lines are read by words.py, pickle instructions are written by instructions.py, archives by archive.py.
"""

from __future__ import annotations

from archive import Archive
from instructions import instruction
from words import LineError, fields_of, hex_of, integer, is_string, string_of, words

MOST = 256 << 20  # bytes that a recipe may make, unless the caller says otherwise


class RecipeError(ValueError):
    """What is wrong with a recipe, and in which line (the first is 1)."""

    def __init__(self, line, text):
        super().__init__("line %d: %s" % (line, text))
        self.line = line


def _number(width):
    def emit(operands):
        if len(operands) != 1:
            raise LineError("one integer is expected")
        return integer(operands[0], 0, (1 << 8 * width) - 1).to_bytes(width, "little")

    return emit


def _raw(operands):
    if len(operands) != 1:
        raise LineError("RAW takes its bytes as one word of hex digits")
    return hex_of(operands[0], operands[0])


def _text(operands):
    if len(operands) != 1 or not is_string(operands[0]):
        raise LineError("TEXT takes one string")
    return string_of(operands[0])


_PLAIN = {"RAW": _raw, "TEXT": _text, "U8": _number(1), "U16": _number(2), "U32": _number(4), "U64": _number(8)}


def _piece(word, operands):
    """The bytes that a line adds to the file; it is no part of an archive."""
    if word in _PLAIN:
        return _PLAIN[word](operands)
    return instruction(word, operands)


def _statement(archive, found):
    word, operands = found[0], found[1:]
    if word in Archive.PARTS:
        plain = [each for each in operands if "=" not in each or is_string(each)]
        archive.open(word, plain, fields_of(operands[len(plain):]))
        return
    count = 1
    if word == "REPEAT":
        if len(operands) < 2:
            raise LineError("REPEAT takes a count and what is repeated")
        count, word, operands = integer(operands[0], 0, 1 << 32), operands[1], operands[2:]
        if word == "REPEAT" or word in Archive.PARTS:
            raise LineError("only bytes can be repeated, once")
    archive.add(_piece(word, operands), count)


def assemble(text, most=MOST):
    """The bytes that `text` describes, at most `most` of them."""
    archive = Archive(most)
    try:
        for archive.line, line in enumerate(text.split("\n"), 1):
            found = words(line)
            if found:
                _statement(archive, found)
        return archive.finish()
    except LineError as error:
        raise RecipeError(error.line or archive.line, str(error)) from None
