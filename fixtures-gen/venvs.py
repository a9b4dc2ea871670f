"""Builds and finds one virtual environment per pinned torch release (pins.json).

They lie in $WEIGHTSONLY_VENVS, by default ~/.cache/weightsonly, as torch-<version>; an environment that exists and
holds the pinned release is used as it is. The packages come from wherever pip is configured to look.

VERSION+LABEL is the release with another numpy: an environment of its own that holds numpy alone and sees the packages
of torch-VERSION behind it, so that torch is not installed twice.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

PINS = json.loads((Path(__file__).parent / "pins.json").read_text())
RELEASES = list(PINS["releases"])
ORACLE = PINS["oracle"]


def folder(version):
    base = os.environ.get("WEIGHTSONLY_VENVS") or Path.home() / ".cache" / "weightsonly"
    return Path(base) / ("torch-" + version)


def _installed(python):
    """The (torch, numpy) versions that this interpreter has, or None."""
    program = (
        "import importlib.metadata as m, sys; "
        "print(m.version('torch').split('+')[0], m.version('numpy'), '%d.%d' % sys.version_info[:2])"
    )
    if not python.exists():
        return None
    run = subprocess.run([python, "-c", program], capture_output=True, text=True)
    return run.stdout.split() if run.returncode == 0 else None


def _site(python):
    program = "import sysconfig; print(sysconfig.get_path('purelib'))"
    return Path(subprocess.run([python, "-c", program], check=True, capture_output=True, text=True).stdout.strip())


def python(version):
    """The interpreter of the environment for `version`; builds the environment when it is missing, saying so."""
    where = folder(version)
    interpreter = where / "bin" / "python"
    release, _, label = version.partition("+")
    wanted = [release, PINS["releases"][version]["numpy"], PINS["python"]]
    if _installed(interpreter) == wanted:
        return interpreter
    base = shutil.which("python" + PINS["python"])
    if base is None:
        sys.exit("fixtures-gen: python%s is needed to build the environment of torch %s" % (PINS["python"], version))
    print("fixtures-gen: installing torch %s and numpy %s into %s" % (version, wanted[1], where), file=sys.stderr)
    subprocess.run([base, "-m", "venv", where], check=True)
    packages = ["numpy==" + wanted[1]] + ([] if label else ["torch==" + release])
    subprocess.run([interpreter, "-m", "pip", "install", "-q", *packages], check=True)
    if label:
        (_site(interpreter) / "torch.pth").write_text("%s\n" % _site(python(release)))
    if _installed(interpreter) != wanted:
        sys.exit("fixtures-gen: the environment %s does not hold torch %s after all" % (where, version))
    return interpreter
