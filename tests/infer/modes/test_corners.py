"""Modes of densities with a corner, and of such as overflow where a search begins far away."""

import numpy as np
import pytest
from scipy.optimize import linprog
from tests.families.simulated import simulated_rows

import mixwell as mw

DATA = simulated_rows("laplace", rows=60).assign(g=np.repeat(list("abcdef"), 10))


@pytest.mark.parametrize("quantile", [0.5, 0.8])
def test_the_mode_of_a_quantile_is_that_of_a_linear_program_and_has_no_standard_error(quantile):
    """Koenker and Bassett's program: residuals above and below, each with its price."""
    family = f"asymmetric_laplace(quantile={quantile})"
    found = mw.Model("y ~ x", DATA, family).mode(flat=True)
    n = len(DATA)
    prices = np.concatenate([np.zeros(2), np.full(n, quantile), np.full(n, 1 - quantile)])
    sides = np.hstack([np.column_stack([np.ones(n), DATA["x"]]), np.eye(n), -np.eye(n)])
    bounds = [(None, None)] * 2 + [(0, None)] * (2 * n)
    known = linprog(prices, A_eq=sides, b_eq=DATA["y"], bounds=bounds)
    np.testing.assert_allclose(found.b, known.x[:2], atol=1e-3)  # a hundredth of an sd
    assert np.isnan(found.se).all()
    assert "has a corner" in str(found)


@pytest.mark.parametrize("asked", ["mode", "log_marginal_likelihood"])
def test_effects_are_not_integrated_out_of_a_density_with_a_corner(asked):
    given = {} if asked == "mode" else {"sd": {"g": 0.3}, "b": [0.6, 0.4], "sigma": 0.7}
    model = mw.Model("y ~ x + (1 | g)", DATA, "laplace")
    with pytest.raises(mw.SamplingError, match="has a corner"):
        getattr(model, asked)(**given)


def test_a_search_that_begins_where_the_density_overflows_is_left_out():
    """A large standard deviation is one of the starts: Weibull rows at exp(large) overflow."""
    data = simulated_rows("weibull", seed=2, rows=90).assign(g=np.repeat(list("abcdef"), 15))
    found = mw.Model("y ~ x + (1 | g)", data, "weibull").mode()
    alone = mw.Model("y ~ x", data, "weibull").mode()
    assert found.sd["g"][0] < 0.05
    np.testing.assert_allclose(found.b, alone.b, atol=0.02)
