"""Numeric columns that only make sense together: powers, poly(), splines, x with log(x).

Columns that read the same data column form one curve. It is looked at in as many points as the
curve has columns, the constant included; the inverse of the table of columns at the points gives
the weights.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.linalg import qr

from mixwell.design.atoms.atom import NumericAtom
from mixwell.design.seen.seen import Numbers
from mixwell.formula import column_names, deparse
from mixwell.interpret.weights.lines import origin_text, plain_text, straight_line
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.text.phrases import listed, number

HIGHEST_POWER = 6
MOST_CANDIDATES = 400
MOST_LABELS = 3
EXACT = 1e-8
WELL_CONDITIONED = 1e8
POWERS_AT = (0.0, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0)
TRENDS = {1: "linear trend", 2: "quadratic trend", 3: "cubic trend"}

type Kind = Literal["powers", "orthogonal", "basis"]


@dataclass(frozen=True, slots=True)
class CurveColumn:
    """One column's part of a curve: as a sentence and inside one, and the value it holds at."""

    text: str
    noun: str
    scale: float = 1.0
    where: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Columns of one quantity, `(n_points, n_columns)` with the constant in front.

    `parts` says what each further column is; `at` where all of them are 0 (`averaged` when that is
    an average over the data).
    """

    quantity: str
    kind: Kind
    points: tuple[str, ...]
    columns: FloatArray
    parts: tuple[CurveColumn, ...]
    at: str
    low: float
    high: float
    averaged: bool = False


def read_curve(
    atoms: tuple[NumericAtom, ...],
    labels: tuple[str, ...],
    columns: FloatArray,
    raw: Numbers | None,
    *,
    orthonormal: bool = False,
) -> Curve:
    """Read columns `(obs, n_columns)` as one curve over the data column `raw`, on the same rows.

    `labels` are the columns' names; `raw` is None where the columns read several data columns, or
    one that is no number. `orthonormal` says whether the columns are those of `poly`.
    """
    names = list(dict.fromkeys(name for atom in atoms for name in column_names(atom.expr)))
    quantity = listed(names) if names else plain_text(atoms[0].expr)
    if raw is not None:
        found = _powers(quantity, labels, columns, raw)
        if found is not None:
            return found
        if orthonormal:
            return _orthogonal(quantity, columns, raw)
    return _basis(quantity, labels, columns, None if raw is None else raw.values)


def _powers(
    name: str, labels: tuple[str, ...], columns: FloatArray, known: Numbers
) -> Curve | None:
    """Read the columns as powers of one line, as in `x + I(x^2)` or `poly(x, 2, raw = TRUE)`."""
    raw = known.values
    for first in range(columns.shape[1]):
        line = straight_line(columns[:, first], raw)
        if line is not None:
            break
    else:
        return None
    base = columns[:, first]
    powers = [_power(column, base) for column in columns.T]
    if None in powers or len(set(powers)) < len(powers):
        return None
    exponents = [p for p in powers if p is not None]
    origin, unit = line
    at = origin_text(name, origin, known)
    where = np.array(POWERS_AT[: len(exponents) + 1])
    table = where[:, None] ** np.array([0, *exponents])
    if np.linalg.cond(table) > WELL_CONDITIONED:
        return None
    per = "unit" if abs(unit - 1) < EXACT else f"{number(unit)} units"
    parts = tuple(_power_part(name, p, per, at) for p in exponents)
    points = tuple(number(origin + unit * float(u)) for u in where)
    return Curve(name, "powers", points, table, parts, at, *_ends(raw))


def _ends(raw: FloatArray) -> tuple[float, float]:
    return float(raw.min()), float(raw.max())


def _power(column: FloatArray, base: FloatArray) -> int | None:
    for power in range(1, HIGHEST_POWER + 1):
        expected = base**power
        if np.abs(column - expected).max() <= EXACT * max(1.0, float(np.abs(expected).max())):
            return power
    return None


def _power_part(name: str, power: int, per: str, at: str) -> CurveColumn:
    if power == 1:
        return CurveColumn(f"slope of {name} per {per}", f"the slope of {name}", where=at)
    if power == 2:
        text = f"half of how much the slope of {name} grows per {per} of {name}"
        return CurveColumn(text, f"the bend of the curve over {name}", 0.5)
    noun = f"coefficient of the power {power} of {name}"
    return CurveColumn(f"{noun} in the curve over {name}", f"the {noun}")


def _orthogonal(name: str, columns: FloatArray, known: Numbers) -> Curve:
    """Read `poly(x, k)`: weights on the rows are the columns themselves."""
    raw, spread = known.values, known.length
    at = f"the observed values of {name}"
    line = f": {number(spread)} times the slope of the straight line through the curve at {at}"
    details = {1: line, 2: " (above 0: the curve bends upward)"}
    parts = []
    for k in range(1, columns.shape[1] + 1):
        trend = f"{TRENDS.get(k, f'trend of degree {k}')} over {name}"
        scale = spread if k == 1 else 1.0
        parts.append(CurveColumn(trend + details.get(k, ""), f"the {trend}", scale))
    chosen, table = _observed_points(columns, raw)
    points = tuple(number(float(raw[i])) for i in chosen)
    return Curve(name, "orthogonal", points, table, tuple(parts), at, *_ends(raw), averaged=True)


def _basis(
    name: str, labels: tuple[str, ...], columns: FloatArray, raw: FloatArray | None
) -> Curve:
    position = np.arange(len(columns), dtype=float) if raw is None else raw
    chosen, table = _observed_points(columns, position)
    zero = [i for i, row in zip(chosen, table, strict=True) if not np.abs(row[1:]).max() > EXACT]
    shape = "surface" if raw is None else "curve"
    if raw is not None and zero:
        at = f"{name} = {number(float(raw[zero[0]]))}"
    elif len(labels) <= MOST_LABELS:
        at = listed([f"{label} = 0" for label in labels])
    else:
        at = f"0 of all columns of {name}"
    whole = f"only the whole {shape} over {name} can be read"
    nouns = [f"coefficient of {label}" for label in labels]
    parts = tuple(CurveColumn(f"{noun} ({whole})", f"the {noun}") for noun in nouns)
    points = tuple(f"row {i + 1}" if raw is None else number(float(raw[i])) for i in chosen)
    ends = (np.nan, np.nan) if raw is None else _ends(raw)
    return Curve(name, "basis", points, table, parts, at, *ends)


def _observed_points(columns: FloatArray, order: FloatArray) -> tuple[IntArray, FloatArray]:
    """Choose rows that separate the columns and the constant: evenly spread where that does."""
    full = np.column_stack([np.ones(len(columns)), columns])
    _, first = np.unique(order, return_index=True)
    if len(first) > MOST_CANDIDATES:
        first = first[np.linspace(0, len(first) - 1, MOST_CANDIDATES).round().astype(int)]
    candidates = full[first]
    rank = int(np.linalg.matrix_rank(candidates))
    steps = np.linspace(float(order[first[0]]), float(order[first[-1]]), rank)
    places = np.array([int(np.abs(order[first] - step).argmin()) for step in steps])
    if len(set(places.tolist())) < rank or np.linalg.cond(candidates[places]) > WELL_CONDITIONED:
        _, _, pivots = qr(candidates.T, mode="economic", pivoting=True)
        places = np.sort(pivots[:rank])
    chosen = first[places].astype(np.int64)
    return chosen, full[chosen]


def basis_label(atom: NumericAtom, column: int) -> str:
    """Name one column of a variable: `log(x)`, or basis function 2 of bs(x, df = 4).

    >>> from mixwell.formula import parse_expression
    >>> basis_label(NumericAtom(parse_expression("bs(x)"), "bs(x)", ("1", "2", "3")), 1)
    'basis function 2 of bs(x)'
    """
    text = deparse(atom.expr)
    if atom.width == 1:
        return plain_text(atom.expr)
    return f"basis function {atom.labels[column]} of {text}"
