"""CLI-014: what `globals` says, and which lines of Python it gives."""

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

    def document(self, names):
        (document,) = tool.documents(self.run_on(names, "--json"))
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
        self.assertEqual(document["allow"], ["import mypackage.sub", "import other", "import torch",
                                             "with torch.serialization.safe_globals([mypackage.sub.Thing, other.function]):"])
        ast.parse("\n".join(document["allow"]) + "\n    pass\n")
        text = self.run_on([ALLOWED, "mypackage.sub.Thing"]).stdout.decode()
        self.assertIn("    with torch.serialization.safe_globals([mypackage.sub.Thing]):\n"
                      "        checkpoint = torch.load(path, weights_only=True)\n", text)
        self.assertIn("torch.save(model.state_dict(), path)", text)

    def test_what_an_import_allows_needs_no_more_than_that_import(self):
        self.assertEqual(self.document(["torch.distributed.tensor.DTensor"])["allow"],
                         ["import torch", "import torch.distributed.tensor"])

    def test_no_line_for_what_nobody_may_allow(self):
        for name in ("os.mkdir", "posix.mkdir", "sys.exit", "nt.mkdir", "builtins.eval", "__builtin__.eval", "builtins.getattr",
                     "subprocess.Popen", "runpy.run_path", "importlib.import_module", "torch.load",
                     b"cevil\nf()\n", b"ca;b\nc\n", b"ca\nb]):x\n", b"c\n\n", b"ca.\nb\n", b"ca\n\xc3\xa9\n", b"c1a\nb\n",
                     b"ca b\nc\n", b"ca#\nb\n"):
            with self.subTest(name=name):
                process = self.run_on([name, "mypackage.Thing"], "--json")
                (document,) = tool.documents(process)
                self.assertEqual((process.returncode, document["allow"]), (1, []))
                text = self.run_on([name, "mypackage.Thing"]).stdout.decode()
                self.assertNotIn("safe_globals", text)
                self.assertNotIn("import mypackage", text)

    def test_it_never_advises_to_load_without_restriction(self):
        for names in ([ALLOWED], ["mypackage.Thing"], ["os.mkdir"], ["builtins.eval"]):
            process = self.run_on(names)
            self.assertNotIn(b"weights_only=False", process.stdout + process.stderr)

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
            expected = tool.deep(tool.parse, file.with_suffix(".json").read_text("utf-8"))
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
