"""What torch.serialization.get_unsafe_globals_in_checkpoint of torch 2.15.0 answers for each file of corpus/.

Usage: PYTHON globals.py FOLDER > ANSWERS. One JSON document: every .pt file below FOLDER under its answer, equal
answers together. An answer is the sorted list of `names`, or the `exception` with its `message`. The answers come from
one process: the function executes nothing and keeps nothing.
"""

import json
import re
import sys
from pathlib import Path

import torch

VERSION = torch.__version__.split("+")[0]


def answer(path):
    """The members of the answer as a tuple of pairs, so that equal answers can be found."""
    try:
        names = torch.serialization.get_unsafe_globals_in_checkpoint(str(path))
    except Exception as error:
        text = str(error).split("\nException raised from", 1)[0]  # a C++ stack names the machine's folders
        message = re.sub(r"0x[0-9a-f]{6,}", "0x...", text).encode("utf-8", "backslashreplace").decode()
        return (("exception", type(error).__name__), ("message", message.replace(str(path), "FILE")))
    return (("names", tuple(sorted(names))),)


def main(folder):
    groups = {}
    for path in sorted(folder.glob("*/*.pt")):
        groups.setdefault(answer(path), []).append(path.relative_to(folder).as_posix())
    print('{"schema": "weightsonly.corpus.globals/1", "torch": %s, "answers": [' % json.dumps(VERSION))
    rows = sorted(groups.items())
    print(",\n".join(json.dumps({**dict(about), "files": files}, ensure_ascii=False) for about, files in rows))
    print("]}")


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    main(Path(sys.argv[1]))
