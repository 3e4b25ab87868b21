"""The language of hypotheses: arithmetic on named draws and one comparison, read to the end.

Names are those of coefficients and rows (`block[b2]:direction[right]`, `sd_user[Intercept]`,
`b2 - b1`), matched whole and blind to white space, the longest first. Nothing is run as Python.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from mixwell.errors import DataError, FormulaError, did_you_mean
from mixwell.numeric.arrays import FloatArray

COMPARISONS = ("<=", ">=", "==", "!=", "<", ">", "=")
FUNCTIONS: dict[str, Callable[[FloatArray], FloatArray]] = {
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "abs": np.abs,
}
DEEPEST = 60
_NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_WORD = re.compile(r"[^\W\d][\w.]*(?:\[[^\]]*\]+)?(?:\s*:\s*[^\W\d][\w.]*(?:\[[^\]]*\]+)?)*")
_QUOTED = re.compile(r"`([^`]*)`|\"([^\"]*)\"|'([^']*)'")


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text: kind "number", "name", "function", "op", "compare" or "end"."""

    kind: str
    text: str
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Claim:
    """A hypothesis that was read: left side minus right side, and how it compares with 0."""

    text: str
    left: "Node"
    relation: str

    def difference(self, draws: Callable[[str], FloatArray]) -> FloatArray:
        """Return left minus right in every draw."""
        return np.asarray(_value(self.left, draws), dtype=float)


@dataclass(frozen=True, slots=True)
class Node:
    """A number, a name, or an operator or function with its operands."""

    kind: str
    text: str
    below: tuple["Node", ...] = ()


def squeeze(name: str) -> str:
    """Return a name without its white space."""
    return "".join(name.split())


def read_hypothesis(text: str, names: Iterable[str]) -> Claim:
    """Read `left relation right`; FormulaError with a caret for anything else.

    >>> claim = read_hypothesis("block[b2] - block[b3] > 0", ["block[b2]", "block[b3]"])
    >>> claim.relation, claim.left.text
    ('>', '-')
    """
    if not isinstance(text, str):
        raise DataError(
            f"A hypothesis is a text, not {text!r}.", hint='For example "block[b2] > 0".'
        )
    return _Reader(text, names).claim()


class _Reader:
    """Recursive descent over the tokens of one hypothesis."""

    def __init__(self, text: str, names: Iterable[str]) -> None:
        self.text = text
        self.names = list(dict.fromkeys(names))
        self.known = {squeeze(name): name for name in self.names}
        self.patterns = [_spaced(name) for name in sorted(self.known, key=len, reverse=True)]
        self.tokens = self._tokens()
        self.at = 0
        self.depth = 0

    def fail(self, message: str, start: int, stop: int, hint: str | None = None) -> FormulaError:
        return FormulaError(message, text=self.text, start=start, stop=stop, hint=hint)

    def _tokens(self) -> list[Token]:
        tokens, at = [], 0
        while at < len(self.text):
            if self.text[at].isspace():
                at += 1
                continue
            token = self._token(at)
            tokens.append(token)
            at = token.stop
        return [*tokens, Token("end", "", len(self.text), len(self.text))]

    def _token(self, at: int) -> Token:
        quoted = _QUOTED.match(self.text, at)
        if quoted:
            name = next(part for part in quoted.groups() if part is not None)
            return self._named(name, at, quoted.end())
        name_end = self._longest_name(at)
        if name_end is not None:
            return Token("name", self.known[squeeze(self.text[at:name_end])], at, name_end)
        number = _NUMBER.match(self.text, at)
        if number:
            return Token("number", number.group(), at, number.end())
        for op in COMPARISONS:
            if self.text.startswith(op, at):
                return Token("compare", op, at, at + len(op))
        for op in ("**", "+", "-", "*", "/", "^", "(", ")"):
            if self.text.startswith(op, at):
                return Token("op", op, at, at + len(op))
        word = _WORD.match(self.text, at)
        if word is None:
            message = f"{self.text[at]!r} is no part of a hypothesis."
            raise self.fail(message, at, at + 1, 'Write for example "block[b2] - block[b3] > 0".')
        if word.group() in FUNCTIONS and self.text[word.end() :].lstrip().startswith("("):
            return Token("function", word.group(), at, word.end())
        return self._named(word.group(), at, word.end())

    def _longest_name(self, at: int) -> int | None:
        """Return where the longest name that starts here ends, unless a longer word goes on."""
        for pattern in self.patterns:
            found = pattern.match(self.text, at)
            if found:
                rest = self.text[found.end() :]
                inside = found.group()[-1:].isalnum() and re.match(r"[\w.\[(]", rest)
                if not inside and not re.match(r"\s*:\s*[^\W\d]", rest):
                    return found.end()
        return None

    def _named(self, name: str, start: int, stop: int) -> Token:
        if squeeze(name) not in self.known:
            hint = did_you_mean(name, self.names)
            raise self.fail(f'There is nothing called "{name}".', start, stop, hint)
        return Token("name", self.known[squeeze(name)], start, stop)

    def claim(self) -> Claim:
        left = self.sum()
        token = self.tokens[self.at]
        if token.kind != "compare":
            raise self._unexpected(token, 'A hypothesis compares two things: add "> 0".')
        self.at += 1
        right = self.sum()
        end = self.tokens[self.at]
        if end.kind == "compare":
            message = "Comparisons cannot be chained."
            raise self.fail(message, end.start, end.stop, "Give two hypotheses in a list.")
        if end.kind != "end":
            raise self._unexpected(end, None)
        relation = {"==": "=", "!=": "!="}.get(token.text, token.text)
        return Claim(self.text.strip(), Node("op", "-", (left, right)), relation)

    def sum(self) -> Node:
        node = self.product()
        while self.tokens[self.at].text in ("+", "-") and self.tokens[self.at].kind == "op":
            op = self.tokens[self.at].text
            self.at += 1
            node = Node("op", op, (node, self.product()))
        return node

    def product(self) -> Node:
        node = self.signed()
        while self.tokens[self.at].text in ("*", "/") and self.tokens[self.at].kind == "op":
            op = self.tokens[self.at].text
            self.at += 1
            node = Node("op", op, (node, self.signed()))
        return node

    def signed(self) -> Node:
        token = self.tokens[self.at]
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.fail("The hypothesis is nested too deeply.", token.start, token.stop)
        if token.kind == "op" and token.text in ("+", "-"):
            self.at += 1
            inner = self.signed()
            node = inner if token.text == "+" else Node("op", "negative", (inner,))
        else:
            node = self.operand()
            following = self.tokens[self.at]
            if following.kind == "op" and following.text in ("^", "**"):
                self.at += 1
                node = Node("op", "^", (node, self.signed()))
        self.depth -= 1
        return node

    def operand(self) -> Node:
        token = self.tokens[self.at]
        self.at += 1
        if token.kind in ("number", "name"):
            return Node(token.kind, token.text)
        if token.kind == "function":
            self.at += 1  # the bracket was seen when the token was made
            return Node("function", token.text, (self.closed(self.tokens[self.at - 1]),))
        if token.kind == "op" and token.text == "(":
            return self.closed(token)
        self.at -= 1
        raise self._unexpected(token, None)

    def closed(self, opening: Token) -> Node:
        node = self.sum()
        token = self.tokens[self.at]
        if token.text != ")":
            if token.kind == "end":
                message = "This bracket is never closed."
                raise self.fail(message, opening.start, opening.stop)
            raise self._unexpected(token, None)
        self.at += 1
        return node

    def _unexpected(self, token: Token, hint: str | None) -> FormulaError:
        if token.kind == "end":
            return self.fail("Something is missing here.", token.start, token.stop, hint)
        return self.fail(f'"{token.text}" was not expected here.', token.start, token.stop, hint)


def _spaced(name: str) -> re.Pattern[str]:
    return re.compile(r"\s*".join(re.escape(character) for character in name))


_ARITHMETIC: Mapping[str, Callable[[FloatArray, FloatArray], FloatArray]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "^": np.power,
}


def _value(node: Node, draws: Callable[[str], FloatArray]) -> FloatArray:
    if node.kind == "number":
        return np.asarray(float(node.text))
    if node.kind == "name":
        return draws(node.text)
    below = [_value(part, draws) for part in node.below]
    with np.errstate(all="ignore"):
        if node.kind == "function":
            return FUNCTIONS[node.text](below[0])
        if node.text == "negative":
            return np.negative(below[0])
        return _ARITHMETIC[node.text](below[0], below[1])
