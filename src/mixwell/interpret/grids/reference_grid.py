"""Reference grids: which values the model's variables take, held, averaged over or fixed.

The grid is over the data's own columns, not over what the formula makes of them: `log(Days)` is
held at the logarithm of the mean of `Days`. Cells run with the first factor fastest, as in emmeans.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from mixwell.design import Design, Predictor
from mixwell.design.atoms.atom import FactorAtom
from mixwell.errors import DataError, did_you_mean, require_known, shown
from mixwell.formula import Name, column_names
from mixwell.interpret.grids.axes import (
    Axis,
    all_columns,
    all_values,
    axis_at,
    columns_of,
    columns_read,
    effect_columns,
    fixed_columns,
    group_columns,
    representatives,
)
from mixwell.interpret.grids.nesting import Nesting, nesting_of
from mixwell.interpret.grids.row_codes import cell_counts
from mixwell.numeric.arrays import IntArray
from mixwell.package_options import require_memory
from mixwell.text.names import known_name
from mixwell.text.phrases import listed


@dataclass(frozen=True, eq=False)
class Grid:
    """A reference grid: cells of `held` axes, `averaged` ones, and columns `fixed` at one value.

    `cells` is `(cell, held axis)`, the position of each cell's value on each axis. `offset` is the
    value of the model's offset in all cells: its mean in the data, as in emmeans; None where there
    is none, or where the request sets a column that it reads. `nesting` says which factors are
    nested; the cells of those are the ones that the data have. `request` is what the grid answers:
    what is nested stands next to what it is nested in.
    """

    held: tuple[Axis, ...]
    averaged: tuple[Axis, ...]
    fixed: tuple[Axis, ...]
    cells: IntArray
    notes: tuple[str, ...] = ()
    offset: float | None = None
    nesting: Nesting = field(default_factory=Nesting)
    request: "GridRequest | None" = None

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


@dataclass(frozen=True, eq=False)
class GridRequest:
    """What a user asks of a grid, names still to be checked.

    `groups` are the columns of grouping factors that may be held, those in `open` at levels that
    the data do not have, too; `effects` are the columns of the random effects that take part.
    The answer is `about` something, of whose predictor it depends and of others that it has `read`;
    of what has no formula there is none. Every cell has `draws`.
    """

    of: Sequence[str]
    by: Sequence[str] = ()
    at: Mapping[str, object] | None = None
    groups: Sequence[str] = ()
    effects: Sequence[str] = ()
    open: Sequence[str] = ()
    read: Sequence[Predictor] = ()
    draws: int = 1
    about: str = "The mean"


def build_grid(design: Design, request: GridRequest) -> Grid:
    """Build the grid of the variables of the predictors that an answer reads.

    Raises `DataError` for names that the model does not have and levels that a factor does not
    have.
    """
    names = columns_of(fixed_columns, request.read)
    known = list(dict.fromkeys([*names, *columns_of(effect_columns, request.read)]))
    group_names = [name for name in columns_of(group_columns, request.read) if name not in known]
    held = [
        resolve(design, name, known, group_names, request) for name in (*request.of, *request.by)
    ]
    repeated = [axis.name for axis in held if [a.name for a in held].count(axis.name) > 1]
    if repeated:
        raise DataError(f"The variable {repeated[0]!r} is named twice in of= and by=.")
    at, notes = dict(request.at or {}), []
    for name in at:
        _require_read(design, name, name, known, request)
        require_variable(name, [*known, *request.groups], "at= names")
    axes: dict[str, Axis] = {axis.name: axis for axis in held}
    for name in dict.fromkeys([*names, *request.effects, *at]):
        axes.setdefault(name, all_values(design, name, group=name in group_names))
    for name, asked in at.items():
        axes[name], note = axis_at(design, axes[name], asked, open=name in request.open)
        notes += [note] if note else []
    nesting = nesting_of(design, request.read[0]) if request.read else Nesting()
    wider = _with_parents(nesting, request, held, axes)
    if wider is not request:
        return build_grid(design, wider)
    inside = [axes.pop(axis.name) for axis in held]
    averaged = tuple(axis for axis in axes.values() if len(axis.values) > 1)
    fixed = tuple(axis for axis in axes.values() if len(axis.values) == 1)
    offset = _mean_offset(design, request.read, [*at, *(axis.name for axis in held)])
    _require_size(inside, request.draws)
    cells = cells_of(inside)
    made = Grid(tuple(inside), averaged, fixed, cells, tuple(notes), offset, nesting, request)
    return _with_nested_cells(design, made)


def _require_size(axes: Sequence[Axis], draws: int) -> None:
    """Refuse a grid whose cells, with the draws of each, memory cannot hold."""
    cells = math.prod(len(axis.values) for axis in axes)
    sizes = " by ".join(f"{len(axis.values):,} values of {axis.name}" for axis in axes)
    require_memory(
        float(cells) * max(draws, len(axes)),
        f"The grid of {cells:,} cells with {draws:,} draws each",
        where=sizes,
        hint="Ask for fewer values in at=, or for fewer variables.",
    )


def _with_parents(
    nesting: Nesting, request: GridRequest, held: Sequence[Axis], axes: Mapping[str, Axis]
) -> GridRequest:
    """Name what the nested factors of a request are nested in, where that is not fixed, too."""
    names = [axis.name for axis in held]
    further = [name for name in nesting.missing(names) if len(axes[name].values) > 1]
    if not further:
        return request
    own = [name for name in further if name in nesting.missing(names[: len(request.of)])]
    rest = [name for name in further if name not in own]
    return replace(request, of=(*request.of, *own), by=(*request.by, *rest))


def _with_nested_cells(design: Design, grid: Grid) -> Grid:
    """Leave out the cells of nested factors that the data do not have."""
    keep = np.ones(len(grid.cells), dtype=bool)
    places = {axis.name: j for j, axis in enumerate(grid.held)}
    for name, parents in grid.nesting.parents.items():
        if name not in places or grid.nesting.complete:
            continue
        axes = [grid.axes[each] for each in (name, *parents)]
        seen = cell_counts(design, axes) > 0
        zero = np.zeros(len(keep), dtype=np.int64)
        at = (grid.cells[:, places[a.name]] if a.name in places else zero for a in axes)
        keep &= seen[tuple(at)]
    return replace(grid, cells=grid.cells[keep]) if keep.any() else grid


def _mean_offset(design: Design, read: Sequence[Predictor], named: Sequence[str]) -> float | None:
    of_mean = any(each is design.mean for each in read[:1])
    columns = columns_read(design.mean.terms.offsets)
    if design.offset is None or not of_mean or set(columns) & set(named):
        return None
    return design.mean_offset


def require_variable(name: str, known: Sequence[str], said: str) -> None:
    """Refuse a name that is no variable of the model, offering the nearest ones."""
    require_known(name, known, f"{said} {shown(name)}, which is no variable of the model.")


def resolve(
    design: Design,
    name: str,
    known: Sequence[str],
    group_names: Sequence[str],
    request: GridRequest,
) -> Axis:
    """Return the axis of a name in `of` or `by`: a column, or a call such as `cut(x, 3)`."""
    given: object = name
    if not isinstance(given, str):
        require_variable(name, known, "The model is asked about")
    if name in group_names and name not in request.groups:
        raise DataError(
            f"{name!r} is a grouping factor, whose levels the population mean does not know.",
            hint='Ask with groups="existing".',
        )
    if name in known or name in group_names:
        return all_values(design, name, group=name in group_names)
    atoms = {e.name if isinstance(e, Name) else a.name: (e, a) for e, a in design.atoms.items()}
    call = name if name in atoms else known_name(name, _calls(design))
    if call is not None:
        expr, atom = atoms[call]
        if len(column_names(expr)) == 1:
            column = column_names(expr)[0]
            _require_read(design, name, column, (*known, *group_names), request)
            if isinstance(atom, FactorAtom) and not all_values(design, column).levels:
                return representatives(design, atom, column)
            return all_values(design, column)
        names = ", ".join(known)
        raise DataError(f"{name} combines several columns.", hint=f"Name them: {names}.")
    choices = list(dict.fromkeys([*known, *_calls(design)]))
    said = f"The model is asked about {shown(name)}, which is no variable of the model."
    raise DataError(said, hint=did_you_mean(name, choices))


def _calls(design: Design) -> list[str]:
    return [atom.name for expr, atom in design.atoms.items() if not isinstance(expr, Name)]


def _require_read(
    design: Design, name: str, column: str, known: Sequence[str], request: GridRequest
) -> None:
    """Refuse what other parameters or the response read, but not what the answer is about."""
    every = {"the mean": design.mean, **design.parameters}
    if column in known or column not in design.seen.columns:
        return
    if any(column in all_columns(own) for own in request.read):
        return
    read = [each for each, own in every.items() if column in all_columns(own)]
    where = f": {name} stands in the formula for {listed(read)}" if read else ""
    hint = f"Choices: {', '.join(known)}." if known else None
    if not request.read:
        where = ": it has no formula and is the same in all rows"
        hint = f'fit.means(None, parameter="{request.about}") has it.'
    raise DataError(f"{request.about} does not depend on {name!r}{where}.", hint=hint)
