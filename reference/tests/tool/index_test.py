"""A checkpoint of a trillion parameters: 2,000,000 tensors over 500 storages of 4 GB, as a file whose storages take no room on the disk.
The limits as they are let it pass, and it is listed to its end.
"""

import struct
import tempfile
import unittest
from pathlib import Path

import tool

STORAGES, TENSORS_EACH, ELEMENTS = 500, 4000, 500_000
BYTES = TENSORS_EACH * ELEMENTS * 2  # of a storage; bfloat16
LOCAL, CENTRAL = struct.Struct("<4s5H3L2H"), struct.Struct("<4s6H3L5H2L")


def once(index, value):
    """The value, kept under an index of the memo (LONG_BINPUT)."""
    return value + b"r" + struct.pack("<I", index)


def again(index):
    return b"j" + struct.pack("<I", index)


def storage(key):
    named = tool.text("storage") + tool.name("torch.BFloat16Storage") + tool.text(str(key)) + tool.text("cpu")
    return b"(" + named + tool.number(BYTES // 2) + b"tQ"


def pickled():
    """A tuple of what the tensors share (function, shape, stride, hooks, and the storages), in the memo, and of a dict of all of them."""
    shared = [tool.name("torch._utils._rebuild_tensor_v2"), tool.numbers([ELEMENTS]), tool.numbers([1])]
    shared += [tool.name("collections.OrderedDict") + b")R", *map(storage, range(STORAGES))]
    yield b"\x80\x02(" + b"".join(once(index, value) for index, value in enumerate(shared)) + b"}("
    function, shape, stride, hooks = map(again, range(4))
    for key in range(STORAGES):
        place, rest = function + b"(" + again(4 + key), shape + stride + b"\x89" + hooks + b"tR"
        names = [tool.text("layers.%d.%d.weight" % (key, i)) for i in range(TENSORS_EACH)]
        yield b"".join(name + place + tool.integer(i * ELEMENTS) + rest for i, name in enumerate(names))
    yield b"ut."


def write(path):
    records = [("data.pkl", b"".join(pickled())), ("byteorder", b"little"), ("version", b"3\n")]
    records += [("data/%d" % key, None) for key in range(STORAGES)]
    with open(path, "wb") as file:
        directory = b""
        for name, data in records:
            size, at, name = BYTES if data is None else len(data), file.tell(), b"archive/" + name.encode()
            file.write(LOCAL.pack(b"PK\3\4", 45, 0, 0, 0, 0, 0, size, size, len(name), 0) + name + (data or b""))
            file.seek(at + LOCAL.size + len(name) + size)
            extra = struct.pack("<HHQ", 1, 8, at)
            directory += CENTRAL.pack(b"PK\1\2", 45, 45, 0, 0, 0, 0, 0, size, size, len(name), len(extra), 0, 0, 0, 0, 0xFFFFFFFF) + name + extra
        at, count = file.tell(), len(records)
        file.write(directory)
        file.write(struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(directory), at))
        file.write(struct.pack("<4sLQL", b"PK\6\7", 0, at + len(directory), 1))
        file.write(struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(directory), 0xFFFFFFFF, 0))


class Index(unittest.TestCase):
    def test_two_million_tensors_pass_the_limits(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "index.pt"
            try:
                write(path)
            except OSError as error:  # a disk without sparse files of this size
                self.skipTest(str(error))
            self.assertGreater(path.stat().st_size, 2 * 10**12)
            loaded = tool.run("load", "--strict", path)
            self.assertEqual((loaded.returncode, loaded.stderr), (0, b""))
            listed = tool.run("ls", path).stdout.decode().splitlines()
            self.assertEqual(len(listed), 1 + STORAGES * TENSORS_EACH + 1)
            self.assertRegex(listed[-1], r"^2,000,000 tensors, 1,000,000,000,000 elements, .*; 500 storages")


if __name__ == "__main__":
    unittest.main()
