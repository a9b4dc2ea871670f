"""The options that say how a file is loaded: limits, locations, byte order, mapping."""

import re
import unittest

import tool

READING = ("ls", "load", "globals", "inspect", "dis")


def devices(*words):
    return [storage["device"] for storage in tool.document("load", "--json", *words)["value"]["storages"]]


class Options(unittest.TestCase):
    def setUp(self):
        self.adam = tool.CORPUS / "torch-2.15.0/checkpoint-Adam.pt"
        self.tagged = tool.CORPUS / "forged/location-cuda-0.pt"

    def limits(self):
        text = (tool.SOURCE / "reference/base/limits.h").read_text("utf-8")
        return re.findall(r"^  std::uint64_t (\w+) = ", text, re.M)

    def test_every_limit_has_an_option_in_every_command_that_takes_files(self):
        flags = ["--limit-" + name.replace("_", "-") for name in self.limits()]
        self.assertGreater(len(flags), 10)
        for command in READING:
            text = tool.run(command, "--help").stdout.decode()
            self.assertEqual(re.findall(r"--limit-[\w-]+", text), flags)
            for flag in flags:
                self.assertEqual(tool.run(command, flag, "18446744073709551615" if flag != "--limit-nodes" else "5000", self.adam).returncode, 0, (command, flag))

    def test_help_names_the_default_of_a_limit(self):
        values = {limit["name"]: limit["value"] for limit in tool.document("tables", "--json", "limits")["limits"]}
        text = " ".join(tool.run("load", "--help").stdout.decode().split())
        for name in self.limits():
            self.assertRegex(text, "--limit-%s N [^(]*\\(%d\\)" % (name.replace("_", "-"), values[name]))

    def test_a_limit_limits(self):
        refused = tool.document("load", "--json", "--limit-nodes", "10", self.adam)
        self.assertEqual((refused["verdict"], refused["kind"]), ("reject", "limit.nodes"))
        listed = tool.document("ls", "--json", "--limit-walk-base=3", "--limit-walk-per-node=0", self.adam)
        self.assertTrue(listed["truncated"])
        self.assertLess(len(listed["tensors"]), 16)
        refused = tool.document("load", "--json", "--limit-inflated-base", "5", "--limit-inflated-factor", "0", self.adam)
        self.assertEqual(refused["kind"], "limit.record-size")

    def test_a_limit_is_a_number_of_64_bits(self):
        for value in ("", "x", "-1", "1.5", "18446744073709551616", "5k"):
            with self.subTest(value):
                process = tool.run("load", "--limit-nodes=" + value, self.adam)
                self.assertEqual((process.returncode, process.stdout), (2, b""))
        process = tool.run("load", "--json", "--limit-nodes", "4294967295", self.adam)
        self.assertEqual(tool.documents(process)[0]["kind"], "options.invalid")

    def test_locations_are_mapped(self):
        self.assertEqual(devices(self.tagged), ["cuda:0"])
        self.assertEqual(devices("--map-location", "cpu", self.tagged), ["cpu"])
        self.assertEqual(devices("--map-location=cuda:0=xpu:1", self.tagged), ["xpu:1"])
        self.assertEqual(devices("--map-location", "cuda:1=cpu", "--map-location", "cuda:0=mps", self.tagged), ["mps"])
        self.assertEqual(devices("--map-location", "cuda:1=cpu", self.tagged), ["cuda:0"])
        listed = tool.document("ls", "--json", "--map-location", "hpu", self.tagged)
        self.assertEqual([tensor["device"] for tensor in listed["tensors"]], ["hpu"])
        refused = tool.document("load", "--json", "--map-location", "bogus", self.tagged)
        self.assertEqual(refused["kind"], "storage.location")

    def test_numpy_decides_what_its_names_give_and_which_class_a_dtype_needs(self):
        scalar = tool.CORPUS / "torch-2.15.0/numpy-scalar-float.pt"
        for command in ("ls", "load", "globals"):
            self.assertEqual(tool.run(command, "--numpy", "2.4", "--allow-numpy", scalar).returncode, 0, command)
            self.assertEqual(tool.run(command, "--numpy", "2.4", scalar).returncode, 1, command)
            process = tool.run(command, "--allow-numpy", scalar)
            self.assertEqual((process.returncode, process.stdout), (2, b""), command)
            process = tool.run(command, "--json", "--numpy", "1.19", scalar)
            self.assertEqual(tool.documents(process)[0]["kind"], "options.invalid", command)
        visible = ["--allow", "numpy._core.multiarray.scalar", "--allow", "numpy.dtype"]
        for release, missing in (("1.24", "`numpy.dtype[float64]`"), ("2.4", "`numpy.dtypes.Float64DType`")):
            refused = tool.document("load", "--json", "--numpy", release, *visible, scalar)
            self.assertEqual(refused["kind"], "policy.build")
            self.assertIn(missing, refused["detail"])
        loaded = tool.document("load", "--json", "--numpy", "2.4", *visible, "--allow", "numpy.dtypes.Float64DType", scalar)
        self.assertEqual(loaded["value"]["root"]["v"][0][1], {"t": "ndarray", "dtype": "<f8", "shape": [], "scalar": True, "x": "000000000000e03f"})
        self.assertIn("numpy scalar <f8", tool.run("load", "--numpy", "2.4", "--allow-numpy", scalar).stdout.decode())

    def test_locations_that_contradict_each_other_are_a_mistake(self):
        for words in (["--map-location", "cpu", "--map-location", "cuda"], ["--map-location", "cpu", "--map-location", "a=b"],
                      ["--map-location", "a=b", "--map-location", "a=c"], ["--map-location"]):
            process = tool.run("load", *words, self.tagged)
            self.assertEqual((process.returncode, process.stdout), (2, b""), words)

    def test_mapping_changes_nothing_but_impossible_options_are_said(self):
        plain = tool.run("load", "--json", self.adam).stdout
        for flag in ("--no-mmap", "--mmap-shared", "--calculate-storage-offsets"):
            self.assertEqual(tool.run("load", "--json", flag, self.adam).stdout, plain, flag)
        refused = tool.document("load", "--json", "--no-mmap", "--mmap-shared", self.adam)
        self.assertEqual((refused["kind"], refused["detail"]), ("options.invalid", "mmap_shared asks how to map a file, and mmap is false"))

    def test_strings_of_python_2_are_decoded_as_asked(self):
        text, weights = tool.CORPUS / "forged/python2-latin1.pt", tool.CORPUS / "forged/python2-state-dict.pt"

        def root(encoding):
            return tool.document("load", "--json", "--encoding", encoding, text)["value"]["root"]

        self.assertEqual(tool.document("load", "--json", text)["kind"], "pickle.text")
        self.assertEqual(tool.document("load", "--json", "--encoding=ascii", text)["kind"], "pickle.text")
        self.assertEqual(root("latin1"), {"t": "str", "v": "\u00e9"})
        self.assertEqual(root("bytes"), {"t": "bytes", "x": "e9"})
        for command in ("ls", "load"):
            self.assertEqual(tool.run(command, "--json", weights).stdout, tool.run(command, "--json", "--encoding", "latin1", weights).stdout)
        listed = tool.document("ls", "--json", "--encoding", "bytes", weights)
        self.assertEqual([tensor["path"] for tensor in listed["tensors"]],
                         [[{"t": "bytes", "x": b"weight".hex()}], [{"t": "bytes", "x": b"bias".hex()}]])
        seen = tool.document("inspect", "--json", "--encoding", "latin1", text)
        self.assertEqual((seen["load"]["verdict"], seen["storages"]), ("accept", []))
        self.assertEqual(tool.document("inspect", "--json", text)["load"]["kind"], "pickle.text")

    def test_an_encoding_that_is_unknown_or_has_no_use_is_a_mistake(self):
        file = tool.CORPUS / "forged/python2-utf8.pt"
        for name in ("koi8-r", "LATIN1", "bytes\x1b"):
            process = tool.run("load", "--json", "--encoding", name, file)
            self.assertEqual((process.returncode, tool.documents(process)[0]["kind"]), (2, "options.invalid"), name)
        self.assertEqual(tool.run("load", file, "--encoding").returncode, 2)
        for command in ("dis", "explain"):
            process = tool.run(command, "--encoding", "latin1", file)
            self.assertEqual((process.returncode, process.stdout), (2, b""), command)


if __name__ == "__main__":
    unittest.main()
