"""What is told of a standard error: texts as the languages print them."""

import unittest

import running  # puts conformance/run in reach

import traces

GO = """panic: runtime error: index out of range [7] with length 1

goroutine 1 [running]:
example.org/loader.(*reader).byteAt(0x101010000000002?, {0xfb868354ef6?, 0x7f7d4082b108?, 0x70?}, 0x5572a0?)
\t/home/me/loader/reader.go:7 +0x19
example.org/loader.Load({0xfb868354ef6?, 0xfb868354f38?, 0x412dbd?})
\t/home/me/loader/load.go:8 +0x2b
main.answer({0x7fffd03e5aaa?, 0xfb8682e81e0?})
\t/home/me/adapter/main.go:13 +0xfd
main.main()
\t/home/me/adapter/main.go:34 +0x2f
exit status 2
"""
GO_REPANICKED = """reading x.pt
panic: bad [recovered, repanicked]

goroutine 1 [running]:
main.answer.func1()
\t/home/me/adapter/main.go:23 +0x18
panic({0x4a2da0?, 0x6dc99fa00a8?})
\t/usr/local/go/src/runtime/panic.go:860 +0x13a
loader.Load(...)
\t/home/me/loader/load.go:7
main.main()
\t/home/me/adapter/main.go:34 +0x2f
"""
GO_FATAL = """runtime: goroutine stack exceeds 1000000000-byte limit
runtime: sp=0xfe15c8e0390 stack=[0xfe15c8e0000, 0xfe17c8e0000]
fatal error: stack overflow

runtime stack:
runtime.throw({0x4ab5b8?, 0x418ae5?})
\t/usr/local/go/src/runtime/panic.go:1229 +0x48 fp=0x7ffdd8e4d918 sp=0x7ffdd8e4d8e8 pc=0x4775c8

goroutine 1 gp=0xfe13c7bc1e0 m=0 mp=0x5572a0 [running]:
runtime.mallocgc(0x20?)
\t/usr/local/go/src/runtime/malloc.go:9 +0x29 fp=0xfe15c8e03a0 sp=0xfe15c8e0398 pc=0x489489
main.deep(0x0?)
\t/home/me/adapter/main.go:9 +0x16 fp=0xfe15c8e03b8 sp=0xfe15c8e03a0 pc=0x489476

goroutine 2 [force gc (idle)]:
main.other()
\t/home/me/adapter/main.go:99 +0x16
"""
PYTHON = """a warning
Traceback (most recent call last):
  File "loader.py", line 2, in load
    return data[7]
           ~~~~^^^
IndexError: index out of range

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "adapter.py", line 9, in <module>
    main()
  File "adapter.py", line 6, in main
    load(b"")
  File "loader.py", line 4, in load
    raise ValueError("bad") from error
ValueError: bad
a second line of it
"""
PYTHON_FATAL = """Fatal Python error: Segmentation fault

Current thread 0x00007f1b (most recent call first):
  File "ctypes/__init__.py", line 519 in string_at
  File "loader.py", line 3 in load
  File "adapter.py", line 4 in <module>

Extension modules: numpy (total: 1)
"""
RUST = """
thread 'main' panicked at src/read.rs:1:31:
index out of bounds: the len is 1 but the index is 7
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
"""
RUST_BACKTRACE = """
thread 'main' (28834) panicked at src/read.rs:1:31:
index out of bounds: the len is 1 but the index is 7
stack backtrace:
   0: __rustc::rust_begin_unwind
             at /rustc/59807616/library/std/src/panicking.rs:689:5
   1: core::panicking::panic_bounds_check
             at /rustc/59807616/library/core/src/panicking.rs:271:5
   2: loader::load
   3: adapter::main
   4: core::ops::function::FnOnce::call_once
note: Some details are omitted, run with `RUST_BACKTRACE=full` for a verbose backtrace.
"""
CXX = """terminate called after throwing an instance of 'std::out_of_range'
  what():  vector::_M_range_check: __n (which is 7) >= this->size() (which is 1)
"""
SANITIZER = """=================================================================
==28873==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x602000000018 at pc 0x555e bp 0x7ffe sp 0x7ffe
READ of size 1 at 0x602000000018 thread T0
    #0 0x7fcb05eb94c8 in __interceptor_memcpy ../../../../src/libsanitizer/asan/interceptors.cpp:95
    #1 0x555e83a132f7 in load(char const*, int) loader.cc:5
    #2 0x555e83a1344e in main adapter.cc:6
    #3 0x7fcb05c45249 in __libc_start_call_main ../sysdeps/nptl/libc_start_call_main.h:58

SUMMARY: AddressSanitizer: heap-buffer-overflow loader.cc:5 in load(char const*, int)
==28873==ABORTING
"""
NODE = """loader.js:3
  throw new RangeError("bad");
  ^

RangeError: bad
    at load (loader.js:3:9)
    at answer (adapter.js:7:3)
    at Object.<anonymous> (adapter.js:9:1)

Node.js v22.0.0
"""


class Traces(unittest.TestCase):
    def tells(self, stderr, *lines):
        self.assertEqual(traces.telling(stderr), list(lines))

    def test_go(self):
        self.tells(GO, "panic: runtime error: index out of range [7] with length 1", "example.org/loader.(*reader).byteAt (reader.go:7)",
                   "example.org/loader.Load (load.go:8)", "main.answer (main.go:13)")
        self.tells(GO_REPANICKED, "panic: bad [recovered, repanicked]", "loader.Load (load.go:7)", "main.main (main.go:34)")
        self.tells(GO_FATAL, "fatal error: stack overflow", "main.deep (main.go:9)")

    def test_python(self):
        self.tells(PYTHON, 'File "adapter.py", line 6, in main', 'File "loader.py", line 4, in load', "ValueError: bad")
        self.tells(PYTHON_FATAL, "Fatal Python error: Segmentation fault", 'File "ctypes/__init__.py", line 519 in string_at',
                   'File "loader.py", line 3 in load')

    def test_rust(self):
        start = "index out of bounds: the len is 1 but the index is 7"
        self.tells(RUST, "thread 'main' panicked at src/read.rs:1:31:", start)
        self.tells(RUST_BACKTRACE, "thread 'main' (28834) panicked at src/read.rs:1:31:", start, "loader::load", "adapter::main")

    def test_cxx(self):
        self.tells(CXX, *(line.strip() for line in CXX.splitlines()))
        self.tells(SANITIZER, SANITIZER.splitlines()[1], "load(char const*, int) loader.cc:5", "main adapter.cc:6")
        undefined = "loader.cc:1:50: runtime error: signed integer overflow"
        self.tells("reading\n" + undefined + "\nmore\nand more\n", undefined)

    def test_javascript(self):
        self.tells(NODE, "RangeError: bad", "at load (loader.js:3:9)", "at answer (adapter.js:7:3)")

    def test_of_every_other_text_the_first_two_lines_and_the_last(self):
        self.tells("\nabout to die\n", "about to die")
        self.tells("a\nb\n\n c\nd\n", "a", "b", "d")
        self.tells("a\nb\nc\n", "a", "b", "c")
        self.tells("")

    def test_a_trace_that_is_cut_short_is_told_as_far_as_it_goes(self):
        for text in (GO, GO_FATAL, PYTHON, PYTHON_FATAL, RUST_BACKTRACE, SANITIZER, NODE):
            for end in range(len(text)):
                told = traces.telling(text[:end])
                self.assertLessEqual(len(told), 4)
                self.assertTrue(told or not text[:end].strip(), text[:end])

    def test_nothing_of_it_acts_on_a_terminal(self):
        self.tells("panic: \x1b[31mred\n\ngoroutine 1 [running]:\nmain.a\x07()\n\t/a.go:1 +0x1\n", "panic: \\x1b[31mred", "main.a\\x07 (a.go:1)")


if __name__ == "__main__":
    unittest.main()
