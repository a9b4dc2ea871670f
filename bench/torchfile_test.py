"""bench/torchfile.py writes what torch writes: rebuilt files of corpus/ differ from torch's in the serialization id alone."""

import collections
import io
import os
import struct
import sys
import unittest
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import torchfile  # noqa: E402

SOURCE = os.environ.get("WEIGHTSONLY_SOURCE") or os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TORCH_FILES = os.path.join(SOURCE, "corpus", "torch-2.15.0")


def written_by_torch(name):
    with open(os.path.join(TORCH_FILES, name + ".pt"), "rb") as file:
        return file.read()


def without_serialization_id(data):
    """The file with zeros for the forty digits and for their CRC, in the data descriptor and in the directory."""
    masked = bytearray(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        last = archive.infolist()[-1]
        directory_at = archive.start_dir
    assert last.filename.endswith(".data/serialization_id"), last.filename
    name_size, extra_size = struct.unpack_from("<HH", data, last.header_offset + 26)
    payload_at = last.header_offset + 30 + name_size + extra_size
    entry_at = data.rindex(b"PK\1\2", directory_at)
    for at, size in ((payload_at, 40), (payload_at + 44, 4), (entry_at + 16, 4)):
        masked[at : at + size] = bytes(size)
    return bytes(masked)


def storage(payload, kind="FloatStorage"):
    return torchfile.Storage(kind, len(payload) // torchfile.ITEM_BYTES[kind], lambda nbytes: iter([payload[:nbytes]]))


def linear(weight, bias):
    """The state_dict of torch.nn.Linear(3, 2)."""
    state = collections.OrderedDict(weight=torchfile.Tensor(storage(weight), (2, 3)), bias=torchfile.Tensor(storage(bias), (2,)))
    state._metadata = collections.OrderedDict({"": {"version": 1}})
    return state


def saved(save, value, **options):
    out = io.BytesIO()
    save(out, value, **options)
    return out.getvalue()


class TorchFile(unittest.TestCase):
    maxDiff = None

    def test_a_state_dict_has_the_bytes_that_torch_wrote(self):
        want = written_by_torch("linear")
        with zipfile.ZipFile(io.BytesIO(want)) as archive:
            value = linear(archive.read("linear/data/0"), archive.read("linear/data/1"))
        have = saved(torchfile.save, value, prefix="linear")
        self.assertEqual(without_serialization_id(have), without_serialization_id(want))

    def test_a_view_has_the_bytes_that_torch_wrote(self):
        value = torchfile.Tensor(storage(struct.pack("<10f", *range(10))), (4,), offset=4)
        have, want = saved(torchfile.save, value, prefix="view-offset"), written_by_torch("view-offset")
        self.assertEqual(without_serialization_id(have), without_serialization_id(want))

    def test_sparse_tensors_have_the_bytes_that_torch_wrote(self):
        # What torch saved: a compressed tensor whose column indices are a view, and one of coordinates.
        for name, layout, shapes, sizes in (("sparse-csr", "csr", [(3,), (3,), (3,)], (2, 4)),
                                            ("sparse-coo-onedimension", "coo", [(1, 2), (2,)], (6,))):
            want = written_by_torch(name)
            with zipfile.ZipFile(io.BytesIO(want)) as archive:
                payloads = [archive.read(f"{name}/data/{i}") for i in range(len(shapes))]
            parts = [torchfile.Tensor(storage(payload, "FloatStorage" if i == len(shapes) - 1 else "LongStorage"), shape,
                                      offset=3 if (layout, i) == ("csr", 1) else 0)
                     for i, (payload, shape) in enumerate(zip(payloads, shapes))]
            value = torchfile.Sparse(layout, parts, sizes, coalesced=None if layout == "csr" else True)
            have = saved(torchfile.save, value, prefix=name)
            with self.subTest(name):
                self.assertEqual(without_serialization_id(have), without_serialization_id(want))

    def test_a_legacy_state_dict_has_the_bytes_that_torch_wrote(self):
        want = written_by_torch("legacy-linear")
        bias, weight = want[-8:], want[-8 - 8 - 24 : -8 - 8]  # before each: its number of elements
        self.assertEqual(saved(torchfile.save_legacy, linear(weight, bias)), want)

    def test_deflated_records_inflate_to_the_same_bytes(self):
        payload = bytes(range(256)) * 64
        files = [saved(torchfile.save, [torchfile.Tensor(storage(payload), (64, 64))], deflate=flag) for flag in (False, True)]
        with zipfile.ZipFile(io.BytesIO(files[0])) as plain, zipfile.ZipFile(io.BytesIO(files[1])) as deflated:
            self.assertIsNone(deflated.testzip())
            self.assertEqual(deflated.read("archive/data/0"), payload)
            self.assertEqual(deflated.read("archive/data.pkl"), plain.read("archive/data.pkl"))
            self.assertEqual(deflated.getinfo("archive/data/0").compress_type, zipfile.ZIP_DEFLATED)
            self.assertEqual([info.filename for info in deflated.infolist()], [info.filename for info in plain.infolist()])


if __name__ == "__main__":
    sys.exit(unittest.main())
