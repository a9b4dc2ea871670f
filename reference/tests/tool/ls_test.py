"""CLI-008 to CLI-012: what `ls` lists."""

import hashlib
import json
import struct
import tempfile
import unittest
from pathlib import Path

import tool


def little_endian(storage, tensor):
    """The logical bytes of a listed float32 tensor, computed here from the storage's bytes."""
    values = struct.unpack("<%df" % (len(storage) // 4), storage)
    positions = [tensor["offset"]]
    for size, step in zip(tensor["shape"], tensor["stride"]):
        positions = [at + i * step for at in positions for i in range(size)]
    return struct.pack("<%df" % len(positions), *(values[at] for at in positions))


def negated(data):
    """The bytes of float32 elements, each with its sign changed."""
    return bytes(byte ^ 0x80 if i % 4 == 3 else byte for i, byte in enumerate(data))


def negative_views(value):
    """(storage, offset, shape) of every tensor in a canonical value that has its neg bit set."""
    found, left = set(), [value]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            if value.get("t") == "tensor" and value.get("neg"):
                found.add((value["storage"], value["offset"], tuple(value["shape"])))
            left += value.values()
        elif isinstance(value, list):
            left += value
    return found


class LsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def write(self, value, storages=None, **options):
        path = self.folder / "file.pt"
        path.write_bytes(tool.archive(value, storages, **options))
        return path

    def listed(self, path, *options):
        return tool.document("ls", "--json", *options, path)

    def lines(self, path, *options):
        process = tool.run("ls", *options, path)
        self.assertEqual((process.returncode, process.stderr), (0, b""))
        return process.stdout.decode().split("\n")

    def test_the_document_is_exactly_this(self):
        value = tool.dictionary([(tool.text("model"), tool.dictionary([(tool.text("w"), b"](" + tool.tensor(
            "0", [2, 3], [3, 1], numel=6) + b"e")]))])
        path = self.write(value, {"0": tool.floats(6)})
        tensor = {"path": ["model", "w", 0], "dtype": "float32", "shape": [2, 3], "stride": [3, 1], "offset": 0, "storage": 0,
                  "device": "cpu", "nbytes": 24, "requires_grad": False}
        document = {"schema": "weightsonly.ls/1", "file": str(path), "verdict": "accept", "checked": "structure",
                    "tensors": [tensor], "truncated": False}
        self.assertEqual(tool.run("ls", "--json", path).stdout.decode(),
                         json.dumps(document, separators=(",", ":"), ensure_ascii=False) + "\n")
        digest = hashlib.sha256(tool.floats(6)).hexdigest()
        document.update(checked="content", tensors=[dict(tensor, sha256=digest)])
        self.assertEqual(tool.run("ls", "--json", "--sha256", path).stdout.decode(),
                         json.dumps(document, separators=(",", ":"), ensure_ascii=False) + "\n")

    def test_path_elements_have_types(self):
        leaf = tool.tensor("0", [], [], numel=1)
        keys = [(tool.text("a"), "a"), (tool.integer(-5), -5), (tool.integer(7), 7),
                (b"\x89", {"t": "bool", "v": False}), (b"N", {"t": "none"}),
                (b"G" + struct.pack(">d", 0.5), {"t": "float", "v": "3fe0000000000000"}),
                (tool.integer(1) + tool.text("x") + b"\x86",
                 {"t": "tuple", "v": [{"t": "int", "v": "1"}, {"t": "str", "v": "x"}]})]
        path = self.write(tool.dictionary([(key, leaf) for key, _ in keys]), {"0": tool.floats(1)})
        self.assertEqual([t["path"] for t in self.listed(path)["tensors"]], [[element] for _, element in keys])
        path = self.write(b"](" + leaf + leaf + b"\x86" + leaf + b"e", {"0": tool.floats(1)})
        self.assertEqual([t["path"] for t in self.listed(path)["tensors"]], [[0, 0], [0, 1], [1]])
        path = self.write(leaf, {"0": tool.floats(1)})
        self.assertEqual([t["path"] for t in self.listed(path)["tensors"]], [[]])
        self.assertIn("(root)", self.lines(path)[1])

    def test_a_key_that_is_not_unicode_is_hex(self):
        path = self.write(tool.dictionary([(tool.text("\ud800x"), tool.tensor("0", [], [], numel=1))]), {"0": tool.floats(1)})
        self.assertEqual(self.listed(path)["tensors"][0]["path"], [{"x": "eda08078"}])

    def test_a_tensor_is_listed_under_every_path_in_document_order(self):
        shared = tool.tensor("0", [1], [1]) + b"q\x01"
        value = tool.dictionary([(tool.text("z"), shared), (tool.text("a"), b"](h\x01h\x01e"), (tool.text("b"), b"h\x01")])
        path = self.write(value, {"0": tool.floats(1)})
        self.assertEqual([t["path"] for t in self.listed(path)["tensors"]], [["z"], ["a", 0], ["a", 1], ["b"]])
        lines = self.lines(path)
        self.assertEqual([line.split()[0] for line in lines[1:5]], ["z", "a[0]", "a[1]", "b"])
        self.assertTrue(lines[4].endswith("same tensor as z"), lines[4])
        self.assertTrue(lines[5].startswith("1 tensor under 4 paths, 1 element, 4 B; 1 storage, 4 B"), lines[5])

    def test_paths_without_end_are_cut_and_it_is_said(self):
        value = tool.tensor("0", [1], [1])
        for _ in range(40):  # 2^40 paths
            value = b"](" + value + b"q\x05h\x05e"
        path = self.write(value, {"0": tool.floats(1)})
        with open(self.folder / "out", "wb") as out:
            self.assertEqual(tool.run("ls", "--json", path, stdout=out).returncode, 0)
        self.assertLess((self.folder / "out").stat().st_size, 600 << 20)
        with open(self.folder / "out", "rb") as out:
            out.seek(-40, 2)
            self.assertTrue(out.read().endswith(b'],"truncated":true}\n'))

    def test_long_paths_times_many_tensors_are_cut(self):
        key = tool.text("k" * 300000) + b"q\x01"
        many = tool.tensor("0", [1], [1]) + b"q\x02" + b"h\x02" * 100000
        path = self.write(tool.dictionary([(key, b"](" + many + b"e")]), {"0": tool.floats(1)})
        with open(self.folder / "out", "wb") as out:
            self.assertEqual(tool.run("ls", "--json", path, stdout=out).returncode, 0)
        self.assertLess((self.folder / "out").stat().st_size, 400 << 20)
        self.assertTrue(tool.parse((self.folder / "out").read_bytes())["truncated"])

    def test_the_digest_is_over_the_logical_elements(self):
        storage = tool.floats(12)
        views = {"whole": ([12], [1], 0), "rows": ([3, 4], [4, 1], 0), "transposed": ([4, 3], [1, 4], 0),
                 "every-second": ([3], [2], 1), "expanded": ([2, 3], [0, 1], 4), "scalar": ([], [], 11), "none": ([0, 5], [5, 1], 0)}
        value = tool.dictionary([(tool.text(name), tool.tensor("0", shape, stride, offset, numel=12))
                                 for name, (shape, stride, offset) in views.items()])
        for options in ({}, {"deflated": ("data/0",)}):
            path = self.write(value, {"0": storage}, **options)
            tensors = self.listed(path, "--sha256")["tensors"]
            self.assertEqual([t["path"] for t in tensors], [[name] for name in views])
            for tensor in tensors:
                with self.subTest(tensor=tensor["path"], options=options):
                    data = little_endian(storage, tensor)
                    self.assertEqual(tensor["nbytes"], len(data))
                    self.assertEqual(tensor["sha256"], hashlib.sha256(data).hexdigest())

    def test_the_digest_of_a_big_endian_file_is_over_little_endian_elements(self):
        swapped = struct.pack(">3f", 0, 1, 2)
        path = self.write(tool.tensor("0", [3], [1], numel=3), {"0": swapped}, byteorder=b"big")
        (tensor,) = self.listed(path, "--sha256")["tensors"]
        self.assertEqual(tensor["sha256"], hashlib.sha256(tool.floats(3)).hexdigest())

    def test_a_sparse_tensor_is_listed_as_the_parts_that_torch_gives_it(self):  # CHK-031
        parts = {"indices", "values", "crow", "col", "ccol", "row"}
        for name in ("sparse-csr", "sparse-csc", "sparse-bsr", "sparse-bsc", "sparse-coo-hybrid"):
            file = tool.CORPUS / "torch-2.15.0" / (name + ".pt")
            value = tool.parse(tool.answer_of(file).read_text("utf-8"))["value"]["root"]
            while value["t"] != "sparse":
                value = value["v"][0] if value["t"] == "list" else value["v"][0][1]
            expected = [(key, part["dtype"], part["shape"]) for key, part in value.items() if key in parts]
            self.assertGreater(len(expected), 1)
            listed = tool.documents(tool.run("ls", "--json", file))[0]["tensors"][:len(expected)]
            given = [(row["path"][-1], row["dtype"], row["shape"]) for row in listed]
            self.assertEqual([({"attr": key}, *rest) for key, *rest in expected], given, name)

    def test_every_digest_of_the_corpus_is_that_of_the_expected_bytes(self):
        checked = 0
        files = sorted((tool.CORPUS / "torch-2.15.0").glob("*.pt"))
        for document in tool.documents(tool.run("ls", "--json", "--sha256", *files)):
            if document["verdict"] != "accept":
                continue
            expected = tool.deep(tool.parse, tool.answer_of(Path(document["file"])).read_text("utf-8"))
            storages = expected["value"]["storages"] if expected.get("value") else []
            negative = negative_views(expected.get("value"))
            for tensor in document["tensors"]:
                if tensor["dtype"] != "float32" or tensor["device"] == "meta" or tensor["nbytes"] == 0:
                    continue
                if tensor["storage"] >= len(storages):
                    continue
                storage = storages[tensor["storage"]]
                if "x" in storage:
                    data = little_endian(bytes.fromhex(storage["x"]), tensor)
                    if (tensor["storage"], tensor["offset"], tuple(tensor["shape"])) in negative:  # VAL-009
                        data = negated(data)
                    self.assertEqual(tensor["sha256"], hashlib.sha256(data).hexdigest(), (document["file"], tensor["path"]))
                    checked += 1
        self.assertGreater(checked, 100)

    def test_a_view_that_is_far_larger_than_its_file_goes_without_a_digest(self):
        value = tool.dictionary([(tool.text("a"), tool.tensor("0", [2**40], [0], numel=1)),
                                 (tool.text("b"), tool.tensor("1", [1], [1], numel=1))])
        path = self.write(value, {"0": tool.floats(1), "1": tool.floats(1)})
        big, small = self.listed(path, "--sha256")["tensors"]
        self.assertEqual((big["sha256"], big["sha256_omitted"], big["nbytes"]), (None, "limit.output", 2**42))
        self.assertEqual(small["sha256"], hashlib.sha256(tool.floats(1)).hexdigest())
        self.assertIn("(too large)", self.lines(path, "--sha256")[1])

    def test_a_quantized_tensor_is_listed_with_its_scheme_and_without_a_digest(self):
        path = tool.CORPUS / "torch-2.15.0" / "quantized-per-channel.pt"
        first = self.listed(path, "--sha256")["tensors"][0]
        self.assertEqual((first["dtype"], first["qscheme"], first["sha256"], first["sha256_omitted"]),
                         ("qint8", "torch.per_channel_affine", None, "quantized"))
        row = self.lines(path, "--sha256")[1]
        self.assertIn("(quantized)", row)
        self.assertIn("per_channel_affine", row)

    def test_a_tensor_of_a_class_is_listed_with_its_class_and_without_a_digest(self):  # SUB-007
        def made(function, arguments, state):
            kind, rebuild = tool.name("my.Tagged"), tool.name("torch._tensor._rebuild_from_type_v2")
            return rebuild + b"(" + tool.name(function) + kind + arguments + state + b"tR"

        def called(path, argument):
            return tool.name(path) + b"(" + tool.text(argument) + b"tR"

        plain = tool.tensor("0", [2], [1], numel=2)
        view = plain[plain.index(b"("):-1]  # the arguments alone
        outside = (b"(" + tool.name("my.Tagged") + tool.name("torch.float32") + tool.numbers([3]) + tool.numbers([1]) +
                   tool.integer(0) + called("torch.serialization._get_layout", "torch.strided") + called("torch.device", "cpu") +
                   b"\x89t")
        inner = tool.dictionary([(tool.text("inner"), plain)])
        value = tool.dictionary([(tool.text("t"), made("torch._utils._rebuild_tensor_v2", view, b"N")),
                                 (tool.text("w"), made("torch._utils._rebuild_wrapper_subclass", outside, inner))])
        path = self.write(value, {"0": tool.floats(2)})
        tensors = self.listed(path, "--sha256", "--allow", "my.Tagged")["tensors"]
        self.assertEqual([(t["path"], t.get("class"), t["storage"], t["device"], t.get("sha256_omitted")) for t in tensors],
                         [(["t"], "my.Tagged", 0, "cpu", "subclass"), (["w"], "my.Tagged", None, "cpu", "subclass"),
                          (["w", {"attr": "inner"}], None, 0, "cpu", None)])
        lines = self.lines(path, "--sha256", "--allow", "my.Tagged")
        self.assertIn("(of a class)", lines[1])
        self.assertTrue(lines[1].endswith("  my.Tagged"), lines[1])
        self.assertIn("(no bytes)", lines[2])
        self.assertTrue(lines[2].endswith("my.Tagged, wrapper"), lines[2])
        process = tool.run("load", "--allow", "my.Tagged", path)
        self.assertIn(b"'t': my.Tagged float32 [2]", process.stdout)
        self.assertEqual(tool.run("ls", path).returncode, 1)

    def test_damaged_contents_are_refused_before_the_first_byte(self):
        path = self.write(tool.tensor("0", [1000], [1], numel=1000), {"0": tool.floats(1000)}, deflated=("data/0",))
        data = bytearray(path.read_bytes())
        at = data.index(b"archive/data/0") + 200
        data[at:at + 40] = b"\xff" * 40
        path.write_bytes(data)
        self.assertEqual(self.listed(path)["verdict"], "accept")
        self.assertEqual(self.listed(path)["checked"], "structure")
        for words in (["ls", "--json", "--sha256"], ["load", "--json"]):
            document = tool.document(*words, path)
            self.assertEqual((document["verdict"], document["kind"]), ("reject", "container.zip.inflate"))

    def test_names_cannot_write_to_the_terminal(self):
        names = ["\x1b[31mred", "a\nb", "tab\t", "\u202eright-to-left", "back\\slash", "\x9b31m"]
        value = tool.dictionary([(tool.text(name), tool.tensor("0", [1], [1])) for name in names])
        path = self.write(value, {"0": tool.floats(1)}, prefix="\x1b[2J")
        for command in ("ls", "load", "globals", "inspect", "dis"):
            with self.subTest(command=command):
                out = tool.run(command, path).stdout
                self.assertTrue(out)
                self.assertNotRegex(out.decode(), "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]")
        lines = self.lines(path)
        self.assertEqual([line.split()[0] for line in lines[1:7]],
                         [r"\x1b[31mred", r"a\nb", r"tab\t", r"\u{202e}right-to-left", r"back\\slash", r"\u{9b}31m"])

    def test_the_columns_are_aligned(self):
        names = ["a", "layers.0.weight", "\u00e9\u4e2d", "x" * 30]
        value = tool.dictionary([(tool.text(name), tool.tensor("0", [n + 1, 300], [0, 1], numel=300))
                                 for n, name in enumerate(names)])
        lines = self.lines(self.write(value, {"0": tool.floats(300)}))
        self.assertEqual(lines[0].split(), ["NAME", "DTYPE", "SHAPE", "BYTES"])
        column = lines[0].index("DTYPE")
        end = lines[0].index("BYTES") + 5
        for line, size in zip(lines[1:5], ("1.2 KiB", "2.3 KiB", "3.5 KiB", "4.7 KiB")):
            self.assertEqual(line[column:column + 7], "float32")
            self.assertEqual(line[:end].rstrip()[-7:], size)
            self.assertEqual(line[end - 7:end], size)

    def test_what_is_unusual_is_said(self):
        views = {"plain": ([2, 3], [3, 1]), "transposed": ([3, 2], [1, 3]), "expanded": ([4, 6], [0, 1])}
        value = tool.dictionary([(tool.text(name), tool.tensor("0", shape, stride, numel=6))
                                 for name, (shape, stride) in views.items()] +
                                [(tool.text("gpu"), tool.tensor("1", [1], [1], device="cuda:0"))])
        lines = self.lines(self.write(value, {"0": tool.floats(6), "1": tool.floats(1)}))
        self.assertTrue(lines[1].endswith("24 B"), lines[1])
        self.assertTrue(lines[2].endswith("strided, shares storage with plain"), lines[2])
        self.assertTrue(lines[3].endswith("expanded, shares storage with plain"), lines[3])
        self.assertTrue(lines[4].endswith("cuda:0"), lines[4])
        self.assertEqual(lines[5], "4 tensors, 37 elements, 148 B; 2 storages, 28 B, 1 shared by several tensors")

    def test_a_small_view_that_drags_a_large_storage_along_is_said_with_the_advice_to_clone(self):
        value = tool.dictionary([(tool.text("row"), tool.tensor("0", [4], [1], 8, numel=25600)),
                                 (tool.text("most"), tool.tensor("1", [90], [1], numel=100)),
                                 (tool.text("all"), tool.tensor("2", [10], [1], numel=10))])
        lines = self.lines(self.write(value, {"0": tool.floats(25600), "1": tool.floats(100), "2": tool.floats(10)}))
        notes = [line for line in lines if line.startswith("note:")]
        self.assertEqual(notes, ["note: data/0 has 100.0 KiB, of which row shows 16 B. A small view drags a large storage along: "
                                 "save row.clone() to keep only what it shows.",
                                 "note: data/1 has 400 B, of which most shows 360 B."])

    def test_two_views_that_show_all_of_a_storage_together_are_no_waste(self):
        value = tool.dictionary([(tool.text("a"), tool.tensor("0", [5], [1], 0, numel=10)),
                                 (tool.text("b"), tool.tensor("0", [5], [1], 5, numel=10))])
        self.assertNotIn("note:", "\n".join(self.lines(self.write(value, {"0": tool.floats(10)}))))

    def test_parameters_show(self):
        path = tool.CORPUS / "torch-2.15.0/alias-parameter.pt"
        lines = self.lines(path)
        self.assertTrue(lines[1].startswith("a ") and lines[1].endswith("parameter"), lines[1])
        self.assertIn("same tensor as a", lines[2])
        self.assertEqual([t["requires_grad"] for t in self.listed(path)["tensors"]], [True, True, False])

    def test_a_meta_tensor_has_no_storage_and_no_digest(self):
        path = tool.CORPUS / "torch-2.15.0/meta.pt"
        for tensor in self.listed(path, "--sha256")["tensors"]:
            self.assertEqual((tensor["device"], tensor["storage"], tensor["sha256"], tensor["sha256_omitted"]),
                             ("meta", None, None, "storage.meta"))
        self.assertNotIn("sha256", self.listed(path)["tensors"][0])
        lines = self.lines(path, "--sha256")
        self.assertIn("(no bytes)", lines[1])
        self.assertTrue(lines[4].endswith("parameter, meta"), lines[4])
        self.assertEqual(lines[5], "4 tensors, 14 elements, 56 B; 0 storages, 0 B")

    def test_half_a_million_tensors_take_seconds_and_little_memory(self):
        count = 500000
        one = tool.tensor("0", [2, 2], [2, 1], numel=4)
        path = self.write(b"](" + one * count + b"e", {"0": tool.floats(4)})
        for options in ([], ["--json"]):
            with open(self.folder / "out", "wb") as out:
                process = tool.run("ls", *options, path, stdout=out, timeout=60)
            self.assertEqual(process.returncode, 0)
            self.assertGreater((self.folder / "out").stat().st_size, 10 * count)


if __name__ == "__main__":
    unittest.main()
