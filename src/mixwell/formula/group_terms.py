"""Group-level terms ``(effects | factor)``: taken out of the right-hand side, one value each.

Bars are read as lme4 reads them (findbars, nobars); ``||`` and ``(1 | ID | g)`` as brms does.
"""

from dataclasses import dataclass, field
from typing import Literal

from mixwell.errors import FormulaError
from mixwell.formula.deparse import deparse
from mixwell.formula.refusals import COVARIANCE_KINDS, TERMS, refuse_call
from mixwell.formula.syntax import (
    NOWHERE,
    Binary,
    Call,
    Expr,
    Name,
    Number,
    Paren,
    Span,
    Unary,
    chain,
    walk,
)
from mixwell.formula.terms import SUM, TermList, expand_terms

type Factors = tuple[Expr, ...]

BARS = frozenset({"|", "||"})
MOST_FACTORS, MOST_GROUPS = 20, 200


@dataclass(frozen=True, slots=True)
class GroupTerm:
    """One random-effects term: which effects vary over the levels of which factor.

    ``(1 | a/b)`` is two of these, with the factors ``(a,)`` and ``(a, b)``. ``id`` is the ID of
    brms's ``(1 | ID | g)``. ``text`` and ``span`` are the place in the formula.
    """

    effects: Expr
    factors: Factors
    covariance: Literal["full", "diagonal"]
    id: str | None = None
    text: str = field(default="", compare=False)
    span: Span = field(default=NOWHERE, compare=False, repr=False)

    @property
    def name(self) -> str:
        """The grouping factor: ``user``, or ``a:b`` for combinations."""
        return ":".join(deparse(factor) for factor in self.factors)

    def terms(self) -> TermList:
        """Expand the effects, with an intercept unless it is removed."""
        return expand_terms(self.effects, text=deparse(self.effects))

    def __str__(self) -> str:
        bar = "||" if self.covariance == "diagonal" else "|"
        bars = bar if self.id is None else f"| {self.id} |"
        return f"({deparse(self.effects)} {bars} {self.name})"


def split_groups(rhs: Expr, text: str) -> tuple[Expr, tuple[GroupTerm, ...]]:
    """Return the right-hand side without its group-level terms, and these in order.

    A right-hand side of group-level terms alone leaves ``1``. FormulaError for bars that are
    not added with ``+``, and for grouping factors that lme4 would not read.

    Examples
    --------
    >>> from mixwell.formula.parser import Parser
    >>> fixed, groups = split_groups(Parser("x + (1 | a/b)").expression(in_call=False), "")
    >>> fixed, [str(group) for group in groups]
    (Name(name='x'), ['(1 | a)', '(1 | a:b)'])
    """
    splitter = _Splitter(text)
    rest = splitter.strip(rhs)
    return (Number(1) if rest is None else rest), tuple(splitter.groups)


def find_bar(expr: Expr) -> Binary | None:
    """Return the first bar outside calls, or None."""
    nodes = walk(expr, whole=Call)
    return next((n for n in nodes if isinstance(n, Binary) and n.op in BARS), None)


class _Splitter:
    """Collects the group-level terms of one formula."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.groups: list[GroupTerm] = []

    def fail(self, message: str, span: Span, hint: str | None = None) -> FormulaError:
        return FormulaError.at(span, message, self.text, hint)

    # -- taking bars out of the sum ---------------------------------------------------------

    def strip(self, expr: Expr) -> Expr | None:
        """Return a sum without its bars, or None where nothing is left."""
        first, rest = chain(expr, SUM)
        left = self.strip_operand(first)
        for node in rest:
            if node.op == "-":
                left = self.subtract(left, node)
                continue
            right = self.strip_operand(node.right)
            if left is node.left and right is node.right:
                left = node
            elif left is None or right is None:
                left = left if right is None else right
            else:
                left = Binary("+", left, right, span=node.span)
        return left

    def subtract(self, left: Expr | None, node: Binary) -> Expr:
        bar = find_bar(node.right)
        if bar is not None:
            message = "A group-level term cannot be subtracted."
            raise self.fail(message, bar.span, "Leave it out of the formula.")
        if left is None:
            # lme4 loses the sign here and reads y ~ (1 | g) - 1 as y ~ 1 + (1 | g).
            removed = deparse(node.right)
            hint = "Write 0 first: y ~ 0 + (1 | g)." if removed == "1" else "Leave it out."
            message = f'"- {removed}" has no fixed terms before it to be subtracted from.'
            raise self.fail(message, (node.right.span[0], node.span[1]), hint)
        return node if left is node.left else Binary("-", left, node.right, span=node.span)

    def strip_operand(self, expr: Expr) -> Expr | None:
        match expr:
            case Binary(op) if op in BARS:
                self.add(expr, expr.span)
                return None
            case Paren(Binary(op) as bar) if op in BARS:
                self.add(bar, expr.span)
                return None
            case Paren(inner):
                rest = self.strip(inner)
                if rest is None:
                    return None
                return expr if rest is inner else Paren(rest, span=expr.span)
            case Unary("+", operand):
                rest = self.strip(operand)
                return expr if rest is operand else rest
            case Call():
                self.check_covariance_kind(expr)
                return expr
        stray = find_bar(expr)
        if stray is not None:
            message = "A group-level term can only be added."
            raise self.fail(message, stray.span, 'Join it with "+" to the other terms.')
        return expr

    def check_covariance_kind(self, call: Call) -> None:
        if call.function not in COVARIANCE_KINDS or not call.args:
            return
        value = call.args[0].value
        if isinstance(value, Binary) and value.op in BARS:
            refuse_call(call, COVARIANCE_KINDS, self.text)

    # -- reading one term -------------------------------------------------------------------

    def add(self, bar: Binary, span: Span) -> None:
        effects, label = self.effects_and_id(bar)
        nested = find_bar(effects) or find_bar(bar.right)
        if nested is not None:
            hint = "Write each one on its own: (1 | a) + (1 | b)."
            raise self.fail("A group-level term cannot hold another one.", nested.span, hint)
        self.check_effects(effects)
        kind: Literal["full", "diagonal"] = "diagonal" if bar.op == "||" else "full"
        text = self.text[slice(*span)]
        if len(self.groups) >= MOST_GROUPS:
            said = f"The formula has more than {MOST_GROUPS} group-level terms."
            raise self.fail(said, span, "Take fewer.")
        for factors in dict.fromkeys(self.factors(bar.right, effects)):
            self.groups.append(GroupTerm(effects, factors, kind, label, text, span))

    def effects_and_id(self, bar: Binary) -> tuple[Expr, str | None]:
        inner = bar.left
        if not (isinstance(inner, Binary) and inner.op in BARS):
            return inner, None
        label = inner.right
        is_label = isinstance(label, Name | Number) and deparse(label) != "."
        if bar.op == "||" or inner.op == "||" or not is_label:
            hint = "An ID stands between two single bars: (1 | ID | g)."
            raise self.fail("These bars cannot be read.", bar.span, hint)
        return inner.left, deparse(label)

    def check_effects(self, effects: Expr) -> None:
        for node in walk(effects, whole=Call):
            if isinstance(node, Name) and node.name == ".":
                hint = "Name the columns: (1 + x | g)."
                raise self.fail('"." cannot be a group-level effect.', node.span, hint)
        terms = expand_terms(effects, text=self.text)
        if terms.specific:
            hint = "Take cs() out of the brackets; effects by group are the same at each threshold."
            raise self.fail("cs() cannot vary by group.", terms.specific[0].span, hint)
        if terms.offsets:
            hint = "Add it to the fixed part: y ~ x + offset(z)."
            raise self.fail("An offset cannot vary by group.", terms.offsets[0].span, hint)
        if not terms.intercept and not terms.terms:
            message = "This group-level term has no effects."
            raise self.fail(message, effects.span, "The plainest one is (1 | g).")

    def factors(self, expr: Expr, effects: Expr) -> list[Factors]:
        """Return the grouping factors that the right side of a bar stands for."""
        match expr:
            case Paren(inner):
                return self.factors(inner, effects)
            case Name(name) if name != ".":
                return [(expr,)]
            case Call():
                refuse_call(expr, TERMS, self.text)
                return [(expr,)]
            case Binary(":", left, right):
                inner_levels, outer = self.factors(right, effects), self.factors(left, effects)
                self.require_few(len(inner_levels) * len(outer), expr)
                return [_merge(a, b) for a in outer for b in inner_levels]
            case Binary("/", left, right):
                outer, inner_levels = self.factors(left, effects), self.factors(right, effects)
                self.require_few(len(outer) + len(inner_levels), expr)
                whole = _merge(*outer)
                return [*outer, *(_merge(whole, inner) for inner in inner_levels)]
        raise self.fail(
            "This is not a grouping factor.", expr.span, self.alternative(expr, effects)
        )

    def require_few(self, count: int, expr: Expr) -> None:
        """Refuse what stands for very many grouping factors, before they are made."""
        if count > MOST_FACTORS:
            said = f"This stands for {count} grouping factors, and at most {MOST_FACTORS} are read."
            raise self.fail(said, expr.span, "Write those that are meant: (1 | a) + (1 | a:b).")

    def alternative(self, expr: Expr, effects: Expr) -> str:
        """Return what to write instead of a grouping factor that cannot be read."""
        e = deparse(effects)
        if isinstance(expr, Binary) and expr.op in ("+", "*", "%in%"):
            a, b = deparse(expr.left), deparse(expr.right)
            both = f"({e} | {a}) + ({e} | {b})"
            forms = {"+": both, "*": f"{both} + ({e} | {a}:{b})", "%in%": f"({e} | {b}:{a})"}
            return f"Write {forms[expr.op]}."
        return f"A grouping factor is a column, a:b, a/b, or a call: ({e} | g)."


def _merge(*parts: Factors) -> Factors:
    return tuple(dict.fromkeys(factor for part in parts for factor in part))
