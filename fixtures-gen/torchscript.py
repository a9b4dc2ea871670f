"""What TorchScript archives hold, by torch.jit.load of torch 2.15.0: the second source for ls and inspect.

Usage: PYTHON torchscript.py FILES. Writes NAME.torchscript.json beside each NAME.pt: the version, the code files and
the other records; every parameter, buffer and attribute by its dotted name, with its TorchScript type; the
constants of forward; what the methods named in CALLS give, because the meaning of div and full depends on the version.
"""

import json
import re
import sys
import zipfile
from pathlib import Path

import torch

CALLS = {
    "halve": [lambda: (torch.tensor([3, -5]),), lambda: (torch.tensor([3.0]),)],
    "ratio": [lambda: (torch.tensor([7, -7]), torch.tensor([2, 2]))],
    "filled": [tuple],
}


def tensor(value):
    return {"dtype": str(value.dtype), "shape": list(value.shape), "stride": list(value.stride()),
            "offset": value.storage_offset(), "values": None if value.is_meta else value.detach().flatten().tolist()}


def described(value):
    if isinstance(value, torch.Tensor):
        return {"tensor": tensor(value)}
    if isinstance(value, (list, tuple)):
        return {type(value).__name__: [described(item) for item in value]}
    if isinstance(value, dict):
        return {"dict": [[described(k), described(v)] for k, v in value.items()]}
    return {"value": value}


def declared(module, code):
    """(name, type) of each attribute, as the class in the archive's code declares them."""
    folder, _, name = module._c._type().qualified_name().rpartition(".")
    body = code["code/%s.py" % folder.replace(".", "/")].split("class %s(Module):\n" % name, 1)[1]
    for line in body.split("\n"):
        if line.lstrip().startswith("def ") or line.startswith("class "):
            return
        found = re.fullmatch(r"  (\w+) : (.+)", line)
        if found:
            yield found.groups()


def attributes(module, code, prefix=""):
    """Every slot that is no module, in the order of the class, modules inside after it."""
    parameters, buffers = dict(module.named_parameters(recurse=False)), dict(module.named_buffers(recurse=False))
    children = dict(module.named_children())
    for name, kind in declared(module, code):
        if name not in children:
            role = "parameter" if name in parameters else "buffer" if name in buffers else "attribute"
            value = module._c.getattr(name)
            row = {"name": prefix + name, "role": role, "type": kind, **described(value)}
            yield row | ({"requires_grad": value.requires_grad} if role == "parameter" else {})
    for name, child in children.items():
        yield from attributes(child, code, "%s%s." % (prefix, name))


def calls(module):
    for name, makers in CALLS.items():
        for make in makers if hasattr(module, name) else []:
            given = make()
            yield {"method": name, "arguments": [tensor(a) for a in given], "result": tensor(getattr(module, name)(*given))}


def versioned_calls(code):
    """Each line that calls an operator whose meaning depends on the version of the archive."""
    for file, text in sorted(code.items()):
        for number, line in enumerate(text.split("\n"), 1):
            yield from ({"file": file, "line": number, "call": call} for call in re.findall(r"torch\.(?:div|full)\(", line))


def constants(module):
    """The tensors that the code of forward calls CONSTANTS.cN."""
    found = module.code_with_constants[1].const_mapping if hasattr(module, "forward") else {}
    return {name: tensor(value) for name, value in sorted(found.items())}


def contents(path):
    module = torch.jit.load(path)
    with zipfile.ZipFile(path) as archive:
        records = [name.split("/", 1)[1] for name in archive.namelist()]
        folder = archive.namelist()[0].split("/", 1)[0]
        version = next(r for r in (".data/version", "version") if r in records)
        version = archive.read("%s/%s" % (folder, version)).decode().strip()
        code = {r: archive.read("%s/%s" % (folder, r)).decode() for r in records if r.endswith(".py")}
    return {
        "version": version,
        "code": sorted(code),
        "versioned_calls": list(versioned_calls(code)),
        "records": sorted(records),
        "attributes": list(attributes(module, code)),
        "calls": list(calls(module)),
        "constants": constants(module),
        "torch": torch.__version__.split("+")[0],
    }


def main():
    for path in sys.argv[1:]:
        text = json.dumps(contents(path))
        Path(path).with_suffix(".torchscript.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
