"""The installed tree serves a user: by find_package, by pkg-config, static and shared; and add_subdirectory brings only the library."""

import glob
import os
import re
import subprocess
import sys
import tempfile
import unittest

SOURCE = os.environ["WEIGHTSONLY_SOURCE"]
sys.path.append(os.path.join(SOURCE, "reference", "tests", "capi"))
import header  # noqa: E402  (the functions of weightsonly_c.h)

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
C_COMPILER = cached("CMAKE_C_COMPILER") or COMPILER.replace("clang++", "clang").replace("g++", "gcc")  # as tests_capi.cmake
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
                   f"-DCMAKE_C_COMPILER={C_COMPILER}", f"-DCMAKE_CXX_FLAGS={FLAGS}", f"-DCMAKE_C_FLAGS={FLAGS}", "-DCMAKE_BUILD_TYPE=Debug", *arguments)

    def consume(self, source=CONSUMER):
        """Builds the consumers against the prefix; the programs, of C++ and of C."""
        build = os.path.join(self.scratch, "consumer")
        code, output = self.configure(source, build, f"-DCMAKE_PREFIX_PATH={self.prefix}")
        self.assertEqual(0, code, output)
        self.must("cmake", "--build", build)
        return [os.path.join(build, "consumer"), os.path.join(build, "consumer_c")]

    def assert_works(self, programs, **environment):
        for program in programs:
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
        # In C, with warnings of the header as errors; the C compiler links it, but for sanitizers, which have a runtime for C++.
        compile_c = [C_COMPILER, "-std=c11", "-pedantic", "-Wall", "-Wextra", "-Werror", *FLAGS.split()]
        source = os.path.join(CONSUMER, "main.c")
        if cached("WEIGHTSONLY_SANITIZE"):
            self.must(*compile_c, "-c", source, "-o", program + ".o", *[flag for flag in flags if flag.startswith("-I")])
            self.must(COMPILER, *FLAGS.split(), program + ".o", "-o", program + "_c", *flags)
        else:
            self.must(*compile_c, source, "-o", program + "_c", *flags)
        self.assert_works([program, program + "_c"])

    def test_the_c_header_is_one_of_cpp_too_and_needs_nothing_else(self):
        for language, compiler, standard in (("c", C_COMPILER, "-std=c11"), ("c++", COMPILER, "-std=c++11")):
            self.must(compiler, "-x", language, standard, "-pedantic", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
                      "-Wno-pragma-once-outside-header", os.path.join(SOURCE, "reference", "weightsonly_c.h"))

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
            shown = {line.split(" ", 2)[2] for line in self.must("nm", "-DC", "--defined-only", libraries[0]).splitlines()
                     if line.split(" ", 2)[1] in "TDBRV"}
            self.assertEqual({name for name in shown if name.startswith("weightsonly_")}, set(header.declarations()))
            self.assert_shows_the_cpp_interface(shown)
            if not FLAGS:
                loaded = "import ctypes, sys; c = ctypes.CDLL(sys.argv[1]); c.weightsonly_version.restype = ctypes.c_char_p; " \
                         "print(c.weightsonly_version().decode())"
                self.assertRegex(self.must(sys.executable, "-c", loaded, libraries[0]), r"^\d+\.\d+\.\d+\n$")

    def assert_shows_the_cpp_interface(self, shown):
        """Of namespace weightsonly the shared library shows what its headers mark, all of it, and nothing else."""
        classes, functions = set(), set()
        for path in glob.glob(os.path.join(SOURCE, "reference", "*", "*.h")):
            with open(path, encoding="utf-8") as file:
                text = re.sub(r"//[^\n]*", "", file.read())
            classes |= set(re.findall(r"(?:class|struct) WEIGHTSONLY_EXPORT (\w+)", text))
            functions |= set(re.findall(r"^(?!#).*WEIGHTSONLY_EXPORT (?!__)[^;{(]*?(\w+)\(", text, re.M))
        ours = {re.match(r"(?:(?:vtable|typeinfo|typeinfo name) for )?weightsonly::(\w+)", name) for name in shown
                if re.match(r"(?:\w+ for )?weightsonly::", name)}
        self.assertGreater(len(ours), 30)
        named = {match[1] for match in ours if match}
        self.assertEqual(named - classes - functions, set())
        self.assertEqual(functions - named, set())

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
