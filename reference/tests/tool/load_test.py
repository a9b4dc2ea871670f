"""CLI-013: what `load` says of accepted and of refused files."""

import hashlib
import os
import tempfile
import unittest
from pathlib import Path

import tool


class LoadTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "file.pt"

    def load(self, value, storages=None, words=("--json",), **options):
        self.path.write_bytes(tool.archive(value, storages, **options))
        return tool.run("load", *words, self.path)

    def test_the_document_is_exactly_this(self):
        process = self.load(b"](K\x03\x88e")
        self.assertEqual(process.stdout.decode(), '{"schema":"weightsonly.load/1","file":"%s","verdict":"accept","checked":"content",'
                         '"value":{"root":{"t":"list","v":[{"t":"int","v":"3"},{"t":"bool","v":true}]},"storages":[]}}\n' % self.path)

    def test_storages_above_4_kib_are_digests_and_with_bytes_in_full(self):
        for count in (1024, 1025):
            data = tool.floats(count)
            value = tool.tensor("0", [count], [1], numel=count)
            (storage,) = tool.documents(self.load(value, {"0": data}))[0]["value"]["storages"]
            small = {"device": "cpu", "nbytes": len(data), "x": data.hex()}
            large = {"device": "cpu", "nbytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            self.assertEqual(storage, small if count == 1024 else large)
            (storage,) = tool.documents(self.load(value, {"0": data}, ("--json", "--bytes")))[0]["value"]["storages"]
            self.assertEqual(storage, small)

    def test_a_value_below_500_levels_is_omitted_and_the_verdict_stays(self):
        for levels, omitted in ((500, False), (501, True), (20000, True)):
            document = tool.deep(tool.document, "load", "--json", self.written(b"]" * levels + b"a" * (levels - 1)))
            self.assertEqual(document["verdict"], "accept")
            self.assertEqual(document["value"] is None, omitted)
            self.assertEqual(document.get("value_omitted"), "limit.depth" if omitted else None)

    def written(self, value):
        self.path.write_bytes(tool.archive(value))
        return self.path

    def test_strict_refuses_a_wrong_crc_and_the_default_does_not(self):
        data = tool.archive(tool.tensor("0", [100], [1], numel=100), {"0": tool.floats(100)})
        self.path.write_bytes(data.replace(tool.floats(100), bytes(400)))
        self.assertEqual(tool.document("load", "--json", self.path)["verdict"], "accept")
        document = tool.document("load", "--json", "--strict", self.path)
        self.assertEqual((document["verdict"], document["kind"]), ("reject", "container.zip.crc"))

    def test_the_byte_order_of_an_archive_that_does_not_say_it_is_an_option(self):
        self.path.write_bytes(tool.archive(tool.tensor("0", [1], [1]), {"0": bytes([0, 0, 128, 63])}, byteorder=None))
        seen = {order: tool.document("load", "--json", "--endianness", order, self.path)["value"]["storages"][0]["x"]
                for order in ("little", "big")}
        self.assertEqual(seen, {"little": "0000803f", "big": "3f800000"})

    def test_mapped_and_read_give_the_same(self):
        for file in sorted((tool.CORPUS / "torch-2.15.0").glob("checkpoint-*.pt")):
            mapped = tool.run("load", "--json", "--bytes", file).stdout
            self.assertEqual(mapped, tool.run("load", "--json", "--bytes", "--no-mmap", file).stdout)
            with open(file, "rb") as stream:
                piped = tool.run("load", "--json", "--bytes", "-", stdin=stream).stdout
            self.assertEqual(mapped.replace(b'"file":"%s"' % os.fsencode(file), b'"file":"-"'), piped)

    def test_people_get_the_verdict_and_the_top_of_the_tree(self):
        process = tool.run("load", tool.CORPUS / "torch-2.15.0/checkpoint-AdamW.pt")
        text = process.stdout.decode()
        self.assertEqual((process.returncode, process.stderr), (0, b""))
        self.assertIn("accepted, contents checked", text.split("\n")[0])
        self.assertIn("    'optimizer", text)
        self.assertLess(text.count("\n"), 120)

    def test_people_get_a_screenful_of_a_million_values(self):
        process = self.load(b"](" + b"](K\x01e" * 300000 + b"e", words=())
        self.assertEqual(process.returncode, 0)
        self.assertIn("list of 300,000", process.stdout.decode())
        self.assertIn("299,988 more", process.stdout.decode())
        self.assertLess(process.stdout.count(b"\n"), 80)

    def test_people_get_a_refusal_like_a_compiler_error_with_what_to_do(self):
        process = self.load(b"]" + tool.name("mypackage.Thing"), words=())
        self.assertEqual((process.returncode, process.stdout), (1, b""))
        lines = process.stderr.decode().rstrip("\n").split("\n")
        self.assertTrue(lines[0].startswith("%s: data.pkl:0x3: policy.global-not-allowed: " % self.path), lines[0])
        self.assertIn("mypackage.Thing", lines[0])
        self.assertEqual(lines[-1], "  try: weightsonly explain policy.global-not-allowed")
        advice = " ".join(" ".join(lines[1:-1]).split())
        self.assertIn("not on the allowlist of torch.load(weights_only=True)", advice)
        self.assertIn("state_dict", advice)
        self.assertNotIn("weights_only=False", process.stderr.decode())
        self.assertLessEqual(max(map(len, lines[1:])), 80)


if __name__ == "__main__":
    unittest.main()
