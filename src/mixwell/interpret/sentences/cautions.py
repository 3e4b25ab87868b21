"""Warnings about sentences that are true but easily misread or of no use."""

from collections.abc import Iterator, Mapping, Sequence
from math import prod

import numpy as np

from mixwell.design.atoms.atom import FactorAtom
from mixwell.interpret.sentences.reading import Level, read_weights
from mixwell.interpret.weights.cells import named_cells
from mixwell.interpret.weights.curves import Curve
from mixwell.interpret.weights.lines import Line, plain_text
from mixwell.interpret.weights.meaning import Meaning
from mixwell.interpret.weights.point_grid import GridVariable, PointGrid, occupied
from mixwell.numeric.arrays import BoolArray
from mixwell.text.names import quoted
from mixwell.text.phrases import listed, number

# How far outside its range, in widths of the range, a value is called far outside the data.
FAR = 0.25
MOST_LISTED = 3
FAMILIES = {"polynomial": "poly", "helmert": "helmert", "sdif": "sequential", "sum": "eff"}
MOST_CELLS = 20_000
EXACT = 1e-9


def find_cautions(
    grid: PointGrid, meanings: Sequence[Meaning], *, count_rows: bool
) -> list[tuple[str, ...]]:
    """Return what a reader of each coefficient should be warned of, a sentence each.

    With `count_rows` cells without rows are pointed out.
    """
    tables = _empty_tables(grid) if count_rows else {}
    return [tuple(_cautions(grid, meaning, tables)) for meaning in meanings]


def _cautions(
    grid: PointGrid, meaning: Meaning, tables: Mapping[tuple[int, ...], BoolArray]
) -> Iterator[str]:
    if not meaning.found:
        return
    sums = [
        abs(float(p.weights.sum())) for p in meaning.parts if set(p.variables) & set(meaning.own)
    ]
    is_mean = bool(np.prod(sums) > EXACT)
    yield from _extrapolations(grid, meaning) if is_mean else _conditions(grid, meaning)
    for factors, seen in tables.items():
        if set(factors) <= set(meaning.named):
            yield from _empty_cells(grid, meaning, factors, seen)


def _empty_tables(grid: PointGrid) -> dict[tuple[int, ...], BoolArray]:
    """Return which cells have rows, for the factors of every term that has cells without."""
    tables = {}
    for row in np.unique(grid.index > 0, axis=0):
        factors = tuple(int(v) for v in np.flatnonzero(row) if grid.variables[v].is_factor)
        size = prod(len(grid.variables[v].points) for v in factors)
        if len(factors) > 1 and factors not in tables and size <= MOST_CELLS:
            seen = occupied(grid, factors)
            if not seen.all():
                tables[factors] = seen
    return tables


def _single(meaning: Meaning, v: int) -> np.ndarray | None:
    """Return the weights on one variable's points, None where it is part of joint cells."""
    return next((part.weights for part in meaning.parts if part.variables == (v,)), None)


def _setting(grid: PointGrid, meaning: Meaning, v: int) -> str | None:
    """Return the one value of a variable that a coefficient holds at, None for averages."""
    weights = _single(meaning, v)
    reading = None if weights is None else read_weights(grid.variables[v], weights)
    return reading.text if isinstance(reading, Level) and not reading.averaged else None


def far_outside(variable: GridVariable) -> bool:
    """Whether the value at which a numeric variable's columns are 0 is far outside the data."""
    shape = variable.shape
    if isinstance(shape, Line):
        return _is_far(shape.origin, shape.low, shape.high)
    if isinstance(shape, Curve) and shape.kind == "powers":
        return _is_far(float(variable.points[0]), shape.low, shape.high)
    return False


def _is_far(value: float, low: float, high: float) -> bool:
    room = FAR * (high - low)
    return value < low - room or value > high + room


def _range(variable: GridVariable) -> str:
    shape = variable.shape
    assert isinstance(shape, Line | Curve)
    return f"{number(shape.low)} to {number(shape.high)}"


def _extrapolations(grid: PointGrid, meaning: Meaning) -> Iterator[str]:
    """Warn of a mean that lies far outside the data."""
    for v in meaning.named:
        variable = grid.variables[v]
        setting = _setting(grid, meaning, v)
        if setting is None or not far_outside(variable):
            continue
        yield (
            f"{setting} is far outside the data ({_range(variable)}): the number is an "
            f"extrapolation that answers no question. {_centering(variable)}"
        )


def _centering(variable: GridVariable) -> str:
    """Say how to get the mean of a numeric variable instead, written as the formula has it."""
    shape = variable.shape
    quantity = shape.quantity if isinstance(shape, Curve) else None
    name = quantity or plain_text(next(iter(variable.atoms)).expr)
    return f"With center({name}) it is taken at the mean of {name}."


def _conditions(grid: PointGrid, meaning: Meaning) -> Iterator[str]:
    """Warn of a difference or slope that holds at one value of a variable only."""
    for v in meaning.tied:
        setting = _setting(grid, meaning, v)
        variable = grid.variables[v]
        if setting is None or (isinstance(variable.shape, Line) and variable.shape.centered):
            continue
        terms = _terms_of(grid, meaning, v)
        because = f", because {listed(terms)} is in the model" if terms else ""
        if variable.is_factor:
            yield f"Holds at {setting} only{because}. {_averaged(grid, meaning, variable)}"
            continue
        far = f", far outside the data ({_range(variable)})" if far_outside(variable) else ""
        yield f"Holds at {setting} only{far}{because}. {_centering(variable)}"
    for v in meaning.own:
        variable = grid.variables[v]
        key = int(grid.index[meaning.column, v])
        if isinstance(variable.shape, Curve) and far_outside(variable):
            where = variable.shape.parts[key - 1].where
            if where:
                yield (
                    f"The slope of a curve at {where}, far outside the data ({_range(variable)}). "
                    f"With center({variable.name}) it is the slope at the mean of {variable.name}."
                )


def _terms_of(grid: PointGrid, meaning: Meaning, v: int) -> list[str]:
    """Return the smallest terms that hold the variable and the coefficient's own ones."""
    own = list(meaning.own)
    rows = (grid.index[:, v] > 0) & (grid.index[:, own] > 0).all(axis=1)
    if not rows.any():
        rows = (grid.index[:, v] > 0) & (grid.index[:, own] > 0).any(axis=1)
    sizes = (grid.index > 0).sum(axis=1)
    if not rows.any():
        return []
    least = sizes[rows].min()
    return list(dict.fromkeys(grid.terms[j] for j in np.flatnonzero(rows & (sizes == least))))[:1]


def _averaged(grid: PointGrid, meaning: Meaning, other: GridVariable) -> str:
    """Say how to get the comparison averaged over the other variable."""
    factors = [grid.variables[o] for o in meaning.own if grid.variables[o].is_factor]
    numeric = [grid.variables[o] for o in meaning.own if not grid.variables[o].is_factor]
    written = next(iter(other.atoms)).name
    coded = f'as a coefficient: contrasts={{{quoted(written)}: "sum"}}.'
    if len(factors) == 1 and not numeric:
        call = f'fit.contrasts("{_family(factors[0])}", of={quoted(factors[0].name)})'
    elif len(numeric) == 1 and not isinstance(numeric[0].shape, FactorAtom):
        by = f", by={quoted(factors[0].name)}" if factors else ""
        call = f"fit.slopes({quoted(numeric[0].shape.quantity)}{by})"
    else:
        return f"Averaged over {other.name}, {coded}"
    return f"Averaged over {other.name}: {call}; {coded}"


def _family(variable: GridVariable) -> str:
    """Return the family of contrasts that a factor's coding is nearest to."""
    assert isinstance(variable.shape, FactorAtom)
    return FAMILIES.get(variable.shape.contrast.name, "pairwise")


def _empty_cells(
    grid: PointGrid, meaning: Meaning, factors: tuple[int, ...], seen: BoolArray
) -> Iterator[str]:
    """Warn of cells with weight in which there is no row."""
    cells, _ = named_cells(grid, meaning)
    cells = np.unique(cells[:, [meaning.named.index(v) for v in factors]], axis=0)
    empty = cells[~seen[tuple(cells.T)]]
    if not len(empty):
        return
    names = [
        ", ".join(grid.variables[v].settings[i] for v, i in zip(factors, cell, strict=True))
        for cell in empty[:MOST_LISTED]
    ]
    more = f" and {len(empty) - MOST_LISTED} more" if len(empty) > MOST_LISTED else ""
    where = " and ".join(f"({name})" for name in names) + more
    yield f"Rests on cells without rows, {where}: what it says there is the model's guess."
