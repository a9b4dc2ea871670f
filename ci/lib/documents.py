"""The examples of the documents: every ```console block is run and must print what stands there.

In such a block a line that starts with "$ " is a command, what follows up to the next command is what it prints (stdout and stderr).
A line that is just "…" stands for any lines. Commands run in the top folder; build/release/weightsonly is the tool under test
($WEIGHTSONLY_TOOL). Commands that install, build or need torch belong into ```sh blocks, which are not run.
"""

import os
import re
import subprocess
import sys

import tree

BUILT_TOOL = "build/release/weightsonly"
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.M | re.S)


def examples(text):
    """[(line number, command, [expected line])] of a Markdown text."""
    found = []
    for block in BLOCK.finditer(text):
        first = text.count("\n", 0, block.start(1)) + 1
        for number, line in enumerate(block[1].splitlines(), first):
            if line.startswith("$ "):
                found.append((number, line[2:], []))
            elif found and found[-1][0] >= first:
                found[-1][2].append(line)
            else:
                found.append((number, "true  # no command stands before this output", [line]))
    return found


def agrees(want, have):
    pattern = "".join(r"(?:[^\n]*\n)*" if line == "…" else re.escape(line.rstrip()) + r"\n" for line in want)
    return re.fullmatch(pattern, "".join(line.rstrip() + "\n" for line in have)) is not None


def run(top, tool, command):
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "COLUMNS": "120"}
    done = subprocess.run(["bash", "-c", command.replace(BUILT_TOOL, tool)], cwd=top, env=environment, timeout=60,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.stdout.decode(errors="replace").replace(tool, BUILT_TOOL).splitlines()


def check(top, tool=None):
    tool = os.path.abspath(tool or os.environ.get("WEIGHTSONLY_TOOL") or os.path.join(top, BUILT_TOOL))
    found = []
    for path in tree.files(top):
        if not path.endswith(".md"):
            continue
        for number, command, want in examples(tree.text(top, path) or ""):
            have = run(top, tool, command)
            if not agrees(want, have):
                found.append(f"{path}:{number}: `{command}` prints something else:\n" + "\n".join(f"    {h}" for h in have))
    return found


if __name__ == "__main__":
    findings = check(tree.root())
    print("\n".join(findings))
    sys.exit(1 if findings else 0)
