"""How wide default priors are: the scales of the response and of columns."""

from typing import TYPE_CHECKING

import numpy as np

from mixwell.families import Family
from mixwell.families.link import ResponseScale
from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.column_moments import ColumnMoments, KnownMoments
from mixwell.numeric.moments import ResponseMoments

if TYPE_CHECKING:
    from mixwell.design.columns.fixed_effects import FixedEffects
    from mixwell.design.response.response import Response
    from mixwell.families.family import Elements
    from mixwell.families.link import Link

__all__ = [
    "carried_spread",
    "carried_values",
    "column_scale",
    "constant_combination",
    "part_of",
    "response_scale",
    "response_units",
    "typical_vector",
]


def column_scale(name: str, columns: ColumnMoments, column: int, *, origin: bool = False) -> float:
    """Return d of one of some columns: 1 for an intercept, its sd, or its root mean square."""
    if name == "Intercept":
        return 1.0
    return columns.root_mean_square(column) if origin else columns.spread(column)


def response_scale(
    response: "Response", family: Family, offset: FloatArray | None, *, origin: bool = False
) -> ResponseScale:
    """Measure the response: where the intercept is expected and how wide it may be.

    With `origin` (a regression through the origin) the scale is a root mean square.
    """
    if response.known is not None:
        name, whole = family.carried_name("y"), family.support.whole
        return family.link.carry(response.known.moments(origin=origin, discrete=whole, name=name))
    trials, counts = response.trials, response.counts
    y = family.arguments(y=response.values).call(family.carried)
    if trials is not None:
        y = y / np.where(trials > 0, trials, 1.0)
    zero = np.zeros_like(y) if offset is None else offset
    if family.apart is not None:
        own = ~family.arguments(y=response.values).call(family.apart)
        y, zero = y[own], zero[own]
        counts = None if counts is None else counts[own]
    name, whole = family.carried_name("y"), family.support.whole
    return family.link.carry(ResponseMoments(y, zero, origin, whole, name, counts))


def part_of(family: Family, response: "Response", parameter: str) -> "tuple[Family, Response]":
    """Return the family and response that a parameter is about: of several, one of them."""
    if not family.parts:
        return family, response
    number = family.parameter(parameter).part
    return family.parts[number], response.part(number)


def carried_values(family: Family, response: "Response") -> FloatArray:
    """Return the response on the first parameter's scale; what says nothing of it in the middle."""
    rows = family.arguments(y=response.values)
    y = np.array(rows.call(family.carried), dtype=float)
    if family.apart is not None:
        apart = rows.call(family.apart)
        counts = None if response.counts is None else response.counts[~apart]
        y[apart] = np.average(y[~apart], weights=counts)
    return y


def carried_spread(family: Family, response: "Response") -> float:
    """Return the standard deviation of a response on its first parameter's scale, 1 for 0."""
    if response.known is not None:
        return response.known.sd or 1.0
    y, counts = carried_values(family, response), response.counts
    away = y - np.average(y, weights=counts)
    return float(np.sqrt(np.average(away**2, weights=counts))) or 1.0


def response_units(
    family: Family, response: "Response", spread: float | None = None
) -> dict[str, float]:
    """Return what parameters may be in units of: the response's spread, mean and least value.

    `root` is the spread's square root, of what no whole power of the response's unit measures.
    Without a `spread` it is that on the first parameter's scale. Rows that are known to lie below
    a value do not say what the least one is.
    """
    least, mean = _least_and_mean(response)
    width = carried_spread(family, response) if spread is None else spread
    least = least if 0 < least < np.inf else 1.0
    return {"spread": width, "root": float(np.sqrt(width)), "mean": mean or 1.0, "least": least}


def _least_and_mean(response: "Response") -> tuple[float, float]:
    """Return the least response, as far as it is known, and the size of the mean."""
    if response.known is not None:
        return response.known.low, abs(response.known.mean)
    y = response.values
    seen = y if response.censoring is None else y[np.asarray(response.censoring) != -1]
    return float(np.min(seen if seen.size else y, initial=np.inf)), float(
        np.abs(np.average(y, weights=response.counts))
    )


def typical_vector(response: "Response", vector: "Elements", link: "Link") -> FloatArray:
    """Return a vector parameter's values to begin with, from how often each level was observed.

    `link` is that of the first parameter.
    """
    codes, size = response.values.astype(int), len(response.levels or ())
    counts = np.bincount(codes, response.counts, size)
    return np.array(vector.typical((counts / counts.sum()).tolist(), link))


def constant_combination(fixed: "FixedEffects") -> FloatArray | None:
    """Return the weights with which the near columns add up to 1 in every row, None if none do.

    For `0 + a` they are ones. Shape (n_columns,).
    """
    if not fixed.names:
        return None
    if fixed.known is not None:
        return _known_combination(fixed.known)
    x = fixed.near()
    sizes = np.sqrt(np.einsum("ij,ij->j", x, x))
    sizes[sizes == 0] = 1.0
    gram = (x.T @ x) / np.outer(sizes, sizes)
    weights = np.linalg.lstsq(gram, x.sum(axis=0) / sizes, rcond=None)[0] / sizes
    residual = x @ weights - 1.0
    return np.asarray(weights) if float(np.abs(residual).max()) < 1e-6 else None


def _known_combination(columns: KnownMoments) -> FloatArray | None:
    """Return the same of columns whose rows lie elsewhere: by the mean square of what is left."""
    gram, means = columns.squares, columns.means
    sizes = np.sqrt(gram.diagonal())
    sizes[sizes == 0] = 1.0
    weights = np.linalg.lstsq(gram / np.outer(sizes, sizes), means / sizes, rcond=None)[0] / sizes
    left = 1.0 - 2.0 * weights @ means + weights @ gram @ weights
    return np.asarray(weights) if left < 1e-12 else None
