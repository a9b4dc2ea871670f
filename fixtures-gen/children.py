"""Asks the tool and torch about files in forked children, for side_by_side.py; knows nothing of torch but a function that asks it."""

import collections
import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time
import traceback

FILES_OF_A_CHILD = 400
OUR_FAULTS = ("internal", "unsupported")
_BROKEN = 99  # how a child ends whose own code failed: no answer of torch
_SLOW_SECONDS = 5.0  # for us; a machine with other work makes any load take longer than it should


class Tool:
    """A process of `weightsonly serve`, asked about one file after the other."""

    def __init__(self, program):
        self._process = subprocess.Popen([program, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, path):
        """The answer to a load of the file with the default options, parsed."""
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


def line_of(ours, torch_says):
    """The line for a file. A refusal that says that the loader is at fault is equal to nothing."""
    if ours == torch_says and ours["verdict"] == "accept":
        return "=accept"
    if ours["verdict"] == torch_says["verdict"] == "reject" and ours["kind"] not in OUR_FAULTS:
        return "=" + ours["kind"]
    return json.dumps({"ours": ours, "torch": torch_says})


def child(tool, ask_torch, paths, sink):
    """Writes the line of each file at once: how many there are says which file is in hand."""
    for path in paths:
        ours = tool.ask(path)
        theirs = ask_torch(path)
        if left := sorted(os.listdir(".")):
            theirs = {"verdict": "executed", "message": " ".join(left)}
            for name in left:
                shutil.rmtree(name) if os.path.isdir(name) else os.unlink(name)
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

    def close(self):
        os.close(self._source)


def start(tool, ask_torch, paths):
    """(process, the lines that it will write)."""
    source, sink = os.pipe()
    process = os.fork()
    if process:
        os.close(sink)
        return process, Lines(source)
    status = _BROKEN
    try:
        os.close(source)
        child(tool, ask_torch, paths, sink)
        status = 0
    except BaseException:
        traceback.print_exc(file=sys.stderr)
    finally:
        os._exit(status)


def answers(program, ask_torch, paths, seconds):
    """The lines of all files, through as many children as it takes. `ask_torch`: a path -> torch's answer."""
    while paths:
        here = paths[:FILES_OF_A_CHILD]
        tool = Tool(program)
        process, lines = start(tool, ask_torch, here)
        done, how = 0, None
        try:
            while (line := lines.next(seconds)) is not None:
                done += 1
                yield line
        except TimeoutError:
            how = {"verdict": "timeout"}
            os.kill(process, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        lines.close()
        tool.end()
        if status == _BROKEN:
            raise RuntimeError("the code of the worker failed at %s" % here[done])
        if done < len(here):
            again = Tool(program)
            yield json.dumps({"ours": again.ask(here[done]), "torch": how or {"verdict": "crash", "message": "exit %d" % status}})
            again.end()
            done += 1
        paths = paths[done:]
