"""Expectations of densities by SciPy's sums and integrals: information, excesses; and defaults."""

import itertools
import math

import numpy as np
import pytest
from scipy import integrate, stats
from tests.families.test_density import LAWS, NAMES, point

from mixwell.families import FAMILIES

#: Families whose curvature is the expected information in every parameter.
EXACT = ["gaussian", "student", "bernoulli", "binomial", "poisson", "gamma", "beta", "lognormal"]
MEAN = [0.3, 0.8, 2.5]


def laws(name: str):
    """The family at three points, what it is given, and SciPy's three distributions."""
    if name == "lognormal":
        sigma = np.array([0.4, 1.1, 0.8])
        given = {"y": np.array([0.2, 0.9, 4.0]), "mu": np.array(MEAN), "sigma": sigma}
        return FAMILIES[name], given, stats.lognorm(sigma, scale=np.exp(MEAN))
    family, given = point(name)
    return family, given, LAWS[name](given["mu"], given).__self__


def each(value, i: int) -> float:
    """The i-th of three values, or the one that all share."""
    return float(np.broadcast_to(value, 3)[i])


def each_of(values: dict, i: int) -> dict:
    """The i-th of each named value."""
    return {name: each(value, i) for name, value in values.items()}


def expected(law, of, i: int, low: float = -math.inf) -> float:
    """E[of(Y) 1(Y > low)] of the i-th distribution: a sum, or along its normal scores."""
    if hasattr(law.dist, "pmf"):
        counts = np.arange(max(low + 1, 0.0), 400.0)
        mass = np.exp([law.logpmf(y)[i] for y in counts])
        return float(mass[mass > 0] @ of(counts[mass > 0]))
    if low > -math.inf and law.sf(low)[i] < 1e-18:
        return 0.0
    first = max(-9.0, stats.norm.isf(law.sf(low)[i]) if low > -math.inf else -9.0)
    nodes, weights = np.polynomial.legendre.leggauss(200)
    z = first + (9.0 - first) * (nodes + 1) / 2
    # of the i-th alone, in the half that the score lies in: some quantiles are searched for
    alone = law.dist(*(each(value, i) for value in law.args), **each_of(law.kwds, i))
    with np.errstate(all="ignore"):
        y = np.r_[alone.ppf(stats.norm.cdf(z[z < 0])), alone.isf(stats.norm.sf(z[z >= 0]))]
    return float((weights * stats.norm.pdf(z)) @ of(y) * (9.0 - first) / 2)


def square(family, given, i: int, k: int):
    """The squared derivative by the k-th parameter, as a function of responses."""

    def of(y: np.ndarray) -> np.ndarray:
        at = {key: np.full(len(y), values[i]) for key, values in given.items()}
        gradient = family.arguments(**{**at, "y": y}).call(family.density.gradient)
        return np.asarray(gradient[k] ** 2)

    return of


@pytest.mark.parametrize("name", EXACT)
def test_the_curvature_is_the_expected_information_in_every_parameter(name: str) -> None:
    family, given, law = laws(name)
    found = family.arguments(**given).call(family.density.curvature)
    for k, curvature in enumerate(found):
        information = [expected(law, square(family, given, i, k), i) for i in range(3)]
        np.testing.assert_allclose(np.broadcast_to(curvature, (3,)), information, rtol=1e-6)


def test_the_curvature_of_a_negative_binomials_shape_is_the_information_of_a_large_one() -> None:
    family, given, _ = laws("negativebinomial")
    given["alpha"] = np.full(3, 400.0)
    law = stats.nbinom(400.0, 400.0 / (400.0 + given["mu"]))
    found = family.arguments(**given).call(family.density.curvature)[1]
    information = [expected(law, square(family, given, i, 1), i) for i in range(3)]
    np.testing.assert_allclose(found, information, rtol=0.02)


@pytest.mark.parametrize(
    "name",
    [
        n
        for n in (*NAMES, "lognormal")
        if FAMILIES[n].censorable is not None and n != "inverse_gaussian"
    ],
)
def test_the_excess_over_a_bound_is_the_sum_or_integral_beyond_it(name: str) -> None:
    """E[(Y - E Y) 1(Y > y)], below the mean and above it."""
    family, given, law = laws(name)
    mean = law.mean()
    for factor in (0.5, 1.0, 1.5):
        bound = given["y"] * factor if name != "beta" else given["y"] ** (1 / factor)
        bound = np.floor(bound) if hasattr(law.dist, "pmf") else bound
        found = family.arguments(**{**given, "y": bound}).call(family.censorable.log_excess)
        for i in range(3):
            exact = expected(law, lambda y, i=i: y - mean[i], i, bound[i])
            assert math.exp(found[i]) == pytest.approx(exact, rel=1e-6, abs=1e-12)


def test_the_excess_of_an_inverse_gaussian_is_the_integral_beyond_the_bound() -> None:
    """By SciPy's quadrature of its density: its quantiles are not found far out."""
    family, given, _ = laws("inverse_gaussian")
    for factor in (0.5, 1.0, 1.5):
        bound = given["y"] * factor
        found = family.arguments(**{**given, "y": bound}).call(family.censorable.log_excess)
        for i in range(3):
            mu, lam = given["mu"][i], given["alpha"][i]
            alone = stats.invgauss(mu / lam, scale=lam)
            tops = (bound[i], bound[i] + 4.0, bound[i] + 40.0)
            exact = sum(
                integrate.quad(lambda t, m=mu, a=alone: (t - m) * a.pdf(t), *ends, epsabs=0.0)[0]
                for ends in itertools.pairwise(tops)
            )
            assert math.exp(found[i]) == pytest.approx(exact, rel=1e-6)


def test_a_students_moments_are_infinite_where_they_are() -> None:
    family = FAMILIES["student"]
    nu = np.array([0.5, 1.0, 1.5, 2.0, 2.5])
    found = family.arguments(y=0.3, mu=0.0, nu=nu, sigma=2.0)
    variance = found.value(family.variance_function)
    assert variance.tolist() == [np.inf] * 4 + [pytest.approx(stats.t(2.5, 0, 2).var())]
    excess = found.call(family.censorable.log_excess)
    assert np.isinf(excess).tolist() == [True, True, False, False, False]


def test_a_log_logistics_moments_are_infinite_where_they_are() -> None:
    family, sigma = FAMILIES["loglogistic"], np.array([0.3, 0.49, 0.5, 0.99, 1.0, 3.0])
    found = family.arguments(mu=0.7, sigma=sigma)
    laws = [stats.fisk(1 / s, scale=np.exp(0.7)) for s in sigma]
    means = [law.mean() if s < 1 else np.inf for law, s in zip(laws, sigma, strict=True)]
    np.testing.assert_allclose(found.value(family.mean), means, rtol=1e-9)
    variances = [law.var() if s < 0.5 else np.inf for law, s in zip(laws, sigma, strict=True)]
    np.testing.assert_allclose(found.value(family.variance_function), variances, rtol=1e-7)


def test_a_log_logistics_excess_is_the_integral_beyond_a_bound() -> None:
    family, law = FAMILIES["loglogistic"], stats.fisk(1 / 0.8, scale=np.exp(0.7))
    for bound in (0.1, 2.0, 30.0):
        found = family.arguments(y=bound, mu=0.7, sigma=0.8).call(family.censorable.log_excess)
        # E[(Y - E Y) 1(Y > y)] is the negative of the same below y, where nothing is far
        below, _ = integrate.quad(lambda t: (law.mean() - t) * law.pdf(t), 0, bound, epsabs=1e-13)
        assert math.exp(found) == pytest.approx(below, rel=1e-7)


#: Distribution, arguments and scaling by the response of the defaults that the manual names.
DEFAULTS = {
    "sigma": ("HalfStudentT", {"nu": 3.0, "sigma": 2.5}, True),
    "nu": ("Gamma", {"alpha": 2.0, "beta": 0.1}, False),
    "alpha": ("InverseGamma", {"alpha": 0.4, "beta": 0.3}, False),
    "kappa": ("InverseGamma", {"alpha": 0.4, "beta": 0.3}, False),
    "zi": ("Beta", {"alpha": 1.0, "beta": 1.0}, False),
    **dict.fromkeys(("hu", "zoi", "coi"), ("Beta", {"alpha": 1.0, "beta": 1.0}, False)),
    "threshold": ("StudentT", {"nu": 3.0, "mu": 0.0, "sigma": 2.5}, False),
}
#: Those that brms has not: around counts that scatter like Poisson's; distances like thresholds.
OTHERS = {
    ("cumulative", "spacing"): ("HalfStudentT", {"nu": 3.0, "sigma": 2.5}, False),
    **{(name, "spacing"): DEFAULTS["threshold"] for name in ("sratio", "cratio", "acat")},
    ("nbinom1", "phi"): ("HalfStudentT", {"nu": 3.0, "sigma": 2.5}, False),
    ("genpois", "phi"): ("LogNormal", {"mu": 0.0, "sigma": 1.0}, False),
    ("compois", "nu"): ("LogNormal", {"mu": 0.0, "sigma": 1.0}, False),
    ("tweedie", "phi"): ("Gamma", {"mu": 100.0, "sigma": 1000.0}, False),
    ("tweedie", "power"): ("Uniform", {"lower": 1.0, "upper": 2.0}, False),
}


#: Those of families whose parameter of that name is another one.
OWN = {
    ("skew_normal", "alpha"): ("Normal", {"mu": 0.0, "sigma": 4.0}, False),
    ("asymmetric_laplace", "quantile"): ("Beta", {"alpha": 1.0, "beta": 1.0}, False),
    ("exgaussian", "beta"): DEFAULTS["sigma"],  # brms's gamma(1, 0.1) depends on units
    ("shifted_lognormal", "ndt"): ("Uniform", {"lower": 0.0, "upper": 1.0}, False),
    ("von_mises", "kappa"): ("Gamma", {"alpha": 2.0, "beta": 0.01}, False),
}


@pytest.mark.parametrize("name", FAMILIES)
def test_further_parameters_have_the_priors_that_brms_gives_them(name: str) -> None:
    for parameter in (p for p in FAMILIES[name].further if p.fixed is None):
        prior = parameter.prior
        found = (prior.distribution, dict(prior.arguments), prior.scaled)
        of_family = (FAMILIES[name].based_on or name, parameter.name)
        others = OTHERS.get(of_family, OWN.get(of_family, DEFAULTS.get(parameter.name)))
        assert found == others


@pytest.mark.parametrize("name", FAMILIES)
def test_parameters_say_what_the_scatter_of_responses_depends_on(name: str) -> None:
    """A scale takes known errors; a spread leaves a residual variance free, most counts none."""
    family = FAMILIES[name]
    below = family.based_on or name
    scales = "gaussian student lognormal skew_normal laplace asymmetric_laplace shifted_lognormal"
    scale = "sigma" if below in scales.split() else None
    spreads = {
        **dict.fromkeys(("gamma", "weibull", "inverse_gaussian"), "alpha"),
        **dict.fromkeys(("beta", "von_mises", "dirichlet"), "kappa"),
        "exgaussian": "sigma",
        "loglogistic": "sigma",
        "tweedie": "phi",
        "genpois": "phi",  # of counts, too: equal ones at their mean have no bound
    }
    spread = spreads.get(below, scale)
    numbers = {*scales.split(), *spreads, "exponential"} - {"genpois"}
    assert family.support.whole == (below not in numbers)
    # weights divide no variance where zeros have none
    assert (family.scale and family.scale.name) == (None if family.based_on else scale)
    assert (family.spread and family.spread.name) == spread
    units = {"spread": 7.0, "mean": 3.0, "least": 0.8}
    starts = {p.name: p.start(units) for p in family.further}
    typical = {"sigma": 7.0, "nu": 20.0, "alpha": 1.0, "kappa": 10.0, "threshold": 1.0}
    typical |= {"disc": 1.0, "zi": 0.5, "hu": 0.5, "zoi": 0.5, "coi": 0.5, "phi": 1.0, "power": 1.5}
    typical |= {"spacing": 1.0, "beta": 7.0, "ndt": 0.4, "quantile": 0.5}
    typical |= {
        "skew_normal": {"alpha": 0.0},
        "von_mises": {"kappa": 2.0},
        "inverse_gaussian": {"alpha": 3.0},
        "compois": {"nu": 1.0},
    }.get(below, {})
    assert starts == {key: typical[key] for key in starts}


@pytest.mark.parametrize(
    ("name", "lowest", "highest"),
    [
        ("poisson", [True, False, False], None),
        ("negativebinomial", [True, False, False], None),
        ("bernoulli", [True, False, False], [False, True, False]),
        ("binomial", [True, False, False], [False, False, True]),
    ],
)
def test_outcomes_at_an_end_of_the_support_are_marked(name, lowest, highest) -> None:
    family = FAMILIES[name]
    at = family.arguments(y=np.array([0.0, 1.0, 4.0]), trials=np.full(3, 4.0))
    assert at.call(family.support.lowest).tolist() == lowest
    if highest is None:
        assert family.support.highest is None
    else:
        assert at.call(family.support.highest).tolist() == highest


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("gaussian", []),
        ("student", []),
        ("gamma", [-1.0, 0.0]),
        ("lognormal", [-1.0, 0.0]),
        ("beta", [-1.0, 0.0, 1.0, 1.5, 2.0, 5.0]),
        ("poisson", [-1.0, 0.5, 1.5]),
        ("negativebinomial", [-1.0, 0.5, 1.5]),
        ("bernoulli", [-1.0, 0.5, 1.5, 2.0, 5.0]),
        ("binomial", [-1.0, 0.5, 1.5, 5.0]),
    ],
)
def test_responses_outside_the_support_are_refused_and_no_others(name, refused) -> None:
    family = FAMILIES[name]
    tried = [-1.0, 0.0, 0.5, 1.0, 1.5, 2.0, 5.0]
    at = family.arguments(y=np.array(tried), trials=np.full(7, 4.0))
    wrong = [np.broadcast_to(at.call(r.where), (7,)) for r in family.support.refusals]
    found = np.any(wrong, axis=0) if wrong else np.zeros(7, dtype=bool)
    assert [y for y, bad in zip(tried, found, strict=True) if bad] == refused


@pytest.mark.parametrize("name", ["gaussian", "student", "lognormal"])
def test_derivatives_are_numbers_where_the_location_is_zero(name: str) -> None:
    family = FAMILIES[name]
    at = family.arguments(y=np.array([1.0, 2.0]), mu=0.0 * np.ones(2), sigma=1.5, nu=4.0)
    for part in ("gradient", "hessian", "curvature"):
        for found in at.call(getattr(family.density, part)):
            assert np.isfinite(np.broadcast_to(found, (2,))).all()


@pytest.mark.parametrize("y", [2.0, 3.0, 7.0])
def test_a_negative_binomial_near_a_poisson_has_two_terms_of_its_series(y: float) -> None:
    alpha = 1.001e6 * y  # where differences of gamma functions were just left
    found = FAMILIES["negativebinomial"].arguments(y=y, alpha=alpha)
    exact = math.fsum(math.log1p(k / alpha) for k in range(int(y))) - math.lgamma(y + 1)
    joint = float(found.call(FAMILIES["negativebinomial"].tally.joint))
    assert joint == pytest.approx(exact, rel=0, abs=4e-16 * math.lgamma(y + 3))


def test_what_pymc_is_given_has_the_familys_mean_and_variance() -> None:
    family, given, law = laws("gamma")
    found = family.arguments(**given)
    rate = found.value(family.pymc.arguments["beta"])
    np.testing.assert_allclose(stats.gamma(given["alpha"], scale=1 / rate).var(), law.var())
    family, given, law = laws("beta")
    found = family.arguments(**given)
    a, b = (found.value(family.pymc.arguments[name]) for name in ("alpha", "beta"))
    np.testing.assert_allclose(stats.beta(a, b).mean(), law.mean())
    np.testing.assert_allclose(stats.beta(a, b).var(), law.var())


def test_the_curvature_of_ratings_is_what_is_observed() -> None:
    """Minus the diagonal of the Hessian, which is never negative (McCullagh 1980)."""
    family = FAMILIES["cumulative"]
    eta, threshold = np.array([0.3, -1.2, 2.0]), np.array([-1.0, 0.2])
    at = family.arguments(y=np.array([0.0, 1.0, 2.0]), eta=eta, threshold=threshold)
    hessian = at.call(family.density.hessian)
    for found, k in zip(at.call(family.density.curvature)[:3], (0, 2, 5), strict=True):
        np.testing.assert_allclose(found, -hessian[k], rtol=1e-12)
