"""CLI-004, CLI-007: one valid JSON document for each FILE, whatever the FILE is."""

import os
import tempfile
import unittest
from pathlib import Path

import tool

FILES = {
    "empty": b"",
    "text": b"hello, this is no checkpoint\n",
    "garbage": bytes(range(7, 256)) * 3,
    "pickle": tool.pickled(b"}"),
    "zip-cut": tool.archive(b"}")[:-10],
    "forbidden": tool.archive(tool.name("os.mkdir")),
    "good": tool.archive(b"}"),
    "gzip": b"\x1f\x8b\x08" + bytes(20),
    "safetensors": b"\x08" + bytes(7) + b'{"a":{}}',
    "odd-name": tool.archive(b"\x80\x02c\xff\xfe\x1b\nna\"me\n."[2:-1]),
}
COMMANDS = ("ls", "load", "globals", "inspect", "dis")
REFUSAL = ["schema", "file", "verdict", "kind", "record", "offset", "detail", "advice"]


class JsonTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        for name, data in FILES.items():
            (self.folder / name).write_bytes(data)

    def test_each_command_gives_one_document_for_each_file(self):
        names = sorted(FILES) + ["missing"]
        for command in COMMANDS:
            with self.subTest(command=command):
                process = tool.run(command, "--json", *names, cwd=self.folder)
                self.assertEqual(process.stderr, b"")
                found = tool.documents(process)
                self.assertEqual([d["file"] for d in found], names)
                self.assertEqual({d["schema"] for d in found}, {"weightsonly.%s/1" % command})
                self.assertEqual([list(d)[:2] for d in found], [["schema", "file"]] * len(names))

    def test_a_refusal_has_these_members_in_this_order(self):
        for command in ("ls", "load"):
            for name in sorted(set(FILES) - {"good"}):
                with self.subTest(command=command, name=name):
                    document = tool.document(command, "--json", name, cwd=self.folder)
                    self.assertEqual(list(document), REFUSAL)
                    self.assertEqual(document["verdict"], "reject")
                    self.assertIsInstance(document["offset"], int)
                    self.assertTrue(document["advice"].endswith((".", ")")))

    def test_the_kind_record_and_offset_are_those_of_the_fault(self):
        expected = {"empty": ("container.empty", "", 0), "text": ("container.text", "", 0),
                    "pickle": ("container.plain-pickle", "", 0), "gzip": ("container.compressed", "", 0),
                    "safetensors": ("container.safetensors", "", 0),
                    "forbidden": ("policy.module-blocked", "data.pkl", 2),
                    "odd-name": ("pickle.text", "data.pkl", 2)}
        for name, fault in expected.items():
            with self.subTest(name=name):
                document = tool.document("load", "--json", name, cwd=self.folder)
                self.assertEqual((document["kind"], document["record"], document["offset"]), fault)

    def test_exit_3_has_the_verdict_error(self):
        for command in COMMANDS:
            for path, kind in (("missing", "io.open"), (".", "io.not-a-file")):
                with self.subTest(command=command, path=path):
                    process = tool.run(command, "--json", path, cwd=self.folder)
                    (document,) = tool.documents(process)
                    self.assertEqual((process.returncode, document["verdict"], document["kind"]), (3, "error", kind))
                    self.assertEqual(list(document), REFUSAL)

    def test_a_file_name_that_is_not_utf8_is_hex(self):
        name = b"caf\xe9\xff.pt"
        path = os.path.join(os.fsencode(self.folder), name)
        with open(path, "wb") as file:
            file.write(FILES["good"])
        for command in COMMANDS:
            with self.subTest(command=command):
                document = tool.document(command, "--json", name, cwd=self.folder)
                self.assertEqual(document["file"], {"x": name.hex()})
        self.assertEqual(tool.document("ls", "--json", b"no\xff", cwd=self.folder)["file"], {"x": b"no\xff".hex()})

    def test_a_file_name_keeps_quotes_controls_and_every_letter(self):
        for name in ('a"b\\c', "tab\there", "line\nfeed", "\x1b[31m", "\u00e9\u4e2d\U0001f600", "\x7f\x01"):
            with self.subTest(name=name):
                (self.folder / name).write_bytes(FILES["good"])
                self.assertEqual(tool.document("load", "--json", name, cwd=self.folder)["file"], name)

    def test_integers_beyond_2_to_the_53_are_strings(self):
        value = tool.tensor("0", [0, 2**53], [2**53 - 1, 1], offset=0, numel=1)
        (self.folder / "wide").write_bytes(tool.archive(value, {"0": tool.floats(1)}))
        (tensor,) = tool.document("ls", "--json", "wide", cwd=self.folder)["tensors"]
        self.assertEqual(tensor["shape"], [0, str(2**53)])
        self.assertEqual(tensor["stride"], [2**53 - 1, 1])


if __name__ == "__main__":
    unittest.main()
