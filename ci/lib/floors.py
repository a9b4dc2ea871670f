"""Floors: every file of reference/ stands on a floor and includes only its own floor and lower ones.

capi/, the C interface, is a user of the library that travels in it: it includes the two public headers and its own folder, and nobody
includes it. recipe/, the recipe language of the suite, is no part of the library: it stands on the three lowest floors, and only the tool
includes it."""

import os
import re

import tree

FLOORS = ["base", "container", "pickle", "recipe", "value", "policy", "machine", "checkpoint", "output", "capi", "tool"]
RECIPE = FLOORS.index("recipe")
TOOL = FLOORS.index("tool")
CAPI = FLOORS.index("capi")
PUBLIC_HEADER = "weightsonly.h"
C_HEADER = "weightsonly_c.h"
C_HEADER_INCLUDES = ("<stddef.h>", "<stdint.h>")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
STANDARD = re.compile(r"[a-z_]+")
SYSTEM = re.compile(r"(zlib|fcntl|unistd|errno|signal|pthread|stdlib|string|windows|io|immintrin)\.h|sys/\w+\.h")
TOOL_LIBRARIES = re.compile(r"(nlohmann|CLI|fmt)/[\w/]+\.(hpp|h)")


def include_fault(top, floor, bracket, name):
    """What is wrong with a file of floor number `floor` that includes `name`, or None."""
    if bracket == "<":
        if STANDARD.fullmatch(name) or SYSTEM.fullmatch(name) or floor == TOOL and TOOL_LIBRARIES.fullmatch(name):
            return None
        return f"<{name}> is neither the system's nor zlib's"
    if name == C_HEADER:
        return None if floor == CAPI else "the C header is for users"
    if name == PUBLIC_HEADER:
        return None if floor in (CAPI, TOOL) else "the public header is for users; include the floor's own header"
    target = name.split("/")[0]
    if "/" not in name or target not in FLOORS:
        return f'"{name}" is not written as FLOOR/FILE'
    if (FLOORS.index(target) == CAPI) != (floor == CAPI):
        return f'"{name}": capi/ and the floors know each other by the public headers only'
    if FLOORS.index(target) == RECIPE and floor not in (RECIPE, TOOL):
        return f'"{name}": recipe/ is no part of the library'
    if FLOORS.index(target) > floor:
        return f'"{name}" stands on a higher floor'
    if not os.path.isfile(os.path.join(top, "reference", name)):
        return f'"{name}" does not exist'
    return None


def c_header_faults(top, path):
    """A C compiler reads it alone."""
    found = []
    for number, line in tree.lines(top, path):
        include = re.match(r"\s*#\s*include\s*(.*?)\s*$", line)
        if include and include[1] not in C_HEADER_INCLUDES:
            found.append(f"{path}:{number}: {include[1]} is none of {', '.join(C_HEADER_INCLUDES)}")
    return found


def check(top):
    found = []
    for path in tree.files(top):
        parts = path.split("/")
        if path == f"reference/{C_HEADER}":
            found += c_header_faults(top, path)
            continue
        if parts[0] != "reference" or parts[1] in ("tests", PUBLIC_HEADER) or len(parts) == 2 and path.endswith(".md"):
            continue
        if len(parts) < 3 or parts[1] not in FLOORS:
            found.append(f"{path}: stands on no floor ({', '.join(FLOORS)})")
            continue
        floor = FLOORS.index(parts[1])
        for number, line in tree.lines(top, path):
            if number == 1 and path.endswith((".h", ".cc", ".def")) and not line.startswith("// "):
                found.append(f"{path}:1: starts without a comment that says what the file is")
            include = INCLUDE.match(line)
            fault = include and include_fault(top, floor, *include.groups())
            if fault:
                found.append(f"{path}:{number}: {fault}")
    return found
