"""Writes zip archives: every header field can be other than what it should be."""

import struct
import zlib
from dataclasses import dataclass

FLOATS = struct.pack("<4f", 0.0, 1.0, 2.0, 3.0)


@dataclass
class Entry:
    """One record. A field that is None gets the value that is right."""

    name: str | bytes
    data: bytes
    deflate: bool = False
    payload: bytes | None = None  # what lies in the file, when it is neither `data` nor its deflated form
    method: int | None = None
    flags: int = 0x800
    crc: int | None = None
    compressed: int | None = None
    size: int | None = None
    extra: bytes = b""
    attributes: int = 0
    descriptor: str = ""  # "", "signed", "plain", "wide": sizes after the payload, zero in the local header
    local: dict | None = None  # fields of the local header that differ: name, method, flags, crc, compressed, size, extra
    signature: bytes = b"PK\x03\x04"
    offset: int | None = None  # what the central directory says
    central_signature: bytes = b"PK\x01\x02"
    in_directory: bool = True

    def __post_init__(self):
        self.name = self.name if isinstance(self.name, bytes) else self.name.encode()
        if self.payload is None:
            self.payload = deflated(self.data) if self.deflate else self.data
        self.method = (8 if self.deflate else 0) if self.method is None else self.method
        self.crc = zlib.crc32(self.data) if self.crc is None else self.crc
        self.compressed = len(self.payload) if self.compressed is None else self.compressed
        self.size = len(self.data) if self.size is None else self.size


def deflated(data):
    machine = zlib.compressobj(9, zlib.DEFLATED, -15)
    return machine.compress(data) + machine.flush()


def zip64_extra(*numbers):
    return struct.pack("<HH", 1, 8 * len(numbers)) + struct.pack("<%dQ" % len(numbers), *numbers)


def _local_header(entry):
    field = dict(name=entry.name, method=entry.method, flags=entry.flags, crc=entry.crc, extra=b"",
                 compressed=entry.compressed, size=entry.size)
    if entry.descriptor:
        field.update(flags=entry.flags | 8, crc=0, compressed=0, size=0)
    field.update(entry.local or {})
    sizes = struct.pack("<III", field["crc"], field["compressed"], field["size"])
    return (entry.signature + struct.pack("<HHHHH", 20, field["flags"], field["method"], 0, 0x21) + sizes
            + struct.pack("<HH", len(field["name"]), len(field["extra"])) + field["name"] + field["extra"])


def _descriptor(entry):
    narrow = struct.pack("<III", entry.crc, entry.compressed, entry.size)
    return {"": b"", "plain": narrow, "signed": b"PK\x07\x08" + narrow,
            "wide": b"PK\x07\x08" + struct.pack("<IQQ", entry.crc, entry.compressed, entry.size)}[entry.descriptor]


def _central_header(entry, offset):
    flags = entry.flags | (8 if entry.descriptor else 0)
    return (entry.central_signature + struct.pack("<HHHHHH", 20, 20, flags, entry.method, 0, 0x21)
            + struct.pack("<III", entry.crc, entry.compressed, entry.size)
            + struct.pack("<HHHHHII", len(entry.name), len(entry.extra), 0, 0, 0, entry.attributes, offset)
            + entry.name + entry.extra)


def archive(entries, directory_order=None, comment=b"", after=b"", zip64_end=False, end=None):
    """The bytes of an archive. `end` overrides fields of the end record: disk, count, total, size, offset, comment."""
    body, offsets = b"", []
    for entry in entries:
        offsets.append(len(body) if entry.offset is None else entry.offset)
        body += _local_header(entry) + entry.payload + _descriptor(entry)
    listed = [(entry, offset) for entry, offset in zip(entries, offsets) if entry.in_directory]
    if directory_order:
        listed = [listed[i] for i in directory_order]
    directory = b"".join(_central_header(entry, offset) for entry, offset in listed)
    field = dict(disk=0, count=len(listed), total=len(listed), size=len(directory), offset=len(body),
                 comment=len(comment))
    wide = b""
    if zip64_end:
        wide = (b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, len(listed), len(listed),
                                            len(directory), len(body))
                + b"PK\x06\x07" + struct.pack("<IQI", 0, len(body) + len(directory), 1))
        field.update(count=0xFFFF, total=0xFFFF, size=0xFFFFFFFF, offset=0xFFFFFFFF)
    field.update(end or {})
    last = b"PK\x05\x06" + struct.pack("<HHHHIIH", field["disk"], field["disk"], field["count"], field["total"],
                                       field["size"], field["offset"], field["comment"])
    return body + directory + wide + last + comment + after


def records(pickle, storages=None, byteorder=b"little", version=b"3\n", folder="archive"):
    """The records of a checkpoint in torch's order, as a list of entries that a case then bends."""
    entries = [Entry(folder + "/data.pkl", pickle)]
    if byteorder is not None:
        entries.append(Entry(folder + "/byteorder", byteorder))
    storages = {"0": FLOATS} if storages is None else storages
    entries += [Entry("%s/data/%s" % (folder, key), data) for key, data in storages.items()]
    if version is not None:
        entries.append(Entry(folder + "/version", version))
    return entries


def checkpoint(pickle, storages=None, more=(), **options):
    return archive(records(pickle, storages, **options) + list(more))
