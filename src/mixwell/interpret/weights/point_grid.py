"""The variables of a linear predictor, each with the points at which it is looked at.

A factor is looked at at its levels, a number at two points, a curve at as many points as it has
columns. On the tensor grid of these points every column of the design is a product, one part a
variable, so that nothing needs to be expanded to be weighed.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod

import numpy as np

from mixwell.design.atoms.atom import Atom, FactorAtom, NumericAtom, atom_numbers
from mixwell.design.columns.column_plan import Plan, TermVariable
from mixwell.design.seen.seen import Points, Seen
from mixwell.formula import Binary, Call, Expr, Name, Paren, column_names, deparse
from mixwell.interpret.weights.curves import Curve, basis_label, read_curve
from mixwell.interpret.weights.lines import Line, base_of, line_from, read_line
from mixwell.numeric.arrays import BoolArray, FloatArray, IntArray

WRAPPERS = ("C", "factor", "as.factor", "ordered", "as.ordered", "relevel", "I")
AMBIGUOUS = frozenset({"true", "false", "yes", "no", "y", "n", "t", "f"})
NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
OPPOSITES = {">": "<=", "<=": ">", "<": ">=", ">=": "<", "==": "!=", "!=": "=="}
EXACT = 1e-9

# How a variable enters one column: (which of its atoms, full coding or not, which column) each.
type Key = tuple[tuple[int, bool, int], ...]
# One column of a design: how each variable enters it, with the number of its column.
type Parts = tuple[tuple[TermVariable, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class GridVariable:
    """One variable: its points, its columns there and the weights that single out each column.

    `columns` is `(n_points, n_keys)`, `weights` `(n_keys, n_points)`; key 0 is absence: the
    constant column, and the anchor. `places` says which rows of data are at the points. `labels`
    are the points as a sentence names them, `settings` as it says where it is.
    """

    name: str
    atoms: frozenset[Atom]
    shape: FactorAtom | Line | Curve
    points: tuple[str, ...]
    keys: tuple[Key, ...]
    columns: FloatArray
    weights: FloatArray
    places: Points
    labels: tuple[str, ...]
    settings: tuple[str, ...]

    @property
    def is_factor(self) -> bool:
        """Whether the points are levels."""
        return isinstance(self.shape, FactorAtom)


@dataclass(frozen=True, slots=True, eq=False)
class PointGrid:
    """The columns of a linear predictor on the grid of its variables' points.

    `index` is `(column, variable)`: by which key each variable enters each column; `seen` knows
    where rows are.
    """

    names: tuple[str, ...]
    terms: tuple[str, ...]
    variables: tuple[GridVariable, ...]
    index: IntArray
    seen: Seen

    def sizes(self, variables: Sequence[int]) -> list[int]:
        """Return how many points each of some variables has."""
        return [len(self.variables[v].points) for v in variables]

    def cells(self, variables: Sequence[int]) -> IntArray:
        """Return all cells of some variables, the last one running fastest."""
        sizes = self.sizes(variables)
        return np.array(list(np.ndindex(*sizes)), dtype=np.int64).reshape(prod(sizes), len(sizes))

    def own(self, column: int) -> tuple[int, ...]:
        """Return the variables of a column's term."""
        return tuple(int(v) for v in np.flatnonzero(self.index[column]))


def occupied(grid: PointGrid, variables: Sequence[int]) -> BoolArray:
    """Return which combinations of some variables' points have rows, one axis a variable."""
    return grid.seen.occupied([grid.variables[v].places for v in variables])


def column_parts(plan: Plan) -> list[tuple[str, Parts]]:
    """Return each column's term and parts."""
    return [
        (term.name, tuple(zip(term.variables, parts, strict=True)))
        for term in plan.all_terms
        for parts in term.parts()
    ]


def build_point_grid(
    names: Sequence[str],
    columns: Sequence[tuple[str, Parts]],
    seen: Seen,
    origins: Mapping[str, float] | None = None,
) -> PointGrid:
    """Find the variables of the columns and the points at which each is looked at.

    `seen` is what is known of the rows; `origins` are where numbers count from, other than 0.
    """
    atoms = list(dict.fromkeys(entry.atom for _, parts in columns for entry, _ in parts))
    groups = _groups(atoms)
    shown = _names(groups)
    taken = _shared_labels(atoms)
    index = np.zeros((len(columns), len(groups)), dtype=np.int64)
    variables = []
    for g, group in enumerate(groups):
        keys: dict[Key, int] = {(): 0}
        for j, (_, parts) in enumerate(columns):
            key = tuple((group.index(e.atom), e.full, k) for e, k in parts if e.atom in group)
            index[j, g] = keys.setdefault(key, len(keys))
        variables.append(_variable(shown[g], group, tuple(keys), seen, taken, origins or {}))
    terms = tuple(term for term, _ in columns)
    return PointGrid(tuple(names), terms, tuple(variables), index, seen)


def _groups(atoms: Sequence[Atom]) -> list[list[Atom]]:
    """Put numeric variables that read a common data column together."""
    groups: list[tuple[set[str], list[Atom]]] = []
    for atom in atoms:
        reads = set() if isinstance(atom, FactorAtom) else set(column_names(atom.expr))
        joined = [group for group in groups if reads & group[0]]
        first = joined[0] if joined else (set(), [])
        if not joined:
            groups.append(first)
        first[0].update(reads)
        first[1].append(atom)
        for other in joined[1:]:
            first[0].update(other[0])
            first[1].extend(other[1])
            groups.remove(other)
    return [group for _, group in groups]


def _names(groups: Sequence[Sequence[Atom]]) -> list[str]:
    """Name each variable in the data's words, by its expression where two would be alike."""
    short = [_short_name(group) for group in groups]
    return [
        name if short.count(name) == 1 else ", ".join(atom.name for atom in group)
        for name, group in zip(short, groups, strict=True)
    ]


def _short_name(group: Sequence[Atom]) -> str:
    expr = group[0].expr
    if isinstance(group[0], FactorAtom):
        expr = _unwrapped(expr)
        return expr.name if isinstance(expr, Name) else deparse(expr)
    names = list(dict.fromkeys(name for atom in group for name in column_names(atom.expr)))
    return ", ".join(names) or group[0].name


def _unwrapped(expr: Expr) -> Expr:
    """Return what stands inside `factor()`, `C()`, `I()` or brackets."""
    while isinstance(expr, Paren) or (
        isinstance(expr, Call) and expr.function in WRAPPERS and len(expr.args) > 0
    ):
        expr = expr.inner if isinstance(expr, Paren) else expr.args[0].value
    return expr


def _shared_labels(atoms: Sequence[Atom]) -> set[str]:
    """Return the levels that more than one factor has."""
    seen = [level for atom in atoms if isinstance(atom, FactorAtom) for level in atom.levels]
    return {level for level in set(seen) if seen.count(level) > 1}


def _variable(
    name: str,
    group: Sequence[Atom],
    keys: tuple[Key, ...],
    seen: Seen,
    taken: set[str],
    origins: Mapping[str, float],
) -> GridVariable:
    first = group[0]
    if isinstance(first, FactorAtom):
        return _factor(name, first, keys, taken)
    numeric = tuple(atom for atom in group if isinstance(atom, NumericAtom))
    if len(numeric) == 1 and numeric[0].width == 1:
        return _line(numeric[0], keys, seen, origins.get(numeric[0].name))
    return _curve(numeric, keys, seen)


def _factor(name: str, atom: FactorAtom, keys: tuple[Key, ...], taken: set[str]) -> GridVariable:
    m = len(atom.levels)
    columns, weights = np.ones((m, len(keys))), np.empty((len(keys), m))
    weights[0] = atom.contrast.anchor
    for k, key in enumerate(keys[1:], start=1):
        ((_, full, column),) = key
        coding = atom.coding(full)
        columns[:, k] = coding.matrix[:, column]
        weights[k] = coding.hypothesis[column + (0 if coding.is_full else 1)]
    labels, settings = _level_texts(name, atom, taken)
    own, places = frozenset((atom,)), Points((atom,))
    return GridVariable(
        name, own, atom, atom.levels, keys, columns, weights, places, labels, settings
    )


def _level_texts(
    name: str, atom: FactorAtom, taken: set[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the levels as a sentence names them: with the variable where they say too little."""
    levels, expr = atom.levels, _unwrapped(atom.expr)
    settings = tuple(f"{name} = {level}" for level in levels)
    if isinstance(expr, Binary) and expr.op in OPPOSITES and levels == ("False", "True"):
        opposite = replace(expr, op=OPPOSITES[expr.op])
        settings = (deparse(opposite), deparse(expr))
        return settings, settings
    if any(level.casefold() in AMBIGUOUS or level in taken for level in levels):
        return settings, settings
    if any(NUMBER.fullmatch(level) for level in levels):
        return tuple(f"{name} {level}" for level in levels), settings
    return levels, settings


def _line(
    atom: NumericAtom, keys: tuple[Key, ...], seen: Seen, origin: float | None
) -> GridVariable:
    examples = seen.examples((atom,))
    column = atom_numbers(atom, examples)[:, 0]
    inner = base_of(atom.expr)
    base = None if inner is None else seen.numbers(inner, examples)
    line = read_line(atom.expr, column, base)
    if origin is not None:
        own = seen.numbers(atom.expr, examples)
        assert own is not None  # it is one column of numbers
        line = line_from(atom.expr, own, origin)
    columns = np.array([[1.0, 0.0], [1.0, 1.0]])
    weights = np.array([[1.0, 0.0], [-1.0, 1.0]])
    at = columns[:, 1:], np.full(1, EXACT), origin or 0.0
    return _numeric(line, keys, columns, weights, Points((atom,), (((0, 0),),), *at))


def _curve(atoms: tuple[NumericAtom, ...], keys: tuple[Key, ...], seen: Seen) -> GridVariable:
    examples = seen.examples(atoms)
    columns = np.ones((len(examples), len(keys) - 1))
    for k, key in enumerate(keys[1:]):
        for place, _, column in key:
            columns[:, k] *= atom_numbers(atoms[place], examples)[:, column]
    labels = tuple(
        " x ".join(basis_label(atoms[place], column) for place, _, column in key)
        for key in keys[1:]
    )
    names = {name for atom in atoms for name in column_names(atom.expr)}
    raw = seen.numbers(Name(next(iter(names))), examples) if len(names) == 1 else None
    curve = read_curve(atoms, labels, columns, raw, orthonormal=_is_poly(atoms, seen))
    parts = tuple(tuple((place, column) for place, _, column in key) for key in keys[1:])
    size = np.maximum(np.abs(curve.columns[:, 1:]).max(axis=0), 1e-300)
    places = Points(atoms, parts, curve.columns[:, 1:], EXACT * size)
    return _numeric(curve, keys, curve.columns, _curve_weights(curve.columns), places)


def _is_poly(atoms: tuple[NumericAtom, ...], seen: Seen) -> bool:
    """Whether the columns are those of one `poly()`, orthogonal in the rows used."""
    expr = atoms[0].expr
    alone = len(atoms) == 1 and isinstance(expr, Call) and expr.function == "poly"
    return alone and seen.orthonormal(atoms[0])


def _numeric(
    shape: Line | Curve,
    keys: tuple[Key, ...],
    columns: FloatArray,
    weights: FloatArray,
    places: Points,
) -> GridVariable:
    """Return a numeric variable, whose points are named by their values."""
    name, own, at = shape.quantity, frozenset(places.atoms), shape.points
    texts = tuple(f"{name} = {point}" for point in at)
    return GridVariable(name, own, shape, at, keys, columns, weights, places, texts, texts)


def _curve_weights(columns: FloatArray) -> FloatArray:
    """Invert the table of columns; where they add up to the constant, they alone are inverted."""
    points, count = columns.shape
    if points == count:
        return np.linalg.inv(columns)
    weights = np.empty((count, points))
    weights[0] = 1 / points
    weights[1:] = np.linalg.pinv(columns[:, 1:])
    return weights
