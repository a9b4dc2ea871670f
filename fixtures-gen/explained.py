"""Which differences between torch's answer and ours are explained, and by what: explained.toml, for ci/differential.

A difference is a file, our answer (of `serve`) and torch's (of observe.py), values as canonical text. What is not
explained counts, so each row is as narrow as the texts allow. The members of a row:

    by          the rule of reference/SPEC.md that says so
    ours        "reject" (the default) or "accept"
    kind        our refusal's kind, the whole of it
    detail      a regular expression for our refusal's detail, the whole of it
    torch       torch's verdict: "accept" (the default), "reject", "unwritable"; a row without `value` takes for acceptance, too, that
                torch accepts what cannot be written (_WITHOUT_WORDS)
    message     a regular expression for torch's message, somewhere in it
    value       a regular expression for the value of the one that accepts, somewhere in it
    record      a regular expression for the record of our refusal, the whole of it
    also        the name of a function below, which must say yes too
    near        details (or messages) that are nearly the same and must not match: for the tests

Besides the rows: where torch has no answer (it ends by a signal, takes too long or more memory than it is given), any answer of
ours explains itself, as we have one.
"""

import io
import json
import re
import struct
import zipfile
from pathlib import Path

try:
    import tomllib
except ImportError:  # Python before 3.11: only the tests and ci/differential need the table
    tomllib = None

TABLE = Path(__file__).with_name("explained.toml")
NO_ANSWER = ("crash", "timeout", "memory")
SILENT = "no answer of torch"
EQUAL_AGAIN = "equal, asked again"
# How canonical.py fails on what torch accepted: a quantized tensor without quantizer (DEV-504), a storage whose state is none (DEV-502).
_WITHOUT_WORDS = re.compile("cannot call qscheme on UnknownQuantizer|^IndexError: list index out of range")
_MAGIC = b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."  # LONG1 of the number that a legacy stream starts with, STOP
_KEYS = {"by", "ours", "kind", "detail", "torch", "message", "value", "record", "also", "near"}


def rows():
    """The rows of the table; ValueError for one that explains more than it should."""
    found = tomllib.loads(TABLE.read_text(encoding="utf-8"))["explained"]
    for row in found:
        check(row)
    return found


def check(row):
    """ValueError unless the row says enough to be narrow."""
    needed = {"by", "detail", "kind", "near"} if row.get("ours", "reject") == "reject" else {"by", "message", "near"}
    if row.get("also") in ("other_units", "other_numbers"):  # these compare both values
        needed = {"by"}
    if needed - row.keys() or row.keys() - _KEYS or row.get("also", "other_units") not in FURTHER:
        raise ValueError("explained.toml: a row with %s" % sorted(row))


def explanation(table, data, ours, torch):
    """What explains the difference: a rule, or "no answer of torch"; None when nothing does."""
    if ours["verdict"] not in ("accept", "reject") or ours.get("kind") in ("internal", "unsupported"):
        return None
    if torch["verdict"] in NO_ANSWER:
        return SILENT
    return next((row["by"] for row in table if matches(row, data, ours, torch)), None)


def settled(table, data, ours, torch):
    """What explains a difference that was looked at again, or EQUAL_AGAIN; memory that the file did not supply explains nothing."""
    if torch.get("unstable") and ours["verdict"] == "accept" or torch.get("executed"):
        return None
    if ours["verdict"] == torch["verdict"] == "reject":
        return EQUAL_AGAIN
    if ours["verdict"] == torch["verdict"] == "accept" and [ours.get(key) for key in ("value", "value_omitted")] == [
            torch.get(key) for key in ("value", "value_omitted")]:
        return EQUAL_AGAIN
    return explanation(table, data, ours, torch)


def matches(row, data, ours, torch):
    theirs = torch["verdict"]
    if theirs == "unwritable" and _WITHOUT_WORDS.search(torch["message"]) and not row.keys() & {"torch", "value"}:
        theirs = "accept"
    if ours["verdict"] != row.get("ours", "reject") or theirs != row.get("torch", "accept"):
        return False
    if ours["verdict"] == "reject" and not _refusal_matches(row, ours):
        return False
    accepts = ours if ours["verdict"] == "accept" else torch
    if not re.search(row.get("message", ""), torch.get("message", "")):
        return False
    if not re.search(row.get("value", ""), accepts.get("value") or ""):
        return False
    return "also" not in row or FURTHER[row["also"]](data, ours, torch)


def _refusal_matches(row, ours):
    return (row["kind"] == ours["kind"] and re.fullmatch(row["detail"], ours["detail"], re.S) is not None
            and re.fullmatch(row.get("record", ".*"), ours.get("record", ""), re.S) is not None)


def other_units(_, ours, torch):
    """Whether all is equal but bytes of storages, and these turn into each other by turning units of 2, 4, 8 or 16 bytes around."""
    values = [json.loads(answer["value"]) for answer in (ours, torch)]
    if any(value is None for value in values):
        return False
    bytes_of = [[storage.pop("x", None) for storage in value["storages"]] for value in values]
    if values[0] != values[1]:
        return False
    pairs = [pair for pair in zip(*bytes_of) if pair[0] != pair[1]]
    return bool(pairs) and all(None not in pair and _turns_into(*map(bytes.fromhex, pair)) for pair in pairs)


def other_numbers(data, ours, torch):
    """Whether the pickle quantizes a tensor and has a BUILD, and all is equal but scales and zero points for channels."""
    rest = [re.sub(r'"scales":\[[^]]*\],"zero_points":\[[^]]*\]', "", answer["value"]) for answer in (ours, torch)]
    pickle = _pickle(data)
    return b"_rebuild_qtensor\n" in pickle and b"b" in pickle.rpartition(b"_rebuild_qtensor\n")[2] and rest[0] == rest[1] and \
        ours["value"] != torch["value"]


def _turns_into(one, other):
    """Whole units only: bytes at the end that fill none stay as they are."""
    def turned(data, unit):
        whole = len(data) - len(data) % unit
        return b"".join(data[i:i + unit][::-1] for i in range(0, whole, unit)) + data[whole:]

    return any(turned(turned(one, a), b) == other for a in (1, 2, 4, 8, 16) for b in (2, 4, 8, 16))


def _directory(data):
    """(name, stored size, size, offset) of the entries of the central directory that signatures and zip64 fields tell."""
    at = -1
    while (at := data.find(b"PK\1\2", at + 1)) >= 0 and at + 46 <= len(data):
        stored, size, name, extra = struct.unpack_from("<IIHH", data, at + 20)
        offset, = struct.unpack_from("<I", data, at + 42)
        fields = data[at + 46 + name: at + 46 + name + extra]
        wide = fields[4:4 + int.from_bytes(fields[2:4], "little")] if fields[:2] == b"\1\0" else b""
        numbers = [wide[i:i + 8] for i in range(0, len(wide) - 7, 8)]
        found = []
        for number in (size, stored, offset):
            found.append(int.from_bytes(numbers.pop(0), "little") if number == 0xFFFFFFFF and numbers else number)
        yield data[at + 46:at + 46 + name], found[1], found[0], found[2]


def offset_wraps(data, _, __):
    """Whether an entry's offset is beyond what a file has: more than half of 64 bits."""
    return any(offset >> 63 for _, _, _, offset in _directory(data))


def record_is_empty(data, ours, _):
    """Whether the record that the detail names has no bytes."""
    name = re.match("(?:local header of|record) (.*): ", ours["detail"], re.S)
    return name is not None and any(entry.endswith(b"/" + name[1].encode()) and stored == size == 0
                                    for entry, stored, size, _ in _directory(data))


def _pickle(data):
    """The bytes of data.pkl; those of the file where it is no archive, or one that torch reads and Python does not."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return archive.read(next(name for name in archive.namelist() if name.lower().endswith("/data.pkl")))
    except Exception:
        return data


def _value(ours, torch):
    return ours.get("value") or torch.get("value") or ""


def class_from_type(data, _, __):
    """Whether a class of torch.sparse follows upon `_rebuild_from_type_v2` at once, as its function, in the pickle."""
    return re.search(rb"_rebuild_from_type_v2\n.{0,16}ctorch\.(cuda\.)?sparse\n", _pickle(data), re.S) is not None


def names_device(data, ours, _):
    """Whether the pickle, or our value, names a device that torch has only on some machines. A value need not hold all that was made."""
    words = "(cuda|hpu|mps|mtia|xla|xpu)(?![a-z])"
    return re.search(words, _value(ours, {})) is not None or re.search(words.encode(), _pickle(data)) is not None


def names_complex(data, _, __):
    """Whether the pickle names the class `complex`, which torch takes for a dtype."""
    return re.search(rb"(?<![\w.])complex(?!\w)", _pickle(data)) is not None


def names_tensor_class(data, _, __):
    """Whether the pickle names a class of tensors of one dtype, which torch takes for a bool that is False."""
    return re.search(rb"[A-Z]\w+Tensor", _pickle(data)) is not None


def counts_of_nothing(data, ours, torch):
    """Whether the value has a compressed tensor without rows, or none at all where the pickle names one: it need not hold all that was made."""
    value = _value(ours, torch)
    if re.search(r'"c(row|col)":\{"t":"tensor","dtype":"int(32|64)","shape":\[(\d+,)*1\]', value):
        return True
    return '"t":"sparse"' not in value and re.search(rb"torch\.sparse_(csr|csc|bsr|bsc)", _pickle(data)) is not None


def names_meta(data, ours, torch):
    """Whether the pickle tags a storage as meta or makes a tensor there, or the value has one."""
    made = re.search(rb"X\x04\x00\x00\x00meta|U\x04meta|_rebuild_meta_tensor_no_storage\n", _pickle(data))
    return made is not None or '"device":"meta"' in _value(ours, torch)


def packs_elements(data, ours, torch):
    """Whether the pickle, or the value, has elements of which several share a byte."""
    return re.search(rb"QUInt(4x2|2x4)Storage|quint(4x2|2x4)", _pickle(data) + _value(ours, torch).encode()) is not None


def odd_magic(data, _, __):
    """Whether the file does not start with PROTO, perhaps FRAME, and the magic number, as torch has written it."""
    return not re.match(rb"(\x80[\0-\5])?(\x95.{8})?" + re.escape(_MAGIC), data, re.S)


def magic_behind(data, ours, torch):
    """Whether the magic number stands in the first bytes of a file that does not start as torch has written it."""
    return odd_magic(data, ours, torch) and _MAGIC in data[:64]


def makes_nothing(_, __, torch):
    """Whether torch's value has a Size of nothing, or none at all: it need not hold all that was made."""
    value = torch.get("value") or ""
    return bool(value) and ('"t":"size","v":[]' in value or '"t":"size"' not in value)


def has_large_int(data, _, __):
    """Whether the pickle has an int of eight bytes or more: LONG1 with their number."""
    return re.search(rb"\x8a[\x08-\xff]", _pickle(data), re.S) is not None


FURTHER = {"other_units": other_units, "other_numbers": other_numbers, "offset_wraps": offset_wraps,
           "record_is_empty": record_is_empty, "class_from_type": class_from_type, "names_device": names_device,
           "names_complex": names_complex, "names_tensor_class": names_tensor_class, "counts_of_nothing": counts_of_nothing,
           "names_meta": names_meta, "packs_elements": packs_elements, "odd_magic": odd_magic, "magic_behind": magic_behind,
           "makes_nothing": makes_nothing, "has_large_int": has_large_int}
