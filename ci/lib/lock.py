"""One run at a time in one folder: two would change each other's files."""

import fcntl
import os


def hold(path, where):
    """Held until the file that it returns is closed, or the program ends; OSError when another run holds it."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    file = open(path, "w", encoding="utf-8")  # pylint: disable=consider-using-with
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise OSError(f"another run is at work in {where}") from None
    return file
