"""A copy of the sources with a build folder of its own, in which one file at a time is changed.

The copy lies in FOLDER/source (what is not compiled is linked, so that tests find it), the build in FOLDER/build. Files keep their times
where they did not change: a second visit builds only what is new.
"""

import os
import shutil
import subprocess

import tree

COPIED = ("reference/", "cmake/", "CMakeLists.txt")
SETTINGS = ("-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS_DEBUG=-O1", "-DCMAKE_CXX_FLAGS=-w", "-DWEIGHTSONLY_BUILD_TESTS=ON",
            "-DWEIGHTSONLY_BUILD_BENCH=OFF", "-DWEIGHTSONLY_INSTALL=OFF")
SECONDS = 1800  # for one build
# The programs of the floors, then, for they take long, the tests of the tool as a whole. The others (installing, documents) know nothing
# of one load.
TESTS = (r"^(base|container|pickle|value|policy|machine|checkpoint|output|tool|api|capi)$", r"^reference/tests/(pickle|tool)/")


def run(command, **options):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", **options)


class Workshop:
    def __init__(self, top, folder, jobs, settings=SETTINGS):
        self.top, self.jobs, self.settings = top, jobs, settings
        self.source, self.build_folder = os.path.join(folder, "source"), os.path.join(folder, "build")
        self.tool = os.path.join(self.build_folder, "weightsonly")
        self.changed = None
        self.environment = dict(os.environ, CCACHE_DIR=os.path.join(os.path.dirname(folder), "ccache"), CCACHE_BASEDIR=folder,
                                CCACHE_NOHASHDIR="1")

    def prepare(self, targets=("weightsonly_tool",), jobs=None):
        """Copies what changed and builds it; an OSError when that fails: then nothing can be said of any mutant."""
        self._copy()
        launcher = ["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
        configured = run(["cmake", "-S", self.source, "-B", self.build_folder, "-G", "Ninja", *self.settings, *launcher], env=self.environment)
        if configured.returncode != 0:
            raise OSError("the copy cannot be configured:\n" + configured.stdout)
        log = self.make(*targets, jobs=jobs)
        if log is not None:
            raise OSError("the unchanged sources cannot be built:\n" + log)

    def _copy(self):
        wanted = set()
        for path in tree.files(self.top):
            if not path.startswith(COPIED):
                continue
            wanted.add(path)
            source, copy = os.path.join(self.top, path), os.path.join(self.source, path)
            os.makedirs(os.path.dirname(copy), exist_ok=True)
            if not os.path.isfile(copy) or _bytes(source) != _bytes(copy):
                shutil.copyfile(source, copy)
        for folder, _, names in os.walk(self.source):
            for path in (os.path.join(folder, name) for name in names):
                if not os.path.islink(path) and os.path.relpath(path, self.source) not in wanted:
                    os.remove(path)
        for name in os.listdir(self.top):
            link = os.path.join(self.source, name)
            if name not in ("build", ".git", ".ci") and not os.path.lexists(link):
                os.symlink(os.path.join(self.top, name), link)

    def make(self, *targets, jobs=None):
        """None when the targets were built, otherwise what the compiler said."""
        try:
            made = run(["cmake", "--build", self.build_folder, "-j", str(jobs or self.jobs), "--target", *targets],
                       env=self.environment, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            return "the build takes too long"
        return None if made.returncode == 0 else made.stdout

    def change(self, path, text):
        """Puts `text` in the place of a file, until restore()."""
        self.restore()
        self.changed = path
        self._write(path, text)

    def restore(self):
        if self.changed is not None:
            # With a new time: the object that was made of the changed file is newer than the old one.
            self._write(self.changed, _bytes(os.path.join(self.top, self.changed)).decode())
            self.changed = None

    def _write(self, path, text):
        with open(os.path.join(self.source, path), "w", encoding="utf-8", newline="") as file:
            file.write(text)

    def failing_test(self, tests=TESTS):
        """The name of a unit test that fails twice, or None. Those that the expressions name must have been built."""
        return next((failed for failed in map(self._failing_test, tests) if failed), None)

    def _failing_test(self, names):
        try:
            tested = run(["ctest", "--test-dir", self.build_folder, "-R", names, "--stop-on-failure", "--repeat", "until-pass:2",
                          "--timeout", "120", "--no-tests=error", "-j", str(self.jobs)], timeout=SECONDS)
        except subprocess.TimeoutExpired:
            return "(takes too long)"
        if tested.returncode == 0:
            return None
        failed = [line.split()[2] for line in tested.stdout.splitlines() if line.strip().startswith(tuple("0123456789")) and " - " in line]
        return failed[0] if failed else "(ctest itself)"


def _bytes(path):
    with open(path, "rb") as file:
        return file.read()
