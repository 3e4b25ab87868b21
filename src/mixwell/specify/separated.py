"""Outcomes that a model can predict without an error, and the coefficients that then run away."""

from typing import TYPE_CHECKING

import numpy as np

from mixwell.numeric.arrays import BoolArray, FloatArray
from mixwell.numeric.separation import separating_direction

if TYPE_CHECKING:
    from mixwell.specify.spec import Spec

__all__ = ["one_sided_rows", "separating_coefficients"]

#: A linear predictor as far as can be, and how near its end a mean then is.
_FAR, _NEAR = 1e9, 1e-6


def separating_coefficients(spec: "Spec", only: list[str] | None = None) -> list[str]:
    """Return the mean's coefficients that a separating direction needs, the farthest moved first.

    Along it the likelihood rises or stays for ever (see `separating_direction`). `only` are the
    coefficients that may move, None for all: a centered intercept that may not keeps the predictors
    centered. No names where there is no such direction.
    """
    fixed = spec.design.mean.fixed
    if spec.response.known is not None:  # numbers without ends, whose rows lie elsewhere
        return []
    up, down = one_sided_rows(spec)
    columns = [j for j, name in enumerate(fixed.names) if only is None or name in only]
    if not columns or not (up | down).any():
        return []
    x = fixed.near()[:, columns].astype(float)
    spread = x.std(axis=0)
    if fixed.intercept and 0 not in columns and spec.priors.coefficients()[0].centered:
        x -= x.mean(axis=0)
    found = separating_direction(x, up, down)
    if found is None:
        return []
    moves = np.abs(found) * spread
    order = sorted(np.flatnonzero(found).tolist(), key=lambda k: -moves[k])
    return [fixed.names[columns[k]] for k in order]


def one_sided_rows(spec: "Spec") -> tuple[BoolArray, BoolArray]:
    """Return the rows that fit ever better as the predictor rises, and as it falls, (obs,) each.

    Outcomes at an end of the family's support, or of the bounds that responses are truncated to;
    rows that are censored at one side. A row of weight 0 or without trials is both.
    """
    response, family = spec.response, spec.family
    none = np.zeros(len(response.values), dtype=bool)
    up, down = none.copy(), none.copy()
    with np.errstate(all="ignore"):
        lowest, highest = family.inverse_link(np.array([-_FAR, _FAR]))
    support, given = family.support, {"y": response.values}
    if response.trials is not None:
        given["trials"] = response.trials
    rows = family.arguments(**given)
    if support.lowest is not None and abs(lowest) < _NEAR:
        down |= rows.call(support.lowest) | _at(response.lower, response.values)
    if support.highest is not None and abs(highest - 1) < _NEAR:
        up |= rows.call(support.highest)
    if support.lowest is not None and support.highest is None and highest > 1 / _NEAR:
        up |= _at(response.upper, response.values)
    if support.kind == "ordered":
        down, up = response.values == 0, response.values == response.values.max()
    if response.censoring is not None:
        low, high = family.link.domain
        falls = lowest < max(low, -1 / _NEAR) + _NEAR
        rises = highest > min(high, 1 / _NEAR) - _NEAR
        up = np.where(response.censoring == 0, up, (response.censoring == 1) & rises)
        down = np.where(response.censoring == 0, down, (response.censoring == -1) & falls)
    if response.weights is not None:
        up, down = up | (response.weights == 0), down | (response.weights == 0)
    return up, down


def _at(bound: FloatArray | None, values: FloatArray) -> BoolArray:
    """Return which responses are the outermost whole numbers within a truncation bound."""
    if bound is None:
        return np.zeros(len(values), dtype=bool)
    return np.asarray(values == np.rint(bound))
