"""How long the seeded bugs of conformance/mutants.toml that name a fuzz target take to be found by it.

Each is built with the flags of the preset `fuzz` into a copy of the sources (build/fuzz-bugs). The target starts from its seeds and its
corpus without the inputs that already show the bug.
"""

import json
import os
import shutil
import sys
import time

import fuzz_engine
import mutant_table
import mutant_workshop
import tree

sys.path.append(os.path.join(tree.root(), "fuzz"))
import dictionaries  # noqa: E402  pylint: disable=wrong-import-position
import seeds  # noqa: E402  pylint: disable=wrong-import-position
import table  # noqa: E402  pylint: disable=wrong-import-position

SCHEMA = "weightsonly.fuzz.bugs/1"
BATCH = 400  # files of one start while the inputs that show the bug are looked for
KEPT = ("CMAKE_BUILD_TYPE", "CMAKE_CXX_COMPILER", "CMAKE_CXX_FLAGS", "CMAKE_CXX_FLAGS_RELWITHDEBINFO", "WEIGHTSONLY_BUILD_FUZZ",
        "WEIGHTSONLY_FUZZ_ENGINE", "WEIGHTSONLY_BUILD_TESTS", "WEIGHTSONLY_BUILD_BENCH")


def settings(top):
    """The settings of the preset `fuzz`, without warnings as errors: a change may leave something unused."""
    presets = json.loads(tree.text(top, "CMakePresets.json"))["configurePresets"]
    variables = next(preset["cacheVariables"] for preset in presets if preset["name"] == "fuzz")
    return [f"-D{name}={variables[name]}" for name in KEPT] + ["-DWEIGHTSONLY_INSTALL=OFF"]


def marked(top, only):
    """The rows that name a target, all or those of `only`; an OSError for an id that is none of them."""
    rows = [row for row in mutant_table.read(top) if "found_by_fuzzing" in row]
    unknown = set(only) - {row["id"] for row in rows}
    if unknown:
        raise OSError(f"no seeded bug with found_by_fuzzing: {', '.join(sorted(unknown))}")
    return [row for row in rows if not only or row["id"] in only]


class Current:
    """The file that an engine that runs files one by one is at."""

    def __init__(self):
        self.path, self.said = None, []

    def line(self, line):
        if line.startswith("Running: "):
            self.path = line[len("Running: "):].rstrip("\n")


def showing(engine, program, options, paths, log):
    """The paths of the inputs with which the program ends early."""
    found, at = [], 0
    quiet = dict(engine.environment, ASAN_OPTIONS=engine.environment["ASAN_OPTIONS"] + ":symbolize=0")
    while at < len(paths):
        batch, current = paths[at:at + BATCH], Current()
        code = engine.run([program, *options, *batch], current, log, 1800, quiet)
        if code == 0:
            at += len(batch)
            continue
        if current.path not in batch:
            raise OSError(f"{os.path.basename(program)} ended with {code} before its first input; its log says more")
        found.append(current.path)
        at += batch.index(current.path) + 1
    return found


def _copied(folder, sources):
    """Fills the folder with the files of the sources; their paths there."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    paths = []
    for number, source in enumerate(sources):
        for name in sorted(os.listdir(source)) if os.path.isdir(source) else []:
            paths.append(shutil.copyfile(os.path.join(source, name), os.path.join(folder, f"{number}-{name}")))
    return paths


def hunted(engine, target, seconds, seed, log):
    """What an engine finds in that time. One that ends early and leaves no input has found nothing: an OSError."""
    begun, heard = time.monotonic(), fuzz_engine.Heard()
    code = engine.run(target.fuzz_command(seconds, seed), heard, log, seconds + fuzz_engine.LIMIT_OF_LAST)
    found = code != 0
    if found and (heard.written is None or not os.path.isfile(heard.written)):
        raise OSError(f"{target.name} ended with {code} and left no input; its log says more")
    return {"found": found, "seconds": round(time.monotonic() - begun, 1), "executions": heard.executions,
            "what": fuzz_engine.what_of(heard.said) if found else None}


class Hunt:
    """One workshop, one target at a time."""

    def __init__(self, top, work, options, say):
        self.top, self.options, self.say = top, options, say
        self.folder = os.path.join(work, "fuzz-bugs")
        self.corpora = os.path.join(work, "fuzz-corpus")
        self.shop = mutant_workshop.Workshop(top, self.folder, options.jobs, settings(top))
        self.engine, self.rows = fuzz_engine.Engine(), table.rows(top)

    def prepare(self, rows):
        self.shop.prepare([f"fuzz_{row['found_by_fuzzing']}" for row in rows])
        seeds.write(self.top, sorted({row["found_by_fuzzing"] for row in rows}), os.path.join(self.folder, "all-seeds"))
        dictionaries.write(self.top, os.path.join(self.folder, "fuzz-dictionaries"))

    def one(self, row):
        """What became of one seeded bug."""
        name = row["found_by_fuzzing"]
        result = {"id": row["id"], "target": name, "seeds": 0, "left_out": 0, "found": False, "seconds": None, "executions": None, "what": None}
        path = "reference/" + row["file"]
        self.shop.change(path, mutant_table.patched(tree.text(self.top, path), row))
        log = self.shop.make("fuzz_" + name)
        if log is not None:
            return {**result, "what": "does not compile"}
        target = fuzz_engine.Target(name, table.row_of(self.rows, name), os.path.join(self.shop.build_folder, "fuzz", name), self.folder)
        for folder in (target.corpus, target.findings):
            shutil.rmtree(folder, ignore_errors=True)
            os.makedirs(folder)
        os.makedirs(os.path.dirname(target.log), exist_ok=True)
        with open(target.log, "w", encoding="utf-8") as file:
            paths = _copied(target.seeds, [os.path.join(self.folder, "all-seeds", name), os.path.join(self.corpora, name)])
            shown = showing(self.engine, target.program, target.options(), paths, file)
            for each in shown:
                os.remove(each)
            result.update(seeds=len(paths) - len(shown), left_out=len(shown))
            return {**result, **hunted(self.engine, target, round(self.options.minutes * 60), self.options.seed or 1, file)}


def line_of(result):
    said = result["what"] or "not found"
    return (f"{result['id']:28} {result['target']:20} {result['seeds']:6} {result['left_out']:6} {result['seconds'] or 0:7.1f} s "
            f"{result['executions'] or 0:>12,}  {said}")


def run(top, work, options, say):
    """Prints a line for each seeded bug; 1 when one was not found."""
    rows = marked(top, options.only)
    hunt = Hunt(top, work, options, say)
    say(f"Building the unchanged sources in {os.path.relpath(hunt.shop.build_folder, top)}")
    hunt.prepare(rows)
    results = []
    print(f"{'seeded bug':28} {'target':20} {'seeds':>6} {'out':>6} {'time':>9} {'executions':>12}  what was said")
    try:
        for row in rows:
            results.append(hunt.one(row))
            print(line_of(results[-1]), flush=True)
    except KeyboardInterrupt:
        hunt.engine.stop()
        say("Ending early")
    finally:
        hunt.shop.restore()
    missed = [result["id"] for result in results if not result["found"]]
    print(f"{len(results)} seeded bugs, {len(results) - len(missed)} found" + (f"; not found: {', '.join(missed)}" if missed else ""))
    if options.report:
        with open(options.report, "w", encoding="utf-8") as file:
            json.dump({"schema": SCHEMA, "minutes": options.minutes, "bugs": results}, file, indent=1, ensure_ascii=False)
            file.write("\n")
    sys.stdout.flush()
    return 1 if missed or len(results) < len(rows) else 0
