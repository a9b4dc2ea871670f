"""The places that the values of a pickle have: an argument of a call (of which callable, of how many), a part of a persistent id, a key, an
item, a state, and parts of these."""

from __future__ import annotations

import pickletools

MOST_PARTS, DEEPEST = 10, 3  # of a value whose parts are places too


class Item:
    """A value on the stack: the bytes that push it, what it is called, and its parts."""

    def __init__(self, start, end, label, parts=(), text=""):
        self.start, self.end, self.label, self.parts, self.text = start, end, label, list(parts), text


class Walk:
    """The places of the values of one pickle, by its instructions: found is [(place, item)], end where it ends."""

    def __init__(self, data):
        self.found, self.stack, self.marks, self.memo, self.end = [], [], [], {}, None
        instructions = [(each[0].name, each[1], each[2]) for each in pickletools.genops(data)]
        ends = [each[2] for each in instructions[1:]]
        for (name, argument, at), end in zip(instructions, [*ends, None]):
            if name == "STOP":
                self.note("value", [self.stack.pop()])
                self.end = at + 1
            else:
                self.step(name, argument, at, end)

    def note(self, place, items):
        for number, item in enumerate(items):
            self.found.append(((place, len(items), number), Item(item.start, item.end, item.label, item.parts)))  # as it is now
            self.found.extend(((place, len(items), number, *path), part) for path, part in inside(item))

    def to_mark(self):
        """What lies above the last mark, and where that is."""
        items = []
        while (item := self.stack.pop()) is not None:
            items.append(item)
        return items[::-1], self.marks.pop()

    def take(self, count):
        items = [self.stack.pop() for _ in range(count)][::-1]
        if None in items:
            raise IndexError("a mark")
        return items

    def push(self, start, end, label, parts=(), text=""):
        self.stack.append(Item(start, end, label, parts, text))

    def step(self, name, argument, at, end):
        counts = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
        if name == "MARK":
            self.stack.append(None)
            self.marks.append(at)
        elif name in counts:
            items = self.take(counts[name])
            self.push(items[0].start, end, "tuple", items)
        elif name in ("TUPLE", "LIST", "DICT", "FROZENSET"):
            items, mark = self.to_mark()
            self.push(mark, end, name.lower(), items)
        elif name == "STACK_GLOBAL":
            module, attribute = self.take(2)
            self.push(module.start, end, f"{module.text} {attribute.text}")
        elif name in ("REDUCE", "NEWOBJ", "NEWOBJ_EX"):
            self.call(name, end)
        elif name in ("APPEND", "SETITEM", "BUILD"):
            self.change(name, self.take({"SETITEM": 2}.get(name, 1)), end)
        elif name in ("APPENDS", "SETITEMS", "ADDITEMS"):
            self.change(name, self.to_mark()[0], end)
        elif name == "BINPERSID":
            pid = self.take(1)[0]
            self.note("persid", [pid])
            self.note("persid-part", pid.parts)
            self.push(pid.start, end, "persid")
        elif name == "POP":
            self.stack.pop()
        elif name == "POP_MARK":
            self.to_mark()
        elif name in ("MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT"):
            self.stack[-1].end = end
            self.memo[len(self.memo) if name == "MEMOIZE" else argument] = self.stack[-1].label
        elif name in ("GET", "BINGET", "LONG_BINGET"):
            self.push(at, end, self.memo.get(argument, "nothing"))
        elif name not in ("PROTO", "FRAME"):
            self.push(at, end, argument if name == "GLOBAL" else name, text=argument if isinstance(argument, str) else "")

    def call(self, name, end):
        function, *rest = self.take(3 if name == "NEWOBJ_EX" else 2)
        self.note(name, [function])
        self.note(f"{name} {function.label} arguments", rest)
        self.note(f"{name} {function.label}", rest[0].parts)
        self.push(function.start, end, f"{function.label}()")

    def change(self, name, items, end):
        self.note(f"{name} {self.stack[-1].label} of", [self.stack[-1]])
        for item in (items[0], items[-1]) if items else ():
            self.note(f"{name} {self.stack[-1].label}", [item])
        self.note(f"{name} {self.stack[-1].label} parts", items[-1].parts[:6] if items else ())
        self.stack[-1].end = end


def inside(item, path=()):
    """(path, part) of its parts and theirs: of each the number of its parts, and which one. What tuples lie in ends the depth."""
    for number, part in enumerate(item.parts[:MOST_PARTS]):
        here = (*path, (len(item.parts), number))
        yield here, part
        if len(here) < DEEPEST:
            yield from inside(part, here)
