"""No byte of an answer comes from memory that nobody wrote: with memory handed out full of one byte or of another, every file of corpus/
has the same answer, value and digests, mapped, read, and with arrays of numpy."""

import ctypes
import os
import subprocess
import sys
import unittest

import tool

FILLS = (85, 170)
BATCH = 500
READ = "import ctypes; c = ctypes.CDLL(None); c.malloc.restype = ctypes.c_void_p; print(ctypes.string_at(c.malloc(100), 100)[50])"


def filled(byte):
    """The environment in which the C library, or AddressSanitizer in its place, fills what it hands out. The former only without its
    caches of each thread, which hand out what was freed as it is."""
    sanitizer = "max_malloc_fill_size=1073741824:malloc_fill_byte=%d" % byte
    others = os.environ.get("ASAN_OPTIONS")
    return {"MALLOC_PERTURB_": str(byte), "GLIBC_TUNABLES": "glibc.malloc.tcache_count=0", "ASAN_OPTIONS": ":".join(filter(None, [others, sanitizer]))}


def answers(files, byte, *flags):
    return b"".join(tool.run("load", "--json", *flags, *files[at:at + BATCH], env=filled(byte), timeout=600).stdout
                    for at in range(0, len(files), BATCH))


@unittest.skipUnless(hasattr(ctypes.CDLL(None), "gnu_get_libc_version"), "MALLOC_PERTURB_ is of the GNU C library")
class HeapFill(unittest.TestCase):
    def test_the_c_library_fills_what_it_hands_out(self):
        for byte in FILLS:
            read = subprocess.run([sys.executable, "-c", READ], env={**os.environ, **filled(byte)}, stdout=subprocess.PIPE, check=True)
            self.assertEqual(int(read.stdout), byte ^ 0xff)

    def test_every_file_has_the_same_answer(self):
        files = sorted(tool.CORPUS.rglob("*.pt"))
        self.assertGreater(len(files), 4000)
        for flags in ((), ("--no-mmap",), ("--numpy", "2.4", "--allow-numpy")):
            one, other = (answers(files, byte, *flags) for byte in FILLS)
            self.assertEqual(one.count(b"\n"), len(files))
            self.assertEqual([line[:300] for line, same in zip(one.splitlines(), other.splitlines()) if line != same], [])
            self.assertEqual(one, other)


if __name__ == "__main__":
    unittest.main()
