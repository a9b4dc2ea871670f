"""Checks a JSON value against a JSON Schema: the part of draft 2020-12 that conformance/schema/ uses, and no more.

    for problem in check(value, schema): print(problem)      # "$.tensors[0].dtype: 3 is no string"

A keyword that is not known here is an error of the schema (ValueError), so that none is passed over in silence.
"""

from __future__ import annotations

import json
import re

_TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
_SILENT = {"$schema", "$id", "$defs", "title", "description", "$comment", "examples", "then", "else"}


def _is(value, name):
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if name == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, _TYPES[name])


def _brief(value):
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."


def _article(names):
    return " or ".join("%s %s" % ("an" if name[0] in "aeio" else "a", name) for name in names)


def same(left, right):
    """Equality of JSON: true is not 1."""
    return json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)


def _type(value, names, path, _):
    names = [names] if isinstance(names, str) else names
    if not any(_is(value, name) for name in names):
        yield "%s: %s is not %s" % (path, _brief(value), _article(names))


def _enum(value, allowed, path, _):
    if not any(same(value, one) for one in allowed):
        yield "%s: %s is none of %s" % (path, _brief(value), ", ".join(_brief(one) for one in allowed))


def _const(value, only, path, _):
    if not same(value, only):
        yield "%s: have %s, want %s" % (path, _brief(value), _brief(only))


def _required(value, names, path, _):
    if isinstance(value, dict):
        for name in names:
            if name not in value:
                yield "%s: %s is missing" % (path, name)


def _properties(value, schemas, path, root):
    if isinstance(value, dict):
        for name, schema in schemas.items():
            if name in value:
                yield from _check(value[name], schema, "%s.%s" % (path, name), root)


def _items(value, schema, path, root):
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _check(item, schema, "%s[%d]" % (path, index), root)


def _pattern(value, pattern, path, _):
    if isinstance(value, str) and not re.search(pattern, value):
        yield "%s: %s does not match %s" % (path, _brief(value), pattern)


def _least(value, least, path, _):
    if _is(value, "number") and value < least:
        yield "%s: %s is below %s" % (path, value, least)


def _most(value, most, path, _):
    if _is(value, "number") and value > most:
        yield "%s: %s is above %s" % (path, value, most)


def _length(sense, types):
    def check(value, bound, path, _):
        if isinstance(value, types) and sense * len(value) < sense * bound:
            yield "%s: has %d, %s %d" % (path, len(value), "fewer than" if sense > 0 else "more than", bound)

    return check


def _any_of(value, schemas, path, root):
    if not any(next(_check(value, schema, path, root), None) is None for schema in schemas):
        yield "%s: %s has none of the forms that are allowed here" % (path, _brief(value))


def _all_of(value, schemas, path, root):
    for schema in schemas:
        yield from _check(value, schema, path, root)


_KEYWORDS = {"type": _type, "enum": _enum, "const": _const, "required": _required, "properties": _properties,
             "items": _items, "pattern": _pattern, "minimum": _least, "maximum": _most, "minLength": _length(1, str),
             "maxLength": _length(-1, str), "minItems": _length(1, list), "maxItems": _length(-1, list),
             "anyOf": _any_of, "allOf": _all_of}


def _others(value, schema, path, root):
    """additionalProperties: those that neither `properties` nor `patternProperties` names."""
    if not isinstance(value, dict):
        return
    patterns = schema.get("patternProperties", {})
    for name, item in value.items():
        matching = [patterns[pattern] for pattern in patterns if re.search(pattern, name)]
        for one in matching:
            yield from _check(item, one, "%s.%s" % (path, name), root)
        if matching or name in schema.get("properties", {}):
            continue
        other = schema.get("additionalProperties", True)
        if other is False:
            yield "%s: %s is no member that is known here" % (path, _brief(name))
        elif other is not True:
            yield from _check(item, other, "%s.%s" % (path, name), root)


def _check(value, schema, path, root):
    if schema is True:
        return
    if "$ref" in schema:
        target = root
        for part in schema["$ref"].lstrip("#/").split("/"):
            target = target[part]
        yield from _check(value, target, path, root)
    if "if" in schema:
        holds = next(_check(value, schema["if"], path, root), None) is None
        yield from _check(value, schema.get("then" if holds else "else", True), path, root)
    for keyword, argument in schema.items():
        if keyword in _KEYWORDS:
            yield from _KEYWORDS[keyword](value, argument, path, root)
        elif keyword not in _SILENT | {"$ref", "if", "additionalProperties", "patternProperties"}:
            raise ValueError("the schema has the keyword %s, which is not known here" % keyword)
    if "additionalProperties" in schema or "patternProperties" in schema:
        yield from _others(value, schema, path, root)


def check(value, schema):
    """Every problem of `value`, one text each; nothing when it is valid."""
    return _check(value, schema, "$", schema)
