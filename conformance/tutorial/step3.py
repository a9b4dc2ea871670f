"""Every way to refuse is a printed verdict. What is no refusal (a bug) still ends in a traceback: that is a crash."""
import json
import sys
import zipfile

from loader import load

if len(sys.argv) < 2:
    print("started without a file name: run it with --once", file=sys.stderr)
    sys.exit(2)
try:
    load(sys.argv[1])
    answer = {"verdict": "accept"}
except (zipfile.BadZipFile, StopIteration) as error:
    answer = {"verdict": "reject", "kind": "container", "detail": str(error)}
print(json.dumps(answer))
