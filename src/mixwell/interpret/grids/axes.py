"""The axes of a reference grid: the model's columns and the values that each takes."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from mixwell.design import Design, GroupBlock
from mixwell.design.atoms.atom import FactorAtom
from mixwell.design.predictor import Predictor
from mixwell.design.seen.seen import SeenColumn
from mixwell.errors import DataError, listed_values, require_known, shown
from mixwell.formula import Call, Expr, Name, column_names
from mixwell.formula.syntax import walk
from mixwell.numeric.arrays import float_array
from mixwell.package_options import require_memory
from mixwell.text.level_labels import label_of
from mixwell.text.names import known_column, split_names
from mixwell.text.numbers import show_near

# Calls that make levels of any column; a numeric column inside one stands at all of its values.
LEVEL_CALLS = frozenset({"factor", "as.factor", "ordered", "as.ordered", "interaction"})


@dataclass(frozen=True, eq=False)
class Axis:
    """One column of the data and the values that it takes on a grid.

    `values` go into frames, `shown` into results; `levels` is true for factors and truth values,
    `counted` too for a number at both of the only values that it has.
    """

    name: str
    values: tuple[Any, ...]
    levels: bool
    shown: tuple[Any, ...]
    both: bool = False

    @property
    def counted(self) -> bool:
        """Whether the values are all that the data have, so that frequencies can weigh them."""
        return self.levels or self.both

    def with_values(self, values: Sequence[Any]) -> "Axis":
        """Return the axis at other values."""
        return _axis(self.name, values, self.levels)


def fixed_columns(predictor: Predictor) -> tuple[str, ...]:
    """Return the data columns that the fixed effects and the offset read, in order."""
    return columns_read([*predictor.variables, *predictor.terms.offsets])


def offset_columns(predictor: Predictor) -> tuple[str, ...]:
    """Return the data columns that the offset alone reads."""
    own = set(columns_read(predictor.variables))
    return tuple(set(columns_read(predictor.terms.offsets)) - own)


def effect_columns(predictor: Predictor, factors: Collection[str] | None = None) -> tuple[str, ...]:
    """Return the data columns that random effects' own columns read: of all factors, or of some."""
    return columns_read(e for block in _blocks(predictor, factors) for e in block.plan.atoms)


def group_columns(predictor: Predictor, factors: Collection[str] | None = None) -> tuple[str, ...]:
    """Return the data columns that make the grouping factors: all of these, or some."""
    return columns_read(part for block in _blocks(predictor, factors) for part in block.parts)


def all_columns(predictor: Predictor) -> tuple[str, ...]:
    """Return every data column that a predictor reads."""
    names = (*fixed_columns(predictor), *effect_columns(predictor), *group_columns(predictor))
    return tuple(dict.fromkeys(names))


def columns_of(
    kind: Callable[..., tuple[str, ...]], predictors: Iterable[Predictor], *factors: Any
) -> list[str]:
    """Return the data columns of a kind, as `fixed_columns` are, that any of the predictors reads.

    `factors` are handed on to the kind.
    """
    return list(dict.fromkeys(name for each in predictors for name in kind(each, *factors)))


def named_variable(design: Design, name: str) -> str:
    """Return the column that a user names, plain or in backticks; other texts stay."""
    columns = [name for each in design.predictors.values() for name in all_columns(each)]
    return known_column(name, columns) or name


def named_variables(design: Design, names: Sequence[str]) -> list[str]:
    """Return the variables that names stand for, of which `a:b` and `a * b` are two."""
    columns = [name for each in design.predictors.values() for name in all_columns(each)]
    parts = [part for name in names for part in split_names(name, columns)]
    return [known_column(part, columns) or part for part in parts]


def _blocks(predictor: Predictor, factors: Collection[str] | None) -> list[GroupBlock]:
    return [block for block in predictor.blocks if factors is None or block.factor in factors]


def columns_read(exprs: Iterable[Expr]) -> tuple[str, ...]:
    """Return the data columns that some expressions read, in order, each once."""
    return tuple(dict.fromkeys(name for expr in exprs for name in column_names(expr)))


def all_values(design: Design, name: str, *, group: bool = False) -> Axis:
    """Return the axis of one column: all levels, or the mean of numbers, in the rows used.

    A number that has two values is shown at both, as emmeans' `cov.keep = "2"` has it.
    """
    held, levels = design.frame.memory[Name(name)]
    column = design.seen.column(name)
    if held == "levels":
        present = {label_of(value) for value in column.distinct()}
        return _axis(name, [level for level in levels if level in present], True)
    if held == "truth values":
        values = sorted({bool(v) if not isinstance(v, str) else v for v in column.distinct()})
        return _axis(name, values, True)
    if held == "dates" or group or _made_a_factor(design, name):
        return _axis(name, sorted(set(column.distinct())), True)
    both = column.two()
    if both is not None:
        return replace(_axis(name, both, False), both=True)
    return _axis(name, [column.mean], False)


def _axis(name: str, values: Sequence[Any], levels: bool) -> Axis:
    shown = (v if isinstance(v, str | float | int) else label_of(v) for v in values)
    return Axis(name, tuple(values), levels, tuple(shown))


def _made_a_factor(design: Design, name: str) -> bool:
    return any(
        isinstance(node, Call)
        and node.function in LEVEL_CALLS
        and any(arg.value == Name(name) for arg in node.args)
        for expr in design.atoms
        for node in walk(expr)
    )


def representatives(design: Design, atom: FactorAtom, column: str) -> Axis:
    """Return a numeric column at the median of the rows of each level that a call makes of it."""
    return Axis(column, tuple(design.seen.middles(atom, column)), True, atom.levels)


Summary = Callable[[SeenColumn], Sequence[float]]

SUMMARIES: dict[str, Summary] = {
    "mean": lambda x: [x.mean],
    "median": lambda x: x.quantiles([0.5]),
    "minmax": lambda x: list(x.ends),
    "quartiles": lambda x: x.quantiles([0.25, 0.5, 0.75]),
    "terciles": lambda x: x.quantiles([1 / 3, 2 / 3]),
    "sd": lambda x: [x.mean + k * x.sd() for k in (-1, 0, 1)],
    "unique": lambda x: sorted(float(value) for value in x.distinct()),
}


def axis_at(
    design: Design, axis: Axis, asked: object, *, open: bool = False
) -> tuple[Axis, str | None]:
    """Return an axis at the values asked for, and a note where they lie outside the data.

    `asked` is a value, a list, the name of a summary of the column, or a function of the column.
    An axis that is `open` takes levels that the data do not have.
    """
    if axis.levels:
        levels = _levels_at(axis, _summarized(design, axis, asked), open=open)
        return axis.with_values(levels), None
    column = design.seen.column(axis.name)
    if isinstance(asked, str):
        require_known(asked, SUMMARIES, f"at= asks for {asked!r} of {axis.name}.")
        values = SUMMARIES[asked](column)
    else:
        values = _numbers_at(axis.name, asked(column.rows()) if callable(asked) else asked)
    low, high = column.ends
    outside = [v for v in values if not low <= v <= high]
    note = None
    if outside:
        shown = ", ".join(show_near(v, high - low) for v in outside[:6])
        known = f"{show_near(low, high - low)} to {show_near(high, high - low)}"
        note = f"{axis.name} = {shown} lies outside the data ({known})."
    return axis.with_values(list(dict.fromkeys(values))), note


def _summarized(design: Design, axis: Axis, asked: Any) -> Any:
    """Return the levels that a function or a summary chooses of numbers; others are as asked."""
    if callable(asked):
        return asked(design.seen.column(axis.name).rows())
    numeric = all(isinstance(v, float | int) and not isinstance(v, bool) for v in axis.values)
    if not numeric or not isinstance(asked, str) or asked not in SUMMARIES:
        return asked
    if asked == "unique":
        return axis.values
    return SUMMARIES[asked](design.seen.column(axis.name))


def _numbers_at(name: str, asked: Any) -> list[float]:
    if isinstance(asked, range):
        count = (asked[-1] - asked[0]) / asked.step if asked else 0.0
        require_memory(count, f"The values of {name} in at=", where="at", hint="Give fewer.")
    values = float_array(
        asked, DataError(f"at= needs numbers for {name}, not {shown(asked)}.")
    ).ravel()
    if not values.size or not np.isfinite(values).all():
        raise DataError(f"at= needs one or more finite numbers for {name}.")
    return [float(v) for v in values]


def _levels_at(axis: Axis, asked: Any, *, open: bool) -> list[Any]:
    given: list[Any] = listed_values(asked)
    if not given:
        raise DataError(f"at= needs one or more levels for {axis.name}.", where="at=")
    by_label = {label_of(value): value for value in axis.values}
    labels = [label_of(value) for value in given]
    for value, label in zip(given, labels, strict=True):
        if open and not pd.isna(value):
            by_label.setdefault(label, value)
        named = repr(label) if isinstance(value, str) else label
        require_known(label, by_label, f"{axis.name} has no level {named}.", where="at=")
    return list(dict.fromkeys(by_label[label] for label in labels))
