"""A response whose distribution PyMC lacks, made of the family's own text.

Its log density holds censored and truncated rows too, by the family's distribution function.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from mixwell.design.response.response import Response
from mixwell.families import Family
from mixwell.families.arguments import Arguments
from mixwell.families.family import Censorable
from mixwell.infer.pymc.tensor_functions import TENSORS
from mixwell.posterior.likelihood import random_rows
from mixwell.specify.spec import Spec

__all__ = ["observe_own"]

Tensor = Any


def observe_own(spec: Spec, given: Mapping[str, Tensor], values: Any) -> None:
    """Add the observed response; `given` are the linear predictor `eta` and what goes with it."""
    family, names = spec.family, tuple(given)
    vectors = [name in spec.vectors for name in names]

    def log_density(value: Tensor, *parameters: Tensor) -> Tensor:
        pairs = zip(parameters, vectors, strict=True)  # PyMC may give a vector a row
        ones = [p[(0,) * (p.ndim - 1)] if vector else p for p, vector in pairs]
        arguments = {"y": value, **dict(zip(names, ones, strict=True))}

        def rows(at: Any) -> Arguments:
            whole = {n for n, v in arguments.items() if n in spec.vectors or _is_one(v)}
            some = {n: v if n in whole else v[at] for n, v in arguments.items()}
            return family.bound(TENSORS, **some)

        return _log_density(rows, family, spec.response)

    def random(*parameters: Any, rng: np.random.Generator, size: Any = None) -> Any:
        rows = family.arguments(**dict(zip(names, parameters, strict=True)))
        shape = np.shape(rows["eta"]) if size is None else tuple(size)
        return random_rows(rows, family, spec.response, shape, rng).astype(values.dtype)

    pm.CustomDist(
        spec.layout.observed,
        *given.values(),
        logp=log_density,
        random=random,
        signature=",".join(f"(k{n})" if v else "()" for n, v in enumerate(vectors)) + "->()",
        dtype=values.dtype.name,
        observed=values,
        dims=spec.layout.row_dim,
    )


def _is_one(value: Tensor) -> bool:
    """Whether a tensor is one number for all rows."""
    return bool(value.ndim == 0 or value.type.broadcastable[-1])


def _log_density(rows: Callable[[Any], Arguments], family: Family, response: Response) -> Tensor:
    """Return the log density of every row, (obs,), as `posterior.likelihood` has it of arrays."""
    every = rows(slice(None))
    if response.censoring is None:
        found = every.call(family.density.log)
    else:
        side = np.asarray(response.censoring)
        found = pt.zeros(side.size)
        for kind in np.unique(side):
            at = np.flatnonzero(side == kind)
            found = found[at].set(_of_kind(int(kind), rows(at), family, response.rows(at)))
    return found - _log_between(every, family, response) if response.truncated else found


def _of_kind(kind: int, rows: Arguments, family: Family, response: Response) -> Tensor:
    """Return the log density of rows that are censored alike, as far as their bounds."""
    known, step, y = family.distribution, float(family.support.whole), rows["y"]
    if kind == 0:
        return rows.call(family.density.log)
    if kind == 2:
        return _interval(rows, known, y, np.asarray(response.censoring_upper))
    if kind == -1:
        if response.lower is None:
            return rows.call(known.log_below)
        return _interval(rows, known, response.lower - step, y)
    if response.upper is None:
        return rows.given(y=y - step).call(known.log_above)
    return _interval(rows, known, y - step, response.upper)


def _log_between(rows: Arguments, family: Family, response: Response) -> Tensor:
    known, upper = family.distribution, response.upper
    if response.lower is None:
        return rows.given(y=np.asarray(upper)).call(known.log_below)
    lower = response.lower - float(family.support.whole)
    if upper is None:
        return rows.given(y=lower).call(known.log_above)
    return _interval(rows, known, lower, upper)


def _interval(rows: Arguments, known: Censorable, lower: Tensor, upper: Tensor) -> Tensor:
    """Return the log probability between two values, from the side on which it keeps digits."""
    bottom, top = rows.given(y=lower), rows.given(y=upper)
    below, above = bottom.call(known.log_below), top.call(known.log_above)
    right = pt.gt(below, -np.log(2.0))
    less = pt.switch(right, above, below)
    more = pt.switch(right, bottom.call(known.log_above), top.call(known.log_below))
    return more + pt.log1mexp(less - more)
