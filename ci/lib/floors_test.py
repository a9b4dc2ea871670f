"""The floors check finds what it must find; the tree itself is clean."""

import unittest

import floors
import tree
from scratch import Scratch


class Floors(unittest.TestCase):
    def findings(self, files):
        with Scratch(files) as top:
            return floors.check(top)

    def test_lower_own_and_system_includes_are_fine(self):
        self.assertEqual([], self.findings({
            "reference/base/a.h": "// A.\n#pragma once\n#include <vector>\n#include <zlib.h>\n#include <sys/mman.h>\n",
            "reference/pickle/b.h": "// B.\n#include \"base/a.h\"\n",
            "reference/pickle/b.cc": "// B.\n#include \"pickle/b.h\"\n#include \"base/a.h\"\n",
            "reference/tool/main.cc": "// T.\n#include <CLI/CLI.hpp>\n#include <nlohmann/json.hpp>\n#include \"weightsonly.h\"\n",
            "reference/weightsonly.h": "// W.\n#include \"pickle/b.h\"\n",
            "reference/weightsonly_c.h": "/* W. */\n#include <stddef.h>\n",
            "reference/capi/c.h": "// C.\n#include <new>\n#include \"weightsonly.h\"\n#include \"weightsonly_c.h\"\n",
            "reference/capi/c.cc": "// C.\n#include \"capi/c.h\"\n",
            "reference/recipe/r.h": "// R.\n#include \"pickle/b.h\"\n#include \"base/a.h\"\n",
            "reference/tool/r.cc": "// T.\n#include \"recipe/r.h\"\n",
            "reference/SPEC.md": "# x\n",
            "reference/tests/base/a_test.cc": "#include \"tests/catch.h\"\n#include \"tool/x.h\"\n",
        }))

    def test_higher_floor_is_found(self):
        found = self.findings({"reference/base/a.h": "// A.\n#include \"value/b.h\"\n", "reference/value/b.h": "// B.\n"})
        self.assertEqual(['reference/base/a.h:2: "value/b.h" stands on a higher floor'], found)

    def test_every_other_wrong_include_is_found(self):
        for include, part in [
            ('"weightsonly.h"', "public header"),
            ('"a.h"', "not written as FLOOR/FILE"),
            ('"../base/a.h"', "not written as FLOOR/FILE"),
            ('"tests/catch.h"', "not written as FLOOR/FILE"),
            ('"base/missing.h"', "does not exist"),
            ("<nlohmann/json.hpp>", "neither the system's nor zlib's"),
            ("<CLI/CLI.hpp>", "neither the system's nor zlib's"),
            ("<fmt/format.h>", "neither the system's nor zlib's"),
            ("<base/a.h>", "neither the system's nor zlib's"),
        ]:
            with self.subTest(include):
                found = self.findings({"reference/output/a.cc": f"// A.\n#  include {include}\n"})
                self.assertEqual(1, len(found), found)
                self.assertIn(part, found[0])
                self.assertTrue(found[0].startswith("reference/output/a.cc:2: "), found)

    def test_the_c_interface_and_the_floors_know_each_other_by_the_public_headers_only(self):
        capi, base = "reference/capi/c.h", "reference/base/a.h"
        for path, include in [(capi, "base/a.h"), (base, "capi/c.h"), (base, "weightsonly_c.h"), ("reference/tool/t.cc", "capi/c.h"),
                              ("reference/tool/t.cc", "weightsonly_c.h")]:
            with self.subTest(path=path, include=include):
                files = {capi: "// C.\n", base: "// A.\n", path: f'// X.\n#include "{include}"\n'}
                found = self.findings(files)
                self.assertEqual(1, len(found), found)
                self.assertTrue(found[0].startswith(f"{path}:2: "), found)

    def test_recipes_stand_on_the_three_lowest_floors_and_only_the_tool_includes_them(self):
        for path, include, fault in [
            ("reference/recipe/r.cc", "value/v.h", "higher floor"), ("reference/recipe/r.cc", "tool/t.h", "higher floor"),
            ("reference/output/o.cc", "recipe/r.h", "no part of the library"), ("reference/value/x.cc", "recipe/r.h", "no part of the library"),
            ("reference/capi/c.cc", "recipe/r.h", "public headers only"),
        ]:
            with self.subTest(path=path, include=include):
                found = self.findings({"reference/recipe/r.h": "// R.\n", "reference/value/v.h": "// V.\n", "reference/tool/t.h": "// T.\n",
                                       path: f'// X.\n#include "{include}"\n'})
                self.assertEqual(1, len(found), found)
                self.assertTrue(found[0].startswith(f"{path}:2: "), found)
                self.assertIn(fault, found[0])

    def test_the_c_header_needs_nothing_but_two_headers_of_c(self):
        for include in ["<stdbool.h>", '"base/export.h"', "<vector>"]:
            found = self.findings({"reference/weightsonly_c.h": f"/* W. */\n#include <stdint.h>\n # include {include}\n"})
            self.assertEqual(1, len(found), found)
            self.assertTrue(found[0].startswith("reference/weightsonly_c.h:3: "), found)

    def test_a_file_on_no_floor_is_found(self):
        for path in ["reference/stray.cc", "reference/attic/a.cc", "reference/notes.txt"]:
            with self.subTest(path):
                self.assertIn("stands on no floor", "".join(self.findings({path: "// A.\n"})))

    def test_a_source_without_a_first_comment_is_found(self):
        self.assertIn("starts without a comment", "".join(self.findings({"reference/base/a.h": "#pragma once\n"})))

    def test_the_tree_is_clean(self):
        self.assertEqual([], floors.check(tree.root()))


if __name__ == "__main__":
    unittest.main()
