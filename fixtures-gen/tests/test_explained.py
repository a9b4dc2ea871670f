"""The table of explained differences: every row explains a file of the corpus, and none of what is only nearly the same.

What torch says is the committed answer; what we say, the tool's of $WEIGHTSONLY_TOOL.
"""

import io
import json
import os
import struct
import sys
import unittest
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "fixtures-gen"))
sys.dont_write_bytecode = True

import answers
import children
import differences
import explained

sys.setrecursionlimit(20000)  # values nest up to 500 levels, and each is several levels of JSON
CORPUS = ROOT / "corpus"
TOOL = Path(os.environ.get("WEIGHTSONLY_TOOL") or ROOT / "build" / "release" / "weightsonly")


def as_text(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def committed():
    """(file, torch's answer, the deviation that the suite names or None) of each file that was observed with the default options."""
    suite = json.loads((ROOT / "conformance" / "suite.json").read_text(encoding="utf-8"))
    seen = json.loads((ROOT / "conformance" / "observations" / "torch-2.15.0.json").read_text(encoding="utf-8"))
    seen = seen["rows"]
    for case in suite["cases"]:
        if "options" not in case and case["file"] and case["id"] in seen:
            yield ROOT / case["file"], seen[case["id"]], case.get("deviation")
    for folder in ("forged", "torch-2.15.0"):
        for path in sorted((CORPUS / folder).glob("*.pt")):
            yield path, json.loads(answers.beside(path).read_text(encoding="utf-8")), None


# What no file of the corpus shows, because torch's answer is kept back, the file is too large, or no case is about it: rule, kind,
# detail, record, what torch accepts, the file.
EXAMPLES = [
    ("DEV-502", "value.type", "torch.Size: the argument is torch.storage.TypedStorage", "data.pkl", "", b""),
    ("DEV-108", "container.zip.ambiguous", "record data/0: it is marked as a directory", "", "", b""),
    ("DEV-108", "container.zip.name", "record data/0/: it is the name of a directory", "", "", b""),
    ("DEV-607", "limit.record-size", "record data.pkl: it has 94371840 bytes, more than the 70000000 allowed (Limits::inflated_base, "
     "Limits::inflated_factor)", "", "", b""),
    ("DEV-608", "limit.record-size", "record version: it has 2097152 bytes, more than the 1048576 allowed", "", "", b""),
    ("DEV-609", "limit.steps", "calls of the pickle walk over more than 1000 + 100 items for each of its bytes (Limits::steps_base, "
     "Limits::steps_per_byte)", "data.pkl", "", b""),
    ("DEV-611", "limit.memory", "deflated sparse indices have 90000000 bytes, more than the 70000000 allowed (Limits::inflated_base, "
     "Limits::inflated_factor)", "data.pkl", "", b""),
    ("DEV-628", "value.type", "the storage keys are no list", "legacy/keys", "", b""),
    ("DEV-628", "value.type", "a number of the view metadata is tuple", "legacy/object", "", b""),
    ("DEV-628", "policy.persistent-id", "the view metadata is no (key, offset, number of elements)", "legacy/object", "", b""),
    ("DEV-629", "container.not-a-checkpoint", "the file starts with the bytes 8880028a0a6cfc9c, which no known format has", "", "", b""),
    ("DEV-520", "tensor.stride", "torch._utils._rebuild_tensor_v2: a stride is -3", "data.pkl", '"device":"meta"', b""),
    ("DEV-520", "tensor.overflow", "torch._utils._rebuild_tensor_v2: the bytes up to the last element do not fit 63 bits", "data.pkl",
     '"device":"meta"', b""),
    ("DEV-640", "value.type", "the number of elements is no int but torch.Tensor", "data.pkl", "", b""),
    ("DEV-502", "value.type", "torch._utils._rebuild_tensor_v2: the metadata is torch.storage.TypedStorage", "data.pkl", "", b""),
    ("DEV-502", "value.type", "builtins.bytearray: the codec is none of latin1, ascii and utf-8", "data.pkl", '{"root":{"t":"bytearray"', b""),
    ("DEV-502", "value.type", "torch.Size: the argument is str", "data.pkl", '{"root":{"t":"size","v":[]}', b""),
    ("DEV-502", "value.type", "builtins.complex: a part is int", "data.pkl", "", b"\x80\2\x8a\x09" + b"\xff" * 8 + b"\0."),
    ("DEV-504", "tensor.quantizer", "torch._utils._rebuild_tensor: torch.quint4x2 without a quantizer", "data.pkl", "", b""),
    ("DEV-629", "container.tar", "the file is a damaged tar archive (its checksum is wrong): copy or download it again", "", "",
     b"\x80\6\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\2M\xe9\3."),
    ("DEV-621", "storage.size-mismatch", "the storage has 20000 bytes, more than the file", "legacy/object", "", b""),
]


# What torch's acceptance would make a fault of ours: the words of a deviation without what makes it one. No row may explain it.
FAULTS = [
    ("tensor.out-of-bounds", "torch._utils._rebuild_tensor_v2: the tensor needs 20 bytes, its storage has 16", "data.pkl"),
    ("tensor.out-of-bounds", "torch._utils._rebuild_qtensor: the tensor needs 20 bytes, its storage has 16", "data.pkl"),
    ("tensor.overflow", "torch._utils._rebuild_tensor_v2: the bytes up to the last element do not fit 63 bits", "data.pkl"),
    ("tensor.stride", "torch._utils._rebuild_tensor_v2: a stride is -3", "data.pkl"),
    ("tensor.stride", "torch._utils._rebuild_tensor_v2: a stride is -9223372036854775808", "data.pkl"),
    ("tensor.sparse-invariant", "the first count is not 0", "data.pkl"),
    ("tensor.sparse-invariant", "an index of dimension 0 is not in [0, 2)", "data.pkl"),
    ("container.zip.central-directory", "a record lies outside the file", ""),
    ("container.zip.local-header", "local header of data/0: its signature is wrong", ""),
    ("container.not-a-checkpoint", "the file starts with the bytes 8a0a6cfc9c46f920, which no known format has", ""),
    ("storage.size-mismatch", "the storage was named before with 8 bytes and another dtype", "data.pkl"),
    ("value.type", "the storage keys are no list", "data.pkl"),
]


def examples():
    for rule, kind, detail, record, value, data in EXAMPLES:
        yield (rule, data, {"verdict": "reject", "kind": kind, "detail": detail, "record": record},
               {"verdict": "accept", "value": value}, rule)
    for kind, detail in (("policy.uninitialised", "makes memory of a size and leaves it unfilled"), ("value.type", "makes memory of its own")):
        yield ("DEV-525", b"", {"verdict": "reject", "kind": kind, "record": "data.pkl", "detail": "torch.storage.TypedStorage: " + detail},
               {"verdict": "unwritable", "message": "AttributeError: 'torch.storage.TypedStorage' object has no attribute '_untyped_storage'"},
               "DEV-525")


class Differences(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.table = explained.rows()
        cls.found = []  # (file, data, ours, torch, deviation)
        tool = children.Tool(TOOL.resolve())
        for path, torch, deviation in committed():
            if torch["verdict"] == "kept-back":
                torch = {"verdict": "accept", "value": None}
            torch = {**torch, "value": as_text(torch["value"])} if "value" in torch else torch
            ours = tool.ask(str(path))
            settled = ours["verdict"] == torch["verdict"] and (ours["verdict"] == "reject" or "value" not in torch or
                                                               ours["value"] == torch["value"])
            if not settled:
                cls.found.append((path, path.read_bytes(), ours, torch, deviation))
        tool.end()
        cls.found += examples()

    def hits(self, row):
        return [one for one in self.found if explained.matches(row, *one[1:4])]

    def test_every_difference_of_the_corpus_is_explained(self):
        for path, data, ours, torch, _ in self.found:
            self.assertIsNotNone(explained.explanation(self.table, data, ours, torch), (path, ours, torch))
        self.assertGreater(len(self.found), 250)

    def test_by_the_deviation_that_the_suite_names(self):
        for path, data, ours, torch, deviation in self.found:
            if deviation and torch["verdict"] not in explained.NO_ANSWER:
                reasons = {row["by"] for row in self.table if explained.matches(row, data, ours, torch)}
                self.assertIn(deviation, reasons, path)

    def test_every_row_explains_a_file(self):
        self.assertEqual([row for row in self.table if not self.hits(row)], [])

    def test_no_row_explains_what_is_nearly_the_same(self):
        for row in self.table:
            _, data, ours, torch, _ = self.hits(row)[0]
            for near in self.near_misses(row, data, ours, torch):
                self.assertFalse(explained.matches(row, *near), (row["by"], near[1:]))

    def test_no_row_explains_a_fault_in_the_words_of_a_deviation(self):
        magic = b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."
        plain = {"verdict": "accept", "value":
                 '{"root":{"t":"tensor","shape":[4],"layout":"torch.sparse_coo","coalesced":false},"storages":[{"device":"cpu"}]}'}
        for kind, detail, record in FAULTS:
            ours = {"verdict": "reject", "kind": kind, "detail": detail, "record": record}
            self.assertIsNone(explained.explanation(self.table, magic, ours, plain), detail)
        message = "Attempting to deserialize object on a CUDA device but torch.cuda.is_available() is False"
        self.assertIsNone(explained.explanation(self.table, magic, plain, {"verdict": "reject", "message": message}))
        self.assertIsNone(explained.explanation(self.table, magic, plain, {**plain, "value": plain["value"].replace("4", "5")}))

    def near_misses(self, row, data, ours, torch):
        """(data, ours, torch) that differ from a hit in one thing that the row asks for."""
        other = "accept" if torch["verdict"] == "reject" else "reject"
        yield data, ours, {**torch, "verdict": other}
        if ours["verdict"] == "accept":
            yield data, {"verdict": "reject", "kind": "pickle.text", "detail": "", "record": ""}, torch
            for message in row.get("near", []):
                yield data, ours, {**torch, "message": message}
        else:
            yield data, {"verdict": "accept", "value": "{}"}, torch
            yield data, {**ours, "kind": ours["kind"] + "x"}, torch
            yield data, {**ours, "kind": ours["kind"].rpartition(".")[0]}, torch
            for detail in [*row["near"], "x" + ours["detail"], ours["detail"] + " x", ""]:
                yield data, {**ours, "detail": detail}, torch
        if "record" in row:
            yield data, {**ours, "record": "data.pkl" if ours["record"] != "data.pkl" else "version"}, torch
        if row.get("also", "odd_magic") not in ("odd_magic", "other_units", "other_numbers"):  # they have tests of their own
            yield b"", {**ours, "value": ""}, {**torch, "value": ""}
        if "value" in row:
            accepts = {"value": '{"root":{"t":"none"},"storages":[]}'}
            yield (data, {**ours, **accepts}, torch) if ours["verdict"] == "accept" else (data, ours, {**torch, **accepts})


class Rules(unittest.TestCase):
    def test_every_row_names_a_rule_of_the_specification(self):
        spec = (ROOT / "reference" / "SPEC.md").read_text(encoding="utf-8")
        self.assertEqual([row["by"] for row in explained.rows() if "**%s**" % row["by"] not in spec], [])

    def test_a_row_that_says_too_little_is_refused(self):
        whole = {"by": "DEV-1", "kind": "k", "detail": "d", "near": []}
        explained.check(whole)
        for key in ("by", "kind", "detail", "near"):
            with self.assertRaises(ValueError):
                explained.check({word: value for word, value in whole.items() if word != key})
        for more in ({"also": "nothing"}, {"details": "d"}, {"ours": "accept"}):
            with self.assertRaises(ValueError):
                explained.check({**whole, **more} if "ours" not in more else {"by": "DEV-1", **more})


REFUSED = {"verdict": "reject", "kind": "k", "detail": "d", "record": ""}
VALUE = '{"root":{"t":"none"},"storages":[{"device":"cpu","nbytes":4,"x":"%s"}]}'


def accepted(text):
    return {"verdict": "accept", "value": VALUE % text}


class Whatever(unittest.TestCase):
    """What holds whatever the rows say."""

    EVERYTHING = [{"by": "ALL", "kind": kind, "detail": ".*"} for kind in ("k", "internal", "unsupported")]

    def why(self, ours, torch):
        return explained.explanation(self.EVERYTHING, b"", ours, torch)

    def test_no_answer_of_torch_needs_an_answer_of_ours(self):
        for verdict in ("crash", "timeout", "memory"):
            self.assertEqual(self.why(REFUSED, {"verdict": verdict}), explained.SILENT)
            self.assertEqual(self.why(accepted(""), {"verdict": verdict}), explained.SILENT)
            self.assertIsNone(self.why({"verdict": "error"}, {"verdict": verdict}))
        self.assertIsNone(self.why(REFUSED, {"verdict": "executed"}))
        self.assertIsNone(self.why(REFUSED, {"verdict": "unwritable", "message": "no canonical form"}))
        for message in ("x cannot call qscheme on UnknownQuantizer", "IndexError: list index out of range"):
            self.assertEqual(self.why(REFUSED, {"verdict": "unwritable", "message": message}), "ALL")

    def test_a_fault_of_ours_is_never_explained(self):
        self.assertEqual(self.why(REFUSED, accepted("")), "ALL")
        for kind in ("internal", "unsupported"):
            self.assertIsNone(self.why({**REFUSED, "kind": kind}, accepted("")))

    def settled(self, ours, torch):
        return explained.settled(self.EVERYTHING, b"", ours, torch)

    def test_what_is_equal_when_asked_again_does_not_count(self):
        self.assertEqual(self.settled(accepted("00"), accepted("00")), explained.EQUAL_AGAIN)
        self.assertEqual(self.settled(REFUSED, {"verdict": "reject"}), explained.EQUAL_AGAIN)
        self.assertIsNone(self.settled(accepted("00"), accepted("01")))
        self.assertIsNone(self.settled({**accepted("00"), "value_omitted": "limit.depth"}, accepted("00")))

    def test_accepting_what_the_file_did_not_supply_counts(self):
        self.assertIsNone(self.settled(accepted("00"), {**accepted("00"), "unstable": True}))
        self.assertEqual(self.settled(REFUSED, {**accepted("00"), "unstable": True}), "ALL")

    def test_a_load_that_makes_something_counts(self):
        self.assertIsNone(self.settled(REFUSED, {"verdict": "reject", "executed": True}))


def entry(name, stored, size, offset):
    """A central header whose numbers stand in its zip64 field."""
    wide = struct.pack("<HHQQQ", 1, 24, size, stored, offset)
    return b"PK\1\2" + bytes(16) + b"\xff" * 8 + struct.pack("<HH", len(name), len(wide)) + bytes(10) + b"\xff" * 4 + name + wide


class Further(unittest.TestCase):
    def test_units_that_are_turned_around(self):
        for ours, torch in (("01020304", "04030201"), ("01020304", "02010403"), ("0102030405", "0201040305")):
            self.assertTrue(explained.other_units(b"", accepted(ours), accepted(torch)))
        for ours, torch in (("01020304", "01020304"), ("01020304", "02010304"), ("01020304", "04030202"), ("0102", "020100")):
            self.assertFalse(explained.other_units(b"", accepted(ours), accepted(torch)))

    def test_anything_else_must_be_equal(self):
        other = {"verdict": "accept", "value": (VALUE % "04030201").replace("none", "list")}
        self.assertFalse(explained.other_units(b"", accepted("01020304"), other))
        self.assertFalse(explained.other_units(b"", accepted("01020304"), {"verdict": "accept", "value": "null"}))

    def test_scales_that_differ(self):
        def quantized(scales, rest=""):
            return {"verdict": "accept", "value": '{"q":{"axis":0,"scales":[%s],"zero_points":["0"]}%s}' % (scales, rest)}

        call = b"ctorch._utils\n_rebuild_qtensor\n"
        self.assertTrue(explained.other_numbers(call + b"tRtb.", quantized('"3f"'), quantized('"3f","40"')))
        for pickle, ours, torch in ((call + b"tR.", quantized('"3f"'), quantized("")), (b"tRtb.", quantized('"3f"'), quantized("")),
                                    (call + b"b.", quantized('"3f"'), quantized('"3f"')), (call + b"b.", quantized('"3f"', "x"), quantized(""))):
            self.assertFalse(explained.other_numbers(pickle, ours, torch))

    def test_offsets_beyond_any_file(self):
        self.assertTrue(explained.offset_wraps(entry(b"a", 1, 1, 0) + entry(b"b", 1, 1, 2**64 - 40), None, None))
        self.assertFalse(explained.offset_wraps(entry(b"b", 2**63, 2**63, 2**62), None, None))
        self.assertFalse(explained.offset_wraps(b"PK\1\2", None, None))

    def test_a_record_without_bytes(self):
        ours = {"detail": "local header of data/0: its signature is wrong"}
        self.assertTrue(explained.record_is_empty(entry(b"a/data/0", 0, 0, 0), ours, None))
        self.assertFalse(explained.record_is_empty(entry(b"a/data/0", 0, 1, 0), ours, None))
        self.assertFalse(explained.record_is_empty(entry(b"a/data/00", 0, 0, 0), ours, None))
        past = {"detail": "record data/0: its bytes reach past the end of the file"}
        self.assertTrue(explained.record_is_empty(entry(b"a/data/0", 0, 0, 0), past, None))
        self.assertFalse(explained.record_is_empty(entry(b"a/data/0", 9, 9, 0), past, None))

    def test_a_class_of_torch_sparse_as_the_function_of_from_type(self):
        for text, found in ((b"c torch._tensor\n_rebuild_from_type_v2\nq\0(ctorch.sparse\nFloatTensor\n", True),
                            (b"_rebuild_from_type_v2\n(ctorch.sparsely\nx\n", False),
                            (b"_rebuild_from_type_v2\n(ctorch._utils\n_rebuild_tensor_v2\nctorch.sparse\nFloatTensor\n", False)):
            self.assertEqual(explained.class_from_type(text, None, None), found, text)
            archive = io.BytesIO()
            with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
                made.writestr("a/data.pkl", text * 9)
            self.assertEqual(explained.class_from_type(archive.getvalue(), None, None), found, text)

    def test_devices_that_are_named(self):
        self.assertTrue(explained.names_device(b"", {"value": '"device":"cuda:0"'}, None))
        self.assertTrue(explained.names_device(b"X\5\0\0\0xpu:1", {"value": ""}, None))
        self.assertTrue(explained.names_device(b"X\4\0\0\0cudaK\4", {"value": ""}, None))
        self.assertFalse(explained.names_device(b"cpu meta cudas", {"value": '"device":"cpu"'}, None))

    def test_what_is_made_on_the_device_meta(self):
        for data in (b"X\4\0\0\0meta", b"U\4meta", b"ctorch._utils\n_rebuild_meta_tensor_no_storage\n"):
            self.assertTrue(explained.names_meta(data, {}, {}), data)
        self.assertTrue(explained.names_meta(b"", {}, {"value": '"device":"meta"'}))
        self.assertFalse(explained.names_meta(b"X\5\0\0\0meta!", {}, {"value": '"device":"cpu"'}))

    def test_classes_that_torch_takes_for_something_else(self):
        for data in (b"cbuiltins\ncomplex\n", b"\x8c\x08builtins\x8c\x07complex\x93"):
            self.assertTrue(explained.names_complex(data, {}, {}), data)
        self.assertFalse(explained.names_complex(b"ctorch\ncomplex64\nbuiltins.complex_", {}, {}))
        for data in (b"ctorch\nFloatTensor\n", b"ctorch.cuda.sparse\nLongTensor\n", b"\x8c\x0aHalfTensor\x93"):
            self.assertTrue(explained.names_tensor_class(data, {}, {}), data)
        self.assertFalse(explained.names_tensor_class(b"ctorch._utils\n_rebuild_device_tensor_from_cpu_tensor\nFloatStorage", {}, {}))

    def test_counts_of_a_tensor_without_rows(self):
        def value(shape):
            return {"value": '{"t":"sparse","crow":{"t":"tensor","dtype":"int64","shape":[%s]}}' % shape}

        for shape in ("1", "3,1"):
            self.assertTrue(explained.counts_of_nothing(b"", {}, value(shape)), shape)
        for shape in ("2", "1,2", "11"):
            self.assertFalse(explained.counts_of_nothing(b"torch.sparse_csr", {}, value(shape)), shape)
        self.assertTrue(explained.counts_of_nothing(b"torch.sparse_bsr", {}, {"value": '{"t":"none"}'}))
        self.assertFalse(explained.counts_of_nothing(b"torch.sparse_coo", {}, {"value": '{"t":"none"}'}))

    def test_elements_that_share_bytes(self):
        self.assertTrue(explained.packs_elements(b"ctorch\nQUInt4x2Storage\n", {}, {}))
        self.assertTrue(explained.packs_elements(b"", {}, {"value": '"quint2x4"'}))
        self.assertFalse(explained.packs_elements(b"ctorch\nQUInt8Storage\n", {}, {"value": '"quint8"'}))

    def test_magic_numbers_as_torch_writes_them_are_not_odd(self):
        magic = b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."
        for start in (b"", b"\x80\2", b"\x80\4\x95" + bytes(8)):
            self.assertFalse(explained.odd_magic(start + magic + b"\x80\2", None, None), start)
        for data in (b"N" + magic, b"\x80\2N" + magic, b"\x80\6" + magic, magic[:-1] + b"0."):
            self.assertTrue(explained.odd_magic(data, None, None), data)


    def test_a_magic_number_behind_another_start(self):
        magic = b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."
        self.assertTrue(explained.magic_behind(b"\x80\6" + magic, None, None))
        self.assertFalse(explained.magic_behind(b"\x80\2" + magic, None, None))
        self.assertFalse(explained.magic_behind(b"a" * 257 + b"ustar", None, None))

    def test_sizes_of_nothing_and_large_ints(self):
        self.assertTrue(explained.makes_nothing(b"", {}, {"value": '{"t":"size","v":[]}'}))
        self.assertTrue(explained.makes_nothing(b"", {}, {"value": '{"t":"none"}'}))
        self.assertFalse(explained.makes_nothing(b"", {}, {"value": '{"t":"size","v":[{"t":"int","v":"1"}]}'}))
        self.assertTrue(explained.has_large_int(b"\x8a\x09" + bytes(9), {}, {}))
        self.assertFalse(explained.has_large_int(b"\x8a\x07" + bytes(7), {}, {}))


class Counting(unittest.TestCase):
    def test_differences_of_one_kind_are_one_line(self):
        tally = differences.Tally()
        for number in range(5):
            few = tally.unexplained({**REFUSED, "detail": "a size is -%d of 'x%d'" % (number, number)}, accepted(""), "m%d.pt" % number)
            self.assertEqual(few, number < differences.KEPT_OF_A_KIND)
        tally.unexplained(accepted("00"), accepted("01"), "other.pt")
        lines = list(tally.lines())
        self.assertEqual(len(lines), 2)
        self.assertEqual(lines[0], "UNEXPLAINED 5: ours: reject k a size is -N of '…'; torch: accept (m0.pt)")
        self.assertIn("another value", lines[1])

    def test_everything_is_counted_once(self):
        tally = differences.Tally()
        tally.equal("accept")
        tally.equal("pickle.text")
        tally.explained("DEV-107")
        tally.unexplained(REFUSED, accepted(""), "m.pt")
        self.assertEqual(tally.total(), 4)
        self.assertEqual(tally.document()["explained"], {"DEV-107": 1})

    def test_the_parts_have_all_the_files(self):
        self.assertEqual(sorted(sum(differences.share(list(range(7)), 3), [])), list(range(7)))
        self.assertEqual(differences.share([1], 4), [[1]])


if __name__ == "__main__":
    unittest.main()
