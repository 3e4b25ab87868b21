"""Every parameterization has the posterior of eight schools that quadrature over tau gives."""

import numpy as np
import pytest
from scipy import stats

import mixwell as mw
from mixwell.posterior.draws import ess_bulk

PRIORS = {"sd_school": "HalfNormal(5)", "Intercept": "Normal(0, 5)"}


def closed_form(data):
    """Return means of mu, tau and theta[A]: theta and mu integrated out, tau on a grid."""
    y, s = data["effect"].to_numpy(float), data["se"].to_numpy(float)
    tau = np.linspace(1e-4, 40, 8000)
    v = tau[:, None] ** 2 + s**2
    precision = (1 / v).sum(axis=1) + 1 / 25
    mu = (y / v).sum(axis=1) / precision
    log_p = stats.halfnorm(scale=5).logpdf(tau) - 0.5 * (np.log(v) + y**2 / v).sum(axis=1)
    log_p += 0.5 * mu**2 * precision - 0.5 * np.log(precision)
    weight = np.exp(log_p - log_p.max())
    weight /= weight.sum()
    theta = mu + (y[0] - mu) * tau**2 / v[:, 0]
    return np.array([(weight * q).sum() for q in (mu, tau, theta)])


CASES = [
    pytest.param({"school": {"A": "centered", "C": "centered"}}, id="mixed"),
    pytest.param("auto", id="auto", marks=pytest.mark.slow),
    pytest.param("noncentered", id="noncentered", marks=pytest.mark.slow),
    pytest.param("centered", id="centered", marks=pytest.mark.slow),
]


@pytest.mark.parametrize("choice", CASES)
def test_means_agree_with_quadrature_within_monte_carlo_error(choice):
    data = mw.load_data("eight_schools")
    model = mw.Model("effect | se(se) ~ 1 + (1 | school)", data, priors=PRIORS)
    settings = {"engine": "nuts", "seed": 4, "tune": 1000, "draws": 2000}
    if choice == "centered":
        settings |= {"target_accept": 0.999, "draws": 6000, "tune": 3000}
    fit = model.fit(parameterization=choice, **settings)
    mu = fit.posterior["b"].values[..., 0]
    tau = fit.posterior["sd_school"].values[..., 0]
    first = mu + fit.posterior["r_school"].values[..., 0, 0]
    draws = np.stack([mu, tau, first], axis=2)
    error = draws.std(axis=(0, 1)) / np.sqrt(ess_bulk(draws))
    assert (np.abs(draws.mean(axis=(0, 1)) - closed_form(data)) < 4 * error).all()
    names = {"b", "sd_school", "r_school"}
    assert set(fit.posterior.data_vars) == names
