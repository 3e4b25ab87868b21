"""Responses that a model fits without an error, so that no residuals are left to be modeled.

Where a response is continuous its density grows without an end as the residuals' spread goes to
zero: the posterior is where the prior happens to end, and chains take minutes to say nothing.
"""

from typing import TYPE_CHECKING

import numpy as np

from mixwell.design.elsewhere.summed_seen import SummedSeen
from mixwell.design.response.known_response import KnownResponse
from mixwell.errors import SamplingError
from mixwell.numeric.arrays import FloatArray

if TYPE_CHECKING:
    from mixwell.design.blocks.group_block import GroupBlock
    from mixwell.specify.spec import Spec

__all__ = ["refuse_exact_fit"]

#: Residuals of this share of the response are rounding errors.
_ROUNDING = 1e-14
#: Residuals this many times smaller than what groups differ by are lost when variances are added.
_LOST = 2e-6
#: What sums of rows show of a spread within levels, next to that in all.
_SEEN = 1e-7
#: As many rows for each column decide first: a model that misses one of these fits not exactly.
_ROWS = 4


def refuse_exact_fit(spec: "Spec") -> None:
    """Refuse a continuous response that predictors, or the levels of a group, determine.

    Counts, outcomes and ratings have a spread of their own, unless a family's parameter takes it
    away (generalized Poisson), and so have known standard errors.

    Raises
    ------
    SamplingError
        Naming what determines the response.
    """
    response, support = spec.response, spec.family.support
    counted = support.whole and spec.family.spread is None
    own_spread = support.kind != "number" or counted or response.se is not None
    if own_spread or response.censoring is not None:
        return
    name = response.name
    known = response.known or KnownResponse.of(response.values)
    for block in spec.design.mean.blocks:
        within = _within_levels(spec, block)
        if block.n_levels == known.n or within is None or within > _LOST * known.sd:
            continue
        said = f'The response "{name}" is the same in all rows of each level of {block.factor}, '
        said += "so that no residuals are left."
        if within > 0:
            said = f'The response "{name}" varies by {within:.2g} within levels of {block.factor} '
            said += f"and by {known.sd:.2g} in all: floating-point numbers lose the smaller "
            said += "variance when the two are added."
        elif response.known is not None:
            said = f'The response "{name}" varies by less than {_SEEN * known.sd:.2g} within '
            said += f"levels of {block.factor} and by {known.sd:.2g} in all, so that no residuals "
            said += "are left."
        raise SamplingError(
            said,
            where=f"term {block.text}",
            hint=f"Keep one row for each level of {block.factor}, and leave the term out.",
        )
    if _determined(spec):
        raise SamplingError(
            f'The fixed effects determine the response "{name}": no residuals are left.',
            where=f"fixed effects of {spec.formulas[0]}",
            hint="Leave out the predictor that the response was computed from.",
        )


def _within_levels(spec: "Spec", block: "GroupBlock") -> float | None:
    """Return how far responses are from one of their level: the root mean square over rows.

    None for rows elsewhere of which the sums do not say that.
    """
    seen = spec.design.elsewhere
    if isinstance(seen, SummedSeen):
        return seen.within_levels(block)
    first, values = np.zeros(block.n_levels), spec.response.values
    first[block.index] = values
    return float(np.sqrt(np.mean((values - first[block.index]) ** 2)))


def _determined(spec: "Spec") -> bool:
    """Return whether the fixed effects fit a response, on the scale of their sum, exactly."""
    seen = spec.design.elsewhere
    if isinstance(seen, SummedSeen):
        return seen.determined(spec.design.mean.fixed)
    response, fixed, offset = spec.response, spec.design.mean.fixed, spec.design.offset
    n = len(response.values)
    if not fixed.names or len(fixed.names) >= n:
        return False
    y = spec.family.link(spec.family.arguments(y=response.values).call(spec.family.carried))
    if not np.isfinite(y).all():  # no linear predictor has it
        return False
    y = y if offset is None else y - offset
    count = min(n, _ROWS * len(fixed.names))
    some = np.unique(np.linspace(0, n - 1, count).astype(np.int64))
    x = fixed.near()
    return _fits(x[some], y[some]) and _fits(x, y)


def _fits(x: FloatArray, y: FloatArray) -> bool:
    sizes = np.abs(x).max(axis=0)
    sizes[sizes == 0] = 1.0
    scaled = x / sizes
    residual = y - scaled @ np.linalg.lstsq(scaled, y, rcond=None)[0]
    return bool(np.abs(residual).max() <= _ROUNDING * len(x.T) * np.abs(y).max())
