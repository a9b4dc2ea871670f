"""What the suite is checked against: the rules of SPEC.md, the kinds of refusal.def, the notes, the exemptions."""

import fnmatch
import re
import tomllib
from functools import cached_property

from suite_parts import CONFORMANCE, ROOT

_RULE = re.compile(r"\s*(?:[-*] )?\*\*([A-Z]{3}-\d{3})\*\*\s*(.*)")
_STRING = r'((?:\s*"(?:[^"\\]|\\.)*")+)'
_KIND = re.compile(r'^WEIGHTSONLY_REFUSAL\(\s*k\w+,\s*"([^"]+)",\s*(\w+),' + _STRING + "," + _STRING + r"\s*\)", re.M)


def rules_of(text):
    """[{id, section, text}] of the rules that a SPEC.md defines; the text is without its evidence or reason."""
    found, section, open_rule = [], "", None
    for line in text.split("\n"):
        start = _RULE.match(line)
        if line.startswith("#"):
            section, open_rule = line.lstrip("# ").strip(), None
        elif start:
            open_rule = {"id": start[1], "section": section, "text": start[2]}
            found.append(open_rule)
        elif open_rule and line.strip():
            open_rule["text"] += " " + line.strip()
        elif not line.strip():
            open_rule = None
    for rule in found:
        rule["text"] = re.split(r"\s*\*(?:Evidence|Reason):", rule["text"])[0].strip()
    return found


def _unquoted(strings):
    pieces = re.findall(r'"((?:[^"\\]|\\.)*)"', strings)
    return "".join(pieces).replace('\\"', '"').replace("\\\\", "\\")


def kinds_of(text):
    """[{name, in_use, sentence, advice}] of a refusal.def, as `weightsonly tables --json kinds` lists them."""
    return [{"name": name, "in_use": when == "now", "sentence": _unquoted(sentence), "advice": _unquoted(advice)}
            for name, when, sentence, advice in _KIND.findall(text)]


class Sources:
    """Each file is read when it is first asked for. `folder`: conformance/, or what a test puts in its place."""

    def __init__(self, folder=CONFORMANCE, reference=ROOT / "reference"):
        self.folder, self.reference = folder, reference

    @cached_property
    def rules(self):
        found = rules_of((self.reference / "SPEC.md").read_text(encoding="utf-8"))
        return {rule["id"]: rule for rule in found}

    @cached_property
    def kinds(self):
        found = kinds_of((self.reference / "base" / "refusal.def").read_text(encoding="utf-8"))
        return {kind["name"]: kind for kind in found}

    @cached_property
    def notes(self):
        """{flag: note} of notes.toml."""
        return tomllib.loads((self.folder / "notes.toml").read_text(encoding="utf-8"))

    @cached_property
    def exemptions(self):
        """{"rules", "kinds" or "published": {pattern: reason}}; the patterns of the last are "RELEASE ID"."""
        return tomllib.loads((self.folder / "exemptions.toml").read_text(encoding="utf-8"))

    def exempt(self, what, name):
        """Why `name` is exempt, None when it is not: a rule or kind from having a case, "RELEASE ID" from being kept back."""
        table = self.exemptions[what]
        return next((table[pattern] for pattern in table if fnmatch.fnmatchcase(name, pattern)), None)
