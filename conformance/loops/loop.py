"""The suite without its runner: replace `load` by your loader. Run in the top folder of the repository."""
import json


def load(data):
    """Whether your loader accepts these bytes. This one looks at the first two."""
    return data[:2] == b"PK"


asked = wrong = 0
for case in json.load(open("conformance/suite.json", encoding="utf-8"))["cases"]:
    if case["file"] is None or "options" in case or case["expect"].startswith("either"):
        continue
    asked += 1
    with open(case["file"], "rb") as file:
        if load(file.read()) != (case["expect"] == "accept"):
            wrong += 1
print(f"{asked} cases, {wrong} wrong verdicts")
