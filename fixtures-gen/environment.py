"""What torch.load does with weights_only and its two environment variables: corpus/environment/torch-<version>.json.

Usage: environment.py [--check]. Asks every pinned release (venvs.py) and writes the answers, or compares them with what
is committed and exits 1 on a difference.

Each document has the texts that a variable was given (`texts`, null: not set), what weights_only was (`arguments`, null: not
passed), the `files` of corpus/ that were loaded, the `answers` that occurred, and `observed`: for each file and each
argument the number of the answer for every pair of texts, TORCH_FORCE_WEIGHTS_ONLY_LOAD by row,
TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD by column. An answer says whether the file's call was `executed`: the second file makes a
folder, in a temporary one, when it is loaded without restriction.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
CORPUS = HERE.parent / "corpus"
TEXTS = [None, "", "0", "1", "y", "yes", "true", "True", "TRUE", "YES", "Yes", "Y", "on", "t", "2", "false", "no", "n",
         " 1", "1 ", "01", "1.0", "true\n", "\uff59", "tru\u00e9"]
ARGUMENTS = [None, True, False]
FILES = ["forged/geometry-whole.pt", "torch-2.15.0/function-call.pt"]
NAMES = ["TORCH_FORCE_WEIGHTS_ONLY_LOAD", "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"]
MARKER = "weightsonly-marker"


def answer(torch, warnings, path, argument):
    keywords = {} if argument is None else {"weights_only": argument}
    found = {"verdict": "accept"}
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        try:
            torch.load(path, **keywords)
        except Exception as error:
            message = re.sub(r"0x[0-9a-f]{6,}", "0x...", str(error))
            found = {"verdict": "reject", "exception": type(error).__name__, "message": message}
    found["warnings"] = sorted({"%s: %s" % (w.category.__name__, w.message) for w in seen
                                if "TypedStorage is deprecated" not in str(w.message)})
    found["executed"] = os.path.isdir(MARKER)
    if found["executed"]:
        os.rmdir(MARKER)
    return found


def ask():
    """Prints this interpreter's document."""
    import warnings

    import torch

    answers, observed = [], {}
    for file in FILES:
        observed[file] = []
        for argument in ARGUMENTS:
            rows = []
            for force in TEXTS:
                rows.append([])
                for force_no in TEXTS:
                    for name, text in zip(NAMES, (force, force_no)):
                        os.environ.pop(name, None)
                        if text is not None:
                            os.environ[name] = text
                    found = answer(torch, warnings, CORPUS / file, argument)
                    if found not in answers:
                        answers.append(found)
                    rows[-1].append(answers.index(found))
            observed[file].append(rows)
    print(json.dumps({"torch": torch.__version__.split("+")[0], "texts": TEXTS, "arguments": ARGUMENTS, "files": FILES,
                      "answers": answers, "observed": observed}))


def written(document):
    """The text of a document: one answer, and one row of answers, a line."""
    lines = [' "%s": %s' % (key, json.dumps(document[key])) for key in ("torch", "texts", "arguments", "files")]
    lines.append(' "answers": [\n%s\n ]' % ",\n".join("  " + json.dumps(a) for a in document["answers"]))
    files = []
    for file in document["files"]:
        tables = ["[\n%s\n  ]" % ",\n".join("   " + json.dumps(row, separators=(",", ":")) for row in table)
                  for table in document["observed"][file]]
        files.append('  "%s": [%s]' % (file, ", ".join(tables)))
    lines.append(' "observed": {\n%s\n }' % ",\n".join(files))
    return "{\n%s\n}\n" % ",\n".join(lines)


def main():
    sys.path.insert(0, str(HERE))
    import venvs

    different = 0
    for version in (release for release in venvs.RELEASES if "+" not in release):  # numpy changes nothing here
        environment = dict(os.environ, PYTHONHASHSEED="0", PYTHONDONTWRITEBYTECODE="1", PYTHONUTF8="1")
        with tempfile.TemporaryDirectory() as folder:
            run = subprocess.run([venvs.python(version), HERE / "environment.py", "--ask"], cwd=folder, env=environment,
                                 stdout=subprocess.PIPE, text=True, encoding="utf-8", check=True)
        text = written(json.loads(run.stdout))
        path = CORPUS / "environment" / ("torch-%s.json" % version)
        if "--check" in sys.argv:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                print("fixtures-gen: environment/%s is not what torch answers" % path.name)
                different += 1
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    ask() if sys.argv[1:] == ["--ask"] else main()
