"""Every value of a pickle has a place: which call, container or persistent id it is in, and which part of it."""

import unittest

import places

CALL = b"ccollections\nOrderedDict\n](X\x01\x00\x00\x00aK\x01\x86e\x85R"  # OrderedDict([("a", 1)])
PICKLE = b"\x80\x02" + CALL + b"."
NO_PICKLES = (b"", b"\x80\x02", b"\x80\x02R.", b"\x80\x02N", b"t.", b"((R.")


class Places(unittest.TestCase):
    def places(self, pickle):
        return {place: pickle[item.start:item.end] for place, item in places.Walk(pickle).found}

    def test_callable_arguments_and_items_of_a_call(self):
        pair = b"X\x01\x00\x00\x00aK\x01\x86"
        name = "collections OrderedDict"
        self.assertEqual({("APPENDS EMPTY_LIST of", 1, 0): b"]", ("APPENDS EMPTY_LIST", 1, 0): pair,
                          ("APPENDS EMPTY_LIST", 1, 0, (2, 0)): pair[:6], ("APPENDS EMPTY_LIST", 1, 0, (2, 1)): b"K\x01",
                          ("APPENDS EMPTY_LIST parts", 2, 0): pair[:6], ("APPENDS EMPTY_LIST parts", 2, 1): b"K\x01",
                          ("REDUCE", 1, 0): b"ccollections\nOrderedDict\n", (f"REDUCE {name} arguments", 1, 0): b"](" + pair + b"e\x85",
                          (f"REDUCE {name} arguments", 1, 0, (1, 0)): b"](" + pair + b"e", (f"REDUCE {name}", 1, 0): b"](" + pair + b"e",
                          ("value", 1, 0): CALL}, self.places(PICKLE))

    def test_marks_states_persistent_ids_and_names_by_texts(self):
        found = self.places(b"\x80\x04(\x8c\x01a\x8c\x01b\x93)\x81}b(K\x05NtQl.")
        self.assertEqual(b"}", found["BUILD a b()", 1, 0])
        self.assertEqual((b"(K\x05Nt", b"N"), (found["persid", 1, 0], found["persid-part", 2, 1]))
        self.assertEqual(b"\x8c\x01a\x8c\x01b\x93", found["NEWOBJ", 1, 0])
        self.assertTrue(found["value", 1, 0].startswith(b"(\x8c") and found["value", 1, 0].endswith(b"Ql"))

    def test_what_the_memo_gives_is_called_as_it_was(self):
        found = self.places(b"\x80\x02(ca\nb\nq\x00)Rh\x00K\x01\x85Rt.")
        self.assertEqual((b"h\x00", b"K\x01"), (found["REDUCE", 1, 0], found["REDUCE a b", 1, 0]))

    def test_what_is_no_pickle_is_said_so(self):
        for data in NO_PICKLES:
            with self.assertRaises((ValueError, IndexError, AttributeError, TypeError)):
                places.Walk(data)


if __name__ == "__main__":
    unittest.main()
