"""The parts of suite.py: from the tables of conformance/cases to what implementers read."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CONFORMANCE = ROOT / "conformance"

# The recipes and level 1 are the runner's; a module that both folders have is that of fixtures-gen.
for _folder in (ROOT / "fixtures-gen", CONFORMANCE / "run"):
    if str(_folder) not in sys.path:
        sys.path.append(str(_folder))
