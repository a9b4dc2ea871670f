"""The figures under "What is guaranteed" in README.md: a table that is made of the sources, and compared with them.

    python3 ci/lib/guarantees.py    prints the table
"""

import re

import spec
import spec_lists
import tree

README = "README.md"
BOMBS, INDEX = "reference/tests/tool/bombs_test.py", "reference/tests/tool/index_test.py"
HEAD = ["| promise | figure | checked by |", "|---|---|---|"]


def found(top, path, pattern):
    """The numbers that a pattern finds in a file, which must be there; digits may be grouped by underscores."""
    match = re.search(pattern, tree.text(top, path) or "", re.M)
    if not match:
        raise LookupError(f"{path} has nothing like {pattern}")
    return [spec_lists.number(group.replace("_", "")) for group in match.groups()]


def cases_of(rows):
    return {word for row in rows for word in spec_lists.words(row[-1]) if not spec_lists.LINK.fullmatch(word)}


def figures(top):
    text = tree.text(top, spec.SPEC)
    lists = spec_lists.tables(text)
    suite = spec_lists.Suite(top)
    deviations = [rule for rule, _, _ in spec.rules(text) if rule.startswith("DEV-")]
    limits = lists[spec_lists.LIMITS]
    files, = found(top, "reference/tests/api/corpus_test.cc", r"strict accepts every file(?:.|\n)*?CHECK\(accepted >= (\d+)\)")
    seconds, mib = found(top, BOMBS, r"^SECONDS, MIB = (\d+), (\d+)$")
    storages, each, elements = found(top, INDEX, r"^STORAGES, TENSORS_EACH, ELEMENTS = (\d+), (\d+), ([\d_]+)$")
    threads, = found(top, "reference/tests/threads/threads_test.cc", r"kThreads = (\d+);")
    repeats, = found(top, "ci/soak", r"^repeats=(\d+) ")
    combinations, ways = found(top, "bench/soak_sample_test.py", r"^COMBINATIONS = ([\d *+]+)$(?:.|\n)*?^WAYS_IN = (\d+)")
    return {
        "floor": len(lists[spec_lists.FLOOR]), "floor_cases": len(cases_of(lists[spec_lists.FLOOR])),
        "strict": len(lists[spec_lists.STRICT]), "files": files,
        "options": sum(row[3] != "none" for row in limits), "fixed": sum(row[3] == "none" for row in limits),
        "seconds": seconds, "mib": mib, "tensors": storages * each, "parameters": storages * each * elements,
        "deviations": len(deviations), "most": max(len(suite.cases_of(rule)) for rule in deviations),
        "accepted": len(lists[spec_lists.ACCEPTED]), "others": len(lists[spec_lists.OTHER_VALUE]),
        "threads": threads, "repeats": repeats, "loads": combinations * ways,
    }


ROWS = [
    ("[safety floor](reference/SPEC.md#safety-floor)", "{floor} things that no file gets, in {floor_cases:,} cases",
     "`python3 conformance/run build/release/weightsonly serve`, `python3 ci/lib/lint.py lists`"),
    ("[strict](reference/SPEC.md#strict)", "{strict} things that torch.save never writes are refused; at least {files} files of torch pass",
     "`ctest --test-dir build/release -R api`, `… -R lists_test`"),
    ("[limits](reference/SPEC.md#limits)", "{options} can be set, {fixed} are fixed; a bomb has its answer within {seconds} s and {mib} MiB; "
     "{tensors:,} tensors of {parameters:,} parameters pass", "`ctest --test-dir build/release -R lists_test`, `… -R bombs_test`, `… -R index_test`"),
    ("deviations", "{deviations}, none with more than {most} cases; [{accepted}](reference/SPEC.md#accepted-where-torch-refuses-or-gives-no-answer) "
     "accept what torch does not, [{others}](reference/SPEC.md#another-value-than-torchs) give another value",
     "`build/release/weightsonly tables deviations`, `python3 ci/lib/lint.py lists`"),
    ("faults", "every allocation and every read fails in turn", "`ctest --test-dir build/release -R faults`"),
    ("memory", "no answer depends on bytes that nobody wrote",
     "`ci/memory`, under MemorySanitizer; `ctest --test-dir build/release -R heap_fill`"),
    ("threads", "{threads} at once, under ThreadSanitizer", "`ci/threads`"),
    ("a long run", "each file {repeats:,} times in one process, and {loads:,} times with combinations of options", "`ci/soak`"),
]


def table(top):
    known = figures(top)
    return HEAD + ["| %s | %s | %s |" % (promise, figure.format(**known), command) for promise, figure, command in ROWS]


def check(top):
    text = tree.text(top, README) or ""
    part = text.partition("## What is guaranteed\n")[2].partition("\n## ")[0]
    have = [line for line in part.splitlines() if line.startswith("|")]
    try:
        want = table(top)
    except LookupError as error:
        return [f"{README}: What is guaranteed: {error}"]
    if have != want:
        return [f"{README}: What is guaranteed: the table is not the one that python3 ci/lib/guarantees.py prints"]
    return []


if __name__ == "__main__":
    print("\n".join(table(tree.root())))
