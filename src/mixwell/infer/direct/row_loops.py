"""The log likelihood of rows and its slopes as one compiled loop, written for a family and link.

The loop's text depends on the family, its link, and on which columns rows have, not on the data.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mixwell.families.elementwise import bind
from mixwell.infer.direct.rows import LikelihoodRows, Vectors
from mixwell.infer.loops.kept_text import ENDLESS, compiled_text
from mixwell.infer.loops.scalar_functions import SCALARS
from mixwell.infer.loops.traced import MOVES, ROW, SYMBOLS, Symbol, SymbolVector, Trace
from mixwell.numeric.array_functions import ARRAYS
from mixwell.numeric.arrays import FloatArray

__all__ = ["RowLoop", "row_loop"]

_FIXED = re.compile(r"\bf\d+\b")


@dataclass(frozen=True, eq=False)
class RowLoop:
    """A compiled loop over rows: `data` (column, row) is what rows have, `vectors` in order."""

    run: Callable[..., float]
    data: FloatArray
    vectors: tuple[str, ...]

    def score(self, eta: FloatArray, vectors: Vectors) -> tuple[float, FloatArray]:
        """Return the log likelihood, and each row's derivatives (predictor, row)."""
        score = np.empty_like(eta)
        value = self.run(eta, self.data, score, *(vectors[name] for name in self.vectors))
        return float(value), score


def row_loop(rows: LikelihoodRows) -> RowLoop | None:
    """Compile the loop for some rows.

    None where rows are cut off, and for a family written in functions that no loop has.
    """
    response = rows.response
    if response.censoring is not None or response.truncated:
        return None
    columns = response.read | {
        name: column
        for name in ("weights", "se")
        if (column := getattr(response, name)) is not None
    }
    trace = Trace()
    value, slopes = _followed(rows, trace, list(columns))
    if not trace.functions <= set(SCALARS):
        return None
    lines = [*trace.lines, f"total += {value}", *(f"score[{k}, i] = {s}" for k, s in slopes)]
    used = sorted({name for line in lines for name in _FIXED.findall(line)})
    scope: dict[str, Any] = {**ARRAYS, **ENDLESS, **columns}
    with np.errstate(all="ignore"):
        for line in trace.fixed:  # once for all rows, and not in the loop
            exec(line, scope)
    names = [*columns, *used]
    data = np.empty((len(names), rows.n))
    for k, name in enumerate(names):
        data[k] = scope[name]
    text = _text(lines, names, len(rows.labels), rows.vectors)
    return RowLoop(compiled_text(text, "rows"), data, rows.vectors)


def _followed(
    rows: LikelihoodRows, trace: Trace, columns: Sequence[str]
) -> tuple[str, list[tuple[int, str]]]:
    """Follow the density and its gradient; returns what stands for the value and the slopes."""
    family, one = rows.family, 1.0
    given: dict[str, Any] = {name: trace.symbol(name, ROW) for name in columns}
    eta = [trace.symbol(f"eta{k}", MOVES) for k in range(len(rows.labels))]
    weights = given.pop("weights", None)
    error = given.pop("se", None)
    canonical = family.canonical == family.link_name
    own_slope = family.in_predictor or canonical
    chain: list[Any] = [one if own_slope else bind(family.link.rise, SYMBOLS)(eta[0])]
    root: Any = one if weights is None else SYMBOLS["sqrt"](weights)
    scale = None if family.scale is None else family.scale.name
    for k, name in enumerate(rows.labels[1:], 1):
        if name in rows.vectors:
            chain.append(one)
            continue
        link = family.link_of(name)
        given[name], slope = (bind(f, SYMBOLS)(eta[k]) for f in (link.backward, link.rise))
        if name == scale:  # known errors and weights join it
            own = given[name]
            whole = own if error is None else SYMBOLS["sqrt"](error**2 + own**2)
            given[name] = whole / root
            slope = slope * own / (whole * root)
        chain.append(slope)
    if scale is not None and scale not in given:
        given[scale] = error / root
    for name in rows.vectors:
        vector = family.parameter(name).vector
        assert vector is not None
        read = [eta[k] for k, label in enumerate(rows.labels) if label == name]
        places = family.bound(SYMBOLS, y=given["y"])
        found = [places.call(place) for place in vector.read(rows.response.levels or ())]
        texts = [place.text if isinstance(place, Symbol) else str(place) for place in found]
        size = trace.symbol(f"len({name})", MOVES)
        given[name] = SymbolVector(dict(zip(texts, read, strict=True)), size)
    arguments = family.bound(SYMBOLS, eta=eta[0], **given)
    factor: Any = one if weights is None or scale is not None else weights
    value = arguments.call(family.density.log) * factor
    names = family.entries(rows.response.levels)
    if canonical:  # quotients by the mean and its complement cancel
        gradient = [given["y"] - given.get("trials", one) * arguments["mu"]]
    else:
        gradient = list(arguments.call(family.density.gradient))
    parts = zip(names, gradient, strict=True)
    known = [part for name, part in parts if name in rows.labels]
    slopes = [part * slope * factor for part, slope in zip(known, chain, strict=True)]
    return _named(value), [(k, _named(slope)) for k, slope in enumerate(slopes)]


def _named(value: Any) -> str:
    return value.text if isinstance(value, Symbol) else repr(float(value))


def _text(
    lines: Sequence[str], names: Sequence[str], predictors: int, vectors: Sequence[str]
) -> str:
    """Write the loop, which reads what its lines ask for."""
    read = [f"eta{k} = eta[{k}, i]" for k in range(predictors)]
    read += [f"{name} = data[{k}, i]" for k, name in enumerate(names)]
    body = "".join(f"        {line}\n" for line in (*read, *lines))
    return (
        f"def rows({', '.join(('eta', 'data', 'score', *vectors))}):\n"
        "    total = 0.0\n"
        "    for i in range(eta.shape[1]):\n"
        f"{body}"
        "    return total\n"
    )
