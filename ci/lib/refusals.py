"""Refusal kinds: every kind of base/refusal.def has its sentence and advice, kinds in use are raised, reserved ones are not."""

import re

import tree

TABLE = "reference/base/refusal.def"
OTHERS = ("reference/tests/", "reference/tool/")  # May name a kind; the library is what raises it.
STRING = r'((?:\s*"(?:[^"\\]|\\.)*")+)'
ENTRY = re.compile(r'^WEIGHTSONLY_REFUSAL\(\s*(k\w+),\s*"([^"]+)",\s*(\w+),' + STRING + "," + STRING + r"\s*\)", re.M)


def unquoted(strings):
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', strings))


def check(top):
    table = tree.text(top, TABLE)
    if table is None:
        return [f"{TABLE}: missing"]
    entries = ENTRY.findall(table)
    found = []
    if len(entries) != len(re.findall(r"^WEIGHTSONLY_REFUSAL\(", table, re.M)):
        found.append(f"{TABLE}: an entry is not of the form that the legend gives")
    code = {path: tree.text(top, path) for path in tree.sources(top, (".h", ".cc")) if not path.startswith(OTHERS)}
    seen = set()
    for enumerator, name, when, sentence, advice in entries:
        if name in seen:
            found.append(f"{TABLE}: {name} stands twice")
        seen.add(name)
        if when not in ("now", "later"):
            found.append(f"{TABLE}: {name}: `when` is {when}, neither now nor later")
        for what, strings in (("sentence", sentence), ("advice", advice)):
            if not re.search(r"\w.*[.)]$", unquoted(strings)):
                found.append(f"{TABLE}: {name}: the {what} is no sentence")
        raised = any(re.search(rf"\b{enumerator}\b", text) for text in code.values())
        if when == "now" and not raised:
            found.append(f"{TABLE}: {name} is in use and raised nowhere")
        if when == "later" and raised:
            found.append(f"{TABLE}: {name} is reserved and raised")
    return found
