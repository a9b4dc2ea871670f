"""The elements of a tensor of a canonical document: row-major, little-endian, the lazy bits resolved."""

from __future__ import annotations

import hashlib

MOST_BYTES = 64 << 20  # of the elements of one tensor, or four times the file where that is more
INLINE = 4096  # bytes that stand in hex

# Bytes of one element; all others have one. Of complex dtypes two numbers lie in an element.
ITEM_BYTES = {
    "float64": 8, "float32": 4, "float16": 2, "bfloat16": 2, "int64": 8, "int32": 4, "int16": 2, "uint16": 2, "uint32": 4,
    "uint64": 8, "bits16": 2, "complex32": 4, "bcomplex32": 4, "complex64": 8, "complex128": 16, "qint32": 4,
}


class BytesNeeded(ValueError):
    """The document has the digest of a storage of which the bytes are needed."""


def data_of(tensor, storages, file_bytes=0, contents=None):
    """The members of a row that say what the elements are."""
    storage = storages[tensor["storage"]] if "storage" in tensor else {}
    if "x" not in storage and "sha256" not in storage:
        return {"data": None}  # on the meta device
    shape, stride = [int(n) for n in tensor["shape"]], [int(n) for n in tensor["stride"]]
    size = ITEM_BYTES.get(tensor["dtype"], 1)
    for count in shape:
        size *= count
    if size > max(MOST_BYTES, 4 * file_bytes):
        return {"data_omitted": "limit.output"}
    lazy = tensor.get("conj") or tensor.get("neg")
    if "x" not in storage and size == int(storage["nbytes"]) and not lazy and _is_contiguous(shape, stride):
        return {"sha256": storage["sha256"]}
    data = elements(tensor, _bytes_of(tensor["storage"], storage, contents)) if size else b""
    return {"data": data.hex()} if size <= INLINE else {"sha256": hashlib.sha256(data).hexdigest()}


def _bytes_of(index, storage, contents):
    if "x" in storage:
        return bytes.fromhex(storage["x"])
    if contents is None:
        raise BytesNeeded("storage %d" % index)
    data = contents(index)
    if hashlib.sha256(data).hexdigest() != storage["sha256"]:
        raise ValueError("the bytes of storage %d are not those of its digest" % index)
    return data


def _is_contiguous(shape, stride):
    expected = 1
    for count, step in zip(reversed(shape), reversed(stride)):
        if count != 1 and step != expected:
            return False
        expected *= count
    return True


def elements(tensor, data):
    """The bytes of a tensor with at least one element, over the bytes of its storage."""
    item = ITEM_BYTES.get(tensor["dtype"], 1)
    axes = [(int(n), int(step)) for n, step in zip(tensor["shape"], tensor["stride"]) if int(n) != 1]

    def gather(axis, at):
        if axis == len(axes):
            return data[at:at + item]
        count, step = axes[axis]
        if step == 1 and axis + 1 == len(axes):
            return data[at:at + count * item]
        if step == 0:
            return gather(axis + 1, at) * count
        return b"".join(gather(axis + 1, at + i * step * item) for i in range(count))

    return _resolved(tensor, item, gather(0, int(tensor["offset"]) * item))


def _resolved(tensor, item, data):
    """The elements with the lazy conjugate and negative bits applied."""
    is_complex = "complex" in tensor["dtype"]
    part = item // 2 if is_complex else item
    data = bytearray(data)
    if tensor.get("conj"):
        _flip_signs(data, item, item - 1)
    if tensor.get("neg") and (is_complex or "float" in tensor["dtype"]):
        _flip_signs(data, part, part - 1)
    elif tensor.get("neg") and tensor["dtype"] != "bool":
        for at in range(0, len(data), item):
            number = -int.from_bytes(data[at:at + item], "little") % (1 << 8 * item)
            data[at:at + item] = number.to_bytes(item, "little")
    return bytes(data)


def _flip_signs(data, step, at):
    for place in range(at, len(data), step):
        data[place] ^= 0x80
