"""What a program must see of a checkpoint, computed from the value that Python wrote of what torch loaded: the storages and the
tensors under every path, in the words of dump.c. Nothing here comes from our own library."""

import hashlib
import json

ITEM_BYTES = {"float32": 4, "float64": 8, "float16": 2, "bfloat16": 2, "uint8": 1, "int8": 1, "int16": 2, "int32": 4, "int64": 8,
              "bool": 1, "complex32": 4, "bcomplex32": 4, "complex64": 8, "complex128": 16, "uint16": 2, "uint32": 4, "uint64": 8,
              "float8_e4m3fn": 1, "float8_e5m2": 1, "float8_e4m3fnuz": 1, "float8_e5m2fnuz": 1, "float8_e8m0fnu": 1,
              "float4_e2m1fn_x2": 1, "qint8": 1, "quint8": 1, "qint32": 4, "quint4x2": 1, "quint2x4": 1, "bits1x8": 1,
              "bits2x4": 1, "bits4x2": 1, "bits8": 1, "bits16": 2,
              **{"%s%d" % (sign, bits): 1 for sign in ("int", "uint") for bits in range(1, 8)}}
PER_BYTE = {"quint4x2": 2, "quint2x4": 4}
SPARSE_PARTS = ("indices", "crow", "col", "ccol", "row", "values")
SHOWN_BYTES = 1 << 16


def text_bytes(value):
    return bytes.fromhex(value["x"]) if "x" in value else value["v"].encode("utf-8", "surrogatepass")


def step(key):
    """A key of a dict as a step of a path."""
    if key["t"] == "str":
        return "k" + text_bytes(key).hex()
    if key["t"] == "int" and -(2**63) <= int(key["v"]) < 2**63:
        return "n" + key["v"]
    return "o" + json.dumps(key, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass").hex()


def count_of(shape):
    count = 1
    for size in shape:
        count *= size
    return count


def is_contiguous(shape, stride):
    if 0 in shape:
        return True
    step_wanted = 1
    for size, step_there in zip(reversed(shape), reversed(stride)):
        if size != 1 and step_there != step_wanted:
            return False
        step_wanted *= size
    return True


def flip(item, dtype, conj, neg):
    """The bytes of one element, conjugated and negated: the signs of its one or two parts, or the two's complement."""
    if not conj and not neg:
        return item
    if dtype.startswith(("int", "uint")):
        return (-int.from_bytes(item, "little") % 256**len(item)).to_bytes(len(item), "little") if neg else item
    part = len(item) // 2 if "complex" in dtype else len(item)
    assert "complex" in dtype or "float" in dtype, dtype
    item = bytearray(item)
    for end in range(part, len(item) + 1, part):
        if neg != (conj and end == len(item)):
            item[end - 1] ^= 0x80
    return bytes(item)


class Document:
    """A canonical value, {"root":…, "storages":[…]}."""

    def __init__(self, value):
        self.storages = value["storages"]
        self.by_id = {}
        self.rows = []
        self.on_path = set()
        self.visit(value["root"], "")

    def bytes_of(self, index):
        return bytes.fromhex(self.storages[index]["x"]) if "x" in self.storages[index] else None

    def visit(self, value, path, parameter=None):
        if value["t"] == "ref":
            value = self.by_id[value["id"]]
        elif "id" in value:
            self.by_id[value["id"]] = value
        if value["t"] == "parameter":
            return self.visit_parameter(value, path)
        if value["t"] == "tensor":
            self.add(value, path, parameter, None)
        if id(value) in self.on_path:
            return None
        self.on_path.add(id(value))
        if value["t"] == "sparse":
            for name in SPARSE_PARTS:
                if name in value:
                    self.add(value[name], path + "/m" + name.encode().hex(), None, (value, parameter))
        if value["t"] in ("list", "tuple", "set"):
            for at, item in enumerate(value["v"]):
                self.visit(item, path + "/n%d" % at)
        if value["t"] in ("dict", "odict", "counter"):
            for key, item in value["v"]:
                self.register(key)
                self.visit(item, path + "/" + step(key))
        self.visit_attributes(value, path)
        self.on_path.discard(id(value))
        return None

    def visit_parameter(self, value, path):
        again = id(value) in self.on_path
        self.on_path.add(id(value))
        self.visit(value["data"], path, value)
        if not again:
            self.visit_attributes(value, path)
            self.on_path.discard(id(value))

    def visit_attributes(self, value, path):
        for key, item in value.get("attrs", {"v": []})["v"]:
            self.visit(item, path + "/a" + text_bytes(key).hex())

    def register(self, key):
        """A key can be what a later ref means."""
        if "id" in key:
            self.by_id[key["id"]] = key
        if key["t"] == "tuple":
            for item in key["v"]:
                self.register(item)

    def logical(self, tensor, nbytes, contiguous):
        """The elements in row-major order; None where the value has not the bytes, or they are too many."""
        storage = self.bytes_of(tensor["storage"])
        if storage is None or nbytes > SHOWN_BYTES:
            return None
        dtype, size = tensor["dtype"], ITEM_BYTES[tensor["dtype"]]
        start = int(tensor["offset"]) * size
        if dtype in PER_BYTE:
            return storage[start:start + nbytes] if contiguous else None
        positions = [start] if 0 not in tensor["shape"] else []
        for count, stride in zip(tensor["shape"], tensor["stride"]):
            positions = [at + i * int(stride) * size for at in positions for i in range(int(count))]
        bits = tensor.get("conj", False), tensor.get("neg", False)
        return b"".join(flip(storage[at:at + size], dtype, *bits) for at in positions)

    def add(self, tensor, path, parameter, sparse):
        shape, stride = [[int(n) for n in tensor[key]] for key in ("shape", "stride")]
        per_byte = PER_BYTE.get(tensor["dtype"], 1)
        count = count_of(shape)
        nbytes = min(-(-count // per_byte) * ITEM_BYTES[tensor["dtype"]], 2**64 - 1)
        meta = tensor.get("storage") is None or self.storages[tensor["storage"]]["device"] == "meta"
        contiguous = is_contiguous(shape, stride)
        grad = (parameter or tensor)["requires_grad"]
        flags = [grad, parameter is not None, tensor.get("conj", False), tensor.get("neg", False), meta, contiguous]
        data = None if meta else self.logical(tensor, nbytes, contiguous)
        self.rows.append({
            "path": path, "dtype": tensor["dtype"], "shape": shape, "stride": stride, "offset": int(tensor["offset"]),
            "storage": tensor.get("storage"),
            "device": "meta" if tensor.get("storage") is None else self.storages[tensor["storage"]]["device"],
            "nbytes": nbytes, "flags": "".join("%d" % flag for flag in flags), "quantizer": quantizer(tensor.get("q")),
            "sparse": sparse_words(*sparse) if sparse else "", "data": data})


def quantizer(q):
    """(scheme, numbers) in dump.c's words."""
    if q is None:
        return "", ""
    if "scale" in q:
        return "torch." + q["scheme"], "%s,%s" % (q["scale"], q["zero_point"])
    return "torch." + q["scheme"], ",".join(["%d" % q["axis"], *q["scales"], *q["zero_points"]])


def sparse_words(sparse, parameter):
    """Whether a sparse tensor that is no parameter needs gradients is not in its value: "?"."""
    grad = "%d" % parameter["requires_grad"] if parameter else "?"
    return "%s,%s,%d,%d,%s,[%s]" % (sparse["layout"], sparse["dtype"], sparse.get("coalesced", False), parameter is not None,
                                    grad, ",".join("%d" % int(n) for n in sparse["shape"]))


def sha256(data):
    return hashlib.sha256(data).hexdigest()
