"""Options through the C interface, from Python: every case of corpus/options whose options C can say has torch's answer; limits have
the names that the tool gives them; a function of the caller that fails ends the load."""

import contextlib
import ctypes
import io
import os
import re
import sys
import unittest

import binding
import header

sys.path.append(str(header.SOURCE / "reference" / "tests" / "tool"))
import tool  # noqa: E402
from corpus_test import agrees  # noqa: E402

# Where our answer differs from torch's with the same options, by a numbered rule: the same cases as in
# tests/api/options_corpus_test.cc.
DEVIATIONS = {"location-meta-big-endian", "offsets-other-layout", "location-meta-past", "mmap-legacy", "mmap-short-record",
              "mmap-long-record", "mmap-zero", "mmap-deflated", "mmap-local-signature"}
ANSWERS = {"none": (2, None), "meta": (1, b"meta"), "same": (1, b"cpu")}
OK, INVALID = 0, 3


def function_of(answer, device):
    def ask(_context, _storage, out):
        out[0] = device
        return answer
    return header.MapLocation(ask)


class Options:
    """The handle for the options of a case, and what must stay alive with it."""

    def __init__(self, library, load):
        self.c, self.kept = library.c, []
        self.handle = self.c.weightsonly_options_new()
        self.set("mmap", load.get("mmap", False))
        self.set("calculate_storage_offsets", load.get("calculate_storage_offsets", False))
        self.set("default_load_endianness", load.get("default_load_endianness", "little").encode())
        self.set("encoding", load.get("encoding", "utf-8").encode())
        where = load.get("map_location")
        if isinstance(where, str):
            self.set("map_location", where.encode())
        elif where is not None and "device" in where:
            self.set("map_location", where["device"].encode())
        elif where is not None and "callback" in where:
            self.kept.append(function_of(*ANSWERS.get(where["callback"], ANSWERS["same"])))
            self.set("map_location_function", self.kept[-1], None)
        elif where is not None:
            for one, other in where["table"].items():
                assert self.c.weightsonly_options_add_map_location(self.handle, one.encode(), other.encode()) == OK

    def set(self, name, *values):
        assert getattr(self.c, "weightsonly_options_set_" + name)(self.handle, *values) == OK, (name, values)


@unittest.skipUnless("WEIGHTSONLY_LIBRARY" in os.environ, "no library that Python can load in this build")
class OptionsTest(unittest.TestCase):
    def setUp(self):
        self.library = binding.Weightsonly(os.environ["WEIGHTSONLY_LIBRARY"])

    def answer(self, file, options):
        checkpoint = None
        try:
            checkpoint = self.library.call("open", os.fsencode(file), options)
            self.library.call("verify", checkpoint)
            return {"verdict": "accept", "value": tool.parse(self.library.json(checkpoint))}
        except binding.Refused as refused:
            return {"verdict": "reject", "kind": refused.kind}
        finally:
            self.library.c.weightsonly_close(checkpoint)

    def test_with_options_too_verdict_kind_and_value_are_those_of_torch(self):
        equal, deviations = 0, set()
        for path in sorted((tool.CORPUS / "options").glob("*.json")):
            torch = tool.parse(path.read_text("utf-8"))
            if isinstance(torch["load"].get("map_location"), int) or "packages" in torch["load"]:
                continue  # C cannot even say it
            options = Options(self.library, torch["load"])
            ours = self.answer(tool.CORPUS / torch["file"], options.handle)
            self.library.c.weightsonly_options_free(options.handle)
            same = ours["verdict"] == torch["verdict"] and (
                ours["value"] == torch["value"] if ours["verdict"] == "accept" else agrees(ours["kind"], torch.get("kind", "?")))
            if path.stem in DEVIATIONS:
                self.assertFalse(same, path.stem)
                deviations.add(path.stem)
            elif torch.get("deviation_verdict") != ours["verdict"]:
                self.assertTrue(same, (path.stem, ours))
                equal += 1
        self.assertGreater(equal, 60)
        self.assertEqual(deviations, DEVIATIONS)

    def test_every_limit_of_the_tool_can_be_set_by_its_name(self):
        text = tool.run("load", "--help").stdout.decode()
        names = {name.replace("-", "_") for name in re.findall(r"--limit-([a-z-]+)", text)}
        self.assertGreater(len(names), 10)
        options = self.library.c.weightsonly_options_new()
        for name in names:
            self.assertEqual(self.library.c.weightsonly_options_set_limit(options, name.encode(), 1 << 40), OK, name)
        self.assertEqual(self.library.c.weightsonly_options_set_limit(options, b"nodess", 1), INVALID)
        self.library.c.weightsonly_options_free(options)

    def test_every_field_of_options_has_a_setter_or_is_said_to_have_none(self):
        text = (header.SOURCE / "reference" / "checkpoint" / "options.h").read_text("utf-8")
        struct = text[text.index("struct WEIGHTSONLY_EXPORT Options {"):]
        fields = re.findall(r"^  [\w:<>]+ (\w+)(?: = [^;]*)?;$", struct[:struct.index("\n};")], re.M)
        self.assertGreaterEqual(len(fields), 9)
        setters = {name[len("weightsonly_options_set_"):] for name in header.declarations()
                   if name.startswith("weightsonly_options_set_")}
        # limits: set_limit; allowlist: allow and allow_as
        self.assertEqual(set(fields) - setters, {"packages", "limits", "allowlist"})
        self.assertIn("Options::packages", header.HEADER.read_text("utf-8"))

    def test_what_the_user_allows_is_an_object(self):
        file = tool.CORPUS / "torch-2.15.0" / "user-class.pt"
        for call, object_name in ((("allow", b"training.Config"), "training.Config"),
                                  (("allow_as", b"other.Name", b"training.Config"), "other.Name")):
            options = self.library.c.weightsonly_options_new()
            self.assertEqual(self.answer(file, options)["kind"], "policy.global-not-allowed")
            self.assertEqual(getattr(self.library.c, "weightsonly_options_" + call[0])(options, *call[1:]), OK)
            answer = self.answer(file, options)
            self.library.c.weightsonly_options_free(options)
            self.assertEqual(answer["verdict"], "accept")
            made = dict((key["v"], value) for key, value in answer["value"]["root"]["v"])["config"]
            self.assertEqual((made["t"], made["class"]), ("object", object_name))

    def test_release_and_environment_are_those_of_torch(self):
        file = tool.CORPUS / "torch-2.15.0" / "checkpoint-Adam.pt"
        for setter, value, kind in (("torch", b"1.13", "pickle.opcode"), ("torch", b"0", "options.invalid"),
                                    ("weights_only", 0, "policy.full-pickle"), ("weights_only", 1, None), ("weights_only", -1, None),
                                    ("force_weights_only_load", b"1", None),
                                    ("force_no_weights_only_load", b"1", "policy.full-pickle"),
                                    ("force_no_weights_only_load", None, None)):
            options = self.library.c.weightsonly_options_new()
            self.assertEqual(getattr(self.library.c, "weightsonly_options_set_" + setter)(options, value), OK)
            self.assertEqual(self.answer(file, options).get("kind"), kind, (setter, value))
            self.library.c.weightsonly_options_free(options)

    def test_values_without_a_meaning_are_refused(self):
        options = self.library.c.weightsonly_options_new()
        for setter, values in (("set_weights_only", (2,)), ("set_weights_only", (-2,)), ("set_torch", (None,)),
                               ("allow", (None,)), ("allow_numpy", (b"3",)), ("set_numpy", (None,)), ("allow_as", (b"a.b", None)), ("allow_as", (None, b"a.b"))):
            self.assertEqual(getattr(self.library.c, "weightsonly_options_" + setter)(options, *values), INVALID, setter)
        self.library.c.weightsonly_options_free(options)

    def test_an_exception_in_a_function_of_python_ends_the_load(self):
        def fail(*_):
            raise ValueError("no")
        function = header.MapLocation(fail)
        options = self.library.c.weightsonly_options_new()
        self.library.c.weightsonly_options_set_map_location_function(options, function, None)
        with self.unraisable():
            answer = self.answer(tool.CORPUS / "torch-2.15.0" / "linear.pt", options)
        self.library.c.weightsonly_options_free(options)
        self.assertEqual(answer["kind"], "options.callback")
        checkpoint = self.library.call("open", os.fsencode(tool.CORPUS / "torch-2.15.0" / "linear.pt"), None)
        with self.unraisable(), self.assertRaises(binding.Refused) as raised:
            self.library.call("write_json", checkpoint, 0, header.Write(fail), None)
        self.library.c.weightsonly_close(checkpoint)
        self.assertEqual(raised.exception.kind, "options.callback")

    @contextlib.contextmanager
    def unraisable(self):
        """Exceptions in callbacks go to a hook, which must get one here."""
        seen, before = [], sys.unraisablehook
        sys.unraisablehook = seen.append
        try:
            with contextlib.redirect_stderr(io.StringIO()):
                yield
        finally:
            sys.unraisablehook = before
        self.assertEqual([event.exc_type for event in seen], [ValueError])

    def test_the_version_is_that_of_the_project(self):
        project = (header.SOURCE / "CMakeLists.txt").read_text("utf-8")
        (version,) = re.findall(r"^project\(weightsonly VERSION ([\d.]+)", project, re.M)
        self.assertEqual(self.library.c.weightsonly_version().decode(), version)
        self.assertIn('/* The library\'s version, "%s".' % version, header.HEADER.read_text("utf-8"))

    def test_a_path_as_text_is_escaped_and_cut_and_its_steps_are_not(self):  # CAP-004
        leaf = tool.tensor("0", [], [], numel=1)
        long = "k" * 40000
        value = tool.dictionary([
            (tool.text("a.b"), tool.dictionary([(tool.text(""), b"](" + leaf + b"e")])),
            (b"G\x3f\xf8\0\0\0\0\0\0", leaf),
            (tool.text("\x1b[2J\n\0"), leaf),
            (tool.text(long), tool.dictionary([(tool.text(long), b"](" + leaf + b"e")])),
            (tool.text("a" + "\u00e9" * 40000), leaf)])
        data = tool.archive(value, {"0": tool.floats(1)})
        checkpoint = self.library.call("open_bytes", data, len(data), None)
        cursor = self.library.call("cursor_open", checkpoint)
        texts, paths = [], []
        while self.library.call("cursor_next", cursor) == OK:
            texts.append(self.library.c.weightsonly_cursor_path_text(cursor).decode("utf-8"))
            paths.append(self.library.path(cursor))
        self.library.c.weightsonly_cursor_close(cursor)
        self.library.c.weightsonly_close(checkpoint)
        self.assertEqual(texts[0], 'a.b.""[0]')
        self.assertEqual(paths[0], "/k%s/k/n0" % b"a.b".hex())
        self.assertEqual(texts[1], '[{"t":"float","v":"3ff8000000000000"}]')
        self.assertEqual(texts[2], r"\x1b[2J\n\x00")
        cut = "k" * (32768 - 3) + "\u2026"
        self.assertEqual(texts[3], cut + "." + cut + "\u2026")
        self.assertEqual(paths[3], "/k%s/k%s/n0" % (long.encode().hex(), long.encode().hex()))
        self.assertEqual(texts[4], "a" + "\u00e9" * 16382 + "\u2026")
        self.assertEqual(len(paths), 5)

    def test_only_parts_of_a_sparse_tensor_lead_to_it(self):  # CAP-008: its attributes do not
        def with_attributes(function, arguments, name):
            state = tool.dictionary([(tool.text(name), tool.tensor("2", [], [], numel=1))])
            return (tool.name("torch._tensor._rebuild_from_type_v2") + b"(" + tool.name(function) + tool.name("torch.Tensor")
                    + arguments + state + b"tR")
        layout = tool.name("torch.serialization._get_layout") + tool.text("torch.sparse_coo") + b"\x85R"
        indices = tool.tensor("0", [1, 2], [2, 1], numel=2, kind="LongStorage")
        values = tool.tensor("1", [2], [1], numel=2)
        parts = b"(" + indices + values + tool.numbers([3]) + b"\x89t"
        value = with_attributes("torch._utils._rebuild_sparse_tensor", layout + parts + b"\x86", "of_sparse")
        data = tool.archive(value, {"0": b"\0" * 8 + b"\1" + b"\0" * 7, "1": tool.floats(2), "2": tool.floats(1)})
        checkpoint = self.library.call("open_bytes", data, len(data), None)
        rows = [(row["path"], row["sparse"].partition(",")[0]) for row in self.library.tensors(checkpoint)]
        self.library.c.weightsonly_close(checkpoint)
        steps = {name: "/%s%s" % (kind, name.encode().hex()) for kind, name in
                 (("m", "indices"), ("m", "values"), ("a", "of_sparse"))}
        self.assertEqual(rows, [(steps["indices"], "torch.sparse_coo"), (steps["values"], "torch.sparse_coo"),
                                (steps["of_sparse"], "")])



if __name__ == "__main__":
    unittest.main()
