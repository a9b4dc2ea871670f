"""What the tests of the tool share: running it, the corpus, and a small writer of checkpoints that needs no torch."""

import io
import json
import os
import pickle
import pickletools
import resource
import struct
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

SOURCE = Path(os.environ.get("WEIGHTSONLY_SOURCE", Path(__file__).resolve().parents[3]))
TOOL = os.environ.get("WEIGHTSONLY_TOOL", str(SOURCE / "build/release/weightsonly"))
CORPUS = SOURCE / "corpus"
sys.path.append(str(SOURCE / "fixtures-gen"))

from answers import beside as answer_of  # noqa: E402  the path of torch's answer to a file of the corpus


def run(*words, env=None, **options):
    """The finished process; stdout and stderr are bytes."""
    environment = dict(os.environ, **(env or {}))
    options.setdefault("stdin", subprocess.DEVNULL) if "input" not in options else None
    return subprocess.run([TOOL, *map(os.fspath, words)], env=environment, timeout=options.pop("timeout", 120),
                          **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options})


def run_within(limit, size, *words, **options):
    """As run, with that limit of the system's (resource.RLIMIT_…) at `size`."""
    return run(*words, preexec_fn=lambda: resource.setrlimit(limit, (size, size)), **options)


def run_with_room(size, *words, **options):
    """As run, on a disk that has room for files of that many bytes."""
    return run_within(resource.RLIMIT_FSIZE, size, *words, **options)


def deep(function, *arguments):
    """Calls the function where it may recurse deeply: JSON of nested values has one level of Python calls for each of its own."""
    result = []
    limit, size = sys.getrecursionlimit(), threading.stack_size(256 << 20)
    sys.setrecursionlimit(200000)
    try:
        thread = threading.Thread(target=lambda: result.append(function(*arguments)))
        thread.start()
        thread.join()
    finally:
        sys.setrecursionlimit(limit)
        threading.stack_size(size)
    return result[0]


def parse(text):
    """The value of one JSON document; duplicate keys and constants that are no JSON are errors."""
    def pairs(members):
        keys = [key for key, _ in members]
        assert len(keys) == len(set(keys)), "a key stands twice: %s" % keys
        return dict(members)

    def constant(name):
        raise AssertionError("%s is no JSON" % name)

    return json.loads(text, object_pairs_hook=pairs, parse_constant=constant)


def documents(process):
    """The documents of a run, one for each line."""
    text = process.stdout.decode("utf-8")
    assert text.endswith("\n"), "the output does not end in a line feed: %r" % text[-80:]
    return [parse(line) for line in text.split("\n")[:-1]]


def document(*words, **options):
    """The only document of a run."""
    found = documents(run(*words, **options))
    assert len(found) == 1, found
    return found[0]


# -- pickles, protocol 2 -------------------------------------------------------------------------------------------------


def text(value):
    data = value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")
    return b"X" + struct.pack("<I", len(data)) + data


def integer(value):
    return b"J" + struct.pack("<i", value)


def number(value):
    return integer(value) if -(2**31) <= value < 2**31 else b"\x8a\x09" + value.to_bytes(9, "little", signed=True)


def numbers(values):
    return b"(" + b"".join(map(number, values)) + b"t"


def name(path):
    module, _, last = path.rpartition(".")
    return b"c" + module.encode() + b"\n" + last.encode() + b"\n"


def tensor(key, shape, stride, offset=0, numel=None, kind="FloatStorage", device="cpu", view=b""):
    """A tensor over the storage `key` of `numel` elements; in a legacy stream `view` is pickled too, None or not."""
    numel = numel if numel is not None else 1
    persistent = b"(" + text("storage") + name("torch." + kind) + text(key) + text(device) + number(numel) + view + b"tQ"
    hooks = name("collections.OrderedDict") + b")R"
    return (name("torch._utils._rebuild_tensor_v2") + b"(" + persistent + number(offset) + numbers(shape) + numbers(stride)
            + b"\x89" + hooks + b"tR")


def dictionary(pairs):
    """`pairs`: (pickled key, pickled value)."""
    return b"}(" + b"".join(key + value for key, value in pairs) + b"u"


def pickled(value):
    return b"\x80\x02" + value + b"."


def archive(value, storages=None, extra=(), prefix="archive", deflated=(), byteorder=b"little"):
    """The bytes of a checkpoint: the pickled value, {key: bytes}, further (name, bytes)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as zipped:
        records = [("data.pkl", pickled(value))] + ([("byteorder", byteorder)] if byteorder else [])
        records += [("data/" + key, data) for key, data in (storages or {}).items()]
        records += [("version", b"3\n")] + list(extra)
        for record, data in records:
            info = zipfile.ZipInfo(prefix + "/" + record)
            info.compress_type = zipfile.ZIP_DEFLATED if record in deflated else zipfile.ZIP_STORED
            zipped.writestr(info, data)
    return out.getvalue()


def legacy(value, storages=(), after=b""):
    """The bytes of a stream of before torch 1.6: the pickled value, (key, number of elements, bytes) of each storage."""
    heads = [0x1950A86A20F9469CFC6C, 1001, {"protocol_version": 1001, "little_endian": True, "type_sizes": {}}]
    pickles = [pickle.dumps(head, 2) for head in heads] + [pickled(value), pickle.dumps([key for key, _, _ in storages], 2)]
    return b"".join(pickles) + b"".join(struct.pack("<q", numel) + data for _, numel, data in storages) + after


def legacy_pickles(data):
    """(record, offset, bytes) of the five pickles of a legacy stream, by Python's own decoder."""
    file, found = io.BytesIO(data), []
    for name in ("magic", "protocol", "sys_info", "object", "keys"):
        start = file.tell()
        for _ in pickletools.genops(file):
            pass
        found.append(("legacy/" + name, start, data[start:file.tell()]))
    return found


def floats(count):
    return struct.pack("<%df" % count, *range(count))
