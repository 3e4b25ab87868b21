"""The language of hypotheses: arithmetic on named draws and one comparison, read to the end.

Names are those of coefficients and rows (`block[b2]:direction[right]`, `sd_user[Intercept]`,
`b2 - b1`), matched whole and blind to white space, the longest first. The arithmetic between them
is that of formulas, read by the same parser; nothing is run as Python.
"""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from mixwell.design.atoms.operators import ARITHMETIC
from mixwell.errors import DataError, FormulaError, did_you_mean
from mixwell.formula import Binary, Call, Expr, Name, Number, Paren, Unary
from mixwell.formula.parser import COMPARISON, Parser
from mixwell.formula.tokens import Token
from mixwell.numeric.arrays import FloatArray

FUNCTIONS: dict[str, Callable[[FloatArray], FloatArray]] = {
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "abs": np.abs,
}
_SYMBOL = re.compile(r"(?P<compare>[<>=!]=|[<>=])|(?P<op>\*\*|[-+*/^()])")
_NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_WORD = re.compile(r"[^\W\d][\w.]*(?:\[[^\]]*\]+)?(?:\s*:\s*[^\W\d][\w.]*(?:\[[^\]]*\]+)?)*")
_QUOTED = re.compile(r"`([^`]*)`|\"([^\"]*)\"|'([^']*)'")


@dataclass(frozen=True, slots=True)
class Claim:
    """A hypothesis that was read: left side minus right side, and how it compares with 0."""

    text: str
    left: Expr
    right: Expr
    relation: str

    def difference(self, draws: Callable[[str], FloatArray]) -> FloatArray:
        """Return left minus right in every draw."""
        with np.errstate(all="ignore"):
            return np.asarray(_value(self.left, draws) - _value(self.right, draws), dtype=float)

    @property
    def linear(self) -> bool:
        """Whether both sides are sums of named draws times numbers."""
        return max(_degree(self.left), _degree(self.right)) <= 1

    @property
    def of_one(self) -> bool:
        """Whether an exponential, a ratio, a product or a power is compared with 1."""
        left, right = _bare(self.left), _bare(self.right)
        multiplied = isinstance(left, Binary) and left.op not in ("+", "-")
        whole = multiplied or (isinstance(left, Call) and left.function == "exp")
        return whole and isinstance(right, Number) and float(right.value) == 1.0


def read_hypothesis(text: object, names: Iterable[str]) -> Claim:
    """Read `left relation right`; FormulaError with a caret for anything else.

    >>> claim = read_hypothesis("block[b2] - block[b3] > 0", ["block[b2]", "block[b3]"])
    >>> claim.relation, claim.left.op
    ('>', '-')
    """
    if not isinstance(text, str):
        raise DataError(
            f"A hypothesis is a text, not {text!r}.", hint='For example "block[b2] > 0".'
        )
    parser = HypothesisParser(text, HypothesisTokens(text, names).all())
    left = parser.expression(in_call=True, floor=COMPARISON)
    relation = parser.next
    if relation.kind == "end":
        hint = 'A hypothesis compares two things: add "> 0".'
        raise parser.fail("Something is missing here.", relation.span, hint)
    if relation.kind != "compare":
        raise parser.left_over()
    parser.advance()
    right = parser.expression(in_call=True, floor=COMPARISON)
    end = parser.next
    if end.kind == "compare":
        hint = "Give two hypotheses in a list."
        raise parser.fail("Comparisons cannot be chained.", end.span, hint)
    parser.finish()
    return Claim(text.strip(), left, right, "=" if relation.text == "==" else relation.text)


class HypothesisParser(Parser):
    """The formula language's parser, in the words of hypotheses."""

    subject = "hypothesis"

    def call(self, name: Token) -> Expr:
        """Read a function of one value."""
        node = super().call(name)
        if isinstance(node, Call) and (len(node.args) != 1 or node.args[0].name is not None):
            raise self.fail(f"{name.text}() takes one value.", node.span)
        return node

    def left_over(self) -> FormulaError:
        """Return the error for a token that cannot follow what was read."""
        token = self.next
        if token.kind == "compare":
            return self.fail(f'"{token.text}" was not expected here.', token.span)
        return super().left_over()


class HypothesisTokens:
    """The tokens of one hypothesis, known names before anything else that they could be."""

    def __init__(self, text: str, names: Iterable[str]) -> None:
        self.text = text
        self.names = list(dict.fromkeys(names))
        self.known = {_squeezed(name): name for name in self.names}
        self.patterns = [_spaced(name) for name in sorted(self.known, key=len, reverse=True)]

    def all(self) -> list[Token]:
        """Return every token, the last of which has the kind "end"."""
        tokens, at = [], 0
        while at < len(self.text):
            if self.text[at].isspace():
                at += 1
                continue
            tokens.append(self._token(at))
            at = tokens[-1].stop
        return [*tokens, Token("end", "", len(self.text), len(self.text))]

    def _token(self, at: int) -> Token:
        quoted = _QUOTED.match(self.text, at)
        if quoted:
            name = next(part for part in quoted.groups() if part is not None)
            return self._named(name, at, quoted.end())
        name_end = self._longest_name(at)
        if name_end is not None:
            return self._named(self.text[at:name_end], at, name_end)
        number = _NUMBER.match(self.text, at)
        if number:
            return Token("number", number.group(), at, number.end(), float(number.group()))
        symbol = _SYMBOL.match(self.text, at)
        if symbol:
            return Token(str(symbol.lastgroup), symbol.group(), at, symbol.end())
        word = _WORD.match(self.text, at)
        if word is None:
            message = f"{self.text[at]!r} is no part of a hypothesis."
            hint = 'Write for example "block[b2] - block[b3] > 0".'
            raise FormulaError.at((at, at + 1), message, self.text, hint)
        if word.group() in FUNCTIONS and self.text[word.end() :].lstrip().startswith("("):
            return Token("name", word.group(), at, word.end())
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
        if _squeezed(name) not in self.known:
            hint = did_you_mean(name, self.names)
            message = f'There is nothing called "{name}".'
            raise FormulaError.at((start, stop), message, self.text, hint)
        return Token("quoted", self.text[start:stop], start, stop, self.known[_squeezed(name)])


def _squeezed(name: str) -> str:
    return "".join(name.split())


def _spaced(name: str) -> re.Pattern[str]:
    return re.compile(r"\s*".join(re.escape(character) for character in name))


def _bare(node: Expr) -> Expr:
    return _bare(node.inner) if isinstance(node, Paren) else node


def _degree(node: Expr) -> float:
    """Return 0 for numbers, 1 for what is linear in named draws, infinity for all else."""
    match node:
        case Name():
            return 1
        case Paren():
            return _degree(node.inner)
        case Unary():
            return _degree(node.operand)
        case Binary():
            left, right = _degree(node.left), _degree(node.right)
            if node.op in ("+", "-"):
                return max(left, right)
            if right == 0 and node.op == "/":
                return left
            if min(left, right) == 0 and node.op == "*":
                return max(left, right)
            return 0 if left == right == 0 else math.inf
        case Call():
            return 0 if _degree(node.args[0].value) == 0 else math.inf
    return 0


def _value(node: Expr, draws: Callable[[str], FloatArray]) -> FloatArray:
    match node:
        case Number():
            return np.asarray(float(node.value))
        case Name():
            return draws(node.name)
        case Paren():
            return _value(node.inner, draws)
        case Unary():
            inner = _value(node.operand, draws)
            return np.negative(inner) if node.op == "-" else inner
        case Binary():
            left, right = _value(node.left, draws), _value(node.right, draws)
            return np.asarray(ARITHMETIC[node.op](left, right))
        case Call():
            return FUNCTIONS[node.function](_value(node.args[0].value, draws))
    raise AssertionError(f"{node!r} is no arithmetic")
