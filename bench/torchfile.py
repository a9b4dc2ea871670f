"""Writes checkpoints with the bytes that torch 2.15 writes (SPEC.md chapters 1 and 2), without torch and without holding a payload.

A checkpoint is any Python value in which `Tensor` objects stand for tensors. The pickle comes from CPython's own pickler, as in
torch.save: stand-ins for the few torch names that a pickle mentions are put into sys.modules while it runs. Only the forty
digits of .data/serialization_id differ from torch's; no reader looks at them. Archives stay below 4 GiB: no zip64 fields but
in the end record.
"""

import collections
import contextlib
import hashlib
import io
import pickle
import struct
import sys
import types
import zlib

ALIGNMENT = 64
LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
LEGACY_PROTOCOL = 1001
ITEM_BYTES = {"FloatStorage": 4, "BFloat16Storage": 2, "LongStorage": 8}


class Storage:
    """`numel` elements of the class torch.<kind>; `fill(nbytes)` yields the bytes in pieces."""

    __slots__ = ("fill", "key", "kind", "numel")

    def __init__(self, kind, numel, fill):
        self.kind, self.numel, self.fill, self.key = kind, numel, fill, None

    def pieces(self):
        return self.fill(self.numel * ITEM_BYTES[self.kind])


class Tensor:
    """A contiguous view of `shape` on `storage`, starting at element `offset`."""

    __slots__ = ("offset", "shape", "storage")

    def __init__(self, storage, shape, offset=0):
        self.storage, self.shape, self.offset = storage, shape, offset

    def __reduce_ex__(self, protocol):
        strides, step = [], 1
        for size in reversed(self.shape):
            strides.append(step)
            step *= size
        shape, hooks = tuple(list(self.shape)), collections.OrderedDict()
        return _stand_in("_rebuild_tensor_v2"), (self.storage, self.offset, shape, tuple(reversed(strides)), False, hooks)


class Sparse:
    """A sparse tensor: `parts` as torch.sparse_<layout>_tensor takes them; of coo also whether it claims to be coalesced."""

    __slots__ = ("coalesced", "layout", "parts", "shape")

    def __init__(self, layout, parts, shape, coalesced=None):
        self.layout, self.parts, self.shape, self.coalesced = layout, parts, shape, coalesced

    def __reduce_ex__(self, protocol):
        end = () if self.coalesced is None else (self.coalesced,)
        return _stand_in("_rebuild_sparse_tensor"), (_Layout(self.layout), (*self.parts, _Size(self.shape), *end))


class _Layout:
    def __init__(self, name):
        self.name = name

    def __reduce_ex__(self, protocol):
        return _stand_in("_get_layout"), ("torch.sparse_" + self.name,)


class _Size:
    def __init__(self, shape):
        self.shape = shape

    def __reduce_ex__(self, protocol):
        return _stand_in("Size"), (tuple(list(self.shape)),)


FUNCTIONS = {"_rebuild_tensor_v2": "torch._utils", "_rebuild_sparse_tensor": "torch._utils", "_get_layout": "torch.serialization",
             "Size": "torch"}


def _make_function(module, name):
    def function():
        raise NotImplementedError

    function.__module__, function.__name__, function.__qualname__ = module, name, name
    return function


def _make_stand_ins():
    names = {kind: type(kind, (), {"__module__": "torch"}) for kind in ITEM_BYTES}
    return names | {name: _make_function(module, name) for name, module in FUNCTIONS.items()}


_STAND_INS = _make_stand_ins()


def _stand_in(name):
    return _STAND_INS[name]


@contextlib.contextmanager
def _stand_in_modules():
    modules = {name: types.ModuleType(name) for name in ("torch", "torch._utils", "torch.serialization")}
    for name, value in _STAND_INS.items():
        setattr(modules[value.__module__], name, value)
    sys.modules.update(modules)
    try:
        yield
    finally:
        for name in modules:
            del sys.modules[name]


class _Pickler(pickle.Pickler):
    def __init__(self, file, legacy=False):
        super().__init__(file, protocol=2)
        self.storages, self.legacy = [], legacy

    def persistent_id(self, value):
        if type(value) is not Storage:
            return None
        if value.key is None:
            # A legacy key is the address of the storage in decimal digits.
            value.key = str(94_000_000_000_000 + 64 * len(self.storages) if self.legacy else len(self.storages))
            self.storages.append(value)
        identity = ("storage", _stand_in(value.kind), value.key, "cpu", value.numel)
        return identity + (None,) if self.legacy else identity


def _pickle(value, legacy=False):
    text = io.BytesIO()
    pickler = _Pickler(text, legacy)
    with _stand_in_modules():
        pickler.dump(value)
    return text.getbuffer(), pickler.storages


class _ZipWriter:
    """One record after the other, as torch's PyTorchFileWriter lays them out."""

    def __init__(self, file, prefix):
        self.file, self.prefix, self.at = file, prefix, 0
        self.directory, self.records, self.digest = [], 0, hashlib.sha256()

    def _write(self, data):
        self.file.write(data)
        self.at += len(data)

    def record(self, name, pieces, deflate=False):
        name = f"{self.prefix}/{name}".encode()
        header_at, method = self.at, 8 if deflate else 0
        padding = -(header_at + 30 + len(name) + 4) % ALIGNMENT
        pieces = iter(pieces)
        first = next(pieces, b"")
        flags = 0x0808 if len(first) else 0x0800
        needed = 20 if deflate else 0
        fixed = struct.pack("<IHHHHHIIIHH", 0x04034B50, needed, flags, method, 0, 0, 0, 0, 0, len(name), 4 + padding)
        self._write(fixed + name + b"FB" + struct.pack("<H", padding) + b"Z" * padding)
        payload_at, size, crc = self.at, 0, 0
        compressor = zlib.compressobj(6, zlib.DEFLATED, -15) if deflate else None
        while len(first):
            crc, size = zlib.crc32(first, crc), size + len(first)
            self._write(compressor.compress(first) if deflate else first)
            first = next(pieces, b"")
        if deflate:
            self._write(compressor.flush())
        packed = self.at - payload_at
        if flags & 8:
            self._write(struct.pack("<IIII", 0x08074B50, crc, packed, size))
        self.directory.append(struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 0, needed, flags, method, 0, 0, crc, packed, size,
                                          len(name), 0, 0, 0, 0, 0, header_at) + name)
        self.digest.update(name + struct.pack("<I", crc))
        self.records += 1

    def finish(self):
        number = int.from_bytes(self.digest.digest()[:16], "big") % 10**40
        self.record("version", [b"3\n"])
        self.record(".data/serialization_id", [b"%040d" % number])
        directory, at, count = b"".join(self.directory), self.at, self.records
        self._write(directory)
        end = self.at
        self._write(struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 0x031E, 45, 0, 0, count, count, len(directory), at))
        self._write(struct.pack("<IIQI", 0x07064B50, 0, end, 1))
        self._write(struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, min(count, 0xFFFF), min(count, 0xFFFF), len(directory), at, 0))
        if self.at >= 0xFFFFFFFF:
            raise ValueError("this writer has no zip64 fields for records: keep the file below 4 GiB")


def save(file, value, prefix="archive", byteorder="little", deflate=False):
    """Writes `value` as torch.save does. `byteorder` only labels the payloads; `deflate` compresses every record."""
    text, storages = _pickle(value)
    out = _ZipWriter(file, prefix)
    out.record("data.pkl", [text], deflate)
    out.record(".format_version", [b"1"])
    out.record(".storage_alignment", [b"%d" % ALIGNMENT])
    out.record("byteorder", [byteorder.encode()])
    for storage in storages:
        out.record(f"data/{storage.key}", storage.pieces(), deflate)
    out.finish()


def save_legacy(file, value):
    """Writes `value` as torch.save(_use_new_zipfile_serialization=False) does: five pickles, then the storages."""
    text, storages = _pickle(value, legacy=True)
    info = {"protocol_version": LEGACY_PROTOCOL, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}
    for part in (LEGACY_MAGIC, LEGACY_PROTOCOL, info):
        pickle.dump(part, file, protocol=2)
    file.write(text)
    storages.sort(key=lambda storage: storage.key)
    pickle.dump([storage.key for storage in storages], file, protocol=2)
    for storage in storages:
        file.write(struct.pack("<q", storage.numel))
        for piece in storage.pieces():
            file.write(piece)
