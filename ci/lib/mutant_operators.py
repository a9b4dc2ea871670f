"""Small changes of C++ text, one at a time: what a general mutation tool does, for the way in which these sources are written.

It knows tokens and no grammar. Binary operators have blanks on both sides here, template brackets, references and signs have not; what is
guessed wrong does not compile, and mutants that do not compile are not counted. Left alone is what no test could notice: texts, and what
stands behind a text in a call that refuses, which change the message and nothing else; lines for Windows, which nobody compiles here; room
that is taken in advance; and a break at the end of a switch.
"""

import re
from dataclasses import dataclass

TOKEN = re.compile(r"""
  (?P<skip>//[^\n]*|/\*.*?\*/|^[ \t]*\#(?:\\\n|[^\n])*|\[\[.*?\]\])
| (?P<text>R"\(.*?\)"|"(?:\\.|[^"\\\n])*"(?:sv)?|'(?:\\.|[^'\\\n])+')
| (?P<number>0[xX][0-9a-fA-F]+(?:p[0-9]+)?[uUlLzZ]*|[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?[uUlLzZfF]*)
| (?P<word>[A-Za-z_]\w*)
| (?P<operator><=>|<<=|>>=|\.\.\.|[-+*/%&|^=!<>]=|\+\+|--|&&|\|\||<<|>>|->|::|[-+*/%&|^~!<>=?:;,.(){}\[\]])
""", re.X | re.S | re.M)

BINARY = {"<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<"), "==": ("!=",), "!=": ("==",), "+": ("-",), "-": ("+",),
          "*": ("/",), "/": ("*",), "%": ("*",), "<<": (">>",), ">>": ("<<",), "&": ("|",), "|": ("&",), "^": ("|",), "&&": ("||",),
          "||": ("&&",), "+=": ("-=",), "-=": ("+=",), "|=": ("=",), "&=": ("=",), "*=": ("=",)}
UNARY = {"++": "--", "--": "++", "!": ""}
WORDS = {"true": "false", "false": "true"}
OPENING, CLOSING = {"(": ")", "[": "]", "{": "}"}, {")", "]", "}"}
NO_STATEMENT = {"return", "if", "for", "while", "do", "switch", "case", "default", "else", "using", "namespace", "static_assert", "template",
                "class", "struct", "enum", "public", "private", "goto", "throw", "try", "catch", "const", "constexpr", "static", "auto",
                "inline", "explicit", "friend", "operator", "mutable", "virtual", "extern", "typedef"}
DECLARATION = re.compile(r"[\w:]+(<[^;()]*>)?(\s+|\s*[&*]+\s*)\w+\s*(=[^=]|\(|\{|;|\[)")
LEFT_OUT = {"static_assert", "using", "template"}
FOR_WINDOWS = re.compile(r"^#ifdef _WIN32\n.*?^#(?:else|endif)", re.M | re.S)
RESERVES = re.compile(r"[\w.>-]+(\.|->)reserve\(")
# A number of elements that a container takes in advance, or a buffer that a function fills.
ROOM = re.compile(r"\w_room\b|^std::array<[^<>]*> \w+$")


@dataclass(frozen=True)
class Mutation:
    path: str  # below the source tree
    line: int
    column: int
    operator: str
    start: int
    end: int
    before: str
    after: str

    @property
    def name(self):
        return f"{self.path}:{self.line}:{self.column} {self.operator} {_short(self.before)} -> {_short(self.after)}"

    def apply(self, text):
        return text[:self.start] + self.after + text[self.end:]


def _short(text):
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:57] + "..."


class Source:
    def __init__(self, path, text):
        self.path, self.text = path, text
        elsewhere = [match.span() for match in FOR_WINDOWS.finditer(text)]
        self.tokens = [match for match in TOKEN.finditer(text)
                       if match.lastgroup != "skip" and not any(start <= match.start() < end for start, end in elsewhere)]
        self.partner = _partners(self.tokens)
        self.found = []

    def mutations(self):
        message_ends = -1
        statement_is_left_out = False
        for at, token in enumerate(self.tokens):
            word = token.group()
            if self._starts_statement(at):
                statement_is_left_out = word in LEFT_OUT or ROOM.search(self.text[token.start():self._end_of_statement(token.start())])
                if not statement_is_left_out:
                    self._statement(at)
            if token.lastgroup == "text":
                message_ends = max(message_ends, self._message_end(at))
            if not statement_is_left_out and at > message_ends:
                self._token(at, token.lastgroup, word)
        return self.found

    def _end_of_statement(self, start):
        found = self.text.find(";", start)
        return len(self.text) if found < 0 else found

    def _add(self, operator, start, end, after):
        line = self.text.count("\n", 0, start) + 1
        column = start - self.text.rfind("\n", 0, start)
        self.found.append(Mutation(self.path, line, column, operator, start, end, self.text[start:end], after))

    def _token(self, at, group, word):
        start, end = self.tokens[at].span()
        blanks = self.text[start - 1:start].isspace() and self.text[end:end + 1].isspace()
        if word in BINARY and blanks:
            for after in BINARY[word]:
                self._add("operator", start, end, after)
        elif word in UNARY and not blanks:
            self._add("unary", start, end, UNARY[word])
        elif word in WORDS:
            self._add("constant", start, end, WORDS[word])
        elif group == "number" and re.fullmatch(r"(0[xX])?[0-9a-fA-F]+[uUlLzZ]*", word):
            self._number(start, end, word)
        elif word in ("if", "while") and self._word(at + 1) == "(":
            self._condition(at + 1)
        elif word == "(" and at > 0 and self.tokens[at - 1].lastgroup == "word" and at in self.partner:
            self._arguments(at)

    def _number(self, start, end, word):
        digits = word.rstrip("uUlLzZ")
        value = int(digits, 0) if not re.fullmatch("0[0-9]+", digits) else None
        if value is None:
            return
        for after in (value + 1, value - 1):
            if after >= 0:
                self._add("constant", start, end, (hex(after) if digits[:2] in ("0x", "0X") else str(after)) + word[len(digits):])

    def _condition(self, at):
        start, end = self.tokens[at].end(), self.tokens[self.partner[at]].start()
        inside = self.text[start:end]
        if ";" not in inside and not re.match(r"\s*(const|auto)\b", inside):
            self._add("condition", start, end, f"!({inside})")

    # f(a, b): the first two arguments, where both are plain.
    def _arguments(self, at):
        words = [self._word(at + i) for i in range(1, 5)]
        if re.fullmatch(r"\w+", words[0]) and words[1] == "," and re.fullmatch(r"\w+", words[2]) and words[3] in (",", ")"):
            if words[0] != words[2] and self._word(at - 1) not in ("if", "while", "for", "switch"):
                self._add("arguments", self.tokens[at + 1].start(), self.tokens[at + 3].end(), f"{words[2]}, {words[0]}")

    def _word(self, at):
        return self.tokens[at].group() if 0 <= at < len(self.tokens) else ""

    def _is_body_of_if(self, at):
        if self._word(at - 1) == "else":
            return True
        opening = self.partner.get(at - 1) if self._word(at - 1) == ")" else None
        return opening is not None and self._word(opening - 1) in ("if", "for", "while")

    def _starts_statement(self, at):
        return self._word(at - 1) in (";", "{", "}", ":", "") or self._is_body_of_if(at)

    def _statement(self, at):
        end = at
        while end < len(self.tokens) and self._word(end) != ";":
            if self._word(end) in CLOSING or self._word(end) == "{":
                return
            end = self.partner[end] + 1 if self._word(end) in OPENING and end in self.partner else end + 1
        if end >= len(self.tokens):
            return
        start, stop = self.tokens[at].start(), self.tokens[end].end()
        text, first = self.text[start:stop], self._word(at)
        early_return = first == "return" and self._is_body_of_if(at)
        plain = self.tokens[at].lastgroup == "word" or first in ("*", "++", "--")
        if early_return or plain and first not in NO_STATEMENT and not DECLARATION.match(text) and not RESERVES.match(text) \
                and "= delete" not in text and not (first == "break" and self._ends_switch(end + 1)):
            self._add("deletion", start, stop, ";")

    # Whether the token at `at` is the bracket that closes a switch.
    def _ends_switch(self, at):
        opening = self.partner.get(at) if self._word(at) == "}" else None
        return opening is not None and self._word(self.partner.get(opening - 1, 0) - 1) == "switch"

    # The index of the bracket that ends the call which refuses with the text at `at`, or -1.
    def _message_end(self, at):
        depth = 0
        for i in range(at - 1, max(-1, at - 400), -1):
            word = self._word(i)
            if word in CLOSING:
                depth += 1
            elif word in OPENING:
                if depth == 0 and word == "(" and re.search("Refuse|Fail", self._word(i - 1)):
                    return self.partner.get(i, -1)
                depth = max(0, depth - 1)
            elif word == ";":
                return -1
        return -1


def _partners(tokens):
    """Index of an opening bracket -> index of the closing one, and back."""
    found, open_at = {}, []
    for at, token in enumerate(tokens):
        word = token.group()
        if token.lastgroup != "operator":
            continue
        if word in OPENING:
            open_at.append(at)
        elif word in CLOSING and open_at and OPENING[tokens[open_at[-1]].group()] == word:
            found[open_at[-1]] = at
            found[at] = open_at.pop()
    return found


def mutations(path, text):
    return Source(path, text).mutations()
