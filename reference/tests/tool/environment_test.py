"""The tool reads the two variables of torch.load, once, and hands --weights-only on."""

import tempfile
import unittest

import tool

PLAIN = tool.CORPUS / "forged/geometry-whole.pt"
CALLING = tool.CORPUS / "torch-2.15.0/function-call.pt"
FORCE, FORCE_NO = "TORCH_FORCE_WEIGHTS_ONLY_LOAD", "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"


def kind(command, *words, **env):
    process = tool.run(command, "--json", *words, PLAIN, env=env)
    (document,) = tool.documents(process)
    accepted = document.get("verdict", "accept") == "accept" and "kind" not in document
    return process.returncode, "accept" if accepted else document["kind"]


class EnvironmentTest(unittest.TestCase):
    def test_the_environment_decides_where_nothing_is_said(self):
        for command in ("ls", "load"):
            self.assertEqual(kind(command), (0, "accept"))
            self.assertEqual(kind(command, **{FORCE_NO: "True"}), (1, "policy.full-pickle"))
            self.assertEqual(kind(command, **{FORCE_NO: "on"}), (0, "accept"))
            self.assertEqual(kind(command, **{FORCE: "1", FORCE_NO: "y"}), (1, "policy.environment"))
            self.assertEqual(kind(command, **{FORCE: "1"}), (0, "accept"))

    def test_the_flag_is_torchs_argument(self):
        for command in ("ls", "load"):
            self.assertEqual(kind(command, "--weights-only", "false"), (1, "policy.full-pickle"))
            self.assertEqual(kind(command, "--weights-only", "false", **{FORCE: "yes"}), (0, "accept"))
            self.assertEqual(kind(command, "--weights-only", "true", **{FORCE_NO: "1"}), (0, "accept"))
            self.assertEqual(kind(command, "--weights-only", "true", **{FORCE: "1", FORCE_NO: "1"}), (1, "policy.environment"))

    def test_commands_that_load_nothing_do_not_ask(self):
        both = {FORCE: "1", FORCE_NO: "1"}
        for command in ("globals", "inspect", "dis", "ls"):
            words = ["--torchscript", tool.CORPUS / "torch-2.15.0/torchscript.pt"] if command == "ls" else [PLAIN]
            self.assertEqual(tool.run(command, *words, env=both).returncode, 0, command)
        self.assertEqual(tool.run("globals", "--weights-only", "false", PLAIN).returncode, 0)

    def test_another_word_is_a_mistake(self):
        for word in ("False", "0", ""):
            process = tool.run("load", "--weights-only", word, PLAIN)
            self.assertEqual((process.returncode, process.stdout), (2, b""), word)

    def test_people_are_told_what_to_do_and_nothing_runs(self):
        with tempfile.TemporaryDirectory() as folder:
            process = tool.run("load", CALLING, env={FORCE_NO: "1"}, cwd=folder)
            self.assertEqual(list(tool.Path(folder).iterdir()), [])
        text = " ".join(process.stderr.decode().split())
        self.assertEqual((process.returncode, process.stdout), (1, b""))
        self.assertIn("policy.full-pickle: TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD='1' is set and weights_only is not given", text)
        self.assertIn("unset TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", text)
        self.assertNotIn("weights_only=False", text)


if __name__ == "__main__":
    unittest.main()
