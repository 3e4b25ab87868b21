"""Posteriors of direct chains next to those of NUTS, where the exact engine does not go."""

import numpy as np
import pytest

import mixwell as mw
from mixwell.numeric.chains import ess_mean

from .test_target import crossed


@pytest.mark.slow
@pytest.mark.parametrize(
    ("formula", "family"),
    [
        (["y ~ x + (1 | g)", "sigma ~ x"], "gaussian"),
        ("rating ~ x + (1 | g) + (1 | h)", "cumulative"),
        ("y | cens(side, top) ~ x + (1 | g)", "gaussian"),
    ],
)
def test_means_are_those_of_nuts(formula: str | list[str], family: str) -> None:
    """Within 4.5 Monte Carlo standard errors of both, parameter by parameter."""
    model = mw.Model(formula, crossed(3, 400), family=family)
    fits = [model.fit(engine=engine, draws=1000, seed=1) for engine in ("direct", "nuts")]
    one, two = (fit.posterior for fit in fits)
    for name in one.data_vars:
        draws = [d[name].values.reshape(*d[name].shape[:2], -1) for d in (one, two)]
        moving = draws[0].std(axis=(0, 1)) > 1e-9
        values = [d[..., moving] for d in draws]
        errors = [v.var(axis=(0, 1)) / ess_mean(v) for v in values]
        apart = np.abs(values[0].mean(axis=(0, 1)) - values[1].mean(axis=(0, 1)))
        assert (apart < 4.5 * np.sqrt(errors[0] + errors[1])).all(), name
