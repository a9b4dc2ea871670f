"""The files of the source tree, for the checks."""

import os
import subprocess

SKIPPED_FOLDERS = {".git", "build", "__pycache__", ".venv"}


def root():
    return os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def files(top):
    """Paths relative to `top`, sorted: what git knows or would add; outside of a git checkout, what lies there."""
    git = ["git", "-C", top, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    if os.path.exists(os.path.join(top, ".git")):
        try:
            listed = subprocess.run(git, capture_output=True, check=True).stdout.decode().split("\0")
            return sorted(f for f in set(listed) if f and os.path.isfile(os.path.join(top, f)))
        except (OSError, subprocess.CalledProcessError):
            pass  # No git here, or a checkout of another user: walk.
    found = []
    for folder, folders, names in os.walk(top):
        folders[:] = [f for f in folders if f not in SKIPPED_FOLDERS and not f.startswith("build-")]
        found += [os.path.relpath(os.path.join(folder, n), top) for n in names if not n.endswith(".pyc")]
    return sorted(found)


def text(top, path):
    """The text of a file, or None when it is binary or not there."""
    if not os.path.isfile(os.path.join(top, path)):
        return None
    with open(os.path.join(top, path), "rb") as file:
        data = file.read()
    if b"\0" in data:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def lines(top, path):
    """(number from 1, line) of a text file; nothing of a binary one."""
    return enumerate((text(top, path) or "").splitlines(), 1)


def sources(top, suffixes=(".h", ".cc", ".def")):
    """The C++ sources under reference/."""
    return [f for f in files(top) if f.startswith("reference/") and f.endswith(suffixes)]
