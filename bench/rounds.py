"""ci/bench: who runs on which file, and the rounds in which they run."""

import json
import os
import subprocess
import sys

# Files whose times are compared with each other are measured in the same rounds.
GROUPS = [
    ["tensors-50k", "tensors-500k"],
    ["adam"],
    ["views-100k"],
    ["values-2m"],
    ["float32-1g"],
    ["bfloat16-2g"],
    ["sparse-25m"],
    ["deflated-200m"],
    ["big-endian-500m"],
    ["legacy-500m"],
]

# A contender: (who, mode, threads, loads per round). One process for each round; the first round of `once` is the only one.
OPEN = [("ours", "open", 1, 5), ("raw", "open", 1, 5)]
TOUCH = [("ours", "touch", 1, 3), ("raw", "touch", 1, 3)]
COPY = [("ours", "copy", 1, 2), ("raw", "copy", 1, 2), ("ours", "copy", 2, 2), ("raw", "copy", 2, 2)]
TORCH, MAPPED = ("torch", "load", 1, 1), ("torch-mmap", "load", 1, 1)
CONTENDERS = {
    "tensors-50k": [*OPEN, TORCH, MAPPED],
    "tensors-500k": [*OPEN, TORCH],
    "adam": [*OPEN, ("torch", "load", 1, 3), ("torch-mmap", "load", 1, 3)],
    "views-100k": [*OPEN, TORCH, MAPPED],
    "values-2m": [*OPEN, ("cpython", "load", 1, 2), TORCH],
    "float32-1g": [*OPEN, *TOUCH, *COPY, TORCH, MAPPED],
    "bfloat16-2g": [*OPEN, *TOUCH, *COPY, TORCH, MAPPED],
    "sparse-25m": [*OPEN, ("raw", "copy", 1, 2), TORCH],
    "deflated-200m": [*OPEN, *COPY, TORCH],
    "big-endian-500m": [*OPEN, *COPY, TORCH, MAPPED],
    "legacy-500m": [("ours", "open", 1, 1), ("ours", "copy", 1, 1), TORCH],
}
# torch takes a minute for these: one round says enough, no target is about it.
ONCE = {("tensors-500k", "torch")}


def build(top, folder):
    subprocess.run([os.path.join(top, "ci", "setup")], check=True)
    steps = [["cmake", "--preset", "release", "-B", folder, "-DWEIGHTSONLY_BUILD_BENCH=ON"],
             ["cmake", "--build", folder, "--target", "weightsonly_bench_bench", "weightsonly_bench_raw_floor"]]
    for step in steps:
        done = subprocess.run(step, cwd=top, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            sys.exit(done.stdout + f"ci/bench: {' '.join(step)} failed")


class Programs:
    """Where the contenders are. `torch` is None when it is not installed."""

    def __init__(self, top, folder, with_torch):
        venvs = os.environ.get("WEIGHTSONLY_VENVS") or os.path.join(os.path.expanduser("~"), ".cache", "weightsonly")
        python = os.path.join(venvs, "torch-2.15.0", "bin", "python")
        self.torch = python if with_torch and os.access(python, os.X_OK) else None
        self.unpickle = os.path.join(top, "bench", "unpickle.py")
        self.native = {"ours": os.path.join(folder, "weightsonly-bench"), "raw": os.path.join(folder, "weightsonly-raw-floor")}
        for program in self.native.values():
            if not os.access(program, os.X_OK):
                sys.exit(f"ci/bench: {program} is not there: build it first")

    def command(self, contender, path):
        """The command line, or None when that contender is not there."""
        who, mode, threads, repeat = contender
        if who in self.native:
            return [self.native[who], "--mode", mode, "--threads", str(threads), "--repeat", str(repeat), path]
        python = sys.executable if who == "cpython" else self.torch
        return python and [python, self.unpickle, who, "--repeat", str(repeat), path]


def _read_once(path):
    """Puts the file into the page cache."""
    with open(path, "rb", buffering=0) as file:
        piece = bytearray(1 << 22)
        while file.readinto(piece):
            pass


def _run(command):
    """(answer, None) or (None, what went wrong)."""
    done = subprocess.run(command, capture_output=True, text=True)
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        answer = {}
    if done.returncode not in (0, 1) or not ("seconds" in answer or "verdict" in answer):
        text = (done.stderr.strip().splitlines() or ["no answer"])[-1]
        return None, f"status {done.returncode}: {text}"
    return answer, None


def _add(result, answer, failures):
    """Takes one answer into the result of its contender."""
    if "seconds" not in answer:
        result["refused"] = answer["kind"] or answer["detail"]
        failures.append(f"{result['file']} {result['who']} {result['mode']}: refused, {answer['kind']} {answer['detail']}")
        return
    result["seconds"] = min(result.get("seconds", float("inf")), answer["seconds"]["min"])
    result["peak_rss_kb"] = max(result.get("peak_rss_kb", 0), answer["peak_rss_kb"])
    result.setdefault("rounds", []).append(answer["seconds"]["min"])


def measure(programs, paths, rounds, failures):
    """One result for each contender of each file: its minimum over all rounds, and its highest peak memory."""
    results = []
    for name, path in paths.items():
        _read_once(path)
        for contender in CONTENDERS[name]:
            command = programs.command(contender, path)
            if command:
                who, mode, threads, _ = contender
                result = {"file": name, "file_bytes": os.path.getsize(path), "who": who, "mode": mode, "threads": threads}
                results.append((result, command))
    for turn in range(rounds):
        for result, command in results:
            if "refused" in result or "failed" in result or (turn > 0 and (result["file"], result["who"]) in ONCE):
                continue
            answer, trouble = _run(command)
            if trouble:
                result["failed"] = trouble
                failures.append(f"{result['file']} {result['who']} {result['mode']}: {trouble}")
            else:
                _add(result, answer, failures)
    return [result for result, _ in results]
