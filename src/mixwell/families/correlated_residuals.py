"""Normal responses whose residuals correlate: the multivariate normal distribution."""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, pairwise
from typing import Any

from mixwell.errors import DataError
from mixwell.families.elementwise import Elementwise, log, minimum, sqrt, stacked, takes, where
from mixwell.families.family import (
    Density,
    Family,
    Parameter,
    PriorChoice,
    PymcDistribution,
    Sampler,
    column_name,
)
from mixwell.families.followed.derivatives import differentiated

__all__ = ["correlated"]

_LOG_2PI = math.log(2 * math.pi)
_ENDLESS = float("inf")


def correlated(family: Family) -> Family:
    """Return a family of normal responses whose residuals correlate: `rescor`, or one of each pair.

    Correlations of three responses and more are those of a positive definite matrix alone, of which
    every one is equally likely beforehand: LKJ(1). Raises `DataError` for others than normal
    responses with the identity link.
    """
    size = len(family.parts)
    if not all(part.closed_form for part in family.parts):
        raise DataError(
            "Residuals correlate between normal responses with the identity link; a multivariate "
            "t, which brms has of student, is not available.",
            where="rescor",
            hint="Leave rescor out; effects of groups correlate by an ID: (1 | i | g).",
        )
    names = [p.name for p in family.locations]
    sigmas = [p.name for p in family.further if not p.location]
    rescors = [_parameter(names[i], names[j], alone=size == 2) for i, j in _pairs(size)]
    own = tuple(p.name for p in rescors)
    read = ("eta", *names[1:], *sigmas, *own)
    return replace(
        family,
        parameters=(*family.parameters, *rescors),
        text=f"{', '.join(family.levels)} ~ "
        f"MultivariateNormal({', '.join((*names, *sigmas, *own))})",
        density=_density([column_name(k) for k in range(size)], read, size),
        sampler=Sampler("standard_normal", (), _of(("draw", *read), _responses), numbers=size),
        pymc=PymcDistribution(
            "MvNormal",
            {"mu": _of(read[:size], _means), "cov": _of(read[size:], _covariance)},
        ),
    )


def _parameter(one: str, other: str, *, alone: bool) -> Parameter:
    return Parameter(
        "rescor" if alone else f"rescor_{one}_{other}",
        ("fisher",),
        typical=0.0,
        prior=PriorChoice(
            "Uniform",
            (("lower", -1.0), ("upper", 1.0)),
            "every correlation is equally likely"
            if alone
            else "every matrix of correlations is equally likely",
        ),
        words=f"correlation between the residuals of {one} and {other}",
        elsewhere={"brms": "rescor" if alone else f"rescor__{one}__{other}"},
    )


def _of(names: Sequence[str], function: Elementwise) -> Elementwise:
    """Return a function of arguments by these names."""

    @takes(*names)
    def call(*values: Any) -> Any:
        return function(*values)

    return call


def _pairs(size: int) -> list[tuple[int, int]]:
    return list(combinations(range(size), 2))


def _size(correlations: Sequence[Any]) -> int:
    """Return how many responses have so many pairs."""
    return (1 + math.isqrt(1 + 8 * len(correlations))) // 2


def _parts(values: Sequence[Any], vectors: int) -> list[Sequence[Any]]:
    """Return so many numbers of each response, and the correlations of pairs that follow."""
    size = next(k for k in range(2, len(values)) if vectors * k + len(_pairs(k)) == len(values))
    ends = [size * k for k in range(vectors + 1)]
    return [*(values[a:b] for a, b in pairwise(ends)), values[ends[-1] :]]


def _matrix(correlations: Sequence[Any]) -> list[list[Any]]:
    """Return the correlation matrix, by rows."""
    every = range(_size(correlations))
    known = dict(zip(_pairs(len(every)), correlations, strict=True))
    return [[1.0 if i == j else known[min(i, j), max(i, j)] for j in every] for i in every]


def _factors(correlations: Sequence[Any]) -> tuple[list[list[Any]], list[Any], Any]:
    """Return the matrix as l d l': l below its diagonal, d, and d's least before it is made sound.

    With l unit lower triangular and d diagonal everything is sums and products. The matrix is
    positive definite where all of d is above 0; elsewhere d is 1, so that nothing overflows.
    """
    matrix = _matrix(correlations)
    lower: list[list[Any]] = []
    pivots: list[Any] = []
    least: Any = 1.0
    for i, row in enumerate(matrix):
        own: list[Any] = []
        for j in range(i):
            known = [own[k] * lower[j][k] * pivots[k] for k in range(j)]
            own.append((row[j] - _sum(known)) / pivots[j])
        lower.append(own)
        if i == 0:
            pivots.append(1.0)
            continue
        pivot = 1.0 - _sum([own[k] ** 2 * pivots[k] for k in range(i)])
        least = pivot if i == 1 else minimum(least, pivot)
        pivots.append(where(pivot > 0, pivot, 1.0))
    return lower, pivots, least


def _sum(parts: Sequence[Any]) -> Any:
    total: Any = 0.0
    for k, part in enumerate(parts):
        total = total + part if k else part
    return total


def _log_density(*values: Any) -> Any:
    """Return the log density given means, sds and correlations; no density where indefinite."""
    responses, means, sds, correlations = _parts(values, 3)
    lower, pivots, least = _factors(correlations)
    left: list[Any] = []
    found: Any = -0.5 * len(sds) * _LOG_2PI
    for i, (y, mean, sd) in enumerate(zip(responses, means, sds, strict=True)):
        scaled = (y - mean) / sd
        left.append(scaled - _sum([lower[i][j] * left[j] for j in range(i)]) if i else scaled)
        found = found - log(sd) - 0.5 * left[i] ** 2 / pivots[i]
        found = found - 0.5 * log(pivots[i]) if i else found
    return where(least > 0, found, -_ENDLESS)


def _density(responses: Sequence[str], names: Sequence[str], size: int) -> Density:
    """Return the density, with the expected information as its curvature."""
    found = differentiated(_of((*responses, *names), _log_density), names)
    read = (*names[size:], names[0])
    return replace(found, curvature=_of(read, _curvature), pairs=_of(read, _mixed))


def _inverse(correlations: Sequence[Any]) -> list[list[Any]]:
    """Return the inverse of the correlation matrix, by rows."""
    lower, pivots, _ = _factors(correlations)
    every = range(len(pivots))
    back: list[list[Any]] = []  # the inverse of l
    for i in every:
        own = [-_sum([lower[i][k] * back[k][j] for k in range(j, i)]) for j in range(i)]
        back.append([*own, 1.0])

    def entry(i: int, j: int) -> Any:
        later = range(max(i, j), len(pivots))
        return _sum([back[k][i] * back[k][j] / pivots[k] for k in later])

    return [[entry(i, j) for j in every] for i in every]


def _information(*values: Any) -> list[list[Any]]:
    """Return the expected information in means, sds and correlations: its rows to the diagonal.

    That is tr(C dV C dV') / 2 in what changes the covariance V, with C its inverse. What is None is
    0; the last value is the linear predictor, for its shape. Source: Magnus and Neudecker 1999.
    """
    *given, eta = values
    sds, correlations = _parts(given, 1)
    inverse, matrix, zero = _inverse(correlations), _matrix(correlations), 0.0 * eta
    every, pairs = range(len(sds)), _pairs(len(sds))
    none: list[Any] = [None for _ in every]
    rows: list[list[Any]] = []
    for i in every:
        rows.append([inverse[i][j] / (sds[i] * sds[j]) + zero for j in range(i + 1)])
    for i in every:
        shared = [float(i == j) + inverse[i][j] * matrix[i][j] for j in range(i + 1)]
        rows.append(none + [own / (sds[i] * sds[j]) + zero for j, own in enumerate(shared)])
    for place, (i, j) in enumerate(pairs):
        own = [inverse[i][j] / sds[k] + zero if k in (i, j) else None for k in every]
        for k, m in pairs[: place + 1]:
            own.append(inverse[i][k] * inverse[j][m] + inverse[i][m] * inverse[j][k] + zero)
        rows.append(none + own)
    return rows


def _curvature(*values: Any) -> Any:
    return tuple([row[-1] for row in _information(*values)])


def _mixed(*values: Any) -> Any:
    return tuple([entry for row in _information(*values) for entry in row[:-1]])


def _responses(draw: Any, *values: Any) -> Any:
    """Return responses made of standard normal numbers."""
    means, sds, correlations = _parts(values, 2)
    lower, pivots, _ = _factors(correlations)
    roots = [draw[..., k] * sqrt(pivot) if k else draw[..., k] for k, pivot in enumerate(pivots)]
    found = []
    for i, (mean, sd) in enumerate(zip(means, sds, strict=True)):
        found.append(mean + sd * _sum([lower[i][k] * roots[k] for k in range(i)] + [roots[i]]))
    return stacked(*found)


def _means(*values: Any) -> Any:
    return stacked(*values)


def _covariance(*values: Any) -> Any:
    sds, correlations = _parts(values, 1)
    matrix, every = _matrix(correlations), range(len(sds))
    rows = [stacked(*[matrix[i][j] * sds[i] * sds[j] for j in every]) for i in every]
    return stacked(*rows)
