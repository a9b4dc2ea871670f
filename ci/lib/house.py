"""House rules for every committed file: no paths of a machine, no registry addresses, no marks for later, sizes."""

import os
import re

import tree

# Written so that this file does not match itself.
PATTERNS = [
    ("a path of somebody's machine", re.compile(r"(?<![\w.:/])/(?:work|root|farm|home/\w+|Users/\w+|tmp)/")),
    ("a registry address", re.compile(
        r"(?i)index[-]url|extra[-]index|PIP[_]INDEX|GOPROXY[=]|registry *= *[\"']?http|https?://(?:pypi|registry)[.]|"
        r"pythonhosted[.]org|download[.]pytorch[.]org")),
    ("a mark for later: finish it or leave it out", re.compile(r"\b(?:TO[D]O|FIX[M]E|X[X]X|HA[C]K)\b")),
]
MAX_LINES = 450
MAX_BYTES = 512 * 1024
# Documents of the conformance suite that hold a line for each case.
LARGER = {"conformance/suite.json": 3 << 20, "conformance/observations/torch-2.15.0.json": 2 << 20}
SOURCE = (".cc", ".h", ".py", ".sh", ".cmake")


def is_script(path):
    return path.startswith(("ci/", ".ci/")) and "." not in os.path.basename(path)


def check(top):
    found = []
    for path in tree.files(top):
        size = os.path.getsize(os.path.join(top, path))
        most = LARGER.get(path, MAX_BYTES)
        if size > most:
            found.append(f"{path}: {size} bytes, more than {most}")
        if path.startswith("corpus/"):
            continue
        count = 0
        for number, line in tree.lines(top, path):
            count = number
            found += [f"{path}:{number}: {what}" for what, pattern in PATTERNS if pattern.search(line)]
        if count > MAX_LINES and (path.endswith(SOURCE) or is_script(path)):
            found.append(f"{path}: {count} lines, more than {MAX_LINES}")
    return found
