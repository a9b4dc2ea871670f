#!/usr/bin/env python3
"""Writes the files that ci/bench measures, without torch. The same bytes on every run with the same Python minor version.

    generate.py [--folder DIR] [--only NAME[,NAME…]] [--quick]
    generate.py --list

`--quick` writes files a tenth of the size. A file that is there already is left alone.
"""

import argparse
import collections
import functools
import os
import random
import struct
import sys

import torchfile

BLOCK = 1 << 20
MIB, GIB = 1 << 20, 1 << 30


@functools.lru_cache(maxsize=None)
def _block(kind):
    """1 MiB of weights, normally distributed. deflate's window is 32 KiB: repeating it compresses no better than going on."""
    draw = random.Random(20151)
    words = struct.pack(f"<{BLOCK // 4}f", *(draw.gauss(0, 0.02) for _ in range(BLOCK // 4)))
    if kind == "float":
        return words
    # The upper half of a float32 is a bfloat16; "rounded" is a float32 model that was trained in bfloat16 and exported.
    upper = b"".join(words[at + 2 : at + 4] for at in range(0, BLOCK, 4))
    if kind == "bfloat":
        return upper * 2
    return b"".join(b"\0\0" + upper[at : at + 2] for at in range(0, len(upper), 2))


def _weights(nbytes, kind="float", seed=0):
    block, at = _block(kind), seed * 7919 * 4 % BLOCK
    while nbytes > 0:
        piece = block[at : at + nbytes] if nbytes < BLOCK else block[at:]
        yield piece
        nbytes, at = nbytes - len(piece), 0


def _storage(kind, numel, seed, content="float"):
    return torchfile.Storage(kind, numel, functools.partial(_weights, kind=content, seed=seed))


def _tensor(shape, seed, kind="FloatStorage", content="float"):
    numel = 1
    for size in shape:
        numel *= size
    return torchfile.Tensor(_storage(kind, numel, seed, content), shape)


def _small_tensors(count):
    return {f"layers.{i // 4}.block.{i % 4}.weight": _tensor((4, 4), i) for i in range(count)}


def _rows(total_bytes, count, columns, kind="FloatStorage", content="float"):
    """`count` matrices of `columns` columns that have `total_bytes` together, as far as it divides."""
    rows = total_bytes // (count * columns * torchfile.ITEM_BYTES[kind])
    return collections.OrderedDict((f"model.layers.{i}.weight", _tensor((rows, columns), i, kind, content)) for i in range(count))


def _model_with_adam(tensors):
    """A state_dict with its _metadata, and the state of Adam: four tensors for each parameter."""
    parameters, model, metadata = tensors // 4, collections.OrderedDict(), collections.OrderedDict({"": {"version": 1}})
    for layer in range(parameters // 2):
        model[f"layers.{layer}.weight"] = _tensor((64, 64), 3 * layer)
        model[f"layers.{layer}.bias"] = _tensor((64,), 3 * layer + 1)
        metadata[f"layers.{layer}"] = {"version": 1}
    model._metadata = metadata
    state = {
        i: {"step": _tensor((), i), "exp_avg": _tensor(weight.shape, i + 5), "exp_avg_sq": _tensor(weight.shape, i + 9)}
        for i, weight in enumerate(model.values())
    }
    group = {"lr": 0.001, "betas": (0.9, 0.999), "eps": 1e-08, "weight_decay": 0, "amsgrad": False, "maximize": False,
             "foreach": None, "capturable": False, "differentiable": False, "fused": None,
             "decoupled_weight_decay": False, "params": list(range(len(state)))}
    return {"model": model, "optimizer": {"state": state, "param_groups": [group]}, "epoch": 3}


def _python_values(count):
    """A vocabulary, its merges, a training history and a configuration: `count` values, shared keys not counted again."""
    draw = random.Random(17)
    letters = "etaoinshrdlucmfwypvbgkjqxzäé"
    word = lambda: "".join(draw.choices(letters, k=draw.randint(3, 10)))
    vocabulary = {f"{word()}{i}": i for i in range(count // 5)}
    merges = [f"{word()} {word()}" for _ in range(count // 10)]
    history = [
        {"step": i * 10, "epoch": i // 1000, "loss": draw.random() * 3, "lr": draw.random() * 1e-3, "note": None,
         "metrics": [draw.random(), draw.randint(0, 1 << 40), i % 2 == 0]}
        for i in range(count // 20)
    ]
    config = {f"option_{i}": draw.choice([i, i / 7, word(), None, True, (i, i + 1), [word(), i]]) for i in range(1000)}
    return {"config": config, "vocabulary": vocabulary, "merges": merges, "history": history}


def _views(count):
    storage = _storage("FloatStorage", count * 4 + 12, 0)
    return {f"flat.{i}": torchfile.Tensor(storage, (4, 4), 4 * i) for i in range(count)}


SPARSE_ROWS, SPARSE_EACH = 4096, 2048  # of each of the two sparse tensors: rows, and elements of a row
SPARSE_INDICES = 3 * SPARSE_ROWS * SPARSE_EACH + SPARSE_ROWS + 1
SPARSE_BYTES = 8 * SPARSE_INDICES + 2 * 4 * SPARSE_ROWS * SPARSE_EACH  # of all storages: indices, and the values of both


def _sparse(rows):
    """One matrix twice, by coordinates (coalesced) and by compressed rows: an index of every kind of check."""
    columns, elements = SPARSE_EACH * 512, rows * SPARSE_EACH
    row_of_columns = lambda row: struct.pack(f"<{SPARSE_EACH}q", *range(row % 512, columns, 512))
    in_order = lambda: (row_of_columns(row) for row in range(rows))
    by_row = lambda: (struct.pack("<q", row) * SPARSE_EACH for row in range(rows))
    counts = lambda: iter([struct.pack(f"<{rows + 1}q", *range(0, elements + 1, SPARSE_EACH))])
    long = lambda numel, pieces: torchfile.Storage("LongStorage", numel, lambda nbytes: pieces())
    both = lambda nbytes: (piece for half in (by_row, in_order) for piece in half())
    coo = torchfile.Sparse("coo", [torchfile.Tensor(torchfile.Storage("LongStorage", 2 * elements, both), (2, elements)),
                                   _tensor((elements,), 0)], (rows, columns), coalesced=True)
    csr = torchfile.Sparse("csr", [torchfile.Tensor(long(rows + 1, counts), (rows + 1,)),
                                   torchfile.Tensor(long(elements, in_order), (elements,)), _tensor((elements,), 1)], (rows, columns))
    return {"coo": coo, "csr": csr}


FILES = {
    "tensors-50k": ("50,000 float32 tensors of 4x4", lambda f, q: torchfile.save(f, _small_tensors(50_000 // q))),
    "tensors-500k": ("500,000 float32 tensors of 4x4", lambda f, q: torchfile.save(f, _small_tensors(500_000 // q))),
    "float32-1g": ("1 GiB of float32 in 16 tensors", lambda f, q: torchfile.save(f, _rows(GIB // q, 16, 4096))),
    "bfloat16-2g": ("2 GiB of bfloat16 in 300 tensors",
                    lambda f, q: torchfile.save(f, _rows(2 * GIB // q, 300, 2048, "BFloat16Storage", "bfloat"))),
    "adam": ("a model and its Adam state, 5,000 tensors", lambda f, q: torchfile.save(f, _model_with_adam(5000))),
    "values-2m": ("2 million Python values", lambda f, q: torchfile.save(f, _python_values(2_000_000 // q))),
    "views-100k": ("100,000 views of one storage", lambda f, q: torchfile.save(f, _views(100_000 // q))),
    "sparse-25m": ("25 million indices of two sparse tensors", lambda f, q: torchfile.save(f, _sparse(SPARSE_ROWS // q))),
    "deflated-200m": ("200 MB of float32 in 8 tensors, every record deflated",
                      lambda f, q: torchfile.save(f, _rows(200_000_000 // q, 8, 1250, content="rounded"), deflate=True)),
    "big-endian-500m": ("500 MB of float32 in 40 tensors, big-endian",
                        lambda f, q: torchfile.save(f, _rows(500_000_000 // q, 40, 1250), byteorder="big")),
    "legacy-500m": ("500 MB of float32 in 40 tensors, the format before torch 1.6",
                    lambda f, q: torchfile.save_legacy(f, _rows(500_000_000 // q, 40, 1250))),
}


def generate(name, folder, quick=False):
    """The path of the file `name`, which is written first unless it is there. A stopped run leaves no half file behind."""
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, name + ".pt")
    if not os.path.exists(path):
        with open(path + ".part", "wb", buffering=1 << 20) as file:
            FILES[name][1](file, 10 if quick else 1)
        os.replace(path + ".part", path)
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", default=os.path.join("build", "bench-data"))
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(FILES))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    if options.list:
        for name, (title, _) in FILES.items():
            print(f"{name:16} {title}")
        return 0
    for name in options.only:
        if name not in FILES:
            parser.error(f"there is no file {name!r}: {', '.join(FILES)}")
        path = generate(name, options.folder, options.quick)
        print(f"{os.path.getsize(path):>12,}  {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
