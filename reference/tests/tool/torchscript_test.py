"""TSC-010 to TSC-012: what `ls --torchscript` and `inspect` tell of TorchScript archives."""

import hashlib
import re
import struct
import tempfile
import unittest
import zipfile
from pathlib import Path

import tool


def script(name, state):
    """An object of the archive's own code."""
    return tool.name("__torch__." + name) + b")\x81" + state + b"b"


def attributes(pairs):
    return tool.dictionary([(tool.text(key), value) for key, value in pairs])


def packed(tensor):
    """The logical bytes of a tensor that torch.jit.load found."""
    letter = {"torch.float32": "f", "torch.int64": "q", "torch.float16": "e", "torch.bool": "?"}[tensor["dtype"]]
    return struct.pack("<%d%s" % (len(tensor["values"]), letter), *tensor["values"])


def tensors_in(row, path, found):
    """Adds {path: (dtype, shape, stride, offset, sha256)} of every tensor in a row of torch.jit.load."""
    if "tensor" in row:
        tensor = row["tensor"]
        found[path] = (tensor["dtype"], tensor["shape"], tensor["stride"], tensor["offset"],
                       None if tensor["values"] is None else hashlib.sha256(packed(tensor)).hexdigest())
    for i, item in enumerate(row.get("list", []) + row.get("tuple", [])):
        tensors_in(item, path + (i,), found)
    for key, item in row.get("dict", []):
        tensors_in(item, path + (key["value"],), found)


def listed_tensors(document):
    return {tuple(step["attr"] if isinstance(step, dict) else step for step in tensor["path"]): (
        "torch." + tensor["dtype"], tensor["shape"], tensor["stride"], tensor["offset"], tensor.get("sha256"))
        for tensor in document["tensors"]}


def plain(value):
    """A canonical value as torch.jit.load's rows have it; tensors apart."""
    kind = value["t"]
    if kind in ("list", "tuple"):
        return {kind: [plain(item) for item in value["v"]]}
    if kind == "dict":
        return {"dict": [[plain(key), plain(item)] for key, item in value["v"]]}
    if kind == "tensor":
        return {"tensor": True}
    if kind == "float":
        return {"value": struct.unpack(">d", bytes.fromhex(value["v"]))[0]}
    return {"value": {"none": lambda v: None, "bool": bool, "int": int, "str": str}[kind](value.get("v"))}


def without_tensors(row):
    if "tensor" in row:
        return {"tensor": True}
    return {key: [[without_tensors(k), without_tensors(v)] for k, v in row[key]] if key == "dict"
            else [without_tensors(item) for item in row[key]] if key in ("list", "tuple") else row[key]
            for key in row if key in ("list", "tuple", "dict", "value")}


class CorpusTest(unittest.TestCase):
    """Every archive that torch 1.13.1 and 2.15.0 wrote, against what torch.jit.load of 2.15.0 found in it."""

    def rows(self):
        files = sorted(tool.CORPUS.glob("torch-*/*.torchscript.json"))
        self.assertGreaterEqual(len(files), 16)
        return [(file.with_name(file.name.replace(".torchscript.json", ".pt")), tool.parse(file.read_text())) for file in files]

    def test_tensors_and_constants_are_those_of_torch(self):
        for file, torch in self.rows():
            document = tool.document("ls", "--torchscript", "--json", "--sha256", file)
            expected = {}
            for row in torch["attributes"]:
                tensors_in(row, tuple(row["name"].split(".")), expected)
            self.assertEqual(listed_tensors(document), expected)
            constants = {}
            for name, tensor in torch["constants"].items():
                tensors_in({"tensor": tensor}, (int(name[1:]),), constants)
            self.assertEqual(listed_tensors(document["constants"]), constants)
            gradients = {tuple(row["name"].split(".")): row["requires_grad"] for row in torch["attributes"] if "requires_grad" in row}
            for tensor in document["tensors"]:
                path = tuple(step["attr"] if isinstance(step, dict) else step for step in tensor["path"])
                self.assertEqual(tensor["requires_grad"], gradients.get(path, False), path)

    def test_attributes_are_those_of_torch(self):
        for file, torch in self.rows():
            document = tool.document("ls", "--torchscript", "--json", file)
            found = {".".join(step["attr"] for step in entry["path"]): plain(entry["value"]) for entry in document["attributes"]}
            # A Final attribute stands in the code and not in data.pkl.
            expected = {row["name"]: without_tensors(row) for row in torch["attributes"]
                        if "tensor" not in row and not row["type"].startswith("Final[")}
            self.assertEqual(found, expected)

    def test_version_code_and_records_are_those_of_torch(self):
        for file, torch in self.rows():
            document = tool.document("inspect", "--json", file)
            found = document["torchscript"]
            self.assertEqual(str(found["version"]), torch["version"])
            self.assertEqual(sorted(code["name"] for code in found["code"]), torch["code"])
            self.assertEqual(sorted(record["name"] for record in document["records"]), torch["records"])
            # The archives of other versions were put together again without alignment.
            self.assertEqual({oddity["what"] for oddity in document["oddities"]} - {"misaligned"}, set())
            self.assertEqual(["c%d" % i for i in range(len(torch["constants"]))], [c["name"] for c in found["constants"]])

    def test_the_calls_are_those_that_can_mean_two_things(self):
        for file, torch in self.rows():
            found = tool.document("inspect", "--json", file)["torchscript"]["calls"]
            listed = [(call["file"], call["line"], call["call"] + "(") for call in found]
            every = [(call["file"], call["line"], call["call"]) for call in torch["versioned_calls"]]
            with zipfile.ZipFile(file) as archive:
                folder = archive.namelist()[0].split("/", 1)[0]
                code = {name: archive.read(folder + "/" + name).decode().split("\n") for name in torch["code"]}
            fixed = [call for call in every if re.search(r"rounding_mode=|dtype=\d|torch\.full\([^()]*, \d+\.\d*[,)]", code[call[0]][call[1] - 1])]
            self.assertEqual(listed, [call for call in every if call not in fixed])

    def test_the_meaning_is_what_the_methods_gave(self):
        seen = set()
        for file, torch in self.rows():
            meanings = {(call["call"], call["meaning"].split(":")[0]) for call in
                        tool.document("inspect", "--json", file)["torchscript"]["calls"]}
            results = {call["method"]: call["result"]["dtype"] for call in reversed(torch["calls"])
                       if all(argument["dtype"] == "torch.int64" for argument in call["arguments"])}
            if "halve" in results:
                old = results["halve"] == "torch.int64"
                self.assertIn(("torch.div", "before version 4" if old else "since version 4"), meanings)
                seen.add(("div", old))
            if "filled" in results:
                old = results["filled"] == "torch.float32"
                self.assertIn(("torch.full", "before version 5" if old else "since version 5"), meanings)
                seen.add(("full", old))
        self.assertEqual(seen, {("div", True), ("div", False), ("full", True), ("full", False)})


class TorchScriptTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "file.pt"

    def write(self, data, constants=b")", code=b"", version=b"4\n", more=()):
        extra = [("constants.pkl", tool.pickled(constants)), ("constants/0", tool.floats(2)), ("code/__torch__.py", code), *more]
        archive = tool.archive(data, {"0": tool.floats(6), "1": tool.floats(2)}, extra)
        self.path.write_bytes(archive.replace(b"3\n", version) if version != b"3\n" else archive)
        return self.path

    def module(self):
        layer = script("Layer", attributes([("bias", tool.tensor("1", [2], [1], numel=2)), ("training", b"\x89")]))
        return script("Net", attributes([
            ("weight", tool.tensor("0", [2, 3], [3, 1], numel=6)), ("sizes", tool.name("torch.jit._pickle.build_intlist")
                                                                   + b"(](" + tool.integer(1) + tool.integer(2) + b"etR"),
            ("0", layer), ("color", tool.name("__torch__.Color") + tool.integer(2) + b"R"),
            ("pair", b"(" + tool.tensor("1", [1], [1], numel=2) + tool.text("x") + b"t")]))

    def listed(self, *options):
        process = tool.run("ls", "--torchscript", *options, self.path)
        self.assertEqual((process.returncode, process.stderr), (0, b""))
        return process.stdout.decode()

    def inspected(self):
        return tool.document("inspect", "--json", self.path)["torchscript"]

    def test_people_see_tensors_and_attributes_by_their_names(self):
        self.write(self.module(), b"(" + tool.tensor("0", [2], [1], numel=2) + tool.integer(7) + b"t")
        self.assertEqual(self.listed(), """%s: TorchScript of version 4, object of __torch__.Net
NAME     DTYPE    SHAPE   BYTES
weight   float32  [2, 3]   24 B
0.bias   float32  [2]       8 B
pair[0]  float32  [1]       4 B  shares storage with 0.bias
3 tensors, 9 elements, 36 B; 2 storages, 32 B, 1 shared by several tensors
ATTRIBUTE   VALUE
sizes       [1, 2]
0.training  False
color       __torch__.Color(2)
pair        (tensor float32 [1], 'x')
constants.pkl, whose [N] the code calls CONSTANTS.cN:
NAME  DTYPE    SHAPE  BYTES
[0]   float32  [2]      8 B
1 tensor, 2 elements, 8 B; 1 storage, 8 B
ATTRIBUTE  VALUE
[1]        7
""" % self.path)

    def test_the_document_has_paths_and_values(self):
        self.write(self.module(), b"(" + tool.tensor("0", [2], [1], numel=2) + tool.integer(7) + b"t")
        document = tool.parse(self.listed("--json", "--sha256"))
        self.assertEqual(list(document), ["schema", "file", "verdict", "checked", "version", "class", "tensors", "attributes",
                                          "truncated", "constants"])
        self.assertEqual([document[key] for key in ("schema", "verdict", "checked", "version", "class", "truncated")],
                         ["weightsonly.ls/1", "accept", "content", 4, "__torch__.Net", False])
        self.assertEqual([tensor["path"] for tensor in document["tensors"]],
                         [[{"attr": "weight"}], [{"attr": "0"}, {"attr": "bias"}], [{"attr": "pair"}, 0]])
        self.assertEqual(document["tensors"][0]["sha256"], hashlib.sha256(tool.floats(6)).hexdigest())
        values = [(entry["path"], entry["value"]) for entry in document["attributes"]]
        self.assertEqual(values[:3], [
            ([{"attr": "sizes"}], {"t": "list", "v": [{"t": "int", "v": "1"}, {"t": "int", "v": "2"}]}),
            ([{"attr": "0"}, {"attr": "training"}], {"t": "bool", "v": False}),
            ([{"attr": "color"}], {"t": "object", "class": "__torch__.Color", "via": "reduce", "args": {"t": "int", "v": "2"}})])
        self.assertEqual(len(values), 4)
        constants = document["constants"]
        self.assertEqual([(tensor["path"], tensor["sha256"]) for tensor in constants["tensors"]],
                         [([0], hashlib.sha256(tool.floats(2)).hexdigest())])
        self.assertEqual(constants["attributes"], [{"path": [1], "value": {"t": "int", "v": "7"}}])

    def test_a_state_that_is_no_dict_and_objects_in_lists_are_shown(self):
        inner = script("Inner", attributes([("x", tool.integer(1))]))
        self.write(script("Net", attributes([("packed", script("Packed", b"(" + tool.integer(5) + b"t")), ("parts", b"](" + inner + b"e")])))
        document = tool.parse(self.listed("--json"))
        self.assertEqual([entry["path"] for entry in document["attributes"]], [
            [{"attr": "packed"}, {"attr": "__state__"}], [{"attr": "parts"}], [{"attr": "parts"}, 0, {"attr": "x"}]])

    def test_an_object_that_holds_itself_is_listed_once(self):
        self.write(tool.name("__torch__.Net") + b")\x81q\x00" + attributes([("me", b"h\x00"), ("x", tool.integer(1))]) + b"b")
        self.assertEqual([entry["path"] for entry in tool.parse(self.listed("--json"))["attributes"]], [[{"attr": "x"}]])

    def test_names_and_texts_from_the_file_are_escaped(self):
        self.write(script("N\x1b[2J", attributes([("a\x1b[31m", tool.text("b\x1b[0m"))])), code=b"y = torch.div(x, 2) \x1b[2J\n",
                   more=[("code/\x1b[2J.py", b"")])
        for output in (self.listed(), tool.run("inspect", self.path).stdout.decode()):
            self.assertNotIn("\x1b", output)
        self.assertIn("a\\x1b[31m", self.listed())

    def test_the_pickle_of_a_refusal_is_named(self):
        self.write(self.module(), tool.name("os.mkdir"))
        document = tool.document("ls", "--torchscript", "--json", self.path)
        self.assertEqual([document[key] for key in ("verdict", "kind", "record", "offset")],
                         ["reject", "policy.module-blocked", "constants.pkl", 2])
        self.assertEqual(tool.run("ls", "--torchscript", self.path).returncode, 1)

    def test_other_files_are_refused(self):
        self.path.write_bytes(tool.archive(b"}"))
        self.assertEqual(tool.document("ls", "--torchscript", "--json", self.path)["kind"], "container.record-missing")
        self.write(self.module())
        for command in ("ls", "load", "globals"):
            self.assertEqual(tool.document(command, "--json", self.path)["kind"], "container.torchscript")

    def test_inspect_lists_calls_with_the_meaning_that_the_version_gives_them(self):
        code = b"class Net(Module):\n  def forward(self, x):\n    z = torch.full([2], 3)\n    return torch.div(x, z)\n"
        for version, meanings in ((b"3", ["before version 5", "before version 4"]), (b"4", ["before version 5", "since version 4"]),
                                  (b"5", ["since version 5", "since version 4"])):
            self.write(self.module(), code=code, version=version + b"\n")
            found = self.inspected()
            self.assertEqual(found["version"], int(version))
            self.assertEqual([(call["file"], call["line"], call["call"], call["text"]) for call in found["calls"]],
                             [("code/__torch__.py", 3, "torch.full", "z = torch.full([2], 3)"),
                              ("code/__torch__.py", 4, "torch.div", "return torch.div(x, z)")])
            self.assertEqual([call["meaning"].split(":")[0] for call in found["calls"]], meanings)
            self.assertEqual(found["code"], [{"name": "code/__torch__.py", "bytes": len(code), "lines": 4}])
            lines = tool.run("inspect", self.path).stdout.decode().split("\n")
            self.assertIn("  call: code/__torch__.py:3: z = torch.full([2], 3)", lines)
            self.assertTrue(any(line.startswith("        torch.full " + meanings[0]) for line in lines), lines)

    def test_inspect_shows_constants_and_faults(self):
        self.write(self.module(), b"(" + tool.tensor("0", [2], [1], numel=2) + tool.integer(7) + b"t")
        found = self.inspected()
        self.assertEqual((found["class"], found["constants_left_out"]), ("__torch__.Net", 0))
        self.assertEqual(found["constants"], [{"name": "c0", "value": "tensor float32 [2]"}, {"name": "c1", "value": "7"}])
        oddities = tool.document("inspect", "--json", self.path)["oddities"]
        self.assertEqual({(oddity["what"], oddity["record"]) for oddity in oddities},
                         {("misaligned", "data/0"), ("misaligned", "data/1")})
        self.write(self.module(), tool.name("os.mkdir"))
        found = self.inspected()
        self.assertEqual((found["fault"]["kind"], found["fault"]["record"]), ("policy.module-blocked", "constants.pkl"))
        self.assertEqual(len(found["code"]), 1)
        self.write(self.module(), version=b"11")
        document = tool.document("inspect", "--json", self.path)
        self.assertEqual(document["torchscript"]["fault"]["kind"], "container.version")

    def test_a_checkpoint_has_no_member_torchscript(self):
        self.path.write_bytes(tool.archive(b"}"))
        self.assertNotIn("torchscript", tool.document("inspect", "--json", self.path))

    def test_many_constants_and_calls_are_capped_and_counted(self):
        self.write(self.module(), b"(" + b"N" * 1500 + b"t", code=b"torch.div(x, 2)\n" * 10500)
        found = self.inspected()
        self.assertEqual((len(found["constants"]), found["constants_left_out"]), (1000, 500))
        self.assertEqual((len(found["calls"]), found["calls_left_out"]), (10000, 500))
        self.assertIn("  call: 10,400 more like these", tool.run("inspect", self.path).stdout.decode().split("\n"))

    def test_a_chain_of_objects_is_listed_without_recursion_and_within_its_limit(self):
        depth = 20000
        state = b"}(" + tool.text("x") + b"N" + tool.text("n")
        self.write(tool.name("__torch__.N") + b"q\x00" + b")\x81" + state + (b"h\x00)\x81" + state) * depth + b"N" + b"ub" * (depth + 1))
        lines = self.listed().split("\n")
        self.assertEqual(lines[-2], "note: there are more attributes than are listed here")
        self.assertLess(len(lines), depth)


if __name__ == "__main__":
    unittest.main()
