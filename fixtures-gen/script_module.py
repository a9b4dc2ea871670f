"""The modules that recipes/torchscript.toml scripts and traces.

They are compiled from a text under the file name training.py, because an archive names the files of its source.
"""

import io
import linecache
import sys
import types
import zipfile

import torch

_SOURCE = '''
from typing import Dict, List, Optional, Tuple
import torch

class Inner(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor([0.5, 2.0]))

    def forward(self, x):
        return x * self.weight + torch.tensor([1.0, 3.0])

class Net(torch.nn.Module):
    __constants__ = ["rate"]
    count: int
    name: str
    sizes: List[int]
    table: Dict[str, int]
    pair: Tuple[int, str]
    mask: Optional[torch.Tensor]
    tensors: List[torch.Tensor]

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.arange(6.0).reshape(2, 3))
        self.frozen = torch.nn.Parameter(torch.ones(2), requires_grad=False)
        self.register_buffer("running", torch.tensor([1, 2, 3]))
        self.register_buffer("view", self.running[1:])
        self.inner = Inner()
        self.rate, self.count, self.name = 0.25, 3, "net"
        self.sizes, self.table, self.pair = [1, 2], {"a": 1, "b": 2}, (7, "x")
        self.mask, self.tensors = None, [torch.zeros(1), torch.ones(2)]
        self.half: float = 0.5
        self.done: bool = False

    def forward(self, x):
        y = torch.div(x, self.count)
        return self.inner(y) + torch.full([2], 1) * self.rate

    @torch.jit.export
    def halve(self, x):
        return torch.div(x, 2)

    @torch.jit.export
    def floor(self, x):
        return torch.div(x, 2, rounding_mode="floor")

    @torch.jit.export
    def filled(self):
        return torch.full([2], 1)

class Old(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.arange(2.0))

    def forward(self, x):
        return x + self.weight

    @torch.jit.export
    def halve(self, x):
        return torch.div(x, 2)

    @torch.jit.export
    def ratio(self, x, y):
        return torch.div(x, y)

    @torch.jit.export
    def filled(self):
        return torch.full([2], 1)

class Meta(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(2, 3, device="meta"))
        self.register_buffer("steps", torch.arange(2.0))

    def forward(self, x):
        return x + self.steps
'''

_module = types.ModuleType("training")
_module.__file__ = "training.py"
sys.modules["training"] = _module
linecache.cache["training.py"] = (len(_SOURCE), None, _SOURCE.splitlines(True), "training.py")
exec(compile(_SOURCE, "training.py", "exec"), _module.__dict__)
Inner, Net, Old, Meta = _module.Inner, _module.Net, _module.Old, _module.Meta
net = Net


def save_bare(module, path, **options):
    """As torch.jit.save, but without the names of Python files of this machine, which an archive has where torch's own code
    was scripted or traced: its debug records are dropped, and the module that is loaded from what is left is saved."""
    traced, bare = io.BytesIO(), io.BytesIO()
    torch.jit.save(module, traced)
    with zipfile.ZipFile(traced) as old, zipfile.ZipFile(bare, "w") as new:
        for name in old.namelist():
            if not name.endswith(".debug_pkl"):
                new.writestr(zipfile.ZipInfo(name), old.read(name))
    torch.jit.save(torch.jit.load(io.BytesIO(bare.getvalue())), path, **options)
