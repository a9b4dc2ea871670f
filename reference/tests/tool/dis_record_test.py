"""CLI-042, CLI-017: the recipe of one record."""

import pickletools
import tempfile
import unittest
import zipfile
from pathlib import Path

import tool


class DisRecordTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "file.pt"

    def recipe(self, data, record="data.pkl"):
        self.path.write_bytes(data)
        process = tool.run("dis", "--record", record, "--json", self.path)
        self.assertEqual((process.returncode, process.stderr), (0, b""))
        return tool.documents(process)[0]

    def test_the_instructions_are_those_that_python_sees(self):
        for file in sorted((tool.CORPUS / "torch-2.15.0").glob("checkpoint-*.pt")):
            with zipfile.ZipFile(file) as zipped:
                pickle = zipped.read(next(name for name in zipped.namelist() if name.endswith("/data.pkl")))
            expected = [(opcode.name, position) for opcode, _, position in pickletools.genops(pickle)]
            lines = tool.document("dis", "--record", "data.pkl", "--json", file)["recipe"]
            self.assertEqual([line.split(" ")[0] for line in lines], [name for name, _ in expected])
            text = tool.run("dis", "--record", "data.pkl", file).stdout.decode().rstrip("\n").split("\n")
            self.assertEqual([line.rsplit("# ", 1)[1] for line in text], [hex(position) for _, position in expected])
            self.assertEqual([line.rsplit("# ", 1)[0].rstrip() for line in text], lines)

    def test_the_document_is_exactly_this(self):
        document = self.recipe(tool.archive(b"](K\x03" + tool.text("a\n\"") + b"e"))
        self.assertEqual(document, {"schema": "weightsonly.dis/1", "file": str(self.path), "record": "data.pkl", "recipe": [
            "PROTO 2", "EMPTY_LIST", "MARK", "BININT1 3", 'BINUNICODE "a\\n\\""', "APPENDS", "STOP"]})

    def test_a_bare_pickle_is_shown_from_its_first_byte(self):
        document = self.recipe(tool.pickled(b"}"))
        self.assertEqual((document["record"], document["recipe"]), ("", ["PROTO 2", "EMPTY_DICT", "STOP"]))
        self.assertNotIn("fault", document)

    def test_bytes_that_are_no_instruction_are_raw(self):
        self.assertEqual(self.recipe(tool.archive(b"\xff\xfe]"))["recipe"], ["PROTO 2", "RAW fffe", "EMPTY_LIST", "STOP"])
        document = self.recipe(b"\xff" * 40)
        self.assertEqual(document["recipe"], ["RAW " + "ff" * 32, "RAW " + "ff" * 8])
        self.assertTrue(document["fault"]["kind"].startswith("container."))
        self.assertEqual(self.recipe(b"")["recipe"], [])

    def test_an_archive_without_its_end_shows_its_pickle_up_to_stop(self):
        data = tool.archive(b"](K\x07e", {"0": tool.floats(9)})
        document = self.recipe(data[:-30])
        self.assertEqual((document["record"], document["fault"]["kind"]), ("data.pkl", "container.zip.eocd"))
        self.assertEqual(document["recipe"], ["PROTO 2", "EMPTY_LIST", "MARK", "BININT1 7", "APPENDS", "STOP"])

    def test_a_deflated_pickle_is_inflated(self):
        document = self.recipe(tool.archive(b"](" + b"K\x01" * 1000 + b"e", deflated=("data.pkl",)))
        self.assertEqual(document["recipe"].count("BININT1 1"), 1000)

    def test_a_legacy_stream_shows_the_instructions_of_its_five_pickles(self):
        files = [file for file in sorted(tool.CORPUS.glob("torch-*/legacy-*.pt")) if file.stem != "legacy-protocol-4"]
        self.assertGreater(len(files), 20)
        for file in files:
            with self.subTest(file.name):
                pickles = tool.legacy_pickles(file.read_bytes())
                document = tool.document("dis", "--record", "data.pkl", "--json", file)
                expected, first_lines, text = [], [], []
                for record, offset, data in pickles:
                    first_lines.append({"record": record, "offset": offset, "line": len(expected)})
                    places = [(opcode.name, position) for opcode, _, position in pickletools.genops(data)]
                    expected += [name for name, _ in places]
                    text += ["# " + record] + [hex(position) for _, position in places]
                self.assertEqual(document["pickles"], first_lines)
                self.assertEqual([line.split(" ")[0] for line in document["recipe"]], expected)
                printed = tool.run("dis", "--record", "data.pkl", file).stdout.decode().rstrip("\n").split("\n")
                self.assertEqual([line if line.startswith("# ") else line.rsplit("# ", 1)[1] for line in printed], text)

    def test_a_small_legacy_stream_is_exactly_this(self):
        document = self.recipe(tool.legacy(b"](K\x03" + tool.text("a") + b"e", after=b"\x80\x02N."))
        keys, system = ["PROTO 2", "EMPTY_LIST", "BINPUT 0", "STOP"], [
            "PROTO 2", "EMPTY_DICT", "BINPUT 0", "MARK", 'BINUNICODE "protocol_version"', "BINPUT 1", "BININT2 1001",
            'BINUNICODE "little_endian"', "BINPUT 2", "NEWTRUE", 'BINUNICODE "type_sizes"', "BINPUT 3", "EMPTY_DICT", "BINPUT 4",
            "SETITEMS", "STOP"]
        self.assertEqual(document["recipe"], [
            "PROTO 2", "LONG1 119547037146038801333356", "STOP", "PROTO 2", "BININT2 1001", "STOP", *system,
            "PROTO 2", "EMPTY_LIST", "MARK", "BININT1 3", 'BINUNICODE "a"', "APPENDS", "STOP", *keys])
        self.assertEqual([(part["record"], part["line"]) for part in document["pickles"]], [
            ("legacy/magic", 0), ("legacy/protocol", 3), ("legacy/sys_info", 6), ("legacy/object", 22), ("legacy/keys", 29)])
        self.assertNotIn("fault", document)

    def test_a_damaged_legacy_stream_is_shown_to_its_end(self):
        data = tool.legacy(b"](K\x03" + tool.text("a") + b"e")
        offset = tool.legacy_pickles(data)[3][1]
        document = self.recipe(data[:offset + 9])
        self.assertEqual(document["recipe"][22:], ["PROTO 2", "EMPTY_LIST", "MARK", "BININT1 3", "RAW 580100"])
        self.assertEqual([part["record"] for part in document["pickles"]][-1], "legacy/object")
        document = self.recipe(data[:offset + 2] + b"\xff" + data[offset + 3:])
        self.assertEqual(document["recipe"][22:24], ["PROTO 2", "RAW ff"])
        self.assertEqual((len(document["pickles"]), document["recipe"][-1]), (4, "STOP"))

    def test_other_records_are_text_or_bytes_or_instructions(self):
        data = tool.archive(b"}", {"0": tool.floats(2)}, [("constants.pkl", tool.pickled(b")")), ("code/a.py", b"x\ny")], deflated=("code/a.py",))
        for record, lines in [("version", ['TEXT "3\\n"']), ("data/0", ["RAW 000000000000803f"]), ("code/a.py", ['TEXT "x\\n"', 'TEXT "y"']),
                              ("constants.pkl", ["PROTO 2", "EMPTY_TUPLE", "STOP"])]:
            document = self.recipe(data, record)
            self.assertEqual((document["record"], document["recipe"]), (record, lines))

    def test_one_pickle_of_a_legacy_stream(self):
        document = self.recipe(tool.legacy(b"]"), "legacy/object")
        self.assertEqual((document["record"], document["recipe"]), ("legacy/object", ["PROTO 2", "EMPTY_LIST", "STOP"]))

    def test_a_record_that_is_not_there_is_refused(self):
        for data, record in [(tool.archive(b"}"), "data/0"), (tool.legacy(b"]"), "legacy/views"), (tool.archive(b"}"), "")]:
            self.path.write_bytes(data)
            process = tool.run("dis", "--json", "--record", record, self.path)
            self.assertEqual((process.returncode, tool.documents(process)[0]["kind"]), (1, "container.record-missing"))


if __name__ == "__main__":
    unittest.main()
