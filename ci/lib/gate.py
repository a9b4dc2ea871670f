"""What two revisions of the tool say to the same files, and how they differ: for the review of a security fix (ci/gate)."""

import collections
import hashlib
import json
import os
import re

import mutant_cases

SECONDS = 60  # for one file; a busy machine must not look like a change
LEVELS = (2, 1)  # the whole value, then the bytes of the tensors
REFUSED = ("kind", "record", "offset", "detail")
MOST_ROWS = 200  # of one group in the report; the rest is counted
Case = collections.namedtuple("Case", "name path options")


def cases(top, folder):
    """Every file, once with its own options and once strictly: the suite's, those of corpus/, the findings of corpus/regress."""
    files = [(case.name, case.path, case.options) for case in mutant_cases.suite_cases(top, folder)]
    corpus = os.path.join(top, "corpus")
    for place, folders, names in sorted(os.walk(corpus)):
        folders.sort()
        regress = os.path.relpath(place, corpus).split(os.sep)[0] == "regress"
        for name in sorted(names):
            if name.endswith((".pt", ".pth")) or regress and not name.endswith((".toml", ".txt", ".json", ".md")):
                path = os.path.join(place, name)
                files.append((os.path.relpath(path, top), path, {}))
    return [Case(name, path, {**options, **more}) for name, path, options in files
            for more in ({}, {"strict": True}) if not (more and options.get("strict"))]


def answer(line):
    """(verdict, {what counts of it}); a value stands as its digest."""
    try:
        said = json.loads(line)
        verdict = said["verdict"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return ("no answer", {"line": line[:80].decode(errors="replace")})
    if verdict == "accept":
        content = json.dumps([said.get("value"), said.get("tensors")], sort_keys=True).encode()
        return ("accept", {"value": hashlib.sha256(content).hexdigest()[:16]})
    if verdict == "reject":
        return ("reject", {key: said.get(key) for key in REFUSED})
    return (verdict, {"reason": said.get("reason") or said.get("kind")})


class Server:
    """One tool; begins again when a file ended it, or kept it for too long, which is that file's answer."""

    def __init__(self, command, folder, seconds=SECONDS):
        self.command, self.folder, self.seconds, self.tool = command, folder, seconds, None

    def start(self):
        """Waits for its hello; mutant_cases.Ended when there is none."""
        self.tool = self.tool or mutant_cases.Tool(self.command, self.folder)

    def ask(self, case):
        found = None
        try:
            self.start()
            for level in LEVELS:
                request = {"cmd": "load", "seq": 1, "path": case.path, "level": level, "options": case.options}
                verdict, said = answer(self.tool.ask(request, self.seconds))
                if found is not None and verdict == "accept":
                    return (verdict, {"value": found[1]["value"], "tensors": said["value"]})
                found = (verdict, said)
                if verdict != "accept":
                    break
        except mutant_cases.Ended as ended:
            self.close()
            return (str(ended), {})
        return found

    def close(self):
        if self.tool is not None:
            self.tool.close()
        self.tool = None


def difference(before, after):
    """What changed, in one word, the gravest; None when nothing did."""
    if before == after:
        return None
    if before[0] != after[0]:
        return f"{before[0]} → {after[0]}"
    for key in (*REFUSED, "value", "tensors"):
        if before[1].get(key) != after[1].get(key):
            return key
    return "answer"


def changes(all_cases, before, after):
    """Yields (case, what, answer before, answer after) of each change; `before` and `after` are Servers."""
    for case in all_cases:
        said = before.ask(case), after.ask(case)
        what = difference(*said)
        if what is not None:
            yield case, what, *said


def escaped(text):
    """As plain text in a cell of a Markdown table: neither Markdown nor HTML, and nothing that a terminal obeys."""
    visible = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in str(text))
    visible = visible.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_{}\[\]()#|~@:!])", r"\\\1", visible)


def shown(said):
    verdict, parts = said
    if verdict == "reject":
        place = f" at {parts['record']}:{parts['offset']}" if parts.get("offset") is not None else ""
        return escaped(f"{parts['kind']}{place} ({parts['detail']})")
    return escaped(" ".join([verdict, *(f"{key} {value}" for key, value in parts.items())]))


def report(base, head, count, found):
    """Markdown: what was compared, the counts, then a table for each kind of change, the gravest first."""
    groups = collections.defaultdict(list)
    for change in found:
        groups[change[1]].append(change)
    lines = [f"# Answers of {escaped(head)} against {escaped(base)}", "",
             f"{count} loads (each file with its own options, and strictly): {len(found)} changed.", ""]
    order = sorted(groups, key=lambda what: ("→" not in what, (*REFUSED, "value", "tensors", "answer", what).index(what)))
    if order:
        lines += ["| change | loads |", "|---|---|", *(f"| {escaped(what)} | {len(groups[what])} |" for what in order), ""]
    for what in order:
        lines += [f"## {escaped(what)}", "", "| file | options | before | after |", "|---|---|---|---|"]
        for case, _, before, after in groups[what][:MOST_ROWS]:
            options = escaped(json.dumps(case.options)) if case.options else ""
            lines.append(f"| {escaped(case.name)} | {options} | {shown(before)} | {shown(after)} |")
        if len(groups[what]) > MOST_ROWS:
            lines += ["", f"{len(groups[what]) - MOST_ROWS} more are not shown."]
        lines.append("")
    return "\n".join(lines)
