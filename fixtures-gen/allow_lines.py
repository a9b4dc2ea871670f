"""Whether the Python that `weightsonly globals` prints does what it says: real torch runs it for every file that has some.

Usage: PYTHON allow_lines.py < QUESTIONS > ANSWERS, with the interpreter of an environment that has torch. Reads lines of
JSON {"file": PATH, "python": [LINE, ...], ...}, runs the lines with `path` set to the file, each in a process of its own, and
writes one line of JSON for each: {"outcome": "loaded", "type": …}, {"outcome": "not importable", "why": …} when a module
or an object is not there, {"outcome": "refused", "why": …} when torch says no. `check` is for ci/oracle.
"""

import collections
import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def questions(tool, files, options=(), package=""):
    """The files among `files` for which the tool has lines under these options, and that name something of the package."""
    run = subprocess.run([tool, "globals", "--json", *options, *files], stdout=subprocess.PIPE)
    documents = [json.loads(line) for line in run.stdout.decode("utf-8").splitlines()]
    return [{"file": d["file"], "python": d["python"], "guess": any(b["name"] is None for b in d["built"])}
            for d in documents if d.get("python") and any(g["name"].startswith(package) for g in d["globals"])]


def check(tool, files, interpreter, options=(), package=""):
    """Prints what is wrong; true when every file is loaded by its lines, unless these need what is not installed here, or
    the tool said itself that only running a function would tell which class is missing."""
    asked = questions(tool, files, options, package)
    environment = dict(os.environ, PYTHONDONTWRITEBYTECODE="1")
    run = subprocess.run([interpreter, "-W", "ignore", __file__], input="".join(json.dumps(q) + "\n" for q in asked),
                         stdout=subprocess.PIPE, text=True, encoding="utf-8", env=environment)
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    if run.returncode != 0 or len(answers) != len(asked):
        print("globals: torch stopped after %d of %d files" % (len(answers), len(asked)))
        return False
    wrong = [(q, a) for q, a in zip(asked, answers)
             if a["outcome"] not in ("loaded", "not importable") and not (q["guess"] and a["outcome"] == "refused")]
    for question, answer in wrong:
        print("globals: %s: the lines do not load it: %s" % (question["file"], answer.get("why", answer["outcome"])[:400]))
    counts = collections.Counter(answer["outcome"] for answer in answers)
    loaded = counts.pop("loaded", 0)
    print("globals%s: %d files have lines that allow what they name; %d loaded by them%s" % (
        "".join(" " + word for word in options), len(asked), loaded, "".join(", %d %s" % (count, word) for word, count in sorted(counts.items()))))
    return not wrong


def outcome(question):
    program = "\n".join(question["python"])
    if program.count("weights_only=True") != 1 or "weights_only=False" in program:
        return {"outcome": "refused", "why": "the lines do not load with weights_only=True"}
    scope = {"path": question["file"]}
    try:
        exec(compile(program, "lines", "exec"), scope)
    except (ImportError, AttributeError) as error:
        return {"outcome": "not importable", "why": "%s: %s" % (type(error).__name__, error)}
    except Exception as error:
        return {"outcome": "refused", "why": "%s: %s" % (type(error).__name__, error)}
    return {"outcome": "loaded", "type": type(scope["checkpoint"]).__name__}


def in_child(question):
    source, sink = os.pipe()
    child = os.fork()
    if child == 0:
        with os.fdopen(sink, "w", encoding="utf-8") as stream:
            stream.write(json.dumps(outcome(question)))
        os._exit(0)
    os.close(sink)
    with os.fdopen(source, encoding="utf-8") as stream:
        answer = stream.read()
    os.waitpid(child, 0)
    return answer or '{"outcome": "crash"}'


def main():
    import torch  # once, before the forks

    sys.path.insert(0, str(HERE))
    for line in sys.stdin:
        print(in_child(json.loads(line)), flush=True)


if __name__ == "__main__":
    main()
