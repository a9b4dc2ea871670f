"""`explain` and `tables`: the texts that the tool carries are those of the source."""

import re
import unittest

import tool

SPEC = (tool.SOURCE / "reference/SPEC.md").read_text("utf-8")
RULES = re.findall(r"^\s*(?:[-*] )?\*\*([A-Z]{3}-\d{3})\*\*", SPEC, re.M)


class ExplainTest(unittest.TestCase):
    def tables(self):
        return tool.document("tables", "--json")

    def test_every_kind_is_explained(self):
        kinds = self.tables()["kinds"]
        source = (tool.SOURCE / "reference/base/refusal.def").read_text("utf-8")
        self.assertEqual([kind["name"] for kind in kinds], re.findall(r'^WEIGHTSONLY_REFUSAL\(\w+, "([^"]+)"', source, re.M))
        for kind in kinds:
            document = tool.documents(tool.run("explain", "--json", kind["name"]))[0]
            texts = document.pop("torch")
            self.assertEqual(document, {"schema": "weightsonly.explain/1", "topic": kind["name"], "what": "kind", "kind": kind["name"],
                                        "in_use": kind["in_use"], "sentence": kind["sentence"], "advice": kind["advice"]})
            self.assertTrue(all(sorted(text) == ["exception", "message"] for text in texts), texts)

    def test_a_family_of_kinds_is_all_below_it(self):
        documents = tool.documents(tool.run("explain", "--json", "container.zip"))
        names = [document["kind"] for document in documents]
        self.assertEqual(names, [kind["name"] for kind in self.tables()["kinds"] if kind["name"].startswith("container.zip.")])
        self.assertEqual(tool.run("explain", "container.zi").returncode, 2)

    def test_every_rule_is_explained_in_the_words_of_the_specification(self):
        self.assertGreater(len(RULES), 16)
        documents = tool.documents(tool.run("explain", "--json", *RULES))
        self.assertEqual([document["rule"] for document in documents], RULES)
        for document in documents:
            self.assertIn(document["text"], SPEC)
            self.assertIn("**%s**" % document["rule"], document["text"])
            self.assertEqual(len(re.findall(r"^\s*(?:[-*] )?\*\*[A-Z]{3}-\d{3}\*\*", document["text"], re.M)), 1)
            self.assertIn("\n## %s\n" % document["chapter"], SPEC)

    def test_people_get_the_same(self):
        text = " ".join(tool.run("explain", "policy.module-blocked", "CLI-001").stdout.decode().split())
        self.assertIn("policy.module-blocked The pickle names something in a module (sys, os, posix, nt)", text)
        self.assertIn("CLI-001, SPEC.md, Chapter 8: tool Exit code 0 says accepted", text)

    def test_what_is_unknown_is_a_mistake(self):
        for topic in ("zip-zip64-locator", "CLI-999", "nothing", "container.", "."):
            process = tool.run("explain", topic, cwd=tool.SOURCE / "reference")  # where there is no suite
            self.assertEqual((process.returncode, process.stdout), (2, b""), topic)
            self.assertIn(b" is neither a refusal kind nor a rule of SPEC.md", process.stderr)
            self.assertIn(b"Cases of the conformance suite are looked up in ", process.stderr)

    def test_the_tables_are_those_of_the_source(self):
        tables = self.tables()
        self.assertEqual(list(tables), ["schema", "version", "opcodes", "kinds", "dtypes", "globals", "deviations", "rules", "limits"])
        self.assertEqual(len(tables["opcodes"]), 68)
        self.assertEqual(sum(opcode["accepted"] for opcode in tables["opcodes"]), 34)
        self.assertEqual({"name": "BINGET", "byte": 0x68, "operand": "u8", "accepted": True},
                         next(o for o in tables["opcodes"] if o["name"] == "BINGET"))
        self.assertEqual(len(tables["dtypes"]), 47)
        paths = [row["path"] for row in tables["globals"]]
        self.assertEqual(paths, sorted(paths))
        self.assertIn({"path": "torch.FloatStorage", "dtype": "float32", "added": "1.13"}, tables["globals"])
        self.assertEqual([rule["id"] for rule in tables["rules"]] + [rule["id"] for rule in tables["deviations"]],
                         [rule for rule in RULES if not rule.startswith("DEV-")] + [rule for rule in RULES if rule.startswith("DEV-")])
        limits = (tool.SOURCE / "reference/base/limits.h").read_text("utf-8")
        members = re.findall(r"^  std::uint64_t (\w+) = ", limits, re.M)
        constants = re.findall(r"^inline constexpr [\w:]+ k(\w+) = ", limits, re.M)
        names = members + [re.sub(r"(?<=[a-z])(?=[A-Z])", "_", constant).lower() for constant in constants]
        self.assertEqual([limit["name"] for limit in tables["limits"]], names)

    def test_the_opcodes_are_those_of_python(self):
        import pickletools
        ours = {(opcode["name"], opcode["byte"]) for opcode in self.tables()["opcodes"]}
        self.assertEqual(ours, {(opcode.name, ord(opcode.code)) for opcode in pickletools.opcodes})

    def test_one_table_can_be_asked_for(self):
        self.assertEqual(list(tool.document("tables", "--json", "limits")), ["schema", "version", "limits"])
        self.assertTrue(tool.run("tables", "opcodes").stdout.startswith(b"opcodes:\n"))
        self.assertEqual(tool.run("tables").returncode, 0)


if __name__ == "__main__":
    unittest.main()
