"""Seeds of the targets handler_*: the state that a pickle of the suite has before an instruction, then that instruction, then the rest.

The form is that of fuzz/support/machine_setting.h and machine_program.h. Pickles are taken apart and never run.
"""

from __future__ import annotations

import io
import pickletools
import struct
import zipfile
import zlib

MOST_SEEDS = 250
MOST_PIECE = 1024  # bytes of a prefix or rest: longer ones make slow seeds
ALONE = 6  # instructions before the one under test that are pieces of their own, so that an engine can put others between them

RUN_HANDLER = 128
RUN_PICKLE = 129
FREE_NAME = 240

# The first byte of a setting, and the second one.
TORCHSCRIPT = 0x01
STREAM_IDS = 0x02
FINISH = 0x80
USER_LIST = 1 << 3
USER_LIST_WITH_NUMPY = 3 << 3
NUMPY_2 = 3 << 5

# What zipfile raises for the archives of the suite that are broken on purpose.
_NO_ARCHIVE = (zipfile.BadZipFile, zlib.error, struct.error, RuntimeError, ValueError, ArithmeticError, EOFError, OSError)


def pickles(content):
    """The pickles of a file of any kind, and whether they are those of a legacy stream: (bytes, bool)."""
    if content[:2] == b"PK" or b"PK\x05\x06" in content[-128:]:
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                for info in archive.infolist():
                    if info.filename.endswith(".pkl") and info.file_size < 1 << 16:
                        yield archive.read(info), False
        except _NO_ARCHIVE:
            pass
        return
    stream = io.BytesIO(content)
    while stream.tell() < len(content):
        start = stream.tell()
        try:
            for _ in pickletools.genops(stream):
                pass
        except (ValueError, UnicodeDecodeError):
            yield content[start:], True
            return
        yield content[start:stream.tell()], True


def instructions(pickle):
    """(name, offset, end) of every instruction up to STOP, or to the first that is none."""
    found = []
    try:
        for opcode, _, offset in pickletools.genops(pickle):
            if found:
                found[-1][2] = offset
            found.append([opcode.name, offset, offset + 1])
    except (ValueError, UnicodeDecodeError):
        found = found[:-1]
    return found


def _short(text):
    return bytes([len(text)]) + text if len(text) < 256 else None


def _operand(name, body):
    """The operand of an instruction as a program has it, or None where it cannot. `body`: what follows the opcode."""
    if name in ("BINUNICODE", "SHORT_BINSTRING", "LONG1"):
        return _short(body[4:] if name == "BINUNICODE" else body[1:])
    if name == "GLOBAL":
        module, name_line, _ = body.split(b"\n", 2)
        parts = _short(module), _short(name_line)
        return None if None in parts else bytes([FREE_NAME]) + parts[0] + parts[1]
    return body


def _piece(pickle):
    return bytes([RUN_PICKLE]) + len(pickle).to_bytes(2, "little") + pickle if pickle else b""


def _before(pickle, found, index):
    """The pieces of what stands before an instruction."""
    bounds = [0, *(at for _, at, _ in found[max(0, index - ALONE):index + 1])]
    return b"".join(_piece(pickle[begin:end]) for begin, end in zip(bounds, bounds[1:]))


def _setting(pickle, stream, finish):
    first = (STREAM_IDS if stream else 0) | (TORCHSCRIPT if b"c__torch__" in pickle else 0) | (FINISH if finish else 0)
    return bytes([first, USER_LIST_WITH_NUMPY | NUMPY_2 if b"numpy" in pickle else USER_LIST])


def _candidates(files, opcode):
    """(names, before, name, seed): the kind of the pickle and what it names, the two opcodes before the instruction, and the seed."""
    for case, content in files:
        for number, (pickle, stream) in enumerate(pickles(content)):
            found = instructions(pickle)
            names = stream, frozenset(pickle[at:end] for name, at, end in found if name == "GLOBAL")
            rest_end = next((at for name, at, _ in found if name == "STOP"), len(pickle))
            for index, (name, at, end) in enumerate(found):
                if name.lower() != opcode or at > MOST_PIECE:
                    continue
                operand = _operand(name, pickle[at + 1:end])
                if operand is None:
                    continue
                seed = (_setting(pickle, stream, index % 2 == 1) + _before(pickle, found, index) + bytes([RUN_HANDLER]) + operand +
                        _piece(pickle[end:max(end, rest_end)][:MOST_PIECE]))
                yield names, tuple(each[0] for each in found[max(0, index - 2):index]), "%s.%d.%d" % (case, number, at), seed


def _smallest(candidates, kind_of):
    """The smallest candidate of each kind, the smaller ones first."""
    found = {}
    for candidate in candidates:
        known = found.setdefault(kind_of(candidate), candidate)
        if (len(candidate[3]), candidate[2]) < (len(known[3]), known[2]):
            found[kind_of(candidate)] = candidate
    return sorted(found.values(), key=lambda candidate: (len(candidate[3]), candidate[2]))


def seeds(files, target):
    """At most MOST_SEEDS seeds, (name, bytes): the smallest for each set of names, then the smallest that differ otherwise."""
    candidates = list(_candidates(files, target.removeprefix("handler_")))
    chosen = {}
    for kind_of in (lambda candidate: candidate[0]), (lambda candidate: candidate[:2]):
        for _, _, name, seed in _smallest(candidates, kind_of):
            if len(chosen) < MOST_SEEDS:
                chosen.setdefault(seed, name)
    for seed, name in chosen.items():
        yield name, seed
