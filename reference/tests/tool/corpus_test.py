"""The tool against what torch loaded: verdict and canonical value of every file of corpus/."""

import collections
import json
import unittest

import tool

BATCH = 200


def agrees(answer, expected):
    """True when one dotted kind is a prefix of the other."""
    a, b = answer.split("."), expected.split(".")
    return bool(answer) and bool(expected) and a[:len(b)] == b[:len(a)]


class Row:
    def __init__(self, entry):
        self.file = tool.CORPUS / entry["file"]
        self.expected = tool.parse(tool.answer_of(self.file).read_text("utf-8"))

    def fault(self, answer):
        """What is wrong with our answer, or None."""
        expected = self.expected
        if answer["verdict"] != expected["verdict"]:
            return "we say %s, torch %s (%s)" % (answer["verdict"], expected["verdict"], answer.get("kind", ""))
        if answer["verdict"] == "accept":
            same = answer["value"] == expected["value"] and answer.get("value_omitted") == expected.get("value_omitted")
            return None if same else "another value"
        kind = expected.get("kind")
        if kind is not None and not agrees(answer["kind"], kind):
            return "we say %s, expected is %s" % (answer["kind"], kind)
        return None

    def is_allowed(self, answer):
        """True when the file is marked so that our answer counts as right all the same."""
        expected = self.expected
        if "deviation" not in expected or answer["verdict"] != expected.get("deviation_verdict"):
            return False
        kind = expected.get("deviation_kind")
        return kind is None or agrees(answer["kind"], kind)


def rows():
    manifest = json.loads((tool.CORPUS / "manifest.json").read_text("utf-8"))
    return [Row(entry) for entry in manifest["files"]]


def answers(files):
    found = []
    for at in range(0, len(files), BATCH):
        found += tool.documents(tool.run("load", "--json", *files[at:at + BATCH], timeout=600))
    return found


class CorpusTest(unittest.TestCase):
    def test_verdict_and_value_equal_torch(self):
        found = tool.deep(rows)
        self.assertGreater(len(found), 200)
        given = tool.deep(answers, [row.file for row in found])
        self.assertEqual(len(given), len(found))
        counts = collections.Counter()
        faults = []
        for row, answer in zip(found, given):
            self.assertEqual(answer["file"], str(row.file))
            fault = tool.deep(row.fault, answer)
            if fault is None:
                counts["equal, " + answer["verdict"]] += 1
            elif row.is_allowed(answer):
                counts["deviation" if "deviation" in row.expected else "not read yet"] += 1
            else:
                faults.append("%s: %s" % (row.file.relative_to(tool.CORPUS), fault))
        print(", ".join("%d %s" % (count, what) for what, count in sorted(counts.items())))
        if faults:
            self.fail("%d of %d files:\n%s" % (len(faults), len(found), "\n".join(faults[:60])))
        self.assertGreater(counts["equal, accept"], 500)
        self.assertGreater(counts["equal, reject"], 100)

    def test_every_fixture_of_the_folder_is_in_the_manifest(self):
        manifest = json.loads((tool.CORPUS / "manifest.json").read_text("utf-8"))
        listed = sorted(entry["file"] for entry in manifest["files"])
        there = sorted(path.relative_to(tool.CORPUS).as_posix() for path in tool.CORPUS.glob("*/*.pt"))
        self.assertEqual([file for file in there if file not in set(listed)], [])
        self.assertEqual([file for file in listed if not (tool.CORPUS / file).is_file()], [])


if __name__ == "__main__":
    unittest.main()
