"""The dictionaries are of the form that libFuzzer and AFL read, and hold what their tables hold."""

import re
import tempfile
import unittest

import dictionaries
import table

# AFL's dictionaries/README: an optional name, an optional level, a value in quotes of printable ASCII, in which \\, \" and \xHH are escapes.
LINE = re.compile(r'(?:[A-Za-z0-9_]+(?:@[0-9]+)?=)?"((?:[ !#-\[\]-~]|\\\\|\\"|\\x[0-9a-fA-F]{2})+)"')
ESCAPE = re.compile(rb'\\(?:x([0-9a-fA-F]{2})|([\\"]))')


def parsed(text):
    """The values of a dictionary; a ValueError names a line that is not of the form."""
    found = []
    for line in text.splitlines():
        if line.strip() == "" or line.startswith("#"):
            continue
        match = LINE.fullmatch(line)
        if match is None:
            raise ValueError(line)
        found.append(ESCAPE.sub(lambda escape: bytes.fromhex(escape[1].decode()) if escape[1] else escape[2], match[1].encode("ascii")))
    return found


class Dictionaries(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.entries = {}
        with tempfile.TemporaryDirectory(prefix="weightsonly-") as folder:
            for name, path in dictionaries.write(table.root(), folder).items():
                with open(path, encoding="ascii") as file:
                    cls.entries[name] = parsed(file.read())

    def test_every_row_of_the_targets_names_one_that_is_made(self):
        named = {row["dictionary"] for row in table.rows(table.root()) if "dictionary" in row}
        self.assertEqual(set(self.entries), named)

    def test_no_entry_stands_twice_or_is_longer_than_engines_take(self):
        for name, entries in self.entries.items():
            self.assertEqual(len(entries), len(set(entries)), name)
            self.assertTrue(all(0 < len(entry) <= 128 for entry in entries), name)

    def test_pickle_has_every_opcode_and_every_name(self):
        entries = self.entries["pickle"]
        opcodes = re.findall(r"^WEIGHTSONLY_OPCODE\(.*0x([0-9a-f]{2})", table.text(table.root(), "reference/pickle/opcode.def"), re.M)
        self.assertEqual(68, len(opcodes))
        self.assertEqual(set(), {bytes.fromhex(byte) for byte in opcodes} - {entry[:1] for entry in entries})
        paths = re.findall(r'^WEIGHTSONLY_GLOBAL\("([^"]+)"', table.text(table.root(), "reference/policy/allowlist.def"), re.M)
        self.assertGreater(len(paths), 100)
        for path in [*paths, "numpy._core.multiarray._reconstruct", "numpy.ndarray", "__builtin__.xrange"]:
            module, _, name = path.rpartition(".")
            self.assertIn(f"c{module}\n{name}\n".encode(), entries)
        for entry in (b"ccStringIO\n", b"ctorch\nuint16\n", b"X\x02\0\0\0f8", b"X\x04\0\0\0cuda", b"G" + bytes(8),
                      b"\x80\x00", b"B", b"\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."):
            self.assertIn(entry, entries)

    def test_zip_has_the_signatures_the_zip64_field_and_the_records(self):
        for entry in (b"PK\3\4", b"PK\1\2", b"PK\5\6", b"PK\6\6", b"PK\6\7", b"\xff" * 4, b"\xff" * 2, b"\1\0\x18\0", b"archive/data.pkl",
                      b"data.pkl", b"byteorder", b"constants.pkl", b".data/version", b"data/", b"\0\x20", b"\x10\0\0\0"):
            self.assertIn(entry, self.entries["zip"])

    def test_recipe_has_statements_and_fields(self):
        for entry in (b"\nCHECKPOINT ", b"\nRECORD ", b"\nEND64 ", b"\nREPEAT ", b"\nBINUNICODE ", b"\nSTACK_GLOBAL ", b" compressed=",
                      b" byteorder=", b"local.", b'"', b"\\x00"):
            self.assertIn(entry, self.entries["recipe"])


class Form(unittest.TestCase):
    def test_every_byte_can_be_written_and_is_read_back(self):
        every = [("byte", bytes([number, number])) for number in range(256)]
        self.assertEqual([data for _, data in every], parsed("".join(dictionaries.lines_of(every))))

    def test_what_is_not_of_the_form_is_noticed(self):
        for line in ('a="', 'a=b', 'a=""', 'a="\\q"', 'a="\\x1"', 'a b="c"', 'a="\x7f"', 'a="""'):
            with self.assertRaises(ValueError):
                parsed(line)


if __name__ == "__main__":
    unittest.main()
