"""Families where a parameter is so large or small that they are all but another, simpler family.

The priors of such parameters have long tails, and data of the simpler family leave it to these.
"""

import numpy as np
import pytest
from scipy import integrate, stats
from tests.families.any_model import any_model

from mixwell.families import get_family

FAR = pytest.mark.parametrize("size", [1e8, 1e11, 1e14, 1e17, 1e20])
P, Y = np.array([0.2, 0.3, 0.5]), np.array([4.0, 5.0, 8.0])


def row(name, size):
    """A family with the arguments of one row, and the log density that it tends to."""
    family = get_family(name)
    if name == "negativebinomial":
        at = {"y": 7.0, "eta": np.log(4.0), "alpha": size}
        return family, at, stats.poisson.logpmf(7, 4.0)
    if name == "beta_binomial":
        at = {"y": 7.0, "trials": 12.0, "eta": np.log(0.3 / 0.7), "kappa": size}
        return family, at, stats.binom.logpmf(7, 12, 0.3)
    if name == "student":
        at = {"y": 1.3, "eta": 0.4, "nu": size, "sigma": 0.7}
        return family, at, stats.norm.logpdf(1.3, 0.4, 0.7)
    if name == "exgaussian":
        at = {"y": 1.3, "eta": 0.4, "sigma": 0.7, "beta": 1 / size}
        return family, at, stats.norm.logpdf(1.3, 0.4, 0.7)
    at = {f"column_{k}": y for k, y in enumerate(Y)}
    at |= {"eta": np.log(P[1] / P[0]), "muc": np.log(P[2] / P[0]), "kappa": size}
    return family.of(["a", "b", "c"]), at, stats.multinomial.logpmf(Y, Y.sum(), P)


COUNTS = ["negativebinomial", "beta_binomial", "dirichlet_multinomial"]


@FAR
@pytest.mark.parametrize("name", [*COUNTS, "student", "exgaussian"])
def test_far_out_the_density_is_its_limit_and_level(name, size):
    """On the scale on which such a parameter is drawn, its own logarithm."""
    family, at, limit = row(name, size)
    found = family.arguments(**at)
    np.testing.assert_allclose(found.call(family.density.log), limit, atol=1e-6)
    moved = {"student": "nu", "negativebinomial": "alpha", "exgaussian": "beta"}.get(name, "kappa")
    names = ["eta", *(p.name for p in family.further)]
    slope = found.call(family.density.gradient)[names.index(moved)]
    assert abs(at[moved] * slope) < 1e-6


@pytest.mark.parametrize("beta", np.geomspace(0.005, 0.05, 6))  # sigma over beta from 14 to 140
def test_a_short_exponential_part_is_integrated(beta):
    """On both sides of the place from which on the density is computed in another way."""
    family, mu, sigma, y = get_family("exgaussian"), 0.4, 0.7, 1.3
    at = family.arguments(y=y, eta=mu, sigma=sigma, beta=beta)

    def whole(function, low=0.0):
        return integrate.quad(lambda e: function(e) * np.exp(-e), low, 40, epsabs=0, epsrel=1e-11)[
            0
        ]

    place = mu - beta
    density = whole(lambda e: stats.norm.pdf(y - beta * e, place, sigma))
    above = whole(lambda e: stats.norm.sf(y - beta * e, place, sigma))

    def excess(e):  # of a normal number with another mean over y, less mu
        moved = place + beta * e
        tail = stats.norm.sf(y, moved, sigma)
        return sigma**2 * stats.norm.pdf(y, moved, sigma) + (moved - mu) * tail

    known = family.censorable
    np.testing.assert_allclose(at.call(family.density.log), np.log(density), rtol=1e-9)
    np.testing.assert_allclose(at.call(known.log_above), np.log(above), rtol=1e-9)
    np.testing.assert_allclose(at.call(known.log_below), np.log1p(-above), rtol=1e-9)
    np.testing.assert_allclose(at.call(known.log_excess), np.log(whole(excess)), rtol=1e-9)


@pytest.fixture(scope="module", params=[*COUNTS, "nbinom1"])
def compiled(request):
    """The response's log density of a PyMC model by how near it is to its limit."""
    model = any_model(request.param)
    built, name = model.pymc, model.spec.family.further[-1].name
    value = built.rvs_to_values[built[name]]
    options = {"vars": list(built.observed_RVs)}
    log = built.compile_logp(**options, mode="FAST_COMPILE")
    start = built.initial_point()

    def at(size):
        far = -np.log(size) if name == "phi" else np.log(size)
        return float(log(start | {value.name: np.array(far)}))

    return at


@FAR
def test_far_out_pymcs_density_of_counts_is_level_too(compiled, size):
    """Differences of gamma functions are off by thousands there: chains stay where they are."""
    np.testing.assert_allclose(compiled(size), compiled(1e7), atol=1e-3)
