"""The examples of README.md and weightsonly_c.h for C and Python are what is compiled or run here, and print what torch has."""

import json
import os
import re
import subprocess
import sys
import unittest

import expected
import header

GOOD = header.SOURCE / "corpus" / "torch-2.15.0" / "checkpoint-Adam.pt"
REFUSED = header.SOURCE / "corpus" / "torch-2.15.0" / "user-class.pt"


def words(text):
    """Code without comments and blanks."""
    return "".join(re.sub(r"/\*.*?\*/", "", text, flags=re.S).split())


def block(language):
    """The block of README.md's section."""
    text = (header.SOURCE / "README.md").read_text("utf-8")
    section = text[text.index("## Use it from C and Python"):]
    return re.search(r"^```%s\n(.*?)^```$" % language, section, re.M | re.S)[1]


def lines_wanted():
    """What the examples print of GOOD, from the value that torch loaded."""
    document = expected.Document(json.loads(tool.answer_of(GOOD).read_text("utf-8"))["value"])
    found = []
    for row in document.rows:
        path = ""
        for kind, rest in re.findall(r"/(.)([^/]*)", row["path"]):
            path += "[%s]" % rest if kind == "n" else "." * bool(path) + bytes.fromhex(rest).decode()
        found.append("%s %s %d" % (path, row["dtype"], row["nbytes"]))  # all of them are contiguous
    return found


class DocumentsTest(unittest.TestCase):
    def check(self, *command):
        wanted = lines_wanted()
        self.assertEqual((len(wanted), wanted[0]), (16, "model.0.weight float32 48"))
        good = subprocess.run([*command, GOOD], stdout=subprocess.PIPE, check=True)
        self.assertEqual(good.stdout.decode().splitlines(), wanted)
        bad = subprocess.run([*command, REFUSED], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual((bad.returncode, bad.stdout), (1, b""))
        self.assertTrue(bad.stderr.startswith(b"policy.global-not-allowed"), bad.stderr)

    def test_the_c_examples_are_the_one_that_is_compiled(self):
        source = (header.SOURCE / "reference" / "tests" / "capi" / "example.c").read_text("utf-8")
        own = words(re.search(r"/\* EXAMPLE begins \*/(.*?)/\* EXAMPLE ends", source, re.S)[1])
        self.assertGreater(len(own), 500)
        self.assertEqual(words(block("c")), "#include<weightsonly/weightsonly_c.h>" + own)
        comment = re.search(r"^ \*   weightsonly_refusal.*?(?=^ \*\n \* Rules)", header.HEADER.read_text("utf-8"), re.M | re.S)[0]
        self.assertEqual(words(re.sub(r"^ \*", "", comment, flags=re.M)), own)

    def test_the_c_example_lists_the_tensors(self):
        self.check(os.environ["WEIGHTSONLY_CAPI_C"], "example")

    @unittest.skipUnless("WEIGHTSONLY_LIBRARY" in os.environ, "no library that Python can load in this build")
    def test_the_python_example_lists_the_tensors(self):
        code = block("python")
        for text, other in (('"libweightsonly.so"', repr(os.environ["WEIGHTSONLY_LIBRARY"])), ('b"model.pt"', "sys.argv[1].encode()")):
            self.assertEqual(code.count(text), 1)
            code = code.replace(text, other)
        self.check(sys.executable, "-c", "import sys\n" + code)


if __name__ == "__main__":
    unittest.main()
