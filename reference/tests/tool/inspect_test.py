"""CLI-015, CLI-016: what `inspect` sees in an archive, whole or damaged."""

import pickle
import struct
import tempfile
import unittest
import zipfile
import zlib
from pathlib import Path

import tool


class InspectTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "file.pt"

    def inspect(self, data):
        self.path.write_bytes(data)
        process = tool.run("inspect", self.path)
        self.assertEqual((process.returncode, process.stderr), (0, b""))
        self.assertTrue(process.stdout)
        process = tool.run("inspect", "--json", self.path)
        self.assertEqual((process.returncode, process.stderr), (0, b""))
        return tool.documents(process)[0]

    def oddities(self, data):
        return {(o["what"], o["record"]) for o in self.inspect(data)["oddities"]}

    def test_the_records_are_those_that_python_sees(self):
        for file in sorted(tool.CORPUS.glob("torch-*/a*.pt")):
            document = tool.document("inspect", "--json", file)
            data = file.read_bytes()
            with zipfile.ZipFile(file) as zipped:
                infos = zipped.infolist()
            self.assertEqual(len(infos), len(document["records"]))
            for info, record in zip(infos, document["records"]):
                self.assertEqual(document["prefix"] + "/" + record["name"], info.filename)
                self.assertEqual((record["header_offset"], record["size"], record["compressed_size"], record["crc32"],
                                  record["flags"], record["method"]),
                                 (info.header_offset, info.file_size, info.compress_size, "%08x" % info.CRC, info.flag_bits,
                                  {0: "stored", 8: "deflated"}[info.compress_type]))
                name_size, extra_size = struct.unpack_from("<HH", data, info.header_offset + 26)
                payload = info.header_offset + 30 + name_size + extra_size
                self.assertEqual(record["offset"], payload)
                self.assertEqual(record["alignment"], min(payload & -payload, 4096))

    def test_what_torch_wrote_is_not_odd(self):
        for name, alignment in (("alias-storage", "64"), ("alignment-4096", "4096")):
            document = tool.document("inspect", "--json", tool.CORPUS / "torch-2.15.0" / (name + ".pt"))
            self.assertEqual(document["oddities"], [])
            self.assertEqual((document["format"], document["version"], document["byteorder"], document["format_version"],
                              document["storage_alignment"]), ("zip", "3", "little", "1", alignment))
            self.assertEqual(document["load"], {"verdict": "accept", "checked": "structure"})

    def test_each_oddity_is_seen(self):
        value, data = tool.tensor("0", [2], [1], numel=2), tool.floats(2)
        self.assertIn(("trailing-bytes", ""), self.oddities(tool.archive(value, {"0": data}) + b"tail"))
        self.assertIn(("misaligned", "data/0"), self.oddities(tool.archive(value, {"0": data})))
        self.assertIn(("compressed", "data/0"), self.oddities(tool.archive(value, {"0": data}, deflated=("data/0",))))
        self.assertIn(("unused-record", "data/1"), self.oddities(tool.archive(value, {"0": data, "1": data})))
        self.assertIn(("unused-record", "notes.txt"), self.oddities(tool.archive(value, {"0": data}, [("notes.txt", b"x")])))
        self.assertIn(("byteorder", "byteorder"), self.oddities(tool.archive(value, {"0": data}, byteorder=b"big")))
        self.assertIn(("letter-case", "DATA/1"), self.oddities(tool.archive(value, {"0": data}, [("DATA/1", b"x")])))
        self.assertIn(("letter-case", "Version"), self.oddities(tool.archive(value, {"0": data}, [("Version", b"3")])))
        self.assertIn(("duplicate-name", "data/0"), self.oddities(tool.archive(value, {"0": data}, [("DATA/0", b"x")])))
        archive = tool.archive(value, {"0": data})
        self.assertIn(("crc-zero", "data/0"), self.oddities(archive.replace(struct.pack("<I", zlib.crc32(data)), bytes(4))))
        self.assertIn(("comment", ""), self.oddities(archive[:-2] + b"\x05\x00hello"))
        self.assertIn(("missing-record", "data.pkl"), self.oddities(archive.replace(b"data.pkl", b"data.xyz")))
        self.assertIn(("missing-record", "version"), self.oddities(archive.replace(b"version", b"noisrev")))
        central = archive.rindex(b"PK\1\2")
        self.assertIn(("fault", "version"), self.oddities(archive[:central + 10] + b"\x63\x00" + archive[central + 12:]))

    def test_oddities_are_capped_and_the_rest_is_counted(self):
        document = self.inspect(tool.archive(b"}", None, [("odd%d" % i, b"") for i in range(1500)]))
        self.assertEqual(len(document["oddities"]) + document["oddities_left_out"], 1500)
        self.assertEqual(len(document["oddities"]), 1000)
        self.assertEqual(len(document["records"]), 1503)

    def test_an_archive_without_its_end_still_shows_its_records(self):
        data = (tool.CORPUS / "torch-2.15.0/alias-storage.pt").read_bytes()
        for cut in (900, len(data) - 30):
            document = self.inspect(data[:cut])
            self.assertEqual((document["format"], document["fault"]["kind"]), ("zip", "container.zip.eocd"))
            names = [header["name"] for header in document["local_headers"]]
            self.assertEqual(names[:4], ["alias-storage/" + name for name in (
                "data.pkl", ".format_version", ".storage_alignment", "byteorder")])
            self.assertEqual(document["local_headers"][0]["offset"], 64)

    def test_other_files_are_called_by_what_they_are(self):
        kinds = {b"": "empty", b"just text\n": "text", b"\x1f\x8b\x08" + bytes(30): "compressed", tool.pickled(b"}"): "plain-pickle",
                 b"\x10" + bytes(7) + b'{"__metadata__":': "safetensors"}
        for data, kind in kinds.items():
            document = self.inspect(data)
            self.assertEqual((document["format"], document["fault"]["kind"]), (kind, "container." + kind))
        script = tool.archive(b"}", None, [("constants.pkl", tool.pickled(b")")), ("code/x.py", b"")])
        self.assertEqual(self.inspect(script)["format"], "torchscript")

    def test_a_refused_file_says_why_and_where(self):
        load = self.inspect(tool.archive(tool.name("mypackage.Thing")))["load"]
        self.assertEqual((load["verdict"], load["kind"], load["record"], load["offset"]),
                         ("reject", "policy.global-not-allowed", "data.pkl", 2))

    def test_a_legacy_stream_shows_its_pickles_and_storages(self):
        none, view = b"N", b"(" + tool.text("part") + tool.number(1) + tool.number(2) + b"t"
        value = b"](" + tool.tensor("7", [3], [1], numel=3, view=none) + tool.tensor(
            "5", [2], [1], numel=2, kind="LongStorage", view=none) + tool.tensor("7", [2], [1], numel=3, view=view) + b"e"
        data = tool.legacy(value, [("5", 2, struct.pack("<2q", 8, 9)), ("7", 3, tool.floats(3))])
        document = self.inspect(data)
        pickles = tool.legacy_pickles(data)
        self.assertEqual(document["format"], "legacy")
        self.assertEqual(document["pickles"], [{"record": record, "offset": offset, "size": len(part), "whole": True}
                                               for record, offset, part in pickles])
        behind = pickles[-1][1] + len(pickles[-1][2])
        five, seven = behind + 8, behind + 8 + 16 + 8
        self.assertEqual(document["storages"], [
            {"record": "legacy/storage/7", "offset": seven, "size": 12, "view": False},
            {"record": "legacy/storage/5", "offset": five, "size": 16, "view": False},
            {"record": "legacy/storage/7", "offset": seven + 4, "size": 8, "view": True}])
        self.assertEqual(document["load"], {"verdict": "accept", "checked": "structure"})
        text = tool.run("inspect", self.path).stdout.decode()
        self.assertRegex(text, r"(?m)^ +0x0 +15  legacy/magic$")
        self.assertRegex(text, r"(?m)^ +0x%x +8  legacy/storage/7 \(view\)$" % (seven + 4))
        self.assertIn("loads, as far as its structure goes: 3 storages", text)

    def test_the_pickles_and_storages_of_every_legacy_file_are_those_that_python_sees(self):
        files = [file for file in sorted(tool.CORPUS.glob("torch-*/legacy-*.pt")) if file.stem != "legacy-protocol-4"]
        self.assertGreater(len(files), 20)
        for file in files:
            with self.subTest(file.name):
                data, document = file.read_bytes(), tool.document("inspect", "--json", file)
                pickles = tool.legacy_pickles(data)
                self.assertEqual([(row["record"], row["offset"], row["size"], row["whole"]) for row in document["pickles"]],
                                 [(record, offset, len(part), True) for record, offset, part in pickles])
                if document["load"]["verdict"] == "reject":
                    self.assertNotIn("storages", document)
                    continue
                at, expected = pickles[-1][1] + len(pickles[-1][2]), {}
                sizes = {row["record"]: row["size"] for row in document["storages"] if not row["view"]}
                for key in pickle.loads(pickles[-1][2]):
                    count, size = struct.unpack_from("<q", data, at)[0], sizes["legacy/storage/" + key]
                    self.assertEqual(size % count if count else size, 0)
                    expected["legacy/storage/" + key] = at + 8
                    at += 8 + size
                self.assertEqual({row["record"]: row["offset"] for row in document["storages"] if not row["view"]}, expected)
                behind = pickles[-1][1] + len(pickles[-1][2]) if not expected else at
                self.assertEqual(data[behind:behind + 2] or b"\x80\x02", b"\x80\x02")  # the end, or the next save

    def test_a_damaged_legacy_stream_shows_what_is_there(self):
        data = tool.legacy(b"](K\x03" + tool.text("a") + b"e")
        pickles = tool.legacy_pickles(data)
        offset = pickles[3][1]
        document = self.inspect(data[:offset + 9])
        self.assertEqual(document["pickles"][3], {"record": "legacy/object", "offset": offset, "size": 7, "whole": False})
        self.assertEqual((len(document["pickles"]), document["load"]["kind"], document["load"]["record"],
                          document["load"]["offset"]), (4, "pickle.truncated", "legacy/object", 6))
        self.assertNotIn("storages", document)
        self.assertIn("legacy/object (no STOP)", tool.run("inspect", self.path).stdout.decode())
        document = self.inspect(tool.legacy(tool.tensor("7", [2], [1], numel=2, view=b"N"), [("7", 2, bytes(7))]))
        self.assertEqual((len(document["pickles"]), document["load"]["kind"]), (5, "container.truncated"))

    def test_random_damage_is_always_shown(self):
        import random
        data = (tool.CORPUS / "torch-2.15.0/alias-storage.pt").read_bytes()
        chance = random.Random(7)
        for _ in range(150):
            damaged = bytearray(data)
            for _ in range(chance.randrange(1, 6)):
                damaged[chance.randrange(len(damaged))] = chance.randrange(256)
            self.path.write_bytes(damaged[:chance.randrange(len(damaged))] if chance.random() < 0.3 else damaged)
            for command in ("inspect", "dis"):
                process = tool.run(command, "--json", self.path)
                self.assertEqual((process.returncode, process.stderr), (0, b""), bytes(damaged).hex())
                tool.documents(process)


if __name__ == "__main__":
    unittest.main()
