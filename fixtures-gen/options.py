"""Cases of torch.load with options: a file of the corpus, what is asked of the loader, and torch 2.15.0's answer.

corpus/options/NAME.json is the answer as beside a file, with `file` (inside corpus/) and `load`:

    mmap                        true or false
    map_location                a text; {"device": TEXT} for a torch.device; {"table": {FROM: TO}} for a dict;
                                {"callback": "same" | "none" | "cpu" | "meta"} for a function that gives the storage as
                                it is, None, its copy on the cpu, or a storage of its size on meta; any other value is
                                handed over as it is
    default_load_endianness     "native", "little" or "big": torch.serialization.set_default_load_endianness
    weights_only                true, false, or null: not passed; without it true
    env                         {NAME: TEXT}: environment variables
    calculate_storage_offsets   torch.utils.serialization.config.load.calculate_storage_offsets
    encoding                    the keyword of torch.load
    packages                    a list of {"priority": N, "takes": TEXT, "gives": WORD}, each registered by
                                torch.serialization.register_package: its deserializer answers for locations that begin
                                with TEXT, as a callback of that WORD above, or with "throws" raises RuntimeError

`allow`, `torch` and `numpy` are those of corpus/allow, see allowed.py.
"""

import contextlib
import importlib
import inspect
import os

import allowed


def _callback(word):
    if word == "same":
        return lambda storage, location: storage
    if word == "none":
        return lambda storage, location: None
    if word == "meta":
        return lambda storage, location: type(storage)(storage.nbytes(), device="meta")
    return lambda storage, location: storage.cpu()


def _map_location(torch, given):
    if not isinstance(given, dict):
        return given
    (how, what), = given.items()
    return {"device": torch.device, "table": dict, "callback": _callback}[how](what)


def _deserializer(package):
    def answer(storage, location):
        if not location.startswith(package["takes"]):
            return None
        if package["gives"] == "throws":
            raise RuntimeError("no such device")
        return _callback(package["gives"])(storage, location)

    return answer


def lacking(torch, load):
    """The first member of `load` that this release does not have, or None."""
    there = {"mmap": "mmap" in inspect.signature(torch.load).parameters,
             "allow": hasattr(torch.serialization, "safe_globals"),
             "default_load_endianness": hasattr(torch.serialization, "set_default_load_endianness")}
    return next((key for key, known in there.items() if key in load and not known), None)


@contextlib.contextmanager
def asked(torch, load):
    """Yields the keywords for torch.load while the settings of the process are as `load` says."""
    argument = load.get("weights_only", True)
    keywords = {} if argument is None else {"weights_only": argument}
    os.environ.update(load.get("env", {}))
    if "mmap" in load:
        keywords["mmap"] = load["mmap"]
    if "map_location" in load:
        keywords["map_location"] = _map_location(torch, load["map_location"])
    if "default_load_endianness" in load:
        word = load["default_load_endianness"].upper()
        torch.serialization.set_default_load_endianness(torch.serialization.LoadEndianness[word])
    if "calculate_storage_offsets" in load:
        config = importlib.import_module("torch.utils.serialization.config")
        config.load.calculate_storage_offsets = load["calculate_storage_offsets"]
    if "encoding" in load:
        keywords["encoding"] = load["encoding"]
    for package in load.get("packages", ()):
        torch.serialization.register_package(package["priority"], lambda storage: None, _deserializer(package))
    if "allow" in load:
        with torch.serialization.safe_globals(allowed.safe_globals(load)):
            yield keywords
        return
    yield keywords


# name, file, load, and what is assigned by hand: a kind, or a dict as forged.case.Case.about gives it
_LOCATION, _DEVICE = "storage.location", "tensor.device"
_LABEL = {"kind": "storage.location", "deviation": "a device is a label: torch refuses only because this machine lacks "
          "the device", "deviation_verdict": "accept"}
_ORDER = {"kind": None, "deviation": "torch forgets to change the byte order of storages without a dtype, and hands out "
          "wrong numbers", "deviation_verdict": "accept"}
_CRASH = {"crash": True, "deviation": "safety floor", "deviation_verdict": "reject"}
_NEW, _OLD = "torch-2.15.0/", "torch-2.6.0/"


def _endianness():
    for word in ("native", "little", "big"):
        for kind in ("float", "long", "complex", "uint16", "bool"):
            yield "endian-%s-absent-%s" % (word, kind), "forged/byteorder-absent-%s.pt" % kind, \
                {"default_load_endianness": word}, _ORDER if (word, kind) == ("big", "uint16") else None
        yield "endian-%s-record-little" % word, "forged/geometry-whole.pt", {"default_load_endianness": word}, None
        yield "endian-%s-record-big" % word, "forged/big-endian-float.pt", {"default_load_endianness": word}, None
        yield "endian-%s-record-unknown" % word, "forged/byteorder-native.pt", {"default_load_endianness": word}, \
            "container.byteorder"
    yield "endian-big-legacy", "forged/legacy-plain.pt", {"default_load_endianness": "big"}, None
    yield "endian-big-release", "torch-1.13.1/linear.pt", {"default_load_endianness": "big"}, None
    yield "endian-big-mmap", "forged/byteorder-absent-float.pt", {"default_load_endianness": "big", "mmap": True}, None


_PLAIN, _CUDA = "forged/geometry-whole.pt", "forged/location-cuda-0.pt"

_LOCATIONS = [
    ("cpu", _PLAIN, "cpu", None), ("cpu-0", _PLAIN, "cpu:0", _LOCATION), ("cpu-1", _PLAIN, "cpu:1", _LOCATION),
    ("none", _PLAIN, None, None), ("meta", _PLAIN, "meta", None), ("cuda", _PLAIN, "cuda", _LABEL),
    ("cuda-0", _PLAIN, "cuda:0", _LABEL), ("cuda-99", _PLAIN, "cuda:99", _LABEL), ("mps", _PLAIN, "mps", _LABEL),
    ("xpu", _PLAIN, "xpu", _LABEL), ("bogus", _PLAIN, "bogus", _LOCATION), ("empty", _PLAIN, "", _LOCATION),
    ("upper", _PLAIN, "CPU", _LOCATION), ("number", _PLAIN, 0, "options.invalid"),
    ("device-cpu", _PLAIN, {"device": "cpu"}, None), ("device-meta", _PLAIN, {"device": "meta"}, None),
    ("device-cuda", _PLAIN, {"device": "cuda:0"}, _LABEL),
    ("cuda-to-cpu", _CUDA, "cpu", None), ("cuda-to-meta", _CUDA, "meta", None),
    ("cuda-table", _CUDA, {"table": {"cuda:0": "cpu"}}, None),
    ("cuda-table-other", _CUDA, {"table": {"cuda:1": "cpu"}}, _LABEL),
    ("cuda-table-device", _CUDA, {"table": {"cuda": "cpu"}}, _LABEL),
    ("table-empty", _PLAIN, {"table": {}}, None), ("table-meta", _PLAIN, {"table": {"cpu": "meta"}}, None),
    ("table-bogus", _PLAIN, {"table": {"cpu": "bogus"}}, _LOCATION),
    ("table-unused", _PLAIN, {"table": {"cuda:0": "bogus"}}, None),
    ("callback-same", _PLAIN, {"callback": "same"}, None), ("callback-none", _PLAIN, {"callback": "none"}, None),
    ("callback-meta", _PLAIN, {"callback": "meta"}, None), ("cuda-callback-same", _CUDA, {"callback": "same"}, None),
    ("cuda-callback-cpu", _CUDA, {"callback": "cpu"}, None), ("cuda-callback-none", _CUDA, {"callback": "none"}, _LABEL),
    ("bogus-to-cpu", "forged/pid-location-bogus.pt", "cpu", None),
    ("bogus-callback", "forged/pid-location-bogus.pt", {"callback": "same"}, None),
    ("location-number-to-cpu", "forged/pid-location-number.pt", "cpu", None),
    ("meta-short-record", "forged/pid-numel-long.pt", "meta", None),
    ("meta-long-record", "forged/pid-numel-short.pt", "meta", None),
    ("meta-huge", "forged/pid-numel-huge.pt", "meta", None),
    ("meta-missing-record", "forged/pid-key-missing.pt", "meta", "storage.missing"),
    ("meta-deflated", "forged/zip-deflated-storage.pt", "meta", None),
    ("meta-past", "forged/geometry-offset-past.pt", "meta", None),
    ("meta-big-endian", "forged/big-endian-float.pt", "meta", _CRASH),
    ("meta-parameter", "forged/rebuild-parameter-true.pt", "meta", None),
    ("meta-quantized", "forged/qtensor-plain.pt", "meta", "tensor"),
    ("meta-sparse", "forged/coo-plain.pt", "meta", "tensor"), ("meta-sparse-bad", "forged/coo-row-outside.pt", "meta", "tensor"),
    ("meta-csr", "forged/csr-plain.pt", "meta", "tensor"), ("meta-legacy", "forged/legacy-plain.pt", "meta", None),
    ("cpu-legacy", "forged/legacy-plain.pt", "cpu", None), ("cpu-from-cpu-xla", "forged/from-cpu-device-xla.pt", "cpu", None),
    ("cpu-meta-tensor", "forged/meta-plain.pt", "cpu", None), ("cpu-meta-storage", "forged/later-location-meta.pt", "cpu", None),
    ("meta-state-dict", _NEW + "linear.pt", "meta", None), ("meta-device-value", "forged/device-00.pt", "meta", None),
]

_MAPPED = [
    ("plain", _PLAIN, None), ("linear", _NEW + "linear.pt", None), ("linear-old", _OLD + "linear.pt", None),
    ("parameter", "forged/rebuild-parameter-true.pt", None), ("big-endian", "forged/big-endian-float.pt", None),
    ("big-endian-uint16", "forged/big-endian-v3-uint16.pt", _ORDER), ("deflated", "forged/zip-deflated-storage.pt", None),
    ("deflated-pickle", "forged/zip-deflated-pickle.pt", None), ("short-record", "forged/pid-numel-long.pt", None),
    ("long-record", "forged/pid-numel-short.pt", None), ("zero", "forged/pid-numel-zero.pt", None),
    ("missing-record", "forged/pid-key-missing.pt", "storage.missing"), ("empty", "forged/storage-empty.pt", None),
    ("zip64", "forged/zip-zip64-storage.pt", None), ("descriptor", "forged/zip-descriptor-signed.pt", None),
    ("local-signature", "forged/zip-local-signature.pt", None), ("past", "forged/geometry-offset-past.pt", "tensor.out-of-bounds"),
    ("legacy", "forged/legacy-plain.pt", "options.invalid"), ("sparse", "forged/csr-plain.pt", None),
    ("quantized", "forged/qtensor-plain.pt", None), ("unaligned", "forged/zip-unaligned.pt", None),
    ("torchscript", "forged/zip-constants.pt", "container.torchscript"),
]

_OFFSETS = [
    ("eleven", _NEW + "eleven-storages.pt", None), ("old", _OLD + "eleven-storages.pt", None),
    ("alignment", _NEW + "alignment-4096.pt", None), ("skip-data", _NEW + "skip-data.pt", None),
    ("key-not-0", "forged/offsets-key-7.pt", "storage.offset"), ("other-layout", "forged/offsets-other-layout.pt", None),
]

_BOGUS = "forged/pid-location-bogus.pt"
_NO_VIEW = {"kind": "unsupported", "deviation": "a device is a label: torch fails because a meta storage has no address to "
            "make a view of", "deviation_verdict": "accept"}
_CODEC = {"kind": None, "deviation": "an encoding that no Python 2 checkpoint is known to need", "deviation_verdict": "reject",
          "deviation_kind": "options.invalid"}
_STRANGE = {"kind": None, "deviation": "a call form that torch takes only because Python does, and that no release wrote",
            "deviation_verdict": "reject"}

def _keys():
    for word, about in (("pid", _STRANGE), ("legacy", None)):
        for key in ("tuple", "bytes", "float", "size", "class"):
            for how, where in (("cpu", "cpu"), ("meta", "meta"), ("same", {"callback": "same"})):
                yield "key-%s-%s-%s" % (word, key, how), "forged/%s-key-%s.pt" % (word, key), {"map_location": where}, about
    for key in ("int-negative", "true", "none-there"):
        for word in ("pid", "legacy"):
            yield "key-%s-%s-meta" % (word, key), "forged/%s-key-%s.pt" % (word, key), {"map_location": "meta"}, None
    for how, where, about in (("cpu", "cpu", None), ("same", {"callback": "same"}, None), ("meta", "meta", _NO_VIEW)):
        for word, file in (("tuple", "forged/legacy-key-tuple-view.pt"), ("text", "forged/legacy-view-plain.pt")):
            yield "key-view-%s-%s" % (word, how), file, {"map_location": where}, about


def _package(priority, takes, gives):
    return {"priority": priority, "takes": takes, "gives": gives}


# name, file, packages, map_location or nothing, kind
_PACKAGES = [
    ("before-cpu", _PLAIN, [_package(9, "cpu", "meta")], (), None),
    ("after-cpu", _PLAIN, [_package(11, "cpu", "meta")], (), None),
    ("negative", _PLAIN, [_package(-5, "cpu", "meta")], (), None),
    ("passes", _PLAIN, [_package(5, "cuda", "meta")], (), None),
    ("takes-bogus", _BOGUS, [_package(30, "bogus", "cpu")], (), None),
    ("takes-other", _BOGUS, [_package(30, "other", "cpu")], (), _LOCATION),
    ("lower-first", _BOGUS, [_package(31, "bogus", "meta"), _package(30, "bogus", "same")], (), None),
    ("lower-passes", _BOGUS, [_package(31, "bogus", "meta"), _package(30, "other", "same")], (), None),
    ("before-cuda", _CUDA, [_package(15, "cuda", "cpu")], (), None),
    ("after-cuda", _CUDA, [_package(30, "cuda", "cpu")], (), _LABEL),
    ("equal", _BOGUS, [_package(30, "bogus", "cpu"), _package(30, "other", "cpu")], (), "options.invalid"),
    ("equal-to-cpu", _PLAIN, [_package(10, "bogus", "cpu")], (), "options.invalid"),
    ("throws", _PLAIN, [_package(5, "cpu", "throws")], (), "options.callback"),
    ("mapped", _PLAIN, [_package(30, "npu", "cpu")], ("npu:7",), None),
    ("mapped-table", _CUDA, [_package(30, "npu", "meta")], ({"table": {"cuda:0": "npu"}},), None),
    ("mapped-callback-none", _BOGUS, [_package(30, "bogus", "meta")], ({"callback": "none"},), None),
    ("mapped-callback-same", _PLAIN, [_package(5, "cpu", "meta")], ({"callback": "same"},), None),
    ("mapped-meta", _PLAIN, [_package(4, "", "throws")], ("meta",), None),
    ("legacy", "forged/legacy-plain.pt", [_package(9, "cpu", "meta")], (), None),
    ("legacy-meta", "forged/legacy-plain.pt", [_package(4, "", "throws")], ("meta",), "options.callback"),
    ("state-dict", _NEW + "linear.pt", [_package(9, "cpu", "meta")], (), None),
]

# name, file, encoding, kind
_ENCODINGS = [("%s-%s" % (word, encoding), "forged/python2-%s.pt" % word, encoding, kind)
              for word, kinds in (("tensor", (None,) * 4), ("utf8", (None, None, "pickle.text", None)),
                                  ("latin1", ("pickle.text", None, "pickle.text", None)), ("unicode", (None,) * 4),
                                  ("state-dict", (None,) * 4), ("set", (None,) * 4))
              for encoding, kind in zip(("utf-8", "latin1", "ascii", "bytes"), kinds)]


def rows():
    """Each case as a dict: name, file, load, and what is assigned by hand."""
    found = list(_endianness())
    found += [("location-" + word, file, {"map_location": where}, kind) for word, file, where, kind in _LOCATIONS]
    for flag in (True, False):
        for word, file, kind in _MAPPED if flag else _MAPPED[:3]:
            found.append(("mmap-%s" % word if flag else "read-%s" % word, file, {"mmap": flag}, kind))
    for word, file, kind in _OFFSETS:
        found.append(("offsets-" + word, file, {"calculate_storage_offsets": True, "mmap": True}, kind))
    found.append(("offsets-meta", _NEW + "eleven-storages.pt", {"calculate_storage_offsets": True, "map_location": "meta"},
                  None))
    found.append(("mmap-meta", _NEW + "linear.pt", {"mmap": True, "map_location": "meta"}, None))
    found += _keys()
    for word, file, packages, where, kind in _PACKAGES:
        load = {"packages": packages, **({"map_location": where[0]} if where else {})}
        found.append(("packages-" + word, file, load, kind))
    for word, file, encoding, kind in _ENCODINGS:
        found.append(("encoding-" + word, file, {"encoding": encoding}, kind))
    for word, kind in (("latin-1", None), ("iso-8859-1", None), ("us-ascii", None), ("utf8", None), ("l1", None),
                       ("ISO-8859-1", _CODEC), ("cp1252", _CODEC), ("bogus", "options.invalid")):
        found.append(("encoding-name-" + word.lower() + "-upper" * (word != word.lower()), "forged/python2-tensor.pt",
                      {"encoding": word}, kind))
    return [{"name": name, "file": file, "load": load, **(about if isinstance(about, dict) else {"kind": about})}
            for name, file, load, about in found]
