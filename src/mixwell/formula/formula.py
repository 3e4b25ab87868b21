"""The formula as a value: response, additions, fixed terms and group-level terms."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce

from mixwell.errors import FormulaError
from mixwell.formula.deparse import deparse
from mixwell.formula.group_terms import GroupTerm, split_groups
from mixwell.formula.left_side import Addition, read_left_side
from mixwell.formula.parser import Parser
from mixwell.formula.syntax import Binary, Expr, Name, column_names, walk
from mixwell.formula.terms import TermList, expand_terms
from mixwell.formula.tokens import Token, tokenize
from mixwell.text.names import same_letters


@dataclass(frozen=True, repr=False)
class Formula:
    """A formula that was read whole.

    ``response`` is None for ``~ x``; ``parameter`` is the name of a distributional parameter
    (see ``for_parameter``). Two formulas are equal when they mean the same tree, whatever their
    spacing. ``str()`` is the canonical text, which reads back to an equal formula.

    Examples
    --------
    >>> formula = parse_formula("y~x+(x|g)")
    >>> print(formula)
    y ~ x + (x | g)
    >>> formula.columns
    ('y', 'x', 'g')
    """

    text: str = field(compare=False)
    parameter: str | None
    response: Expr | None
    additions: tuple[Addition, ...]
    fixed: Expr
    groups: tuple[GroupTerm, ...]

    def terms(self, columns: Sequence[str] | None = None) -> TermList:
        """Expand the fixed part into terms.

        ``columns`` are what ``.`` stands for, those of the left-hand side excluded.
        FormulaError if the formula has a ``.`` and no columns are given.

        Examples
        --------
        >>> parse_formula("y ~ .^2").terms(["y", "a", "b"]).names
        ('a', 'b', 'a:b')
        """
        if not self.has_dot:
            return self._without_dot
        return self._expanded(columns) if columns is None or len(columns) else self._without_columns

    def _expanded(self, columns: Sequence[str] | None) -> TermList:
        return expand_terms(
            self.fixed,
            text=self.text,
            columns=columns,
            exclude=self.response_columns,
            response=self.response,
        )

    @cached_property
    def _without_dot(self) -> TermList:
        return self._expanded(None)

    @cached_property
    def _without_columns(self) -> TermList:
        return self._expanded(())

    @cached_property
    def specific(self) -> "Formula | None":
        """What cs(...) holds as a formula of its own, None without it.

        Examples
        --------
        >>> print(parse_formula("y ~ x + cs(a * b) + cs(z)").specific)
        ~ a * b + z
        """
        calls = self.terms(columns=()).specific
        if not calls:
            return None
        parts = [call.args[0].value for call in calls]
        total = reduce(lambda left, right: Binary("+", left, right, span=right.span), parts)
        return replace(self, parameter=None, response=None, additions=(), fixed=total, groups=())

    @property
    def response_columns(self) -> tuple[str, ...]:
        """The columns that the response and its additions read, each once."""
        parts = [] if self.response is None else [self.response]
        values = [argument.value for addition in self.additions for argument in addition.args]
        return _columns(*parts, *values)

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that the formula reads, in order, each once, without ``.``."""
        groups = [part for group in self.groups for part in (group.effects, *group.factors)]
        return tuple(dict.fromkeys((*self.response_columns, *_columns(self.fixed, *groups))))

    @cached_property
    def has_dot(self) -> bool:
        """Whether the fixed part holds ``.``."""
        return any(isinstance(node, Name) and node.name == "." for node in walk(self.fixed))

    def for_parameter(self) -> "Formula":
        """Return ``sigma ~ x`` as the formula of the parameter sigma, without a response.

        FormulaError unless the left-hand side is one plain name.

        Examples
        --------
        >>> parse_formula("sigma ~ x").for_parameter().parameter
        'sigma'
        """
        if not isinstance(self.response, Name) or self.additions:
            raise FormulaError(
                "The formula of a parameter starts with its name.",
                text=self.text,
                start=0,
                hint="Write sigma ~ x.",
            )
        return replace(self, parameter=self.response.name, response=None)

    def __str__(self) -> str:
        left = self.parameter or ""
        if self.response is not None:
            left = deparse(self.response)
        if self.additions:
            left += " | " + " + ".join(str(addition) for addition in self.additions)
        right = " + ".join((deparse(self.fixed), *(str(group) for group in self.groups)))
        return f"{left} ~ {right}".lstrip()

    def __repr__(self) -> str:
        return f"Formula({str(self)!r})"

    def __reduce__(self) -> tuple[object, ...]:
        # As text: pickling the tree of a very long sum would recurse too deeply.
        return _restore, (self.text, self.parameter is not None)


def parse_formula(text: str) -> Formula:
    """Read a formula from its text, whole.

    FormulaError, with a caret under the place, for whatever is not understood.

    Examples
    --------
    >>> formula = parse_formula("y ~ a * b + (1 + b | user)")
    >>> formula.terms().names
    ('a', 'b', 'a:b')
    >>> formula.groups[0].name, formula.groups[0].covariance
    ('user', 'full')
    """
    left, right = _parse_sides(_as_text(text))
    response: Expr | None = None
    additions: tuple[Addition, ...] = ()
    if left is not None:
        response, additions = read_left_side(left, text)
    fixed, groups = split_groups(right, text)
    formula = Formula(text, None, response, additions, fixed, groups)
    formula.terms(columns=())  # refuses what the terms cannot be, before there are data
    return formula


def _as_text(given: object) -> str:
    if isinstance(given, str):
        return given
    found = type(given).__name__
    raise FormulaError(f"A formula is a text, not {found}.", hint='Write "y ~ x + (1 | g)".')


def _composed(token: Token) -> Token:
    """Return a token in which the letters of a name are composed as those of columns are."""
    if token.kind not in ("name", "quoted") or (token.text.isascii() and token.kind == "name"):
        return token
    value = same_letters(str(token.value))
    return token if value == token.value else token._replace(value=value)


def _parse_sides(text: str) -> tuple[Expr | None, Expr]:
    parser = Parser(text, [_composed(token) for token in tokenize(text)])
    if parser.next.kind == "end":
        raise FormulaError("The formula is empty.", hint='Write "y ~ x + (1 | g)".')
    left: Expr | None = None
    if parser.next.text != "~":
        left = parser.expression(in_call=False)
    if parser.sees("="):
        span = parser.next.span
        suggestion = f"{text[: span[0]]}~{text[span[1] :]}"
        raise parser.fail('A formula is written with "~".', span, f'Did you mean "{suggestion}"?')
    if parser.next.kind == "end":
        span = (len(text), len(text))
        raise parser.fail('There is no "~" in this formula.', span, "Write y ~ x.")
    if not parser.skip("~"):
        raise parser.left_over()
    right = parser.expression(in_call=False)
    parser.finish()
    return left, right


def _columns(*parts: Expr) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for part in parts for name in column_names(part)))


def _restore(text: str, is_parameter: bool) -> Formula:
    formula = parse_formula(text)
    return formula.for_parameter() if is_parameter else formula
