"""Every script of ci/ answers --help at once and does nothing else."""

import os
import subprocess
import unittest

import tree

CI = os.path.join(tree.root(), "ci")


class Help(unittest.TestCase):
    def test_every_script_says_what_it_is_for_and_stops(self):
        scripts = sorted(entry.name for entry in os.scandir(CI) if entry.is_file())
        self.assertIn("coverage", scripts)
        for script in scripts:
            path = os.path.join(CI, script)
            with open(path, encoding="utf-8") as file:
                shell = "bash" in file.readline()
                second = file.readline()
            for option in ("-h", "--help"):
                with self.subTest(script=script, option=option):
                    done = subprocess.run([path, option], capture_output=True, text=True, timeout=20, check=False, cwd="/")
                    self.assertEqual((0, ""), (done.returncode, done.stderr))
                    self.assertNotIn("\n== ", done.stdout, "it began to work")
                    if shell:
                        self.assertEqual(second[2:], done.stdout.splitlines(keepends=True)[0])
                        self.assertNotRegex(done.stdout, r"(?m)^(#|\. )", "the comment alone, without its marks")
                    else:
                        self.assertTrue(done.stdout.startswith("usage: "), done.stdout[:100])


if __name__ == "__main__":
    unittest.main()
