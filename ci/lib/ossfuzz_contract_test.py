"""Each check of the contract passes what is good and fails what is not; nothing is built."""

import io
import os
import subprocess
import unittest
import zipfile

import ossfuzz_checks as checks
import ossfuzz_environment as environment
import ossfuzz_files as files
import ossfuzz_run as runs
from scratch import Scratch

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LICENCE = "# " + files.LICENCE + "\n"
PROJECT = """homepage: "https://example.com"
language: c++
primary_contact: "a@example.com"
main_repo: "https://example.com/a.git"
sanitizers:
  - address
  - memory
"""
DOCKER = LICENCE + """FROM gcr.io/oss-fuzz-base/base-builder:v
RUN apt-get update && apt-get install -y \\
    cmake
RUN git clone --depth 1 https://example.com/weightsonly.git $SRC/weightsonly
WORKDIR $SRC/weightsonly
COPY build.sh $SRC/
"""
ELF = b"\x7fELF" + bytes(14) + (62).to_bytes(2, "little") + b"..LLVMFuzzerTestOneInput.."


def archive(*entries):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        for name, data in entries:
            made.writestr(zipfile.ZipInfo(name), data)
    return stream.getvalue()


class Files(unittest.TestCase):
    def expect(self, part, faults):
        self.assertEqual(1, len(faults), faults)
        self.assertIn(part, faults[0])

    def test_project(self):
        self.assertEqual([], files.project_faults(PROJECT, True))
        self.assertEqual([], files.project_faults("language: c++\n", False))
        for change, part in ((("main_repo", "main_repos"), None), (("c++", "fortran"), "language has no value fortran"),
                             (("memory", "memories"), "sanitizers has no value memories"), (("a@example.com", "nobody"), "no e-mail address"),
                             (("  - memory", "  - memory\n  x: 1"), "not understood"), (("language: c++\n", "language: c++\nlanguage: c\n"), "not understood"),
                             (("sanitizers:", "fuzzing_engines:\n  - afl\nsanitizers:"), "libfuzzer must be"),
                             (("homepage", "# homepage"), "homepage is missing")):
            with self.subTest(change):
                faults = files.project_faults(PROJECT.replace(*change), True)
                if part is None:
                    self.assertEqual(["the key main_repos is not allowed", "the key main_repo is missing"], faults)
                else:
                    self.expect(part, faults)

    def test_dockerfile(self):
        self.assertEqual([], files.dockerfile_faults(DOCKER, True, "v"))
        for change, part in (((files.LICENCE, ""), "licence"), (("base-builder:v", "base-builder"), "must begin with"),
                             (("apt-get update && ", ""), "without apt-get update"), (("COPY build.sh", "COPY ."), "no instruction like"),
                             (("RUN git clone", "ADD"), "no instruction like"), (("WORKDIR", "# WORKDIR"), "no instruction like")):
            with self.subTest(change):
                self.expect(part, files.dockerfile_faults(DOCKER.replace(*change), True, "v"))
        lite = DOCKER.replace("COPY build.sh", "COPY .clusterfuzzlite/build.sh")
        self.expect("no instruction like", files.dockerfile_faults(lite, False, "v"))
        copied = lite.replace("RUN git clone --depth 1 https://example.com/weightsonly.git $SRC", "COPY . $SRC")
        self.assertEqual([], files.dockerfile_faults(copied, False, "v"))

    def test_script(self):
        good = "#!/bin/bash -eu\n" + LICENCE + "x\n"
        self.assertEqual([], files.script_faults(good))
        self.expect("licence", files.script_faults(good.replace(files.LICENCE, "")))
        self.expect("does not begin", files.script_faults("\n" + good))
        self.expect("-lFuzzingEngine", files.script_faults(good + "-lFuzzingEngine\n"))

    def test_folder(self):
        there = ["project.yaml", "Dockerfile", "build.sh"]
        self.assertEqual([], files.folder_faults("weightsonly", there))
        self.expect("seed corpora", files.folder_faults("weightsonly", [*there, "a.zip"]))
        self.expect("no build.sh", files.folder_faults("weightsonly", there[:2]))
        for name in ("Weights", "a.b", "mygoogle"):
            self.expect("no name for a project", files.folder_faults(name, there))

    def test_workflow(self):
        good = "    steps:\n      - uses: actions/checkout@v4\n      - run: ci/test\n        with:\n      - uses: google/clusterfuzzlite/actions/run_fuzzers@v1\n"
        self.assertEqual([], files.workflow_faults(good))
        self.expect("no script", files.workflow_faults(good.replace("ci/test", "make")))
        self.expect("not known", files.workflow_faults(good.replace("actions/checkout", "somebody/checkout")))

    def test_the_files_of_this_project_are_good(self):
        for folder, offered in (("fuzz/oss-fuzz", True), (".clusterfuzzlite", False)):
            text = {name: runs.text_of(os.path.join(TOP, folder, name)) for name in ("project.yaml", "Dockerfile", "build.sh")}
            version = files.read_yaml(text["project.yaml"]).get("base_os_version")
            self.assertEqual([], files.project_faults(text["project.yaml"], offered) + files.script_faults(text["build.sh"])
                             + files.dockerfile_faults(text["Dockerfile"], offered, version))


class Programs(unittest.TestCase):
    def test_folder(self):
        good = {"zip": ELF, "zip_seed_corpus.zip": b"", "zip.options": "", "zip.dict": ""}
        for change, executable, expected in (({}, ["zip"], []), ({"zip.dict": None}, ["zip"], []), ({}, [], ["zip is missing or no fuzz target"]),
                                             ({"zip": b"\x7fELF"}, ["zip"], ["zip is missing or no fuzz target"]),
                                             ({"zip": b"MZ" + ELF[4:]}, ["zip"], ["zip is missing or no fuzz target"]),
                                             ({"zip.options": None}, ["zip"], ["zip.options is missing"]),
                                             ({"zip_seed_corpus.zip": None}, ["zip"], ["zip_seed_corpus.zip is missing"]),
                                             ({"more": ELF}, ["zip", "more"], ["more is a target that nobody asked for"]),
                                             ({"other.dict": ""}, ["zip"], ["other.dict belongs to no target"])):
            with self.subTest(change), Scratch({name: text for name, text in {**good, **change}.items() if text is not None}) as out:
                for name in executable:
                    os.chmod(os.path.join(out, name), 0o755)
                self.assertEqual(expected, checks.folder_faults(out, ["zip"]))

    def test_names_with_a_dot_are_no_targets(self):
        with Scratch({"a.b": ELF, "afl-x": ELF, "good-1": ELF}) as out:
            for name in ("a.b", "afl-x", "good-1"):
                os.chmod(os.path.join(out, name), 0o755)
            self.assertEqual(["good-1"], checks.targets(out))

    def test_machine(self):
        with Scratch({"a": ELF, "b": b"#!/bin/sh"}) as out:
            self.assertEqual([], checks.machine_faults(out + "/a", "x86_64"))
            self.assertEqual(["it is for machine 62, not for i386"], checks.machine_faults(out + "/a", "i386"))
            self.assertEqual(["it is no ELF file"], checks.machine_faults(out + "/b", "x86_64"))

    def test_libraries(self):
        line = " 0x0000000000000001 (NEEDED)             Shared library: [{}]\n"
        self.assertEqual([], checks.library_faults(line.format("libc.so.6") + line.format("ld-linux-x86-64.so.2")))
        self.assertEqual(["it needs libz.so.1, which is not there at run time"],
                         checks.library_faults(line.format("libz.so.1") + line.format("libm.so.6")))
        self.assertEqual(["it has no dynamic section"], checks.library_faults(""))

    def test_calls(self):
        lines = ["  4:  call   12ab <__asan_report_load8>", "  5:  callq  0x12ab <__asan_memcpy>", "  6:  jmp 12ab <__asan_x>", "  7:  call 9 <__ubsan_y>",
                 "  8:  call 9 <__msan_z>", "<__asan_w>:"]
        self.assertEqual({"asan": 2, "dfsan": 0, "msan": 1, "ubsan": 1}, checks.count_calls(lines))
        none = dict.fromkeys(("asan", "dfsan", "msan", "ubsan"), 0)
        for sanitizer, good, bad in (("address", {"asan": 1000, "ubsan": 200, "msan": 3}, ({"asan": 999}, {"ubsan": 201}, {"msan": 4}, {"dfsan": 1})),
                                     ("undefined", {"ubsan": 168}, ({"ubsan": 167}, {"asan": 1}, {"msan": 4})),
                                     ("memory", {"msan": 1000}, ({"msan": 999}, {"asan": 1}, {"ubsan": 201})), ("coverage", {}, ({"asan": 1},))):
            self.assertEqual([], checks.call_faults({**none, **good}, sanitizer, "x86_64"))
            for change in bad:
                with self.subTest(sanitizer=sanitizer, change=change):
                    self.assertEqual(1, len(checks.call_faults({**none, **good, **change}, sanitizer, "x86_64")))
        self.assertEqual([], checks.call_faults({**none, "asan": 1000, "ubsan": 280}, "address", "i386"))

    def test_start(self):
        self.assertEqual([], checks.startup_faults(0, "Done 4 runs in 0 second(s)"))
        self.assertEqual(1, len(checks.startup_faults(0, "Done 5 runs")))
        self.assertEqual(1, len(checks.startup_faults(77, "Done 4 runs")))
        self.assertEqual(["it has no coverage instrumentation"],
                         checks.startup_faults(0, "ERROR: no interesting inputs were found. Is the code instrumented for coverage?\nDone 4 runs"))

    def test_build(self):
        self.assertEqual([], checks.build_faults("clang -O1 -mtune=generic"))
        self.assertEqual(1, len(checks.build_faults("clang -O1 -march=native")))


class Companions(unittest.TestCase):
    def test_dictionary(self):
        self.assertEqual([], checks.dictionary_faults('# x\na="b"\n"c\\x00\\\\\\""\n\n'))
        for line in ('a=b', 'a=""', 'a="\\x0"', 'a="\n', 'a="\\n"', 'a="é"', 'a b="c"'):
            with self.subTest(line):
                self.assertEqual(1, len(checks.dictionary_faults(line)))
        self.assertEqual(["there is no entry"], checks.dictionary_faults("# nothing\n"))

    def test_options(self):
        good = "[libfuzzer]\nmax_len = 10\ndict = a.dict\n[asan]\nx = 1\n"
        self.assertEqual([], checks.options_faults(good, ["a.dict"]))
        self.assertEqual(["-max_len=10", "-dict=a.dict"], checks.arguments_of(good))
        for text in (good.replace("max_len", "maxlen"), good.replace("10", "ten"), good.replace("a.dict", "b.dict"), good.replace("asan", "tsan"), "max_len"):
            with self.subTest(text):
                self.assertEqual(1, len(checks.options_faults(text, ["a.dict"])))

    def test_seeds(self):
        good = archive(("a", b"1"), ("b", b"22"))
        damaged = bytearray(good)
        damaged[good.index(b"22")] ^= 1
        for data, part in ((good, None), (archive(("x/a", b"1")), "at the top"), (archive(("a", b"1"), ("A", b"2")), "one name"),
                           (bytes(damaged), "damaged"), (archive(), "no seed"), (b"PK", "cannot be read")):
            with self.subTest(part), Scratch({"a.zip": data}) as out:
                faults = checks.seed_faults(out + "/a.zip")
                self.assertEqual(part is None, not faults)
                self.assertTrue(part is None or part in faults[0], faults)


class Runs(unittest.TestCase):
    def test_the_lines_of_a_report_are_its_third_group(self):
        head = "Filename  Regions  Missed Regions  Cover  Functions  Missed Functions  Executed  Lines  Missed Lines  Cover\n"
        row = "{}  40  10  75.00%  7  2  71.43%  1300  299  77.00%  20  10  50.00%\n"
        self.assertEqual((1001, 1300), runs.lines_of(head + row.format("a.cc") + row.format("TOTAL")))
        self.assertIsNone(runs.lines_of(head + row.format("a.cc")))

    def test_environment(self):
        made = environment.Configuration("undefined", "undefined", library=["-stdlib=libc++"])
        found = made.build_environment("/s", "/w", "/o", {"PATH": "p", "CXXFLAGS": "-O3", "LD_PRELOAD": "x"})
        self.assertEqual(("p", "/s", "/w", "/o", "-fsanitize=fuzzer"), tuple(found[key] for key in ("PATH", "SRC", "WORK", "OUT", "LIB_FUZZING_ENGINE")))
        self.assertNotIn("LD_PRELOAD", found)
        self.assertTrue(found["CXXFLAGS"].endswith("-fsanitize=fuzzer-no-link -stdlib=libc++"))
        self.assertTrue(found["CFLAGS"].endswith("-fno-sanitize=function"))
        self.assertNotIn("unsigned", found["CFLAGS"].split("-fno-sanitize-recover=")[1])
        other = environment.Configuration("archive", "address", architecture="i386", engine="/e.a").build_environment("/s", "/w", "/o", {})
        self.assertEqual("/e.a", other["LIB_FUZZING_ENGINE"])
        self.assertTrue(other["CXXFLAGS"].startswith("-m32 "))
        self.assertNotIn("fuzzer-no-link", other["CXXFLAGS"])
        self.assertNotIn("-fsanitize=", environment.Configuration("coverage", "coverage").build_environment("/s", "/w", "/o", {})["CXXFLAGS"])

    def test_sources_that_a_build_changes_or_adds_are_seen(self):
        with Scratch({"tree/.gitignore": "*.pyc\n", "tree/a": "1", "tree/b/c": "2"}) as top:
            copy = os.path.join(top, "copy")
            runs.copy_sources(os.path.join(top, "tree"), copy)
            self.assertEqual([], runs.source_faults(copy))
            for name, text in (("a", "2"), ("new", ""), ("b/d.pyc", "")):
                with open(os.path.join(copy, name), "w", encoding="ascii") as file:
                    file.write(text)
            self.assertEqual({"the build touched a", "the build touched new", "the build touched b/d.pyc"}, set(runs.source_faults(copy)))

    def test_a_script_that_fails_is_a_failed_build_and_its_output_is_kept(self):
        with Scratch({"build.sh": 'echo "$SANITIZER"\n: "${NOT_SET}"\n', "src/weightsonly/x": ""}) as top:
            place = runs.Workplace(top, environment.Configuration("address", "address"), [])
            code, log, _ = place.build(os.path.join(top, "build.sh"), {})
            self.assertNotEqual(0, code)
            self.assertIn("address", log)
            self.assertIn("NOT_SET", log)
            place.move()
            self.assertFalse(os.path.exists(place.out))
            place.remove()
            self.assertEqual(["build.sh", "src"], sorted(os.listdir(top)))

    def test_what_takes_too_long_fails(self):
        self.assertEqual(124, runs.run(["sleep", "5"], timeout=0.1)[0])

    def test_seeds_must_all_be_run_and_end_well(self):
        said = "#!/bin/sh\n# LLVMFuzzerTestOneInput\nfor word; do [ -d \"$word\" ] && ls \"$word\" | wc -l >&2; done\necho 'INFO: seed corpus: files: %d min'\nexit %d\n"
        for count, code, part in ((2, 0, None), (3, 0, "did not run"), (20, 0, "did not run"), (2, 77, "end it with 77")):
            with self.subTest(count=count, code=code), Scratch({"src/x": ""}) as top:
                place = runs.Workplace(top, environment.Configuration("address", "address"), ["t"])
                content = {"t": (said % (count, code)).encode(), "t.options": b"[libfuzzer]\nmax_len = 9\n",
                           "t_seed_corpus.zip": archive(("a", b"1"), ("b", b"2"), ("empty", b""))}
                for name, data in content.items():
                    with open(os.path.join(place.out, name), "wb") as file:
                        file.write(data)
                    os.chmod(os.path.join(place.out, name), 0o755)
                place.move()
                runner = runs.Runner(place, 1)
                faults = runner.each(runner.seeds)
                self.assertEqual(part is None, not faults, faults)
                self.assertTrue(part is None or "t: " in faults[0] and part in faults[0], faults)

    def test_the_script_refuses_unknown_targets(self):
        done = subprocess.run([os.path.join(TOP, "ci", "ossfuzz-contract"), "--targets", "nothing-of-that-name"], capture_output=True, text=True, check=False)
        self.assertEqual(2, done.returncode)
        self.assertIn("there is no target nothing-of-that-name", done.stderr)


if __name__ == "__main__":
    unittest.main()
