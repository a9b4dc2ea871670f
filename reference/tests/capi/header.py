"""The functions of weightsonly_c.h, read from the header: what ctypes must know of each, and the names that a library must show."""

import ctypes
import os
import re
from pathlib import Path

SOURCE = Path(os.environ.get("WEIGHTSONLY_SOURCE", Path(__file__).resolve().parents[3]))
HEADER = SOURCE / "reference" / "weightsonly_c.h"
NUMBERS = {"int": ctypes.c_int, "unsigned": ctypes.c_uint, "double": ctypes.c_double, "size_t": ctypes.c_size_t,
           "int64_t": ctypes.c_int64, "uint64_t": ctypes.c_uint64, "void": None}
MapLocation = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.POINTER(ctypes.c_char_p))
Write = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
FUNCTIONS = {"weightsonly_map_location_function": MapLocation, "weightsonly_write_function": Write}
# Texts that do not end in a NUL, or that the caller frees: pointers.
POINTERS = {"weightsonly_cursor_path_name", "weightsonly_json"}


def declarations():
    """{function: (type it returns, [type of each parameter])}, in C's words."""
    text = re.sub(r"/\*.*?\*/", " ", HEADER.read_text("utf-8"), flags=re.S)
    found = {}
    for words, parameters in re.findall(r"WEIGHTSONLY_C_EXPORT\s+([^()]*?)\(([^()]*)\)\s*WEIGHTSONLY_C_NOEXCEPT;", text):
        returned, name = re.fullmatch(r"(.*?)\s*\b(weightsonly_\w+)", words, re.S).groups()
        assert name not in found, name
        types = [re.sub(r"\w+(\[\d+\])?$", r"\1", " ".join(p.split())).strip() for p in parameters.split(",")]
        found[name] = (returned, [] if parameters.strip() == "void" else types)
    assert len(found) == text.count("WEIGHTSONLY_C_EXPORT ") - text.count("define WEIGHTSONLY_C_EXPORT ")
    return found


def ctype(word):
    if word in NUMBERS:
        return NUMBERS[word]
    if word in FUNCTIONS:
        return FUNCTIONS[word]
    if word == "const char*":
        return ctypes.c_char_p
    assert word.endswith(("*", "* const*", "[65]")) and word.split()[-1] != "const", word
    return ctypes.c_void_p


def load(path):
    """The library, each function with its types."""
    library = ctypes.CDLL(str(path))
    for name, (returned, parameters) in declarations().items():
        function = getattr(library, name)
        function.restype = ctypes.c_void_p if name in POINTERS else ctype(returned)
        function.argtypes = [ctype(word) for word in parameters]
    return library
