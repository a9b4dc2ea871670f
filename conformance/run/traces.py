"""What a process wrote to standard error before it died: the few lines that say where.

    telling(stderr)     the message and the innermost frames, as the languages print them; otherwise the first two lines and the last
"""

from __future__ import annotations

import os
import re

from texts import printable

_FRAMES = 3  # of Go, whose library stands between the fault and its caller more often

_GO_START = re.compile(r"goroutine \d+ .*\[.*\]:$")
_GO_MESSAGE = re.compile(r"(panic|fatal error): ")
_GO_PLACE = re.compile(r"\t(.*:\d+)( \+0x[0-9a-f]+)?( fp=.*)?$")
_GO_OWN = re.compile(r"(runtime|internal/runtime/\w+|internal/runtime)\.|panic\(|runtime/")
_PYTHON_START = "Traceback (most recent call last):"
_PYTHON_FATAL = "(most recent call first):"
_PYTHON_FRAME = re.compile(r'\s+File ".*", line \d+')
_RUST_START = re.compile(r"thread '.*' (\(\d+\) )?panicked at ")
_RUST_FRAME = re.compile(r"\s*\d+: (.*)")
_RUST_OWN = re.compile(r"<?(core|std|alloc|__rustc)::|rust_begin_unwind|__rust")
_SANITIZER = re.compile(r"(ERROR: \w+Sanitizer|: runtime error): ")
_SANITIZER_FRAME = re.compile(r"\s+#\d+ 0x[0-9a-f]+ (?:in )?(.*)")
_SANITIZER_OWN = re.compile(r"__interceptor_|__asan_|__sanitizer|.*/(libsanitizer|compiler-rt)/")
_AT_FRAME = re.compile(r"\s+at \S")


def _first(lines, pattern, start=0):
    """The place of the first line that the pattern matches somewhere, or None."""
    return next((at for at in range(start, len(lines)) if pattern.search(lines[at])), None)


def _go(lines):
    start = next((at for at, line in enumerate(lines) if _GO_START.match(line)), None)
    if start is None:
        return None
    message = next((line for line in lines[:start] if _GO_MESSAGE.match(line)), lines[0])
    frames = []
    for at in range(start + 1, len(lines) - 1):
        place = _GO_PLACE.match(lines[at + 1])
        if not lines[at].strip() or _GO_START.match(lines[at]):
            break
        if lines[at].startswith("panic("):
            frames = []  # what stands above it was called by the panic: a deferred function
        elif place and not lines[at].startswith(("\t", "created by")) and not _GO_OWN.match(lines[at]):
            file, _, number = place[1].rpartition(":")
            frames.append("%s (%s:%s)" % (_without_arguments(lines[at]), os.path.basename(file), number))
    return [message] + frames[:_FRAMES]


def _without_arguments(call):
    """`main.(*loader).read({0xc0, 0x1}, 0x2)` without what stands in the last parentheses."""
    depth = 0
    for at in range(len(call) - 1, 0, -1):
        depth += (call[at] == ")") - (call[at] == "(")
        if depth == 0:
            return call[:at] if call[at] == "(" else call
    return call


def _python(lines):
    starts = [at for at, line in enumerate(lines) if line.strip() == _PYTHON_START]
    if not starts:
        fatal = next((at for at, line in enumerate(lines) if line.endswith(_PYTHON_FATAL)), None)
        return None if fatal is None else lines[:1] + [line for line in lines[fatal:] if _PYTHON_FRAME.match(line)][:2]
    traceback = lines[starts[-1] + 1:]
    frames = [line for line in traceback if _PYTHON_FRAME.match(line)]
    error = next((line for line in traceback if line.strip() and not line[0].isspace()), "")
    return frames[-2:] + [error] if frames else None


def _rust(lines):
    start = _first(lines, _RUST_START)
    if start is None:
        return None
    frames = [found[1] for found in map(_RUST_FRAME.match, lines[start + 2:]) if found and not _RUST_OWN.match(found[1])]
    return lines[start:start + 2] + frames[:2]


def _sanitizer(lines):
    start = _first(lines, _SANITIZER)
    if start is None:
        return None
    frames = [found[1] for found in map(_SANITIZER_FRAME.match, lines[start:]) if found and not _SANITIZER_OWN.match(found[1])]
    return [lines[start]] + frames[:2]


def _at(lines):
    """JavaScript and Java: the message, then frames that begin with `at`."""
    start = next((at for at, line in enumerate(lines) if _AT_FRAME.match(line)), None)
    return lines[start - 1:start + 2] if start else None


def telling(stderr):
    """The lines that say most, without blanks around them and without what a terminal would act on."""
    lines = stderr.splitlines()
    found = next(filter(None, (read(lines) for read in (_go, _python, _rust, _sanitizer, _at))), lines)
    told = [printable(line.strip()) for line in found if line.strip()]
    return told if found is not lines or len(told) <= 3 else told[:2] + told[-1:]
