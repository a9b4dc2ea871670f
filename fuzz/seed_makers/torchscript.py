"""Seeds of the target torchscript: the files of the suite, and archives whose code has what TSC-008 and TSC-009 look at."""

from __future__ import annotations

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "conformance" / "run"))
import recipe  # noqa: E402  pylint: disable=wrong-import-position

CODE = (
    "x = torch.div(a, b)\n",
    "# torch.div(a, b)\ny = 'torch.div(' + \"\\\" torch.div(\"\n'''torch.div(\n'''\nz = torch.div(a, b)",
    "torch.div(a, b, rounding_mode=\"floor\")\ntorch.div_(a, [1, 2])\n",
    "torch.full([2], 1)\ntorch.full([2], 1.5)\ntorch.full([2], 1, dtype=6)\ntorch.full([2], x, out=y)\ntorch.full([2], 1, dtype=None)\n",
    "torch.div(torch.div(torch.full([1], 2), b), {c : (d)})\n",
    " " * 400 + "torch.div(a, b",
    "(" * 300 + "torch.div(a, b)" + ")" * 301,
    "torch.div(a, b)\n" * 300,
    "'open\ntorch.div(a, b)\n\"\"\"open torch.div(a, b)",
)


def archive(code, version):
    """An archive of TorchScript with this code."""
    lines = [f'CHECKPOINT version="{version}\\n"', "PROTO 2", "EMPTY_DICT", "STOP", 'RECORD "archive/code/__torch__.py"',
             f"TEXT {json.dumps(code)}", 'RECORD "archive/constants.pkl"', "PROTO 2", "EMPTY_TUPLE", "STOP"]
    return recipe.assemble("\n".join(lines) + "\n")


def seeds(files, _target):
    yield from files
    for number, code in enumerate(CODE):
        for version in (2, 5):
            yield f"code-{number}-version-{version}", archive(code, version)
