"""Level 1 from level 2: the rows of tensors that a canonical document holds. FORMAT.md, chapter "Canonical values".

    from level1 import tensors_of
    rows = tensors_of(json.loads(text))       # [{"path": […], "dtype": …, "shape": […], "data": …}, …], or None

A document nests two levels of JSON for each of its own, up to 500: raise Python's recursion limit before parsing one.
This is the second, independent writer of such rows; the first is reference/output/tensor_rows.cc.
"""

from __future__ import annotations

import json

from elements import data_of

MOST_STEPS = 1 << 20  # from a container to what it holds, over all paths
MOST_TEXT = 64 << 20  # bytes of all rows
MOST_KEY_TEXT = 64 << 10
EXACT = (1 << 53) - 1

PAIRS = ("dict", "odict", "counter")
ITEMS = ("list", "tuple")


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class Document:
    """A canonical document whose references are followed."""

    def __init__(self, document):
        self.root = document["root"]
        self.storages = document["storages"]
        self.shared = {}
        stack = [self.root]
        while stack:
            value = stack.pop()
            if isinstance(value, dict):
                if "id" in value and value.get("t") != "ref":
                    self.shared[value["id"]] = value
                stack.extend(value.values())
            elif isinstance(value, list):
                stack.extend(value)

    def resolved(self, node):
        return self.shared[node["id"]] if node["t"] == "ref" else node

    # -- steps of a path ----------------------------------------------------------------------------------------------

    def key(self, node):
        """What stands on a path for a key of a dict."""
        node = self.resolved(node)
        if node["t"] == "str":
            return _text(node)
        if node["t"] == "int" and abs(int(node["v"])) <= EXACT:
            return int(node["v"])
        alone = _Alone(self).copy(node)
        return alone if len(compact(alone).encode("utf-8")) <= MOST_KEY_TEXT else {"omitted": "limit.output"}

    def attribute(self, node):
        return {"attr": _text(node) if node["t"] == "str" else ""}

    # -- what holds what ----------------------------------------------------------------------------------------------

    def children(self, node):
        """(how to say the step, node) of everything that the node holds, in order. A step is made when it is asked for."""
        kind = node["t"]
        if kind in ITEMS:
            yield from ((lambda i=i: i, item) for i, item in enumerate(node["v"]))
        elif kind == "set":
            yield from ((lambda: {"in": "set"}, item) for item in node["v"])
        elif kind in PAIRS:
            yield from self._pairs(node["v"])
        elif kind == "object":
            yield from self._parts(node)
        elif kind == "subclass" and "state" in node:
            yield lambda: {"attr": "__state__"}, node["state"]
        if "attrs" in node:
            yield from ((lambda k=k: self.attribute(k), value) for k, value in node["attrs"]["v"])

    def _pairs(self, pairs):
        return ((lambda k=k: self.key(k), value) for k, value in pairs)

    def _parts(self, node):
        if "args" in node:
            yield lambda: {"attr": "__args__"}, node["args"]
        state = self.resolved(node["state"]) if "state" in node else None
        if state is not None and state["t"] in PAIRS:
            for key, value in state["v"]:
                named = self.resolved(key)["t"] == "str"
                yield (lambda k=key: {"attr": _text(self.resolved(k))}) if named else (lambda k=key: self.key(k)), value
        elif state is not None:
            yield lambda: {"attr": "__state__"}, state
        yield from ((lambda i=i: i, item) for i, item in enumerate(node.get("items", ())))
        yield from self._pairs(node.get("pairs", ()))

    def holders(self):
        """id() of every node that holds a tensor at some depth, and of the tensors."""
        parents, seen, stack, found = {}, set(), [self.root], []
        while stack:
            node = stack.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            if listed(node) is not None:
                found.append(node)
            for _, child in self.children(node):
                child = self.resolved(child)
                parents.setdefault(id(child), []).append(node)
                stack.append(child)
        marked = set()
        while found:
            node = found.pop()
            if id(node) not in marked:
                marked.add(id(node))
                found.extend(parents.get(id(node), ()))
        return marked


def _text(node):
    return node["v"] if "v" in node else {"x": node["x"]}


class _Alone:
    """Writes a node as the canonical value that it would be alone: with ids and storages numbered from 0."""

    def __init__(self, document):
        self._document = document
        self._references = {}
        self._ids = {}
        self._storages = {}

    def copy(self, node):
        self._count(node)
        return self._copy(node)

    def _count(self, value):
        if isinstance(value, list):
            for item in value:
                self._count(item)
        elif isinstance(value, dict):
            if value.get("t") == "ref":
                value = self._document.resolved(value)
            count = self._references[id(value)] = self._references.get(id(value), 0) + 1
            if count == 1:
                for member in value.values():
                    self._count(member)

    def _copy(self, value):
        if isinstance(value, list):
            return [self._copy(item) for item in value]
        if not isinstance(value, dict):
            return value
        if value.get("t") == "ref":
            value = self._document.resolved(value)
        if id(value) in self._ids:
            return {"t": "ref", "id": self._ids[id(value)]}
        copied = {}
        for name, member in value.items():
            if name == "id":
                continue
            if name == "storage":
                member = self._storages.setdefault(member, len(self._storages))
            copied[name] = self._copy(member)
            if name == "t" and self._references[id(value)] > 1:
                copied["id"] = self._ids[id(value)] = len(self._ids)
        return copied


def listed(node):
    """The tensor that is listed for a node: a node of type tensor or sparse, or None."""
    if node["t"] in ("parameter", "subclass"):
        return node["data"]
    return node if node["t"] in ("tensor", "sparse") else None


def _row(document, node, path, options):
    tensor = listed(node)
    row = {"path": path, "dtype": tensor["dtype"], "shape": tensor["shape"]}
    if node["t"] != "subclass" and tensor["t"] != "sparse" and "q" not in tensor:
        row.update(data_of(tensor, document.storages, **options))
    return row


def _walk(document):
    """(path, node) of every tensor under every path; None as the last one where there are too many paths."""
    holders = document.holders()
    steps = MOST_STEPS
    root = document.root
    if listed(root) is not None:
        yield [], root
    if id(root) not in holders:
        return
    frames, on_path, path = [(root, document.children(root))], {id(root)}, []
    while frames:
        node, children = frames[-1]
        step, child = next(children, (None, None))
        if child is None:
            frames.pop()
            on_path.discard(id(node))
            if path:
                path.pop()
            continue
        steps -= 1
        if steps < 0:
            yield None
            return
        child = document.resolved(child)
        open_already = id(child) in on_path
        if id(child) not in holders or open_already and (listed(child) is None or listed(child)["t"] == "sparse"):
            continue
        path.append(step())
        if listed(child) is not None:
            yield list(path), child
        if open_already:
            path.pop()
        else:
            frames.append((child, document.children(child)))
            on_path.add(id(child))


def tensors_of(document, file_bytes=0, contents=None):
    """The rows of a parsed canonical document, or None where there are more than a list can hold.

    `file_bytes`: the size of the file, which decides about tensors of more than 64 MiB. `contents(index)`: the bytes of a
    storage of which the document has the digest only; asked for when the digest is not enough (elements.BytesNeeded without it).
    """
    document = Document(document)
    options = {"file_bytes": file_bytes, "contents": contents}
    text, rows = 0, []
    for found in _walk(document):
        if found is None:
            return None
        row = _row(document, found[1], found[0], options)
        keys = compact(row["path"]).encode("utf-8"), compact(row).encode("utf-8")
        text += len(keys[1])
        if text > MOST_TEXT:
            return None
        rows.append((keys, row))
    rows.sort(key=lambda row: row[0])
    return [row for _, row in rows]
