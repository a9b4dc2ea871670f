"""The command line of the runner."""

from __future__ import annotations

import argparse
import os

import messages
import policies
import texts

RUN = """\
python3 conformance/run [OPTION]... ADAPTER-COMMAND...    runs the suite
python3 conformance/run check [OPTION]... ADAPTER-COMMAND...    while an adapter is written: looks at every message
python3 conformance/run show [--suite FILE] ID    all that is known of a case"""

EXIT = """\
exit: 0 as expected, 1 differences, 2 usage, 3 the adapter is broken, 4 the suite is damaged,
      70 a bug of the runner, 130 interrupted

An adapter is a program that reads JSON Lines from its standard input and answers on its standard output, or with --once a
program that is started with the name of one file and prints one line. PROTOCOL.md has the contract."""


def _pair(text):
    name, _, choice = text.partition("=")
    for problem in policies.problems({name: choice}, ()):
        raise argparse.ArgumentTypeError(problem)
    return name, choice


def _capability(text):
    for problem in policies.problems({}, [text]):
        raise argparse.ArgumentTypeError(problem)
    return text


def _positive(kind):
    def convert(text):
        value = kind(text)
        if not value > 0:
            raise ValueError
        return value

    convert.__name__ = "positive number"
    return convert


def _reports(text):
    found = []
    for one in text.split(","):
        kind, _, path = one.partition("=")
        if kind not in ("jsonl", "junit", "markdown") or not path:
            raise argparse.ArgumentTypeError("want jsonl=PATH, junit=PATH or markdown=PATH, not %s" % one)
        found.append((kind, path))
    return found


def _about_adapter(parser):
    add = parser.add_argument
    add("--suite", metavar="FILE", default=os.path.join(messages.home(), "suite.json"), help="another suite.json")
    add("--once", action="store_true", help="simple mode: one process for each file")
    add("--filter", metavar="NAME", action="append", default=[],
        help="only cases whose id fits this glob, or that have this area, rule or flag; may be repeated")
    add("--level", type=int, choices=(0, 1, 2), help="at most this level: 0 verdict, 1 tensors, 2 the whole value")
    add("--adapter-timeout", metavar="SECONDS", type=_positive(float), default=60.0,
        help="for the start of the adapter, and for the first file (default 60)")
    add("--case-timeout", metavar="SECONDS", type=_positive(float),
        help="for each case; default: what the case says, and ten times what a minimal file took")
    add("adapter", nargs=argparse.REMAINDER, metavar="ADAPTER-COMMAND...")


def run_parser():
    parser = argparse.ArgumentParser(
        prog="conformance/run", usage=RUN, epilog=EXIT, formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False, description="Runs the conformance suite against a loader of PyTorch checkpoints.")
    add = parser.add_argument
    add("--jobs", metavar="N", type=_positive(int), default=1, help="adapters at work side by side (default 1)")
    add("--exact", action="store_true", help="a refusal of another or a coarser kind, or at another place, is a failure, not a warning")
    add("--policy", metavar="NAME=CHOICE", type=_pair, action="append", default=[], help="what the adapter would declare")
    add("--lacks", metavar="CAPABILITY", type=_capability, action="append", default=[], help="what the adapter would declare")
    add("--baseline", metavar="FILE", help="the failures that are known; exit 0 when there are these and no others")
    add("--write-baseline", metavar="FILE", help="writes a new baseline; exit 0")
    add("--update-baseline", metavar="FILE", help="makes a baseline fit, keeping its comments; exit 0")
    add("--report", metavar="KIND=PATH,...", type=_reports, action="append", default=[], help="jsonl, junit, markdown")
    add("--all", action="store_true", help="lists every failure, and the warnings")
    _about_adapter(parser)
    return parser


def check_parser():
    parser = argparse.ArgumentParser(
        prog="conformance/run check", epilog=EXIT, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False,
        description="Greets an adapter, shows it some files, and says what is wrong with each of its messages.")
    _about_adapter(parser)
    return parser


def show_parser():
    parser = argparse.ArgumentParser(prog="conformance/run show", allow_abbrev=False,
                                     description="Prints all that is known of a case.")
    parser.add_argument("--suite", metavar="FILE", default=os.path.join(messages.home(), "suite.json"))
    parser.add_argument("id")
    return parser


def parsed(parser, words):
    """The arguments; argparse ends the program with 2 where they are no good."""
    found = parser.parse_args(words)
    if "adapter" in found:
        if found.adapter[:1] == ["--"]:
            del found.adapter[0]
        if not found.adapter:
            parser.error("no adapter command is given")
    if getattr(found, "baseline", None) and found.update_baseline:
        parser.error("--baseline and --update-baseline are one or the other")
    return found


def _other_suite(arguments):
    if os.path.abspath(arguments.suite) == os.path.join(messages.home(), "suite.json"):
        return []
    return ["--suite", arguments.suite]


def show(program, arguments):
    """The command that shows a case of this suite, without its id."""
    return texts.shell(["python3", program, "show", *_other_suite(arguments)])


def repeat(program, arguments):
    """A function from an id to the command that runs this case alone, as this run was asked for."""
    words = _other_suite(arguments)
    words += ["--once"] if arguments.once else []
    words += ["--exact"] if arguments.exact else []
    words += ["--level", str(arguments.level)] if arguments.level is not None else []
    words += ["--case-timeout", "%g" % arguments.case_timeout] if arguments.case_timeout else []
    for name, choice in arguments.policy:
        words += ["--policy", "%s=%s" % (name, choice)]
    return lambda name: texts.shell(["python3", program, *words, "--filter", name, *arguments.adapter])
