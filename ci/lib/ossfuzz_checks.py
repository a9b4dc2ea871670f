"""What OSS-Fuzz asks of a folder of built fuzz targets (its test_all.py and bad_build_check), and what we ask beyond it.

Each function ending in _faults returns what is wrong, one sentence each. They look at files and at what programs printed; who runs
the programs is ossfuzz_run.py.
"""

import configparser
import os
import re
import zipfile

NAME = re.compile(r"[A-Za-z0-9_-]+")
ENTRY = b"LLVMFuzzerTestOneInput"
MACHINES = {"x86_64": 62, "aarch64": 183, "i386": 3}
# Without the standard library of C++ where that is libc++, which is linked statically at OSS-Fuzz.
SYSTEM_LIBRARIES = re.compile(r"(libc|libm|libdl|librt|libpthread|libresolv|libgcc_s|libstdc\+\+|ld-linux[-x86_64]*)\.so\.\d+")
OPTIONS = {"max_len", "timeout", "rss_limit_mb", "close_fd_mask", "dict", "len_control", "use_value_profile", "detect_leaks"}
# Calls of checks that a build must have at least, or at most.
LEAST = {"address": {"asan": 1000}, "undefined": {"ubsan": 168}, "memory": {"msan": 1000}, "coverage": {}}
MOST = {"address": {"dfsan": 0, "msan": 3, "ubsan": 200}, "undefined": {"asan": 0, "dfsan": 0, "msan": 3},
        "memory": {"asan": 0, "dfsan": 0, "ubsan": 200}, "coverage": {"asan": 0, "dfsan": 0, "msan": 3, "ubsan": 200}}
MOST_UBSAN_I386 = 280
SUFFIXES = ("_seed_corpus.zip", ".dict", ".options")
ENTRY_LINE = re.compile(r'(?:[A-Za-z0-9_]+=)?"(?:[^"\\\x00-\x1f\x7f-\uffff]|\\x[0-9a-fA-F]{2}|\\\\|\\")+"')


def targets(out):
    """The programs that OSS-Fuzz would take for fuzz targets."""
    found = []
    for name in sorted(os.listdir(out)):
        path = os.path.join(out, name)
        if not NAME.fullmatch(name) or name.startswith(("afl-", "jazzer_")) or not os.path.isfile(path) or not os.access(path, os.X_OK):
            continue
        with open(path, "rb") as file:
            data = file.read()
        if data.startswith((b"\x7fELF", b"#!")) and ENTRY in data:
            found.append(name)
    return found


def folder_faults(out, wanted):
    """Every wanted target is one, with all that belongs to it, and nothing else lies there. A target may be without a dictionary."""
    there, found = set(os.listdir(out)), targets(out)
    faults = [f"{name} is missing or no fuzz target" for name in wanted if name not in found]
    faults += [f"{name} is a target that nobody asked for" for name in found if name not in wanted]
    faults += [f"{name}{suffix} is missing" for name in wanted for suffix in SUFFIXES if suffix != ".dict" and name + suffix not in there]
    known = {name + suffix for name in wanted for suffix in ("", *SUFFIXES)}
    return faults + [f"{name} belongs to no target" for name in sorted(there - known - set(found))]


def machine_faults(path, architecture):
    with open(path, "rb") as file:
        head = file.read(20)
    if not head.startswith(b"\x7fELF"):
        return ["it is no ELF file"]
    machine = int.from_bytes(head[18:20], "little")
    return [] if machine == MACHINES[architecture] else [f"it is for machine {machine}, not for {architecture}"]


def library_faults(dynamic):
    """`dynamic`: what `readelf -d` prints."""
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic)
    faults = [f"it needs {name}, which is not there at run time" for name in needed if not SYSTEM_LIBRARIES.fullmatch(name)]
    return faults + (["it has no dynamic section"] if not needed else [])


def count_calls(lines):
    """Calls of each sanitizer's checks in the lines of a disassembly."""
    counts = dict.fromkeys(("asan", "dfsan", "msan", "ubsan"), 0)
    call = re.compile(r"\bcallq?\s+(?:0x)?[0-9a-f]+\s+<__(asan|dfsan|msan|ubsan)")
    for line in lines:
        found = call.search(line) if "<__" in line else None
        if found:
            counts[found[1]] += 1
    return counts


def call_faults(counts, sanitizer, architecture):
    faults = [f"{counts[name]} calls of {name}, {least} at least" for name, least in LEAST[sanitizer].items() if counts[name] < least]
    for name, most in MOST[sanitizer].items():
        if name == "ubsan" and architecture == "i386":
            most = MOST_UBSAN_I386
        if counts[name] > most:
            faults.append(f"{counts[name]} calls of {name}, {most} at most")
    return faults


def startup_faults(code, output):
    """After `-seed=1337 -runs=4` without a corpus."""
    faults = [] if code == 0 else [f"it ended with {code}: {output[-300:]}"]
    if "ERROR: no interesting inputs were found" in output:
        faults.append("it has no coverage instrumentation")
    if "Done 4 runs" not in output:
        faults.append("it did not say `Done 4 runs`")
    return faults


def dictionary_faults(text):
    faults, entries = [], 0
    for number, line in enumerate(text.splitlines(), 1):
        if line and not line.startswith("#"):
            entries += 1
            if not ENTRY_LINE.fullmatch(line):
                faults.append(f"line {number} is no entry: {line}")
    return faults + ([] if entries else ["there is no entry"])


def options_faults(text, there):
    """`there`: the names in the folder."""
    parser = configparser.ConfigParser()
    try:
        parser.read_string(text)
    except configparser.Error as error:
        return [f"it cannot be read: {error}"]
    faults = [f"section {name} is not known" for name in parser.sections() if name not in ("libfuzzer", "asan", "msan", "ubsan")]
    for key, value in parser["libfuzzer"].items() if parser.has_section("libfuzzer") else ():
        if key not in OPTIONS:
            faults.append(f"the option {key} is not known")
        elif key == "dict":
            faults += [] if value in there else [f"the dictionary {value} is not there"]
        elif not value.isdigit():
            faults.append(f"{key} is no number: {value}")
    return faults


def arguments_of(text):
    """The options as a command line has them."""
    parser = configparser.ConfigParser()
    parser.read_string(text)
    return [f"-{key}={value}" for key, value in parser["libfuzzer"].items()] if parser.has_section("libfuzzer") else []


def seed_faults(path):
    """A flat archive of files with different names, none of them damaged."""
    try:
        with zipfile.ZipFile(path) as archive:
            names, damaged = archive.namelist(), archive.testzip()
    except (OSError, zipfile.BadZipFile) as error:
        return [f"it cannot be read: {error}"]
    faults = [f"{name} does not lie at the top" for name in names if "/" in name or "\\" in name]
    if len({name.lower() for name in names}) != len(names):
        faults.append("two seeds have one name")
    if damaged:
        faults.append(f"{damaged} is damaged")
    return faults + ([] if names else ["there is no seed"])


def build_faults(log):
    """`log`: what the build printed and its commands."""
    return [f"the build has {flag}, which ties it to one machine" for flag in ("-march=native", "-mtune=native", "-mcpu=native") if flag in log]
