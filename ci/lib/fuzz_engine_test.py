"""What an engine says is understood, what it finds is kept and minimised, corpora are merged, and a run can be ended. The engine is a fake."""

import os
import sys
import tempfile
import threading
import time
import unittest

import fuzz_engine

# Speaks like libFuzzer. $FAKE: what it does when it is to fuzz.
FAKE = r'''#!{python}
import os, signal, sys, time
options = dict(word[1:].split("=", 1) for word in sys.argv[1:] if word.startswith("-"))
paths = [word for word in sys.argv[1:] if not word.startswith("-")]
def say(text): print(text, file=sys.stderr, flush=True)
def crash(what, data, path=None):
    say(what)
    path = path or options["artifact_prefix"] + "crash-" + format(abs(hash(data)) % 16 ** 40, "040x")
    open(path, "wb").write(data)
    say("artifact_prefix='x'; Test unit written to " + path)
    sys.exit(77)
if "merge" in options:
    if os.environ.get("FAKE_MERGE") == "fails": sys.exit(1)
    open(os.path.join(paths[0], "small"), "w").write("\n".join(paths[1:]))
    say("MERGE-OUTER: 1 new files with 7 new features added; 5 new coverage edges")
    sys.exit(0)
if "minimize_crash" in options:
    open(options["exact_artifact_path"], "wb").write(b"m")
    sys.exit(0)
if os.path.isfile(paths[0]):
    for path in paths:
        say("Running: " + path)
        if open(path, "rb").read().startswith(b"!"): crash("weightsonly-fuzz: a mark", b"!")
    sys.exit(0)
say("#2\tINITED cov: 3 ft: 4 corp: 2/9b exec/s: 0 rss: 30Mb")
fake = os.environ["FAKE"]
if fake == "finds": crash("weightsonly-fuzz: it broke at 0x" + format(os.getpid(), "x"), str(os.getpid()).encode() * 9)
if fake == "same": crash("weightsonly-fuzz: the same", b"same")
if fake == "two":
    first = not os.path.exists(os.path.join(paths[0], "second"))
    open(os.path.join(paths[0], "second"), "w").close()
    crash("SUMMARY: AddressSanitizer: " + ("one" if first else "two"), str(os.getpid()).encode() * 9)
if fake == "ends": say("cannot do it"); sys.exit(3)
if fake == "hangs": signal.signal(signal.SIGINT, lambda *_: (say("stat::number_of_executed_units: 50"), sys.exit(72))); time.sleep(60)
if fake in ("news", "cut"):
    starts = len(os.listdir(paths[0]))
    open(os.path.join(paths[0], "start" + str(starts)), "w").close()
    new = {0: 39, 1: 6}.get(starts, 0) if fake == "news" or not starts else 0  # each begins with what those before found
    if new: say("#" + str(new) + "\tNEW    cov: 3 ft: " + str(7 + starts) + " corp: 3/12b lim: 4 exec/s: 0 rss: 30Mb L: 3/6 MS: 1 ChangeBit-")
    say("stat::number_of_executed_units: " + ("1" if fake == "cut" and starts else options["runs"]))
    sys.exit(0)
say("#10\tNEW    cov: 3 ft: 6 corp: 3/12b lim: 4 exec/s: 0 rss: 30Mb L: 3/6 MS: 1 ChangeBit-")
say("#30\tREDUCE cov: 3 ft: 6 corp: 3/11b lim: 4 exec/s: 0 rss: 30Mb L: 3/6 MS: 1 EraseBytes-")
say("#40\tDONE   cov: 3 ft: 6 corp: 3/11b lim: 4 exec/s: 20 rss: 30Mb")
say("stat::number_of_executed_units: 40")
'''


class Fake(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="weightsonly-")
        self.addCleanup(self.folder.cleanup)
        top = self.folder.name
        program = os.path.join(top, "engine")
        with open(program, "w", encoding="utf-8") as file:
            file.write(FAKE.replace("{python}", sys.executable))
        os.chmod(program, 0o755)
        self.target = fuzz_engine.Target("zip", {"max_len": 100, "dictionary": "zip", "seeds": "zip"}, program, top)
        self.engine = fuzz_engine.Engine()

    def fuzz(self, fake, seconds=20, executions=None, **environment):
        self.engine.environment.update(FAKE=fake, PYTHONHASHSEED="0", **environment)
        return fuzz_engine.fuzz(self.engine, self.target, seconds, self.folder.name, self.target.result(), executions=executions)

    def test_a_run_that_finds_nothing(self):
        result = self.fuzz("nothing")
        self.assertEqual((40, 7, 5, [], None, 10), (result.executions, result.features, result.edges, result.findings, result.fault,
                                                   result.last_new))
        self.assertEqual(["small"], os.listdir(self.target.corpus))
        self.assertEqual(1, result.corpus)

    def test_executions_go_on_until_the_last_quarter_of_all_brought_nothing_new(self):
        result = self.fuzz("news", executions=40)
        # 40 with the last at 39; 12 more, with the last at 6 of these; 10 more, up to 62, with nothing.
        self.assertEqual((40 + 12 + 10, 40 + 6, None), (result.executions, result.last_new, result.fault))

    def test_a_start_that_is_cut_short_is_not_enough(self):
        result = self.fuzz("cut", executions=40)
        self.assertEqual((52, 39), (result.executions, result.last_new), "one by one")

    def test_a_merge_takes_what_the_target_started_from(self):
        os.makedirs(self.target.shared)
        self.fuzz("nothing")
        with open(os.path.join(self.target.corpus, "small"), encoding="utf-8") as file:
            self.assertEqual([self.target.corpus, self.target.seeds, self.target.shared], file.read().split("\n"))

    def test_a_row_says_that_edges_are_enough(self):
        self.target.row["quiet"] = "edges"
        result = self.fuzz("news", executions=40)  # its news are features; the edges come with the seeds
        self.assertEqual((40, 39, 0), (result.executions, result.last_new, result.last_edge))

    def test_executions_end_with_a_fault_and_with_the_time(self):
        self.assertIsNotNone(self.fuzz("ends", executions=40).fault)
        result = self.fuzz("news", seconds=0, executions=40)
        self.assertEqual(0, result.executions)

    def test_a_finding_is_minimised_and_the_same_ends_the_run(self):
        result = self.fuzz("finds")
        self.assertEqual(["weightsonly-fuzz: it broke at 0x"], [finding["what"] for finding in result.findings])
        found = result.findings[0]
        self.assertRegex(found["file"], r"^fuzz-findings/zip-min-[0-9a-f]{40}$")
        self.assertEqual(f"engine {found['file']}", found["command"])
        with open(os.path.join(self.folder.name, found["file"]), "rb") as file:
            self.assertEqual(b"m", file.read())

    def test_a_finding_of_an_earlier_run_is_found_again(self):
        first, again = self.fuzz("same"), self.fuzz("same")
        self.assertEqual((1, None), (len(first.findings), first.fault))
        self.assertEqual((first.findings, None), (again.findings, again.fault))

    def test_after_a_finding_it_goes_on_for_others(self):
        result = self.fuzz("two")
        self.assertEqual(["SUMMARY: AddressSanitizer: one", "SUMMARY: AddressSanitizer: two"], [finding["what"] for finding in result.findings])

    def test_an_engine_that_ends_without_an_input_is_a_fault(self):
        self.assertIn("ended with 3", self.fuzz("ends").fault)

    def test_a_merge_that_fails_is_a_fault_and_keeps_the_corpus(self):
        os.makedirs(self.target.corpus)
        with open(os.path.join(self.target.corpus, "old"), "wb"):
            pass
        self.assertIn("cannot be merged", self.fuzz("nothing", FAKE_MERGE="fails").fault)
        self.assertEqual(["old"], os.listdir(self.target.corpus))
        self.assertFalse(os.path.exists(self.target.corpus + ".new"))

    def test_a_run_is_ended_with_what_it_did(self):
        threading.Timer(1, self.engine.stop).start()
        begun = time.monotonic()
        result = self.fuzz("hangs", 60)
        self.assertLess(time.monotonic() - begun, 20)
        self.assertEqual((True, 50, [], None), (result.stopped, result.executions, result.findings, result.fault))
        self.assertTrue(self.fuzz("nothing").stopped, "nothing is started after the end")

    def test_the_command_holds_what_the_row_says(self):
        command = self.target.fuzz_command(7, 3)
        for word in ("-max_len=100", "-timeout=25", "-rss_limit_mb=2560", "-max_total_time=7", "-seed=3",
                     f"-dict={self.folder.name}/fuzz-dictionaries/zip.dict"):
            self.assertIn(word, command)
        self.assertEqual([self.target.corpus, self.target.seeds], command[-2:])
        os.makedirs(self.target.shared)
        self.assertEqual([self.target.corpus, self.target.seeds, self.target.shared], self.target.fuzz_command(7, 3)[-3:])
        self.assertNotIn("-use_value_profile=1", command)
        self.target.row["value_profile"] = True
        self.assertIn("-use_value_profile=1", self.target.fuzz_command(7))


class Heard(unittest.TestCase):
    def heard(self):
        now = [100.0]
        heard = fuzz_engine.Heard(lambda: now[0])
        for at, line in ((102, "#1000\tINITED cov: 10 ft: 20 corp: 5/50b"), (103, "#1500\tNEW    cov: 11 ft: 21 corp: 6/51b"),
                         (104, "#2000\tNEW    cov: 11 ft: 25 corp: 7/52b"), (105, "#2600\tREDUCE cov: 11 ft: 25 corp: 7/50b"),
                         (106, "#3000\tDONE   cov: 11 ft: 25 corp: 7/50b"), (106, "stat::number_of_executed_units: 3001"), (107, "nonsense")):
            now[0] = at
            heard.line(line)
        return heard

    def test_speed_counts_from_when_the_seeds_had_run(self):
        self.assertAlmostEqual((3001 - 1000) / 4, self.heard().speed())

    def test_the_last_new_feature_is_no_reduction(self):
        self.assertEqual((2000, 1500, 3001), (self.heard().last_new, self.heard().last_edge, self.heard().executions))

    def test_all_starts_are_one_run(self):
        result, quiet = fuzz_engine.Result("zip"), fuzz_engine.Heard()
        quiet.line("#5\tINITED cov: 3 ft: 4 corp: 2/9b")
        quiet.line("#100\tDONE cov: 3 ft: 4 corp: 2/9b")
        result.take(quiet, 1)
        self.assertEqual((100, 0, 0), (result.executions, result.last_new, result.last_edge), "the seeds are nothing new")
        result.take(self.heard(), 4)
        self.assertEqual((3101, 2100, 1600, 5), (result.executions, result.last_new, result.last_edge, result.seconds))
        self.assertEqual(2100 / 3101, result.share(result.last_new))
        result.take(self.heard(), 4)
        self.assertEqual((6102, 2100, 1600), (result.executions, result.last_new, result.last_edge), "nothing that the start before had not")

    def test_what_is_missing_to_be_quiet(self):
        result = fuzz_engine.Result("zip")
        self.assertEqual(1000, result.missing(1000))
        result.executions, result.last_new = 1000, 750
        self.assertEqual(0, result.missing(1000))
        result.last_new = 751
        self.assertEqual(50, result.missing(1000), "a twentieth at least")
        result.last_new = 999
        self.assertEqual(332, result.missing(1000))
        self.assertEqual(1000, result.missing(2000))
        result.executions = 1331
        self.assertEqual(50, result.missing(1000))
        result.executions = 1332
        self.assertEqual(0, result.missing(1000))

    def test_where_edges_count_features_do_not(self):
        features, edges = fuzz_engine.Result("zip"), fuzz_engine.Result("zip", by_edges=True)
        for result in (features, edges):
            result.executions, result.last_new, result.last_edge = 1000, 900, 700
        self.assertEqual((200, 0), (features.missing(1000), edges.missing(1000)))
        edges.last_edge = 900
        self.assertEqual(200, edges.missing(1000))

    def test_our_own_sentence_says_what_was_found(self):
        self.assertEqual("weightsonly-fuzz: x", fuzz_engine.what_of(["SUMMARY: libFuzzer: deadly signal", "weightsonly-fuzz: x"]))
        self.assertEqual("SUMMARY: libFuzzer: timeout", fuzz_engine.what_of(["SUMMARY: libFuzzer: timeout"]))
        self.assertEqual("nothing", fuzz_engine.what_of([]))


if __name__ == "__main__":
    unittest.main()
