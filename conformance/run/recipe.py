"""Turns a recipe into the bytes of a file. The language is that of FORMAT.md, chapter "Recipes".

    from recipe import assemble
    data = assemble(text)        # bytes, or RecipeError with the number of the line

Lines are read by words.py, pickle instructions are written by instructions.py, archives by archive.py.
"""

from __future__ import annotations

from archive import Archive
from instructions import instruction
from words import LineError, fields_of, integer, is_string, string_of, words

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
    try:
        if len(operands[0]) % 2:
            raise ValueError
        return bytes.fromhex(operands[0])
    except ValueError:
        raise LineError("%s is no whole number of hex bytes" % operands[0]) from None


def _text(operands):
    if len(operands) != 1 or not is_string(operands[0]):
        raise LineError("TEXT takes one string")
    return string_of(operands[0])


_PLAIN = {"RAW": _raw, "TEXT": _text, "U8": _number(1), "U16": _number(2), "U32": _number(4), "U64": _number(8)}


def _piece(found, most):
    """The bytes that a line adds to the file, or None when it opens a part of an archive."""
    word, operands = found[0], found[1:]
    if word == "REPEAT":
        if len(operands) < 2:
            raise LineError("REPEAT takes a count and what is repeated")
        count = integer(operands[0], 0, 1 << 32)
        once = _piece(operands[1:], most)
        if once is None or operands[1] == "REPEAT":
            raise LineError("only bytes can be repeated, once")
        if count * len(once) > most:
            raise LineError("this makes more than %d bytes" % most)
        return once * count
    if word in _PLAIN:
        return _PLAIN[word](operands)
    if word in Archive.PARTS:
        return None
    return instruction(word, operands)


def assemble(text, most=MOST):
    """The bytes that `text` describes, at most `most` of them."""
    archive = Archive()
    size = number = 0
    try:
        for number, line in enumerate(text.split("\n"), 1):
            found = words(line)
            if not found:
                continue
            piece = _piece(found, most)
            if piece is None:
                operands = found[1:]
                plain = [word for word in operands if "=" not in word or is_string(word)]
                archive.open(found[0], plain, fields_of(operands[len(plain):]))
            else:
                size += len(piece)
                if size > most:
                    raise LineError("the recipe makes more than %d bytes" % most)
                archive.add(piece)
        return archive.finish()
    except LineError as error:
        raise RecipeError(number, str(error)) from None
