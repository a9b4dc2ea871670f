"""The first adapter: it says what it thinks in its own words."""
import sys

from loader import load

print("loaded %d bytes" % len(load(sys.argv[1])))
