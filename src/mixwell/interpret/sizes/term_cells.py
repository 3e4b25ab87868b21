"""The contrasts that a test of a term is of, with their weights on cells of the model's variables.

Of all weights that give a contrast the least ones are taken: on balanced cells those of differences
between averages, on the data's rows those of least squares.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from mixwell.design.atoms.atom import NumericAtom
from mixwell.design.columns.column_plan import plan_values
from mixwell.design.predictor import Predictor
from mixwell.design.whole_terms.hypotheses import TermHypothesis
from mixwell.design.whole_terms.references import At, reference_row
from mixwell.errors import DataError
from mixwell.formula import Name, column_names
from mixwell.interpret.expected.predictor_draws import MeanPredictor, block_rows, read_rows
from mixwell.interpret.grids.axes import all_values, columns_read, fixed_columns
from mixwell.interpret.grids.row_codes import placed_rows
from mixwell.interpret.origins.made_numbers import Number, Spread, SummedRows, Undetermined
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.linear_predictor import linear_predictor, predictor_rows

__all__ = ["TermContrasts"]

#: Numbers in a table of cells by columns: 160 MB.
_MOST = 20_000_000
#: Numbers of a column that lies elsewhere, of which a few are taken.
_EXAMPLES = 400
#: What rounding leaves of a contrast that weights give, in units of its largest weight.
_EXACT = 1e-8


@dataclass(frozen=True, eq=False)
class FixedPart:
    """What rows have of a linear predictor without groups and offset, other columns as `held`."""

    source: MeanPredictor
    held: pd.DataFrame
    what: str = "linear predictor"

    @property
    def size(self) -> int:
        """How many rows make a block."""
        return block_rows(self.source)

    @property
    def coefficients(self) -> tuple[str, ...]:
        """The coefficients that rows are sums of."""
        return tuple(self.source.predictor.fixed.names)

    def __call__(self, frame: pd.DataFrame) -> FloatArray:
        """Return the draws of rows, `(row, sample)`."""
        rows = predictor_rows(self._read(frame))
        rows = replace(rows, offset=np.zeros(len(frame)))
        return linear_predictor(self.source.posterior.coefficients(self.source.parameter), rows, {})

    def columns(self, frame: pd.DataFrame) -> FloatArray:
        """Return the rows' columns of fixed effects, `(row, coefficient)`."""
        return self._read(frame).fixed.values

    def _read(self, frame: pd.DataFrame) -> Predictor:
        return read_rows(self.source, self.whole(frame), ()).predictors[self.source.parameter]

    def whole(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return rows with the columns that are held for all of them."""
        rest = [name for name in self.held if name not in frame]
        return frame.assign(**{str(name): self.held[name].iloc[0] for name in rest})


@dataclass(frozen=True, eq=False)
class TermContrasts:
    """A term's hypothesis as numbers: how far contrasts spread, each a sum over cells.

    Covariates stand `at` the values that the hypothesis has them at.
    """

    source: MeanPredictor
    hypothesis: TermHypothesis
    at: At = None

    def number(self) -> Number:
        """Return the spread of the contrasts; `DataError` where there are too many cells."""
        own = self.hypothesis
        if not len(own.columns):
            return Undetermined(self.source.posterior.samples)
        frame, weights = self._cells
        values = FixedPart(self.source, self._held)
        parts = tuple(SummedRows(frame, each, values) for each in weights)
        return Spread(parts, own.moments, own.labels)

    @cached_property
    def _held(self) -> pd.DataFrame:
        """One row of the columns that are read, numbers where the hypothesis has them."""
        design, fixed = self.source.design, self.source.predictor.fixed
        row = reference_row(design, fixed.plan, self.at)
        first = design.seen.one_row(list(fixed_columns(self.source.predictor)))
        return first.assign(**{name: value for name, value in row.items() if name in first})

    @property
    def _cells(self) -> tuple[pd.DataFrame, FloatArray]:
        """Return the first cells that give the contrasts, and their weights, `(contrast, cell)`."""
        wanted = self.hypothesis.columns
        plan = self.source.predictor.fixed.plan
        values = FixedPart(self.source, self._held)
        for make in self._ways():
            frame = make()
            if frame is None or len(frame) * plan.width > _MOST:
                continue
            design = read_rows(self.source, values.whole(frame), ())
            weights = _least_weights(plan_values(plan, design.frame), wanted)
            if weights is not None:
                return frame, weights
        raise DataError(
            f"The cells behind {self.hypothesis.name} are too many to list.",
            where="row",
            hint="fit.contrasts() of its factors has weights of a few.",
        )

    def _ways(self) -> Iterator[Callable[[], pd.DataFrame | None]]:
        """Go through cells: the term's own numbers moved, all numbers, and the data's rows."""
        own, further = self._variables
        yield lambda: self._grid(own, further, own)
        yield lambda: self._grid(own, further, (*own, *further))
        yield lambda: self._distinct([*own, *further])
        names = list(fixed_columns(self.source.predictor))
        yield lambda: self._distinct(names)

    def _distinct(self, names: Sequence[str]) -> pd.DataFrame:
        return self.source.design.seen.table(names).frame.drop_duplicates()

    @property
    def _variables(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The columns that the term reads, and those of terms that share one with it."""
        terms = [[e.atom.expr for e in t.variables] for t in self.source.predictor.fixed.plan.terms]
        names = [t.name for t in self.source.predictor.fixed.plan.terms]
        own = columns_read(terms[names.index(self.hypothesis.name)])
        sharing = [each for each in terms if {*columns_read(each)} & {*own}]
        further = [name for each in sharing for name in columns_read(each) if name not in own]
        return own, tuple(dict.fromkeys(further))

    def _grid(
        self, own: Sequence[str], further: Sequence[str], moved: Sequence[str]
    ) -> pd.DataFrame | None:
        """Return all combinations of levels that the data have, and of points of moved numbers."""
        design, points = self.source.design, {}
        axes = [all_values(design, name) for name in (*own, *further)]
        levels = [axis for axis in axes if axis.levels]
        for axis in axes:
            if not axis.levels:
                points[axis.name] = self._points(axis.name) if axis.name in moved else [None]
        sizes = [len(each) for each in points.values()]
        seen = (
            np.unique(placed_rows(design, levels).codes, axis=0)
            if levels
            else np.zeros((1, 0), int)
        )
        combined = math.prod(sizes)
        count = len(seen) * combined
        if count * self.source.predictor.fixed.plan.width > _MOST:
            return None
        grid = np.array(list(np.ndindex(*sizes)), dtype=np.int64).reshape(combined, len(sizes))
        columns = {
            axis.name: pd.Index(list(axis.values))[np.repeat(seen[:, j], len(grid))]
            for j, axis in enumerate(levels)
        }
        for j, (name, values) in enumerate(points.items()):
            if values != [None]:
                columns[name] = pd.Index(values)[np.tile(grid[:, j], len(seen))]
        return pd.DataFrame(columns, index=pd.RangeIndex(count))

    def _points(self, name: str) -> list[float]:
        """Return as many values of a number as its columns need: two a unit apart for a line."""
        plan = self.source.predictor.fixed.plan
        reading = [
            atom
            for expr, atom in plan.atoms.items()
            if isinstance(atom, NumericAtom) and name in column_names(expr)
        ]
        if [atom.expr for atom in reading] == [Name(name)]:
            start = float(self._held[name].iloc[0])
            return [start, start + 1.0]
        known = self.source.design.seen.column(name).examples(_EXAMPLES)
        count = min(len(known), 1 + sum(atom.width for atom in reading))
        return [known[k] for k in np.linspace(0, len(known) - 1, count).round().astype(int)]


def _least_weights(cells: FloatArray, wanted: FloatArray) -> FloatArray | None:
    """Return the least weights on cells that give rows of columns, None where none do."""
    size = np.abs(cells).max(axis=0, initial=0.0)
    size = np.where(size > 0, size, 1.0)
    scaled, target = cells / size, wanted / size
    moments = np.linalg.pinv(scaled.T @ scaled, rcond=_EXACT**1.5, hermitian=True)
    found = np.zeros((len(wanted), len(cells)))
    for _ in range(3):  # what rounding left is solved for again
        found += (target - found @ scaled) @ moments @ scaled.T
    near = np.abs(found @ scaled - target).max(initial=0.0) <= _EXACT * np.abs(target).max()
    return found if near else None
