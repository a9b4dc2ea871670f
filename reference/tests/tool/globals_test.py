"""CLI-014, CLI-031, CLI-032: what `globals` says, and which lines of Python it gives."""

import ast
import tempfile
import unittest
from pathlib import Path

import tool

ALLOWED = "collections.OrderedDict"


class GlobalsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "file.pt"

    def run_on(self, names, *options):
        value = b"](" + b"".join(n if isinstance(n, bytes) else tool.name(n) for n in names) + b"e"
        self.path.write_bytes(tool.archive(value))
        return tool.run("globals", *options, self.path)

    def document(self, names, *options):
        (document,) = tool.documents(self.run_on(names, "--json", *options))
        return document

    def test_each_name_has_its_standing_and_the_offset_of_its_first_mention(self):
        names = [ALLOWED, "mypackage.Thing", ALLOWED, "os.mkdir", "torch.distributed.tensor.DTensor", "mypackage.Thing"]
        document = self.document(names)
        self.assertEqual([(g["name"], g["standing"]) for g in document["globals"]],
                         [(ALLOWED, "allowed"), ("mypackage.Thing", "not-allowed"), ("os.mkdir", "blocked"),
                          ("torch.distributed.tensor.DTensor", "not-imported")])
        pickle = tool.pickled(b"](" + b"".join(map(tool.name, names)) + b"e")
        self.assertEqual([g["offset"] for g in document["globals"]],
                         [pickle.index(tool.name(n)) for n in dict.fromkeys(names)])
        self.assertEqual((document["verdict"], document["kind"]), ("reject", "policy.global-not-allowed"))

    def test_exit_1_when_something_is_not_allowed(self):
        for names, code in (([ALLOWED], 0), ([], 0), (["a.B"], 1), (["os.mkdir"], 1), (["torch.distributed.tensor.DTensor"], 1)):
            with self.subTest(names=names):
                self.assertEqual(self.run_on(names).returncode, code)
                self.assertEqual(self.run_on(names, "--json").returncode, code)

    def test_the_lines_are_python_and_name_nothing_but_what_is_missing(self):
        document = self.document([ALLOWED, "mypackage.sub.Thing", "other.function"])
        self.assertEqual(document["allow"], ["from mypackage.sub import Thing", "from other import function", "import torch",
                                             "with torch.serialization.safe_globals([Thing, function]):"])
        self.assertEqual(document["python"], document["allow"] + ["    checkpoint = torch.load(path, weights_only=True)"])
        ast.parse("\n".join(document["python"]))
        text = self.run_on([ALLOWED, "mypackage.sub.Thing"]).stdout.decode()
        self.assertIn("    with torch.serialization.safe_globals([Thing]):\n"
                      "        checkpoint = torch.load(path, weights_only=True)\n", text)
        self.assertIn("torch.save(model.state_dict(), path)", text)

    def allowed_by(self, names, *options):
        """{name in the file: (module, object)} by the abstract syntax of the lines; names that torch takes from the object itself
        are module.object."""
        tree = ast.parse("\n".join(self.document(names, *options)["python"]))
        objects, allowed = {}, {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                objects.update({alias.asname or alias.name: (node.module, alias.name) for alias in node.names})
        (block,) = [node for node in tree.body if isinstance(node, ast.With)]
        (call,) = [item.context_expr for item in block.items]
        self.assertEqual(ast.unparse(call.func), "torch.serialization.safe_globals")
        for item in call.args[0].elts:
            thing, name = (item.elts[0], item.elts[1].value) if isinstance(item, ast.Tuple) else (item, None)
            allowed[name or ".".join(objects[thing.id])] = objects[thing.id]
        return allowed

    def test_equal_names_of_different_modules_get_names_of_their_own(self):
        names = ["a.Config", "b.Config", "c.torch", "d.path", "e.checkpoint"]
        self.assertEqual(self.allowed_by(names), {name: tuple(name.split(".")) for name in names})

    def test_many_names_stand_on_lines_of_their_own(self):
        names = ["package%d.Thing%d" % (number, number) for number in range(20)]
        document = self.document(names)
        self.assertLess(max(map(len, document["python"])), 100)
        self.assertEqual(set(self.allowed_by(names)), set(names))

    def test_names_that_changed_are_allowed_under_the_name_of_the_file(self):
        # The object of today, for the name that pickle wrote in protocol 2 (CPython's _compat_pickle) or numpy before 2.0.
        self.assertEqual(self.allowed_by(["urlparse.SplitResult", "exceptions.ValueError", "numpy.core.multiarray.scalar",
                                          "numpy.ma.core.MaskedArray", "copy_reg._reconstructor", "__builtin__.unicode"]),
                         {"urlparse.SplitResult": ("urllib.parse", "SplitResult"), "exceptions.ValueError": ("builtins", "ValueError"),
                          "numpy.core.multiarray.scalar": ("numpy._core.multiarray", "scalar"),
                          "numpy.ma.core.MaskedArray": ("numpy.ma.core", "MaskedArray"),
                          "copyreg._reconstructor": ("copyreg", "_reconstructor"), "builtins.str": ("builtins", "str")})

    def test_a_name_that_its_object_has_in_some_releases_only_is_said(self):
        # numpy 1.24.4 and 2.4.6: MaskedArray calls itself numpy.ma.core.MaskedArray in the one, numpy.ma.MaskedArray in the other.
        for name in ("numpy.ma.MaskedArray", "numpy.ma.core.MaskedArray"):
            self.assertEqual(self.document([name])["allow"][-1], 'with torch.serialization.safe_globals([(MaskedArray, "%s")]):' % name)

    def dtype(self, code):
        return tool.name("numpy.dtype") + tool.text(code) + b"\x85RNb"

    def test_a_class_that_build_asks_for_is_shown_and_allowed(self):
        document = self.document([self.dtype("f4"), self.dtype("U3")])
        self.assertEqual([(b["name"], b["name_before_numpy_1_25"], b["maker"], b["argument"]) for b in document["built"]],
                         [("numpy.dtypes.Float32DType", "numpy.dtype[float32]", "numpy.dtype", "f4"),
                          ("numpy.dtypes.StrDType", "numpy.dtype[str_]", "numpy.dtype", "U3")])
        self.assertEqual(set(self.allowed_by([self.dtype("f4"), self.dtype("U3")])),
                         {"numpy.dtype", "numpy.dtypes.Float32DType", "numpy.dtypes.StrDType"})
        text = self.run_on([self.dtype("f4")]).stdout.decode()
        self.assertIn('  not named, but asked for (1)\n    numpy.dtypes.Float32DType  the class of what numpy.dtype("f4") gives\n', text)

    def test_the_lines_are_for_the_numpy_that_is_named(self):
        names = ["numpy.core.multiarray.scalar", "numpy._core.multiarray._reconstruct", self.dtype("f4")]
        private = {"numpy.core.multiarray.scalar": ("numpy._core.multiarray", "scalar"),
                   "numpy._core.multiarray._reconstruct": ("numpy._core.multiarray", "_reconstruct")}
        public = {name: ("numpy.core.multiarray", name.rpartition(".")[2]) for name in private}
        fixed = {"numpy.dtype": ("numpy", "dtype")}
        named = {"numpy.dtypes.Float32DType": ("numpy.dtypes", "Float32DType")}
        for release, allowed in (((), {**private, **fixed, **named}), (("--numpy", "2.0"), {**private, **fixed, **named}),
                                 (("--numpy", "1.26"), {**public, **fixed, **named}), (("--numpy", "1.25"), {**public, **fixed, **named})):
            self.assertEqual(self.allowed_by(names, *release), allowed, release)
        # Before 1.25 the class has no name that Python could import: its dtype gives it.
        self.assertEqual(self.document(names, "--numpy", "1.24")["allow"], [
            "from numpy import dtype", "from numpy.core.multiarray import _reconstruct", "from numpy.core.multiarray import scalar",
            "import numpy", "import torch", "with torch.serialization.safe_globals([", "    scalar,",
            '    (_reconstruct, "numpy._core.multiarray._reconstruct"),', "    dtype,", '    type(numpy.dtype("f4")),', "]):"])
        for release, shown in (("1.24", "numpy.dtype[float32]      "), ("1.25", "numpy.dtypes.Float32DType  ")):
            text = self.run_on([self.dtype("f4")], "--numpy", release).stdout.decode()
            self.assertIn("  not named, but asked for (1)\n    %s" % shown.strip(), text)

    def test_a_class_that_is_both_named_and_asked_for_is_allowed_once(self):
        named = self.document(["numpy.dtypes.Float32DType", self.dtype("f4")])
        self.assertEqual(named["allow"][-1], "with torch.serialization.safe_globals([Float32DType, dtype]):")

    def test_a_class_that_only_running_would_tell_is_said_to_be_open(self):
        value = tool.name("training.make") + b")RNb"
        (built,) = self.document([value])["built"]
        self.assertEqual((built["name"], built["maker"]), (None, "training.make"))
        self.assertIn("torch may then name one more class", self.run_on([value]).stdout.decode())

    def test_no_line_where_torch_refuses_the_file_all_the_same(self):
        value = tool.name("mypackage.MyDict") + b")\x81NNs"
        document = self.document([value])
        self.assertEqual((document["allow"], document["python"], [f["name"] for f in document["filled"]]),
                         ([], [], ["mypackage.MyDict"]))
        text = self.run_on([value]).stdout.decode()
        self.assertNotIn("safe_globals", text)
        self.assertIn("would not be enough", " ".join(text.split()))

    def test_groups_are_counted_and_aligned(self):
        text = self.run_on([ALLOWED, "a.B", "os.mkdir", "torch.distributed.tensor.DTensor", "runpy.run_path", "builtins.set"]).stdout
        head = text.decode().split("\n\n")[0].splitlines()[1:]
        self.assertEqual(head, [
            "  allowed (2)", "    collections.OrderedDict", "    builtins.set",
            "  not allowed (3)", "    a.B",
            "    torch.distributed.tensor.DTensor  allowed after import torch.distributed.tensor",
            "    runpy.run_path                    runs code or opens files: never allow it",
            "  blocked (1)", "    os.mkdir  torch blocks its module, whatever is allowed"])

    def test_every_refused_name_has_its_remedy(self):
        names = {"a.B": "allow", "os.mkdir": "never", "torch.distributed.tensor.DTensor": "import", "runpy.run_path": "harmful"}
        document = self.document([ALLOWED, *names, b"ca\nb c\n"])
        self.assertEqual({g["name"]: g.get("remedy") for g in document["globals"]}, {ALLOWED: None, **names, "a.b c": "no-name"})

    def test_what_an_import_allows_needs_no_more_than_that_import(self):
        self.assertEqual(self.document(["torch.distributed.tensor.DTensor"])["allow"],
                         ["import torch", "import torch.distributed.tensor"])

    def test_no_line_for_what_nobody_may_allow(self):
        for name in ("os.mkdir", "posix.mkdir", "sys.exit", "nt.mkdir", "builtins.eval", "__builtin__.eval", "builtins.getattr",
                     "subprocess.Popen", "runpy.run_path", "importlib.import_module", "torch.load", "cPickle.loads",
                     "commands.getoutput", "urllib2.urlopen", "httplib.HTTPSConnection", "torch.storage._load_from_bytes",
                     "torch._inductor.codecache.compile_file", "numpy.testing._private.utils.runstring", "_io.FileIO",
                     "torch.hub.load", "types.FunctionType", "_operator.methodcaller", "multiprocessing.util.spawnv_passfds",
                     b"cpathlib\nos.mkdir\n", b"ctraining\nOuter.Inner\n", b"ca\nNone\n", b"cclass.x\ny\n",
                     b"cevil\nf()\n", b"ca;b\nc\n", b"ca\nb]):x\n", b"c\n\n", b"ca.\nb\n", b"ca\n\xc3\xa9\n", b"c1a\nb\n",
                     b"ca b\nc\n", b"ca#\nb\n"):
            with self.subTest(name=name):
                process = self.run_on([name, "mypackage.Thing"], "--json")
                (document,) = tool.documents(process)
                self.assertEqual((process.returncode, document["allow"], document["python"]), (1, [], []))
                text = self.run_on([name, "mypackage.Thing"]).stdout.decode()
                self.assertNotIn("safe_globals", text)
                self.assertNotIn("mypackage import", text)

    def test_it_never_advises_to_load_without_restriction(self):
        for names in ([ALLOWED], ["mypackage.Thing"], ["os.mkdir"], ["builtins.eval"]):
            process = self.run_on(names)
            self.assertNotIn(b"weights_only=False", process.stdout + process.stderr)

    def test_what_the_user_allows_is_allowed_by_the_user(self):
        names = [ALLOWED, "a.B", "c.D", self.dtype("f4")]
        options = ["--allow=a.B", "--allow-as=z.D=c.D", "--allow=numpy.dtype"]
        process = self.run_on(names, "--json", *options)
        (document,) = tool.documents(process)
        self.assertEqual([(g["name"], g["standing"], g.get("by_user", False)) for g in document["globals"]],
                         [(ALLOWED, "allowed", False), ("a.B", "allowed", True), ("c.D", "allowed", True), ("numpy.dtype", "allowed", True)])
        # As in torch, the class of the dtype is still missing.
        self.assertEqual((process.returncode, document["kind"], document["built"][0]["allowed"]), (1, "policy.build", False))
        self.assertEqual(document["allow"][0], "from numpy.dtypes import Float32DType")
        for name in ("numpy.dtypes.Float32DType", "numpy.dtype[float32]"):
            process = self.run_on(names, "--json", "--allow", name, *options)
            (document,) = tool.documents(process)
            self.assertEqual((process.returncode, document["verdict"], document["allow"]), (0, "accept", []), name)
        self.assertIn("    a.B                      by --allow\n", self.run_on(names, *options).stdout.decode())

    def test_a_blocked_name_stays_blocked_and_torchs_own_stays_torchs(self):
        process = self.run_on([ALLOWED, "os.mkdir"], "--json", "--allow=os.mkdir", "--allow", ALLOWED)
        (document,) = tool.documents(process)
        self.assertEqual([(g["standing"], g.get("by_user", False)) for g in document["globals"]], [("allowed", False), ("blocked", False)])
        self.assertEqual(process.returncode, 1)

    def test_the_release_decides(self):
        nested = "torch._utils._rebuild_nested_tensor"  # dropped between 2.13 and 2.15
        for release, code in (("2.13", 0), ("2.15", 1)):
            self.assertEqual(self.run_on([nested], "--torch", release).returncode, code)
        process = self.run_on(["a.B"], "--torch=1.13")
        self.assertNotIn(b"safe_globals", process.stdout)
        self.assertIn(b"That release of torch allows nothing beside its own list.", process.stdout)
        # 1.13 has no BINFLOAT; 2.6 fills what has items.
        (document,) = tool.documents(self.run_on([b"G" + bytes(8)], "--torch=1.13", "--json"))
        self.assertEqual(document["kind"], "pickle.opcode")
        filled = tool.name("m.MyDict") + b")\x81NNs"
        for release, names in (("2.6", []), ("2.10", ["m.MyDict"])):
            (document,) = tool.documents(self.run_on([filled], "--json", "--torch", release))
            self.assertEqual([f["name"] for f in document["filled"]], names)

    def test_every_kind_of_operand_has_one_clear_answer(self):
        self.path.write_bytes(tool.archive(b"](" + tool.name("a.B") + b"e"))
        good, folder = tool.CORPUS / "torch-2.15.0/checkpoint-Adam.pt", self.path.parent
        process = tool.run("globals", good, self.path, folder, tool.CORPUS / "torch-2.15.0/torchscript.pt",
                           tool.CORPUS / "torch-2.15.0/legacy-whole-module.pt", tool.CORPUS / "torch-2.15.0/text.pt")
        self.assertEqual(process.returncode, 3)
        out = process.stdout.decode()
        self.assertIn(": names 3 functions or classes, all allowed\n", out)
        self.assertIn("file.pt: names 1 function or class, 1 not allowed\n", out)
        self.assertIn("    training.Layer\n", out)
        heads = [line for line in process.stderr.decode().splitlines() if not line.startswith("  ")]
        for head, kind in zip(heads, ("io.", "container.torchscript: ", "container.text: "), strict=True):
            self.assertIn(": " + kind, head)
        self.assertIn(str(folder), heads[0])

    def test_standard_input_is_read_once(self):
        data = tool.archive(self.dtype("f4"))
        (document,) = tool.documents(tool.run("globals", "--json", "-", input=data))
        self.assertEqual([b["name"] for b in document["built"]], ["numpy.dtypes.Float32DType"])

    def test_a_huge_name_and_control_characters_are_harmless(self):
        for module, shown in ((b"m" * 100000, "m" * 100), (b"a\x1b[31m\x07", "a\\x1b[31m\\x07"), ("\u202ea".encode(), "\\u{202e}a")):
            process = self.run_on([b"c" + module + b"\nName\n"])
            self.assertEqual(process.returncode, 1)
            self.assertIn("    " + shown, process.stdout.decode())
            self.assertNotIn(b"\x1b", process.stdout)
            self.assertLess(len(process.stdout), 2000)

    def test_nothing_is_said_of_a_file_whose_pickle_cannot_be_read(self):
        self.path.write_bytes(b"no checkpoint")
        process = tool.run("globals", "--json", self.path)
        (document,) = tool.documents(process)
        self.assertEqual((process.returncode, document["kind"]), (1, "container.text"))
        self.assertNotIn("globals", document)

    def test_the_standing_agrees_with_torch_on_the_corpus(self):
        """A global that torch names in its message is not allowed here either; what torch accepts has only allowed ones."""
        checked = 0
        for file in sorted((tool.CORPUS / "torch-2.15.0").glob("*.pt")):
            expected = tool.deep(tool.parse, tool.answer_of(file).read_text("utf-8"))
            document = tool.document("globals", "--json", file)
            if "globals" not in document:
                continue
            refused = [g["name"] for g in document["globals"] if g["standing"] != "allowed"]
            if expected["verdict"] == "accept":
                self.assertEqual(refused, [], file.name)
            elif "Unsupported global: GLOBAL " in expected["message"]:
                name = expected["message"].split("Unsupported global: GLOBAL ")[1].split(" ")[0]
                self.assertTrue(name in refused or "builtins." + name in refused, (file.name, name, refused))
                checked += 1
        self.assertGreater(checked, 5)


if __name__ == "__main__":
    unittest.main()
