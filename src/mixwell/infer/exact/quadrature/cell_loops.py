"""Sums of cells' log likelihoods by class, as a compiled loop over vectors of parameters.

The text is written from the family's own (see `loops.traced`). What hangs on a vector alone is
computed by arrays, what hangs on a cell and a vector alone once for all nodes. Vectors are taken
side by side, a few at a time, and all that the innermost loop reads stands in one array at places
that are known: it becomes vector instructions.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mixwell.infer.exact.quadrature.tallies import Auxiliary, Tallies
from mixwell.infer.loops.kept_text import ENDLESS, compiled_text
from mixwell.infer.loops.scalar_functions import SCALARS
from mixwell.infer.loops.traced import MOVES, ROW, SYMBOLS, VECTOR, Symbol, SymbolVector, Trace
from mixwell.numeric.array_functions import ARRAYS
from mixwell.numeric.arrays import FloatArray, IntArray

__all__ = ["CellLoop", "cell_loop"]

#: Vectors that are worked at side by side.
_LANES = 16
#: How many fewer lanes make it worth that what hangs on no node is computed for each.
_FEWER = 1.5
_WORD = re.compile(r"\b[A-Za-z_]\w*\b")


@dataclass(frozen=True, eq=False)
class CellLoop:
    """A compiled loop over cells: `data` (cell, column) is what they have.

    `scalars` and `vectors` name parameters in order; what hangs on these scalars alone is computed
    by the lines `alone`, and follows them. `places` (cell, element) say which elements of the
    vectors, one after the other, a cell reads.
    """

    run: Callable[..., None]
    tallies: Tallies
    columns: FloatArray
    data: FloatArray
    scalars: tuple[str, ...]
    alone: tuple[str, ...]
    vectors: tuple[str, ...]
    places: IntArray

    def of(self, tallies: Tallies, cells: IntArray) -> "CellLoop":
        """Return the loop over some of the cells, which these tallies hold."""
        return replace(
            self,
            tallies=tallies,
            columns=self.columns[cells],
            data=self.data[cells],
            places=self.places[cells],
        )

    def at_nodes(
        self, effects: FloatArray, coefficients: FloatArray, auxiliary: Auxiliary
    ) -> FloatArray:
        """Return log likelihoods of all classes and vectors at nodes, (node, class, vector).

        `effects` (node, effect, class, vector) are on the scale of the linear predictor. Where
        there are few vectors, nodes are worked at side by side as if each had vectors of its own.
        """
        n, q, n_classes, batch = effects.shape
        aside = _FEWER * _lanes(n * batch) <= n * _lanes(batch)
        if aside:
            effects = effects.transpose(1, 2, 0, 3)
        size = n * batch if aside else batch
        vectors = np.tile(np.arange(batch), n_classes * size // max(batch, 1))
        ends = size * np.arange(n_classes + 1)
        given = vectors, ends, coefficients, auxiliary
        found = self.sums(effects.reshape(1 if aside else n, q, n_classes * size), *given)
        if aside:
            return np.ascontiguousarray(found.reshape(n_classes, n, batch).transpose(1, 0, 2))
        return found.reshape(n, n_classes, batch)

    def sums(
        self,
        effects: FloatArray,
        vectors: IntArray,
        ends: IntArray,
        coefficients: FloatArray,
        auxiliary: Auxiliary,
    ) -> FloatArray:
        """Return log likelihoods of pairs of a class and a vector at nodes, (node, pair).

        `effects` (node, effect, pair) are on the scale of the linear predictor. Pairs are sorted by
        class: those of class j end before `ends[j + 1]`, and `vectors` (pair,) are their places
        among the `coefficients` (vector, column).
        """
        size, tallies = len(coefficients), self.tallies
        scope: dict[str, Any] = {**ARRAYS, **ENDLESS, **auxiliary}
        with np.errstate(all="ignore"):
            for line in self.alone:
                exec(line, scope)
        names = (*self.scalars, *map(_name, self.alone))
        scalars = np.empty((size, len(names)))
        for k, name in enumerate(names):
            scalars[:, k] = scope[name]
        elements = np.concatenate(
            [np.empty((size, 0)), *(auxiliary[name] for name in self.vectors)], axis=1
        )
        found = np.empty((len(effects), len(vectors)))
        self.run(
            tallies.starts,
            ends,
            vectors,
            self.columns,
            tallies.offset,
            tallies.z,
            self.data,
            self.places,
            np.ascontiguousarray(coefficients),
            scalars,
            elements,
            np.ascontiguousarray(effects),
            found,
        )
        return found


def cell_loop(tallies: Tallies, columns: FloatArray) -> CellLoop | None:
    """Compile the loop for cells with these `columns` (cell, column) of coefficients.

    None for a family written in functions that no loop has.
    """
    trace, known = Trace(), tallies.known_of_cells
    given: dict[str, Any] = {name: trace.symbol(name, ROW) for name in known}
    own = tallies.spec.auxiliary
    vectors = tuple(name for name in own if name in tallies.spec.vectors)
    scalars = tuple(name for name in own if name not in vectors)
    given |= {name: trace.symbol(name, VECTOR) for name in scalars}
    scope: dict[str, Any] = {**ARRAYS, **ENDLESS, **known}
    places: list[tuple[str, int, int]] = []
    before = 0
    for name in vectors:
        size = len(tallies.spec.vectors[name].labels(tallies.spec.response.levels or ()))
        scope[f"size_{name}"] = size
        given[name], read = _elements(tallies, name, given["s"], trace, len(places))
        places += [(place, before, size) for place in read]
        before += size
    value = tallies.log_density_of(given | {"eta": trace.symbol("eta", MOVES)}, SYMBOLS)
    if not trace.functions <= set(SCALARS):
        return None
    with np.errstate(all="ignore"):
        for line in trace.fixed:  # once for all vectors, and not in the loop
            exec(line, scope)
    n = len(tallies.s)
    used = _names([value.text, *trace.written["h"], *trace.lines])
    names = sorted(name for name in used if name in known or name.startswith("f"))
    names = [name for name in names if name in scope and name not in ARRAYS]
    data = np.empty((n, len(names)))
    for k, name in enumerate(names):
        data[:, k] = scope[name]
    at = np.zeros((n, len(places)), np.int64)
    for k, (place, start, size) in enumerate(places):
        whole = np.asarray(eval(place, scope), dtype=np.float64)
        at[:, k] = start + np.clip(whole, 0, size - 1)
    alone = tuple(trace.written["p"])
    text = _text(trace, value.text, names, (*scalars, *map(_name, alone)), len(places))
    return CellLoop(
        compiled_text(text, "cells"),
        tallies,
        np.ascontiguousarray(columns),
        data,
        scalars,
        alone,
        vectors,
        at,
    )


def _elements(
    tallies: Tallies, name: str, s: Symbol, trace: Trace, before: int
) -> tuple[SymbolVector, list[str]]:
    """Return a parameter that is a vector, and the places that cells read of it."""
    vector = tallies.family.parameter(name).vector
    assert vector is not None
    bound = tallies.family.bound(SYMBOLS, y=s)
    found = [bound.call(place) for place in vector.read(tallies.spec.response.levels or ())]
    texts = [place.text if isinstance(place, Symbol) else str(place) for place in found]
    symbols = [trace.symbol(f"e{before + k}", ROW + VECTOR) for k in range(len(texts))]
    size = trace.symbol(f"size_{name}", ROW)
    return SymbolVector(dict(zip(texts, symbols, strict=True)), size), texts


def _lanes(n: int) -> int:
    """Return how many lanes are worked at for so many vectors."""
    return -(-n // _LANES) * _LANES


def _name(line: str) -> str:
    return line.split(" = ")[0]


def _names(lines: Iterable[str]) -> set[str]:
    return {name for line in lines for name in _WORD.findall(line)}


def _text(
    trace: Trace, value: str, data: Sequence[str], scalars: Sequence[str], elements: int
) -> str:
    """Write the loop: `work` holds what a few vectors have for the cell at work."""
    moving = _names([*trace.lines, value])
    held = [_name(line) for line in trace.written["h"]]
    kept = ["eta", "fixed", *scalars, *(f"e{k}" for k in range(elements)), *held]
    at = {name: f"work[{k * _LANES} + v]" for k, name in enumerate(kept)}

    def lanes(depth: int, lines: Iterable[str], used: set[str], stored: Iterable[str]) -> str:
        found = [f"{name} = {at[name]}" for name in kept if name in used]
        found += [*lines, *(f"{at[name]} = {name}" for name in stored)]
        body = "".join(f"{' ' * (depth + 4)}{line}\n" for line in found)
        return f"{' ' * depth}for v in range({_LANES}):\n{body}" if found else ""

    own = _names(trace.written["h"])
    middle = lanes(16, trace.written["h"], own - set(held), held)
    inner = lanes(20, [*trace.lines, f"total[k * {_LANES} + v] += {value}"], moving, ())
    cells = "".join(f"                {n} = data[i, {k}]\n" for k, n in enumerate(data))
    gathered = "".join(
        f"                {at[name]} = scalars[own, {k}]\n" for k, name in enumerate(scalars)
    )
    looked_up = "".join(
        f"                place = places[i, {k}] * {_LANES}\n"
        f"                for v in range({_LANES}):\n"
        f"                    {at[f'e{k}']} = taken[place + v]\n"
        for k in range(elements)
    )
    return f"""\
import numpy as np

def cells(
    starts, ends, vectors, columns, offset, z, data, places,
    coefficients, scalars, elements, effects, found,
):
    n_nodes, n_effects = effects.shape[0], effects.shape[1]
    n_columns, n_elements = columns.shape[1], elements.shape[1]
    work = np.zeros({len(kept) * _LANES})
    slopes = np.zeros((n_columns + 1) * {_LANES})
    taken = np.zeros((n_elements + 1) * {_LANES})
    moves = np.zeros((n_nodes * n_effects + 1) * {_LANES})
    total = np.zeros(n_nodes * {_LANES})
    for j in range(len(starts) - 1):
        for first in range(ends[j], ends[j + 1], {_LANES}):
            last = ends[j + 1] - 1
            total[:] = 0.0
            for v in range({_LANES}):
                pair = min(first + v, last)
                own = vectors[pair]
                for c in range(n_columns):
                    slopes[c * {_LANES} + v] = coefficients[own, c]
                for c in range(n_elements):
                    taken[c * {_LANES} + v] = elements[own, c]
                for k in range(n_nodes):
                    for e in range(n_effects):
                        moves[(k * n_effects + e) * {_LANES} + v] = effects[k, e, pair]
{gathered}            for i in range(starts[j], starts[j + 1]):
                for v in range({_LANES}):
                    {at["fixed"]} = offset[i]
                for c in range(n_columns):
                    weight = columns[i, c]
                    for v in range({_LANES}):
                        {at["fixed"]} += weight * slopes[c * {_LANES} + v]
{cells}{looked_up}{middle}                for k in range(n_nodes):
                    for v in range({_LANES}):
                        {at["eta"]} = {at["fixed"]}
                    for e in range(n_effects):
                        weight, move = z[i, e], (k * n_effects + e) * {_LANES}
                        for v in range({_LANES}):
                            {at["eta"]} += weight * moves[move + v]
{inner}            for v in range(min({_LANES}, last + 1 - first)):
                for k in range(n_nodes):
                    found[k, first + v] = total[k * {_LANES} + v]
"""
