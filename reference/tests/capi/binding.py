"""A checkpoint by ctypes: the answers of dump.c, asked for from Python, and its elements gathered here from the bytes where they
lie."""

import ctypes
import struct

import expected
import header


class Refused(Exception):
    def __init__(self, kind, record, offset, detail):
        super().__init__("%s: %s" % (kind, detail))
        self.kind, self.record, self.offset, self.detail = kind, record, offset, detail


class Weightsonly:
    """The library; `call` raises Refused for a refusal, and frees it."""

    def __init__(self, path):
        self.c = header.load(path)

    def call(self, name, *arguments):
        refusal = ctypes.c_void_p()
        answer = getattr(self.c, "weightsonly_" + name)(*arguments, ctypes.byref(refusal))
        if refusal:
            length = ctypes.c_size_t()
            record = self.c.weightsonly_refusal_record(refusal, ctypes.byref(length))
            error = Refused(self.c.weightsonly_refusal_kind(refusal).decode(), record,
                            self.c.weightsonly_refusal_offset(refusal), self.c.weightsonly_refusal_detail(refusal).decode())
            assert length.value >= len(record)
            self.c.weightsonly_refusal_free(refusal)
            raise error
        return answer

    def json(self, checkpoint, all_bytes=0):
        length = ctypes.c_size_t()
        text = self.call("json", checkpoint, all_bytes, ctypes.byref(length))
        try:
            return ctypes.string_at(text, length.value).decode()
        finally:
            self.c.weightsonly_text_free(text)

    def data(self, handle, kind):
        """The bytes of a tensor or a storage where they lie (here: copied out of there)."""
        at, size = ctypes.c_void_p(), ctypes.c_size_t()
        self.call(kind + "_data", handle, ctypes.byref(at), ctypes.byref(size))
        return ctypes.string_at(at, size.value) if size.value else b""

    def path(self, cursor):
        words = ""
        for at in range(self.c.weightsonly_cursor_path_length(cursor)):
            kind = "-knamo"[self.c.weightsonly_cursor_path_kind(cursor, at)]
            if kind == "n":
                words += "/n%d" % self.c.weightsonly_cursor_path_number(cursor, at)
                continue
            length = ctypes.c_size_t()
            name = self.c.weightsonly_cursor_path_name(cursor, at, ctypes.byref(length))
            words += "/" + kind + ctypes.string_at(name, length.value).hex()
        return words

    def numbers(self, pointer, count):
        return list((ctypes.c_int64 * count).from_address(pointer)) if count else []

    def storages(self, checkpoint):
        found = []
        for at in range(self.c.weightsonly_storage_count(checkpoint)):
            storage = self.call("storage_at", checkpoint, at)
            meta = self.c.weightsonly_storage_is_meta(storage)
            found.append({"device": self.c.weightsonly_storage_device(storage).decode(),
                          "nbytes": self.c.weightsonly_storage_nbytes(storage), "meta": bool(meta),
                          "data": None if meta else self.data(storage, "storage")})
            self.c.weightsonly_storage_free(storage)
        return found

    def tensors(self, checkpoint):
        cursor = self.call("cursor_open", checkpoint)
        found = []
        while self.call("cursor_next", cursor) == 0:
            tensor = self.call("cursor_tensor", cursor)
            found.append(self.tensor(cursor, tensor))
            self.c.weightsonly_tensor_free(tensor)
        self.c.weightsonly_cursor_close(cursor)
        return found

    def tensor(self, cursor, tensor):
        def ask(name):
            return getattr(self.c, "weightsonly_tensor_" + name)(tensor)
        row = {"path": self.path(cursor), "dtype": ask("dtype").decode(), "shape": self.numbers(ask("shape"), ask("ndim")),
               "stride": self.numbers(ask("stride"), ask("ndim")), "offset": ask("storage_offset"), "storage": None,
               "device": ask("device").decode(), "nbytes": ask("nbytes"),
               "flags": "".join("%d" % ask(name) for name in ("requires_grad", "is_parameter", "is_conj", "is_neg", "is_meta",
                                                              "is_contiguous")),
               "quantizer": self.quantizer(tensor), "sparse": self.sparse(cursor), "data": None, "sha256": ""}
        storage = self.call("tensor_storage", tensor)
        if storage:
            row["storage"] = self.c.weightsonly_storage_index(storage)
        self.c.weightsonly_storage_free(storage)
        if not ask("is_meta") and ask("nbytes") <= expected.SHOWN_BYTES and ask("dtype").decode() not in expected.PER_BYTE:
            row["data"] = self.elements(tensor, row)
        return row

    def elements(self, tensor, row):
        data = self.data(tensor, "tensor")
        size = self.c.weightsonly_tensor_item_bytes(tensor)
        positions = [0] if row["nbytes"] else []
        for count, stride in zip(row["shape"], row["stride"]):
            positions = [at + i * stride * size for at in positions for i in range(count)]
        conj, neg = (flag == "1" for flag in row["flags"][2:4])
        gathered = b"".join(expected.flip(data[at:at + size], row["dtype"], conj, neg) for at in positions)
        copied = ctypes.create_string_buffer(row["nbytes"] + 1)
        self.call("tensor_copy", tensor, ctypes.byref(copied), row["nbytes"])
        assert copied.raw[:-1] == gathered, row["path"]
        digest = ctypes.create_string_buffer(65)
        self.call("tensor_sha256", tensor, digest)
        row["sha256"] = digest.value.decode()
        return gathered

    def sparse(self, cursor):
        sparse = self.call("cursor_sparse", cursor)
        if not sparse:
            return ""
        def ask(name):
            return getattr(self.c, "weightsonly_sparse_" + name)(sparse)
        words = "%s,%s,%d,%d,%d,[%s]" % (ask("layout").decode(), ask("dtype").decode(), ask("is_coalesced"), ask("is_parameter"),
                                         ask("requires_grad"),
                                         ",".join(map(str, self.numbers(ask("shape"), ask("ndim")))))
        self.c.weightsonly_sparse_free(sparse)
        return words

    def quantizer(self, tensor):
        def ask(name):
            return getattr(self.c, "weightsonly_tensor_" + name)(tensor)
        def floats(numbers):
            return ["%016x" % struct.unpack("<Q", struct.pack("<d", number)) for number in numbers]
        scheme, count = ask("qscheme").decode(), ask("q_channels")
        if not scheme:
            return "", ""
        if scheme == "torch.per_tensor_affine":
            return scheme, "%s,%d" % (*floats([ask("q_scale")]), ask("q_zero_point"))
        doubles, integers = (ctypes.c_double * count)(), (ctypes.c_int64 * count)()
        self.call("tensor_q_scales", tensor, doubles, count)
        words = [str(ask("q_axis")), *floats(doubles)]
        if scheme.endswith("float_qparams"):
            self.call("tensor_q_float_zero_points", tensor, doubles, count)
            words += floats(doubles)
        else:
            self.call("tensor_q_zero_points", tensor, integers, count)
            words += map(str, integers)
        return scheme, ",".join(words)
