"""Runs the runner as its users do, and puts its modules in reach of the tests."""

import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
SUITE = "conformance/selftest/tiny/suite.json"
FAKE = ["python3", "conformance/selftest/fake.py"]

sys.path.insert(0, os.path.join(TOP, "conformance", "run"))


def command(words, suite=SUITE):
    """The words of a command line; a sub-command stays in front of the options."""
    words = list(words)
    first = [words.pop(0)] if words[:1] in (["check"], ["show"]) else []
    return [sys.executable, "conformance/run", *first, "--suite", suite, *words]


def run(*words, suite=SUITE, **more):
    """The finished process of a run in the source tree."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1", **more.pop("env", {})}
    finished = subprocess.run(command(words, suite), cwd=TOP, env=environment, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, encoding="utf-8", timeout=300, **more)
    if "Traceback" in finished.stderr:
        raise AssertionError(finished.stderr)
    return finished


def without_chance(text):
    """The text without what is another one in each run: times, sizes, folders."""
    text = re.sub(r"; \d+\.\d s$", "; T s", text, flags=re.M)
    text = re.sub(r"\d+ MiB above idle", "N MiB above idle", text)
    text = re.sub(r"(?<=no answer within )[\d.]+ s", "T s", text)
    return text.replace(TOP, "TOP")


def report(process):
    """All that a run said, as selftest/expected/ has it."""
    return without_chance("%s%sexit %d\n" % (process.stdout, process.stderr, process.returncode))
