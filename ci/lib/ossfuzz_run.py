"""Builds a configuration of the fuzz targets as OSS-Fuzz does and holds what comes out to the contract (ossfuzz_checks.py)."""

import concurrent.futures
import os
import re
import shutil
import subprocess
import tempfile
import time
import zipfile

import ossfuzz_checks as checks
import ossfuzz_environment as environment
import tree

START = ["-seed=1337", "-runs=4"]


def text_of(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def run(command, **options):
    """(exit code, everything it printed); what takes too long counts as code 124."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, **options)
    except subprocess.TimeoutExpired as error:
        return 124, (error.stdout or b"").decode(errors="replace") + "\nit took too long"
    return done.returncode, done.stdout.decode(errors="replace")


def lines_of(report):
    """(reached, all) lines of what llvm-cov reports; None where it reports none. The last line has regions, functions and then lines, each
    with how many there are, how many were missed, and a share."""
    total = re.search(r"^TOTAL(?:\s+\d+\s+\d+\s+\S+){2}\s+(\d+)\s+(\d+)", report, re.M)
    return total and (int(total[1]) - int(total[2]), int(total[1]))


def copy_sources(top, folder):
    """A clone as a Dockerfile makes one: what git knows or would add, committed, so that git sees every later change."""
    shutil.rmtree(folder, ignore_errors=True)
    for path in tree.files(top):
        target = os.path.join(folder, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy2(os.path.join(top, path), target)
    git = ["git", "-C", folder, "-c", "user.name=contract", "-c", "user.email=contract@localhost", "-c", "core.hooksPath="]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "copy"]):
        subprocess.run(git + command, check=True)


def source_faults(folder):
    """Files that were changed or added, ignored ones too: a build writes elsewhere."""
    changed = subprocess.run(["git", "-C", folder, "status", "--porcelain", "--ignored"], check=True, capture_output=True, text=True).stdout
    return [f"the build touched {line[3:]}" for line in changed.splitlines()]


class Workplace:
    """The folders of one configuration: SRC is shared, WORK and OUT are its own."""

    def __init__(self, base, configuration, wanted):
        self.configuration, self.wanted = configuration, wanted
        self.src = os.path.join(base, "src")
        self.work, self.out, self.moved = (os.path.join(base, f"{word}-{configuration.name}") for word in ("work", "out", "moved"))
        for folder in (self.work, self.out, self.moved):
            shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(self.out)
        os.makedirs(self.work)

    def build(self, script, extra):
        """(exit code, log, commands of the build). `extra`: of the environment, what OSS-Fuzz does not set."""
        variables = self.configuration.build_environment(self.src, self.work, self.out, os.environ)
        log_path = os.path.join(self.work, "log")
        with open(log_path, "wb") as log:
            code = subprocess.run(["bash", "-eux", script], cwd=os.path.join(self.src, "weightsonly"), env={**variables, **extra},
                                  stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, check=False).returncode
        ninja = os.path.join(self.work, "weightsonly", "build.ninja")
        return code, text_of(log_path), text_of(ninja) if os.path.isfile(ninja) else ""

    def move(self):
        """The folder gets another name, as test_all.py gives it one; the sources and the build are not at the place of the run either."""
        os.rename(self.out, self.moved)

    def remove(self):
        for folder in (self.work, self.out, self.moved):
            shutil.rmtree(folder, ignore_errors=True)


class Runner:
    """Runs the targets of a moved folder as the base-runner does."""

    def __init__(self, place, jobs):
        self.place, self.jobs, self.folder = place, jobs, place.moved
        self.variables = place.configuration.run_environment(os.environ)
        self.sanitizer, self.architecture = place.configuration.sanitizer, place.configuration.architecture
        self.slowest = (0.0, "")

    def path(self, name):
        return os.path.join(self.folder, name)

    def command(self, target, arguments):
        options = checks.arguments_of(text_of(self.path(target + ".options")))
        if os.path.isfile(self.path(target + ".dict")):
            options.append(f"-dict={target}.dict")
        return [self.path(target), *environment.RUN_ARGUMENTS, *arguments, *options]

    def each(self, check):
        """check(target) for every wanted target; all faults, each after the target's name."""
        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
            results = list(pool.map(check, self.place.wanted))
        return [f"{target}: {fault}" for target, faults in zip(self.place.wanted, results) for fault in faults]

    def form(self, target):
        faults = checks.machine_faults(self.path(target), self.architecture)
        return faults + checks.library_faults(run(["readelf", "-d", "-W", self.path(target)])[1])

    def calls(self, target):
        with subprocess.Popen(["objdump", "-d", "--no-show-raw-insn", self.path(target)], stdout=subprocess.PIPE, text=True) as process:
            counts = checks.count_calls(process.stdout)
        return checks.call_faults(counts, self.sanitizer, self.architecture)

    def starts(self, target):
        return checks.startup_faults(*run(self.command(target, START), cwd=self.folder, env=self.variables, timeout=300))

    def texts(self, target):
        there = os.listdir(self.folder)
        faults = [f".options: {fault}" for fault in checks.options_faults(text_of(self.path(target + ".options")), there)]
        if os.path.isfile(self.path(target + ".dict")):
            faults += [f".dict: {fault}" for fault in checks.dictionary_faults(text_of(self.path(target + ".dict")))]
        return faults

    def seeds(self, target):
        """Each seed runs within the engine's limits for one input; an engine with its own main gets the folder alone."""
        archive = self.path(target + "_seed_corpus.zip")
        faults = checks.seed_faults(archive)
        if faults:
            return faults
        with tempfile.TemporaryDirectory(prefix="weightsonly-") as folder:
            with zipfile.ZipFile(archive) as file:
                file.extractall(folder)
            sizes = [entry.stat().st_size for entry in os.scandir(folder)]
            count, filled = len(sizes), len(sizes) - sizes.count(0)
            started = time.monotonic()
            if self.place.configuration.engine:
                command, said = [self.path(target), folder], rf"replayed {count} inputs"
            else:
                command, said = self.command(target, ["-runs=0", folder]), rf"seed corpus: files: {filled}\b"  # libFuzzer leaves empty files out
            variables = {**self.variables, "LLVM_PROFILE_FILE": os.path.join(self.place.work, target + ".profraw")}
            code, output = run(command, cwd=self.folder, env=variables, timeout=600)
        self.slowest = max(self.slowest, (time.monotonic() - started, target))
        if code != 0:
            return [f"the seeds end it with {code}: {output[-600:]}"]
        return [] if re.search(said, output) else [f"it did not run its {count} seeds: {output[-200:]}"]

    def dictionary(self, target):
        if not os.path.isfile(self.path(target + ".dict")):
            return []
        code, output = run(self.command(target, ["-runs=1"]), cwd=self.folder, env=self.variables, timeout=300)
        return [] if code == 0 and re.search(r"Dictionary: [1-9]\d* entries", output) else [f"the engine takes no entry: {output[-200:]}"]

    def coverage(self):
        """The profiles of the seeds merge, and the report counts lines of the library."""
        merged = os.path.join(self.place.work, "merged.profdata")
        profiles = [os.path.join(self.place.work, name + ".profraw") for name in self.place.wanted]
        code, output = run(["llvm-profdata-19", "merge", "-sparse", *profiles, "-o", merged])
        if code != 0:
            return [f"the profiles do not merge: {output[-300:]}"]
        programs = [word for name in self.place.wanted for word in ("-object", self.path(name))]
        code, output = run(["llvm-cov-19", "report", "-instr-profile", merged, *programs[1:]])
        lines = lines_of(output)
        if code != 0 or not lines:
            return [f"there is no report: {output[-300:]}"]
        return [] if lines[0] > 1000 else [f"the seeds reach {lines[0]} of {lines[1]} lines"]
