"""ci/bench: the tables that it prints, and the targets that it compares with."""

import generate

MB = 1e6
MIB = 1 << 20

# (what, how to compute it, "min" or "max", bound). ("speed", file, (ours), (other)): times of other / ours; ("cost", …): the inverse.
# ("beyond", file, ours, raw, how many, share): nanoseconds for each, less this share of what a plain read of all storages takes.
OPEN = ("ours", "open", 1)
TARGETS = [
    ("50,000 tensors: open, times faster than torch", ("speed", "tensors-50k", OPEN, ("torch", "load", 1)), "min", 150),
    ("model + Adam: open, times faster than torch", ("speed", "adam", OPEN, ("torch", "load", 1)), "min", 80),
    ("100,000 views: open, times faster than torch", ("speed", "views-100k", OPEN, ("torch", "load", 1)), "min", 140),
    ("2 M values: open, times faster than torch", ("speed", "values-2m", OPEN, ("torch", "load", 1)), "min", 38),
    ("2 M values: open, times faster than CPython", ("speed", "values-2m", OPEN, ("cpython", "load", 1)), "min", 4),
    ("500,000 against 50,000 tensors: growth over the raw scan's", ("growth", "tensors-50k", "tensors-500k"), "max", 1.3),
    ("1 GiB: open over the raw floor", ("cost", "float32-1g", OPEN, ("raw", "open", 1)), "max", 5),
    *[(f"{title}: touch over plain touching", ("cost", name, ("ours", "touch", 1), ("raw", "touch", 1)), "max", 1.15)
      for title, name in (("1 GiB", "float32-1g"), ("2 GiB", "bfloat16-2g"))],
    *[(f"{title}: copy over a plain read, threads: {n}", ("cost", name, ("ours", "copy", n), ("raw", "copy", n)), "max", 1.15)
      for title, name in (("1 GiB", "float32-1g"), ("2 GiB", "bfloat16-2g")) for n in (1, 2)],
    ("big-endian: copy with 2 threads, times faster than torch",
     ("speed", "big-endian-500m", ("ours", "copy", 2), ("torch", "load", 1)), "min", 2),
    ("deflated: copy with 2 threads, times faster than torch",
     ("speed", "deflated-200m", ("ours", "copy", 2), ("torch", "load", 1)), "min", 1.4),
    ("sparse tensors: open less a plain read, ns for each index",
     ("beyond", "sparse-25m", OPEN, ("raw", "copy", 1), generate.SPARSE_INDICES,
      8 * generate.SPARSE_INDICES / generate.SPARSE_BYTES), "max", 3),
    ("50,000 tensors: peak memory of open, MB", ("memory", "tensors-50k"), "max", 40),
    ("2 M values: peak memory of open, MB", ("memory", "values-2m"), "max", 250),
]


def _seconds(results, name, contender):
    for result in results:
        if (result["file"], result["who"], result["mode"], result["threads"]) == (name, *contender):
            return result.get("seconds")
    return None


def _quotient(above, below):
    return above / below if above and below else None


def _value(results, how):
    kind = how[0]
    if kind == "speed":
        return _quotient(_seconds(results, how[1], how[3]), _seconds(results, how[1], how[2]))
    if kind == "cost":
        return _quotient(_seconds(results, how[1], how[2]), _seconds(results, how[1], how[3]))
    if kind == "beyond":
        ours, raw = (_seconds(results, how[1], contender) for contender in how[2:4])
        return ours and raw and (ours - raw * how[5]) * 1e9 / how[4]
    if kind == "growth":
        ours = _quotient(*(_seconds(results, name, OPEN) for name in (how[2], how[1])))
        raw = _quotient(*(_seconds(results, name, ("raw", "open", 1)) for name in (how[2], how[1])))
        return _quotient(ours, raw)
    peaks = [r["peak_rss_kb"] for r in results if (r["file"], r["who"], r["mode"]) == (how[1], "ours", "open") and "seconds" in r]
    return max(peaks) * 1024 / MB if peaks else None


def judge(results):
    """One dict for each target: title, bound, measured (None: not measured), met (None: not measured)."""
    judged = []
    for title, how, side, bound in TARGETS:
        value = _value(results, how)
        met = None if value is None else (value >= bound if side == "min" else value <= bound)
        judged.append({"target": title, "side": side, "bound": bound, "measured": value, "met": met})
    for result in results:
        # data.pkl is inside the file, and the payloads are mapped: the file alone is the stricter bound, but for a deflated one.
        if result["who"] == "ours" and result["mode"] == "open" and "seconds" in result:
            bound, value = (64 * MIB + 32 * result["file_bytes"]) / MB, result["peak_rss_kb"] * 1024 / MB
            judged.append({"target": f"{result['file']}: peak memory of open, MB, at most 64 MiB + 32 x file", "side": "max",
                           "bound": bound, "measured": value, "met": value <= bound})
    return judged


def table(results):
    """The lines of one file or group: minimum, its ratio to ours, peak memory."""
    lines = [f"{'file':16} {'who':10} {'mode':6} {'threads':>7} {'min ms':>11} {'x ours':>9} {'peak MB':>9}"]
    for r in results:
        head = f"{r['file']:16} {r['who']:10} {r['mode']:6} {r['threads']:>7} "
        if "seconds" not in r:
            lines.append(head + (f"refused: {r['refused']}" if "refused" in r else f"FAILED: {r.get('failed')}"))
            continue
        # torch and CPython always do the whole: they are compared with our open. The raw floor with the same work.
        ours = _seconds(results, r["file"], ("ours", r["mode"], r["threads"]) if r["who"] == "raw" else OPEN)
        ratio = _quotient(r["seconds"], ours)
        shown = "" if ratio is None or r["who"] == "ours" else f"{ratio:.2f}"
        lines.append(head + f"{r['seconds'] * 1e3:>11.3f} {shown:>9} {r['peak_rss_kb'] * 1024 / MB:>9.1f}")
    return lines


def verdicts(judged, quick):
    """The lines of the targets."""
    lines = ["", f"{'target':74} {'bound':>10} {'measured':>10}"]
    for target in judged:
        if target["measured"] is None:
            continue
        bound = ("≥ " if target["side"] == "min" else "≤ ") + f"{target['bound']:g}"
        lines.append(f"{target['target']:74} {bound:>10} {target['measured']:>10.2f}  {'met' if target['met'] else 'MISSED'}")
    left = sum(target["measured"] is None for target in judged)
    if left:
        lines.append(f"not measured: {left} targets")
    if quick:
        lines.append("The files were a tenth of the size: the targets are about the full ones.")
    return lines
