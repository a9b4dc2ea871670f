"""The verdict is printed as JSON now, but only when all goes well."""
import json
import sys

from loader import load

load(sys.argv[1])
print(json.dumps({"verdict": "accept"}))
