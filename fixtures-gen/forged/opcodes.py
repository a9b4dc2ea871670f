"""Every opcode once, the stack, marks, the memo, operands that are cut short, and globals."""

import pickletools

from .archives import checkpoint
from .case import Case
from .pickles import *
from .pickles import name as name_of

_ACCEPTED = {
    "APPEND": EMPTY_LIST + number(1) + APPEND,
    "APPENDS": EMPTY_LIST + MARK + number(1) + number(2) + APPENDS,
    "BINFLOAT": real(-1.5),
    "BINGET": EMPTY_LIST + put(3) + get(3) + TUPLE2,
    "BININT": number(-2),
    "BININT1": number(255),
    "BININT2": number(65535),
    "BINPERSID": storage(),
    "BINPUT": number(1) + put(255),
    "BINUNICODE": text("\u00e9"),
    "BUILD": ordered_dict() + value({"note": 1}) + BUILD,
    "EMPTY_DICT": EMPTY_DICT,
    "EMPTY_LIST": EMPTY_LIST,
    "EMPTY_SET": EMPTY_SET,
    "EMPTY_TUPLE": EMPTY_TUPLE,
    "GLOBAL": name_of("collections.OrderedDict"),
    "LONG1": b"\x8a\x03\x00\x00\x80",
    "LONG_BINGET": EMPTY_LIST + long_put(70000) + long_get(70000) + TUPLE2,
    "LONG_BINPUT": number(1) + long_put(2**32 - 1),
    "MARK": MARK + number(1),
    "NEWFALSE": FALSE,
    "NEWOBJ": name_of("collections.OrderedDict") + EMPTY_TUPLE + NEWOBJ,
    "NEWTRUE": TRUE,
    "NONE": NONE,
    "PROTO": PROTO2 + NONE,
    "REDUCE": ordered_dict(),
    "SETITEM": EMPTY_DICT + text("k") + number(1) + SETITEM,
    "SETITEMS": value({"k": 1, "l": 2}),
    "SHORT_BINSTRING": b"U\x03abc",
    "STOP": number(7),
    "TUPLE": tuple_of(1, 2, 3, 4),
    "TUPLE1": number(1) + TUPLE1,
    "TUPLE2": number(1) + number(2) + TUPLE2,
    "TUPLE3": number(1) + number(2) + number(3) + TUPLE3,
}

_ITEMS = EMPTY_LIST + number(1)

# name, title, code between PROTO and STOP, kind or None
_MACHINE = [
    ("stack-values-left", "values left on the stack are ignored", number(1) + number(2), None),
    ("stack-mark-open", "a mark that is left open is ignored", number(1) + MARK + number(2), None),
    ("stack-two-marks-open", "two marks are left open", MARK + MARK + number(2), None),
    ("stack-stop-empty", "STOP on an empty stack", b"", "pickle.stack-underflow"),
    ("stack-stop-after-mark", "a mark hides the value below it from STOP", number(1) + MARK, "pickle.stack-underflow"),
    ("stack-mark-hides-tuple1", "a mark hides the value below it", number(1) + MARK + TUPLE1, "pickle.stack-underflow"),
    ("stack-mark-hides-append", "APPEND does not see a list below the mark", EMPTY_LIST + MARK + number(1) + APPEND,
     "pickle.stack-underflow"),
    ("stack-tuple1-empty", "TUPLE1 on an empty stack", TUPLE1, "pickle.stack-underflow"),
    ("stack-tuple2-one", "TUPLE2 with one value", number(1) + TUPLE2, "pickle.stack-underflow"),
    ("stack-tuple3-two", "TUPLE3 with two values", number(1) + number(2) + TUPLE3, "pickle.stack-underflow"),
    ("stack-append-one", "APPEND with one value", number(1) + APPEND, "pickle.stack-underflow"),
    ("stack-setitem-two", "SETITEM with two values", number(1) + number(2) + SETITEM, "pickle.stack-underflow"),
    ("stack-reduce-one", "REDUCE with one value", EMPTY_TUPLE + REDUCE, "pickle.stack-underflow"),
    ("stack-newobj-one", "NEWOBJ with one value", EMPTY_TUPLE + NEWOBJ, "pickle.stack-underflow"),
    ("stack-build-one", "BUILD with one value", EMPTY_DICT + BUILD, "pickle.stack-underflow"),
    ("stack-persid-empty", "BINPERSID on an empty stack", BINPERSID, "pickle.stack-underflow"),
    ("stack-appends-no-target", "APPENDS with nothing below its mark", MARK + number(1) + APPENDS,
     "pickle.stack-underflow"),
    ("stack-setitems-no-target", "SETITEMS with nothing below its mark", MARK + number(1) + number(2) + SETITEMS,
     "pickle.stack-underflow"),
    ("stack-setitems-odd", "SETITEMS with three values", EMPTY_DICT + MARK + number(1) * 3 + SETITEMS,
     "pickle.stack-underflow"),
    ("mark-missing-tuple", "TUPLE without a mark", number(1) + TUPLE, "pickle.mark-missing"),
    ("mark-missing-appends", "APPENDS without a mark", _ITEMS + APPENDS, "pickle.mark-missing"),
    ("mark-missing-setitems", "SETITEMS without a mark", EMPTY_DICT + number(1) * 2 + SETITEMS, "pickle.mark-missing"),
    ("tuple-of-nothing", "TUPLE with nothing above its mark", MARK + TUPLE, None),
    ("appends-nothing", "APPENDS with nothing above its mark", EMPTY_LIST + MARK + APPENDS, None),
    ("setitems-nothing", "SETITEMS with nothing above its mark", EMPTY_DICT + MARK + SETITEMS, None),
    ("memo-get-missing", "BINGET of an index that was never put", get(7), "pickle.memo-missing"),
    ("memo-long-get-missing", "LONG_BINGET of an index that was never put", number(1) + put(0) + long_get(2**32 - 1),
     "pickle.memo-missing"),
    ("memo-put-empty", "BINPUT on an empty stack", put(0), "pickle.stack-underflow"),
    ("memo-put-after-mark", "BINPUT right after a mark", number(1) + MARK + put(0), "pickle.stack-underflow"),
    ("memo-overwritten", "a memo index put twice holds the second value",
     number(1) + put(0) + number(2) + put(0) + get(0) + TUPLE3, None),
    ("memo-largest-index", "the memo index 2**32-1", EMPTY_LIST + long_put(2**32 - 1) + long_get(2**32 - 1) + TUPLE2,
     None),
    ("memo-short-and-long", "LONG_BINGET reads what BINPUT wrote", text("x") + put(9) + long_get(9) + TUPLE2, None),
    ("memo-before-append", "a list is put before it is filled", EMPTY_LIST + put(0) + get(0) + APPEND, None),
    ("proto-again", "PROTO in the middle", number(1) + b"\x80\x04" + TUPLE1, None),
    ("long1-empty", "LONG1 of no bytes is zero", b"\x8a\x00", None),
    ("long1-padded", "LONG1 with needless bytes", b"\x8a\x04\x01\x00\x00\x00", None),
    ("long1-minus-one", "LONG1 ff is -1", b"\x8a\x01\xff", None),
    ("long1-255-bytes", "LONG1 of 255 bytes, positive and negative",
     b"\x8a\xff" + b"\xff" * 254 + b"\x7f" + b"\x8a\xff" + b"\x00" * 254 + b"\x80" + TUPLE2, None),
    ("binint-forms", "one number in four opcodes", b"K\x05M\x05\x00J\x05\x00\x00\x00\x8a\x01\x05" + TUPLE3 + TUPLE2,
     None),
    ("unicode-surrogates", "BINUNICODE with encoded surrogates",
     text(b"\xed\xa0\xbd\xed\xb8\x80") + text(b"\xf0\x9f\x98\x80") + TUPLE2, None),
    ("unicode-bad-utf8", "BINUNICODE that is not UTF-8", text(b"a\xff"), "pickle.text"),
    ("unicode-overlong", "BINUNICODE with an overlong form", text(b"\xc0\x80"), "pickle.text"),
    ("unicode-too-large", "BINUNICODE beyond U+10FFFF", text(b"\xf4\x90\x80\x80"), "pickle.text"),
    ("unicode-cut", "BINUNICODE that ends inside a character", text(b"\xe2\x82"), "pickle.text"),
    ("string-utf8", "SHORT_BINSTRING is decoded as UTF-8", b"U\x02\xc3\xa9", None),
    ("string-bad-utf8", "SHORT_BINSTRING that is not UTF-8", b"U\x01\xe9", "pickle.text"),
    ("string-surrogate", "SHORT_BINSTRING with an encoded surrogate", b"U\x03\xed\xa0\x80", "pickle.text"),
    ("string-empty", "SHORT_BINSTRING of no bytes", b"U\x00", None),
]

# name, title, whole pickle, kind or None
_WHOLE = [
    ("proto-absent", "a pickle without PROTO", number(1) + STOP, None),
    ("trailing-bytes", "bytes after STOP are ignored", pickle(number(1)) + b"\xff\xff junk", None),
    ("pickle-empty", "a pickle of no bytes", b"", "pickle.truncated"),
    ("pickle-no-stop", "a pickle without STOP", PROTO2 + number(1), "pickle.truncated"),
    ("cut-proto", "PROTO without its operand", b"\x80", "pickle.truncated"),
    ("cut-binint", "BININT cut short", PROTO2 + b"J\x01\x02\x03", "pickle.truncated"),
    ("cut-binint1", "BININT1 without its operand", PROTO2 + b"K", "pickle.truncated"),
    ("cut-binint2", "BININT2 cut short", PROTO2 + b"M\x01", "pickle.truncated"),
    ("cut-binfloat", "BINFLOAT cut short", PROTO2 + b"G\x3f\xf0", "pickle.truncated"),
    ("cut-binget", "BINGET without its operand", PROTO2 + number(1) + put(0) + b"h", "pickle.truncated"),
    ("cut-long-binget", "LONG_BINGET cut short", PROTO2 + number(1) + put(0) + b"j\0\0\0", "pickle.truncated"),
    ("cut-binput", "BINPUT without its operand", PROTO2 + number(1) + b"q", "pickle.truncated"),
    ("cut-long-binput", "LONG_BINPUT cut short", PROTO2 + number(1) + b"r\0\0\0", "pickle.truncated"),
    ("cut-long1-length", "LONG1 without its length", PROTO2 + b"\x8a", "pickle.truncated"),
    ("cut-long1-body", "LONG1 shorter than its length", PROTO2 + b"\x8a\x04\x01", "pickle.truncated"),
    ("cut-unicode-length", "BINUNICODE with half a length", PROTO2 + b"X\x01\0", "pickle.truncated"),
    ("cut-unicode-body", "BINUNICODE shorter than its length", PROTO2 + b"X\x10\0\0\0abc.", "pickle.truncated"),
    ("cut-unicode-4g", "BINUNICODE of 2**32-1 bytes", PROTO2 + b"X\xff\xff\xff\xffabc.", "pickle.truncated"),
    ("cut-string-body", "SHORT_BINSTRING shorter than its length", PROTO2 + b"U\x10abc.", "pickle.truncated"),
    ("cut-global-module", "GLOBAL without its second line", PROTO2 + b"ccollections\n", "pickle.truncated"),
    ("cut-global-name", "GLOBAL whose last line has no end", PROTO2 + b"ccollections\nOrderedDict", "pickle.truncated"),
]

# name, title, module line, name line, kind or None
_GLOBALS = [
    ("split-elsewhere", "only the joined path counts", b"torch", b"storage.UntypedStorage", None),
    ("carriage-return", "a carriage return belongs to the name", b"collections", b"OrderedDict\r",
     "policy.global-not-allowed"),
    ("empty-module", "an empty module", b"", b"collections.OrderedDict", "policy.global-not-allowed"),
    ("empty", "both lines empty", b"", b"", "policy.global-not-allowed"),
    ("blanks", "blanks in the name", b"some module", b"some name", "policy.global-not-allowed"),
    ("control-characters", "control characters in the name", b"a\x1b[31m", b"b\x00\x07", "policy.global-not-allowed"),
    ("not-utf8", "a name that is not UTF-8", b"collections", b"Ordered\xff", "pickle.text"),
    ("surrogate", "a name with an encoded surrogate", b"collections", b"\xed\xa0\x80", "pickle.text"),
    ("non-ascii", "a name that is not ASCII", "modul\u00e9".encode(), "\u540d".encode(), "policy.global-not-allowed"),
    ("python2-set", "__builtin__ is builtins", b"__builtin__", b"set", None),
    ("python2-userdict", "UserDict.UserDict is collections.UserDict, which is not allowed", b"UserDict", b"UserDict",
     "policy.global-not-allowed"),
    ("python2-unicode", "__builtin__.unicode is builtins.str, which is not allowed", b"__builtin__", b"unicode",
     "policy.global-not-allowed"),
    ("python2-intern", "__builtin__.intern is sys.intern, which is blocked", b"__builtin__", b"intern",
     "policy.module-blocked"),
    ("python2-copy-reg", "copy_reg is copyreg", b"copy_reg", b"_reconstructor", "policy.global-not-allowed"),
    ("python2-cpickle", "cPickle keeps its name: torch's table does not have it", b"cPickle", b"loads",
     "policy.global-not-allowed"),
    ("blocked-os", "the module os is blocked", b"os", b"mkdir", "policy.module-blocked"),
    ("blocked-sys", "the module sys is blocked, whatever the name", b"sys", b"", "policy.module-blocked"),
    ("blocked-posix", "the module posix is blocked", b"posix", b"mkdir", "policy.module-blocked"),
    ("blocked-nt", "the module nt is blocked", b"nt", b"mkdir", "policy.module-blocked"),
    ("os-path", "os.path is no blocked module, and not allowed", b"os.path", b"join", "policy.global-not-allowed"),
    ("builtins-eval", "builtins.eval is not allowed", b"builtins", b"eval", "policy.global-not-allowed"),
    ("dtype-alias", "torch.float is no allowed name", b"torch", b"float", "policy.global-not-allowed"),
    ("tensor-function", "torch.tensor is no allowed name", b"torch", b"tensor", "policy.global-not-allowed"),
    ("parameter-short-path", "torch.nn.Parameter is not the allowed path", b"torch.nn", b"Parameter",
     "policy.global-not-allowed"),
    ("nested", "_rebuild_nested_tensor is no longer allowed", b"torch._utils", b"_rebuild_nested_tensor",
     "policy.global-not-allowed"),
    ("dtensor", "DTensor must be imported", b"torch.distributed.tensor", b"DTensor", "policy.not-imported"),
    ("device-mesh", "DeviceMesh must be imported", b"torch.distributed.device_mesh", b"DeviceMesh",
     "policy.not-imported"),
    ("strided-shard", "_StridedShard is on no list", b"torch.distributed.tensor.placement_types", b"_StridedShard",
     "policy.global-not-allowed"),
    ("numpy-scalar", "a numpy scalar is not allowed", b"numpy._core.multiarray", b"scalar",
     "policy.global-not-allowed"),
]

_GLOBALS_AS_VALUES = {
    "dtypes": ["torch." + d for d in (
        "float64 float32 float16 bfloat16 int64 int32 int16 int8 uint8 bool complex64 complex128 qint8 qint32 quint8 "
        "quint4x2 quint2x4 float8_e5m2 float8_e4m3fn float8_e5m2fnuz float8_e4m3fnuz float8_e8m0fnu float4_e2m1fn_x2 "
        "bits8 bits16 bits1x8 bits2x4 bits4x2 complex32 bcomplex32 uint16 uint32 uint64 uint1 uint2 uint3 uint4 uint5 "
        "uint6 uint7 int1 int2 int3 int4 int5 int6 int7").split()],
    "qschemes": ["torch." + q for q in (
        "per_tensor_affine per_tensor_symmetric per_channel_affine per_channel_symmetric "
        "per_channel_affine_float_qparams").split()],
    "callables": ["collections.OrderedDict", "collections.Counter", "torch.nn.parameter.Parameter",
                  "torch.serialization._get_layout", "torch.Size", "torch.Tensor", "torch.device", "_codecs.encode",
                  "builtins.bytearray", "builtins.set", "builtins.complex", "torch._tensor._rebuild_from_type_v2"]
    + ["torch._utils._rebuild_" + r for r in (
        "parameter parameter_with_state qtensor tensor tensor_v2 tensor_v3 sparse_tensor meta_tensor_no_storage "
        "wrapper_subclass device_tensor_from_numpy device_tensor_from_cpu_tensor").split()],
    "storages": [prefix + s + "Storage" for prefix, kinds in (
        ("torch.", "Double Float Half BFloat16 Long Int Short Char Byte Bool ComplexDouble ComplexFloat QInt8 QInt32 "
         "QUInt8 QUInt4x2 QUInt2x4"),
        ("torch.cuda.", "Double Float Half BFloat16 Long Int Short Char Byte Bool ComplexDouble ComplexFloat"),
        ("torch.storage.", "Typed Untyped")) for s in kinds.split()],
    "tensor-classes": [prefix + s + "Tensor" for prefix, kinds in (
        ("torch.", "Double Float Half BFloat16 Long Int Short Char Byte Bool"),
        ("torch.cuda.", "Double Float Half BFloat16 Long Int Short Char Byte Bool"),
        ("torch.sparse.", "Double Float Half BFloat16 Long Int Short Char Byte"),
        ("torch.cuda.sparse.", "Double Float Half BFloat16 Long Int Short Char Byte")) for s in kinds.split()],
}


def _opcode_cases():
    for word, code in _ACCEPTED.items():
        # No release writes NEWOBJ for a class that needs no BUILD.
        yield Case("op-" + word.lower().replace("_", "-"), "%s is accepted" % word, checkpoint(pickle(code)),
                   deviation="call" if word == "NEWOBJ" else None)
    known = {op.code.encode("latin1"): op.name for op in pickletools.opcodes}
    for code, word in known.items():
        if word not in _ACCEPTED:
            data = PROTO2 + NONE + code + bytes(8) + STOP
            yield Case("op-refused-" + word.lower().replace("_", "-"), "%s is refused" % word, checkpoint(data),
                       kind="pickle.opcode")
    for byte in (0x00, 0x01, 0x0A, 0x7F, 0x97 + 1, 0xA0, 0xFF):
        if bytes([byte]) not in known:
            yield Case("op-unknown-%02x" % byte, "the byte %02x is no opcode" % byte,
                       checkpoint(PROTO2 + NONE + bytes([byte]) + STOP), kind="pickle.opcode")
    for protocol in (0, 1, 3, 4, 5, 255):
        yield Case("proto-%d" % protocol, "PROTO %d says nothing about what follows" % protocol,
                   checkpoint(b"\x80" + bytes([protocol]) + number(1) + STOP))


def cases():
    yield from _opcode_cases()
    for word, title, code, kind in _MACHINE:
        yield Case(word, title, checkpoint(pickle(code)), kind=kind)
    for word, title, whole, kind in _WHOLE:
        yield Case(word, title, checkpoint(whole), kind=kind)
    for word, title, module, attribute, kind in _GLOBALS:
        code = b"c" + module + b"\n" + attribute + b"\n"
        yield Case("global-" + word, title, checkpoint(pickle(code)), kind=kind)
    for word, names in _GLOBALS_AS_VALUES.items():
        yield Case("globals-" + word, "all allowed %s as values" % word, checkpoint(pickle(value([name_of(n) for n in names]))))
        keys = value({name_of(n): i for i, n in enumerate(names)})
        yield Case("globals-%s-as-keys" % word, "all allowed %s as dict keys" % word, checkpoint(pickle(keys)))
    mesh = b"ctorch.distributed._mesh_layout\n_MeshLayout\n"
    yield Case("global-mesh-layout", "a class that importing torch allows as a side effect", checkpoint(pickle(mesh)),
               deviation="imports", deviation_kind="policy.global-not-allowed")
    yield Case("global-name-long", "a name of 3,000 characters", kind="policy.global-not-allowed",
               data=checkpoint(pickle(b"cmodule\n" + b"n" * 3000 + b"\n")))
