"""Counts that scatter otherwise than Poisson's: SciPy, sums over all counts, differences."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from tests.families.combined.test_zeros import ALL, GIVEN, LAWS, MU, SHARES, TRIALS, drawn
from tests.families.test_density import slopes

import mixwell as mw
from mixwell.families import FAMILIES, get_family

NAMES = ("nbinom1", "geometric", "genpois", "compois", "beta_binomial")
RESPONSES = np.array([[0.0, 3.0, 9.0], [1.0, 0.0, 4.0]])


def point(name):
    family = FAMILIES[name]
    chances = family.support.kind == "trials"
    given = {p.name: GIVEN[p.name] for p in family.further} | {"mu": SHARES if chances else MU}
    return family, given | ({"trials": TRIALS} if chances else {})


def counts_of(name):
    """All counts that matter, their probabilities, and which there are, (count, 3)."""
    family, given = point(name)
    counts = ALL if "trials" not in given else np.minimum(np.arange(12.0)[:, None], TRIALS)
    inside = ALL[: len(counts)] <= given.get("trials", np.inf)
    mass = np.exp(family.arguments(y=counts, **given).call(family.density.log))
    return counts, np.where(inside, mass, 0.0)


@pytest.mark.parametrize("name", NAMES)
def test_a_log_density_is_that_of_another_text(name):
    """SciPy's; of genpois in its authors' parameters."""
    family, given = point(name)
    for y in RESPONSES:
        found = family.arguments(y=y, **given).call(family.density.log)
        np.testing.assert_allclose(found, LAWS[name].logpmf(y), rtol=1e-11)


@pytest.mark.parametrize("name", NAMES)
def test_gradient_and_hessian_are_differences(name):
    family, given = point(name)
    names = [parameter.name for parameter in family.parameters]
    for y in RESPONSES:

        def log_density(y=y, **at):
            return family.arguments(y=y, **at).call(family.density.log)

        gradient = family.arguments(y=y, **given).call(family.density.gradient)
        hessian = iter(family.arguments(y=y, **given).call(family.density.hessian))
        for row, one in enumerate(names):
            np.testing.assert_allclose(
                gradient[row], slopes(log_density, given, one), rtol=1e-7, atol=1e-8
            )
            for other in names[: row + 1]:

                def of_one(row=row, y=y, **at):
                    return family.arguments(y=y, **at).call(family.density.gradient)[row]

                bend = slopes(of_one, given, other)
                np.testing.assert_allclose(next(hessian), bend, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", NAMES)
def test_mean_and_variance_are_those_of_all_counts(name):
    family, given = point(name)
    counts, mass = counts_of(name)
    found = family.arguments(**given)
    mean = (mass * counts).sum(axis=0)
    np.testing.assert_allclose(mass.sum(axis=0), 1.0, rtol=1e-12)
    np.testing.assert_allclose(found["mu"] * given.get("trials", 1.0), mean, rtol=1e-10)
    variance = (mass * counts**2).sum(axis=0) - mean**2
    np.testing.assert_allclose(found.value(family.variance_function), variance, rtol=1e-9)


def information(name):
    """The expected information by sums over counts, and the family's own, (i, j) each."""
    family, given = point(name)
    counts, mass = counts_of(name)
    hessian = family.arguments(y=counts, **given).call(family.density.hessian)
    curvature = family.arguments(**given).call(family.density.curvature)
    size = len(curvature)
    pairs = [(i, j) for i in range(size) for j in range(i)]
    mixed = dict(zip(pairs, family.density.mixed, strict=False))
    for i in range(size):
        for j in range(i + 1):
            function = None if i == j else mixed.get((i, j))
            own = 0.0 if function is None else family.arguments(**given).call(function)
            expected = -(mass * hessian[i * (i + 1) // 2 + j]).sum(axis=0)
            yield (i, j), expected, curvature[i] if i == j else own


@pytest.mark.parametrize("name", ["geometric", "genpois", "compois"])
def test_the_information_is_expected_over_all_counts(name):
    for _, expected, own in information(name):
        np.testing.assert_allclose(own, expected, rtol=1e-9, atol=1e-12)


def test_the_information_of_nbinom1_is_near_the_expected_one():
    """It has no closed form: within a tenth in the mean, a third in phi."""
    for (i, j), expected, own in information("nbinom1"):
        np.testing.assert_allclose(own, expected, rtol=0.1 if i == j == 0 else 0.35)


def test_the_information_of_a_beta_binomial_is_near_the_expected_one_in_the_mean():
    """What mean and variance say is the least that there is (Wedderburn 1974)."""
    (_, expected, own), *_ = information("beta_binomial")
    assert (own <= expected * (1 + 1e-9)).all()
    np.testing.assert_allclose(own, expected, rtol=0.25)


@pytest.mark.parametrize("name", NAMES)
def test_random_responses_have_mean_and_variance(name):
    family, given = point(name)
    values, found = drawn(family, given), family.arguments(**given)
    variance = found.value(family.variance_function)
    mean = given["mu"] * given.get("trials", 1.0)
    assert (np.abs(values.mean(axis=0) - mean) < 5 * np.sqrt(variance / len(values))).all()
    np.testing.assert_allclose(values.var(axis=0), variance, rtol=0.08)


@pytest.mark.parametrize("name", ["nbinom1", "geometric"])
def test_the_distribution_function_is_scipys(name):
    family, given = point(name)
    for y in RESPONSES:
        rows = family.arguments(y=y, **given)
        law, known = LAWS[name], family.censorable
        np.testing.assert_allclose(rows.call(known.log_below), law.logcdf(y), rtol=1e-10)
        np.testing.assert_allclose(rows.call(known.log_above), law.logsf(y), rtol=1e-10)
        counts, mass = counts_of(name)
        excess = (mass * (counts > y) * (counts - MU)).sum(axis=0)
        np.testing.assert_allclose(np.exp(rows.call(known.log_excess)), excess, rtol=1e-9)


@pytest.mark.parametrize("small", [1e-4, 1e-8, 1e-12])
def test_counts_that_scatter_like_poissons_keep_their_digits(small):
    """nbinom1 tends to poisson with phi, beta_binomial to binomial with 1 / kappa."""
    y = np.array([0.0, 3.0, 9.0])
    poisson, near = get_family("poisson"), get_family("nbinom1")
    found = near.arguments(y=y, mu=MU, phi=small).call(near.density.log)
    expected = poisson.arguments(y=y, mu=MU).call(poisson.density.log)
    np.testing.assert_allclose(found, expected, atol=200 * small + 1e-12)
    binomial, close = get_family("binomial"), get_family("beta_binomial")
    given = {"y": np.array([0.0, 3.0, 9.0]), "trials": TRIALS, "mu": SHARES}
    found = close.arguments(**given, kappa=1 / small).call(close.density.log)
    expected = binomial.arguments(**given).call(binomial.density.log)
    np.testing.assert_allclose(found, expected, atol=500 * small + 1e-12)


@pytest.mark.parametrize("phi", [0.35, 0.6, 0.9])
def test_an_underdispersed_generalized_poisson_adds_up_to_one_nearly(phi):
    family, mu = get_family("genpois"), np.array([1.0, 4.0, 20.0])
    log = family.arguments(y=ALL, mu=mu, phi=phi).call(family.density.log)
    np.testing.assert_allclose(np.exp(log).sum(axis=0), 1.0, atol=0.01)


def test_a_conway_maxwell_poisson_with_nu_1_is_poisson():
    family, y = get_family("compois"), np.arange(12.0)
    found = family.arguments(y=y, mu=2.3, nu=1.0).call(family.density.log)
    np.testing.assert_allclose(found, stats.poisson(2.3).logpmf(y), atol=1e-12)


@pytest.mark.parametrize(
    ("mu", "nu"), [(1e-6, 0.5), (0.5, 1e-3), (60.0, 0.02), (900.0, 5.0), (0.3, 1e5)]
)
def test_a_conway_maxwell_poisson_has_its_mean_far_from_poissons(mu, nu):
    family, y = get_family("compois"), np.arange(6_000.0)
    mass = np.exp(family.arguments(y=y, mu=mu, nu=nu).call(family.density.log))
    assert mass.sum() == pytest.approx(1.0, rel=1e-10)
    assert mass @ y == pytest.approx(mu, rel=1e-9)


def test_a_conway_maxwell_poisson_is_refused_by_nuts_in_a_sentence():
    data = pd.DataFrame({"y": [0, 1, 3, 2], "x": [0.1, 0.5, 0.2, 0.9]})
    with pytest.raises(mw.SamplingError, match='engine "direct" takes it'):
        mw.Model("y ~ x", data, "compois").fit(engine="nuts", draws=10, tune=10, chains=1)


def test_counts_whose_sums_take_too_long_are_refused_with_what_serves():
    data = pd.DataFrame({"y": [3, 20_000, 5], "x": [0.0, 1.0, 2.0]})
    with pytest.raises(mw.DataError, match=r'is above 10,000[^"]*"y"[^"]*"nbinom1"'):
        mw.Model("y ~ x", data, "compois")
