"""Outcomes from answers: kinds, policies, levels 1 and 2."""

import unittest

import running  # puts conformance/run in reach

import canaries
import compare
import judge
import policies
import runner
import worker


def row(expect, **more):
    return {"id": "a", "area": "zip", "expect": expect, **more}


def outcome(expect, answer, level=0, declared=(), exact=False, **more):
    one = row(expect, **more)
    return judge.judge(one, answer, policies.expectation(one, dict(declared)), level, exact)[0]


def tensor(path=("w",), dtype="int8", shape=(2,), **more):
    return {"path": list(path), "dtype": dtype, "shape": list(shape), **(more or {"data": "0102"})}


def level1(want, have, **more):
    return compare.level1({"tensors": want}, {"tensors": have, **more})


class Kinds(unittest.TestCase):
    def test_a_kind_matches_by_whole_dotted_parts(self):
        for answered, expected, matches in (
                ("container.zip.crc", "container.zip.crc", True), ("container", "container.zip.crc", True),
                ("container.zip.crc", "container", True), ("container.zi", "container.zip", False),
                ("container.zip.crc", "container.zip.eocd", False), ("", "container", False), ("", "", False)):
            with self.subTest(answered=answered, expected=expected):
                self.assertEqual(judge.kind_matches(answered, expected), matches)

    def test_an_exact_kind_is_no_coarser(self):
        self.assertFalse(judge.kind_matches("container", "container.zip", exact=True))
        self.assertTrue(judge.kind_matches("container.zip", "container.zip", exact=True))
        self.assertTrue(judge.kind_matches("container.zip.crc", "container.zip", exact=True))
        self.assertFalse(judge.kind_matches("container.zip.crc", "container.zip.eocd", exact=True))

    def test_one_of_several_kinds_is_enough(self):
        answer = {"verdict": "reject", "kind": "container.text"}
        self.assertEqual(outcome("reject container.zip, container.text", answer), "pass")
        self.assertEqual(outcome("reject container.zip, container.tar", answer), "wrong-kind")


class Verdicts(unittest.TestCase):
    def test_verdicts(self):
        accept, reject = {"verdict": "accept"}, {"verdict": "reject", "kind": "pickle"}
        self.assertEqual(outcome("accept", accept), "pass")
        self.assertEqual(outcome("accept", reject), "false-reject")
        self.assertEqual(outcome("reject pickle", reject), "pass")
        self.assertEqual(outcome("reject pickle", accept), "false-accept")
        self.assertEqual(outcome("reject pickle", {"verdict": "reject"}), "wrong-kind")
        self.assertEqual(outcome("reject pickle", {"verdict": "skip", "reason": "no"}), "skip")

    def test_a_place_is_compared_where_it_is_asked_for(self):
        answer = {"verdict": "reject", "kind": "pickle", "record": "data.pkl", "offset": 3}
        self.assertEqual(outcome("reject pickle", answer, offset=4), "pass")
        self.assertEqual(outcome("reject pickle", answer, exact=True, record="data.pkl", offset=3), "pass")
        self.assertEqual(outcome("reject pickle", answer, exact=True, offset=4), "wrong-kind")
        self.assertEqual(outcome("reject pickle", answer, exact=True, record="version"), "wrong-kind")


class Policies(unittest.TestCase):
    def ask(self, verdict, declared, expect="either: refuse | inert", policy="unknown-globals", data="0102"):
        answer = {"verdict": verdict, "kind": "policy", "tensors": [tensor(data=data)]}
        return outcome(expect, answer, 1, declared, policy=policy, kind="policy.newobj", tensors=[tensor()])

    def test_without_a_declaration_each_choice_passes(self):
        self.assertEqual(self.ask("accept", {}), "pass")
        self.assertEqual(self.ask("reject", {}), "pass")
        self.assertEqual(self.ask("accept", {}, data="0103"), "wrong-value")

    def test_a_declared_choice_binds(self):
        self.assertEqual(self.ask("accept", {"unknown-globals": "refuse"}), "false-accept")
        self.assertEqual(self.ask("reject", {"unknown-globals": "inert"}), "false-reject")
        self.assertEqual(self.ask("reject", {"device": "label"}), "pass")

    def test_what_was_declared_is_told(self):
        expected = policies.expectation({"expect": "either: refuse | inert", "policy": "unknown-globals", "kind": "policy"},
                                        {"unknown-globals": "inert"})
        self.assertEqual(str(expected), "accept, as the adapter declares unknown-globals=inert")

    def test_some_choices_give_a_value_of_their_own(self):
        called = dict(expect="either: inert | call", policy="allowlisted-calls", data="0103")
        self.assertEqual(self.ask("accept", {"allowlisted-calls": "call"}, **called), "pass")
        self.assertEqual(self.ask("accept", {}, **called), "pass")
        self.assertEqual(self.ask("accept", {"allowlisted-calls": "inert"}, **called), "wrong-value")
        self.assertEqual(self.ask("reject", {}, **called), "false-reject")

    def test_words_that_no_table_has_are_told(self):
        self.assertEqual(len(list(policies.problems({"unknown-global": "inert", "device": "drop"}, ["zip"]))), 3)
        self.assertEqual(list(policies.problems({"device": "label"}, ["zip64"])), [])


class Level1(unittest.TestCase):
    def test_equal_rows_pass_in_any_order(self):
        rows = [tensor(), tensor(path=["b"])]
        self.assertEqual(level1(rows, rows[::-1]), ("pass", ""))

    def test_each_member_counts(self):
        for have in (tensor(dtype="uint8"), tensor(shape=[1, 2]), tensor(data="0103"), tensor(data="01"), tensor(data=None),
                     tensor(path=[0])):
            with self.subTest(have=have):
                self.assertEqual(level1([tensor()], [have])[0], "wrong-value")

    def test_keys_of_another_type_are_other_paths(self):
        self.assertEqual(level1([tensor(path=["0"])], [tensor(path=[0])])[0], "wrong-value")

    def test_a_hash_is_as_good_as_the_bytes(self):
        digest = "a12871fee210fb8619291eaea194581cbd2531e4b23759d225f6806923f63222"  # of 01 02
        self.assertEqual(level1([tensor()], [tensor(sha256=digest)])[0], "pass")
        self.assertEqual(level1([tensor(sha256=digest)], [tensor(data="0102")])[0], "pass")
        self.assertEqual(level1([tensor(sha256=digest)], [tensor(data="0103")])[0], "wrong-value")

    def test_data_that_a_row_leaves_out_is_not_compared(self):
        self.assertEqual(level1([tensor(data_omitted="limit.output")], [tensor()])[0], "pass")
        self.assertEqual(level1([tensor(data=None)], [tensor()])[0], "pass")

    def test_missing_alone_is_dropped_data(self):
        self.assertEqual(level1([tensor(), tensor(path=["b"])], [tensor()])[0], "dropped-data")
        self.assertEqual(level1([tensor(), tensor(path=["b"])], [tensor(data="0103")])[0], "wrong-value")
        self.assertEqual(level1([tensor(path=["b"])], [tensor()])[0], "wrong-value")

    def test_one_path_twice_is_wrong(self):
        self.assertEqual(level1([tensor()], [tensor(), tensor()])[0], "wrong-value")

    def test_big_extents_are_numbers_or_texts(self):
        self.assertEqual(level1([tensor(shape=["9007199254740993", 0])], [tensor(shape=[9007199254740993, 0])])[0], "pass")

    def test_a_walk_that_was_cut_short_is_not_compared(self):
        self.assertEqual(level1([tensor()], None, truncated=True)[0], "pass")


class Level2(unittest.TestCase):
    def test_values_are_equal_as_json(self):
        for have, want, where in (
                ({"a": 1, "b": [2]}, {"b": [2], "a": 1}, None), (1, True, "value"), (1, 1.0, "value"), (0, None, "value"),
                ({"a": 1}, {"a": 2}, "value.a"), ({"a": [1, 2]}, {"a": [1, 3]}, "value.a[1]"), ([1], [1, 2], "value"),
                ({"a": 1}, {}, "value.a"), ({}, {"a": 1}, "value.a"), ("x", "y", "value")):
            with self.subTest(have=have, want=want):
                found = compare.first_difference(have, want)
                self.assertEqual(found and found.split(":")[0].split(" is")[0], where)

    def test_a_value_may_be_left_out_only_with_a_word(self):
        self.assertEqual(compare.level2({"value": {}}, {"value": None, "value_omitted": "limit.depth"})[0], "pass")
        self.assertEqual(compare.level2({"value": {}}, {"value": None})[0], "wrong-value")
        self.assertEqual(compare.level2({"value": None}, {"value": {}})[0], "pass")


class Limits(unittest.TestCase):
    def limits(self, row, **settings):
        profile = canaries.Profile({"name": "x"}, 1, 0.5)
        made = worker.Worker(None, runner.Settings(["x"], **settings), profile, None)
        self.addCleanup(made.abandon)
        found = made.limits(row)
        return found.seconds, found.memory >> 20

    def test_time_is_that_of_the_row_and_ten_canaries(self):
        self.assertEqual(self.limits({}), (10.0, 256))
        self.assertEqual(self.limits({"limits": {"seconds": 20, "rss_mb": 512}}), (25.0, 512))

    def test_what_is_asked_for_replaces_both(self):
        self.assertEqual(self.limits({"limits": {"seconds": 20}}, seconds=2.0), (2.0, 256))


if __name__ == "__main__":
    unittest.main()
