"""Draws of priors against SciPy's distribution functions."""

import numpy as np
import pytest
from scipy import stats

from mixwell.posterior.prior.prior_samples import samples_of
from mixwell.specify.priors import Prior

WHOLE, POSITIVE = (-np.inf, np.inf), (0.0, np.inf)
KNOWN = [
    (Prior("Normal", {"mu": 1.0, "sigma": 2.0}), WHOLE, stats.norm(1, 2)),
    (Prior("Normal", {"mu": 1.0, "tau": 0.25}), WHOLE, stats.norm(1, 2)),
    (Prior("StudentT", {"nu": 3.0, "mu": -1.0, "sigma": 2.0}), WHOLE, stats.t(3, -1, 2)),
    (Prior("Cauchy", {"alpha": 1.0, "beta": 0.5}), WHOLE, stats.cauchy(1, 0.5)),
    (Prior("Laplace", {"mu": 1.0, "b": 2.0}), WHOLE, stats.laplace(1, 2)),
    (Prior("Logistic", {"mu": 1.0, "s": 2.0}), WHOLE, stats.logistic(1, 2)),
    (Prior("Gumbel", {"mu": 1.0, "beta": 2.0}), WHOLE, stats.gumbel_r(1, 2)),
    (Prior("Uniform", {"lower": -1.0, "upper": 3.0}), WHOLE, stats.uniform(-1, 4)),
    (Prior("HalfNormal", {"sigma": 2.0}), POSITIVE, stats.halfnorm(0, 2)),
    (Prior("HalfCauchy", {"beta": 2.0}), POSITIVE, stats.halfcauchy(0, 2)),
    (Prior("Exponential", {"lam": 2.0}), POSITIVE, stats.expon(0, 0.5)),
    (Prior("Exponential", {"scale": 2.0}), POSITIVE, stats.expon(0, 2)),
    (Prior("Gamma", {"alpha": 3.0, "beta": 2.0}), POSITIVE, stats.gamma(3, 0, 0.5)),
    (Prior("Gamma", {"mu": 1.5, "sigma": 0.75}), POSITIVE, stats.gamma(4, 0, 0.375)),
    (Prior("LogNormal", {"mu": 1.0, "sigma": 0.5}), POSITIVE, stats.lognorm(0.5, 0, np.e)),
    # kept inside where the parameter can lie
    (Prior("Normal", {"mu": 0.0, "sigma": 1.0}), POSITIVE, stats.halfnorm()),
    (Prior("Normal", {"mu": 0.0, "sigma": 1.0}), (-1.0, 2.0), stats.truncnorm(-1, 2)),
]


@pytest.mark.parametrize(
    ("prior", "domain", "expected"), KNOWN, ids=[f"{prior} {domain}" for prior, domain, _ in KNOWN]
)
def test_draws_have_the_distribution(prior, domain, expected):
    values = samples_of(prior, domain, 20_000, np.random.default_rng(1))
    assert stats.kstest(values, expected.cdf).pvalue > 1e-3


def test_half_of_students_t_is_that_of_its_absolute_values():
    prior = Prior("HalfStudentT", {"nu": 3.0, "sigma": 2.0})
    values = samples_of(prior, POSITIVE, 20_000, np.random.default_rng(1))
    assert stats.kstest(values, lambda x: 2 * stats.t.cdf(x, 3, 0, 2) - 1).pvalue > 1e-3


@pytest.mark.parametrize("name", ["Flat", "HalfFlat", "LKJ"])
def test_what_cannot_be_drawn_is_none(name):
    assert samples_of(Prior(name, {}), WHOLE, 10, np.random.default_rng(1)) is None


def test_a_domain_out_of_reach_is_given_up():
    prior = Prior("Uniform", {"lower": 0.0, "upper": 1.0})
    assert samples_of(prior, (2.0, 3.0), 10, np.random.default_rng(1)) is None
