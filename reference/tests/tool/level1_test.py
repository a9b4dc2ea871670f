"""OUT-030 to OUT-036: the rows of level 1, by two writers: `serve`, and conformance/run/level1.py from the canonical value."""

import hashlib
import json
import os
import sys
import tempfile
import unittest
from pathlib import Path

import tool

sys.path.insert(0, str(tool.SOURCE / "conformance/run"))

import elements  # noqa: E402
import level1  # noqa: E402

HOOKS = tool.name("collections.OrderedDict") + b")R"


def serve(paths, level=1, options=None):
    """One answer for each path."""
    asked = "".join(json.dumps({"cmd": "load", "seq": seq, "path": os.fspath(path), "level": level, "options": options or {}}) + "\n"
                    for seq, path in enumerate(paths))
    answers = tool.documents(tool.run("serve", input=asked.encode(), timeout=600))
    assert [answer["seq"] for answer in answers] == list(range(len(paths)))
    return answers


class Corpus(unittest.TestCase):
    def test_both_writers_agree_on_every_file_that_is_accepted(self):
        tool.deep(self.compare)

    def compare(self):
        manifest = json.loads((tool.CORPUS / "manifest.json").read_text("utf-8"))
        files = [tool.CORPUS / entry["file"] for entry in manifest["files"]]
        found = [(path, answer) for path, answer in zip(files, serve(files)) if answer["verdict"] == "accept"]
        rows = from_torch = 0
        for at in range(0, len(found), 200):
            batch = found[at:at + 200]
            ours = tool.documents(tool.run("load", "--json", "--bytes", *(path for path, _ in batch), timeout=600))
            for (path, answer), full in zip(batch, ours):
                if full["value"] is None:  # nests too deep
                    continue
                # What torch loaded, as Python wrote it down, where we load the same: then the values have no common source.
                torch = json.loads(tool.answer_of(path).read_text("utf-8"))
                value = full["value"] if "deviation" in torch else torch.get("value") or full["value"]
                expected = level1.tensors_of(value, path.stat().st_size, self.contents(full["value"]))
                self.assertEqual(answer["tensors"], expected, path)
                rows += len(expected)
                from_torch += value is not full["value"]
        print("%d files, %d of them from torch's value, %d rows" % (len(found), from_torch, rows))
        self.assertGreater(from_torch, 1000)

    @staticmethod
    def contents(full):
        return lambda index: bytes.fromhex(full["storages"][index]["x"])


class Rows(unittest.TestCase):
    """Rows that were worked out by hand, from both writers."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "file.pt"

    def rows(self, value, storages=None, allow=(), **options):
        self.path.write_bytes(tool.archive(value, storages, **options))
        asked = {"safe_globals": list(allow)}
        (first,), (second,) = serve([self.path], 1, asked), serve([self.path], 2, asked)
        self.assertEqual((first["verdict"], second["verdict"]), ("accept", "accept"), first)
        def contents(index):
            return storages[str(index)]
        self.assertEqual(first["tensors"], level1.tensors_of(second["value"], self.path.stat().st_size, contents))
        return first["tensors"]

    def paths(self, value, storages=None, **options):
        return [row["path"] for row in self.rows(value, storages or {"0": tool.floats(1)}, **options)]

    def test_a_row_has_path_dtype_shape_and_the_elements(self):
        value = b"](" + tool.tensor("0", [2, 2], [1, 2], 1, numel=8) + tool.tensor("0", [0], [1], numel=8) + b"e"
        data = tool.floats(8)
        self.assertEqual(self.rows(value, {"0": data}), [
            {"path": [0], "dtype": "float32", "shape": [2, 2], "data": (data[4:8] + data[12:16] + data[8:12] + data[16:20]).hex()},
            {"path": [1], "dtype": "float32", "shape": [0], "data": ""}])

    def test_from_4097_bytes_on_the_digest_stands_there(self):
        for count, step in ((1024, 1), (1025, 1), (1025, 0)):
            data = tool.floats(count)
            (row,) = self.rows(tool.tensor("0", [count], [step], numel=count), {"0": data})
            logical = data if step else data[:4] * count
            same = {"data": data.hex()} if count == 1024 else {"sha256": hashlib.sha256(logical).hexdigest()}
            self.assertEqual(row, {"path": [], "dtype": "float32", "shape": [count], **same})

    def test_more_than_64_mib_that_the_file_does_not_have_is_omitted(self):
        for count, omitted in ((1 << 24, False), ((1 << 24) + 1, True)):
            (row,) = self.rows(tool.tensor("0", [count], [0]), {"0": tool.floats(1)})
            self.assertEqual(row.get("data_omitted"), "limit.output" if omitted else None)
            self.assertEqual("sha256" in row, not omitted)

    def test_steps_are_typed(self):
        tensor = tool.tensor("0", [1], [1])
        keys = {b"K\x01": 1, tool.text("1"): "1", b"\x8a\x07" + (2**53 - 1).to_bytes(7, "little"): 2**53 - 1,
                b"\x8a\x07" + (2**53).to_bytes(7, "little"): {"t": "int", "v": str(2**53)},
                b"\x8a\x07" + (-2**53).to_bytes(7, "little", signed=True): {"t": "int", "v": str(-2**53)},
                b"\x8a\x0a" + (2**72).to_bytes(10, "little"): {"t": "int", "v": str(2**72)},
                b"\x89": {"t": "bool", "v": False}, b"N": {"t": "none"},
                b"K\x02K\x03\x86": {"t": "tuple", "v": [{"t": "int", "v": "2"}, {"t": "int", "v": "3"}]},
                tool.text(b"\xed\xa0\x80"): {"x": "eda080"}, tool.text('a"\\\n\x01\x7f\u00e9'): 'a"\\\n\x01\x7f\u00e9'}
        value = tool.dictionary([(key, b"]" + tensor + b"a") for key in keys])
        order = sorted(([step, 0] for step in keys.values()), key=lambda path: level1.compact(path).encode())
        self.assertEqual(self.paths(value), order)

    def test_a_shared_tuple_is_written_as_if_it_stood_alone(self):
        # One tuple in a list, as a key, and twice in another key.
        tensor = tool.tensor("0", [1], [1])
        shared = b"K\x01\x85q\x01"
        value = b"](" + shared + b"}(h\x01" + tensor + b"h\x01h\x01\x86" + tensor + b"ue"
        one = {"t": "tuple", "v": [{"t": "int", "v": "1"}]}
        self.assertEqual(self.paths(value), [[1, one], [1, {"t": "tuple", "v": [{"t": "tuple", "id": 0, "v": one["v"]}, {"t": "ref", "id": 0}]}]])

    def test_a_tensor_as_a_key_counts_its_storage_from_0(self):
        tensors = [tool.tensor(key, [1], [1]) for key in "01"]
        value = tool.dictionary([(tool.text("a"), tensors[0]), (tensors[1], tensors[0])])
        self.assertEqual([path[0] if isinstance(path[0], str) else path[0]["storage"]
                          for path in self.paths(value, {"0": tool.floats(1), "1": tool.floats(1)})], ["a", 0])

    def test_a_long_key_is_omitted(self):
        for count, omitted in ((5039, False), (5040, True)):  # 13 bytes for each item and 18: up to 65,536
            value = tool.dictionary([(b"(" + b"N" * count + b"t", tool.tensor("0", [1], [1]))])
            (path,) = self.paths(value)
            self.assertEqual(path == [{"omitted": "limit.output"}], omitted)

    def test_members_of_a_set_have_no_position_and_their_rows_are_sorted(self):
        tensors = [tool.tensor(key, [1], [1]) for key in "10"]
        value = tool.name("builtins.set") + b"](" + b"".join(tensors) + b"K\x05" + tensors[0] + b"\x85e\x85R"
        rows = self.rows(value, {"0": tool.floats(1), "1": b"\0\0\x80\x3f"})
        step = {"in": "set"}
        self.assertEqual([(row["path"], row["data"]) for row in rows],
                         [([step, 0], "0000803f"), ([step], "00000000"), ([step], "0000803f")])

    def test_a_tensor_is_listed_under_every_path_and_cycles_are_cut(self):
        tensor = tool.tensor("0", [1], [1])
        self.assertEqual(self.paths(b"]q\x01(" + tensor + b"q\x02h\x02h\x01e"), [[0], [1]])

    def test_attributes_states_and_arguments_have_names(self):
        tensor = tool.tensor("0", [1], [1])
        made = tool.name("training.make") + b"(" + tensor + b"tR" + tool.dictionary([(tool.text("w"), tensor), (b"K\x07", tensor)]) + b"b"
        new = tool.name("training.Thing") + b")\x81" + b"(" + tensor + b"tb"
        ordered = HOOKS + tool.dictionary([(tool.text("_metadata"), b"](" + tensor + b"e")]) + b"b"
        attr = [{"attr": name} for name in ("__args__", "__state__", "_metadata", "w")]
        self.assertEqual(self.paths(b"](" + made + new + ordered + b"e", allow=("training.make", "training.Thing")),
                         [[0, 7], [0, attr[0], 0], [0, attr[3]], [1, attr[1], 0], [2, attr[2], 0]])

    def test_sparse_quantized_and_meta_tensors(self):
        files = [tool.CORPUS / "torch-2.15.0" / name for name in ("sparse-coo.pt", "quantized-per-channel.pt")]
        sparse, quantized = (answer["tensors"] for answer in serve(files))
        for row in sparse + quantized:
            self.assertEqual(set(row), {"path", "dtype", "shape"})
        self.assertEqual([row["path"] for row in sparse], [["coalesced"], ["empty"], ["uncoalesced"]])
        (row,) = self.rows(tool.tensor("0", [3], [1], numel=3, device="meta"), {"0": tool.floats(3)})
        self.assertEqual(row, {"path": [], "dtype": "float32", "shape": [3], "data": None})


class Elements(unittest.TestCase):
    """The lazy bits, by hand; the corpus shows them on files of torch."""

    def read(self, dtype, data, **bits):
        return elements.elements({"dtype": dtype, "shape": [len(data) // elements.ITEM_BYTES.get(dtype, 1)], "stride": [1], "offset": 0, **bits}, data)

    def test_conj_turns_the_imaginary_half_and_neg_both(self):
        self.assertEqual(self.read("complex64", bytes(8), conj=True).hex(), "0000000000000080")
        self.assertEqual(self.read("complex64", bytes(8), conj=True, neg=True).hex(), "0000008000000000")
        self.assertEqual(self.read("complex32", bytes(4), neg=True).hex(), "00800080")
        self.assertEqual(self.read("bfloat16", bytes(4), neg=True).hex(), "00800080")

    def test_neg_of_integers_is_the_twos_complement(self):
        self.assertEqual(self.read("int16", bytes([1, 0, 0, 1]), neg=True).hex(), "ffff00ff")

    def test_bytes_of_a_storage_are_needed_for_a_part_of_it_and_compared_with_the_digest(self):
        data = bytes(5000)
        storages = [{"device": "cpu", "nbytes": 5000, "sha256": hashlib.sha256(data).hexdigest()}]
        whole = {"dtype": "uint8", "shape": [5000], "stride": [1], "offset": 0, "storage": 0}
        self.assertEqual(elements.data_of(whole, storages), {"sha256": storages[0]["sha256"]})
        self.assertEqual(elements.data_of(dict(whole, shape=[50, 1, 100], stride=[100, 7, 1]), storages), {"sha256": storages[0]["sha256"]})
        for other in (dict(whole, shape=[50, 100], stride=[1, 50]), dict(whole, dtype="complex64", shape=[625], conj=True)):
            self.assertRaises(elements.BytesNeeded, elements.data_of, other, storages)
        part = dict(whole, shape=[2])
        self.assertRaises(elements.BytesNeeded, elements.data_of, part, storages)
        self.assertEqual(elements.data_of(part, storages, contents=lambda _: data), {"data": "0000"})
        self.assertRaises(ValueError, elements.data_of, part, storages, contents=lambda _: data[1:])


if __name__ == "__main__":
    unittest.main()
