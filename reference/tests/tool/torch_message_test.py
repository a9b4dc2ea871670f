"""`load --torch-message` and `explain`: what torch says, as it is for programs, harmless for people."""

import json
import unittest

import tool

FORGED = tool.CORPUS / "forged"


def observed(name):
    return json.loads((FORGED / (name + ".json")).read_text("utf-8"))


class TorchMessageTest(unittest.TestCase):
    def test_programs_get_the_exception_and_the_text_as_torch_says_them(self):
        for name in ("global-blocked-os", "append-to-dict", "tar-whole", "byteorder-big-nul", "pid-numel-long"):
            process = tool.run("load", "--json", "--torch-message", FORGED / (name + ".pt"))
            (document,) = tool.documents(process)
            torch = observed(name)
            self.assertEqual(document["torch"], {"exception": torch["exception"], "message": torch["message"]}, name)
            self.assertEqual(process.returncode, 1)

    def test_a_text_that_is_not_known_is_null(self):
        (document,) = tool.documents(tool.run("load", "--json", "--torch-message", FORGED / "zip-byteorder-not-utf8.pt"))
        self.assertIsNone(document["torch"])
        process = tool.run("load", "--torch-message", FORGED / "zip-byteorder-not-utf8.pt")
        self.assertEqual(process.stdout, b"")
        self.assertIn(b"is not known to this version", process.stderr)

    def test_nothing_is_said_without_the_flag_or_of_an_accepted_file(self):
        (document,) = tool.documents(tool.run("load", "--json", FORGED / "append-to-dict.pt"))
        self.assertNotIn("torch", document)
        (document,) = tool.documents(tool.run("load", "--json", "--torch-message", FORGED / "geometry-whole.pt"))
        self.assertNotIn("torch", document)

    def test_people_get_the_lines_escaped_on_standard_output(self):
        process = tool.run("load", "--torch-message", FORGED / "global-dtensor.pt")
        self.assertTrue(process.stdout.startswith(b"UnpicklingError: Weights only load failed. ``torch.distributed.tensor``"))
        self.assertIn(b"policy.not-imported", process.stderr)
        process = tool.run("explain", "policy.global-not-allowed")
        self.assertNotIn(b"\x1b", process.stdout)
        self.assertIn(b"\\x1b[1mdo those steps only if you trust the source of the checkpoint\\x1b[0m", process.stdout)
        self.assertIn(b"\n    (1) In PyTorch 2.6", process.stdout)

    def test_explain_shows_every_text_of_a_kind(self):
        (document,) = tool.documents(tool.run("explain", "--json", "policy.reduce"))
        self.assertEqual([text["exception"] for text in document["torch"]], ["UnpicklingError", "TypeError"])
        self.assertIn("unrecognized function {str(value)}", document["torch"][0]["message"])
        (document,) = tool.documents(tool.run("explain", "--json", "policy.append-target"))
        said = observed("append-to-dict")["message"]
        template = document["torch"][0]["message"].replace("{append to|extend}", "append to")
        self.assertEqual(template.replace("{type(value)}", "<class 'dict'>"), said)
        (document,) = tool.documents(tool.run("explain", "--json", "limit.nodes"))
        self.assertEqual(document["torch"], [])


if __name__ == "__main__":
    unittest.main()
