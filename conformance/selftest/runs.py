"""The runs of the runner that selftest/expected/ has the reports of: a name, the options, the words of the adapter."""

_SLOW = ["--case-timeout", "3"]

# behaviour of fake.py -> options
BEHAVIOURS = {
    "good": [], "accept-all": [], "reject-all": [], "accepts-cases": [], "refuses-cases": [], "says-why": [], "crash": [],
    "exits-with-one": [], "exits-silently": [], "hang": _SLOW, "half-line": _SLOW, "garbage": [], "typo": [], "liar": [],
    "hashes": [], "wrong-byte": [], "drops": [], "memory": [], "memory-peak": [], "forks-and-hangs": [], "answers-then-dies": [],
    "dies-late": [], "hangs-on-empty": _SLOW, "dies-of-bad-files": [],
    "out-of-order": [], "twice": [], "twice-late": [], "chatty": [], "keeps-state": [], "dies-of-many": [], "dies-of-nine": [], "litters": [], "executes": [], "no-kinds": [],
    "coarse-kinds": [], "other-place": [], "skips": [], "inert": [], "says-inert-and-refuses": [],
    "says-refuse-and-keeps": [], "whole": [], "whole-wrong": [], "whole-drops": [], "floods": [], "deep": [], "bad-hello": [], "bad-policy": [], "dies-at-start": [],
    "silent-at-start": ["--adapter-timeout", "1"],
}

_FAKE = ["python3", "conformance/selftest/fake.py"]

# One adapter of each kind, for runs in the other mode.
_PERSISTENT = ["python3", "-c", "import sys; sys.stdin.read()"]
_ONE_SHOT = ["python3", "conformance/tutorial/step3.py"]

RUNS = {name: (options, _FAKE + [name]) for name, options in BEHAVIOURS.items()}
RUNS.update({
    "once-good": (["--once"], ["conformance/selftest/once", "good"]),
    "once-crash": (["--once"], ["conformance/selftest/once", "crash"]),
    "once-hang": (["--once"] + _SLOW, ["conformance/selftest/once", "hang"]),
    "once-memory": (["--once"], ["conformance/selftest/once", "memory"]),
    "once-memory-first": (["--once", "--filter", "tensor-two"], ["conformance/selftest/once", "memory-peak"]),
    "once-forks": (["--once"], ["conformance/selftest/once", "forks-and-hangs"]),
    "once-garbage": (["--once"], ["conformance/selftest/once", "garbage-last"]),
    "exact-coarse": (["--exact"], _FAKE + ["coarse-kinds"]),
    "exact-other-place": (["--exact"], _FAKE + ["other-place"]),
    "exact-good": (["--exact"], _FAKE + ["good"]),
    "level-0": (["--level", "0"], _FAKE + ["good"]),
    "level-2-of-1": (["--level", "2"], _FAKE + ["good"]),
    "jobs": (["--jobs", "3"], _FAKE + ["crash"]),
    "lacks": (["--lacks", "options"], _FAKE + ["good"]),
    "policy": (["--policy", "unknown-globals=inert"], _FAKE + ["good"]),
    "filter": (["--filter", "memo", "--filter", "TEN-001", "--filter", "Cut"], _FAKE + ["good"]),
    "filter-nothing": (["--filter", "nothing"], _FAKE + ["good"]),
    "no-adapter": ([], []),
    "no-program": ([], ["./no-such-program"]),
    "all": (["--all"], _FAKE + ["no-kinds"]),
    "mode-persistent": (["--once"], _PERSISTENT),
    "mode-one-shot": ([], _ONE_SHOT),
    "mode-one-shot-ends-well": ([], ["true"]),
})
RUNS.update({
    "check-" + name: (["check", "--case-timeout", "3", "--filter", "*"], _FAKE + [name])
    for name in ("good", "typo", "garbage", "chatty", "hang", "crash", "twice", "bad-hello", "accept-all", "bad-policy",
                 "stays")})
RUNS["check-mode-persistent"] = (["check", "--once"], _PERSISTENT)
RUNS["check-mode-one-shot"] = (["check"], _ONE_SHOT)
RUNS["check-hangs-on-empty"] = (["check", "--case-timeout", "2", "--filter", "none"], _FAKE + ["hangs-on-empty"])
RUNS["check-dies-of-bad-files"] = (["check", "--filter", "none"], _FAKE + ["dies-of-bad-files"])
RUNS["check-once-crash"] = (["check", "--once", "--filter", "tensor-two"], ["conformance/selftest/once", "crash"])
RUNS["check-once-good"] = (["check", "--once"], ["conformance/selftest/once", "good"])
RUNS["show-memo"] = (["show"], ["memo-get-missing"])
RUNS["show-call"] = (["show"], ["call-mkdir"])
RUNS["show-nothing"] = (["show"], ["nothing"])
