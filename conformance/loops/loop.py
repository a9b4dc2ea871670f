"""The suite without its runner: replace `load` by your loader. Run in the top folder of the repository."""
import json
import sys


def load(data):
    """Whether your loader accepts these bytes. This one looks at the first two."""
    return data[:2] == b"PK"


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        sys.exit(f"{path} is not there: run this in the top folder of the repository")


asked = wrong = 0
for case in json.loads(read("conformance/suite.json"))["cases"]:
    if case["file"] is None or "options" in case or case["expect"].startswith("either"):
        continue
    asked += 1
    if load(read(case["file"])) != (case["expect"] == "accept"):
        wrong += 1
print(f"{asked} cases, {wrong} wrong verdicts")
