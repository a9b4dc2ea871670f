"""What torch and the tool answer for each file, side by side: the worker process of ci/differential.

Usage: PYTHON side_by_side.py TOOL FOLDER [--seconds N] [--mib N] < FILES > ANSWERS. Reads one path a line; writes one line for each
file, in the same order:

    =accept                       both accept, and the canonical values are the same text
    =KIND                         both refuse, we with that kind
    {"ours":{...},"torch":{...}}  anything else: our answer as `serve` writes it, torch's as observe.py does; one that accepts has
                                  its `value` as text. Other verdicts of torch: "crash" (by which signal), "timeout", "memory",
                                  "unwritable", "executed" (the load left something in the folder); of ours: "error"

torch is imported once. A forked child asks both about some hundreds of files; when torch ends it, or is silent for N seconds (10), the
file in hand is the reason, and the next child goes on behind it. A child has N MiB of address space (2,048) beyond those of the idle
process, and works in FOLDER, which must be empty. What torch is known to leave behind after a failed load is taken away.
"""

import argparse
import collections
import json
import os
import re
import resource
import select
import signal
import subprocess
import sys
import time
import warnings

import torch

import canonical

FILES_OF_A_CHILD = 400
VARIABLES = ("TORCH_FORCE_WEIGHTS_ONLY_LOAD", "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD")
# How torch, Python and C++ say that there is no memory.
_NO_MEMORY = re.compile("can't allocate memory|not enough memory|std::bad_alloc|Cannot allocate memory|errno=12")
_SLOW_SECONDS = 5.0  # for us; a machine with other work makes any load take longer than it should


class Tool:
    """`weightsonly serve`, which starts again after an answer was not taken."""

    def __init__(self, program):
        self._process = subprocess.Popen([program, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, path):
        """(what is equal when the answers are, the answer): a kind or None, and a parsed answer."""
        request = '{"cmd":"load","seq":1,"path":%s,"level":2,"options":{}}\n' % json.dumps(path)
        start = time.monotonic()
        try:
            self._process.stdin.write(request.encode())
            self._process.stdin.flush()
            line = self._process.stdout.readline().decode()
        except BrokenPipeError:
            line = ""
        answer = parsed(line)
        if time.monotonic() - start > _SLOW_SECONDS:
            return {"verdict": "error", "detail": "the answer took more than %d s: %.200s" % (_SLOW_SECONDS, line)}
        return answer

    def end(self):
        self._process.kill()
        self._process.communicate()


_ACCEPTED = re.compile(r'\{"seq":1,"verdict":"accept","value":(.*?)(?:,"value_omitted":"([a-z.]+)")?\}\n', re.S)


def parsed(line):
    """A line of `serve` as a dict; the value stays text."""
    found = _ACCEPTED.fullmatch(line)
    if found:
        return {"verdict": "accept", "value": found[1], **({"value_omitted": found[2]} if found[2] else {})}
    try:
        answer = json.loads(line)
    except ValueError:
        return {"verdict": "error", "detail": "no answer: %.200r" % line}
    if answer.pop("seq", None) != 1 or answer.get("verdict") not in ("reject", "error"):
        return {"verdict": "error", "detail": "no answer to the request: %.200r" % line}
    return answer


def forget():
    """Takes away what a load that failed leaves for the next: the tensors that it meant to check, the map_location."""
    left = getattr(torch.serialization, "_serialization_tls", None)
    if left is not None:
        left.map_location = None
        left.sparse_tensors_to_validate = []


def ask_torch(path):
    try:
        loaded = torch.load(path, weights_only=True)
    except Exception as error:
        forget()
        text = str(error).split("\nException raised from", 1)[0]
        message = re.sub(r"0x[0-9a-f]{6,}", "0x...", text).encode("utf-8", "backslashreplace").decode()
        memory = isinstance(error, MemoryError) or _NO_MEMORY.search(message)
        return {"verdict": "memory" if memory else "reject", "exception": type(error).__name__, "message": message}
    try:
        value = canonical.document(loaded)
    except Exception as error:
        return {"verdict": "unwritable", "message": "%s: %s" % (type(error).__name__, error)}
    return {"verdict": "accept", "value": "null", "value_omitted": "limit.depth"} if value is None else \
        {"verdict": "accept", "value": value}


def line_of(ours, torch_says):
    """The line for a file."""
    if ours == torch_says and ours["verdict"] == "accept":
        return "=accept"
    if ours["verdict"] == torch_says["verdict"] == "reject":
        return "=" + ours["kind"]
    return json.dumps({"ours": ours, "torch": torch_says})


def child(program, paths, sink):
    """Writes the line of each file at once: how many there are says which file is in hand."""
    tool = program if isinstance(program, Tool) else Tool(program)
    for path in paths:
        ours = tool.ask(path)
        theirs = ask_torch(path)
        if os.listdir("."):
            theirs = {"verdict": "executed", "message": " ".join(sorted(os.listdir(".")))}
        os.write(sink, (line_of(ours, theirs) + "\n").encode())


class Lines:
    """The lines of a child, as they come."""

    def __init__(self, source):
        self._source, self._left, self._lines = source, b"", collections.deque()

    def next(self, seconds):
        """A line, None at the end, or TimeoutError after so much silence."""
        while not self._lines:
            if not select.select([self._source], [], [], seconds)[0]:
                raise TimeoutError
            piece = os.read(self._source, 1 << 20)
            if not piece:
                return None
            *whole, self._left = (self._left + piece).split(b"\n")
            self._lines.extend(whole)
        return self._lines.popleft().decode()


def answers(program, paths, seconds):
    """The lines of all files, through as many children as it takes."""
    while paths:
        source, sink = os.pipe()
        tool = Tool(program)
        process = os.fork()
        if process == 0:
            try:
                os.close(source)
                child(tool, paths[:FILES_OF_A_CHILD], sink)
            finally:
                os._exit(0)
        os.close(sink)
        lines, done, how = Lines(source), 0, None
        try:
            while (line := lines.next(seconds)) is not None:
                done += 1
                yield line
        except TimeoutError:
            how = {"verdict": "timeout"}
            os.kill(process, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        os.close(source)
        tool.end()
        if done < min(len(paths), FILES_OF_A_CHILD):
            again = Tool(program)
            ours = again.ask(paths[done])
            again.end()
            yield json.dumps({"ours": ours, "torch": how or {"verdict": "crash", "message": "exit %d" % status}})
            done += 1
        paths = paths[done:]


def address_space():
    with open("/proc/self/statm", encoding="ascii") as text:
        return int(text.read().split()[0]) * resource.getpagesize()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tool")
    parser.add_argument("folder")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--mib", type=int, default=2048)
    given = parser.parse_args()
    paths = [line.rstrip("\n") for line in sys.stdin]
    for name in VARIABLES:
        os.environ.pop(name, None)
    os.chdir(given.folder)
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    canonical.class_names()
    resource.setrlimit(resource.RLIMIT_AS, (address_space() + (given.mib << 20),) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in answers(given.tool, paths, given.seconds):
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    main()
