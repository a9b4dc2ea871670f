"""The first adapter: it says what it thinks in its own words."""
import sys

from loader import load

if len(sys.argv) < 2:
    print("started without a file name: run it with --once", file=sys.stderr)
    sys.exit(2)
print("loaded %d bytes" % len(load(sys.argv[1])))
