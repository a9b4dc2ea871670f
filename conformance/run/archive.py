"""The zip archive of a recipe: headers around records, each field as it should be unless the recipe says otherwise.

FORMAT.md, chapter "Recipes", has the parts and their fields.
"""

from __future__ import annotations

import struct
import zlib

from deflate import encode
from words import LineError, integer, is_string, string_of

_U16, _U32, _U64 = (1 << 16) - 1, (1 << 32) - 1, (1 << 64) - 1

# The fields of each header in the order of the file: name, bytes; the texts behind them by hand.
_LOCAL = [("signature", 4), ("version", 2), ("flags", 2), ("method", 2), ("time", 2), ("date", 2), ("crc", 4),
          ("compressed", 4), ("size", 4), ("name_length", 2), ("extra_length", 2)]
_CENTRAL = [("signature", 4), ("version_made", 2), ("version", 2), ("flags", 2), ("method", 2), ("time", 2), ("date", 2),
            ("crc", 4), ("compressed", 4), ("size", 4), ("name_length", 2), ("extra_length", 2), ("comment_length", 2),
            ("disk", 2), ("internal", 2), ("external", 4), ("offset", 4)]
_END64 = [("signature", 4), ("length", 8), ("version_made", 2), ("version", 2), ("disk", 4), ("disk_start", 4),
          ("count", 8), ("total", 8), ("directory_size", 8), ("directory_offset", 8)]
_LOCATOR = [("signature", 4), ("disk", 4), ("end64_offset", 8), ("disks", 4)]
_END = [("signature", 4), ("disk", 2), ("disk_start", 2), ("count", 2), ("total", 2), ("directory_size", 4),
        ("directory_offset", 4), ("comment_length", 2)]
_DESCRIPTOR = {"signed": [("signature", 4), ("crc", 4), ("compressed", 4), ("size", 4)],
               "plain": [("crc", 4), ("compressed", 4), ("size", 4)],
               "wide": [("signature", 4), ("crc", 4), ("compressed", 8), ("size", 8)]}
_TEXTS = {"name", "extra", "comment"}
_WIDE = {"size", "compressed", "offset"}
_RECORD_ONLY = {"align", "deflate", "listed"}


def _pack(layout, field):
    out = bytearray()
    for name, width in layout:
        if field[name] >= 1 << 8 * width:
            raise LineError("%s=%d does not fit into %d bytes" % (name, field[name], width))
        out += field[name].to_bytes(width, "little")
    return bytes(out)


def _check(fields, layout, more=()):
    """Only fields of this part, numbers where numbers are due and texts where texts are. A number fits its width, but for those that
    zip64 makes wide: the header tells."""
    known = dict(layout)
    for name, value in fields.items():
        if name not in known and name not in more:
            raise LineError("there is no field %s here" % name)
        if isinstance(value, bytes) != (name in _TEXTS) or isinstance(value, str) != (name == "deflate"):
            raise LineError("%s cannot be that kind of value" % name)
        if name in ("zip64", "listed") and value > 1 or name == "align" and value > 1 << 16:
            raise LineError("%s cannot be that" % name)
        if name == "deflate" and value not in ("stored", "fixed"):
            raise LineError("%s cannot be that" % name)
        if name in known and name not in _WIDE:
            _pack([(name, known[name])], fields)
    return fields


def _zip64(wide):
    """The extra field with the sizes, and the offset of a central header."""
    return struct.pack("<HH", 1, 8 * len(wide)) + b"".join(n.to_bytes(8, "little") for n in wide)


class _Record:
    """One RECORD: its fields for either header, and its payload."""

    def __init__(self, name, fields, offset, line):
        self.common = {k: v for k, v in fields.items() if "." not in k}
        self.local = {k[6:]: v for k, v in fields.items() if k.startswith("local.")}
        self.central = {k[8:]: v for k, v in fields.items() if k.startswith("central.")}
        _check(self.common, _LOCAL[1:], {"name", "extra", "zip64"} | _RECORD_ONLY)
        _check(self.local, _LOCAL, ("name", "extra", "zip64"))
        _check(self.central, _CENTRAL, ("name", "extra", "comment", "zip64"))
        self.name, self.offset, self.line = name, offset, line
        self.align = self.common.pop("align", 0)
        self.listed = self.common.pop("listed", 1)
        self.deflate = self.common.pop("deflate", None)
        self.content = bytearray()
        self.descriptor = None  # (form, its fields) once DESCRIPTOR has been seen

    def encode(self):
        self.payload = encode(self.deflate, self.content) if self.deflate else bytes(self.content)
        self.right = dict(version=0, version_made=0, flags=0x808 if self.descriptor else 0x800,
                          method=8 if self.deflate else 0, time=0, date=0, crc=zlib.crc32(self.content),
                          compressed=len(self.payload), size=len(self.content), disk=0, internal=0, external=0,
                          name=self.name, extra=b"", comment=b"")

    def _header(self, own, layout, signature, zip64_names, **defaults):
        field = dict(self.right, signature=signature, **defaults)
        given = dict(self.common, **own)
        if given.pop("zip64", 0):
            right = dict(field, **given)
            field["extra"] = _zip64([right[name] for name in zip64_names])
            given = {name: value for name, value in given.items() if name not in zip64_names}
            field.update({name: _U32 for name in zip64_names})
        field.update(given)
        for name in ("name", "extra", "comment"):
            field.setdefault(name + "_length", len(field[name]))
        return field

    def local_header(self):
        hidden = dict(crc=0, compressed=0, size=0) if self.descriptor else {}
        field = self._header(self.local, _LOCAL, 0x04034B50, ("size", "compressed"), **hidden)
        if self.align and "extra" not in self.common and "extra" not in self.local:
            front = self.offset + 30 + len(field["name"]) + len(field["extra"]) + 4
            padding = -front % self.align
            field["extra"] += b"FB" + struct.pack("<H", padding) + b"Z" * padding
            if "extra_length" not in self.common and "extra_length" not in self.local:
                field["extra_length"] = len(field["extra"])
        return _pack(_LOCAL, field) + field["name"] + field["extra"]

    def descriptor_bytes(self):
        if self.descriptor is None:
            return b""
        form, own = self.descriptor
        field = dict({name: self.right[name] for name in ("crc", "compressed", "size")}, signature=0x08074B50)
        field.update({name: self.common[name] for name in ("crc", "compressed", "size") if name in self.common})
        return _pack(_DESCRIPTOR[form], dict(field, **own))

    def central_header(self, own):
        _check(own, _CENTRAL, ("name", "extra", "comment", "zip64"))
        field = self._header(dict(self.central, **own), _CENTRAL, 0x02014B50, ("size", "compressed", "offset"),
                             offset=self.offset)
        return _pack(_CENTRAL, field) + field["name"] + field["extra"] + field["comment"]


class Archive:
    """Collects the bytes of a file, part by part."""

    PARTS = {"CHECKPOINT", "STORAGE", "RECORD", "DESCRIPTOR", "GAP", "DIRECTORY", "ENTRY", "END64", "LOCATOR", "END"}

    def __init__(self, most):
        self.most = most
        self.line = 0  # of the recipe, the one at hand
        self.begun = False
        self.out = bytearray()
        self.records = []
        self.open_record = None
        self.directory_offset = self.directory_end = self.end64_offset = None
        self.listed = 0
        self.shorthand = None  # the fields of CHECKPOINT

    def _require_room(self, size):
        if size > self.most - len(self.out) - (len(self.open_record.content) if self.open_record else 0):
            raise LineError("the recipe makes more than %d bytes" % self.most)

    def _emit(self, piece):
        self._require_room(len(piece))
        self.out += piece

    def add(self, piece, count=1):
        self.begun = True
        self._require_room(len(piece) * count)
        (self.out if self.open_record is None else self.open_record.content).extend(piece * count)

    def _close(self):
        record, self.open_record = self.open_record, None
        if record is None:
            return
        try:
            record.encode()
            for piece in (record.local_header(), record.payload, record.descriptor_bytes()):
                self._emit(piece)
        except LineError as error:
            error.line = record.line
            raise

    def _begin(self, name, fields):
        self._close()
        self.open_record = _Record(name, fields, len(self.out), self.line)
        self.records.append(self.open_record)

    def open(self, part, plain, fields):
        """The line of a part: its words before the fields, and its fields."""
        if part not in ("STORAGE", "RECORD", "DESCRIPTOR", "GAP", "CHECKPOINT") and self.shorthand is not None:
            raise LineError("CHECKPOINT makes the directory and the end itself: start with RECORD to make them by hand")
        getattr(self, "_" + part.lower())(plain, fields)
        self.begun = True

    def _only(self, plain, count, what):
        if len(plain) != count:
            raise LineError(what)

    def _checkpoint(self, plain, fields):
        self._only(plain, 0, "CHECKPOINT takes fields only")
        if self.begun:
            raise LineError("CHECKPOINT is the first line")
        for name, value in fields.items():
            if name not in ("folder", "byteorder", "version") or not (isinstance(value, bytes) or value == "none"):
                raise LineError("CHECKPOINT takes folder, byteorder and version, each a string, or none")
        self.shorthand = dict({"folder": b"archive", "byteorder": b"little", "version": b"3\n"}, **fields)
        if self.shorthand["folder"] == "none":
            raise LineError("an archive has a folder")
        self._begin(self.shorthand["folder"] + b"/data.pkl", {})

    def _byteorder_first(self):
        """The byteorder record stands behind data.pkl."""
        if self.shorthand is not None and len(self.records) == 1 and self.shorthand["byteorder"] != "none":
            self._begin(self.shorthand["folder"] + b"/byteorder", {})
            self.add(self.shorthand["byteorder"])

    def _storage(self, plain, fields):
        self._only(plain, 1, "STORAGE takes a key")
        if self.shorthand is None:
            raise LineError("STORAGE goes with CHECKPOINT: use RECORD")
        self._byteorder_first()
        self._begin(self.shorthand["folder"] + b"/data/" + string_of(plain[0]), fields)

    def _record(self, plain, fields):
        self._only(plain, 1, "RECORD takes a name")
        name = string_of(plain[0])
        self._byteorder_first()
        self._begin(name, fields)

    def _descriptor(self, plain, fields):
        form = plain[0] if plain else "signed"
        if self.open_record is None or len(plain) > 1 or form not in _DESCRIPTOR:
            raise LineError("DESCRIPTOR signed, plain or wide stands behind the content of a record")
        self.open_record.descriptor = (form, _check(fields, _DESCRIPTOR[form]))
        self._close()

    def _gap(self, plain, fields):
        self._only(plain, 0, "GAP takes nothing")
        if fields:
            raise LineError("GAP takes nothing")
        self._byteorder_first()
        self._close()

    def _header(self, record, own):
        header = record.central_header(own)
        if self.directory_offset is None:
            self.directory_offset = len(self.out)
        self._emit(header)
        self.directory_end = len(self.out)
        self.listed += 1

    def _directory(self, plain, fields):
        self._only(plain, 0, "DIRECTORY takes nothing")
        if fields:
            raise LineError("DIRECTORY takes nothing")
        self._close()
        for record in self.records:
            if record.listed:
                self._header(record, {})

    def _entry(self, plain, fields):
        self._only(plain, 1, "ENTRY takes the number of a record, the first is 0")
        self._close()
        number = integer(plain[0], 0, _U32)
        if number >= len(self.records):
            raise LineError("there is no record %d before this line" % number)
        self._header(self.records[number], fields)

    def _span(self):
        if self.directory_offset is None:
            return {"directory_size": 0, "directory_offset": len(self.out)}
        return {"directory_size": self.directory_end - self.directory_offset, "directory_offset": self.directory_offset}

    def _end64(self, plain, fields):
        self._only(plain, 0, "END64 takes fields only")
        self._close()
        right = dict(self._span(), signature=0x06064B50, length=44, version_made=0x031E, version=45, disk=0, disk_start=0,
                     count=self.listed, total=self.listed)
        header = _pack(_END64, dict(right, **_check(fields, _END64)))
        self.end64_offset = len(self.out)
        self._emit(header)

    def _locator(self, plain, fields):
        self._only(plain, 0, "LOCATOR takes fields only")
        self._close()
        right = dict(signature=0x07064B50, disk=0, end64_offset=self.end64_offset or 0, disks=1)
        self._emit(_pack(_LOCATOR, dict(right, **_check(fields, _LOCATOR))))

    def _end(self, plain, fields):
        self._only(plain, 0, "END takes fields only")
        self._close()
        span = self._span()
        right = dict(signature=0x06054B50, disk=0, disk_start=0, count=min(self.listed, _U16),
                     total=min(self.listed, _U16), directory_size=min(span["directory_size"], _U32),
                     directory_offset=min(span["directory_offset"], _U32), comment=b"")
        field = dict(right, **_check(fields, _END, ("comment",)))
        field.setdefault("comment_length", len(field["comment"]))
        self._emit(_pack(_END, field) + field["comment"])

    def finish(self):
        """The bytes of the whole file."""
        if self.shorthand is not None:
            self._byteorder_first()
            if self.shorthand["version"] != "none":
                self._begin(self.shorthand["folder"] + b"/version", {})
                self.add(self.shorthand["version"])
            self._directory([], {})
            self._end([], {})
        self._close()
        return bytes(self.out)
