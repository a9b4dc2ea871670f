"""Every file of the corpus through the C interface, from a C program and from Python: verdict, kind, value, storages and tensors are
those of torch."""

import collections
import os
import subprocess
import sys
import unittest

import binding
import expected

sys.path.append(str(binding.header.SOURCE / "reference" / "tests" / "tool"))
import corpus_test as tool_corpus  # noqa: E402  (the rows of the corpus, and what counts as torch's answer)
import tool  # noqa: E402


def parse_lines(text):
    """{file: answer} of dump.c's lines."""
    answers, answer = {}, None
    for line in text.split("\n"):
        words = line.split("\t")
        if words[0] == "F":
            answer = answers[words[1]] = {"storages": [], "tensors": []}
        elif words[0] == "R":
            answer.update(verdict="reject", kind=words[1])
        elif words[0] == "J":
            answer.update(verdict="accept", json=words[1])
        elif words[0] == "S":
            assert int(words[1]) == len(answer["storages"])
            answer["storages"].append({"device": words[2], "nbytes": int(words[3]), "meta": words[5] == "1",
                                       "data": None if words[6] == "-" else bytes.fromhex(words[6])})
        elif words[0] == "T":
            _, path, dtype, shape, stride, offset, storage, device, nbytes, flags, scheme, numbers, sparse, data, digest = words
            answer["tensors"].append({
                "path": path, "dtype": dtype, "shape": tool.parse(shape), "stride": tool.parse(stride), "offset": int(offset),
                "storage": int(storage) if storage else None, "device": device, "nbytes": int(nbytes), "flags": flags,
                "quantizer": (scheme, numbers), "sparse": sparse, "data": None if data == "-" else bytes.fromhex(data),
                "sha256": digest})
        elif words[0] == "E":
            answer["truncated"] = words[1] == "1"
    return answers


def from_c(files):
    done = subprocess.run([os.environ["WEIGHTSONLY_CAPI_C"], "dump"], input="".join("%s\n" % f for f in files).encode(),
                          stdout=subprocess.PIPE, check=True)
    return parse_lines(done.stdout.decode())


def from_python(files):
    library = binding.Weightsonly(os.environ["WEIGHTSONLY_LIBRARY"])
    answers = {}
    for file in files:
        checkpoint = None
        try:
            checkpoint = library.call("open", os.fsencode(file), None)
            library.call("verify", checkpoint)
            answers[str(file)] = {"verdict": "accept", "json": library.json(checkpoint),
                                  "storages": library.storages(checkpoint), "tensors": library.tensors(checkpoint)}
        except binding.Refused as refused:
            answers[str(file)] = {"verdict": "reject", "kind": refused.kind}
        library.c.weightsonly_close(checkpoint)
    return answers


def compare_storages(counts, answer, document, numbers):
    """`numbers`: the value's number of a storage -> the library's."""
    for canonical, ours in numbers.items():
        want, have = document.storages[canonical], answer["storages"][ours]
        assert (have["device"], have["nbytes"]) == (want["device"], int(want["nbytes"])), (have["device"], want["device"])
        if have["data"] is not None and "x" in want:
            assert have["data"].hex() == want["x"], "storage %d has other bytes" % ours
        elif have["data"] is not None:
            assert expected.sha256(have["data"]) == want["sha256"], "storage %d has another digest" % ours
        counts["storages"] += 1


def compare_tensor(counts, have, want):
    data, digest = have["data"], have["sha256"]
    for key in ("path", "dtype", "shape", "stride", "offset", "device", "nbytes", "flags", "quantizer"):
        assert have[key] == want[key], "%s: %s is %r, not %r" % (want["path"], key, have[key], want[key])
    words = have["sparse"].split(",")
    if words[-1:] != [""] and "?" in want["sparse"]:
        words[4] = "?"
    assert ",".join(words) == want["sparse"], "%s is not %s" % (have["sparse"], want["sparse"])
    counts["sparse parts"] += want["sparse"] != ""
    counts["quantized"] += want["quantizer"] != ("", "")
    if data is not None and want["data"] is not None:
        assert data == want["data"], "%s has other elements" % want["path"]
        if len(digest) == 64:
            assert digest == expected.sha256(data), want["path"]
            counts["digests"] += 1
        counts["elements"] += 1
    counts["tensors"] += 1


def compare(counts, answer, value):
    """What the library says against the value that torch loaded."""
    document = expected.Document(value)
    assert not answer.get("truncated"), "truncated"
    have, want = answer["tensors"], document.rows
    assert [row["path"] for row in have] == [row["path"] for row in want], "other paths: %r, not %r" % (
        [row["path"] for row in have], [row["path"] for row in want])
    numbers = {}
    for one, other in zip(have, want):
        compare_tensor(counts, one, other)
        if other["storage"] is None:
            assert one["storage"] is None or answer["storages"][one["storage"]]["meta"]
        else:  # two tensors share a storage exactly when torch's do
            assert numbers.setdefault(other["storage"], one["storage"]) == one["storage"], other["path"]
    assert len(set(numbers.values())) == len(numbers), "two storages have become one"
    compare_storages(counts, answer, document, numbers)


def check(ask):
    """(counts, faults) of all files."""
    rows = tool_corpus.rows()
    answers = ask([row.file for row in rows])
    counts, faults = collections.Counter(), []
    for row in rows:
        answer = answers[str(row.file)]
        value = tool.parse(answer["json"]) if answer["verdict"] == "accept" else None
        said = {"verdict": answer["verdict"], "kind": answer.get("kind", ""), "value": value}
        if value is None and answer["verdict"] == "accept":
            said["value_omitted"] = row.expected.get("value_omitted")
        fault = row.fault(said)
        if fault is not None and not row.is_allowed(said):
            faults.append("%s: %s" % (row.file.relative_to(tool.CORPUS), fault))
        elif fault is not None:
            counts["deviations"] += 1
        else:
            counts["%sed alike" % answer["verdict"]] += 1
            if row.expected.get("value") is None:
                continue
            try:
                compare(counts, answer, row.expected["value"])
            except AssertionError as error:
                faults.append("%s: %s" % (row.file.relative_to(tool.CORPUS), error))
    return counts, faults


@unittest.skipIf(sys.byteorder == "big", "the expected bytes are a little-endian host's")
class CorpusTest(unittest.TestCase):
    def check(self, ask):
        counts, faults = tool.deep(check, ask)
        print(", ".join("%d %s" % (count, what) for what, count in sorted(counts.items())))
        if faults:
            self.fail("%d faults:\n%s" % (len(faults), "\n".join(faults[:40])))
        for what, least in {"accepted alike": 1350, "rejected alike": 1000, "tensors": 2900, "elements": 2500, "digests": 2500,
                            "storages": 2000, "sparse parts": 700, "quantized": 200}.items():
            self.assertGreater(counts[what], least, what)

    def test_a_c_program_sees_what_torch_loads(self):
        self.check(from_c)

    @unittest.skipUnless("WEIGHTSONLY_LIBRARY" in os.environ, "no library that Python can load in this build")
    def test_python_sees_what_torch_loads(self):
        self.check(from_python)


if __name__ == "__main__":
    unittest.main()
