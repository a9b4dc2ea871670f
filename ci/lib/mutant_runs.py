"""Runs of `ci/mutants`: seeded bugs, one after the other or one to each of several workshops, and general mutants, drawn from all floors.

What is known of a mutant is kept in a file of JSON Lines, under a key made of the change, the sources and the cases: a run that was
interrupted goes on where it stopped, and a run after a change of the sources begins anew. After a change of nothing but unit tests it
asks again about those mutants only that no case of the suite killed.
"""

import copy
import hashlib
import itertools
import json
import os
import threading

import mutant_cases
import mutant_operators
import mutant_table
import mutant_workshop
import tree

FLOORS = ("container", "pickle", "value", "policy", "machine", "checkpoint")  # 1 to 6
MOST_NAMES = 12  # of cases that a report lists for one mutant


class Memory:
    """The results so far; a key stands for a change, the sources and the cases."""

    def __init__(self, path, *context):
        self.path, self.context = path, context
        self.lock = threading.Lock()
        self.results = {}
        if os.path.isfile(path):
            with open(path, encoding="utf-8") as file:
                for line in file:
                    try:
                        key, result = json.loads(line)
                    except ValueError:  # the run was ended inside a line
                        continue
                    self.results[key] = result

    def key(self, *change):
        return hashlib.sha256(json.dumps([*self.context, *change]).encode()).hexdigest()[:24]

    def get(self, key):
        return self.results.get(key)

    def put(self, key, result):
        with self.lock:
            self.results[key] = result
            with open(self.path, "a", encoding="utf-8") as file:
                file.write(json.dumps([key, result]) + "\n")


def digest_of_sources(top, tests):
    """Of the unit tests, or of the sources without them."""
    found = hashlib.sha256()
    for path in tree.files(top):
        if path.startswith(("reference/", "cmake/")) and path.startswith("reference/tests/") == tests:
            with open(os.path.join(top, path), "rb") as file:
                found.update(path.encode() + b"\0" + hashlib.sha256(file.read()).digest())
    return found.hexdigest()


def digest_of_cases(cases):
    found = hashlib.sha256()
    for case in cases:
        with open(case.path, "rb") as file:
            content = hashlib.sha256(file.read()).hexdigest()
        found.update(json.dumps([case.name, case.area, case.options, case.kinds, case.place, content]).encode())
    return found.hexdigest()


def command(tool):
    limits = f"ulimit -c 0; ulimit -v {mutant_cases.MEMORY >> 10}; exec \"$@\""
    return ["sh", "-c", limits, "sh", tool, "serve"]


def patient(case):
    """The case with all the time that a busy machine may need."""
    found = copy.copy(case)
    found.seconds = 4 * case.seconds
    return found


class Suite:
    """The cases and what the reference says to them."""

    def __init__(self, cases, tool, folder):
        self.folder = folder
        self.said = {case.name: answer for case, answer in mutant_cases.answers(command(tool), map(patient, cases), folder)}
        self.failed = [case.name for case in cases if not self._is_right(case)]
        wrong = set(self.failed)
        self.cases = [case for case in cases if case.name not in wrong]

    # Whether the reference passes a row in full is the runner's business. Here: is there an answer to compare with?
    def _is_right(self, case):
        answer = self.said.get(case.name, ("not asked",))
        if answer[0] == "skip":
            return True
        if case.kinds is not None:
            return answer[0] == "reject" and any(mutant_cases.agrees(answer[1], kind) for kind in case.kinds)
        return answer[0] == "reject" or answer[0][0] == "accept"

    def who_notices(self, tool, folder):
        """Yields (case, answer) for each case that tells this tool from the reference."""
        for case, answer in mutant_cases.answers(command(tool), self.cases, folder):
            if answer == ("timeout",):  # of the mutant, or of a machine that is busy with other things
                (_, answer), = mutant_cases.answers(command(tool), [patient(case)], folder)
            if mutant_cases.notices(case, answer, self.said[case.name]):
                yield case, answer


def each(shops, items, work):
    """work(shop, item) for every item, each shop busy with one at a time; the results in the order of the items."""
    found, waiting, lock, errors = {}, iter(enumerate(items)), threading.Lock(), []

    def run(shop):
        while not errors:
            with lock:
                number, item = next(waiting, (None, None))
            if number is None:
                return
            try:
                found[number] = work(shop, item)
            except Exception as error:  # pylint: disable=broad-except
                errors.append(error)

    threads = [threading.Thread(target=run, args=(shop,)) for shop in shops]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return [found[number] for number in sorted(found)]


def seeded(shops, rows, suite, memory, say):
    def one(shop, row):
        key = memory.key(row)
        result = memory.get(key)
        if result is None:
            result = _seeded(shop, row, suite)
            memory.put(key, result)
        say(result)
        return result

    return each(shops, rows, one)


def _seeded(shop, row, suite):
    path = "reference/" + row["file"]
    shop.change(path, mutant_table.patched(tree.text(shop.top, path), row))
    result = {"id": row["id"], "area": row["area"]}
    log = shop.make("weightsonly_tool")
    if log is None:
        noticed = list(suite.who_notices(shop.tool, suite.folder))
        by_area = [case.name for case, _ in noticed if case.area == row["area"]]
        others = [case.name for case, _ in noticed if case.area != row["area"]]
        ended = [case.name for case, answer in noticed if answer[0] in ("crash", "timeout")]
        result.update(by_area=len(by_area), by_others=len(others), cases=by_area[:MOST_NAMES], other_cases=others[:MOST_NAMES],
                      ended=ended[:MOST_NAMES])
    else:
        result["not_built"] = log[-2000:]
    shop.restore()
    return result


def candidates(top, seed):
    """All mutations of floors 1 to 6, in the order of the draw: that of a digest of the change and of its line, which other lines do not
    disturb, so that a run after some mends draws the same mutants again."""
    found = []
    for path in tree.sources(top, (".cc", ".h")):
        if path.split("/")[1] in FLOORS:
            text = tree.text(top, path)
            lines = text.splitlines()
            found += [(_lot(seed, mutation, lines[mutation.line - 1]), mutation) for mutation in mutant_operators.mutations(path, text)]
    return [mutation for _, mutation in sorted(found, key=lambda drawn: drawn[0])]


def _lot(seed, mutation, line):
    change = [seed, mutation.path, line.strip(), mutation.column, mutation.operator, mutation.before, mutation.after]
    return hashlib.sha256(json.dumps(change).encode()).hexdigest()


def general(shops, drawn, count, suite, memory, say, tests):
    """The first `count` mutants of the draw that compile. `tests`: the digest of the unit tests, None to do without them."""
    lock, compiled = threading.Lock(), [0]

    def wanted():
        for mutation in drawn:
            if compiled[0] >= count:
                return
            yield mutation

    def one(shop, mutation):
        key, with_these = memory.key(mutation.name, mutation.after), memory.key(mutation.name, mutation.after, tests)
        result = memory.get(key) or memory.get(with_these)
        if result is None:
            result = _general(shop, mutation, suite, tests is not None)
            memory.put(key if result["outcome"] == "suite" else with_these, result)
        if result["outcome"] != "not compiled":
            with lock:
                compiled[0] += 1
        say(result)
        return result

    results = each(shops, wanted(), one)
    return list(itertools.islice((result for result in results if result["outcome"] != "not compiled"), count))


def _general(shop, mutation, suite, with_tests):
    shop.change(mutation.path, mutation.apply(tree.text(shop.top, mutation.path)))
    try:
        outcome, by = _fate(shop, suite, mutation.path.split("/")[1] if with_tests else None)
    finally:
        shop.restore()
    return {"mutant": mutation.name, "before": mutation.before, "after": mutation.after, "outcome": outcome, "by": by}


# `floor`: the one whose own tests come first, which build soonest and know most; None to do without unit tests.
def _fate(shop, suite, floor):
    if shop.make("weightsonly_tool") is not None:
        return "not compiled", ""
    for case, _ in suite.who_notices(shop.tool, suite.folder):
        return "suite", case.name
    for target, tests in ((f"test_{floor}", (f"^{floor}$",)), ("all", mutant_workshop.TESTS)) if floor else ():
        if shop.make(target) is not None:
            return "not compiled", ""
        failed = shop.failing_test(tests)
        if failed is not None:
            return "tests", failed
    return "survived", ""
