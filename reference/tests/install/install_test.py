"""The installed tree serves a user: by find_package, by pkg-config, static and shared; and add_subdirectory brings only the library."""

import glob
import os
import re
import subprocess
import tempfile
import unittest

SOURCE = os.environ["WEIGHTSONLY_SOURCE"]
BUILD = os.environ["WEIGHTSONLY_BUILD"]
CONSUMER = os.path.join(SOURCE, "reference", "tests", "install")
GOOD = os.path.join(SOURCE, "corpus", "torch-2.15.0", "linear.pt")  # weight and bias
REFUSED = os.path.join(SOURCE, "corpus", "torch-2.15.0", "user-class.pt")


def cached(name):
    """A variable of the build under test; the consumer must be built as it was (compiler, sanitizers, coverage)."""
    with open(os.path.join(BUILD, "CMakeCache.txt"), encoding="utf-8") as cache:
        found = re.search(rf"^{name}:\w+=(.*)$", cache.read(), re.M)
    return found[1] if found else ""


COMPILER = cached("CMAKE_CXX_COMPILER")
FLAGS = " ".join(filter(None, [cached("CMAKE_CXX_FLAGS"), cached("WEIGHTSONLY_SANITIZE") and
                               "-fsanitize=" + cached("WEIGHTSONLY_SANITIZE")]))


def run(*command, **environment):
    # Coverage counts of another build would not fit those of the build under test.
    environment = {"LLVM_PROFILE_FILE": os.devnull, **environment}
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env={**os.environ, **environment})
    return done.returncode, done.stdout


class Install(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="weightsonly-")
        self.addCleanup(scratch.cleanup)
        self.scratch = scratch.name
        self.prefix = os.path.join(scratch.name, "prefix")

    def must(self, *command, **environment):
        code, output = run(*command, **environment)
        self.assertEqual(0, code, f"{' '.join(command)}\n{output}")
        return output

    def configure(self, source, build, *arguments):
        return run("cmake", "-S", source, "-B", build, "-G", "Ninja", f"-DCMAKE_CXX_COMPILER={COMPILER}",
                   f"-DCMAKE_CXX_FLAGS={FLAGS}", "-DCMAKE_BUILD_TYPE=Debug", *arguments)

    def consume(self, source=CONSUMER):
        """Builds the consumer against the prefix; the program."""
        build = os.path.join(self.scratch, "consumer")
        code, output = self.configure(source, build, f"-DCMAKE_PREFIX_PATH={self.prefix}")
        self.assertEqual(0, code, output)
        self.must("cmake", "--build", build)
        return os.path.join(build, "consumer")

    def assert_works(self, program, **environment):
        self.assertEqual((0, "2 tensors\n"), run(program, GOOD, **environment))
        code, output = run(program, REFUSED, **environment)
        self.assertEqual(1, code)
        self.assertRegex(output, r"^refused: policy\.global-not-allowed: .*training\.Config")

    def test_find_package_serves_a_consumer_after_the_tree_was_moved(self):
        self.must("cmake", "--install", BUILD, "--prefix", self.prefix + "-first")
        os.rename(self.prefix + "-first", self.prefix)
        self.assert_works(self.consume())

    def test_pkg_config_serves_a_consumer(self):
        self.must("cmake", "--install", BUILD, "--prefix", self.prefix)
        (pc,) = glob.glob(os.path.join(self.prefix, "**", "weightsonly.pc"), recursive=True)
        flags = self.must("pkg-config", "--cflags", "--libs", "weightsonly", PKG_CONFIG_PATH=os.path.dirname(pc)).split()
        program = os.path.join(self.scratch, "consumer")
        self.must(COMPILER, "-std=c++23", *FLAGS.split(), os.path.join(CONSUMER, "main.cc"), "-o", program, *flags)
        self.assert_works(program)

    def test_another_major_version_is_not_found(self):
        self.must("cmake", "--install", BUILD, "--prefix", self.prefix)
        project = os.path.join(self.scratch, "CMakeLists.txt")
        with open(os.path.join(CONSUMER, "CMakeLists.txt"), encoding="utf-8") as file:
            text = file.read().replace("weightsonly 0.1 ", "weightsonly 1.0 ")
        with open(project, "w", encoding="utf-8") as file:
            file.write(text)
        code, output = self.configure(self.scratch, os.path.join(self.scratch, "b"), f"-DCMAKE_PREFIX_PATH={self.prefix}")
        self.assertNotEqual(0, code)
        self.assertIn('compatible with requested version "1.0"', re.sub(r"\s+", " ", output))

    def test_the_shared_library_serves_a_consumer_and_shows_only_its_interface(self):
        build = os.path.join(self.scratch, "shared")
        code, output = self.configure(SOURCE, build, "-DBUILD_SHARED_LIBS=ON", "-DWEIGHTSONLY_BUILD_TESTS=OFF",
                                      "-DWEIGHTSONLY_BUILD_TOOL=OFF", "-DWEIGHTSONLY_BUILD_BENCH=OFF")
        self.assertEqual(0, code, output)
        self.must("cmake", "--build", build)
        self.must("cmake", "--install", build, "--prefix", self.prefix)
        self.assert_works(self.consume())
        libraries = glob.glob(os.path.join(self.prefix, "**", "libweightsonly.so"), recursive=True)
        if libraries:  # ELF only.
            shown = self.must("nm", "-DC", "--defined-only", libraries[0])
            self.assertIn("weightsonly::Load(", shown)
            self.assertNotRegex(shown, r"weightsonly::(container|pickle|policy|machine)::\w+\(")

    def test_a_project_that_adds_this_one_gets_the_library_alone(self):
        with open(os.path.join(self.scratch, "CMakeLists.txt"), "w", encoding="utf-8") as file:
            file.write("cmake_minimum_required(VERSION 3.22)\nproject(parent LANGUAGES CXX)\n"
                       f"add_subdirectory({SOURCE} weightsonly)\n"
                       "add_executable(consumer main.cc)\ntarget_link_libraries(consumer weightsonly::weightsonly)\n"
                       'get_property(flags DIRECTORY PROPERTY COMPILE_OPTIONS)\nmessage(STATUS "flags=[${flags}]")\n')
        with open(os.path.join(self.scratch, "main.cc"), "w", encoding="utf-8") as file:
            file.write("#include <weightsonly/weightsonly.h>\n"
                       "int main() { return weightsonly::KindName(weightsonly::RefusalKind::kInternal).empty(); }\n")
        build = os.path.join(self.scratch, "parent")
        code, output = self.configure(self.scratch, build)
        self.assertEqual(0, code, output)
        self.assertIn("flags=[]", output)
        targets = self.must("ninja", "-C", build, "-t", "targets", "all")
        self.assertNotRegex(targets, r"test_\w+:|weightsonly_tool|weightsonly-bench")
        self.must("cmake", "--build", build, "--target", "CMakeFiles/consumer.dir/main.cc.o")


if __name__ == "__main__":
    unittest.main()
