"""Reference grids: which values the model's variables take, held, averaged over or fixed.

The grid is over the data's own columns, not over what the formula makes of them: `log(Days)` is
held at the logarithm of the mean of `Days`. Cells run with the first factor fastest, as in emmeans.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mixwell.design import Design
from mixwell.design.atoms.atom import FactorAtom, atom_codes, variable_value
from mixwell.design.atoms.column_values import label_of
from mixwell.design.atoms.scope import Scope
from mixwell.design.predictor import Predictor
from mixwell.errors import DataError, did_you_mean
from mixwell.formula import Call, Expr, Name, column_names
from mixwell.formula.syntax import walk
from mixwell.numeric.arrays import IntArray

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
        return Axis(self.name, tuple(values), self.levels, tuple(values))


@dataclass(frozen=True, eq=False)
class Grid:
    """A reference grid: cells of `held` axes, `averaged` ones, and columns `fixed` at one value.

    `cells` is `(cell, held axis)`, the position of each cell's value on each axis. `offset` is the
    value of the model's offset in all cells: its mean in the data, as in emmeans; None where there
    is none, or where the request sets a column that it reads.
    """

    held: tuple[Axis, ...]
    averaged: tuple[Axis, ...]
    fixed: tuple[Axis, ...]
    cells: IntArray
    notes: tuple[str, ...] = ()
    offset: float | None = None

    @property
    def axes(self) -> dict[str, Axis]:
        """Every axis by its name."""
        return {axis.name: axis for axis in (*self.held, *self.averaged, *self.fixed)}

    @property
    def frame(self) -> pd.DataFrame:
        """The held columns, one row a cell, as results show them."""
        columns = {
            axis.name: _column([axis.shown[i] for i in self.cells[:, j]])
            for j, axis in enumerate(self.held)
        }
        return pd.DataFrame(columns, index=pd.RangeIndex(len(self.cells)))


def _column(values: list[Any]) -> pd.Series:
    texts = bool(values) and all(isinstance(value, str) for value in values)
    return pd.Series(values, dtype="str" if texts else None)


def cells_of(axes: Sequence[Axis]) -> IntArray:
    """Return all combinations of the axes' positions, `(cell, axis)`, the first running fastest."""
    sizes = [len(axis.values) for axis in axes]
    n = int(np.prod(sizes)) if sizes else 1
    table = np.zeros((n, len(axes)), dtype=np.int64)
    run = 1
    for j, size in enumerate(sizes):
        table[:, j] = (np.arange(n) // run) % size
        run *= size
    return table


def fixed_columns(predictor: Predictor) -> tuple[str, ...]:
    """Return the data columns that the fixed effects and the offset read, in order."""
    exprs = [v for term in predictor.terms.terms for v in term.variables]
    return _columns_read([*exprs, *predictor.terms.offsets])


def offset_columns(predictor: Predictor) -> tuple[str, ...]:
    """Return the data columns that the offset alone reads."""
    exprs = [v for term in predictor.terms.terms for v in term.variables]
    return tuple(set(_columns_read(predictor.terms.offsets)) - set(_columns_read(exprs)))


def effect_columns(predictor: Predictor) -> tuple[str, ...]:
    """Return the data columns that the random effects' own columns read, without the factors."""
    plans = [block.plan for block in predictor.blocks]
    return _columns_read([e.atom.expr for plan in plans for t in plan.terms for e in t.entries])


def group_columns(predictor: Predictor) -> tuple[str, ...]:
    """Return the data columns that make the grouping factors."""
    return _columns_read([part for block in predictor.blocks for part in block.parts])


def _columns_read(exprs: Sequence[Expr]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for expr in exprs for name in column_names(expr)))


def all_values(design: Design, name: str, *, group: bool = False) -> Axis:
    """Return the axis of one column: all levels, or the mean of numbers, in the rows used.

    A number that has two values is shown at both, as emmeans' `cov.keep = "2"` has it.
    """
    kind, levels = design.learned.memory[Name(name)]
    column = design.data[name]
    if kind == "Factor":
        present = {label_of(value) for value in column.unique()}
        return _axis(name, [level for level in levels if level in present], True)
    if kind == "Logical":
        values = sorted({bool(v) if not isinstance(v, str) else v for v in column.unique()})
        return _axis(name, values, True)
    numbers = column.to_numpy(dtype=float)
    if group or _made_a_factor(design, name):
        return _axis(name, np.unique(numbers).tolist(), True)
    distinct = np.unique(numbers)
    if len(distinct) == 2:
        two = tuple(distinct.tolist())
        return Axis(name, two, False, two, both=True)
    return _axis(name, [float(numbers.mean())], False)


def _axis(name: str, values: Sequence[Any], levels: bool) -> Axis:
    return Axis(name, tuple(values), levels, tuple(values))


def _made_a_factor(design: Design, name: str) -> bool:
    return any(
        isinstance(node, Call)
        and node.function in LEVEL_CALLS
        and any(arg.value == Name(name) for arg in node.args)
        for expr, atom in design.atoms.items()
        if isinstance(atom, FactorAtom)
        for node in walk(expr)
    )


@dataclass(frozen=True, eq=False)
class GridRequest:
    """What a user asks of a grid, names still to be checked."""

    of: Sequence[str]
    by: Sequence[str] = ()
    at: Mapping[str, object] | None = None
    groups: bool = False


def build_grid(design: Design, request: GridRequest) -> Grid:
    """Build the grid of the mean's variables.

    `groups` lets grouping factors be held, and reads the columns of random effects too. Raises
    `DataError` for names that the model does not have and levels that a factor does not have.
    """
    predictor = design.mean
    names = list(fixed_columns(predictor))
    known = names + [name for name in effect_columns(predictor) if name not in names]
    group_names = [name for name in group_columns(predictor) if name not in known]
    held = [
        resolve(design, name, known, group_names, request) for name in (*request.of, *request.by)
    ]
    repeated = [axis.name for axis in held if [a.name for a in held].count(axis.name) > 1]
    if repeated:
        raise DataError(f"The variable {repeated[0]!r} is named twice in of= and by=.")
    at, notes = dict(request.at or {}), []
    for name in at:
        require_variable(name, [*known, *(group_names if request.groups else [])], "at= names")
    axes: dict[str, Axis] = {axis.name: axis for axis in held}
    others = names + ([n for n in known if n not in names] if request.groups else [])
    for name in dict.fromkeys([*others, *at]):
        axes.setdefault(name, all_values(design, name, group=name in group_names))
    for name, asked in at.items():
        axes[name], note = axis_at(design, axes[name], asked)
        notes += [note] if note else []
    inside = [axes.pop(axis.name) for axis in held]
    averaged = tuple(axis for axis in axes.values() if len(axis.values) > 1)
    fixed = tuple(axis for axis in axes.values() if len(axis.values) == 1)
    offset = _mean_offset(design, [*at, *(axis.name for axis in held)])
    return Grid(tuple(inside), averaged, fixed, cells_of(inside), tuple(notes), offset)


def _mean_offset(design: Design, named: Sequence[str]) -> float | None:
    read = _columns_read(design.mean.terms.offsets)
    if design.offset is None or set(read) & set(named):
        return None
    return float(design.offset.mean())


def require_variable(name: str, known: Sequence[str], said: str) -> None:
    """Refuse a name that is no variable of the model, offering the nearest ones."""
    if name not in known:
        raise DataError(
            f"{said} {name!r}, which is no variable of the model.", hint=did_you_mean(name, known)
        )


def resolve(
    design: Design,
    name: str,
    known: Sequence[str],
    group_names: Sequence[str],
    request: GridRequest,
) -> Axis:
    """Return the axis of a name in `of` or `by`: a column, or a call such as `cut(x, 3)`."""
    if name in group_names and not request.groups:
        raise DataError(
            f"{name!r} is a grouping factor, whose levels the population mean does not know.",
            hint='Ask with groups="existing".',
        )
    if name in known or name in group_names:
        return all_values(design, name, group=name in group_names)
    for expr, atom in design.atoms.items():
        if atom.name == name and len(column_names(expr)) == 1:
            column = column_names(expr)[0]
            if isinstance(atom, FactorAtom) and not all_values(design, column).levels:
                return _representatives(design, atom, column)
            return all_values(design, column)
    calls = [atom.name for atom in design.atoms.values()]
    require_variable(name, list(dict.fromkeys([*known, *calls])), "The model is asked about")
    raise DataError(f"{name} combines several columns.", hint=f"Name them: {', '.join(known)}.")


def _representatives(design: Design, atom: FactorAtom, column: str) -> Axis:
    """One value of a numeric column for each level that a call makes of it: its rows' median."""
    scope = learned_scope(design, design.data)
    codes, _ = atom_codes(atom, variable_value(atom.expr, scope))
    numbers = design.data[column].to_numpy(dtype=float)
    values = []
    for code in range(len(atom.levels)):
        own = np.sort(numbers[codes == code])
        values.append(float(own[len(own) // 2]))
    return Axis(column, tuple(values), True, atom.levels)


def learned_scope(design: Design, frame: pd.DataFrame) -> Scope:
    """Return a scope that replays what the design has learned on the rows of a frame."""
    learned = design.learned
    text = design.mean.formula.text
    return Scope(frame, dict(learned.memory), learned.functions, text, learning=False)


Summary = Callable[[np.ndarray], Sequence[float]]

SUMMARIES: dict[str, Summary] = {
    "mean": lambda x: [float(x.mean())],
    "median": lambda x: [float(np.median(x))],
    "minmax": lambda x: [float(x.min()), float(x.max())],
    "quartiles": lambda x: [float(q) for q in np.quantile(x, [0.25, 0.5, 0.75])],
    "terciles": lambda x: [float(q) for q in np.quantile(x, [1 / 3, 2 / 3])],
    "sd": lambda x: [float(x.mean() + k * x.std(ddof=1)) for k in (-1, 0, 1)],
    "unique": lambda x: np.unique(x).tolist(),
}


def axis_at(design: Design, axis: Axis, asked: object) -> tuple[Axis, str | None]:
    """Return an axis at the values asked for, and a note where they lie outside the data.

    `asked` is a value, a list, the name of a summary of the column, or a function of the column.
    """
    if axis.levels and not _is_numeric(axis):
        return axis.with_values(_levels_at(axis, asked)), None
    numbers = design.data[axis.name].to_numpy(dtype=float)
    if isinstance(asked, str):
        if asked not in SUMMARIES:
            raise DataError(
                f"at= asks for {asked!r} of {axis.name}.", hint=did_you_mean(asked, SUMMARIES)
            )
        values = SUMMARIES[asked](numbers)
    else:
        values = _numbers_at(axis.name, asked(design.data[axis.name]) if callable(asked) else asked)
    if axis.levels:
        return axis.with_values(_known_numbers(axis, values)), None
    low, high = float(numbers.min()), float(numbers.max())
    outside = [v for v in values if not low <= v <= high]
    note = None
    if outside:
        shown = ", ".join(f"{v:.6g}" for v in outside[:6])
        note = f"{axis.name} = {shown} lies outside the data ({low:.6g} to {high:.6g})."
    return axis.with_values(list(dict.fromkeys(values))), note


def _is_numeric(axis: Axis) -> bool:
    return all(isinstance(v, float | int) and not isinstance(v, bool) for v in axis.values)


def _known_numbers(axis: Axis, values: Sequence[float]) -> list[float]:
    for value in values:
        if value not in axis.values:
            raise DataError(
                f"{axis.name} has no level {value:g}.",
                hint=f"Its levels are {', '.join(f'{v:g}' for v in axis.values)}.",
            )
    return list(values)


def _numbers_at(name: str, asked: Any) -> list[float]:
    try:
        values = np.atleast_1d(np.asarray(asked, dtype=float)).ravel()
    except (TypeError, ValueError):
        raise DataError(f"at= needs numbers for {name}, not {asked!r}.") from None
    if not values.size or not np.isfinite(values).all():
        raise DataError(f"at= needs one or more finite numbers for {name}.")
    return [float(v) for v in values]


def _levels_at(axis: Axis, asked: Any) -> list[Any]:
    given = [asked] if isinstance(asked, str | bool | int | float) else list(asked)
    by_label = {label_of(value): value for value in axis.values}
    for value in given:
        if label_of(value) not in by_label:
            raise DataError(
                f"{axis.name} has no level {label_of(value)!r}.",
                where="at=",
                hint=did_you_mean(label_of(value), by_label),
            )
    return list(dict.fromkeys(by_label[label_of(value)] for value in given))
