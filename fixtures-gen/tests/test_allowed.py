"""The rows of corpus/allow: how they are derived, and the reader that gives their values where torch can be imported."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import allowed
import canonical
import hostile
from forged import archives, pickles

try:
    import torch
except ImportError:
    torch = None


class Rows(unittest.TestCase):
    def test_a_name_of_numpy_2_has_its_old_spelling(self):
        for path, old in (("numpy._core.multiarray.scalar", "numpy.core.multiarray.scalar"), ("numpy.dtype", "numpy.dtype"),
                          ("Float32DType", "numpy.dtype[float32]"), ("BoolDType", "numpy.dtype[bool_]"),
                          ("StrDType", "numpy.dtype[str_]"), ("numpy.ma.MaskedArray", "numpy.ma.core.MaskedArray")):
            self.assertEqual(allowed._path_under(path, "1.24"), old)
        self.assertEqual(allowed._path_under("Float32DType", "2.4"), "numpy.dtypes.Float32DType")

    def test_a_message_is_put_together_again(self):
        wrappers = []
        inner = "Can only append to lists, but got <class 'x'>"
        text = "Weights only load failed. Before\n" + inner + "\n\nAfter"
        message, at = allowed.unwrapped(text, wrappers)
        self.assertEqual((message, at), (inner, 0))
        self.assertEqual(allowed.whole({"message": message, "wrapper": at}, wrappers)["message"], text)
        self.assertEqual(allowed.unwrapped("record size (8 bytes)", wrappers), ("record size (8 bytes)", None))

    def test_every_row_names_an_environment_and_a_known_deviation(self):
        rows = [row for table in allowed.tables().values() for row in table]
        self.assertGreater(len(rows), 700)
        for row in rows:
            allowed.environment(row["load"])
            allowed.deviation(row["deviation"])
            self.assertTrue(("file" in row) != ("pickle" in row))

    def test_a_stand_in_has_the_path_and_does_nothing(self):
        for path in ("subprocess.Popen", "idlelib.run.Executive.runcode", "http.client.HTTPSConnection"):
            made = allowed.stand_in(path)
            self.assertEqual("%s.%s" % (made.__module__, made.__qualname__), path)
            self.assertEqual(made(1, 2), [1, 2])

    def test_hostile_pickles_name_what_their_row_says(self):
        for table in hostile.tables().values():
            for row in table:
                code = bytes.fromhex(row["pickle"])
                self.assertTrue(code.startswith(b"\x80\x02c") and code.endswith(b"."))
                module, name = code[3:].split(b"\n")[:2]
                self.assertTrue(row["row"].startswith((module + b"." + name).decode()))


@unittest.skipIf(torch is None, "torch is not installed here")
class Inert(unittest.TestCase):
    def value(self, code, allow):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "x.pt"
            path.write_bytes(archives.checkpoint(pickles.pickle(code), {}))
            import inert

            text = canonical.document(inert.load(str(path), allow))
        return text[len('{"root":') : text.rindex(',"storages":')]

    def test_newobj_and_reduce_are_told_apart(self):
        name = pickles.name("a.B")
        self.assertEqual(self.value(name + pickles.tuple_of(1) + pickles.NEWOBJ, ["a.B"]),
                         '{"t":"object","class":"a.B","via":"newobj","args":{"t":"tuple","v":[{"t":"int","v":"1"}]}}')
        self.assertEqual(self.value(name + pickles.EMPTY_TUPLE + pickles.REDUCE, ["a.B"]),
                         '{"t":"object","class":"a.B","via":"reduce","args":{"t":"tuple","v":[]}}')
        self.assertEqual(self.value(name, ["a.B"]), '{"t":"object","class":"a.B","via":"class"}')

    def test_the_tuple_form_shows_the_object_that_is_meant(self):
        self.assertEqual(self.value(pickles.name("old.B"), [["a.B", "old.B"]]),
                         '{"t":"object","class":"a.B","via":"class"}')
        crossed = [["a.B", "c.D"], ["c.D", "a.B"]]
        self.assertEqual(self.value(pickles.name("a.B"), crossed), '{"t":"object","class":"c.D","via":"class"}')
        self.assertEqual(self.value(pickles.name("c.D"), crossed), '{"t":"object","class":"a.B","via":"class"}')
        self.assertEqual(self.value(pickles.name("old.B"), [["collections.OrderedDict", "old.B"]]),
                         '{"t":"class","v":"collections.OrderedDict"}')

    def test_state_items_and_pairs_stand_apart(self):
        made = pickles.name("a.B") + pickles.EMPTY_TUPLE + pickles.NEWOBJ
        code = (made + pickles.number(7) + pickles.BUILD + pickles.number(1) + pickles.APPEND
                + pickles.number(2) + pickles.number(3) + pickles.SETITEM)
        self.assertEqual(self.value(code, ["a.B"]),
                         '{"t":"object","class":"a.B","via":"newobj","args":{"t":"tuple","v":[]},"state":{"t":"int","v":"7"},'
                         '"items":[{"t":"int","v":"1"}],"pairs":[[{"t":"int","v":"2"},{"t":"int","v":"3"}]]}')

    def test_an_object_that_holds_itself_is_one(self):
        made = pickles.name("a.B") + pickles.EMPTY_TUPLE + pickles.NEWOBJ + pickles.put(0)
        self.assertEqual(self.value(made + pickles.value({"me": pickles.get(0)}) + pickles.BUILD, ["a.B"]),
                         '{"t":"object","id":0,"class":"a.B","via":"newobj","args":{"t":"tuple","v":[]},'
                         '"state":{"t":"dict","v":[[{"t":"str","v":"me"},{"t":"ref","id":0}]]}}')

    def test_what_is_not_allowed_is_not_found(self):
        with self.assertRaises(KeyError):
            self.value(pickles.name("a.B"), ["a.C"])


@unittest.skipIf(torch is None, "torch is not installed here")
class Arrays(unittest.TestCase):
    def root(self, value):
        text = canonical.document(value)
        return text[len('{"root":') : text.rindex(',"storages":')]

    def test_elements_go_row_by_row_in_their_own_byte_order(self):
        import numpy

        columns = numpy.asfortranarray(numpy.array([[1, 2], [3, 4]], ">i2"))
        self.assertEqual(self.root(columns),
                         '{"t":"ndarray","dtype":">i2","shape":[2,2],"order":"F","x":"0001000200030004"}')
        self.assertEqual(self.root(numpy.array([1], "u1")), '{"t":"ndarray","dtype":"|u1","shape":[1],"x":"01"}')
        self.assertEqual(self.root(numpy.float32(1)),
                         '{"t":"ndarray","dtype":"<f4","shape":[],"scalar":true,"x":"0000803f"}')
        self.assertEqual(self.root(numpy.array(1, "<f4")), '{"t":"ndarray","dtype":"<f4","shape":[],"x":"0000803f"}')
        self.assertEqual(self.root(numpy.dtype(">f4")), '{"t":"npdtype","v":">f4"}')

    def test_records_have_no_form(self):
        import numpy

        with self.assertRaises(canonical.Unwritable):
            self.root(numpy.array([(1, 2)], "i4,i4"))


if __name__ == "__main__":
    unittest.main()
