"""Prints the names that the torch that runs this file keeps for itself on a tensor, for
reference/tests/machine/tensor-names-<version>.txt: the data descriptors in dir(torch.Tensor), sorted, one on each line.

Usage: PYTHON dump_tensor_names.py.
"""

import inspect

import torch

if __name__ == "__main__":
    print("# torch %s, written by dump_tensor_names.py" % torch.__version__.split("+")[0])
    for name in sorted(dir(torch.Tensor)):
        if inspect.isdatadescriptor(inspect.getattr_static(torch.Tensor, name)):
            print(name)
