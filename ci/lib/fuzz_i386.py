"""The fuzz targets as 32-bit programs that replay: where a size_t cuts a number off, a size of 4 GiB or an offset shows it."""

import glob
import os
import shutil

COMPILER = "i686-linux-gnu-g++"
ZLIB = "/usr/lib32/libz.a"
# Headers that are the same for every architecture; the rest of the host's would get in the way of the compiler's own.
HEADERS = ("CLI", "nlohmann", "zlib.h", "zconf.h")


def missing():
    """What is not there, each with its package's name; an empty list: the programs can be built."""
    found = [] if shutil.which(COMPILER) else [f"{COMPILER} (g++-i686-linux-gnu)"]
    return found + ([] if os.path.isfile(ZLIB) else [f"{ZLIB} (lib32z1-dev)"])


def headers(folder):
    """Fills the folder with links to HEADERS; an OSError names one that is not there."""
    os.makedirs(folder, exist_ok=True)
    for name in HEADERS:
        places = glob.glob(f"/usr/include/{name}") + glob.glob(f"/usr/include/*-linux-gnu/{name}")
        if not places:
            raise OSError(f"there is no header {name} in /usr/include")
        link = os.path.join(folder, name)
        if not os.path.lexists(link):
            os.symlink(places[0], link)


def settings(build):
    include = os.path.join(build, "host")
    headers(include)
    return ["-DCMAKE_SYSTEM_NAME=Linux", "-DCMAKE_SYSTEM_PROCESSOR=i686", f"-DCMAKE_CXX_COMPILER={COMPILER}", "-DCMAKE_BUILD_TYPE=Release",
            "-DCMAKE_CXX_FLAGS_RELEASE=-O1", "-DCMAKE_EXE_LINKER_FLAGS=-static", f"-DCMAKE_CXX_STANDARD_INCLUDE_DIRECTORIES={include}",
            f"-DZLIB_INCLUDE_DIR={include}", f"-DZLIB_LIBRARY={ZLIB}", "-DWEIGHTSONLY_BUILD_FUZZ=ON",
            "-DWEIGHTSONLY_BUILD_TESTS=OFF", "-DWEIGHTSONLY_BUILD_BENCH=OFF", "-DWEIGHTSONLY_INSTALL=OFF"]
