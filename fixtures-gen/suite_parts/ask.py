"""Asks real torch and our tool about the rows of one table, for whoever writes the table."""

import concurrent.futures
import fnmatch
import json
import os
import re

from suite_parts import asking, files, judge, table


def _made(rows):
    """([(row, bytes)], problems)"""
    made, problems = [], []
    fresh = files.written(rows)
    for row in rows:
        try:
            made.append((row, fresh.get(row["id"]) or files.data_of(row)))
        except files.Unmade as error:
            problems.append("%s: %s: %s" % (row["_place"], row["id"], error))
    return made, problems


def _torch_answers(made, laid):
    """{id: answer of the release that the row is about}"""
    by_release = {}
    for row, _ in made:
        by_release.setdefault(asking.oracle_of(row), []).append(row)
    found = {row["id"]: {"verdict": "unavailable"} for row in by_release.pop(None, [])}
    for release, rows in by_release.items():
        answers = asking.ask_torch(release, [laid.line(row) for row in rows])
        found.update((row["id"], json.loads(answer)) for row, answer in zip(rows, answers))
    return found


def _torch_said(answer):
    text = answer["verdict"]
    if text == "reject":
        message = answer.get("message", "")
        inner = re.search(r"(?:Unsupported |Trying to |Can only |WeightsUnpickler error:)[^\n]*", message)
        line = next((one for one in message.split("\n") if one), "")
        text = "%s: %s" % (answer["exception"], inner[0] if inner else line)
    elif "message" in answer:
        text += " " + answer["message"]
    marks = "".join(" (%s)" % mark for mark in ("unstable", "executed") if answer.get(mark))
    return text[:150] + marks + (" [%s]" % answer["torch"] if answer.get("torch") not in (None, "2.15.0") else "")


def _tool_said(ours):
    if ours["verdict"] == "accept":
        return "accept"
    if ours["verdict"] != "reject":
        return "%s %s" % (ours["verdict"], ours.get("detail", ""))
    return "reject %s at %s:%s (%s)" % (ours["kind"], ours.get("record") or "file", ours.get("offset"), ours.get("detail", "")[:80])


def _verdict(row, theirs, ours):
    """(whether all is as the row says, what is to be said about it)"""
    said = []
    unlike = "" if theirs["verdict"] == "unavailable" else judge.unlike_torch(row, theirs)
    if unlike and "deviation" not in row:
        said.append("no deviation, and " + unlike)
    if "deviation" in row and not unlike and theirs["verdict"] != "unavailable":
        said.append("a deviation where nothing differs from torch")
    unmet = judge.unmet(row, theirs, ours) if ours else ""
    return not said and not unmet, "; ".join(said + [unmet] * bool(unmet)) or ("ok, deviation" if unlike else "ok")


def run(path, sources, tool, pattern, show_values):
    """Prints a paragraph for each row; the number of rows that are not as they say."""
    rows, problems = table.read(path, sources)
    print("".join("%s\n" % one for one in problems), end="")
    broken = {one.split(": ")[0] for one in problems}
    made, unmade = _made([row for row in rows if row["_place"] not in broken and fnmatch.fnmatch(row["id"], pattern)])
    print("".join("%s\n" % one for one in unmade), end="")
    wrong = 0
    with asking.Laid(made) as laid, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        futures = {row["id"]: pool.submit(asking.ask_tool, tool, row, laid.paths[row["id"]]) for row, _ in made if tool}
        theirs = _torch_answers(made, laid)
        for row, data in made:
            ours = futures[row["id"]].result() if tool else None
            good, said = _verdict(row, theirs[row["id"]], ours)
            wrong += not good
            print("%s %s (%d bytes)\n    expect %s\n    torch  %s" % (
                " " if good else "!", row["id"], len(data), row["expect"], _torch_said(theirs[row["id"]])))
            if ours:
                print("    tool   %s" % _tool_said(ours))
            print("    => %s" % said)
            if show_values:
                for who, answer in (("torch", theirs[row["id"]]), ("tool", ours or {})):
                    if answer.get("value") is not None:
                        print("    %s's value: %s" % (who, judge.text_of(answer["value"])))
    print("suite: %d rows asked, %d not as they say, %d that cannot be asked" % (len(made), wrong, len(problems) + len(unmade)))
    return wrong + len(problems) + len(unmade)
