"""SRV-001 to SRV-012: `serve` as the runner of the conformance suite sees it."""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import tool

PLAIN = b"]K\x01a"
ANSWER = {"t": "list", "v": [{"t": "int", "v": "1"}]}


def request(seq, path, level=0, **options):
    return {"cmd": "load", "seq": seq, "path": os.fspath(path), "level": level, "options": options}


def lines(requests):
    return b"".join(r if isinstance(r, bytes) else json.dumps(r).encode() + b"\n" for r in requests)


class ServeTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def file(self, value=PLAIN, storages=None, name="file.pt", **options):
        path = self.folder / name
        path.write_bytes(tool.archive(value, storages, **options))
        return path

    def serve(self, *requests, **options):
        """The answers, when it ended as it does after every end of input."""
        process = tool.run("serve", input=lines(requests), **options)
        self.assertEqual((process.returncode, process.stderr), (0, b""))
        return tool.documents(process) if process.stdout else []

    def one(self, asked):
        (answer,) = self.serve(asked)
        return answer

    def test_hello_names_the_loader_its_level_and_every_choice_of_the_suite(self):
        answer = self.one({"cmd": "hello", "protocol": 1})
        text = (tool.SOURCE / "conformance/FORMAT.md").read_text("utf-8")
        table = text[text.index("## 3. Named policies"):text.index("## 4. ")]
        choices = {row.split("|")[1].strip(): [word.strip() for word in row.split("|")[2].split(",")]
                   for row in table.splitlines() if row.count("|") >= 4}
        self.assertEqual(set(answer["policies"]), set(choices) - {"policy", "---"})
        for policy, choice in answer["policies"].items():
            self.assertIn(choice, choices[policy])
        self.assertEqual(answer["version"], tool.run("--version").stdout.decode().split()[1])
        self.assertEqual({key: answer[key] for key in ("protocol", "name", "language", "level", "lacks")},
                         {"protocol": 1, "name": "weightsonly", "language": "c++", "level": 2, "lacks": []})

    def test_the_choices_are_what_it_does(self):
        named = self.file(b"]" + tool.name("training.Config") + b"a", name="named.pt")
        called = self.file(tool.name("training.make") + b")R", name="called.pt")
        odd = self.file(tool.name("builtins.set") + tool.text("abc") + b"\x85R", name="odd.pt")
        device = self.file(tool.tensor("0", [1], [1], device="cuda:0"), {"0": tool.floats(1)}, name="device.pt")
        frame = self.file(b"\x95" + bytes(8) + PLAIN, name="frame.pt")
        swapped = tool.CORPUS / "options/endian-big-absent-uint16.json"
        asked = json.loads(swapped.read_text("utf-8"))
        answers = self.serve(request(0, named), request(1, called, 2, safe_globals=["training.make"]), request(2, odd),
                             request(3, device, 2), request(4, frame),
                             request(5, tool.CORPUS / asked["file"], 2, endianness="big"),
                             request(6, tool.CORPUS / asked["file"], 2))
        self.assertEqual([a.get("kind") for a in answers],
                         ["policy.global-not-allowed", None, answers[2]["kind"], None, "pickle.opcode", None, None])
        self.assertEqual(answers[2]["verdict"], "reject")
        self.assertEqual((answers[1]["value"]["root"]["t"], answers[3]["value"]["storages"][0]["device"]), ("object", "cuda:0"))
        big, little = (bytes.fromhex(answers[n]["value"]["storages"][0]["x"]) for n in (5, 6))
        self.assertEqual(big, b"".join(little[at:at + 2][::-1] for at in range(0, len(little), 2)))

    def test_each_level_adds_what_it_is_about_and_the_verdict_stays(self):
        path = self.file(b"]" + tool.tensor("0", [2], [1], numel=2) + b"a", {"0": tool.floats(2)})
        answers = self.serve(*(request(level, path, level) for level in (0, 1, 2)))
        self.assertEqual(answers[0], {"seq": 0, "verdict": "accept"})
        self.assertEqual(answers[1], {"seq": 1, "verdict": "accept", "tensors": [
            {"path": [0], "dtype": "float32", "shape": [2], "data": tool.floats(2).hex()}]})
        self.assertEqual(answers[2], {"seq": 2, "verdict": "accept", "value": tool.document("load", "--json", path)["value"]})

    def test_the_verdict_is_the_one_after_the_contents_were_checked(self):
        data = bytearray(tool.archive(tool.tensor("0", [100], [1], numel=100), {"0": tool.floats(100)}, deflated=("data/0",)))
        at = data.index(b"archive/data/0") + len(b"archive/data/0")
        data[at + 8:at + 16] = b"\xff" * 8
        path = self.folder / "bad.pt"
        path.write_bytes(data)
        self.assertEqual(tool.document("ls", "--json", path)["verdict"], "accept")
        for level in (0, 1, 2):
            answer = self.one(request(7, path, level))
            self.assertEqual((answer["seq"], answer["verdict"], answer["kind"]), (7, "reject", "container.zip.inflate"))

    def test_a_refusal_has_its_place(self):
        answer = self.one(request(3, self.file(b"h\x07")))
        self.assertEqual({k: answer[k] for k in ("seq", "verdict", "kind", "record", "offset")},
                         {"seq": 3, "verdict": "reject", "kind": "pickle.memo-missing", "record": "data.pkl", "offset": 2})
        self.assertEqual(set(answer), {"seq", "verdict", "kind", "record", "offset", "detail"})

    def test_what_cannot_be_read_is_an_error_and_no_verdict(self):
        for path, kind in ((self.folder / "nothing", "io.open"), (self.folder, "io.not-a-file")):
            answer = self.one(request(1, path, 2))
            self.assertEqual((answer["verdict"], answer["kind"]), ("error", kind))

    def test_a_path_of_one_dash_is_a_file(self):
        self.file(name="-")
        answers = self.serve(request(1, "-", 2), request(2, "-"), cwd=self.folder)
        self.assertEqual([a["verdict"] for a in answers], ["accept"] * 2)
        self.assertEqual(answers[0]["value"]["root"], ANSWER)

    # -- options ------------------------------------------------------------------------------------------------------

    def test_every_option_of_the_format_is_taken(self):
        text = (tool.SOURCE / "conformance/FORMAT.md").read_text("utf-8")
        table = text[text.index("## 5. Options"):text.index("## 6. ")]
        names = [row.split("|")[1].strip() for row in table.splitlines() if row.startswith("| ")][1:]
        good = {"weights_only": True, "env": {}, "safe_globals": [], "numpy": "1.24", "endianness": "native", "map_location": "cpu",
                "mmap": False, "encoding": "ascii", "torch": "2.6", "strict": True}
        self.assertEqual(set(names), set(good))
        path = self.file()
        for name, value in good.items():
            self.assertEqual(self.one(request(1, path, 0, **{name: value})), {"seq": 1, "verdict": "accept"}, name)
            for bad in (None, 1, [1], {"a": 1}, [["a"]], [["a", 1]], *(["no"] if not isinstance(value, str) or name == "endianness" else [])):
                answer = self.one(request(1, path, 0, **{name: bad}))
                self.assertEqual(set(answer), {"seq", "error"}, (name, bad))

    def test_an_option_that_it_does_not_have_is_skipped(self):
        answer = self.one(request(5, self.folder / "nothing", 0, colour="red"))
        self.assertEqual((answer["seq"], answer["verdict"]), (5, "skip"))
        self.assertIn("colour", answer["reason"])

    def test_options_do_what_they_say(self):
        named = self.file(b"]" + tool.name("training.Config") + b"a", name="named.pt")
        dtype = tool.CORPUS / "torch-2.15.0/numpy-scalar-float.pt"
        visible = ["numpy._core.multiarray.scalar", "numpy.dtype"]
        float_ = self.file(tool.tensor("0", [1], [1]), {"0": bytes([0, 0, 128, 63])}, byteorder=None, name="float.pt")
        crc = self.folder / "crc.pt"
        crc.write_bytes(tool.archive(tool.tensor("0", [9], [1], numel=9), {"0": tool.floats(9)}).replace(tool.floats(9), bytes(36)))
        old = self.file(b"]U\x01\xe9a", name="old.pt")
        asked = [
            (named, {}, "policy.global-not-allowed"),
            (named, {"safe_globals": ["training.Config"]}, None),
            (named, {"safe_globals": [["other.Thing", "training.Config"]]}, None),
            (named, {"safe_globals": ["training"]}, "options.invalid"),
            (named, {"torch": "1.13", "safe_globals": ["training.Config"]}, "options.invalid"),
            (named, {"torch": "9"}, "options.invalid"),
            (dtype, {"numpy": "2.4", "safe_globals": visible}, "policy.build"),
            (dtype, {"numpy": "2.4", "safe_globals": visible + ["numpy.dtypes.Float64DType"]}, None),
            (dtype, {"numpy": "1.24", "safe_globals": visible + ["numpy.dtypes.Float64DType"]}, "policy.build"),
            (dtype, {"numpy": "1.24", "safe_globals": visible + ["numpy.dtype[float64]"]}, None),
            (dtype, {"numpy": "2.4"}, None),
            (dtype, {"numpy": "2.4", "safe_globals": []}, "policy.global-not-allowed"),
            (float_, {"map_location": "nowhere"}, "storage.location"),
            (crc, {}, None), (crc, {"strict": True}, "container.zip.crc"),
            (old, {"encoding": "latin1"}, None), (old, {}, "pickle.text"),
            (float_, {"weights_only": False}, "policy.full-pickle"),
            (float_, {"env": {"TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD": "1"}}, "policy.full-pickle"),
            (float_, {"env": {"TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD": "1"}, "weights_only": True}, None),
            (float_, {"env": {"TORCH_FORCE_WEIGHTS_ONLY_LOAD": "1"}, "weights_only": False}, None),
            (float_, {"env": {"TORCH_FORCE_WEIGHTS_ONLY_LOAD": "y", "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD": "y"}}, "policy.environment"),
            (float_, {"env": {"SOMETHING_ELSE": "1"}}, None),
        ]
        answers = self.serve(*(request(n, path, 0, **options) for n, (path, options, _) in enumerate(asked)))
        for (path, options, kind), answer in zip(asked, answers):
            self.assertEqual((answer["verdict"], answer.get("kind")), ("reject" if kind else "accept", kind), (path.name, options))
        big, meta = self.serve(request(1, float_, 2, endianness="big"), request(2, float_, 2, map_location="meta"))
        self.assertEqual((big["value"]["storages"][0]["x"], meta["value"]["storages"]), ("3f800000", []))

    def test_the_variables_of_the_process_are_not_read(self):
        both = {"TORCH_FORCE_WEIGHTS_ONLY_LOAD": "1", "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD": "1"}
        (answer,) = self.serve(request(1, self.file()), env=both)
        self.assertEqual(answer["verdict"], "accept")

    def test_nothing_of_a_load_stays_for_the_next(self):
        named = self.file(b"]" + tool.name("training.Config") + b"a")
        answers = self.serve(request(1, named, 0, safe_globals=["training.Config"]), request(2, named))
        self.assertEqual([a["verdict"] for a in answers], ["accept", "reject"])

    # -- lines --------------------------------------------------------------------------------------------------------

    def test_a_line_that_is_no_request_is_answered_and_the_next_counts(self):
        good = request(9, self.file())
        without = [{key: value for key, value in good.items() if key != left} for left in ("cmd", "seq", "path", "level")]
        bad = [b"\n", b"{\n", b"nonsense\n", b"[]\n", b"3\n", b'{"cmd":"load","seq":1,"pa\n', b'{"cmd":"\xff"}\n', b'{"cmd":"\\ud800"}\n',
               b'{"cmd":"\xed\xa0\x80"}\n', b"[" * 100000 + b"\n", b'{"a":' * 100000 + b"\n", b"[" * 400000 + b"]" * 400000 + b"\n",
               b"\0\n", b'{"cmd":"hello","protocol":1}{}\n', {"cmd": "hello"}, {"cmd": "hello", "protocol": 2},
               {"cmd": "hello", "protocol": "1"}, {"cmd": "dance"}, {"cmd": 1}, {"cmd": "x" * 100000}, dict(good, level=3),
               dict(good, level=-1), dict(good, level="2"), dict(good, path=1), dict(good, path="a\0b"), dict(good, options=[]),
               dict(good, options=None), dict(good, seq=-1), dict(good, seq=1.0), dict(good, seq="9"), dict(good, seq=2**53),
               b'{"cmd":"load","seq":1e999}\n', b'{"cmd":"load","seq":123456789012345678901234567890}\n', *without]
        for line in bad:
            first, second = self.serve(line, good)
            self.assertEqual(set(first) - {"seq"}, {"error"}, line if len(repr(line)) < 200 else repr(line)[:200])
            self.assertLess(len(first["error"]), 400)
            if isinstance(line, dict) and line.get("seq") == 9:
                self.assertEqual(first["seq"], 9)
            self.assertEqual(second, {"seq": 9, "verdict": "accept"})

    def test_what_a_request_has_beside_its_members_changes_nothing(self):
        self.assertEqual(self.one(dict(request(1, self.file()), id="x", note=[{}]))["verdict"], "accept")
        self.assertEqual(self.one({key: value for key, value in request(1, self.file()).items() if key != "options"})["verdict"], "accept")

    def test_a_line_may_have_a_mebibyte_and_no_more(self):
        path, most = self.file(), 1 << 20
        for size, fits in ((most, True), (most + 1, False), (40 * most, False)):
            line = json.dumps(request(1, path)).encode()
            first, second = self.serve(line + b" " * (size - len(line)) + b"\n", request(2, path))
            self.assertEqual(first.get("verdict"), "accept" if fits else None, size)
            self.assertEqual("error" in first, not fits)
            self.assertEqual(second["verdict"], "accept")

    def test_bye_and_the_end_of_input_end_it(self):
        path = self.file()
        self.assertEqual(self.serve(), [])
        self.assertEqual(self.serve({"cmd": "bye"}, request(1, path)), [])
        self.assertEqual(len(self.serve(request(1, path), json.dumps(request(2, path)).encode())), 2)

    def test_each_answer_is_there_before_the_next_line_is(self):
        path = self.file()
        with subprocess.Popen([tool.TOOL, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            for seq in range(3):
                whole = lines([request(seq, path)])
                for piece in (whole[:5], whole[5:]):
                    process.stdin.write(piece)
                    process.stdin.flush()
                self.assertEqual(json.loads(process.stdout.readline()), {"seq": seq, "verdict": "accept"})
            process.stdin.close()
            self.assertEqual(process.wait(20), 0)

    def test_no_reader_and_no_input_are_exit_3_with_a_line(self):
        with open("/dev/full", "wb") as full:
            process = tool.run("serve", input=lines([request(1, self.file())]), stdout=full)
        self.assertEqual(process.returncode, 3)
        self.assertIn(b"cannot write the output", process.stderr)
        read, write = os.pipe()
        os.close(read)
        process = tool.run("serve", input=lines([request(1, self.file())]), stdout=write)
        os.close(write)
        self.assertEqual(process.returncode, 3)
        with open(self.folder / "file.pt", "ab") as unreadable:
            process = tool.run("serve", stdin=unreadable)
        self.assertEqual((process.returncode, process.stdout), (3, b""))
        self.assertIn(b"standard input cannot be read", process.stderr)

    def test_serve_takes_nothing_on_its_command_line(self):
        for words in (["file.pt"], ["--strict"], ["-"]):
            self.assertEqual(tool.run("serve", *words).returncode, 2, words)

    # -- what is much -------------------------------------------------------------------------------------------------

    def test_what_is_too_deep_to_write_down_is_accepted_without_a_value(self):
        answers = self.serve(request(1, self.file(b"]" * 501 + b"a" * 500), 2), request(2, self.file(b"]" * 501 + b"a" * 500), 1))
        self.assertEqual(answers, [{"seq": 1, "verdict": "accept", "value": None, "value_omitted": "limit.depth"},
                                   {"seq": 2, "verdict": "accept", "tensors": []}])

    def test_more_paths_than_can_be_listed_are_no_list(self):
        value = tool.tensor("0", [1], [1])
        for _ in range(40):  # 2^40 paths
            value = b"](" + value + b"q\x05h\x05e"
        answers = self.serve(request(1, self.file(value, {"0": tool.floats(1)}, "many.pt"), 1), request(2, self.file(), 1))
        self.assertEqual(answers, [{"seq": 1, "verdict": "accept", "tensors": None, "truncated": True},
                                   {"seq": 2, "verdict": "accept", "tensors": []}])

    def test_memory_does_not_grow_with_the_number_of_loads(self):
        # Each turn reads 4 MiB of deflated bytes and builds 100,000 lists: ten turns that keep either are far above the bound, and
        # what an allocator keeps back between turns (some 8 MiB, one turn more and the next less) is below it.
        count = 1 << 20
        path = self.file(tool.tensor("0", [count], [1], numel=count), {"0": bytes(4 * count)}, deflated=("data/0",))
        many = self.file(b"](" + b"](K\x01e" * 100000 + b"e", name="many.pt")
        # A sanitizer keeps what is freed, to see who still uses it: as little as it can here.
        environment = dict(os.environ, ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=0")
        with subprocess.Popen([tool.TOOL, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
            resident = []
            for turn in range(12):
                process.stdin.write(lines([request(1, path, 1), request(2, many, 2)]))
                process.stdin.flush()
                for _ in range(2):
                    self.assertIn(b'"accept"', process.stdout.readline())
                status = Path("/proc/%d/status" % process.pid)
                if status.exists():
                    resident.append(int(next(row for row in status.read_text().splitlines() if row.startswith("VmRSS")).split()[1]))
            process.stdin.close()
        if resident:
            self.assertLess(resident[-1] - resident[2], 16 << 10, resident)


if __name__ == "__main__":
    unittest.main()
