"""How rows of the suite are asked of torch and of the tool, and what is made of the answers."""

import contextlib
import importlib.util
import io
import json
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import observe_suite
import options
from suite_parts import asking, judge
from suite_parts.observations import Embargo, Observations, document_text

VALUE = {"root": {"t": "int", "v": "5"}, "storages": []}


def row(**options):
    return {"id": "a-b", "expect": "accept", "options": options}


class Asked(unittest.TestCase):
    def test_the_release_that_a_row_is_about(self):
        for given, release in ((row(), "2.15.0"), (row(torch="2.6"), "2.6.0"), (row(torch="1.13"), "1.13.1"), (row(strict=True), None),
                               (row(numpy="1.24"), "2.6.0+numpy1"), (row(numpy="2.4"), "2.15.0")):
            self.assertEqual(asking.oracle_of(given), release)
            asked = [one for one in asking.RELEASES if asking.belongs(given, one) and asking.is_asked(given, one)]
            plain = [one for one in asking.RELEASES if "+" not in one]
            self.assertEqual(asked, plain if given == row() else [release] if release else [])

    def test_an_old_numpy_has_no_other_rows(self):
        self.assertFalse(asking.belongs(row(), "2.6.0+numpy1"))
        self.assertTrue(asking.belongs(row(numpy="1.24"), "2.6.0+numpy1"))
        self.assertTrue(asking.belongs(row(numpy="1.24"), "2.6.0"))
        self.assertFalse(asking.is_asked(row(numpy="1.24"), "2.6.0"))

    def test_options_for_torch(self):
        self.assertEqual(asking.load_of(row()), {"alone": True, "poison": asking.POISON})
        self.assertEqual(asking.load_of(row(env={"A": "1"}))["weights_only"], None)
        self.assertEqual(asking.load_of(row(weights_only=False))["weights_only"], False)
        self.assertEqual(asking.load_of(row(endianness="big"))["default_load_endianness"], "big")
        self.assertEqual(asking.load_of(row(map_location="cpu", encoding="latin1", mmap=True))["map_location"], "cpu")

    def test_names_that_torch_is_given_are_harmless(self):
        load = asking.load_of(row(safe_globals=["os.system", "my.Class", ["my.make", "old.make"], "training.Point"]))
        self.assertEqual(load["stand_ins"], ["os.system", "my.make"])
        self.assertEqual(load["stand_in_classes"], ["my.Class"])
        self.assertEqual(len(load["allow"]), 4)

    def test_the_set_of_numpy_has_both_spellings(self):
        old, new = (asking.load_of(row(numpy=numpy))["allow"] for numpy in ("1.24", "2.4"))
        self.assertIn("numpy.core.multiarray.scalar", old)
        self.assertIn(["numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar"], old)
        self.assertIn(["numpy._core.multiarray.scalar", "numpy.core.multiarray.scalar"], new)
        self.assertIn("numpy.dtype[float32]", old)
        self.assertIn("numpy.dtypes.Float32DType", new)

    def test_flags_for_the_tool(self):
        self.assertEqual(asking.flags_of({"id": "a"}), [])
        given = row(weights_only=False, safe_globals=["a.b", ["c.d", "e.f"]], numpy="2.4", torch="2.6", strict=True, mmap=False)
        self.assertEqual(asking.flags_of(given), ["--weights-only", "false", "--allow", "a.b", "--allow-as", "c.d=e.f", "--numpy", "2.4",
                                                  "--torch", "2.6", "--strict", "--no-mmap"])
        self.assertEqual(asking.flags_of(row(numpy="1.24")), ["--numpy", "1.24", "--allow-numpy"])
        self.assertEqual(asking.load_of(row(numpy="2.4", safe_globals=["numpy.dtype"]))["allow"], ["numpy.dtype"])

    def test_each_file_lies_alone(self):
        with asking.Laid([(row(), b"x"), ({"id": "c"}, b"y")]) as laid:
            path, _, load = laid.line(row(), mmap=True).partition("\t")
            self.assertEqual([one.name for one in Path(path).parent.iterdir()], ["a-b.pt"])
            self.assertTrue(json.loads(load)["mmap"])


class Answers(unittest.TestCase):
    def test_what_looks_unsafe(self):
        for answer in ({"verdict": "crash"}, {"verdict": "accept", "unstable": True}, {"verdict": "accept", "executed": True}):
            self.assertTrue(observe_suite.is_unsafe(answer, row()), answer)
        for answer in ({"verdict": "accept"}, {"verdict": "timeout"}, {"verdict": "reject"}):
            self.assertFalse(observe_suite.is_unsafe(answer, row()), answer)
        self.assertFalse(observe_suite.is_unsafe({"verdict": "accept", "executed": True}, row(weights_only=False)))
        self.assertTrue(observe_suite.is_unsafe({"verdict": "accept", "executed": True}, row(weights_only=True)))

    def test_what_is_published(self):
        answer = {"verdict": "accept", "value": VALUE, "torch": "2.15.0"}
        kept = observe_suite.observation(answer, True)
        self.assertEqual(sorted(kept), ["digest", "value", "verdict"])
        self.assertEqual(sorted(observe_suite.observation(answer, False)), ["digest", "verdict"])
        self.assertEqual(len(kept["digest"]), 64)
        deep = {"verdict": "accept", "value": None, "value_omitted": "limit.depth"}
        self.assertEqual(observe_suite.observation(deep, True), {"verdict": "accept", "value_omitted": "limit.depth"})

    def test_ours_is_judged_by_what_we_chose(self):
        either = {"expect": "either: refuse | inert", "policy": "unknown-globals", "kind": "policy.global-not-allowed"}
        refused = {"verdict": "reject", "kind": "policy.global-not-allowed", "record": "data.pkl", "offset": 2}
        self.assertEqual(judge.unmet(either, {"verdict": "reject"}, refused), "")
        self.assertIn("ours: accept", judge.unmet(either, {"verdict": "reject"}, {"verdict": "accept"}))
        exact = {"expect": "reject policy", "record": "data.pkl", "offset": 3}
        self.assertEqual(judge.unmet(exact, {}, refused), "our offset is 2")
        self.assertEqual(judge.unmet({"expect": "reject pickle.text"}, {}, refused), "our kind is policy.global-not-allowed")
        other = {"verdict": "accept", "value": {**VALUE, "storages": [1]}}
        self.assertIn("storages", judge.unmet({"expect": "accept"}, {"verdict": "accept", "value": VALUE}, other))

    def test_an_executed_call_is_no_outcome_of_a_refusal(self):
        self.assertEqual(judge.unlike_torch({"expect": "reject policy"}, {"verdict": "reject", "executed": True}), "torch executes the call")
        unwritable = {"verdict": "unwritable", "message": "an object"}  # accepted, and only the row can give a value
        self.assertEqual(judge.unlike_torch({"expect": "accept"}, unwritable), "")
        self.assertEqual(judge.unlike_torch({"expect": "reject policy"}, unwritable), "torch accepts")
        unstable = {"verdict": "accept", "value": VALUE, "unstable": True}
        self.assertIn("did not supply", judge.unlike_torch({"expect": "accept"}, unstable))


class Files(unittest.TestCase):
    def test_observations_are_read_as_they_were_written(self):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "observations").mkdir()
            path = Path(folder) / "observations" / "torch-2.6.0+numpy1.json"
            path.write_text(document_text("2.6.0+numpy1", {"threads": 1}, {"b": {"verdict": "reject"}, "a": {"verdict": "crash"}}))
            self.assertEqual(json.loads(path.read_text())["torch"], "2.6.0")
            self.assertEqual(Observations(folder).of("2.6.0+numpy1", {"id": "b"}), {"verdict": "reject"})
            self.assertIsNone(Observations(folder).of("2.6.0", {"id": "b"}))

    def test_a_check_writes_nothing_and_counts(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "observations" / "torch-1.0.json"
            with contextlib.redirect_stdout(io.StringIO()) as said:
                self.assertEqual(observe_suite.settle(path, "x", True), 1)
            self.assertIn("torch-1.0.json is not what torch answers", said.getvalue())
            self.assertFalse(path.exists())
            self.assertEqual(observe_suite.settle(path, "x", False), 0)
            self.assertEqual(observe_suite.settle(path, "x", True), 0)

    def test_the_embargo_keeps_the_cells_of_other_adapters(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(Embargo(folder).text(), '{"schema":"weightsonly.embargo/1","cells":[]}\n')
            cells = [{"adapter": "other", "id": "a"}, {"adapter": "torch 2.6.0", "id": "b"}]
            (Path(folder) / "embargo.json").write_text(json.dumps({"cells": cells}))
            embargo = Embargo(folder)
            self.assertEqual(embargo.cells, {("2.6.0", "b")})
            self.assertEqual(json.loads(embargo.text())["cells"], cells)


class Options(unittest.TestCase):
    def test_a_release_lacks_what_it_does_not_have(self):
        class Old:
            serialization = None

            @staticmethod
            def load(f, map_location=None, **more):
                pass

        class New(Old):
            class serialization:
                safe_globals = set_default_load_endianness = None

            @staticmethod
            def load(f, map_location=None, *, mmap=None):
                pass

        for load, key in (({"mmap": True}, "mmap"), ({"allow": []}, "allow"), ({"default_load_endianness": "big"}, "default_load_endianness")):
            self.assertEqual(options.lacking(Old, load), key)
            self.assertIsNone(options.lacking(New, load))
        self.assertIsNone(options.lacking(Old, {"env": {}}))


@unittest.skipUnless(importlib.util.find_spec("torch"), "torch is not installed")
class Memory(unittest.TestCase):
    def test_memory_that_the_file_did_not_supply_is_seen(self):
        from recipe import assemble

        import observe

        call = "CHECKPOINT\nGLOBAL \"torch\" \"FloatTensor\"\nBININT1 5\nTUPLE1\nREDUCE\nSTOP\n"
        given = row()
        with asking.Laid([(given, assemble(call))]) as laid:
            self.assertTrue(json.loads(observe.observe(laid.line(given), 30))["unstable"])
        with asking.Laid([(given, assemble("CHECKPOINT\nNONE\nSTOP\n"))]) as laid:
            self.assertNotIn("unstable", json.loads(observe.observe(laid.line(given), 30)))


if __name__ == "__main__":
    unittest.main()
