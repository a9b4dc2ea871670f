"""Tests of the makers of seeds: what they write is what the targets read (fuzz/support/machine_program.h, fuzz/targets/policy_names.cc,
fuzz/targets/options.cc)."""

import io
import pathlib
import sys
import unittest
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import handler  # noqa: E402  pylint: disable=wrong-import-position
import options  # noqa: E402  pylint: disable=wrong-import-position
import policy_names  # noqa: E402  pylint: disable=wrong-import-position
import torchscript  # noqa: E402  pylint: disable=wrong-import-position
import zip as zip_seeds  # noqa: E402  pylint: disable=wrong-import-position

PICKLE = b"\x80\x02ccollections\nOrderedDict\n)RX\x01\x00\x00\x00a\x86."


def archive(pickle):
    """A checkpoint with nothing but data.pkl."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        made.writestr("archive/data.pkl", pickle)
    return stream.getvalue()


class HandlerSeeds(unittest.TestCase):
    """Seeds of handler_*."""

    def test_state_instruction_and_rest_are_instructions_of_a_program(self):
        ((name, seed),) = handler.seeds([("case", archive(PICKLE))], "handler_reduce")
        at = PICKLE.index(b"R")
        self.assertEqual(name, "case.0.%d" % at)
        before = b"".join(b"\x81" + len(each).to_bytes(2, "little") + each for each in (PICKLE[:2], PICKLE[2:at - 1], b")"))
        self.assertEqual(seed[2:], before + b"\x80" + b"\x81\x07\x00" + PICKLE[at + 1:-1])

    def test_what_stands_far_before_the_instruction_is_one_piece(self):
        ((_, seed),) = handler.seeds([("case", archive(b"\x80\x02" + b"N" * 20 + b"R."))], "handler_reduce")
        self.assertIn(b"\x81\x10\x00\x80\x02" + b"N" * 14 + b"\x81\x01\x00N" * 6 + b"\x80", seed)

    def test_an_operand_has_the_form_of_a_program(self):
        ((_, seed),) = handler.seeds([("case", PICKLE)], "handler_global")
        self.assertIn(b"\x80\xf0\x0bcollections\x0bOrderedDict", seed)
        ((_, seed),) = handler.seeds([("case", PICKLE)], "handler_binunicode")
        self.assertIn(b"\x80\x01a\x81", seed)

    def test_pickles_of_a_legacy_stream_follow_each_other(self):
        self.assertEqual(list(handler.pickles(b"N.)." + b"N")), [(b"N.", True), (b").", True), (b"N", True)])

    def test_a_broken_archive_has_no_seeds(self):
        broken = archive(PICKLE)
        self.assertEqual(list(handler.seeds([("case", broken[:40] + broken[-22:])], "handler_reduce")), [])

    def test_a_pickle_is_read_up_to_what_is_none(self):
        self.assertEqual([each[0] for each in handler.instructions(b"N)\xff.")], ["NONE"])

    def test_there_are_at_most_so_many_and_none_twice(self):
        files = [("case%d" % i, archive(b"\x80\x02" + b")" * i + b"N.")) for i in range(1, 300)]
        made = [seed for _, seed in handler.seeds(files, "handler_empty_tuple")]
        self.assertLessEqual(len(made), handler.MOST_SEEDS)
        self.assertEqual(len(made), len(set(made)))
        self.assertGreater(len(made), 0)


class NameSeeds(unittest.TestCase):
    """Seeds of policy_names."""

    def test_every_row_of_the_tables_and_every_name_of_a_file_is_there(self):
        made = {seed for _, seed in policy_names.seeds([("case", archive(b"cm\nown\n."))], "policy_names")}
        for lines in (b"torch\nTensor", b"torch._utils\n_rebuild_tensor_v2", b"__builtin__\nxrange", b"copy_reg\n_",
                      b"numpy.dtype\nf4", b"m\nown", b"os\nsystem"):
            self.assertIn(b"\x05" + lines, made)

    def test_a_name_is_also_said_for_another_one(self):
        made = {seed for _, seed in policy_names.seeds([], "policy_names")}
        self.assertIn(b"\x0dold\nName\ntorch.Size\nold.Name", made)


class OptionSeeds(unittest.TestCase):
    """Seeds of options."""

    def test_options_of_a_case_are_three_bytes(self):
        self.assertEqual(b"\0\0\0", options.bits({}))
        self.assertEqual(bytes((1 | 2 | 2 << 2 | 3 << 4 | 0x80, 0, 0)),
                         options.bits({"numpy": "2.4", "safe_globals": ["m.C"], "torch": "2.6", "strict": True}))
        self.assertEqual(bytes((0, 1 | 2 << 4 | 0x40, 0)), options.bits({"map_location": "meta", "encoding": "latin1", "endianness": "big"}))
        self.assertEqual(bytes((0, 0, 2 | 1 << 2)), options.bits({"weights_only": False, "env": {"TORCH_FORCE_WEIGHTS_ONLY_LOAD": "1"}}))

    def test_every_file_comes_behind_its_options_and_others(self):
        made = dict(options.seeds([("one", b"PK1"), ("two", b"PK2 .format_version /data/0")], "options"))
        self.assertEqual({"one-allowed", "one-made", "two-allowed", "two-offsets", "two-key-1", "two-places"}, {name for name in made if not name.startswith(("text-", "key"))})
        self.assertEqual(bytes((0, 0, 0x40)) + b"PK2 .format_version /data/1", made["two-key-1"])

class ZipSeeds(unittest.TestCase):
    """Seeds of zip."""

    def test_the_smallest_archives_differ_and_are_small_and_right(self):
        made = dict(zip_seeds.smallest())
        self.assertEqual(192, len(set(made.values())))
        for name, data in made.items():
            with self.subTest(name), zipfile.ZipFile(io.BytesIO(data)) as archive_:
                self.assertLess(len(data), 400)
                self.assertEqual(b"12345678", archive_.read("a/b"))


class TorchScriptSeeds(unittest.TestCase):
    """Seeds of torchscript."""

    def test_code_is_a_record_of_an_archive(self):
        made = dict(torchscript.seeds([("one", b"PK")], "torchscript"))
        self.assertEqual(b"PK", made["one"])
        for number, code in enumerate(torchscript.CODE):
            with zipfile.ZipFile(io.BytesIO(made[f"code-{number}-version-2"])) as file:
                self.assertEqual(code, file.read("archive/code/__torch__.py").decode())
                self.assertEqual(b"2\n", file.read("archive/version"))


if __name__ == "__main__":
    unittest.main()
