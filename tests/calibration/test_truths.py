"""Parameters are drawn from the priors that are printed."""

import numpy as np
import pytest
from scipy import stats

import mixwell as mw
from mixwell.infer.prior_density import log_density_of
from mixwell.specify.prior_text import parse_prior

from .cells import CELLS, SLOPE
from .replicate import simulate
from .truths import SAMPLERS, draw_truths, lkj_roots

PRIORS = {
    "Normal": "Normal(1, 2)",
    "StudentT": "StudentT(3, 1, 2)",
    "Laplace": "Laplace(-1, 2)",
    "Logistic": "Logistic(1, 0.5)",
    "HalfNormal": "HalfNormal(2)",
    "HalfStudentT": "HalfStudentT(3, 2)",
    "Exponential": "Exponential(0.5)",
    "Beta": "Beta(2, 4)",
    "Gamma": "Gamma(3, 2)",
    "InverseGamma": "InverseGamma(3, 2)",
    "LogNormal": "LogNormal(0.5, 0.7)",
    "Weibull": "Weibull(1.5, 2)",
    "Uniform": "Uniform(-1, 3)",
}


@pytest.mark.parametrize("name", SAMPLERS)
def test_draws_have_the_density_that_the_engines_take_for_the_prior_s(name: str) -> None:
    prior = parse_prior(PRIORS[name])
    draws = SAMPLERS[name](np.random.default_rng(1), prior.args, 20_000)
    grid = np.linspace(-60, 60, 400_001)
    density = np.exp(log_density_of(prior)(grid))
    cumulative = np.cumsum(density) * (grid[1] - grid[0])
    assert stats.kstest(draws, lambda x: np.interp(x, grid, cumulative)).pvalue > 0.001


@pytest.mark.parametrize(("size", "eta"), [(2, 1.0), (3, 2.0), (4, 0.7)])
def test_each_correlation_has_the_beta_distribution_of_lkj(size: int, eta: float) -> None:
    """Lewandowski, Kurowicka and Joe 2009: (r + 1) / 2 ~ Beta(b, b), b = eta + size / 2 - 1."""
    roots = lkj_roots(np.random.default_rng(2), size, eta, 20_000)
    matrices = roots @ roots.swapaxes(1, 2)
    assert np.allclose(np.diagonal(matrices, axis1=1, axis2=2), 1)
    law = stats.beta(eta + size / 2 - 1, eta + size / 2 - 1)
    for i, j in zip(*np.tril_indices(size, -1), strict=True):
        assert stats.kstest((matrices[:, i, j] + 1) / 2, law.cdf).pvalue > 0.001


def test_priors_that_are_scaled_to_the_response_are_refused() -> None:
    model = mw.Model("Reaction ~ Days + (1 | Subject)", mw.load_data("sleepstudy"))
    with pytest.raises(AssertionError, match=r"depend on the response: Intercept_centered, Days"):
        draw_truths(model.spec, np.random.default_rng(1), 2)


def test_deviations_have_the_standard_deviations_and_correlation_that_were_drawn() -> None:
    y, x = np.random.default_rng(4).normal(size=(2, 4000))
    data = {"y": y, "x": x, "g": np.repeat(np.arange(1000), 4)}
    cell = next(c for c in CELLS if (c.family, c.formula) == ("gaussian", SLOPE))
    spec = mw.Model(SLOPE, data, priors=cell.priors).spec
    truths = draw_truths(spec, np.random.default_rng(3), 5)
    for k in range(5):
        one = truths.isel(chain=0, draw=k)
        r = one["r_g"].values
        assert r.std(axis=0) == pytest.approx(one["sd_g"].values, rel=0.1)
        assert np.corrcoef(r.T)[0, 1] == pytest.approx(one["corr_g"].values[0, 1], abs=0.1)
    assert simulate(spec, truths, 1).shape == (5, 4000)
