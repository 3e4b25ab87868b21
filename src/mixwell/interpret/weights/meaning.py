"""What each coefficient compares: exact weights on the linear predictor at the grid's points.

The weights of a column are a product: the hypothesis row of every variable in its term, the
anchor of every other one. Where that does not single out the column (dropped columns, empty
cells), weights are solved for on the fewest variables that allow it. Every result is checked: the
weights times the design's columns give 1 for the coefficient itself and 0 for all others.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations
from math import prod

import numpy as np

from mixwell.errors import MixwellError
from mixwell.interpret.weights.point_grid import PointGrid, occupied
from mixwell.interpret.weights.sparse_weights import solve_weights
from mixwell.numeric.arrays import BoolArray, FloatArray, IntArray

TOLERANCE = 1e-7
NEGLIGIBLE = 1e-11
EMPTY_COST = 3.0
MOST_CELLS = 4_000
MOST_ATTEMPTS = 60


@dataclass(frozen=True, slots=True, eq=False)
class CellWeights:
    """Weights on cells of some variables: `cells` `(n_cells, n_variables)`, a weight each."""

    variables: tuple[int, ...]
    cells: IntArray
    weights: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Meaning:
    """The weights of one coefficient, as a product of parts over different variables.

    `own` are the variables of its term; `tied` others whose value matters for the comparison. Of
    variables in neither the value does not matter: their part cancels.
    """

    name: str
    column: int
    term: str
    parts: tuple[CellWeights, ...]
    own: tuple[int, ...]
    tied: tuple[int, ...]
    found: bool = True

    @property
    def named(self) -> tuple[int, ...]:
        """The variables that the weights are shown on."""
        joint = [v for part in self.parts if len(part.variables) > 1 for v in part.variables]
        return tuple(sorted({*self.own, *self.tied, *joint}))


def find_meanings(grid: PointGrid, aliases: Sequence[frozenset[int]] = ()) -> list[Meaning]:
    """Return the meaning of every column of a grid.

    `aliases` holds, for each dropped column, the variables that it and its combination of kept
    columns involve: weights that rest on cells of them without rows are solved for again on cells
    with rows, where there is a solution.

    Raises
    ------
    MixwellError
        If the weights found do not give the coefficients (a fault of mixwell, not of the model).
    """
    tables = [_clean(v.weights, v.columns) for v in grid.variables]
    valid, ties = _products(grid, tables)
    meanings: list[Meaning | None] = [
        _product_meaning(grid, j, ties[j]) if valid[j] else None for j in range(len(grid.names))
    ]
    if aliases:
        _prefer_observed(grid, meanings, aliases)
    open_ones = [j for j, made in enumerate(meanings) if made is None]
    for j, made in _solved(grid, open_ones):
        meanings[j] = made
    return [made if made is not None else _unknown(grid, j) for j, made in enumerate(meanings)]


def _clean(weights: FloatArray, columns: FloatArray) -> FloatArray:
    """Return weights times columns, `(key, key)`, with rounding errors set to zero."""
    table = weights @ columns
    return np.where(np.abs(table) < NEGLIGIBLE * (np.abs(weights) @ np.abs(columns)), 0.0, table)


def _products(grid: PointGrid, tables: Sequence[FloatArray]) -> tuple[BoolArray, BoolArray]:
    """Check the product weights of all columns at once; say which other variables matter.

    Returns `valid` `(column,)` and `ties` `(column, variable)`.
    """
    p, count = grid.index.shape
    valid, ties = np.ones(p, dtype=bool), np.zeros((p, count), dtype=bool)
    step = max(1, 4_000_000 // max(p, 1))
    for start in range(0, p, step):
        rows = slice(start, min(start + step, p))
        result = np.ones((rows.stop - start, p))
        zeros = np.zeros(result.shape, dtype=np.int16)
        for v, table in enumerate(tables):
            part = table[grid.index[rows, v][:, None], grid.index[None, :, v]]
            result *= part
            zeros += part == 0
        result[range(len(result)), range(start, rows.stop)] -= 1.0
        valid[rows] = np.abs(result).max(axis=1, initial=0.0) < TOLERANCE
        for v, table in enumerate(tables):
            active = np.flatnonzero(grid.index[:, v])
            part = table[grid.index[rows, v][:, None], grid.index[None, active, v]]
            alone = zeros[:, active] == (part == 0)
            ties[rows, v] = alone.any(axis=1) & (grid.index[rows, v] == 0)
    return valid, ties


def _product_meaning(grid: PointGrid, j: int, ties: BoolArray) -> Meaning:
    parts = tuple(
        _along(v, variable.weights[grid.index[j, v]]) for v, variable in enumerate(grid.variables)
    )
    tied = tuple(int(v) for v in np.flatnonzero(ties))
    return Meaning(grid.names[j], j, grid.terms[j], parts, grid.own(j), tied)


def _along(v: int, weights: FloatArray) -> CellWeights:
    return CellWeights((v,), np.arange(len(weights))[:, None], weights)


def _unknown(grid: PointGrid, j: int) -> Meaning:
    return Meaning(grid.names[j], j, grid.terms[j], (), grid.own(j), (), found=False)


def cell_columns(grid: PointGrid, variables: Sequence[int], cells: IntArray) -> FloatArray:
    """Return the part of some variables in all columns, `(cells, columns)`."""
    result = np.ones((len(cells), len(grid.names)))
    for place, v in enumerate(variables):
        result *= grid.variables[v].columns[cells[:, place]][:, grid.index[:, v]]
    return result


def contraction(grid: PointGrid, part: CellWeights) -> FloatArray:
    """Return a part's weights times the columns, `(columns,)`."""
    return _clean(part.weights, cell_columns(grid, part.variables, part.cells))


def _prefer_observed(
    grid: PointGrid, meanings: list[Meaning | None], aliases: Sequence[frozenset[int]]
) -> None:
    """Weigh on cells with rows, where columns were dropped and that can be done."""
    groups: dict[tuple[int, ...], list[int]] = {}
    for j, made in enumerate(meanings):
        if made is None:
            continue
        named = set(made.named)
        met = [alias for alias in aliases if alias & named and _factors(grid, alias)]
        variables = tuple(sorted(named.union(*met)))
        factors = _factors(grid, set(made.own).union(*met)) if met else []
        if factors and not _all_observed(grid, made, factors):
            groups.setdefault(variables, []).append(j)
    for variables, members in groups.items():
        for j, found in _solve_on(grid, variables, members, observed=True).items():
            meanings[j] = found


def _factors(grid: PointGrid, variables: Iterable[int]) -> list[int]:
    return sorted(v for v in variables if grid.variables[v].is_factor)


def _all_observed(grid: PointGrid, made: Meaning, factors: Sequence[int]) -> bool:
    if prod(grid.sizes(factors)) > MOST_CELLS * 10:
        return True
    seen = occupied(grid, factors)
    needed = [np.flatnonzero(part.weights) for part in made.parts if part.variables[0] in factors]
    return bool(seen[np.ix_(*needed)].all())


def _solved(grid: PointGrid, columns: Sequence[int]) -> Iterator[tuple[int, Meaning]]:
    """Solve for the weights of some columns, those of one term together."""
    by_term: dict[tuple[int, ...], list[int]] = {}
    for j in columns:
        by_term.setdefault(grid.own(j), []).append(j)
    for own, members in by_term.items():
        waiting = members
        for variables in _sets(grid, own, members):
            found = _solve_on(grid, variables, waiting)
            yield from found.items()
            waiting = [j for j in waiting if j not in found]
            if not waiting:
                break


def _sets(
    grid: PointGrid, own: tuple[int, ...], members: Sequence[int]
) -> Iterator[tuple[int, ...]]:
    """Yield sets of variables to solve on, small ones first."""
    others = [v for v in range(len(grid.variables)) if v not in own]
    # Variables that meet the term's own ones in another term come first.
    meets = {
        v for row in grid.index for v in np.flatnonzero(row) if set(own) & set(np.flatnonzero(row))
    }
    others.sort(key=lambda v: v not in meets)
    attempts = 0
    for size in range(len(others) + 1):
        for extra in combinations(others, size):
            attempts += 1
            if attempts > MOST_ATTEMPTS:
                return
            yield tuple(sorted((*own, *extra)))


def _solve_on(
    grid: PointGrid, variables: tuple[int, ...], columns: Sequence[int], *, observed: bool = False
) -> dict[int, Meaning]:
    """Solve on cells of some variables (`observed`: with rows only), the others at anchors."""
    cells, costs = _cells(grid, variables)
    if observed:
        cells, costs = cells[costs < EMPTY_COST], costs[costs < EMPTY_COST]
    if not 0 < len(cells) <= MOST_CELLS:
        return {}
    anchors = [
        _along(v, variable.weights[0])
        for v, variable in enumerate(grid.variables)
        if v not in variables
    ]
    matrix = cell_columns(grid, variables, cells)
    for anchor in anchors:
        matrix = matrix * contraction(grid, anchor)
    found = {}
    for j, weights in zip(columns, solve_weights(matrix, columns, costs), strict=True):
        if weights is None:
            continue
        used = np.flatnonzero(weights)
        joint = CellWeights(variables, cells[used], weights[used])
        parts = (*_factorized(grid, joint), *anchors)
        found[j] = _checked(grid, j, parts)
    return found


def _cells(grid: PointGrid, variables: tuple[int, ...]) -> tuple[IntArray, FloatArray]:
    """Return the cells of some variables and their costs, none where they are too many.

    Cells without rows cost more.
    """
    if prod(grid.sizes(variables)) > MOST_CELLS:
        return np.empty((0, len(variables)), dtype=np.int64), np.empty(0)
    cells = grid.cells(variables)
    costs = np.ones(len(cells))
    factors = [i for i, v in enumerate(variables) if grid.variables[v].is_factor]
    if factors:
        seen = occupied(grid, [variables[i] for i in factors])
        costs[~seen[tuple(cells[:, i] for i in factors)]] = EMPTY_COST
    return cells, costs


def _factorized(grid: PointGrid, joint: CellWeights) -> tuple[CellWeights, ...]:
    """Write weights on cells as a product over single variables, where they are one."""
    sizes = grid.sizes(joint.variables)
    if not sizes:
        return ()
    tensor = np.zeros(sizes)
    tensor[tuple(joint.cells.T)] = joint.weights
    largest = np.unravel_index(int(np.abs(tensor).argmax()), sizes)
    vectors = []
    for axis, size in enumerate(sizes):
        place = [slice(None) if a == axis else int(i) for a, i in enumerate(largest)]
        vectors.append(tensor[tuple(place)].reshape(size) / tensor[largest])
    vectors[0] = vectors[0] * tensor[largest]
    outer = reduce(np.multiply.outer, vectors)
    if np.abs(outer - tensor).max() > TOLERANCE:
        return (joint,)
    return tuple(
        _along(v, vector + 0.0)  # no zero with a sign
        for v, vector in zip(joint.variables, _balanced(vectors), strict=True)
    )


def _balanced(vectors: list[FloatArray]) -> list[FloatArray]:
    """Give every mean the weight one and leave scale and sign to the first difference."""
    rest = 1.0
    balanced = []
    for vector in vectors:
        total = float(vector.sum())
        is_mean = abs(total) > TOLERANCE * float(np.abs(vector).sum())
        size = total if is_mean else float(vector[vector > 0].sum())
        balanced.append(vector / size)
        rest *= size
    changes = [i for i, v in enumerate(balanced) if abs(float(v.sum())) < TOLERANCE]
    first = changes[0] if changes else 0
    balanced[first] = balanced[first] * rest
    return balanced


def _checked(grid: PointGrid, j: int, parts: tuple[CellWeights, ...]) -> Meaning:
    contractions = [contraction(grid, part) for part in parts]
    result = np.prod(contractions, axis=0) if parts else np.ones(len(grid.names))
    target = np.zeros(len(grid.names))
    target[j] = 1.0
    if np.abs(result - target).max() > TOLERANCE:
        raise MixwellError(
            f"Internal fault: the weights found for {grid.names[j]} do not give the coefficient."
        )
    tied = []
    for i, part in enumerate(parts):
        if set(part.variables) & set(grid.own(j)):
            continue
        rest = np.prod([c for k, c in enumerate(contractions) if k != i], axis=0)
        tied += [v for v in part.variables if (np.abs(rest * (grid.index[:, v] > 0)) > 0).any()]
    return Meaning(grid.names[j], j, grid.terms[j], parts, grid.own(j), tuple(sorted(tied)))
