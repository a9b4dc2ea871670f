"""Oddities and faults of the archive around a plain checkpoint of one tensor."""

import dataclasses

from .archives import FLOATS, Entry, archive, checkpoint, deflated, records, zip64_extra
from .case import Case
from .pickles import number, pickle, tensor, value

_PICKLE = pickle(value({"w": tensor()}))
_PKL, _ORDER, _DATA, _VERSION = range(4)


def _entries(**options):
    return records(_PICKLE, **options)


def _bent(index=None, **fields):
    """The archive with fields of one entry changed (of all entries when index is None)."""
    entries = _entries()
    for i in range(len(entries)) if index is None else [index]:
        old = entries[i]
        plain = dict(name=old.name, data=old.data)
        entries[i] = Entry(**{**plain, **fields})
    return archive(entries)


def _deflate(index=None):
    return _bent(index, deflate=True)


def _payload(payload, size=None):
    """data/0 announced as deflated, with other bytes in the file."""
    return _bent(_DATA, deflate=True, payload=payload, size=size)


def _wide(index):
    """A record whose sizes stand in zip64 extra fields."""
    entry = _entries()[index]
    size = len(entry.data)
    extra = zip64_extra(size, size)
    return _bent(index, compressed=0xFFFFFFFF, size=0xFFFFFFFF, extra=extra, local={"extra": extra})


def _local(index, **fields):
    return _bent(index, local=fields)


def _with(*more, before=()):
    return archive(list(before) + _entries() + list(more))


def _version(data):
    return checkpoint(_PICKLE, version=data)


_WELL_FORMED = [
    ("minimal", "only data.pkl, its storage and version", checkpoint(_PICKLE, byteorder=None)),
    ("deflated", "every record deflated", _deflate()),
    ("deflated-pickle", "data.pkl deflated", _deflate(_PKL)),
    ("deflated-storage", "a storage deflated", _deflate(_DATA)),
    ("deflated-descriptor", "deflated records with descriptors", _bent(deflate=True, descriptor="signed")),
    ("deflated-blocks", "a deflate stream of stored and fixed blocks",
     _payload(b"\x00\x08\x00\xf7\xff" + FLOATS[:8] + b"\x01\x08\x00\xf7\xff" + FLOATS[8:])),
    ("descriptor-signed", "data descriptors with a signature", _bent(descriptor="signed")),
    ("descriptor-plain", "data descriptors without a signature", _bent(descriptor="plain")),
    ("descriptor-wide", "data descriptors with 64-bit sizes", _bent(descriptor="wide")),
    ("zip64-storage", "a storage whose sizes stand in zip64 extras", _wide(_DATA)),
    ("zip64-pickle", "data.pkl's sizes stand in zip64 extras", _wide(_PKL)),
    ("zip64-end", "the zip64 end records", archive(_entries(), zip64_end=True)),
    ("order-reversed", "records in reverse order", archive(_entries()[::-1])),
    ("order-directory", "the directory in another order than the records",
     archive(_entries(), directory_order=[2, 0, 3, 1])),
    ("comment", "a comment behind the end record", archive(_entries(), comment=b"a comment")),
    ("comment-long", "a comment of 20,000 bytes", archive(_entries(), comment=b"c" * 20000)),
    ("trailing-junk", "bytes after the archive", archive(_entries(), after=b"junk" * 10)),
    ("directory-entry-first", "a directory entry first", _with(before=[Entry("archive/", b"")])),
    ("directory-entry-last", "a directory entry last", _with(Entry("archive/data/", b""))),
    ("extra-record", "a record that nothing names", _with(Entry("archive/data/9", b"abc"))),
    ("extra-record-code", "a folder of other records", _with(Entry("archive/code/a.py", b"x"))),
    ("extra-field", "an extra field of another kind", _bent(_DATA, extra=b"\x75\x78\x04\0abcd", local={"extra": b"ux\x04\0abcd"})),
    ("unaligned", "padding that aligns to nothing", _bent(_DATA, local={"extra": b"FB\x03\0ZZZ"})),
    ("folder-empty", "a folder without a name", archive(records(_PICKLE, folder=""))),
    ("folder-dots", "a folder named ..", archive(records(_PICKLE, folder=".."))),
    ("folder-utf8", "a folder that is not ASCII", archive(records(_PICKLE, folder="mod\u00e8le"))),
    ("folder-blank", "a folder with blanks", archive(records(_PICKLE, folder="a b"))),
    ("folder-long", "a folder of 300 characters", archive(records(_PICKLE, folder="n" * 300))),
    ("wrong-crc", "a wrong CRC in both headers", _bent(_DATA, crc=1)),
    ("wrong-crc-pickle", "a wrong CRC of data.pkl", _bent(_PKL, crc=1)),
    ("crc-zero", "CRC fields of zero", _bent(crc=0)),
    ("local-crc-differs", "only the local header's CRC is wrong", _local(_DATA, crc=1)),
    ("upper-case", "a record named DATA.PKL", _bent(_PKL, name="archive/DATA.PKL")),
    ("upper-case-storage", "a record named Data/0", _bent(_DATA, name="archive/Data/0")),
    ("upper-case-version", "a record named VERSION", _bent(_VERSION, name="archive/VERSION")),
    ("no-utf8-flag", "no UTF-8 flag", _bent(flags=0)),
    ("gap", "bytes between the records", archive([dataclasses.replace(e, payload=e.data) for e in _entries()][:1]
                                                 + [Entry("archive/hidden", b"unlisted", in_directory=False)]
                                                 + _entries()[1:])),
    ("serialization-id", "a serialization id of any text", _with(Entry("archive/.data/serialization_id", b"text"))),
    ("serialization-id-empty", "an empty serialization id", _with(Entry("archive/.data/serialization_id", b""))),
    ("format-version-odd", "a format version of any bytes", _with(Entry("archive/.format_version", b"\xff"))),
    ("alignment-blanks", "an alignment with blanks", _with(Entry("archive/.storage_alignment", b" 64 "))),
    ("alignment-zero", "an alignment of zero", _with(Entry("archive/.storage_alignment", b"0"))),
    ("alignment-negative", "an alignment of -1", _with(Entry("archive/.storage_alignment", b"-1"))),
    ("alignment-underscore", "an alignment with an underscore", _with(Entry("archive/.storage_alignment", b"1_0"))),
    ("version-1", "version 1", _version(b"1")),
    ("version-10", "version 10", _version(b"10")),
    ("version-blank", "a version after a blank", _version(b" 3")),
    ("version-line", "a version after a line feed", _version(b"\n3")),
    ("version-plus", "a version with a sign", _version(b"+3")),
    ("version-tail", "a version with letters after it", _version(b"3x")),
    ("version-nul", "a version with a NUL after it", _version(b"3\0")),
    ("version-zeros", "a version with leading zeros", _version(b"0003")),
    ("version-in-data", "only .data/version", archive(_entries(version=None) + [Entry("archive/.data/version", b"6")])),
    ("version-both", ".data/version wins over version", archive(_entries(version=b"99") + [Entry("archive/.data/version", b"7")])),
    ("byteorder-deflated", "a deflated byteorder", _bent(_ORDER, deflate=True)),
    ("constants-elsewhere", "constants.pkl in a deeper folder is no TorchScript", _with(Entry("archive/x/constants.pkl", b"."))),
    ("constants-upper-case", "Constants.pkl is no TorchScript", _with(Entry("archive/Constants.pkl", b"."))),
]

_EOCD = "container.zip.eocd"
_CENTRAL = "container.zip.central-directory"
_NOT_HERE = "container.record-missing"
_WORD = "container.version"

_REFUSED = [
    ("no-pickle", "no data.pkl", archive(_entries()[1:]), _NOT_HERE),
    ("no-version", "no version", checkpoint(_PICKLE, version=None), _NOT_HERE),
    ("no-storage", "no data/0", checkpoint(_PICKLE, storages={}), "storage.missing"),
    ("no-folder", "records without a folder", archive([Entry(e.name.split(b"/", 1)[1], e.data) for e in _entries()]),
     "container"),
    ("other-folder", "a record in another folder", _with(Entry("other/file", b"x")), "container.zip.name"),
    ("record-at-top", "a record outside of the folder", _with(Entry("file", b"x")), "container.zip.name"),
    ("folder-in-folder", "the checkpoint is one folder deeper", archive(records(_PICKLE, folder="a/b")), _NOT_HERE),
    ("folder-case", "the first record's folder has another case", _bent(_PKL, name="ARCHIVE/data.pkl"),
     "container.zip.name"),
    ("pickle-empty", "an empty data.pkl", checkpoint(b""), "pickle.truncated"),
    ("no-entries", "an archive without records", archive([]), "container"),
    ("constants", "constants.pkl makes it TorchScript", _with(Entry("archive/constants.pkl", b".")),
     "container.torchscript"),
    ("version-0", "version 0", _version(b"0"), _WORD),
    ("version-11", "version 11", _version(b"11"), _WORD),
    ("version-minus-1", "version -1", _version(b"-1"), _WORD),
    ("version-hex", "0x3 is 0", _version(b"0x3"), _WORD),
    ("version-empty", "an empty version", _version(b""), _WORD),
    ("version-letters", "a version of letters", _version(b"three"), _WORD),
    ("version-overflow", "a version of 30 digits", _version(b"9" * 30), _WORD),
    ("byteorder-upper", "Little", checkpoint(_PICKLE, byteorder=b"Little"), "container.byteorder"),
    ("byteorder-line", "little and a line feed", checkpoint(_PICKLE, byteorder=b"little\n"), "container.byteorder"),
    ("byteorder-empty", "an empty byteorder", checkpoint(_PICKLE, byteorder=b""), "container.byteorder"),
    ("byteorder-not-utf8", "a byteorder that is no text", checkpoint(_PICKLE, byteorder=b"\xff"), "container.byteorder"),
    ("alignment-letters", "an alignment of letters", _with(Entry("archive/.storage_alignment", b"x")),
     "container.record-text"),
    ("alignment-empty", "an empty alignment", _with(Entry("archive/.storage_alignment", b"")), "container.record-text"),
    ("alignment-hex", "an alignment in hex", _with(Entry("archive/.storage_alignment", b"0x40")), "container.record-text"),
    ("serialization-id-not-utf8", "a serialization id that is no text",
     _with(Entry("archive/.data/serialization_id", b"\xff")), "container.record-text"),
    ("encrypted", "an encrypted storage", _bent(_DATA, flags=0x801), "container.zip.encrypted"),
    ("encrypted-pickle", "an encrypted data.pkl", _bent(_PKL, flags=0x801), "container.zip.encrypted"),
    ("method-12", "a storage compressed with bzip2", _bent(_DATA, method=12), "container.zip.method"),
    ("method-99", "data.pkl with method 99", _bent(_PKL, method=99), "container.zip.method"),
    ("local-signature", "a local header without its signature", _bent(_DATA, signature=b"PK\x03\x05"),
     "container.zip.local-header"),
    ("local-signature-pickle", "data.pkl's local header without its signature",
     archive([Entry("archive/version", b"3\n"), Entry("archive/data.pkl", _PICKLE, signature=b"XXXX"),
              Entry("archive/data/0", FLOATS)]), "container.zip.local-header"),
    ("local-offset-past", "a local header past the end", _bent(_DATA, offset=10**6), "container.zip"),
    ("central-signature", "a central header without its signature", _bent(_DATA, central_signature=b"PK\x01\x03"),
     _CENTRAL),
    ("end-missing", "no end record", archive(_entries())[:-22], _EOCD),
    ("end-cut", "half an end record", archive(_entries())[:-10], _EOCD),
    ("cut-in-directory", "the archive ends in its directory", archive(_entries())[:-80], _EOCD),
    ("cut-in-record", "the archive ends in a record", archive(_entries())[:100], _EOCD),
    ("end-count-more", "the end record counts one record too many", archive(_entries(), end={"count": 5, "total": 5}),
     "container.zip"),
    ("end-disk", "the end record is on disk 3", archive(_entries(), end={"disk": 3}), _EOCD),
    ("end-total", "the end record's two counts differ", archive(_entries(), end={"total": 3}), "container.zip"),
    ("end-offset-past", "the directory lies past the end", archive(_entries(), end={"offset": 10**6}), "container.zip"),
    ("end-size-large", "the directory is larger than the file", archive(_entries(), end={"size": 10**6}),
     "container.zip"),
    ("end-size-small", "the directory is smaller than its records", archive(_entries(), end={"size": 40}),
     "container.zip"),
    ("prefix-junk", "bytes before the archive", b"junk" + archive(_entries()), "container"),
    ("prefix-byte", "one NUL before the archive", b"\0" + archive(_entries()), "container"),
    ("stored-sizes-differ", "a stored record with two sizes", _bent(_DATA, size=12), "container.zip"),
]

_FLOOR = [
    ("duplicate-same", "two equal records of one name", _with(Entry("archive/data/0", FLOATS)), "duplicate-name"),
    ("duplicate-other", "two storages of one name", _with(Entry("archive/data/0", FLOATS[::-1])), "duplicate-name"),
    ("duplicate-pickle", "two pickles of one name",
     _with(Entry("archive/data.pkl", pickle(number(1)))), "duplicate-name"),
    ("duplicate-version", "two versions", _with(Entry("archive/version", b"4\n")), "duplicate-name"),
    ("duplicate-case", "data/0 and DATA/0", _with(Entry("archive/DATA/0", FLOATS[::-1])), "duplicate-name"),
    ("duplicate-case-pickle", "data.pkl and DATA.PKL", _with(Entry("archive/DATA.PKL", pickle(number(1)))),
     "duplicate-name"),
    ("nul-in-name", "a NUL inside a name", _with(Entry(b"archive/data/0\0x", b"abc")), "name"),
    ("local-name-differs", "the local header has another name", _local(_DATA, name=b"archive/data/1"), "local-header"),
    ("local-name-case", "the local header's name has another case", _local(_DATA, name=b"archive/DATA/0"),
     "local-header"),
    ("local-name-length", "the local header has a longer name", _local(_DATA, name=b"archive/data/00"), "local-header"),
    ("local-method-differs", "the local header has another method", _local(_DATA, method=8), "local-header"),
    ("local-flags-differ", "the local header has other flags", _local(_DATA, flags=0), "local-header"),
    ("local-size-differs", "the local header has another size", _local(_DATA, size=8), "local-header"),
    ("local-compressed-differs", "the local header has another compressed size", _local(_DATA, compressed=8),
     "local-header"),
    ("overlap-same-header", "two names share one record",
     archive(_entries()[:3] + [Entry("archive/data/9", FLOATS, offset=len(archive(_entries()[:2])) - 22
                                     - sum(46 + len(e.name) for e in _entries()[:2])), _entries()[3]]), ""),
]

_BAD_STREAMS = [
    ("all-ff", "a block of type 3", b"\xff" * 20),
    ("block-type-3", "a last block of type 3", b"\x07"),
    ("stored-length", "a stored block whose lengths disagree", b"\x01\x10\x00\x00\x00" + FLOATS),
    ("truncated", "a stream cut short", deflated(bytes(range(16)))[:-6]),
]


def cases():
    for word, title, data in _WELL_FORMED:
        yield Case("zip-" + word, title, data)
    for word, title, data, kind in _REFUSED:
        yield Case("zip-" + word, title, data, kind=kind)
    for word, title, data, kind in _FLOOR:
        yield Case("zip-" + word, title, data, deviation="floor",
                   deviation_kind=("container.zip." + kind).rstrip("."))
    for word, title, stream in _BAD_STREAMS:
        yield Case("zip-inflate-" + word, title, _payload(stream, 16), deviation="floor",
                   deviation_kind="container.zip.inflate", unstable=True)
    yield Case("zip-inflate-long", "a stream that gives more bytes than announced",
               _payload(deflated(FLOATS + b"more"), 16), deviation="floor", deviation_kind="container.zip.inflate")
    yield Case("zip-inflate-short", "a stream that gives fewer bytes than announced", _payload(deflated(FLOATS[:8]), 16),
               kind="container.zip.inflate")
    yield Case("zip-inflate-tail", "bytes after the end of a deflate stream", _payload(deflated(FLOATS) + b"tail", 16))
    yield Case("zip-comment-signature", "a comment that holds the signature of an end record",
               archive(_entries(), comment=b"PK\x05\x06 and more text than an end record has"),
               kind="container.zip")
    yield Case("zip-zip64-locator-lost", "the zip64 end record is cut out, its locator points past the file",
               archive(_entries(), zip64_end=True).replace(b"PK\x06\x06", b"PK\x06\x05"), kind="container.zip")
