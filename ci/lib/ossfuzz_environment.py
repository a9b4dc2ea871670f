"""The environment in which OSS-Fuzz runs build.sh and the targets, as its compile and base-runner set it; for the offline contract test.

What differs here: the compiler has Debian's name, and libc++ is used only where it is installed.
"""

BASE = ("-O1 -fno-omit-frame-pointer -gline-tables-only -Wno-error=incompatible-function-pointer-types -Wno-error=int-conversion "
        "-Wno-error=deprecated-declarations -Wno-error=implicit-function-declaration -Wno-error=implicit-int "
        "-Wno-error=unknown-warning-option -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION").split()
_UNDEFINED = ("array-bounds,bool,builtin,enum,function,integer-divide-by-zero,null,object-size,return,returns-nonnull-attribute,shift,"
              "signed-integer-overflow,{}unreachable,vla-bound,vptr")
SANITIZER_FLAGS = {
    "address": ["-fsanitize=address", "-fsanitize-address-use-after-scope"],
    "undefined": ["-fsanitize=" + _UNDEFINED.format("unsigned-integer-overflow,"), "-fno-sanitize-recover=" + _UNDEFINED.format("")],
    "memory": ["-fsanitize=memory", "-fsanitize-memory-track-origins"],
    "coverage": [],
}
COVERAGE = ["-fsanitize=fuzzer-no-link"]
PROFILE = "-fprofile-instr-generate -fcoverage-mapping -pthread -Wl,--no-as-needed -Wl,-ldl -Wl,-lm -Wno-unused-command-line-argument".split()
RUN_ARGUMENTS = ["-rss_limit_mb=2560", "-timeout=25"]
RUN_OPTIONS = {
    "ASAN_OPTIONS": "alloc_dealloc_mismatch=0:allocator_may_return_null=1:allocator_release_to_os_interval_ms=500:check_malloc_usable_size=0:"
                    "detect_container_overflow=1:detect_odr_violation=0:detect_leaks=1:detect_stack_use_after_return=1:fast_unwind_on_fatal=0:"
                    "handle_abort=1:handle_segv=1:handle_sigill=1:max_uar_stack_size_log=16:print_scariness=1:quarantine_size_mb=10:"
                    "strict_memcmp=1",
    "MSAN_OPTIONS": "print_stats=1:strict_memcmp=1:symbolize=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:print_summary=1:silence_unsigned_overflow=1",
}
KEPT = ("PATH", "HOME", "LANG", "CCACHE_DIR")


class Configuration:
    """One way of building: a sanitizer, an architecture, an engine (None: libFuzzer; else the path of an archive with a main)."""

    def __init__(self, name, sanitizer, architecture="x86_64", engine=None, library=()):
        self.name, self.sanitizer, self.architecture, self.engine = name, sanitizer, architecture, engine
        self.library = list(library)  # flags that choose the standard library of C++

    @property
    def flags(self):
        found = (["-m32"] if self.architecture == "i386" else []) + BASE + SANITIZER_FLAGS[self.sanitizer]
        if self.sanitizer == "coverage":
            return found + PROFILE
        return found + ([] if self.engine else COVERAGE)

    def build_environment(self, src, work, out, outside):
        """What build.sh sees; `outside` is the environment of the caller, of which next to nothing stays."""
        kept = {name: outside[name] for name in KEPT if name in outside}
        c_flags = self.flags + (["-fno-sanitize=function"] if self.sanitizer == "undefined" else [])
        return {**kept, "SRC": src, "WORK": work, "OUT": out, "CC": "clang-19", "CXX": "clang++-19", "CCC": "clang++-19",
                "CFLAGS": " ".join(c_flags), "CXXFLAGS": " ".join(self.flags + self.library),
                "LIB_FUZZING_ENGINE": self.engine or "-fsanitize=fuzzer", "FUZZING_LANGUAGE": "c++", "SANITIZER": self.sanitizer,
                "FUZZING_ENGINE": "afl" if self.engine else "libfuzzer", "ARCHITECTURE": self.architecture}

    def run_environment(self, outside):
        return {**{name: outside[name] for name in KEPT if name in outside}, **RUN_OPTIONS}
