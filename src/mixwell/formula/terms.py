"""Right-hand side to terms, exactly as R's ``terms.formula`` expands it.

A term is a set of variables, held as the bits of an integer; the bits go to the variables in
order of first appearance. Source: R 4.2, src/library/stats/src/model.c (ExtractVars, EncodeVars).
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from math import comb
from typing import TypeGuard

from mixwell.errors import FormulaError
from mixwell.formula.deparse import deparse
from mixwell.formula.refusals import TERMS, refuse_call
from mixwell.formula.syntax import (
    Binary,
    Call,
    Constant,
    Expr,
    Name,
    Number,
    Paren,
    Span,
    Text,
    Unary,
    chain,
)
from mixwell.text.names import NO_NAMES

type Bits = dict[int, None]  # an ordered set of terms

SUM = frozenset({"+", "-"})
OPERATORS = frozenset({"+", "-", "*", "/", ":", "%in%", "^"})
MOST_TERMS, MOST_PRODUCTS, MOST_IN_ALL = 25_000, 100_000, 700_000
_LONG = 500  # variables, with which a term takes twice as long
#: Of all terms together, each of which counts as often as terms have it.
MOST_VARIABLES = 100_000
HIGHEST_POWER = 100


@dataclass(frozen=True, slots=True)
class Term:
    """A main effect (one variable) or an interaction (several)."""

    variables: tuple[Expr, ...]

    @property
    def name(self) -> str:
        """R's label of the term: its variables joined by ``:``."""
        return ":".join(deparse(variable) for variable in self.variables)

    @property
    def order(self) -> int:
        """The number of variables."""
        return len(self.variables)


@dataclass(frozen=True, slots=True)
class TermList:
    """The expanded right-hand side: what R keeps in a ``terms`` object.

    ``variables`` holds every variable that was written, used by a term or not; ``offsets`` the
    whole calls ``offset(...)``, ``specific`` those of ``cs(...)``, whose terms are not these.
    """

    intercept: bool
    terms: tuple[Term, ...]
    offsets: tuple[Expr, ...]
    variables: tuple[Expr, ...]
    specific: tuple[Call, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """R's labels of the terms, in order."""
        return tuple(term.name for term in self.terms)


def expand_terms(
    rhs: Expr,
    *,
    text: str,
    columns: Sequence[str] | None = None,
    exclude: Collection[str] = (),
    response: Expr | None = None,
) -> TermList:
    """Expand the operators of a right-hand side without bars into terms.

    ``.`` stands for ``columns`` without those in ``exclude``. A term that is the ``response``
    itself is dropped, as R does. ``text`` is the formula that errors show.
    FormulaError where R refuses, and for what R accepts by accident.

    Examples
    --------
    >>> from mixwell.formula.parser import parse_expression
    >>> expand_terms(parse_expression("a * b - 1"), text="a * b - 1").names
    ('a', 'b', 'a:b')
    """
    return _Expansion(text, columns, exclude, response).run(rhs)


class _Expansion:
    """The state of one expansion: variables by bit, the intercept and the sign it is read under."""

    def __init__(
        self,
        text: str,
        columns: Sequence[str] | None,
        exclude: Collection[str],
        response: Expr | None,
    ) -> None:
        self.text = text
        self.columns, self.exclude = columns, exclude
        self.response = response
        self.rhs: Expr = Number(1)
        self.bits: dict[Expr, int] = {}
        self.products = 0
        self.intercept = True
        self.adding = True
        self.specific: tuple[Call, ...] = ()
        self.specific_places: set[int] = set()
        self.dot: Bits | None = None  # the terms for which it stands

    def run(self, rhs: Expr) -> TermList:
        self.specific = tuple(self.specific_calls(rhs))
        self.specific_places = {id(term) for term in self.specific}
        self.rhs = rhs
        self.collect(rhs)
        terms = self.encode(rhs)
        self.bounded(terms, rhs.span)
        variables = tuple(self.bits)
        offsets = tuple(v for v in variables if isinstance(v, Call) and v.function == "offset")
        hidden = sum(1 << self.bits[offset] for offset in offsets)
        kept = [term for term in terms if not term & hidden]
        if self.response in self.bits:
            kept = self.without_response(kept)
            variables = tuple(v for v in variables if v != self.response)
        kept.sort(key=int.bit_count)  # stable: within an order, terms stay as written
        if (held := sum(map(int.bit_count, kept))) > MOST_VARIABLES:
            said = f"The terms of the formula have {held:,} variables together"
            hint = "Fewer terms of many variables each."
            raise self.fail(f"{said}; at most {MOST_VARIABLES:,} are read.", rhs.span, hint)
        by_bit = tuple(self.bits)
        decoded = tuple(Term(tuple(by_bit[i] for i in _positions(term))) for term in kept)
        return TermList(self.intercept, decoded, offsets, variables, self.specific)

    def specific_calls(self, rhs: Expr) -> Iterator[Call]:
        """Give the terms cs(...) of a sum, each with one expression."""
        first, rest = chain(rhs, SUM)
        for term in (first, *(node.right for node in rest if node.op == "+")):
            if _is_specific(term):
                if len(term.args) != 1 or term.args[0].name is not None:
                    said, hint = "cs() holds one expression.", "Write cs(a * b), or cs(a) + cs(b)."
                    raise self.fail(said, term.span, hint)
                yield term

    def without_response(self, terms: list[int]) -> list[int]:
        assert self.response is not None
        bit = 1 << self.bits[self.response]
        if any(term & bit and term != bit for term in terms):
            written = next(v for v in self.bits if v == self.response)
            message = "The response cannot be part of an interaction."
            raise self.fail(message, written.span, "Use other columns on the right-hand side.")
        return [term for term in terms if term != bit]

    def fail(self, message: str, span: Span, hint: str | None = None) -> FormulaError:
        return FormulaError.at(span, message, self.text, hint)

    # -- variables get their bits by first appearance ---------------------------------------

    def collect(self, expr: Expr) -> None:
        first, rest = chain(expr, SUM)
        self.collect_operand(first)
        for node in rest:
            self.collect_operand(node.right)

    def collect_operand(self, expr: Expr) -> None:
        match expr:
            case Name("."):
                if self.dot is None:
                    columns = self.columns_of_dot(expr)
                    bits = [self.bits.setdefault(column, len(self.bits)) for column in columns]
                    self.dot = {1 << bit: None for bit in bits}
            case Number() | Text() | Constant():
                self.check_literal(expr)
            case Paren(inner) | Unary("+" | "-", inner):
                self.collect(inner)
            case Binary("^"):
                self.power_of(expr)
                self.collect(expr.left)
            case Binary(op, left, right) if op in SUM:
                self.collect(expr)
            case Binary(op, left, right) if op in OPERATORS:
                self.check_arithmetic(expr)
                self.collect(left)
                self.collect(right)
            case _:
                self.install(expr)

    def install(self, variable: Expr) -> None:
        if isinstance(variable, Call):
            if _is_specific(variable):
                if id(variable) in self.specific_places:
                    return
                said = "cs() stands as a term of its own, which is added."
                hint = "Put the whole product into it: cs(a * b)."
                raise self.fail(said, variable.span, hint)
            refuse_call(variable, TERMS, self.text)
            if variable.function == "offset" and len(variable.args) != 1:
                hint = "Write offset(log(n))."
                raise self.fail("An offset holds one expression.", variable.span, hint)
        self.bits.setdefault(variable, len(self.bits))

    def columns_of_dot(self, dot: Name) -> list[Name]:
        if self.columns is None:
            message = '"." stands for all other columns and needs data.'
            raise self.fail(message, dot.span, "Name the columns: a + b.")
        exclude = set(self.exclude)
        columns = [column for column in self.columns if column not in exclude]
        for column in columns:
            if column in NO_NAMES:
                hint = "Rename the column, or name those that are meant."
                raise self.fail(f'"." stands for a column {column!r} too.', dot.span, hint)
        return [Name(column, span=dot.span) for column in columns]

    def check_literal(self, expr: Number | Text | Constant) -> None:
        if isinstance(expr, Text):
            hint = f"Write the column without quotes: {deparse(Name(expr.value))}."
            raise self.fail("A quoted text is not a term.", expr.span, hint)
        is_infinite = isinstance(expr, Constant) and expr.value == float("inf")
        if is_infinite or (isinstance(expr, Number) and expr.value not in (0, 1)):
            hint = "Arithmetic goes inside I(): I(2 * x). Alone, only 0 and 1 are terms."
            raise self.fail(f"The number {deparse(expr)} is not a term.", expr.span, hint)

    def check_arithmetic(self, expr: Binary) -> None:
        for side in (expr.left, expr.right):
            if isinstance(side, Number) and side.value not in (0, 1):
                message = f"The number {deparse(side)} is not a term."
                hint = f"Arithmetic goes inside I(): I({deparse(expr)})."
                raise self.fail(message, side.span, hint)

    def power_of(self, expr: Binary) -> int:
        power = expr.right
        value = power.value if isinstance(power, Number) else None
        if value is None or value != int(value) or not 2 <= value <= HIGHEST_POWER:
            hint = f"A power is a whole number from 2; for arithmetic, write I({deparse(expr)})."
            raise self.fail("This is not a power of terms.", power.span, hint)
        return int(value)

    # -- how many terms there would be, each combination counted once, where they are too many -----

    def count(self, expr: Expr) -> int:
        first, rest = chain(expr, SUM)
        added = [first, *(node.right for node in rest if node.op == "+")]
        return sum(map(self.count_operand, added))

    def count_operand(self, expr: Expr) -> int:
        match expr:
            case Number() | Constant():
                return 0
            case Name("."):
                return len(self.dot or ())
            case Paren(inner) | Unary(_, inner):
                return self.count(inner)
            case Binary("^", left):
                base = self.count(left)
                return sum(comb(base, size + 1) for size in range(min(base, self.power_of(expr))))
            case Binary(op, left, right) if op in ("*", ":"):
                one, two = self.count(left), self.count(right)
                return one * two if op == ":" else one + two + one * two
            case Binary(op, left, right) if op in OPERATORS:
                return self.count(left) + self.count(right)
        return 0 if _is_specific(expr) else 1

    # -- terms as bits ----------------------------------------------------------------------

    def encode(self, expr: Expr) -> Bits:
        first, rest = chain(expr, SUM)
        terms = self.encode_operand(first)
        for node in rest:
            if node.op == "+":
                terms |= self.encode_operand(node.right)
            else:
                self.remove(terms, node.right)
        return terms

    def encode_operand(self, expr: Expr) -> Bits:
        match expr:
            case Number(value) | Constant(value):
                if value is not None:
                    self.intercept = bool(value) == self.adding
                return {}
            case Name("."):
                terms = dict(self.dot or {})
                self.spend(len(terms), expr.span)
                return terms
            case Paren(inner) | Unary("+", inner):
                return self.encode(inner)
            case Unary("-", inner):
                self.remove({}, inner)
                return {}
            case Binary(op) if op in SUM:
                return self.encode(expr)
            case Binary("^", left):
                return self.raise_to(self.encode(left), self.power_of(expr), expr.span)
            case Binary(op, left, right) if op in OPERATORS:
                return self.combine(op, self.encode(left), self.encode(right), expr.span)
            case _:
                return {} if _is_specific(expr) else {1 << self.bits[expr]: None}

    def remove(self, terms: Bits, expr: Expr) -> None:
        self.adding = not self.adding
        unwanted = self.encode_operand(expr)
        self.adding = not self.adding
        for term in unwanted:
            terms.pop(term, None)

    def combine(self, op: str, left: Bits, right: Bits, span: Span) -> Bits:
        if op == ":":
            return self.interact(left, right, span)
        if op != "%in%" and not left:
            return {}  # R loses the right side of 1 * a and of 1 / a
        if op == "*":
            return self.bounded(left | right | self.interact(left, right, span), span)
        if op == "/":
            margin = _union(left)
            return left | {margin | term: None for term in right}
        within = _union(right)  # %in%
        return {term | within: None for term in left}

    def interact(self, left: Bits, right: Bits, span: Span) -> Bits:
        products = len(left) * len(right)
        if products > MOST_PRODUCTS:
            raise self.too_many(span)
        self.spend(products, span)
        return self.bounded({a | b: None for a in left for b in right}, span)

    def spend(self, terms: int, span: Span) -> None:
        """Count terms that are made, equal ones each time, and long ones as several."""
        self.products += terms * (1 + len(self.bits) // _LONG)
        if self.products > MOST_IN_ALL:
            raise self.too_many(span)

    def bounded(self, terms: Bits, span: Span) -> Bits:
        if len(terms) > MOST_TERMS:
            raise self.too_many(span)
        return terms

    def too_many(self, span: Span) -> FormulaError:
        count = self.count(self.rhs)
        said = f"The formula has up to {count:,} terms; at most {MOST_TERMS:,} are read."
        if count <= MOST_TERMS:  # the same ones again and again
            said = "To find the terms of the formula takes too many products of them."
        return self.fail(
            said,
            span,
            "Leave high interactions out: (a + b + c)^2 has those of two variables.",
        )

    def raise_to(self, base: Bits, power: int, span: Span) -> Bits:
        terms = base
        for _ in range(power - 1):
            expanded = self.interact(base, terms, span)
            if list(expanded) == list(terms):
                break
            terms = expanded
        return terms


def _is_specific(expr: Expr) -> TypeGuard[Call]:
    """Whether an expression is brms's call for effects that each category has of its own."""
    return isinstance(expr, Call) and expr.function == "cs"


def _positions(term: int) -> Iterator[int]:
    """Yield the places of the bits that are set, lowest first."""
    if term.bit_count() == 1:  # as most of thousands have, which are long integers
        yield term.bit_length() - 1
        return
    while term:
        lowest = term & -term
        yield lowest.bit_length() - 1
        term ^= lowest


def _union(terms: Bits) -> int:
    bits = 0
    for term in terms:
        bits |= term
    return bits
