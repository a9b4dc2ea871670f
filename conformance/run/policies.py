"""What a row expects of an adapter, by the policies that the adapter declared. FORMAT.md, chapters 2 to 4."""

from __future__ import annotations

from dataclasses import dataclass

# What a choice means for the answer: refuse the file, accept it with the row's value, or accept it with any value
# (the choice gives a value that is the adapter's own business).
POLICIES = {
    "unknown-globals": {"refuse": "reject", "inert": "value"},
    "allowlisted-calls": {"inert": "value", "call": "any"},
    "odd-calls": {"refuse": "reject", "python": "value"},
    "device": {"label": "value", "refuse": "reject"},
    "protocol-4": {"refuse": "reject", "accept": "value"},
    "big-endian-v3": {"swapped": "value", "as-torch": "any"},
}

CAPABILITIES = ("legacy", "zip64", "deflate", "byteorder", "sparse", "quantized", "complex", "subclass", "meta", "numpy",
                "mmap", "options", "environment", "allowlist", "big-file")


@dataclass
class Expectation:
    """What passes. `kinds` is None where no refusal passes; `accept` is "value", "any", or None where nothing may be accepted."""

    kinds: list | None
    accept: str | None
    declared: str = ""  # the choice that decided, where the adapter declared one

    def __str__(self):
        parts = []
        if self.kinds is not None:
            parts.append("reject " + ", ".join(self.kinds))
        if self.accept:
            parts.append("accept")
        return " or ".join(parts) + (", as the adapter declares %s" % self.declared if self.declared else "")


def _kinds(text):
    return [kind.strip() for kind in text.split(",")]


def expectation(row, declared):
    """The Expectation of a row; `declared` is {policy: choice}."""
    verdict, _, rest = row["expect"].partition(" ")
    if verdict == "accept":
        return Expectation(None, "value")
    if verdict == "reject":
        return Expectation(_kinds(rest), None)
    means = POLICIES[row["policy"]]
    choices = [choice.strip() for choice in rest.split("|")]
    chosen, told = declared.get(row["policy"]), ""
    if chosen in choices:
        choices, told = [chosen], "%s=%s" % (row["policy"], chosen)
    asked = {means[choice] for choice in choices}
    accept = next((word for word in ("any", "value") if word in asked), None)
    return Expectation(_kinds(row["kind"]) if "reject" in asked else None, accept, told)


def problems(policies, lacks):
    """What is wrong with the policies and capabilities that an adapter declares, as sentences."""
    for name, choice in policies.items():
        if name not in POLICIES:
            yield "policies: %s is none of %s" % (name, ", ".join(POLICIES))
        elif choice not in POLICIES[name]:
            yield "policies.%s: %s is none of %s" % (name, choice, ", ".join(POLICIES[name]))
    for name in lacks:
        if name not in CAPABILITIES:
            yield "lacks: %s is none of %s" % (name, ", ".join(CAPABILITIES))
