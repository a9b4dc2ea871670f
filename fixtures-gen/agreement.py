"""Comparing answers: refusal kinds, and parsed canonical values."""


def kinds_agree(expected, got):
    """At dots, one is a prefix of the other; the empty kind matches nothing."""
    if not expected or not got:
        return False
    short, long = sorted((expected.split("."), got.split(".")), key=len)
    return long[: len(short)] == short


def first_difference(ours, theirs, path="value"):
    """Where two parsed values differ first, for people."""
    if type(ours) is not type(theirs) or not isinstance(ours, (dict, list)):
        return "" if ours == theirs else "%s: ours %.80r, torch %.80r" % (path, ours, theirs)
    if isinstance(ours, dict):
        if ours.keys() != theirs.keys():
            return "%s: ours has %s, torch %s" % (path, sorted(ours), sorted(theirs))
        steps = [(".%s" % key, ours[key], theirs[key]) for key in ours]
    else:
        if len(ours) != len(theirs):
            return "%s: ours has %d items, torch %d" % (path, len(ours), len(theirs))
        steps = [("[%d]" % i, a, b) for i, (a, b) in enumerate(zip(ours, theirs))]
    return next((found for word, a, b in steps if a != b and (found := first_difference(a, b, path + word))), "")
