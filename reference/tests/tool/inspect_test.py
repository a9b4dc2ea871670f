"""CLI-015, CLI-016: what `inspect` sees in an archive, whole or damaged."""

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
