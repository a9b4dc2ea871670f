"""The canonical value of plain Python values, and of tensors where torch can be imported."""

import collections
import json
import struct
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import canonical

try:
    import torch
except ImportError:
    torch = None


def root(value):
    """The text of the root alone."""
    text = canonical.document(value)
    return text[len('{"root":') : text.rindex(',"storages":')]


class PlainValues(unittest.TestCase):
    def test_scalars_have_one_form_each(self):
        for value, text in (
            (None, '{"t":"none"}'),
            (True, '{"t":"bool","v":true}'),
            (False, '{"t":"bool","v":false}'),
            (-3, '{"t":"int","v":"-3"}'),
            (2**70, '{"t":"int","v":"1180591620717411303424"}'),
            (1.5, '{"t":"float","v":"3ff8000000000000"}'),
            (-0.0, '{"t":"float","v":"8000000000000000"}'),
            (struct.unpack(">d", bytes.fromhex("fff8000000000001"))[0], '{"t":"float","v":"fff8000000000001"}'),
            (1 - 2j, '{"t":"complex","v":["3ff0000000000000","c000000000000000"]}'),
            (b"\x00\xff", '{"t":"bytes","x":"00ff"}'),
            (bytearray(b"ab"), '{"t":"bytearray","x":"6162"}'),
            ((), '{"t":"tuple","v":[]}'),
            ([], '{"t":"list","v":[]}'),
            ({}, '{"t":"dict","v":[]}'),
            (set(), '{"t":"set","v":[]}'),
        ):
            self.assertEqual(root(value), text)

    def test_text_is_escaped_as_little_as_json_allows(self):
        self.assertEqual(root('a"\\\b\f\n\r\t\x00\x1f\x7f/\u00e9\u2028\U0001f600'),
                         '{"t":"str","v":"a\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f\x7f/\u00e9\u2028\U0001f600"}')

    def test_text_with_a_lone_surrogate_is_hex(self):
        self.assertEqual(root("a\ud800"), '{"t":"str","x":"61eda080"}')

    def test_dict_kinds_keep_their_order_and_attributes(self):
        ordered = collections.OrderedDict([("b", 1), ("a", 2)])
        ordered.note = "x"
        self.assertEqual(
            root(ordered),
            '{"t":"odict","v":[[{"t":"str","v":"b"},{"t":"int","v":"1"}],[{"t":"str","v":"a"},{"t":"int","v":"2"}]],'
            '"attrs":{"t":"dict","v":[[{"t":"str","v":"note"},{"t":"str","v":"x"}]]}}',
        )
        self.assertTrue(root(collections.Counter("aa")).startswith('{"t":"counter","v":[[{"t":"str"'))

    def test_set_members_are_sorted_by_their_bytes(self):
        self.assertEqual(
            [member.get("v") for member in json.loads(root({10, 9, "b", None, "a"}))["v"]], ["10", "9", None, "a", "b"]
        )


class Identity(unittest.TestCase):
    def test_only_what_is_referenced_twice_has_an_id(self):
        shared, single = [1], [1]
        self.assertEqual(
            root([shared, single, shared]),
            '{"t":"list","v":[{"t":"list","id":0,"v":[{"t":"int","v":"1"}]},{"t":"list","v":[{"t":"int","v":"1"}]},'
            '{"t":"ref","id":0}]}',
        )

    def test_what_a_shared_container_holds_is_not_shared_by_that(self):
        inner = [1]
        outer = [inner]
        self.assertEqual(root((outer, outer)).count('"id":'), 2)

    def test_ids_count_in_pre_order(self):
        first, second = {}, bytearray(b"x")
        self.assertEqual([n["id"] for n in json.loads(root([[first], second, second, first]))["v"][1:]], [1, 1, 0])

    def test_a_list_that_holds_itself_is_a_reference(self):
        cycle = []
        cycle.append(cycle)
        self.assertEqual(root(cycle), '{"t":"list","id":0,"v":[{"t":"ref","id":0}]}')

    def test_texts_numbers_and_the_empty_tuple_have_no_id(self):
        text, empty = "x" * 100, ()
        self.assertNotIn('"id"', root([text, text, empty, empty, 2**80, 2**80, None, None, b"a", b"a"]))

    def test_a_shared_key_is_written_where_it_comes_first(self):
        key = (1, 2)
        self.assertEqual(
            root([{key: key}]),
            '{"t":"list","v":[{"t":"dict","v":[[{"t":"tuple","id":0,"v":[{"t":"int","v":"1"},{"t":"int","v":"2"}]},'
            '{"t":"ref","id":0}]]}]}',
        )

    def test_a_member_shared_with_the_outside_is_sorted_as_if_it_were_alone(self):
        member = (1, "x")
        self.assertIn('{"t":"set","v":[{"t":"ref","id":0}]}', root([member, {member}]))


class Depth(unittest.TestCase):
    def nested(self, levels):
        value = []
        for _ in range(levels - 1):
            value = [value]
        return value

    def test_five_hundred_levels_are_written(self):
        self.assertEqual(canonical.document(self.nested(500)).count('"t":"list"'), 500)

    def test_one_level_more_is_not(self):
        self.assertIsNone(canonical.document(self.nested(501)))

    def test_a_hundred_thousand_levels_are_no_recursion(self):
        value = self.nested(10**5)
        self.assertIsNone(canonical.document(value))
        while value:
            value = value.pop()


class Numbers(unittest.TestCase):
    def test_numbers_beyond_a_double_are_text(self):
        limit = 2**53 - 1
        self.assertEqual(canonical.integers([limit, limit + 1, -limit, -limit - 1]),
                         '[9007199254740991,"9007199254740992",-9007199254740991,"-9007199254740992"]')

    def test_an_unknown_class_is_an_error(self):
        with self.assertRaises(canonical.Unwritable):
            canonical.document([range(3)])


@unittest.skipUnless(torch, "torch is not installed")
class Tensors(unittest.TestCase):
    def test_views_of_one_storage_name_it_once(self):
        x = torch.arange(4, dtype=torch.int16)
        self.assertEqual(
            canonical.document([x, x[1::2]]),
            '{"root":{"t":"list","v":[{"t":"tensor","dtype":"int16","shape":[4],"stride":[1],"offset":0,"storage":0,'
            '"requires_grad":false},{"t":"tensor","dtype":"int16","shape":[2],"stride":[2],"offset":1,"storage":0,'
            '"requires_grad":false}]},"storages":[{"device":"cpu","nbytes":8,"x":"0000010002000300"}]}',
        )

    def test_storages_count_in_pre_order(self):
        a, b = torch.zeros(1, dtype=torch.uint8), torch.ones(1, dtype=torch.uint8)
        self.assertEqual([s["x"] for s in json.loads(canonical.document({"b": b, "a": [a, b]}))["storages"]],
                         ["01", "00"])

    def test_two_empty_storages_are_two(self):
        self.assertEqual(len(json.loads(canonical.document([torch.empty(0), torch.empty(0)]))["storages"]), 2)

    def test_a_storage_over_four_kibibytes_is_a_digest(self):
        small, large = torch.zeros(4096, dtype=torch.uint8), torch.zeros(4097, dtype=torch.uint8)
        storages = json.loads(canonical.document([small, large]))["storages"]
        self.assertEqual([sorted(s) for s in storages], [["device", "nbytes", "x"], ["device", "nbytes", "sha256"]])

    def test_bits_and_gradients_are_named_in_order(self):
        z = torch.ones(1, dtype=torch.complex64)
        self.assertIn('"requires_grad":false,"conj":true,"neg":true}', root(torch._neg_view(z.conj())))
        self.assertIn('"requires_grad":true}', root(torch.ones(1, requires_grad=True)))

    def test_a_parameter_has_the_id_and_its_data_has_none(self):
        p = torch.nn.Parameter(torch.zeros(1))
        self.assertEqual(
            root([p, p]),
            '{"t":"list","v":[{"t":"parameter","id":0,"data":{"t":"tensor","dtype":"float32","shape":[1],"stride":[1],'
            '"offset":0,"storage":0,"requires_grad":false},"requires_grad":true},{"t":"ref","id":0}]}',
        )

    def test_the_other_torch_values_have_words(self):
        for value, text in (
            (torch.Size([2, 3]), '{"t":"size","v":[{"t":"int","v":"2"},{"t":"int","v":"3"}]}'),
            (torch.float16, '{"t":"dtype","v":"torch.float16"}'),
            (torch.device("cuda", 1), '{"t":"device","v":"cuda:1"}'),
            (torch.strided, '{"t":"layout","v":"torch.strided"}'),
            (torch.per_tensor_affine, '{"t":"qscheme","v":"torch.per_tensor_affine"}'),
            (collections.OrderedDict, '{"t":"class","v":"collections.OrderedDict"}'),
            (torch._utils._rebuild_tensor_v2, '{"t":"class","v":"torch._utils._rebuild_tensor_v2"}'),
        ):
            self.assertEqual(root(value), text)


if __name__ == "__main__":
    unittest.main()
