"""How levels of factors count that a term is averaged over: the same, inside what they nest in.

Levels of a nested factor count the same among those seen inside each level of what it is nested
in, the innermost averaged over first: emmeans's means.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mixwell.design.atoms.atom import FactorAtom
from mixwell.design.columns.factor_nesting import nested_parents
from mixwell.design.columns.fixed_effects import FixedEffects
from mixwell.design.design import Design
from mixwell.design.seen.seen import Points
from mixwell.formula import Expr, column_names
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.text.phrases import and_more

__all__ = ["LevelWeights", "level_weights"]


@dataclass(frozen=True, eq=False)
class LevelWeights:
    """The factors of a plan by their expressions, with what nested ones stand in.

    `codes` are the levels that the data have together, of nested factors and what they stand in.
    """

    factors: Mapping[Expr, FactorAtom]
    parents: Mapping[Expr, tuple[Expr, ...]]
    codes: Mapping[Expr, IntArray]

    def axes(self, among: Sequence[Expr]) -> tuple[Expr, ...]:
        """Return the factors whose levels say how those of some factors count, and these."""
        nested = any(expr in self.parents for expr in among)
        return tuple(dict.fromkeys([*among, *(self.codes if nested else ())]))

    def closed(self, among: Collection[Expr]) -> set[Expr]:
        """Return some factors with all that they are nested in."""
        return {*among, *(outer for expr in among for outer in self.parents.get(expr, ()))}

    def of(self, averaged: Sequence[Expr]) -> list[tuple[tuple[Expr, ...], FloatArray]]:
        """Return weights whose product is that of a cell of factors, each with its axes."""
        inner = sorted(
            (expr for expr in averaged if expr in self.parents),
            key=lambda expr: -len(self.parents[expr]),
        )
        found: list[tuple[tuple[Expr, ...], FloatArray]] = []
        for expr in averaged:
            if expr not in inner:
                size = len(self.factors[expr].levels)
                found.append(((expr,), np.full(size, 1.0 / size)))
        for k, expr in enumerate(inner):
            axes = tuple(dict.fromkeys([expr, *self.parents[expr], *inner[k + 1 :]]))
            found.append((axes, self._shares(axes)))
        return found

    def contrasts(self, among: Collection[Expr]) -> int:
        """Return how many differences of differences there are of the levels of factors.

        Of nested factors those inside each seen cell of what they are nested in.
        """
        inner = [expr for expr in among if expr in self.parents]
        outer = {outer for expr in inner for outer in self.parents[expr]}
        inner = [expr for expr in inner if expr not in outer]
        crossed = [
            len(self.factors[expr].levels) - 1
            for expr in among
            if expr not in inner and expr not in outer
        ]
        return int(np.prod(crossed)) * (self._inside(inner, sorted(outer, key=str)) if inner else 1)

    def _inside(self, inner: Sequence[Expr], outer: Sequence[Expr]) -> int:
        cells = np.unique(np.stack([self.codes[expr] for expr in outer], axis=1), axis=0)
        found = np.ones(len(cells), dtype=np.int64)
        for expr in inner:
            parents = self.parents[expr]
            pairs = np.stack([self.codes[e] for e in (*parents, expr)], axis=1)
            distinct, counts = np.unique(
                np.unique(pairs, axis=0)[:, :-1], axis=0, return_counts=True
            )
            levels = dict(zip(map(tuple, distinct.tolist()), counts.tolist(), strict=True))
            own = cells[:, [outer.index(parent) for parent in parents]].tolist()
            found *= [levels[tuple(cell)] - 1 for cell in own]
        return int(found.sum())

    def said(self) -> list[str]:
        """Say what is nested in what."""
        return [
            f"{self.factors[inner].name} is nested in "
            f"{and_more([self.factors[expr].name for expr in outer], 4)}: levels inside count the "
            "same."
            for inner, outer in self.parents.items()
        ]

    def _shares(self, axes: Sequence[Expr]) -> FloatArray:
        """Return the weight of each level of the first factor inside each cell of the others.

        Cells that are never seen decide nothing: all levels count the same there.
        """
        seen = np.zeros([len(self.factors[expr].levels) for expr in axes])
        seen[tuple(self.codes[expr] for expr in axes)] = 1.0
        seen[:, seen.sum(axis=0) == 0] = 1.0
        return np.asarray(seen / seen.sum(axis=0))


def level_weights(design: Design, fixed: FixedEffects) -> LevelWeights:
    """Return how levels count in a linear predictor."""
    plan = fixed.plan
    factors = {expr: atom for expr, atom in plan.atoms.items() if isinstance(atom, FactorAtom)}
    # where every column could be kept every cell of a term was seen, and all levels count the same
    if not fixed.dropped and not any(atom.combines for atom in factors.values()):
        return LevelWeights(factors, {}, {})
    named: dict[str, Expr] = {}
    for expr, atom in factors.items():
        columns = column_names(expr)
        if len(columns) == 1 and len(atom.levels) > 1:
            named.setdefault(columns[0], expr)
    if len(named) < 2:
        return LevelWeights(factors, {}, {})
    cells = design.seen.tally([Points((factors[expr],)) for expr in named.values()], None).codes
    codes = dict(zip(named.values(), cells.T, strict=True))
    found = nested_parents(plan.terms, list(named), cells)
    parents = {named[inner]: tuple(named[o] for o in outer) for inner, outer in found.items()}
    related = dict.fromkeys(e for inner, outer in parents.items() for e in (*outer, inner))
    return LevelWeights(factors, parents, {expr: codes[expr] for expr in related})
