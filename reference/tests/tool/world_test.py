"""CLI-003, CLI-005, CLI-006: the tool among pipes, full disks, terminals, signals and huge files."""

import functools
import os
import pty
import resource
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import tool

ALIAS = tool.CORPUS / "torch-2.15.0/alias-storage.pt"
REFUSED = tool.CORPUS / "torch-2.15.0/class-int.pt"
SCRIPT = tool.CORPUS / "torch-2.15.0/torchscript.pt"
RECIPE = b"PROTO 2\nNONE\nSTOP\n"
REQUEST = b'{"cmd":"hello","protocol":1}\n'
FILE_COMMANDS = ("ls", "load", "globals", "inspect", "dis")
# Every command with every option that makes it write something else: its words, and what it reads from standard input.
COMMANDS = [(words, b"") for words in (
    ["ls", ALIAS], ["ls", "--json", ALIAS], ["ls", "--sha256", ALIAS], ["ls", "--json", "--sha256", ALIAS], ["ls", "--json", REFUSED],
    ["ls", "--torchscript", SCRIPT], ["ls", "--torchscript", "--json", SCRIPT], ["ls", "--torchscript", "--sha256", SCRIPT],
    ["load", ALIAS], ["load", "--json", ALIAS], ["load", "--json", "--bytes", ALIAS], ["load", "--json", REFUSED],
    ["load", "--torch-message", REFUSED], ["load", "--json", "--torch-message", REFUSED], ["load", "--json", "no-such-file"],
    ["globals", ALIAS], ["globals", "--json", ALIAS], ["globals", REFUSED], ["globals", "--json", REFUSED],
    ["inspect", ALIAS], ["inspect", "--json", ALIAS], ["inspect", SCRIPT], ["inspect", "--json", SCRIPT],
    ["dis", ALIAS], ["dis", "--json", ALIAS], ["dis", "--whole", ALIAS], ["dis", "--json", "--whole", ALIAS],
    ["dis", "--record", "data.pkl", ALIAS], ["dis", "--json", "--record", "data.pkl", ALIAS],
    ["tables"], ["tables", "--json"], ["tables", "opcodes"], ["tables", "--json", "kinds"],
    ["explain", "container.zip"], ["explain", "--json", "container.zip"], ["explain", "CLI-003"], ["explain", "--json", "CLI-003"],
    ["explain", "--suite", tool.SOURCE / "conformance/suite.json", "memo-get-missing"],
    ["help"], ["help", "asm"], ["ls", "--help"], ["--version"])] + [(["serve"], REQUEST), (["asm", "-", "-o", "-"], RECIPE)]


@functools.cache
def usually(words, given):
    return tool.run(*words, input=given)


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
    def is_one_line_and_3(self, process, words, given):
        self.assertEqual(process.returncode, 3)
        # Nothing is said beside what is said of the file anyhow.
        always = usually(tuple(words), given).stderr
        self.assertTrue(process.stderr.startswith(always), process.stderr)
        self.assertRegex(process.stderr[len(always):], rb"\Aweightsonly: cannot write the output: [^\n]+\n\Z")

    def test_a_full_disk_is_said(self):
        for words, given in COMMANDS:
            with self.subTest(words=words), open("/dev/full", "wb") as full:
                process = tool.run(*words, input=given, stdout=full)
                self.is_one_line_and_3(process, words, given)
                self.assertIn(b"No space left", process.stderr)

    def test_a_disk_that_fills_up_on_the_way_is_said(self):
        with tempfile.TemporaryDirectory() as folder:
            for words, given in COMMANDS:
                size = len(usually(tuple(words), given).stdout)
                for room in (1, size // 2, size - 1):
                    with self.subTest(words=words, room=room), open(Path(folder) / "out", "wb") as out:
                        self.is_one_line_and_3(tool.run_with_room(room, *words, input=given, stdout=out), words, given)
                        self.assertLessEqual(out.tell(), room)

    def test_a_reader_that_went_away_is_said(self):
        for words, given in COMMANDS:
            with self.subTest(words=words):
                read, write = os.pipe()
                os.close(read)
                with open(write, "wb") as pipe:
                    self.is_one_line_and_3(tool.run(*words, input=given, stdout=pipe), words, given)

    def test_a_closed_standard_output_is_said(self):
        for words, given in COMMANDS:
            with self.subTest(words=words):
                line = 'exec "$0" "$@" >&-'
                process = subprocess.run(["sh", "-c", line, tool.TOOL, *map(str, words)], input=given, stderr=subprocess.PIPE)
                self.is_one_line_and_3(process, words, given)

    def test_messages_that_cannot_be_written_change_no_exit_code(self):
        for words in (["load", REFUSED], ["ls", "no-such-file"], ["asm", "-", "-o", "-"], ["lss"], ["load"], ["tables", "nonsense"]):
            with self.subTest(words=words), open("/dev/full", "wb") as full:
                expected = tool.run(*words, input=b"NONSENSE")
                self.assertGreater(expected.returncode, 0)
                self.assertEqual(tool.run(*words, input=b"NONSENSE", stderr=full).returncode, expected.returncode)

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
        for command in (["ls", ALIAS], ["load", ALIAS], ["globals", ALIAS], ["inspect", ALIAS], ["explain", "io.open"], ["load", REFUSED]):
            with self.subTest(command=command):
                self.assertIn(b"\x1b[", on_terminal(*command, env={"NO_COLOR": ""})[1])
                self.assertNotIn(b"\x1b[", on_terminal(*command, env={"NO_COLOR": "1"})[1])
                self.assertNotIn(b"\x1b[", on_terminal(command[0], "--color", "never", command[1], env={"NO_COLOR": ""})[1])
                piped = tool.run(*command)
                self.assertNotIn(b"\x1b[", piped.stdout + piped.stderr)
                asked = tool.run(command[0], "--color", "always", command[1], env={"NO_COLOR": "1"})
                self.assertIn(b"\x1b[", asked.stdout + asked.stderr)

    def test_json_is_never_coloured(self):
        for command in FILE_COMMANDS:
            self.assertNotIn(b"\x1b", tool.run(command, "--json", "--color", "always", ALIAS).stdout)


class InputTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "file.pt"

    def test_standard_input_is_a_file(self):
        for command in FILE_COMMANDS:
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

    def test_a_machine_without_memory_is_said(self):
        room = 96 << 20
        with open(self.path, "wb") as file:
            file.truncate(4 * room)
        if tool.run_within(resource.RLIMIT_AS, room, "--version").returncode != 0:
            self.skipTest("this build needs more memory to start")
        for command in FILE_COMMANDS:
            with self.subTest(command=command):
                process = tool.run_within(resource.RLIMIT_AS, room, command, "--no-mmap", self.path, ALIAS)
                self.assertEqual(process.returncode, 3)
                self.assertTrue(process.stderr.startswith(b"%s: host.memory" % os.fsencode(self.path)), process.stderr)
                self.assertTrue(process.stdout, "the next FILE is not looked at")
                first, second = tool.documents(tool.run_within(resource.RLIMIT_AS, room, command, "--json", "--no-mmap", self.path, ALIAS))
                self.assertEqual((first["verdict"], first["kind"]), ("error", "host.memory"))
                self.assertEqual(second["file"], str(ALIAS))

    def test_whatever_is_made_of_a_file_that_is_cut_gives_one_line_and_3(self):
        count = 400  # storages of 4 KiB: more output than a pipe takes before somebody reads it
        value = tool.dictionary([(tool.text(str(i)), tool.tensor(str(i), [1024], [1], numel=1024)) for i in range(count)])
        whole = tool.archive(value, {str(i): bytes(4096) for i in range(count)})
        for level in (1, 2):
            request = b'{"cmd":"load","seq":1,"path":"%s","level":%d}\n' % (os.fsencode(self.path), level)
            self.is_cut_while_read(whole, ["serve"], request)
        for words in (["load", "--json"], ["load", "--json", "--bytes"], ["dis"], ["dis", "--whole"], ["dis", "--json", "--whole"]):
            self.is_cut_while_read(whole, [*words, self.path], b"")

    def is_cut_while_read(self, whole, words, given):
        with self.subTest(words=words):
            self.path.write_bytes(whole)
            process = subprocess.Popen([tool.TOOL, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            process.stdin.write(given)
            process.stdin.flush()
            process.stdout.read(1000)
            os.truncate(self.path, len(whole) // 4)
            out, err = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 3)
            self.assertEqual(err.decode(), "weightsonly: %s: the file was cut, or its disk failed, while it was read\n" % self.path)
            self.assertNotIn(b"\n{", out)

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
            for words, given in COMMANDS:
                tool.run(*words, input=given, cwd=folder, env={"HOME": folder, "TMPDIR": folder})
            self.assertEqual(os.listdir(folder), [])


if __name__ == "__main__":
    unittest.main()
