"""What a run leaves behind and how it ends: processes, folders, interrupts, a damaged suite; and Python 3.9."""

import ast
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import running
from running import FAKE, HERE, TOP, command, run

TINY = os.path.join(HERE, "tiny")


def alive(pid):
    try:
        with open("/proc/%d/stat" % pid, encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


class Processes(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    @unittest.skipUnless(os.path.exists("/proc/self/stat"), "no /proc")
    def test_children_of_an_adapter_end_with_it(self):
        pids = os.path.join(self.folder, "pids")
        self.assertEqual(run(*FAKE, "leaves-a-child", env={"FAKE_PID": pids}).returncode, 0)
        with open(pids, encoding="utf-8") as file:
            found = [int(line) for line in file]
        self.assertGreater(len(found), 3)
        deadline = time.monotonic() + 5
        while any(alive(pid) for pid in found) and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual([pid for pid in found if alive(pid)], [])

    def test_an_adapter_that_does_not_start_again_is_broken(self):
        report = os.path.join(self.folder, "report.jsonl")
        finished = run("--report", "jsonl=" + report, *FAKE, "starts-twice", env={"FAKE_PID": os.path.join(self.folder, "pids")})
        self.assertEqual(finished.returncode, 3)
        self.assertIn("does not start again: crash: exit status 1", finished.stderr)
        with open(report, encoding="utf-8") as file:
            self.assertNotIn("footer", file.read())

    def test_folders_are_taken_away(self):
        for behaviour in ("executes", "crash", "accept-all"):
            run("--jobs", "2", *FAKE, behaviour, env={"TMPDIR": self.folder})
        self.assertEqual(os.listdir(self.folder), [])

    def interrupted(self, number):
        report = os.path.join(self.folder, "report.jsonl")
        hanging = os.path.join(self.folder, "pid")
        words = command(["--report", "jsonl=" + report, "--case-timeout", "60", *FAKE, "hang"])
        environment = {**os.environ, "TMPDIR": self.folder, "PYTHONDONTWRITEBYTECODE": "1", "FAKE_PID": hanging}
        process = subprocess.Popen(words, cwd=TOP, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 30
        while not os.path.exists(hanging) and time.monotonic() < deadline:
            time.sleep(0.05)
        os.unlink(hanging)
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
        with open(report, encoding="utf-8") as file:
            records = [json.loads(line)["record"] for line in file]
        return process.returncode, err, records

    def test_an_interrupt_ends_it_and_the_report_has_no_footer(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            code, err, records = self.interrupted(number)
            self.assertEqual((code, err), (130, "conformance/run: interrupted\n"))
            self.assertEqual(records[0], "header")
            self.assertIn("case", records)
            self.assertNotIn("footer", records)
            self.assertEqual(os.listdir(self.folder), ["report.jsonl"])


class Damage(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.tiny = os.path.join(folder.name, "tiny")
        shutil.copytree(TINY, self.tiny)

    def run_damaged(self):
        finished = run(*FAKE, "good", suite=os.path.join(self.tiny, "suite.json"))
        self.assertIn("suite damaged", finished.stderr)
        return finished.returncode

    def change(self, **members):
        path = os.path.join(self.tiny, "suite.json")
        with open(path, encoding="utf-8") as file:
            data = json.load(file)
        data.update(members)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(data, file)

    def test_a_changed_file(self):
        with open(os.path.join(self.tiny, "none.pt"), "ab") as file:
            file.write(b"\n")
        self.assertEqual(self.run_damaged(), 4)

    def test_a_missing_file(self):
        os.unlink(os.path.join(self.tiny, "none.pt"))
        self.assertEqual(self.run_damaged(), 4)

    def test_a_recipe_that_makes_another_file(self):
        with open(os.path.join(self.tiny, "suite.json"), encoding="utf-8") as file:
            cases = json.load(file)["cases"]
        row = next(row for row in cases if row["file"] is None)
        row["sha256"] = "0" * 64
        self.change(cases=cases)
        self.assertEqual(self.run_damaged(), 4)

    def test_a_schema_that_is_not_known(self):
        self.change(schema="weightsonly.suite/2")
        self.assertEqual(self.run_damaged(), 4)

    def test_a_suite_that_is_no_json_or_not_there(self):
        path = os.path.join(self.tiny, "suite.json")
        with open(path, "w", encoding="utf-8") as file:
            file.write("{")
        self.assertEqual(self.run_damaged(), 4)
        os.unlink(path)
        self.assertEqual(self.run_damaged(), 4)

    def test_an_id_that_stands_twice_and_a_row_without_a_member(self):
        self.change(cases=[{"id": "a"}])
        self.assertEqual(self.run_damaged(), 4)
        row = {"id": "a", "title": "", "area": "zip", "rules": [], "expect": "accept", "sha256": "", "size": 0}
        self.change(cases=[row, row])
        self.assertEqual(self.run_damaged(), 4)


class Python(unittest.TestCase):
    def test_every_module_is_python_3_9(self):
        folder = os.path.join(TOP, "conformance", "run")
        for name in sorted(os.listdir(folder)):
            if name.endswith(".py"):
                with self.subTest(name), open(os.path.join(folder, name), encoding="utf-8") as file:
                    text = file.read()
                    ast.parse(text, feature_version=(3, 9))
                    self.assertIn("from __future__ import annotations", text)

    def test_the_tiny_suite_is_what_make_tiny_makes(self):
        subprocess.run(["python3", os.path.join(HERE, "make_tiny.py"), "--check"], check=True)

    def test_the_runner_works_as_a_zipapp(self):
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(os.path.join(TOP, "conformance", "schema"), os.path.join(folder, "schema"))
            app = os.path.join(folder, "run.pyz")
            subprocess.run(["python3", "-m", "zipapp", os.path.join(TOP, "conformance", "run"), "-o", app], check=True)
            done = subprocess.run(["python3", app, "--suite", running.SUITE, *FAKE, "good"], cwd=TOP, stdout=subprocess.PIPE)
            self.assertEqual(done.returncode, 0)


if __name__ == "__main__":
    unittest.main()
