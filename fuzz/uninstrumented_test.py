"""The patterns of uninstrumented.txt take what they are meant to take, and of the loader nothing but SHA-256; builds find the list."""

import fnmatch
import glob
import os
import re
import shutil
import subprocess
import tempfile
import unittest

import table

BUILD = os.environ.get("WEIGHTSONLY_BUILD", os.path.join(table.root(), "build", "release"))


def patterns():
    """As plain globs: each choice in braces gives one of its own."""
    with open(os.path.join(table.root(), "fuzz", "uninstrumented.txt"), encoding="utf-8") as lines:
        waiting = [line.strip().removeprefix("fun:") for line in lines if line.startswith("fun:")]
    done = []
    while waiting:
        pattern = waiting.pop()
        choice = re.search(r"\{([^{}]*)\}", pattern)
        if choice is None:
            done.append(pattern)
        else:
            waiting += [pattern[:choice.start()] + one + pattern[choice.end():] for one in choice[1].split(",")]
    return done


def taken(names):
    kinds = [re.compile(fnmatch.translate(pattern)) for pattern in patterns()]
    return [name for name in names if any(kind.match(name) for kind in kinds)]


def names_of_the_libraries():
    """The functions of the loader, the recipe language and the tool, as compilers mangle them."""
    archives = glob.glob(os.path.join(BUILD, "libweightsonly*.a"))
    if shutil.which("nm") is None or not archives:
        raise unittest.SkipTest("no nm, or no library as an archive")
    listed = subprocess.run(["nm", *archives], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True).stdout
    # macOS puts one more underscore in front of each.
    return sorted(set(re.findall(r"^[0-9a-f]+ [tTwW] _?(_Z\w+)$", listed, re.MULTILINE)))


class Uninstrumented(unittest.TestCase):
    def test_the_loader_is_learned_from_but_for_its_digest(self):
        own = [name for name in names_of_the_libraries() if re.match(r"_Z[NZK]*11weightsonly", name)]
        self.assertGreater(len(own), 500)
        self.assertEqual([name for name in taken(own) if "6output6Sha256" not in name], [])
        self.assertIn("_ZN11weightsonly6output6Sha2568CompressEPKSt4byte", taken(own))

    def test_functions_with_texts_and_lists_among_their_parameters_stay(self):
        named = ["_ZN11weightsonly12KindFromNameESt17basic_string_viewIcSt11char_traitsIcEE",
                 "_ZNK11weightsonly7machine4LookERKSt6vectorIjSaIjEE"]
        self.assertEqual(taken(named), [])

    def test_classes_of_the_standard_library_are_taken(self):
        named = ["_ZNSt6vectorIcSaIcEE9push_backEOc", "_ZNKSt6vectorIN11weightsonly4PairESaIS1_EE4sizeEv",
                 "_ZNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE9push_backEc", "_ZNKSt17basic_string_viewIcSt11char_traitsIcEEixEm",
                 "_ZSt16__introsort_loopIPmlEvT_S1_T0_", "_ZN8nlohmann16json_abi_v3_11_36detail5lexerE"]
        self.assertEqual(taken(named), named)

    def test_algorithms_stay(self):
        self.assertEqual(taken(["_ZSt4findIPKccET_S2_S2_RKT0_", "_ZNKSt6ranges11__all_of_fnclEv"]), [])


class Configuring(unittest.TestCase):
    @unittest.skipIf(shutil.which("cmake") is None, "no cmake")
    def test_the_list_is_found_wherever_cmake_is_called(self):
        """Ninja calls cmake again in the build folder, when a file of cmake's changed."""
        with tempfile.TemporaryDirectory() as folder:
            settings = ["-DWEIGHTSONLY_BUILD_FUZZ=ON", "-DWEIGHTSONLY_FUZZ_ENGINE=-fsanitize=fuzzer", "-DWEIGHTSONLY_BUILD_BENCH=OFF"]
            done = subprocess.run(["cmake", "-S", table.root(), "-B", folder, *settings], cwd=folder,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout)
            copies = glob.glob(os.path.join(folder, "uninstrumented-*.txt"))
            self.assertEqual(len(copies), 1, copies)
            with open(copies[0], "rb") as copy, open(os.path.join(table.root(), "fuzz", "uninstrumented.txt"), "rb") as own:
                self.assertEqual(copy.read(), own.read())


if __name__ == "__main__":
    unittest.main()
