"""Log densities of rows that keep all that is known of them: limits, bounds, the response itself.

Of a censored response no more is known than on which side of a limit it is; a truncated one has a
density that is relative to what lies between its bounds. Written in the elementwise names, so that
one text serves arrays and loops.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from mixwell.design.response.response import Response
from mixwell.families import Family
from mixwell.families.arguments import Arguments
from mixwell.families.elementwise import Elementwise
from mixwell.families.family import Censorable
from mixwell.numeric.arrays import FloatArray

__all__ = ["known_of_rows", "whole_log_density"]

_LOG_2 = 0.6931471805599453


def known_of_rows(response: Response) -> dict[str, FloatArray]:
    """Return where responses are cut off: their `side` and `ceiling`, `lower` and `upper` bounds.

    A family with whole responses counts one below a lower bound as left out.
    """
    found = {"lower": response.lower, "upper": response.upper}
    if response.censoring is not None:
        found["side"] = response.censoring.astype(np.float64)
        if (response.censoring == 2).any():
            found["ceiling"] = response.censoring_upper
    return {name: values for name, values in found.items() if values is not None}


def whole_log_density(family: Family, rows: Arguments, meanings: Mapping[str, Elementwise]) -> Any:
    """Return the log density of rows, whose `y` and what `known_of_rows` gives are known."""
    where, known = meanings["where"], family.censorable
    value, step = rows.call(family.density.log), float(family.support.whole)
    if known is None:
        return value
    if rows.has("side"):
        side = rows["side"]
        value = where(side == -1, rows.call(known.log_below), value)
        above = rows.given(y=rows["y"] - step).call(known.log_above)
        value = where(side == 1, above, value)
        if rows.has("ceiling"):
            inside = _between(known, rows, rows["y"], rows["ceiling"], meanings)
            value = where(side == 2, inside, value)
        return value
    lower = rows["lower"] - step if rows.has("lower") else None
    upper = rows["upper"] if rows.has("upper") else None
    if lower is None and upper is None:
        return value
    if lower is None:
        inside = rows.given(y=upper).call(known.log_below)
    elif upper is None:
        inside = rows.given(y=lower).call(known.log_above)
    else:
        inside = _between(known, rows, lower, upper, meanings)
    return where(inside > -np.inf, value - inside, -np.inf)


def _between(
    known: Censorable, rows: Arguments, lower: Any, upper: Any, meanings: Mapping[str, Elementwise]
) -> Any:
    """Return the log probability of what lies above `lower` and up to `upper`."""
    where, bottom, top = meanings["where"], rows.given(y=lower), rows.given(y=upper)
    below = bottom.call(known.log_below)
    right = below > -_LOG_2
    less = where(right, top.call(known.log_above), below)
    more = where(right, bottom.call(known.log_above), top.call(known.log_below))
    share = where(more > -np.inf, -meanings["expm1"](less - more), 0.0)
    return more + meanings["log"](meanings["maximum"](share, 0.0))
