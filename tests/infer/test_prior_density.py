"""Log densities of priors in numpy are PyMC's."""

import numpy as np
import pymc as pm
import pytest

from mixwell.infer.prior_density import log_density_of
from mixwell.specify.distributions import DISTRIBUTIONS
from mixwell.specify.prior_text import parse_prior, read_prior

PRIORS = (
    "Normal(1, 2)",
    "Normal(mu=1, tau=2)",
    "StudentT(3, 1, 2)",
    "Cauchy(1, 2)",
    "Laplace(1, 2)",
    "Logistic(1, 2)",
    "Gumbel(1, 2)",
    "SkewNormal(1, 2, 3)",
    "Flat()",
    "Uniform(0, 3)",
    "TruncatedNormal(1, 2, 0.2, 4)",
    "TruncatedNormal(-9, 1, 0, 4)",
    "HalfFlat()",
    "HalfNormal(2)",
    "HalfStudentT(3, 2)",
    "HalfCauchy(2)",
    "Exponential(2)",
    "Exponential(scale=2)",
    "Gamma(2, 3)",
    "Gamma(mu=2, sigma=3)",
    "InverseGamma(3, 2)",
    "InverseGamma(mu=2, sigma=3)",
    "LogNormal(1, 2)",
    "Weibull(2, 3)",
    "Beta(2, 3)",
    "Beta(mu=0.4, sigma=0.2)",
)
AT = np.array([-0.5, 0.3, 0.7, 1.5, 2.5])


def test_every_distribution_but_lkj_is_among_them() -> None:
    assert {text.partition("(")[0] for text in PRIORS} == set(DISTRIBUTIONS) - {"LKJ"}


@pytest.mark.parametrize("text", PRIORS)
def test_the_density_is_pymcs(text: str) -> None:
    prior = parse_prior(text)
    variable = getattr(pm, prior.distribution).dist(**prior.args)
    # PyMC computes some normalizing constants with fewer digits
    expected = pm.logp(variable, AT).eval()
    np.testing.assert_allclose(log_density_of(prior)(AT), expected, rtol=1e-5, atol=1e-9)


def test_a_pymc_variable_is_evaluated_by_pymc() -> None:
    prior = read_prior(pm.Gamma.dist(2, 3), key="sigma", positive=True)
    expected = log_density_of(parse_prior("Gamma(2, 3)"))(AT)
    np.testing.assert_allclose(log_density_of(prior)(AT), expected, rtol=1e-5)
