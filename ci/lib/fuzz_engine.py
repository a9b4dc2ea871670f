"""Runs one fuzz target under libFuzzer: its command lines, what it says while it runs, its findings, and how its corpus is merged."""

import os
import re
import shutil
import signal
import subprocess
import threading
import time

import fuzz_corpora

# What OSS-Fuzz allows an input.
LIMITS = ("-timeout=25", "-rss_limit_mb=2560")
MINIMISE_SECONDS = 60
MOST_FINDINGS = 3  # of one target in one run
# Of AddressSanitizer, for speed: without fake stacks (use after return) the targets are 2 to 4 times as fast; two frames of each malloc
# and a quarantine of what one input frees make them 10 to 20 % faster again. Who replays a finding by hand gets whole stacks. With fake
# stacks run the seeds and findings in ci/sanitize, and everything in OSS-Fuzz.
ASAN_OPTIONS = ("allocator_may_return_null=1:detect_stack_use_after_return=0:malloc_context_size=2:quarantine_size_mb=4:"
                "thread_local_quarantine_size_kb=64")
STOP_SECONDS = 30  # after the time of a run, for the engine to end
GRACE_SECONDS = 5  # between asking a program to end and ending it
LIMIT_OF_LAST = 25 + STOP_SECONDS  # the last input may take its whole time
_STATUS = re.compile(r"#(\d+)\s+([A-Za-z]+)\s+cov: (\d+) ft: (\d+)")
_FIRST = re.compile(r"#(\d+)\s+INITED\b")
_MERGED = re.compile(r"MERGE-OUTER: (\d+) new files with (\d+) new features added; (\d+) new coverage edges")
_WRITTEN = re.compile(r".*Test unit written to (.*)")
_UNITS = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
_SAID = re.compile(r"(weightsonly-fuzz: .*|SUMMARY: .*|.*runtime error: .*)")


class Target:
    """A program, its row of fuzz/targets.toml and the folders that belong to it."""

    def __init__(self, name, row, program, work):
        self.name, self.row, self.program = name, row, program
        self.seeds = os.path.join(work, "fuzz-seeds", name)
        self.corpus = os.path.join(work, "fuzz-corpus", name)
        self.shared = fuzz_corpora.folder_of(work, row)  # what targets with the same inputs had found when the run began
        self.findings = os.path.join(work, "fuzz-findings")
        self.log = os.path.join(work, "fuzz-logs", name + ".log")
        dictionary = row.get("dictionary")
        self.dictionary = os.path.join(work, "fuzz-dictionaries", dictionary + ".dict") if dictionary else None

    def options(self):
        return [*LIMITS, f"-max_len={self.row['max_len']}", f"-artifact_prefix={self.findings}/{self.name}-"]

    def fuzz_command(self, seconds, seed=0, executions=None):
        command = [self.program, *self.options(), f"-max_total_time={seconds}", "-print_final_stats=1", "-reload=0", f"-seed={seed}"]
        if executions:
            command.append(f"-runs={executions}")
        if self.dictionary:
            command.append(f"-dict={self.dictionary}")
        if self.row.get("value_profile"):
            command.append("-use_value_profile=1")
        return [*command, self.corpus, *self.starts()]

    def result(self):
        """Of a run that begins."""
        return Result(self.name, self.row.get("quiet") == "edges")

    def starts(self):
        return [self.seeds, *[self.shared] * os.path.isdir(self.shared)]


class Heard:
    """What an engine says, line by line, with the times at which it said it."""

    def __init__(self, clock=time.monotonic):
        self.clock, self.begun = clock, clock()
        self.first = None  # (time, executions) when all seeds had run
        self.executions = self.edges = self.features = self.last_new = self.last_edge = 0
        self.at = self.begun
        self.said = []
        self.written = None  # the path of the input that ended it

    def line(self, line):
        status, first, units, said, written = (pattern.match(line) for pattern in (_STATUS, _FIRST, _UNITS, _SAID, _WRITTEN))
        if written:
            self.written = written[1]
        if status:
            number, edges, features = int(status[1]), int(status[3]), int(status[4])
            if edges > self.edges:
                self.last_edge = number
            if features > self.features:
                self.last_new = number
            self.at, self.executions = self.clock(), max(self.executions, number)
            self.edges, self.features = max(self.edges, edges), max(self.features, features)
        if first:
            self.first = (self.clock(), int(first[1]))
        if units:
            self.at, self.executions = self.clock(), max(self.executions, int(units[1]))
        if said and said[1] not in self.said:
            self.said.append(said[1])

    def speed(self):
        """Executions per second from when all seeds had run."""
        since, done = self.first or (self.begun, 0)
        return (self.executions - done) / (self.at - since) if self.at > since else 0.0


def what_of(said):
    """The sentence of a finding: ours, or the sanitizer's, without addresses."""
    ours = [line for line in said if line.startswith("weightsonly-fuzz: ")]
    return re.sub(r"0x[0-9a-f]+", "0x", (ours or [line for line in said if "libFuzzer: deadly" not in line] or said or ["nothing"])[0])


class Stopped(Exception):
    """Somebody asked for the end."""


class Engine:
    """Starts programs and ends them; stop() ends all that run now, and none is started after it."""

    def __init__(self):
        self.running, self.lock, self.stopped = set(), threading.Lock(), False
        self.environment = dict(os.environ)
        self.environment.setdefault("ASAN_OPTIONS", ASAN_OPTIONS)
        self.environment.setdefault("ASAN_SYMBOLIZER_PATH", shutil.which("llvm-symbolizer-19") or "")

    def run(self, command, heard, log, seconds, environment=None):
        """Feeds `heard` with each line and writes it to `log`; returns the exit code, None when the program had to be ended."""
        with self.lock:
            if self.stopped:
                raise Stopped
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                       errors="replace", env=environment or self.environment, start_new_session=True)
            self.running.add(process)
        timer = threading.Timer(seconds, _end, [process, signal.SIGKILL])
        timer.start()
        try:
            for line in process.stdout:
                log.write(line)
                heard.line(line)
            process.wait()
        finally:
            timer.cancel()
            _end(process, signal.SIGKILL)
            process.wait()
            process.stdout.close()
            with self.lock:
                self.running.discard(process)
        if self.stopped:
            raise Stopped
        return None if process.returncode == -signal.SIGKILL else process.returncode

    def stop(self):
        with self.lock:
            self.stopped = True
            for process in self.running:
                _end(process, signal.SIGINT)
                threading.Timer(GRACE_SECONDS, _end, [process, signal.SIGKILL]).start()


def _end(process, number):
    """Signals the program and what it started: engines run themselves again to merge and to minimise."""
    if process.poll() is None:
        try:
            os.killpg(process.pid, number)
        except OSError:
            pass  # It ended between the two.


class Result:
    """What became of one target in one run. `by_edges`: it is quiet when no edge is new, whatever becomes of features."""

    def __init__(self, target, by_edges=False):
        self.target, self.by_edges = target, by_edges
        self.seconds = self.executions = self.edges = self.features = self.corpus = 0
        self.speed = 0.0
        self.last_new = self.last_edge = 0  # after how many executions the last new feature came, and the last new edge; 0 with the seeds
        self.findings = []  # {"what", "file", "command"}
        self.fault = None  # the run itself went wrong
        self.stopped = False

    def take(self, heard, seconds):
        """Of a target that is started again everything counts as one run, and new is what no start before had."""
        seeds = heard.first[1] if heard.first else 0
        if heard.edges > self.edges and heard.last_edge > seeds:
            self.last_edge = self.executions + heard.last_edge
        if heard.features > self.features and heard.last_new > seeds:
            self.last_new = self.executions + heard.last_new
        self.executions += heard.executions
        self.seconds += seconds
        self.edges, self.features = max(self.edges, heard.edges), max(self.features, heard.features)
        self.speed = max(self.speed, heard.speed())

    def share(self, number):
        """Of the executions."""
        return number / self.executions if self.executions else 0.0

    def missing(self, wanted):
        """How many executions more it takes for as many as are wanted, with nothing new in the last quarter of all; 0 when it has them.
        A start reads its corpus first: none is for less than a twentieth of the wanted."""
        last = self.last_edge if self.by_edges else self.last_new
        left = max(wanted, -(-4 * last // 3)) - self.executions
        return max(left, wanted // 20) if left > 0 else 0


def minimised(engine, target, name, log):
    """The path of the smallest input that the engine makes out of an artifact; the artifact itself where it makes none."""
    path = os.path.join(target.findings, name)
    small = os.path.join(target.findings, re.sub(r"-(crash|leak)-", "-min-", name))
    if small == path:
        return path
    engine.run([target.program, *target.options(), "-minimize_crash=1", f"-max_total_time={MINIMISE_SECONDS}",
                f"-exact_artifact_path={small}", path], Heard(), log, MINIMISE_SECONDS + STOP_SECONDS)
    return small if os.path.isfile(small) and os.path.getsize(small) <= os.path.getsize(path) else path


def fuzz(engine, target, seconds, top, result, seed=0, executions=None):
    """One target for its time: what it finds is minimised, and it goes on unless it finds the same again. With `executions` as many at
    least, and on from what these found until it is quiet; the time is then the most that it takes."""
    for folder in (target.corpus, target.findings, os.path.dirname(target.log)):
        os.makedirs(folder, exist_ok=True)
    until = time.monotonic() + seconds
    with open(target.log, "w", encoding="utf-8") as log:
        try:
            while (left := int(until - time.monotonic())) > 0 and len(result.findings) < MOST_FINDINGS:
                missing = executions and result.missing(executions)
                again = _once(engine, target, left, seed, missing, top, result, log)
                if not again and (result.fault or result.findings or not executions or not result.missing(executions)):
                    break
            merge(engine, target, result, log)
        except Stopped:
            result.stopped = True
    result.corpus = len(os.listdir(target.corpus))
    return result


def _once(engine, target, seconds, seed, executions, top, result, log):
    """One start of the engine; True when it found something new and may be started again."""
    heard = Heard()
    try:
        code = engine.run(target.fuzz_command(seconds, seed, executions), heard, log, seconds + LIMIT_OF_LAST)
    finally:
        result.take(heard, time.monotonic() - heard.begun)
    if code == 0:
        return False
    if heard.written is None or not os.path.isfile(heard.written):
        result.fault = f"the engine ended with {code} and left no input: {what_of(heard.said)}; see {os.path.relpath(target.log, top)}"
        return False
    what = what_of(heard.said)
    known = any(finding["what"] == what for finding in result.findings)
    if not known:
        path = minimised(engine, target, os.path.basename(heard.written), log)
        command = f"{os.path.relpath(target.program, top)} {os.path.relpath(path, top)}"
        result.findings.append({"target": target.name, "what": what, "file": os.path.relpath(path, top), "command": command})
    return not known


def merge(engine, target, result, log):
    """Puts in place of the corpus the smallest files of it and of what the target starts from that reach as much."""
    new = target.corpus + ".new"
    shutil.rmtree(new, ignore_errors=True)
    os.makedirs(new)
    heard = Merge()
    code = engine.run([target.program, *target.options(), "-merge=1", new, target.corpus, *target.starts()], heard, log, 1800)
    if code == 0 and os.listdir(new):
        shutil.rmtree(target.corpus)
        os.rename(new, target.corpus)
        result.features, result.edges = heard.features, heard.edges
        return
    shutil.rmtree(new, ignore_errors=True)
    if not result.findings:
        result.fault = result.fault or f"the corpus cannot be merged: the engine ended with {code}"


class Merge:
    """What a merge says."""

    def __init__(self):
        self.files = self.features = self.edges = 0

    def line(self, line):
        match = _MERGED.match(line)
        if match:
            self.files, self.features, self.edges = (int(number) for number in match.groups())
