"""suite.py's checks: each fires on a table with that one mistake, and on no good one."""

import json
import unittest

import suite_sample
from suite_sample import ACCEPTED, EITHER, GET, MISSING, REFUSED, VALUE, Sample


def found(rows=None, complete=False, **more):
    with Sample(rows, **more) as sample:
        return sample.suite(complete).lint()


def of_row(row, **changes):
    """The problems of a table with this row alone, a member changed (None: left out)."""
    changed = {key: value for key, value in {**row, **changes}.items() if value is not None}
    with Sample({"memo": [changed]}) as sample:
        return sample.suite().problems


class Rows(unittest.TestCase):
    def assertFires(self, text, problems):
        self.assertEqual(len(problems), 1, problems)
        self.assertIn(text, problems[0])
        self.assertRegex(problems[0], r"^memo\.toml:\d+: ")

    def test_good_rows_have_no_problem(self):
        for row in (GET, MISSING, EITHER):
            self.assertEqual(of_row(row), [])
        self.assertEqual(found(complete=True), [])

    def test_members(self):
        self.assertFires("no member is called colour", of_row(GET, colour="red"))
        self.assertFires("rules cannot be", of_row(GET, rules="MEM-001"))
        self.assertFires("offset cannot be -1", of_row(MISSING, offset=-1))
        self.assertFires("options cannot be", of_row(GET, options={"speed": 1}))
        self.assertFires("options cannot be", of_row(GET, options={"numpy": "3.0"}))
        self.assertFires("options cannot be", of_row(GET, options={"safe_globals": ["Name"]}))
        self.assertFires("limits cannot be", of_row(GET, limits={"seconds": 0}))
        for key in ("id", "title", "why", "rules", "expect"):
            self.assertIn("%s is missing" % key, " ".join(of_row(GET, **{key: None})))

    def test_ids_and_titles(self):
        for one in ("Memo-get", "memo_get", "memo--get", "m" * 81):
            self.assertFires("an id is words", of_row(GET, id=one))
        self.assertFires("121 characters", of_row(GET, title="x" * 121))
        for title in ("BINGET should give the value", "We test that BINGET works", "Tests that BINGET works"):
            self.assertFires("states a fact", of_row(GET, title=title))
        self.assertFires("one line", of_row(GET, why="one\ntwo"))
        self.assertFires("version of the suite", of_row(GET, since="1"))

    def test_expectations(self):
        self.assertFires("expect is", of_row(GET, expect="refuse"))
        self.assertFires("expect is", of_row(GET, expect="reject"))
        self.assertFires("no kind 'pickle.memo'", of_row(MISSING, expect="reject pickle.memo"))
        self.assertEqual(of_row(MISSING, expect="reject pickle"), [])
        self.assertFires("fault", of_row(MISSING, fault=None))
        self.assertFires("fault", of_row(GET, fault="none"))
        self.assertFires("a fault is words", of_row(MISSING, fault="Never put"))
        self.assertFires("record and offset", of_row(GET, record="data.pkl"))
        self.assertFires("a refused file has no value", of_row(MISSING, value=json.dumps(VALUE)))

    def test_policies(self):
        self.assertFires("names its policy", of_row(EITHER, policy="unknown"))
        self.assertFires("the choices of", of_row(EITHER, expect="either: refuse | call"))
        self.assertFires("kind is there exactly", of_row(EITHER, kind=None))
        self.assertFires("no kind 'x'", of_row(EITHER, kind="x"))
        self.assertFires("belong to either rows", of_row(GET, policy="device"))

    def test_what_is_cited_exists(self):
        self.assertFires("no rule MEM-900", of_row(GET, rules=["MEM-900"]))
        self.assertFires("no rule DEV-900", of_row(GET, deviation="DEV-900"))
        self.assertFires("no flag Other", of_row(GET, flags=["Other"]))
        self.assertFires("no capability is called zip", of_row(GET, needs=["zip"]))
        self.assertFires("something twice", of_row(GET, rules=["MEM-001", "MEM-001"]))

    def test_sources(self):
        self.assertFires("either a recipe or python", of_row(GET, recipe=None))
        self.assertFires("recipe: line 2: 566", of_row(GET, recipe="CHECKPOINT\nBININT1 566\n"))
        self.assertFires("python and torch", of_row(GET, recipe=None, python="torch.save(1, f)"))
        self.assertFires("torch is one of", of_row(GET, recipe=None, python="torch.save(1, f)", torch="0.1"))
        self.assertFires("python: line 1", of_row(GET, recipe=None, python="torch.save(1, f", torch="2.15.0"))
        self.assertFires("has not written", of_row(GET, recipe=None, python="torch.save(1, f)", torch="2.15.0"))
        self.assertFires("no JSON", of_row(GET, value="{"))
        self.assertFires("a value is", of_row(GET, value="[]"))

    def test_tables(self):
        with Sample({"memo": [GET, {**GET, "title": "Another"}]}) as sample:
            self.assertFires("the id stands at memo.toml:2 too", sample.suite().problems)
        with Sample({"other": [GET]}) as sample:
            self.assertEqual(sample.suite().problems, ["other.toml: no area is called that"])
        with Sample() as sample:
            (sample.folder / "cases" / "memo.toml").write_text("[[case]\n")
            self.assertIn("memo.toml: ", sample.suite().problems[0])
            (sample.folder / "cases" / "memo.toml").write_text("[other]\n")
            self.assertEqual(sample.suite().problems, ["memo.toml: only [[case]] tables stand here, not other"])


class Whole(unittest.TestCase):
    def assertFires(self, text, problems):
        self.assertEqual([one for one in problems if text in one], problems)
        self.assertEqual(len(problems), 1, problems)

    def test_ids_of_two_tables(self):
        rows = {"memo": [GET, MISSING], "stack": [{**GET, "recipe": "CHECKPOINT\nNONE\nSTOP\n"}]}
        self.assertFires("the id stands at memo.toml:2 too", found(rows))

    def test_equal_files(self):
        twin = {**GET, "id": "memo-twin"}
        seen = {"memo-get": ACCEPTED, "memo-twin": ACCEPTED, "memo-missing": REFUSED}
        all_releases = {release: seen for release in ("2.15.0", "2.10.0", "2.6.0", "1.13.1")}
        self.assertFires("the same case as memo-get", found({"memo": [GET, MISSING, twin]}, observed=all_releases))
        other = {**twin, "options": {"mmap": True}}
        self.assertEqual(found({"memo": [GET, MISSING, other]}, observed=all_releases), [])
        refused = {**MISSING, "id": "memo-twin", "recipe": GET["recipe"], "deviation": "DEV-001"}
        self.assertFires("another expectation than memo-get", found({"memo": [GET, MISSING, refused]}, observed=all_releases))

    def test_torch_differs_without_deviation(self):
        for seen, text in (({**REFUSED, "exception": "EOFError"}, "torch refuses: EOFError"), ({"verdict": "timeout"}, "timeout")):
            problems = found(observed={"2.15.0": {"memo-get": seen, "memo-missing": REFUSED}})
            self.assertIn("memo-get: no deviation, and torch", "\n".join(problems))
            self.assertIn(text, "\n".join(problems))
        self.assertFires("memo-missing: no deviation, and torch accepts",
                         found(observed={"2.15.0": {"memo-get": ACCEPTED, "memo-missing": ACCEPTED}}))
        other = {**GET, "value": '{"root":{"t":"int","v":"6"},"storages":[]}'}
        self.assertFires("no deviation, and value.root.v", found({"memo": [other, MISSING]}))
        self.assertEqual(found({"memo": [{**other, "deviation": "DEV-001"}, MISSING]}), [])

    def test_either_rows_differ_where_torch_does_neither(self):
        all_releases = {release: {"memo-either": REFUSED} for release in ("2.15.0", "2.10.0", "2.6.0", "1.13.1")}
        self.assertEqual(found({"memo": [EITHER]}, observed=all_releases), [])
        self.assertFires("a deviation, and nothing differs",
                         found({"memo": [{**EITHER, "deviation": "DEV-001"}]}, observed=all_releases))
        all_releases["2.15.0"] = {"memo-either": ACCEPTED}
        self.assertFires("no deviation, and value.root", found({"memo": [EITHER]}, observed=all_releases))

    def test_deviation_where_nothing_differs(self):
        self.assertFires("a deviation, and nothing differs", found({"memo": [GET, {**MISSING, "deviation": "DEV-001"}]}))

    def test_accepted_without_value(self):
        seen = {"verdict": "accept", "digest": "0" * 64}
        self.assertFires("memo-get: no value", found(observed={"2.15.0": {"memo-get": seen, "memo-missing": REFUSED}}))
        deep = {"verdict": "accept", "value_omitted": "limit.depth"}
        self.assertEqual(found(observed={"2.15.0": {"memo-get": deep, "memo-missing": REFUSED}}), [])

    def test_every_release_is_asked_about_every_case(self):
        self.assertFires("torch 1.13.1 has not been asked about memo-get", found(observed={"1.13.1": {"memo-missing": REFUSED}}))
        stale = {"memo-get": {**ACCEPTED, "asked": "0" * 16}, "memo-missing": REFUSED}
        self.assertFires("torch 2.6.0 was asked about another file", found(observed={"2.6.0": stale}))
        more = {"memo-get": ACCEPTED, "memo-missing": REFUSED, "memo-gone": REFUSED}
        self.assertFires("of memo-gone, which is no case", found(observed={"2.10.0": more}))

    def test_embargo(self):
        with Sample(observed={"2.10.0": {"memo-missing": REFUSED}}) as sample:
            suite = sample.suite()
            suite.embargo.cells = {("2.10.0", "memo-get")}
            self.assertEqual(suite.lint(), [])
            flat = suite.documents()[sample.folder / "flat" / "torch-2.10.0.tsv"]
            self.assertRegex(flat, r"(?m)^memo-get\t.*\taccept\t\t$")
            suite.embargo.cells = {("2.10.0", "memo-get"), ("2.6.0", "memo-get")}
            self.assertFires("torch 2.6.0 has an observation of memo-get, which embargo.json keeps back", suite.lint())

    def test_coverage(self):
        without = {"memo": [GET, {**MISSING, "rules": ["MEM-001"]}]}
        self.assertFires("SPEC.md: MEM-002 has no case", found(without, complete=True))
        self.assertEqual(found(without), [])  # while a table is missing, nobody knows
        by_deviation = {"memo": [GET, {**MISSING, "rules": ["MEM-001"], "deviation": "MEM-002"}]}
        self.assertFires("a deviation, and nothing differs", found(by_deviation, complete=True))  # and no rule without a case
        two = {"memo": [GET, {**MISSING, "expect": "reject pickle.memo-missing, io.open"}]}
        self.assertFires("pickle.memo-missing has no file with this one fault", found(two, complete=True))
        self.assertFires("no case has the flag WrongValue", found({"memo": [GET, {**MISSING, "flags": []}]}, complete=True))

    def test_notes_and_exemptions(self):
        for text, notes in (("WrongValue: effect is missing", suite_sample.NOTES.replace("effect", "#")),
                            ("no member is called more", suite_sample.NOTES + 'more = ""\n')):
            with Sample(notes=notes) as sample:
                self.assertFires(text, sample.suite().problems)
        exempt = suite_sample.EXEMPTIONS.replace("[kinds]", '"ABC-001" = "gone"\n[kinds]')
        self.assertFires("ABC-001: none of the rules", found(exemptions=exempt))
        self.assertFires("1.0.0 memo-get: none of the cells", found(exemptions=suite_sample.EXEMPTIONS + '"1.0.0 memo-get" = "x"\n'))
        exempt = suite_sample.EXEMPTIONS.replace("[kinds]", '"MEM-001" = "no"\n[kinds]')
        self.assertFires("MEM-001 has a case", found(exemptions=exempt))

    def test_sizes(self):
        big = {**GET, "id": "memo-big", "recipe": "CHECKPOINT\nBINUNICODE \"\"\nSTOP\nRECORD \"archive/x\"\nREPEAT 70000 RAW 00\n"}
        seen = {"memo-get": ACCEPTED, "memo-big": ACCEPTED, "memo-missing": REFUSED}
        with Sample({"memo": [GET, MISSING, big]}, {release: seen for release in ("2.15.0", "2.10.0", "2.6.0", "1.13.1")}) as sample:
            suite = sample.suite()
            self.assertEqual(suite.lint(), [])
            row = json.loads(suite.documents()[sample.folder / "suite.json"])["cases"][0]
            self.assertEqual((row["id"], row["file"]), ("memo-big", None))
            self.assertGreater(row["size"], 70000)
            suite_sample.make.words.SUITE_LIMIT, kept = 100, suite_sample.make.words.SUITE_LIMIT
            try:
                self.assertFires("suite.json has", suite.lint())
            finally:
                suite_sample.make.words.SUITE_LIMIT = kept


class Written(unittest.TestCase):
    def test_what_is_written_is_what_is_compared(self):
        make = suite_sample.make
        with Sample() as sample:
            self.assertGreater(make.write(sample.suite()), 2)
            self.assertEqual(make.differences(sample.suite()), [])
            self.assertEqual(make.write(sample.suite()), 0)
            file = sample.cases / "memo" / "memo-get.pt"
            file.write_bytes(file.read_bytes() + b"\0")
            self.assertEqual(make.differences(sample.suite()), ["memo-get.pt: differs from what the tables make"])
            file.rename(sample.cases / "memo" / "memo-gone.pt")
            self.assertEqual(make.differences(sample.suite()), ["memo-get.pt: missing", "memo-gone.pt: no longer made"])
            self.assertEqual(make.write(sample.suite()), 2)
            self.assertEqual(make.differences(sample.suite()), [])

    def test_the_documents_say_what_belongs_together(self):
        with Sample() as sample:
            made = {path.name: text for path, text in sample.suite().documents().items()}
        rules = {rule["id"]: rule for rule in json.loads(made["rules.json"])["rules"]}
        self.assertEqual(rules["MEM-001"], {"id": "MEM-001", "section": "Chapter 5: machine", "cases": ["memo-get"],
                                            "text": "An index that was put gives the value."})
        self.assertEqual(rules["CLI-001"]["exempt"], "the tool")
        kinds = {kind["name"]: kind for kind in json.loads(made["refusals.json"])["kinds"]}
        self.assertEqual(kinds["pickle.memo-missing"]["cases"], ["memo-missing"])
        self.assertEqual(kinds["pickle.memo-missing"]["sentence"], 'The pickle asks for an "entry" that was never put.')
        self.assertFalse(kinds["pickle.number"]["in_use"])
        self.assertEqual(json.loads(made["notes.json"])["notes"]["WrongValue"]["cases"], ["memo-missing"])
        cases = {case["id"]: case for case in json.loads(made["suite.json"])["cases"]}
        self.assertEqual(cases["memo-get"]["value"], VALUE)
        self.assertNotIn("value", cases["memo-missing"])
        self.assertIn('\nWEIGHTSONLY_DEVIATION("DEV-001", 0)\n', made["deviation_cases.def"])
        self.assertRegex(made["torch-2.15.0.tsv"], r"(?m)^memo-missing\tcorpus/cases/memo/memo-missing.pt\t\w{64}\treject\t\treject$")


if __name__ == "__main__":
    unittest.main()
