"""CLI-003, CLI-005, CLI-006: the tool among pipes, full disks, terminals, signals and huge files."""

import os
import pty
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import tool

ALIAS = tool.CORPUS / "torch-2.15.0/alias-storage.pt"
COMMANDS = (["ls"], ["ls", "--json"], ["load"], ["load", "--json"], ["globals"], ["inspect"], ["dis"], ["tables", "--json"],
            ["explain", "container.zip"], ["help"], ["--version"])


def words(command, file=ALIAS):
    return command + ([file] if command[0] in ("ls", "load", "globals", "inspect", "dis") else [])


def on_terminal(*arguments, env=None, stdout_too=True):
    """(exit code, stdout and stderr as a terminal got them)."""
    master, slave = pty.openpty()
    process = subprocess.Popen([tool.TOOL, *map(os.fspath, arguments)], stdin=subprocess.DEVNULL, stderr=slave,
                               stdout=slave if stdout_too else subprocess.DEVNULL, env=dict(os.environ, **(env or {})))
    os.close(slave)
    seen = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:
            break
        if not piece:
            break
        seen += piece
    os.close(master)
    return process.wait(60), seen


class OutputTest(unittest.TestCase):
    def is_one_line_and_3(self, process):
        self.assertEqual(process.returncode, 3)
        self.assertEqual(process.stderr.count(b"\n"), 1, process.stderr)
        self.assertTrue(process.stderr.startswith(b"weightsonly: cannot write the output: "), process.stderr)

    def test_a_full_disk_is_said(self):
        for command in COMMANDS:
            with self.subTest(command=command), open("/dev/full", "wb") as full:
                process = tool.run(*words(command), stdout=full)
                self.is_one_line_and_3(process)
                self.assertIn(b"No space left", process.stderr)

    def test_a_reader_that_went_away_is_said(self):
        for command in COMMANDS:
            with self.subTest(command=command):
                read, write = os.pipe()
                os.close(read)
                with open(write, "wb") as pipe:
                    self.is_one_line_and_3(tool.run(*words(command), stdout=pipe))

    def test_a_closed_standard_output_is_said(self):
        for command in COMMANDS:
            with self.subTest(command=command):
                line = 'exec "$0" "$@" >&-'
                process = subprocess.run(["sh", "-c", line, tool.TOOL, *map(str, words(command))], stderr=subprocess.PIPE)
                self.is_one_line_and_3(process)

    def test_a_closed_standard_error_and_input_do_no_harm(self):
        process = subprocess.run(["sh", "-c", 'exec "$0" ls --json "$1" no-such-file 2>&- <&-', tool.TOOL, str(ALIAS)],
                                 stdout=subprocess.PIPE)
        self.assertEqual(process.returncode, 3)
        self.assertEqual([d["verdict"] for d in tool.documents(process)], ["accept", "error"])

    def test_a_pipe_that_does_not_block_is_waited_for(self):
        read, write = os.pipe()
        os.set_blocking(write, False)
        process = subprocess.Popen([tool.TOOL, "tables", "--json", "kinds", "globals"], stdout=write)
        os.close(write)
        time.sleep(0.2)
        with open(read, "rb") as pipe:
            self.assertTrue(pipe.read().endswith(b"]}\n"))
        self.assertEqual(process.wait(60), 0)


class ColorTest(unittest.TestCase):
    def test_colour_is_for_terminals_and_for_those_who_ask(self):
        bad = tool.CORPUS / "torch-2.15.0/class-int.pt"
        for command in (["ls", ALIAS], ["load", ALIAS], ["globals", ALIAS], ["inspect", ALIAS], ["explain", "io.open"], ["load", bad]):
            with self.subTest(command=command):
                self.assertIn(b"\x1b[", on_terminal(*command, env={"NO_COLOR": ""})[1])
                self.assertNotIn(b"\x1b[", on_terminal(*command, env={"NO_COLOR": "1"})[1])
                self.assertNotIn(b"\x1b[", on_terminal(command[0], "--color", "never", command[1], env={"NO_COLOR": ""})[1])
                piped = tool.run(*command)
                self.assertNotIn(b"\x1b[", piped.stdout + piped.stderr)
                asked = tool.run(command[0], "--color", "always", command[1], env={"NO_COLOR": "1"})
                self.assertIn(b"\x1b[", asked.stdout + asked.stderr)

    def test_json_is_never_coloured(self):
        for command in ("ls", "load", "globals", "inspect", "dis"):
            self.assertNotIn(b"\x1b", tool.run(command, "--json", "--color", "always", ALIAS).stdout)


class InputTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "file.pt"

    def test_standard_input_is_a_file(self):
        for command in ("ls", "load", "globals", "inspect", "dis"):
            for name in ("-", "/dev/stdin"):
                with self.subTest(command=command, name=name):
                    process = tool.run(command, "--json", name, input=ALIAS.read_bytes())
                    from_file = tool.run(command, "--json", ALIAS).stdout.replace(os.fsencode(ALIAS), os.fsencode(name))
                    self.assertEqual((process.returncode, process.stdout), (0, from_file))
        self.assertIn(b"standard input: ", tool.run("load", "-", input=b"text").stderr)

    def test_a_named_pipe_is_read(self):
        os.mkfifo(self.path)
        process = subprocess.Popen([tool.TOOL, "load", "--json", self.path], stdout=subprocess.PIPE)
        self.path.write_bytes(ALIAS.read_bytes())
        out, _ = process.communicate(timeout=60)
        self.assertEqual((process.returncode, tool.parse(out)["verdict"]), (0, "accept"))

    def test_a_sparse_file_of_10_gib_is_refused_at_once(self):
        with open(self.path, "wb") as file:
            file.truncate(10 << 30)
        for head in (b"", b"PK\3\4"):
            with open(self.path, "r+b") as file:
                file.write(head)
            for command in ("load", "ls", "globals"):
                start = time.monotonic()
                document = tool.document(command, "--json", self.path)
                self.assertEqual(document["verdict"], "reject")
                self.assertTrue(document["kind"].startswith("container."), document["kind"])
                self.assertLess(time.monotonic() - start, 5)

    def test_a_file_that_is_cut_while_it_is_read_gives_one_line_and_3(self):
        count = 8 << 20
        self.path.write_bytes(tool.archive(tool.tensor("0", [count], [1], numel=count), {"0": bytes(4 * count)}))
        process = subprocess.Popen([tool.TOOL, "load", "--json", "--bytes", self.path], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdout.read(1000)  # it writes now, and waits for us to read on
        os.truncate(self.path, 1 << 20)
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 3)
        self.assertEqual(err.decode(), "weightsonly: %s: the file was cut, or its disk failed, while it was read\n" % self.path)

    def test_an_interrupt_gives_130_and_no_half_document(self):
        process = subprocess.Popen([tool.TOOL, "load", "--json", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        process.stdin.write(ALIAS.read_bytes()[:1000])
        process.stdin.flush()
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(10), 130)
        self.assertEqual((process.stdout.read(), process.stderr.read()), (b"", b""))
        process.stdin.close()
        process.stdout.close()
        process.stderr.close()

    def test_an_interrupt_that_the_parent_ignores_is_ignored(self):
        line = 'trap "" INT; exec "$0" load --json -'
        process = subprocess.Popen(["sh", "-c", line, tool.TOOL], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        process.stdin.write(b"PK\3\4")
        process.stdin.flush()
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(b"", timeout=60)
        self.assertEqual((process.returncode, tool.parse(out)["verdict"]), (1, "reject"))

    def test_long_work_shows_progress_on_a_terminal_only(self):
        size = 320 << 20
        value = tool.tensor("0", [size], [1], numel=size, kind="ByteStorage")
        self.path.write_bytes(tool.archive(value, {"0": bytes(size)}, deflated=("data/0",)))
        piped = tool.run("ls", "--json", "--sha256", self.path)
        self.assertEqual((piped.returncode, piped.stderr), (0, b""))
        start = time.monotonic()
        code, seen = on_terminal("ls", "--json", "--sha256", self.path, stdout_too=False)
        self.assertEqual(code, 0)
        if not seen and time.monotonic() - start < 1:  # the very run that showed nothing was a short one
            self.skipTest("this machine is too fast to see anything")
        self.assertTrue(seen.startswith(b"\r\x1b[Kchecking "), seen[:100])
        self.assertTrue(seen.endswith(b"\r\x1b[K"), seen[-100:])
        self.assertEqual(on_terminal("ls", ALIAS, stdout_too=False), (0, b""))


class StartTest(unittest.TestCase):
    def test_nothing_is_left_behind_and_no_other_file_is_touched(self):
        with tempfile.TemporaryDirectory() as folder:
            for command in COMMANDS:
                tool.run(*words(command), cwd=folder, env={"HOME": folder, "TMPDIR": folder})
            self.assertEqual(os.listdir(folder), [])


if __name__ == "__main__":
    unittest.main()
