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
from mixwell.formula import Call, column_names, deparse
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


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Columns of one quantity, `(n_points, n_columns)` with the constant in front.

    `texts` names each column's part of the curve, `nouns` the same inside a sentence, `where` the
    value that it holds at; `at` says where all columns are 0 (`averaged` when that is an average
    over the data).
    """

    quantity: str
    kind: Kind
    points: tuple[str, ...]
    columns: FloatArray
    texts: tuple[str, ...]
    nouns: tuple[str, ...]
    scales: tuple[float, ...]
    where: tuple[str, ...]
    at: str
    low: float
    high: float
    averaged: bool = False


def read_curve(
    atoms: tuple[NumericAtom, ...],
    labels: tuple[str, ...],
    columns: FloatArray,
    raw: FloatArray | None,
) -> Curve:
    """Read columns `(obs, n_columns)` as one curve over the data column `raw` `(obs,)`.

    `labels` are the columns' names; `raw` is None where the columns read several data columns, or
    one that is no number.
    """
    names = list(dict.fromkeys(name for atom in atoms for name in column_names(atom.expr)))
    quantity = listed(names) if names else plain_text(atoms[0].expr)
    if raw is not None:
        found = _powers(quantity, labels, columns, raw)
        if found is not None:
            return found
        if len(atoms) == 1 and _is_orthogonal(atoms[0], columns):
            return _orthogonal(quantity, columns, raw)
    return _basis(quantity, labels, columns, raw)


def _powers(
    name: str, labels: tuple[str, ...], columns: FloatArray, raw: FloatArray
) -> Curve | None:
    """Read the columns as powers of one line, as in `x + I(x^2)` or `poly(x, 2, raw = TRUE)`."""
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
    at = origin_text(name, origin, raw)
    where = np.array(POWERS_AT[: len(exponents) + 1])
    table = where[:, None] ** np.array([0, *exponents])
    if np.linalg.cond(table) > WELL_CONDITIONED:
        return None
    per = "unit" if abs(unit - 1) < EXACT else f"{number(unit)} units"
    texts = [_power_text(name, p, per) for p in exponents]
    return Curve(
        quantity=name,
        kind="powers",
        points=tuple(number(origin + unit * float(u)) for u in where),
        columns=table,
        texts=tuple(text for text, _ in texts),
        nouns=tuple(noun for _, noun in texts),
        scales=tuple(0.5 if p == 2 else 1.0 for p in exponents),
        where=tuple(at if p == 1 else "" for p in exponents),
        at=at,
        low=float(raw.min()),
        high=float(raw.max()),
    )


def _power(column: FloatArray, base: FloatArray) -> int | None:
    for power in range(1, HIGHEST_POWER + 1):
        expected = base**power
        if np.abs(column - expected).max() <= EXACT * max(1.0, float(np.abs(expected).max())):
            return power
    return None


def _power_text(name: str, power: int, per: str) -> tuple[str, str]:
    if power == 1:
        return f"slope of {name} per {per}", f"the slope of {name}"
    if power == 2:
        noun = f"the bend of the curve over {name}"
        return f"half of how much the slope of {name} grows per {per} of {name}", noun
    return (
        f"coefficient of the power {power} of {name} in the curve over {name}",
        f"the coefficient of the power {power} of {name}",
    )


def _is_orthogonal(atom: NumericAtom, columns: FloatArray) -> bool:
    if not isinstance(atom.expr, Call) or atom.expr.function != "poly":
        return False
    gram = columns.T @ columns
    sums = np.abs(columns.sum(axis=0)).max()
    return bool(np.abs(gram - np.eye(len(gram))).max() < 1e-6 and sums < 1e-6 * len(columns) ** 0.5)


def _orthogonal(name: str, columns: FloatArray, raw: FloatArray) -> Curve:
    """Read `poly(x, k)`: weights on the rows are the columns themselves."""
    spread = float(np.linalg.norm(raw - raw.mean()))
    texts, nouns = [], []
    for k in range(1, columns.shape[1] + 1):
        trend = TRENDS.get(k, f"trend of degree {k}")
        detail = ""
        if k == 1:
            detail = (
                f": {number(spread)} times the slope of the straight line through the curve at the "
                f"observed values of {name}"
            )
        elif k == 2:
            detail = " (above 0: the curve bends upward)"
        texts.append(f"{trend} over {name}{detail}")
        nouns.append(f"the {trend} over {name}")
    chosen, table = _observed_points(columns, raw)
    return Curve(
        quantity=name,
        kind="orthogonal",
        points=tuple(number(float(raw[i])) for i in chosen),
        columns=table,
        texts=tuple(texts),
        nouns=tuple(nouns),
        scales=(spread, *(1.0 for _ in nouns[1:])),
        where=("",) * len(nouns),
        at=f"the observed values of {name}",
        averaged=True,
        low=float(raw.min()),
        high=float(raw.max()),
    )


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
    return Curve(
        quantity=name,
        kind="basis",
        points=tuple(f"row {i + 1}" if raw is None else number(float(raw[i])) for i in chosen),
        columns=table,
        texts=tuple(f"coefficient of {label} ({whole})" for label in labels),
        nouns=tuple(f"the coefficient of {label}" for label in labels),
        scales=(1.0,) * len(labels),
        where=("",) * len(labels),
        at=at,
        low=np.nan if raw is None else float(raw.min()),
        high=np.nan if raw is None else float(raw.max()),
    )


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
    return (
        f"basis function {atom.labels[column]} of {text}"
        if atom.width > 1
        else plain_text(atom.expr)
    )
