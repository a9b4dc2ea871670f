"""What a changed tool is asked, and which of its answers tell it from the reference.

Cases are the rows of conformance/suite.json, or, as a wider net with no areas, the files of corpus/. The tool answers by the protocol of the
suite (`weightsonly serve`); a file that ends it, or keeps it for too long, is one more answer.
"""

import json
import os
import selectors
import subprocess
import sys
import time

MEMORY = 4 << 30  # of the address space of a tool: a mutant that asks for more is refused by the system, not by the machine's other users
SECONDS = 10  # for one file that says nothing else
MOST_CRASHES = 12  # then the rest of the files is not asked: the mutant is known well enough
LEVELS = (2, 1)  # the whole value, and the tensors' own bytes


class Case:
    def __init__(self, name, area, path, options=None, kinds=None, place=None, seconds=SECONDS):
        self.name, self.area, self.path = name, area, path
        self.options, self.seconds = options or {}, seconds
        self.kinds = kinds  # the refusals that the row takes; None: what the reference says
        self.place = place  # (record, offset) where the row states them


def suite_cases(top, folder):
    """The rows of the suite; files that are kept as recipes only are assembled below `folder`."""
    with open(os.path.join(top, "conformance", "suite.json"), encoding="utf-8") as file:
        rows = json.load(file)["cases"]
    return [Case(row["id"], row["area"], _file(top, folder, row), row.get("options"), _kinds(row), _place(row),
                 max(SECONDS, 2 * row.get("limits", {}).get("seconds", 0))) for row in rows]


def _kinds(row):
    expect = row["expect"]
    return [kind.strip() for kind in expect[len("reject "):].split(",")] if expect.startswith("reject ") else None


def _place(row):
    return (row.get("record"), row["offset"]) if "offset" in row else None


def _file(top, folder, row):
    if row.get("file"):
        return os.path.join(top, row["file"])
    sys.path.insert(0, os.path.join(top, "conformance", "run"))
    import recipe  # pylint: disable=import-outside-toplevel
    sys.path.pop(0)
    path = os.path.join(folder, row["id"] + ".pt")
    if not os.path.isfile(path) or os.path.getsize(path) != row["size"]:
        os.makedirs(folder, exist_ok=True)
        with open(path, "wb") as file:
            file.write(recipe.assemble(row["recipe"]))
    return path


def corpus_cases(top):
    with open(os.path.join(top, "corpus", "manifest.json"), encoding="utf-8") as file:
        return [Case(entry["file"], "", os.path.join(top, "corpus", entry["file"])) for entry in json.load(file)["files"]]


class Ended(Exception):
    """The tool is no longer there, or must go; the text says why."""


class Tool:
    """A tool that serves, from its hello on."""

    def __init__(self, command, folder):
        os.makedirs(folder, exist_ok=True)
        self.process = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.left = b""
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.process.stdout, selectors.EVENT_READ)
        try:
            self.ask({"cmd": "hello", "protocol": 1}, SECONDS)
        except Ended:
            self.close()
            raise

    def ask(self, request, seconds):
        """The line that answers; Ended when none comes in time."""
        try:
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.process.stdin.flush()
        except OSError:
            raise Ended("crash") from None
        until = time.monotonic() + seconds
        pieces = [self.left]
        while b"\n" not in pieces[-1]:
            if not self.selector.select(max(0, until - time.monotonic())):
                raise Ended("timeout")
            piece = os.read(self.process.stdout.fileno(), 1 << 20)
            if not piece:
                raise Ended("crash")
            pieces.append(piece)
        line, _, self.left = b"".join(pieces).partition(b"\n")
        return line

    def close(self):
        self.process.kill()
        self.process.wait()
        self.selector.close()
        self.process.stdin.close()
        self.process.stdout.close()


def _answer(line):
    """What counts of an answer: ("accept", the rest of the line) or ("reject", kind, (record, offset)) or (verdict, the line)."""
    head = line[:200]
    if b'"verdict":"accept"' in head:
        return ("accept", line[line.index(b'"verdict":"accept"'):])
    try:
        found = json.loads(line)
        verdict = found["verdict"]
    except (ValueError, TypeError, KeyError):
        return ("garbage", line)
    if verdict == "reject":
        return ("reject", found.get("kind"), (found.get("record"), found.get("offset")))
    return (verdict, found.get("kind") or found.get("reason"))


def answers(command, cases, folder):
    """Yields (case, answer) in the order of the cases. What ends the tool is an answer, too; after too many of these it gives up."""
    tool = None
    crashes = 0
    try:
        for case in cases:
            if crashes == MOST_CRASHES:
                return
            try:
                tool = tool or Tool(command, folder)
                levels = []
                for level in LEVELS:
                    request = {"cmd": "load", "seq": 1, "path": case.path, "level": level, "options": case.options}
                    levels.append(_answer(tool.ask(request, case.seconds)))
                    if levels[-1][0] != "accept":
                        break
                yield case, levels[0] if len(levels) == 1 else tuple(levels)
            except Ended as ended:
                crashes += 1
                if tool is not None:
                    tool.close()
                tool = None
                yield case, (str(ended),)
    finally:
        if tool is not None:
            tool.close()


def agrees(given, wanted):
    """True when one dotted kind is a prefix of the other."""
    a, b = (given or "").split("."), wanted.split(".")
    return bool(given) and a[:len(b)] == b[:len(a)]


def notices(case, answer, reference):
    """True when a runner with the row in its hand sees that this is not the reference's answer."""
    if answer == reference:
        return False
    if answer[0] != "reject" or reference[0] != "reject":
        return True
    if not any(agrees(answer[1], kind) for kind in case.kinds or [reference[1]]):
        return True
    return case.place is not None and answer[2] != reference[2]
