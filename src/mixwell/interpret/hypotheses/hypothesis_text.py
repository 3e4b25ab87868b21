"""The language of hypotheses: arithmetic on named draws and one comparison, read to the end.

Names are those of coefficients and rows (`block[b2]:direction[right]`, `sd_user[Intercept]`,
`b2 - b1`), matched whole and blind to white space, the longest first; what is a number is one. The
arithmetic between them is that of formulas, read by the same parser; nothing is run as Python.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

import numpy as np

from mixwell.design.atoms.operators import ARITHMETIC
from mixwell.errors import DataError, FormulaError, did_you_mean
from mixwell.formula import Binary, Call, Expr, Name, Number, Paren, Unary
from mixwell.formula.parser import COMPARISON, Parser
from mixwell.formula.tokens import Token, require_length
from mixwell.numeric.arrays import FloatArray
from mixwell.text.names import known_name, pieces, tight

FUNCTIONS: dict[str, Callable[[FloatArray], FloatArray]] = {
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "abs": np.abs,
}
_SYMBOL = re.compile(r"(?P<compare>[<>=!]=|[<>=])|(?P<op>\*\*|[-+*/^()])")
_NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_PART = r"(?:[^\W\d][\w.\u0300-\u036f]*|`(?:[^`\\]|\\.)*`)(?:\[[^\]]*\]+)?"
_WORD = re.compile(rf"{_PART}(?:\s*:\s*{_PART})*", re.DOTALL)
_TEXT = re.compile(r"\"([^\"]*)\"|'([^']*)'")
# What goes on with a name that seems to end: another letter, a level, an interaction, a call.
_GOES_ON = re.compile(r"[\w.\[]|\s*\(")
_JOINED = re.compile(r"\s*:\s*(?:[^\W\d]|`)")


@dataclass(frozen=True, slots=True)
class Claim:
    """A hypothesis that was read: its sides, two or in an order more, and how each meets the next.

    `relation` is "<", ">" or "=", or one with more signs.
    """

    text: str
    sides: tuple[Expr, ...]
    relation: str

    @property
    def is_order(self) -> bool:
        """Whether three sides or more follow each other."""
        return len(self.sides) > 2

    @property
    def falls(self) -> bool:
        """Whether each side is said to be larger than the next."""
        return self.relation.startswith(">")

    def difference(self, draws: Callable[[str], FloatArray]) -> FloatArray:
        """Return left minus right in every draw, of an order for the step nearest to failing."""
        with np.errstate(all="ignore"):
            values = [_value(side, draws) for side in self.sides]
            steps = np.stack(np.broadcast_arrays(*map(np.subtract, values, values[1:])))
        return np.asarray((np.min if self.falls else np.max)(steps, axis=0), dtype=float)

    @property
    def names(self) -> tuple[str, ...] | None:
        """The names that the sides are, None where one is more than a name."""
        bare = [side for side in map(_bare, self.sides) if isinstance(side, Name)]
        return tuple(side.name for side in bare) if len(bare) == len(self.sides) else None

    @property
    def linear(self) -> bool:
        """Whether there are two sides, both sums of named draws times numbers."""
        return not self.is_order and max(map(_degree, self.sides)) <= 1

    @property
    def of_one(self) -> bool:
        """Whether an exponential, a ratio, a product or a power is compared with 1."""
        left, right = map(_bare, (self.sides[0], self.sides[-1]))
        multiplied = isinstance(left, Binary) and left.op not in ("+", "-")
        whole = multiplied or (isinstance(left, Call) and left.function == "exp")
        one = isinstance(right, Number) and float(right.value) == 1.0
        return whole and one and not self.is_order


@dataclass(frozen=True)
class KnownNames:
    """The names that hypotheses may use, found in a text without a look at each of them.

    By their letters without white space: a name that starts somewhere has those of the text there.
    """

    names: Sequence[str]

    @cached_property
    def by_letters(self) -> dict[str, list[str]]:
        """The names by their letters; what is a number is read as one."""
        found: dict[str, list[str]] = {}
        for name in dict.fromkeys(self.names):
            if not _NUMBER.fullmatch(name):
                found.setdefault(_letters(name), []).append(name)
        return found

    @cached_property
    def lengths(self) -> list[int]:
        """How many letters names have."""
        return sorted(set(map(len, self.by_letters)))

    def starting(self, letters: str, at: int) -> list[str]:
        """Return the names that a text's letters may have at a place, the longest first."""
        parts = (letters[at : at + length] for length in self.lengths)
        found = [name for part in dict.fromkeys(parts) for name in self.by_letters.get(part, ())]
        return sorted(found, key=lambda name: len(_letters(name)), reverse=True)


def _letters(text: str) -> str:
    return "".join(text.split())


def read_hypothesis(text: object, names: KnownNames) -> Claim:
    """Read `left relation right`, or an order `a < b < c`; FormulaError with a caret for all else.

    >>> names = KnownNames(["block[b2]", "block[b3]"])
    >>> claim = read_hypothesis("block[b2] - block[b3] > 0", names)
    >>> claim.relation, claim.sides[0].op
    ('>', '-')
    """
    if not isinstance(text, str):
        raise DataError(
            f"A hypothesis is a text, not {text!r}.", hint='For example "block[b2] > 0".'
        )
    require_length(text)
    read = HypothesisTokens(text, names)
    parser = HypothesisParser(text, read)
    sides = [parser.expression(in_call=True, floor=COMPARISON)]
    relation = parser.next
    if relation.kind == "end":
        hint = 'A hypothesis compares two things: add "> 0".'
        raise parser.fail("Something is missing here.", relation.span, hint)
    if relation.kind != "compare":
        raise parser.left_over()
    while parser.next.kind == "compare":
        if len(sides) > 1:
            _require_same_way(parser, relation)
        parser.advance()
        sides.append(parser.expression(in_call=True, floor=COMPARISON))
    parser.finish()
    if max(map(_degree, sides)) == 0:
        _refuse_rows_as_numbers(parser, read)
    return Claim(text.strip(), tuple(sides), "=" if relation.text == "==" else relation.text)


def _require_same_way(parser: Parser, first: Token) -> None:
    """Refuse an order that turns round, and other comparisons in a chain."""
    then = parser.next
    ways = {first.text[0], then.text[0]}
    if len(ways) == 1 and ways < {"<", ">"}:
        return
    turns = ways == {"<", ">"}
    said = "An order goes one way." if turns else "Only < and > can be chained."
    hint = 'Write "a < b < c", or give two hypotheses in a list.'
    raise parser.fail(said, then.span, hint)


def _refuse_rows_as_numbers(parser: Parser, tokens: "HypothesisTokens") -> None:
    called = [t for t in tokens.read if t.kind == "number" and t.text in tokens.names]
    if called:
        said = "There are only numbers here, nothing that was drawn."
        hint = f"For the row of this name write `{called[0].text}`, in backticks."
        raise parser.fail(said, called[0].span, hint)


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
    """The tokens of one hypothesis, known names before anything else that they could be.

    Each is read when it is asked for: what is refused at its beginning is not read to its end.
    """

    def __init__(self, text: str, names: KnownNames) -> None:
        self.text = text
        self.known, self.names = names, names.names
        self.letters = _letters(text)
        blanks = (character.isspace() for character in text)
        self.before = [0, *accumulate(not blank for blank in blanks)]
        self.read: list[Token] = []

    def __getitem__(self, place: int) -> Token:
        """Return the token at a place, counted from 0 on; the last one has the kind "end"."""
        while len(self.read) <= place:
            self._read_one()
        return self.read[place]

    def _read_one(self) -> None:
        at, length = self.read[-1].stop if self.read else 0, len(self.text)
        while at < length and self.text[at].isspace():
            at += 1
        self.read.append(self._token(at) if at < length else Token("end", "", length, length))

    def _token(self, at: int) -> Token:
        known = self._longest_name(at)
        if known is not None:
            return known
        quoted = _TEXT.match(self.text, at)
        if quoted:
            return self._named(quoted.group(1) or quoted.group(2) or "", at, quoted.end())
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

    def _longest_name(self, at: int) -> Token | None:
        """Return the longest name that starts here, unless a longer word goes on."""
        found = self.known.starting(self.letters, self.before[at])
        # of names with the same letters the one that is written just so
        exact = {name: self.text.startswith(name, at) for name in found}
        for name in sorted(found, key=lambda name: (-len(_letters(name)), not exact[name])):
            stop = _end_of(name, self.text, at)
            if stop is None:
                continue
            ends = not re.match(r"\w", self.text[stop - 1]) or not _GOES_ON.match(self.text, stop)
            if ends and not _JOINED.match(self.text, stop):
                return Token("quoted", self.text[at:stop], at, stop, name)
        return None

    def _named(self, given: str, start: int, stop: int) -> Token:
        name = known_name(given, self.names)
        if name is None:
            hint = did_you_mean(given, self.names)
            message = f'There is nothing called "{given}".'
            raise FormulaError.at((start, stop), message, self.text, hint)
        return Token("quoted", self.text[start:stop], start, stop, name)


def _end_of(name: str, text: str, at: int) -> int | None:
    """Return where a name that starts here ends, None for none; blanks are as one likes."""
    if not name or name[0] != text[at]:
        return None
    if text.startswith(name, at):
        return at + len(name)
    spaced = r"\s*".join(map(re.escape, pieces(tight(name))))
    found = re.compile(spaced).match(text, at)
    return found.end() if found else None


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
