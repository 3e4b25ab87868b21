"""What an expression of a formula is worth on a table elsewhere: expressions for its engine."""

from collections.abc import Sequence
from dataclasses import dataclass

import narwhals as nw

from mixwell.design.atoms.values import Exact, Factor, Value
from mixwell.design.codings.choices import Contrast

__all__ = [
    "KeyedValue",
    "PushedColumns",
    "PushedDates",
    "PushedFactor",
    "PushedNumbers",
    "PushedTruth",
    "PushedValue",
    "mapped",
    "without_nan",
]

#: From this many keys on a table of the engine's maps keys to numbers, below it conditions do.
_MANY = 40


@dataclass(frozen=True, slots=True, eq=False)
class PushedNumbers:
    """One column of numbers: doubles, null where there is none; not `plain` ones may be NaN, too.

    NaN is what undefined arithmetic gives, infinity less infinity: it counts as missing everywhere.
    """

    raw: nw.Expr
    plain: bool = False

    @property
    def expr(self) -> nw.Expr:
        """The numbers, null where there is none."""
        return self.raw if self.plain else without_nan(self.raw)


@dataclass(frozen=True, slots=True, eq=False)
class PushedTruth:
    """Truth values, null where there is none."""

    expr: nw.Expr


@dataclass(frozen=True, slots=True, eq=False)
class PushedDates:
    """Dates or times, which can be levels and no numbers; `empty` has their type and no rows."""

    expr: nw.Expr
    empty: Exact


@dataclass(frozen=True, slots=True, eq=False)
class PushedColumns:
    """Several columns of numbers from one call, each with its suffix."""

    exprs: tuple[nw.Expr, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class KeyedValue:
    """A value that the engine knows by keys: `expr` is a row's key, `value` has one row a key.

    Keys are texts, numbers, truth values or dates; one of them may be None, missing.
    """

    expr: nw.Expr
    keys: tuple[object, ...]
    value: Value


@dataclass(frozen=True, slots=True, eq=False)
class PushedFactor:
    """A factor: `expr` is a row's key, null where it has no level, `value` has one row a key.

    Of the levels not every one needs a key: then no row has it.
    """

    expr: nw.Expr
    keys: tuple[object, ...]
    value: Factor

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels, in their order."""
        return self.value.levels

    @property
    def ordered(self) -> bool:
        """Whether the order means something."""
        return self.value.ordered

    @property
    def contrast(self) -> Contrast | None:
        """The coding that the formula gives it."""
        return self.value.contrast

    def numbers(self, of_levels: Sequence[float]) -> nw.Expr:
        """Return a number of each row by its level; null where a row has none."""
        pairs = zip(self.keys, self.value.codes.tolist(), strict=True)
        found = {key: of_levels[code] for key, code in pairs if key is not None and code >= 0}
        return mapped(self.expr, found)

    @property
    def keyed(self) -> KeyedValue:
        """The same value by its keys."""
        return KeyedValue(self.expr, self.keys, self.value)


type PushedValue = PushedNumbers | PushedTruth | PushedDates | PushedColumns | PushedFactor


def without_nan(expr: nw.Expr) -> nw.Expr:
    """Return doubles with null in place of NaN."""
    return nw.when(~expr.is_nan()).then(expr)


def mapped(expr: nw.Expr, numbers: "dict[object, float]") -> nw.Expr:
    """Return the number of each row's key, null for keys that have none and for null."""
    if not numbers:
        return nw.when(expr.is_null()).then(nw.lit(None).cast(nw.Float64))
    if len(numbers) >= _MANY:
        return expr.replace_strict(
            list(numbers), list(map(float, numbers.values())), default=None, return_dtype=nw.Float64
        )
    by_number: dict[float, list[object]] = {}
    for key, number in numbers.items():
        by_number.setdefault(float(number), []).append(key)
    found = nw.lit(None).cast(nw.Float64)
    for number, keys in by_number.items():
        found = nw.when(expr.is_in(keys)).then(nw.lit(number)).otherwise(found)
    return found
