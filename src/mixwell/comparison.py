"""Fits of the same data held against each other, by what they predict or by their evidence."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from mixwell.errors import DataError, require_choice, require_mapping, require_text
from mixwell.fit import Fit
from mixwell.infer.exact.evidence import compare_evidence
from mixwell.posterior.draws import compare_densities, densities_of_groups
from mixwell.public_calls import public

__all__ = ["compare"]


@public
def compare(
    fits: Fit | Mapping[str, Fit] | Sequence[Fit],
    *others: Fit,
    by: Literal["loo", "evidence"] = "loo",
    group: str | None = None,
) -> pd.DataFrame:
    """Rank fits of the same data, the best first: by `Fit.loo`, or by `Fit.evidence`.

    `fits` names them, `{"a": fit1, "b": fit2}`; those of a list, or given one by one, are called
    fit1, fit2 and so on.
    By "loo" the columns are ArviZ's (`elpd`, `elpd_diff`, `dse`, `weight`, ...), of rows or with
    `group` of the levels of that grouping factor, which all models must have; by "evidence"
    `log_evidence`, `error`, `log_bayes_factor` against the best, and `probability`. Raises
    `DataError` for fewer than two fits and for fits of different responses.

    >>> import mixwell as mw
    >>> cake = mw.load_data("cake")
    >>> slope, none = (
    ...     mw.Model(f"angle ~ {terms}(1 | replicate)", cake).fit(draws=250, seed=1)
    ...     for terms in ("temp + ", "")
    ... )
    >>> list(mw.compare({"slope": slope, "none": none}).index)
    ['slope', 'none']
    """
    require_choice("by", by, ("loo", "evidence"))
    named = _named((fits, *others) if others or isinstance(fits, Fit) else fits)
    if group is not None:
        require_text("group", group)
    _require_one_response(named)
    if by == "evidence":
        return compare_evidence({name: fit.evidence() for name, fit in named.items()})
    return compare_densities({name: _densities(fit, group) for name, fit in named.items()})


def _named(fits: object) -> dict[str, Fit]:
    """Return fits by their names; `DataError` for what is none, and for fewer than two."""
    if isinstance(fits, list | tuple):
        fits = {f"fit{place}": each for place, each in enumerate(fits, 1)}
    require_mapping("fits", fits, '{"a": fit1, "b": fit2}')
    named: dict[str, Any] = dict(fits) if isinstance(fits, Mapping) else {}
    for name, each in named.items():
        if not isinstance(each, Fit):
            said = f"fits[{name!r}] is no fit but of type {type(each).__name__}."
            raise DataError(said, where="fits", hint="Give what model.fit() returns.")
    if len(named) < 2:
        raise DataError(
            "compare() needs at least two fits.", hint='compare({"a": fit1, "b": fit2}).'
        )
    return named


def _require_one_response(fits: Mapping[str, Fit]) -> None:
    responses = [fit.spec.response.values for fit in fits.values()]
    if any(not np.array_equal(responses[0], other) for other in responses[1:]):
        raise DataError(
            "The fits have different responses, so their predictive densities cannot be compared.",
            where=", ".join(fits),
            hint="Fit all models to the same rows.",
        )


def _densities(fit: Fit, group: str | None) -> Any:
    if group is None:
        return fit.loo()
    left = fit.loo(group)
    return densities_of_groups(left.factor, left.elpd, left.k_hat, left.lpd, left.n_draws)
