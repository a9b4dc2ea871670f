"""What a row asks of real torch (a line of observe.py) and of our tool (flags and environment), and asking them.

A row is about one release: 2.15.0, unless its options name another one or another numpy. Of the other releases a row with such
options is not asked; their answer is "unavailable".
"""

import hashlib
import json
import os
import subprocess
import tempfile
from pathlib import Path

import venvs
from suite_parts import ROOT

RELEASES = ["2.15.0", "2.10.0", "2.6.0", "2.6.0+numpy1", "1.13.1"]
MAPPED = "2.15.0"  # the release that is also asked with mmap=True
POISON = [85, 170]
VARIABLES = ("TORCH_FORCE_WEIGHTS_ONLY_LOAD", "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD")

_OF_OPTION = {"1.13": "1.13.1", "2.6": "2.6.0", "2.10": "2.10.0", "2.15": "2.15.0"}
_OF_NUMPY = {"1.24": "2.6.0+numpy1", "2.4": "2.15.0"}

# Names in these packages are looked up; of any other name torch gets a harmless stand-in.
_REAL = ("torch", "numpy", "collections", "training", "elsewhere", "datetime", "decimal", "fractions", "pathlib", "uuid", "enum")
_HARMLESS = ("builtins.bytes",)  # by which numpy ends an empty array
_CALLS = ("_reconstruct", "scalar")
_CLASSES_1 = ("bool_", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float16", "float32", "float64",
              "float128", "complex64", "complex128", "complex256", "str_", "bytes_", "void", "object_", "datetime64", "timedelta64")
_CLASSES_2 = ("Bool", "Int8", "UInt8", "Int16", "UInt16", "Int32", "UInt32", "Int64", "UInt64", "Float16", "Float32", "Float64",
              "LongDouble", "Complex64", "Complex128", "CLongDouble", "Str", "Bytes", "Void", "Object", "DateTime64", "TimeDelta64")


def _numpy_names(numpy):
    """The shipped set: what arrays, scalars and dtypes of that numpy are made of, under both spellings."""
    own, other = ("numpy.core", "numpy._core") if numpy < "2" else ("numpy._core", "numpy.core")
    paths = ["%s.multiarray.%s" % (own, name) for name in _CALLS]
    classes = ["numpy.dtype[%s]" % name for name in _CLASSES_1] if numpy < "2" else \
        ["numpy.dtypes.%sDType" % name for name in _CLASSES_2]
    return paths + [[path, path.replace(own, other)] for path in paths] + ["numpy.ndarray", "numpy.dtype", *classes]


def oracle_of(row):
    """The release that a row is about; None where torch has no such option."""
    options = row.get("options", {})
    if "strict" in options:
        return None
    return _OF_NUMPY.get(options.get("numpy")) or _OF_OPTION[options.get("torch", "2.15")]


def is_asked(row, release):
    """Whether a release has an answer: False where the row is about another one."""
    options = row.get("options", {})
    if "numpy" in options or "torch" in options or "strict" in options:
        return oracle_of(row) == release
    return True


def belongs(row, release):
    """Whether the observations of a release have the row at all: those with an old numpy are about nothing else."""
    return "+" not in release or oracle_of(row) == release


def mark_of(row, sha256):
    """What an observation is kept under: another file or other options have another mark."""
    asked = "%s %s" % (sha256, json.dumps(row.get("options", {}), sort_keys=True))
    return hashlib.sha256(asked.encode("utf-8")).hexdigest()[:16]


def load_of(row):
    """The `load` of observe.py for the options of a row."""
    options = row.get("options", {})
    load = {"alone": True, "poison": POISON}
    for key in ("mmap", "map_location", "encoding", "env"):
        if key in options:
            load[key] = options[key]
    if "env" in options or "weights_only" in options:
        load["weights_only"] = options.get("weights_only")
    if "endianness" in options:
        load["default_load_endianness"] = options["endianness"]
    if "safe_globals" in options or "numpy" in options:
        numpy = options.get("numpy")
        given = options.get("safe_globals", [])
        load["allow"] = given if "safe_globals" in options else _numpy_names(numpy)
        unreal = [path for path in (one if isinstance(one, str) else one[0] for one in given)
                  if path.partition(".")[0] not in _REAL and path not in _HARMLESS]
        load["stand_in_classes"] = [path for path in unreal if path.rpartition(".")[2][:1].isupper()]
        load["stand_ins"] = [path for path in unreal if path not in load["stand_in_classes"]]
        if numpy:
            load["numpy"] = numpy
    return load


def flags_of(row):
    """The flags of `weightsonly load` for the options of a row."""
    options, flags = row.get("options", {}), []
    if "weights_only" in options:
        flags += ["--weights-only", str(options["weights_only"]).lower()]
    for entry in options.get("safe_globals", []):
        flags += ["--allow", entry] if isinstance(entry, str) else ["--allow-as", "%s=%s" % tuple(entry)]
    for key, flag in (("numpy", "--numpy"), ("endianness", "--endianness"), ("map_location", "--map-location"),
                      ("encoding", "--encoding"), ("torch", "--torch")):
        if key in options:
            flags += [flag, options[key]]
    whole_numpy = "numpy" in options and "safe_globals" not in options
    return flags + ["--allow-numpy"] * whole_numpy + ["--strict"] * ("strict" in options) + \
        ["--no-mmap"] * (options.get("mmap") is False)


def _environment(more):
    kept = {key: value for key, value in os.environ.items() if key not in VARIABLES}
    return {**kept, **more}


def ask_tool(tool, row, path, seconds=60):
    """Our answer, parsed; a verdict of "error" when the tool broke its contract."""
    command = [tool, "load", "--json", *flags_of(row), path]
    environment = _environment(row.get("options", {}).get("env", {}))
    try:
        run = subprocess.run(command, capture_output=True, timeout=seconds, env=environment)
        answer = json.loads(run.stdout)
    except subprocess.TimeoutExpired:
        return {"verdict": "error", "detail": "no answer in %d s" % seconds}
    except ValueError:
        return {"verdict": "error", "detail": "exit %d: %s" % (run.returncode, run.stderr.decode(errors="replace").strip()[:200])}
    return answer


def ask_torch(release, lines):
    """The answers of a release to lines of observe.py, unparsed."""
    if not lines:
        return []
    environment = _environment({"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"})
    program = ROOT / "fixtures-gen" / "observe.py"
    run = subprocess.run([venvs.python(release), program], input="".join("%s\n" % line for line in lines), text=True,
                         stdout=subprocess.PIPE, encoding="utf-8", env=environment)
    answers = run.stdout.split("\n")[:-1]
    if run.returncode != 0 or len(answers) != len(lines):
        raise RuntimeError("torch %s stopped after %d of %d files" % (release, len(answers), len(lines)))
    return answers


class Laid:
    """The files of rows in a temporary folder, each alone in its own: torch and the tool find nothing else there."""

    def __init__(self, made):
        """`made`: [(row, bytes)]."""
        self._folder = tempfile.TemporaryDirectory()
        self.paths = {}
        for row, data in made:
            folder = Path(self._folder.name) / row["id"]
            folder.mkdir()
            self.paths[row["id"]] = folder / (row["id"] + ".pt")
            self.paths[row["id"]].write_bytes(data)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._folder.cleanup()

    def line(self, row, **more):
        """The line of observe.py for a row."""
        return "%s\t%s" % (self.paths[row["id"]], json.dumps({**load_of(row), **more}))
