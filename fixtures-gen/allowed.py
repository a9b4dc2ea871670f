"""Cases of torch.load with an allowlist: corpus/allow/NAME.jsonl, one line for each row.

A line is an answer as in corpus/options, with `row` (its name), `file` and `load`:

    allow   what safe_globals is given: "module.name" for the object of that path, ["module.name", "name in the file"] for
            the tuple form
    torch   the release that answers, "2.15" where it is not said; its version stands in the answer's `torch`
    numpy   the numpy that is installed there: values of numpy are arrays then; without it numpy's names are names like any

The verdict is torch's, in the environment that `environment` names. The value of an accepted row is inert.py's: what the
file says of each object, without its class. Rows are derived from the keys of a recipe: for each file of it

    exact           `allow` and `also`                          exact-2.6      the same, asked of torch 2.6
    visible         `allow` alone, where there is `also`        visible-2.6    the same, asked of torch 2.6
    without-NAME    all but one name                            default-2.6    nothing allowed, asked of torch 2.6
    exact-renamed   (numpy) this numpy's objects under the names of the other one
    other-names     (numpy, some) the other numpy's names as they are
    numpy-alone     (numpy, some) only that it is installed

and further ones in `ask`. A row of a refusal has the kind that torch's text stands for (KINDS). Where our answer may be
another one, `deviation` names the rule; `deviation_value` is the value where torch refuses and we need not, and a value
that only torch has is left out ("value_omitted":"deviation"). hostile.py has rows with `pickle` in place of `file`.

torch puts each message of its Unpickler between two long texts. corpus/allow/wrappers.json has these, and a row with
`wrapper`: N stands for the Nth: the first text, `message`, the second text.
"""

import hashlib
import importlib
import json
import re

import recipes
import venvs
from forged import archives
from forged.case import DEVIATIONS

# Key of forged.case.DEVIATIONS -> rule of SPEC.md, our verdict, our kind where we refuse.
_RULES = {
    "attribute": ("DEV-417", "reject", "policy"),
    "result": ("DEV-413", "accept", None),
    "arguments": ("DEV-413", "accept", None),
    "structured": ("DEV-731", "reject", None),
    "masked": ("DEV-731", "reject", None),
    "label": ("VAL-008", "accept", None),
    "converted": ("DEV-526", "reject", "tensor.dtype"),
}

# (torch, numpy) of a load -> the environment that is asked
_ENVIRONMENTS = {("2.15", None): "2.15.0", ("2.15", "2.4"): "2.15.0", ("2.6", None): "2.6.0",
                 ("2.6", "1.24"): "2.6.0+numpy1", ("2.6", "2.1"): "2.6.0"}

KINDS = [("was not an allowed global by default", "policy.global-not-allowed"), ("is blocked", "policy.module-blocked"),
         ("must be imported", "policy.not-imported"), ("Trying to call reduce for", "policy.reduce"),
         ("Can only create new object", "policy.newobj"), ("Can only build", "policy.build"),
         ("Can only append", "policy.append-target"), ("Can only extend", "policy.append-target"),
         ("Can only SETITEM", "policy.setitem-target"), ("Unsupported operand", "pickle.opcode")]


_MESSAGE = re.compile(
    r"Unsupported global: GLOBAL [^\n]*|Trying to [^\n]* is blocked\.|Trying to call reduce [^\n]*|Can only [^\n]*"
    r"|``torch\.distributed\.tensor`` must be imported to load DTensors")


def unwrapped(message, wrappers):
    """(message, its place in `wrappers`) for a message that torch wrapped, otherwise (message, None)."""
    found = message.startswith("Weights only load failed.") and _MESSAGE.search(message)
    if not found:
        return message, None
    wrapper = [message[: found.start()], message[found.end():]]
    if wrapper not in wrappers:
        wrappers.append(wrapper)
    return found[0], wrappers.index(wrapper)


def whole(row, wrappers):
    """The row with the message as torch gives it."""
    if "wrapper" not in row:
        return row
    before, after = wrappers[row["wrapper"]]
    return {**row, "message": before + row["message"] + after}


def environment(load):
    return _ENVIRONMENTS[load.get("torch", "2.15"), load.get("numpy")]


def kind_of(message):
    """The refusal kind of a torch message, or None for one that no table knows."""
    return next((kind for text, kind in KINDS if text in message), None)


_OLD_DTYPES = {"BoolDType": "bool_", "StrDType": "str_", "BytesDType": "bytes_", "VoidDType": "void", "ObjectDType": "object_",
               "DateTime64DType": "datetime64", "TimeDelta64DType": "timedelta64"}


def _path_under(path, numpy):
    """A name of recipes/numpy.toml as numpy 1.24 or 2 has it."""
    if path.endswith("DType"):
        if numpy >= "2":
            return "numpy.dtypes." + path
        return "numpy.dtype[%s]" % _OLD_DTYPES.get(path, path.removesuffix("DType").lower())
    if numpy < "2":
        path = path.replace("numpy._core.", "numpy.core.").replace("numpy.ma.Masked", "numpy.ma.core.Masked")
    return path


def find(path):
    """The object that has this path; the class of a dtype of numpy 1 too, which nothing names."""
    dtype = re.fullmatch(r"numpy\.dtype\[(\w+)\]", path)
    if dtype:
        numpy = importlib.import_module("numpy")
        return type(numpy.dtype(getattr(numpy, dtype[1])))
    parts = path.split(".")
    for split in range(len(parts) - 1, 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:split]))
            for part in parts[split:]:
                found = getattr(found, part)
            return found
        except (ImportError, AttributeError):
            continue
    raise LookupError(path)


def find_numpy(path):
    """What numpy itself needs to make arrays, scalars and dtypes; its classes of scalars are names like any."""
    if path.partition(".")[0] != "numpy" and path != "builtins.bytes":
        return None
    found = find(path)
    import numpy

    return None if isinstance(found, type) and issubclass(found, numpy.generic) else found


def stand_in(path):
    """A harmless function of that path, for names that nobody wants to have at hand."""
    def stand_in(*arguments):
        return list(arguments)

    parts = path.split(".")
    split = next((i for i, part in enumerate(parts) if part[:1].isupper()), len(parts) - 1) or 1
    stand_in.__module__, stand_in.__qualname__ = ".".join(parts[:split]), ".".join(parts[split:])
    return stand_in


def stand_in_class(path):
    """A class of that path that takes any arguments and keeps none."""
    module, _, name = path.rpartition(".")
    return type(name, (), {"__module__": module, "__new__": lambda cls, *arguments: object.__new__(cls),
                           "__init__": lambda self, *arguments: None})


def safe_globals(load):
    """The list for torch.serialization.safe_globals."""
    functions, classes = load.get("stand_ins", ()), load.get("stand_in_classes", ())

    def real(path):
        return stand_in(path) if path in functions else stand_in_class(path) if path in classes else find(path)

    return [real(entry) if isinstance(entry, str) else (real(entry[0]), entry[1]) for entry in load["allow"]]


def asked(row):
    """What observe.py is asked for a row."""
    verdict = deviation(row["deviation"]).get("deviation_verdict")
    return {**row["load"], **({"stand_ins": row["load"].get("allow", [])} if "pickle" in row else {}),
            **({"value_of_refused": True} if verdict == "accept" and row["deviation"] != "label" else {}),
            **({"without_value": True} if verdict == "reject" else {})}


def file_of(row, folders, made):
    """The file that a row is about, from the first of the folders that has it; one of a pickle alone is put into `made`."""
    if "file" in row:
        return next(path for path in (folder / row["file"] for folder in folders) if path.exists())
    path = made / (hashlib.sha256(row["pickle"].encode()).hexdigest()[:16] + ".pt")
    path.write_bytes(archives.checkpoint(bytes.fromhex(row["pickle"]), {}))
    return path


def by_release(rows, files):
    """{environment: [(row, line for observe.py)]}"""
    found = {}
    for row, file in zip(rows, files):
        found.setdefault(environment(row["load"]), []).append((row, "%s\t%s" % (file, json.dumps(asked(row)))))
    return found


def _row(name, file, load, deviates=None):
    return {"row": name, "file": file, "load": load, "deviation": deviates}


def _objects(recipe, version):
    file, allow, also = "torch-%s/%s.pt" % (version, recipe["name"]), recipe["allow"], recipe["also"]
    told = recipe["deviates"].get
    for suffix, more in (("", {}), ("-2.6", {"torch": "2.6"})):
        if also:
            yield _row("visible" + suffix, file, {"allow": allow, **more}, told("visible" + suffix))
        yield _row("exact" + suffix, file, {"allow": allow + also, **more}, told("exact" + suffix))
    if version != venvs.ORACLE:
        return
    yield _row("default-2.6", file, {"torch": "2.6"})
    for entry in allow if len(allow) > 1 else []:
        short = entry if isinstance(entry, str) else entry[1]
        yield _row("without-" + short, file, {"allow": [one for one in allow if one is not entry] + also})
    for ask in recipe["ask"]:
        load = {key: ask[key] for key in ("allow", "torch", "numpy") if key in ask}
        yield _row(ask["row"], file, load, ask.get("deviates"))


_ALSO_ASKED = ("np-scalar-float64", "np-array-float32", "np-array-of-f4", "np-array-text-U3", "np-dtype-f4", "np-checkpoint",
               "np-random-state")


def _numpy(recipe, version):
    file, told = "torch-%s/%s.pt" % (version, recipe["name"]), recipe["deviates"].get
    own, other = ({"numpy": "2.4"}, {"torch": "2.6", "numpy": "1.24"})[:: 1 if version == venvs.ORACLE else -1]
    allow = [_path_under(path, own["numpy"]) for path in recipe["allow"]]
    also = [_path_under(path, own["numpy"]) for path in recipe["also"]]
    if also:
        yield _row("visible", file, {"allow": allow, **own}, told("visible"))
    yield _row("exact", file, {"allow": allow + also, **own}, told("exact"))
    if recipe["name"] in _ALSO_ASKED:
        yield _row("numpy-alone", file, own)
    there = [_path_under(path, other["numpy"]) for path in recipe["allow"]]
    renamed = [new if new == old else [new, old] for new, old in zip(there, allow)]
    dynamic = [_path_under(path, other["numpy"]) for path in recipe["also"]]
    yield _row("exact-renamed", file, {"allow": renamed + dynamic, **other}, told("exact-renamed"))
    if renamed != allow and recipe["name"] in _ALSO_ASKED:
        yield _row("other-names", file, {"allow": there + dynamic, **other})
    for ask in recipe["ask"] if version == venvs.ORACLE else []:
        load = {key: ask[key] for key in ("allow", "torch", "numpy") if key in ask}
        yield _row(ask["row"], file, load, ask.get("deviates"))


def _of_recipes():
    table = {}
    for version in venvs.RELEASES:
        for recipe in recipes.for_release(version):
            if recipe["name"].startswith(("obj-", "np-")):
                derive = _numpy if recipe["name"].startswith("np-") else _objects
                table.setdefault(recipe["name"], []).extend(derive(recipe, version))
    return table


_CORE = ["numpy._core.multiarray._reconstruct", "numpy.ndarray", "numpy.dtype"]


def _of_forged():
    """Tensors of devices that old releases sent through numpy."""
    for word, dtype in (("float", "Float32DType"), ("long", "Int64DType"), ("half", "Float16DType"),
                        ("big-endian", "Float32DType"), ("xla", "Float32DType")):
        name = "numpy-device-tensor-" + word
        exact = _CORE + ["numpy.dtypes." + dtype]
        yield name, [_row("visible", "forged/%s.pt" % name, {"allow": _CORE, "numpy": "2.4"}),
                     _row("exact", "forged/%s.pt" % name, {"allow": exact, "numpy": "2.4"},
                          {"xla": "label", "half": "converted"}.get(word))]


def tables():
    """The rows of each file of corpus/allow, by its stem."""
    import hostile

    found = {**_of_recipes(), **dict(_of_forged()), **hostile.tables()}
    for name, rows in found.items():
        names = [(row.get("file"), row["row"]) for row in rows]
        twice = sorted({one for one in names if names.count(one) > 1}, key=str)
        if twice:
            raise ValueError("%s: rows with one name: %s" % (name, twice))
    return found


def deviation(word):
    """The fields of an answer for a key of forged.case.DEVIATIONS that has a rule: `deviation`, its verdict and kind."""
    if word is None:
        return {}
    rule, verdict, kind = _RULES[word]
    about = {"deviation": "%s: %s" % (rule, DEVIATIONS[word]), "deviation_verdict": verdict, "deviation_kind": kind}
    return {key: value for key, value in about.items() if value is not None}
