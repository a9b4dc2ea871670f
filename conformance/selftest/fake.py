"""Adapters that are wrong in one way each, for the tests of the runner: python3 fake.py BEHAVIOUR

Most of them spoil one answer, that to tensor-two. With a file behind the behaviour it is a simple adapter: one answer, and the end.
"""

import json
import os
import sys
import time

import wrong_answers  # the classes are found as those that derive from Good
import wrong_processes
from good import Good, say


def behaviours():
    """{name: class}: out-of-order for OutOfOrder."""
    classes, found = [Good], {}
    for one in classes:
        classes += one.__subclasses__()
        found["".join("-" + c.lower() if c.isupper() else c for c in one.__name__)[1:]] = one
    return found


def main():
    adapter = behaviours()[sys.argv[1]]()
    if len(sys.argv) > 2:
        print("a line that is no answer")
        adapter.answer(os.path.basename(sys.argv[2])[:-3], 1)
        return
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["cmd"] == "hello":
            say(adapter.hello)
        elif asked["cmd"] == "load":
            adapter.answer(os.path.basename(asked["path"])[:-3], asked["seq"], asked["level"])
        elif asked["cmd"] == "bye":
            break
    if adapter.stays:
        time.sleep(1000)


if __name__ == "__main__":
    main()
