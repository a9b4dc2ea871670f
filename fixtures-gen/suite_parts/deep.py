"""Runs a program whose values nest: up to 500 levels, each of them several levels of JSON, are more than Python's usual stack."""

import sys
import threading


def exit_with(run, *arguments):
    """Ends the process with 0 when `run` returns 0, otherwise, and when it raised, with 1."""
    status = []
    sys.setrecursionlimit(100000)
    threading.stack_size(256 * 1024 * 1024)
    thread = threading.Thread(target=lambda: status.append(run(*arguments)))
    thread.start()
    thread.join()
    sys.exit(0 if status == [0] else 1)
