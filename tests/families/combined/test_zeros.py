"""Families with more zeros, or without any: sums over all counts, SciPy, PyMC, and differences."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.optimize import brentq
from scipy.special import gammaln, logsumexp
from tests.families.test_density import slopes

import mixwell as mw
from mixwell.design import build_design
from mixwell.errors import DataError
from mixwell.families import FAMILIES, get_family, resolve_family
from mixwell.families.arguments import Arguments
from mixwell.formula import parse_formula
from mixwell.posterior.likelihood import distribution_ends, random_response

MU, SHARES = np.array([0.3, 0.8, 2.5]), np.array([0.1, 0.45, 0.9])
GIVEN = {
    "alpha": np.array([0.4, 2.0, 9.0]),
    "sigma": np.array([0.7, 1.3, 2.0]),
    "kappa": np.array([1.5, 6.0, 40.0]),
    "phi": np.array([1.3, 2.0, 4.0]),
    "nu": np.array([0.3, 0.8, 2.5]),
    "zi": np.array([0.2, 0.5, 0.7]),
    "hu": np.array([0.2, 0.5, 0.7]),
    "zoi": np.array([0.2, 0.5, 0.7]),
    "coi": np.array([0.3, 0.6, 0.1]),
}
TRIALS = np.array([4.0, 7.0, 11.0])
NAMES = [n for n, family in FAMILIES.items() if family.based_on and n.endswith(family.based_on)]
#: Of zeros and ones.
BOTH = "zero_one_inflated_beta"
COUNTS = [name for name in NAMES if FAMILIES[name].support.whole]
ALL = np.arange(400.0)[:, None]


def point(name):
    """A family and its parameters in three rows, without responses."""
    family = FAMILIES[name]
    mean = SHARES if family.links[0] == "logit" else MU
    given = {p.name: GIVEN[p.name] for p in family.further} | {"mu": mean}
    return family, given | ({"trials": TRIALS} if family.support.kind == "trials" else {})


def responses(family):
    """A zero, where there can be one, and others."""
    if family.support.whole:
        counted = np.array([[2.0, 1.0, 4.0], [1.0, 3.0, 9.0]])
        return counted if not_zero(family) else np.array([[0.0, 3.0, 9.0], [1.0, 0.0, 0.0]])
    ends = [[1.0, 0.3, 0.0], [0.0, 1.0, 0.8]] if family.name == BOTH else []
    return np.array([[0.0, 0.3, 0.8], [0.4, 0.0, 0.0], *ends])


def not_zero(family):
    return family.name.startswith("truncated")


def counts_of(family):
    """All counts that matter, and their probabilities, (count, 3)."""
    family, given = point(family)
    counts = ALL if family.support.kind == "number" else np.arange(12.0)[:, None]
    counts = counts[int(not_zero(family)) :]
    inside = counts <= (TRIALS if family.support.kind == "trials" else np.inf)
    found = family.arguments(y=np.where(inside, counts, 0.0), **given).call(family.density.log)
    return counts, np.where(inside, np.exp(found), 0.0)


@pytest.mark.parametrize("name", COUNTS)
def test_probabilities_of_all_counts_add_up_to_one(name):
    np.testing.assert_allclose(counts_of(name)[1].sum(axis=0), 1.0, rtol=1e-12)


class Consul:
    """The generalized Poisson law in its authors' parameters (Consul and Jain 1973)."""

    def __init__(self, theta, extra):
        self.theta, self.extra = theta, extra

    def logpmf(self, y):
        rate = self.theta + self.extra * y
        return np.log(self.theta) + (y - 1) * np.log(rate) - rate - gammaln(y + 1)

    def pmf(self, y):
        return np.exp(self.logpmf(y))


class Huang:
    """The Conway-Maxwell-Poisson law, its rate found by Brent's method on the mean (Huang 2017)."""

    def __init__(self, mu, nu):
        self.nu, counts = nu, np.arange(300.0)

        def excess(rate, mean, shape):
            logs = counts * rate - shape * gammaln(counts + 1)
            return np.exp(logs - logsumexp(logs)) @ counts - mean

        pairs = zip(mu, nu, strict=True)
        self.rate = np.array([brentq(excess, -9, 9, args=pair, xtol=1e-15) for pair in pairs])
        logs = counts[:, None] * self.rate - nu * gammaln(counts[:, None] + 1)
        self.total = logsumexp(logs, axis=0)

    def logpmf(self, y):
        return y * self.rate - self.nu * gammaln(y + 1) - self.total

    def pmf(self, y):
        return np.exp(self.logpmf(y))


LAWS = {
    "poisson": stats.poisson(MU),
    "negativebinomial": stats.nbinom(GIVEN["alpha"], GIVEN["alpha"] / (GIVEN["alpha"] + MU)),
    "nbinom1": stats.nbinom(MU / GIVEN["phi"], 1 / (1 + GIVEN["phi"])),
    "geometric": stats.nbinom(1.0, 1 / (1 + MU)),
    "compois": Huang(MU, GIVEN["nu"]),
    "genpois": Consul(MU / np.sqrt(GIVEN["phi"]), 1 - 1 / np.sqrt(GIVEN["phi"])),
    "binomial": stats.binom(TRIALS, SHARES),
    "beta_binomial": stats.betabinom(
        TRIALS.astype(int), SHARES * GIVEN["kappa"], (1 - SHARES) * GIVEN["kappa"]
    ),
    "gamma": stats.gamma(GIVEN["alpha"], scale=MU / GIVEN["alpha"]),
    "lognormal": stats.lognorm(GIVEN["sigma"], scale=np.exp(MU)),
    "beta": stats.beta(SHARES * GIVEN["kappa"], (1 - SHARES) * GIVEN["kappa"]),
}


@pytest.mark.parametrize("name", [name for name in NAMES if name != BOTH])
def test_a_log_density_is_scipys_with_zeros_put_in_or_left_out(name):
    family, given = point(name)
    law, whole = LAWS[family.based_on], family.support.whole
    for y in responses(family):
        with np.errstate(divide="ignore"):
            plain = law.logpmf(y) if whole else law.logpdf(y)
        zero = law.pmf(0.0) if whole else 0.0
        counted = plain - np.log1p(-zero)
        chance = given.get("zi", given.get("hu", 0.0))
        if "zi" in given and whole:  # such a zero can be one of the law below too
            expected = np.log(np.where(y == 0, chance, 0.0) + (1 - chance) * np.exp(plain))
        else:
            with np.errstate(divide="ignore"):
                expected = np.where(y == 0, np.log(chance), np.log1p(-chance) + counted)
        found = family.arguments(y=y, **given).call(family.density.log)
        np.testing.assert_allclose(found, expected, rtol=1e-11)


@pytest.mark.parametrize("name", NAMES)
def test_gradient_and_hessian_are_differences_at_zeros_and_above(name):
    family, given = point(name)
    names = [parameter.name for parameter in family.parameters]
    for y in responses(family):

        def log_density(y=y, **at):
            return family.arguments(y=y, **at).call(family.density.log)

        gradient = family.arguments(y=y, **given).call(family.density.gradient)
        hessian = iter(family.arguments(y=y, **given).call(family.density.hessian))
        for row, one in enumerate(names):
            expected = slopes(log_density, given, one)
            np.testing.assert_allclose(gradient[row] + 0 * y, expected, rtol=1e-7, atol=1e-8)
            for other in names[: row + 1]:

                def of_one(row=row, y=y, **at):
                    return family.arguments(y=y, **at).call(family.density.gradient)[row] + 0 * y

                bend = slopes(of_one, given, other)
                np.testing.assert_allclose(next(hessian) + 0 * y, bend, rtol=1e-6, atol=1e-7)
        assert next(hessian, None) is None


#: Parameters whose information has no closed form.
OPEN = {name: set() for name in LAWS} | {
    "negativebinomial": {"alpha"},
    "nbinom1": {"mu", "phi"},
    "beta_binomial": {"mu", "kappa"},
    "compois": {"nu"},
    "genpois": {"phi"},  # with mu it is left out where zeros are
}


@pytest.mark.parametrize("name", COUNTS)
def test_the_information_in_mean_and_zeros_is_expected_over_all_counts(name):
    """Sums over counts; where there is no closed form it is positive."""
    family, given = point(name)
    counts, mass = counts_of(name)
    bounded = np.minimum(counts, TRIALS) if family.support.kind == "trials" else counts
    hessian = family.arguments(y=bounded, **given).call(family.density.hessian)
    curvature = family.arguments(**given).call(family.density.curvature)
    names = [parameter.name for parameter in family.parameters]
    pairs = [(i, j) for i in range(len(names)) for j in range(i)]
    mixed = dict(zip(pairs, family.density.mixed, strict=False))
    for i, one in enumerate(names):
        assert (curvature[i] > 0).all()
        for j, other in enumerate(names[: i + 1]):
            if {one, other} & OPEN[family.based_on]:
                continue
            expected = -(mass * hessian[i * (i + 1) // 2 + j]).sum(axis=0)
            function = mixed.get((i, j))
            found = 0.0 if function is None else family.arguments(**given).call(function)
            np.testing.assert_allclose(
                curvature[i] if i == j else found, expected, rtol=1e-8, atol=1e-12
            )


@pytest.mark.parametrize("name", NAMES)
def test_mean_and_variance_are_those_of_all_responses_zeros_included(name):
    family, given = point(name)
    found = family.arguments(**given)
    mean, variance = found.value(family.mean), found.value(family.variance_function)
    if name == BOTH:
        law, zoi, coi = LAWS["beta"], GIVEN["zoi"], GIVEN["coi"]
        expected = (1 - zoi) * law.mean() + zoi * coi
        second = (1 - zoi) * (law.var() + law.mean() ** 2) + zoi * coi
    elif family.support.whole:
        counts, mass = counts_of(name)
        expected = (mass * counts).sum(axis=0)
        second = (mass * counts**2).sum(axis=0)
    else:
        law, some = LAWS[family.based_on], 1 - GIVEN["hu"]
        expected, second = some * law.mean(), some * (law.var() + law.mean() ** 2)
    trials = given.get("trials", 1.0)
    np.testing.assert_allclose(trials * mean, expected, rtol=1e-10)
    np.testing.assert_allclose(variance, second - expected**2, rtol=1e-9)
    slope = slopes(lambda **at: family.arguments(**at).value(family.mean), given, "mu")
    np.testing.assert_allclose(found.call(family.mean_slope) + 0 * mean, slope, rtol=1e-8)


@pytest.mark.parametrize("name", [n for n in COUNTS if FAMILIES[n].censorable is not None])
def test_the_distribution_function_adds_probabilities_up(name):
    family, given = point(name)
    counts, mass = counts_of(name)
    mean = family.arguments(**given).value(family.mean)
    for k in (int(not_zero(family)), 3, 8):
        rows, up_to = family.arguments(y=np.full(3, float(k)), **given), counts <= k
        below = np.exp(rows.call(family.censorable.log_below))
        above = np.exp(rows.call(family.censorable.log_above))
        excess = np.exp(rows.call(family.censorable.log_excess))
        np.testing.assert_allclose(below, (mass * up_to).sum(axis=0), rtol=1e-9)
        np.testing.assert_allclose(above, (mass * ~up_to).sum(axis=0), rtol=1e-7)
        expected = (mass * ~up_to * (counts - mean)).sum(axis=0)
        np.testing.assert_allclose(excess, expected, rtol=1e-5, atol=1e-12)


def drawn(family, given, n=40_000):
    """Random responses at a family's parameters, (n, 3)."""
    frame = pd.DataFrame({"y": [1.0, 2.0, 0.0], "n": TRIALS})
    left = "y | trials(n)" if family.support.kind == "trials" else "y"
    response = build_design([parse_formula(f"{left} ~ 1")], frame).response
    eta = np.broadcast_to(family.link(given["mu"]), (n, 3))
    further = {p.name: np.broadcast_to(given[p.name], (n, 3)) for p in family.further}
    return random_response(family, response, eta, further, np.random.default_rng(4))


@pytest.mark.parametrize("name", NAMES)
def test_random_responses_have_the_familys_mean_and_zeros(name):
    family, given = point(name)
    found, values = family.arguments(y=np.zeros(3), **given), drawn(*point(name))
    mean = found.value(family.mean) * given.get("trials", 1.0)
    error = np.sqrt(found.value(family.variance_function) / len(values))
    assert (np.abs(values.mean(axis=0) - mean) < 5 * error).all()
    zeros = 0.0 if not_zero(family) else np.exp(found.call(family.density.log))
    assert (np.abs((values == 0).mean(axis=0) - zeros) < 5 * 0.5 / np.sqrt(len(values))).all()


PYMC = {
    "zero_inflated_poisson": ("ZeroInflatedPoisson", {"psi": 1 - GIVEN["zi"], "mu": MU}),
    "zero_inflated_negativebinomial": (
        "ZeroInflatedNegativeBinomial",
        {"psi": 1 - GIVEN["zi"], "mu": MU, "alpha": GIVEN["alpha"]},
    ),
    "zero_inflated_binomial": (
        "ZeroInflatedBinomial",
        {"psi": 1 - GIVEN["zi"], "n": TRIALS.astype(int), "p": SHARES},
    ),
    "hurdle_poisson": ("HurdlePoisson", {"psi": 1 - GIVEN["hu"], "mu": MU}),
    "hurdle_negativebinomial": (
        "HurdleNegativeBinomial",
        {"psi": 1 - GIVEN["hu"], "mu": MU, "alpha": GIVEN["alpha"]},
    ),
}


@pytest.mark.parametrize("name", PYMC)
def test_a_log_density_is_pymcs(name):
    import pymc as pm

    family, given = point(name)
    kind, arguments = PYMC[name]
    for y in responses(family):
        law = getattr(pm, kind).dist(**arguments)
        expected = pm.logp(law, y.astype(int)).eval(mode="FAST_COMPILE")
        found = family.arguments(y=y, **given).call(family.density.log)
        np.testing.assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize("name", [name for name in NAMES if not FAMILIES[name].searched])
def test_the_same_text_makes_tensors(name):
    from mixwell.infer.pymc.tensor_functions import TENSORS

    family, given = point(name)
    for y in responses(family):
        made = Arguments(family.link, TENSORS, {"y": y, **given}).call(family.density.log)
        expected = family.arguments(y=y, **given).call(family.density.log)
        np.testing.assert_allclose(made.eval(mode="FAST_COMPILE"), expected, rtol=1e-10)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("ZeroInflatedPoisson", "zero_inflated_poisson"),  # PyMC's
        ("zero_inflated_negbinomial", "zero_inflated_negativebinomial"),  # brms's
        ("hurdle_negbinomial", "hurdle_negativebinomial"),
        ("truncated_nbinom2", "truncated_negativebinomial"),  # glmmTMB's
        ("hurdle_lognormal", "hurdle_lognormal"),  # bambi's and brms's
        ("HurdleGamma", "hurdle_gamma"),
        ("zero_inflated(poisson)", "zero_inflated_poisson"),
    ],
)
def test_families_with_zeros_are_found_by_their_names_elsewhere(name, found):
    assert get_family(name).name == found


def test_zeros_are_added_to_a_family_and_its_link():
    assert mw.zero_inflated("poisson", "sqrt") is not None
    assert mw.zero_inflated("poisson", "sqrt").link_name == "sqrt"
    assert mw.hurdle("nbinom2").name == "hurdle_negativebinomial"
    assert mw.zero_inflated(get_family("binomial", "probit")).link_name == "probit"
    with pytest.raises(
        DataError,
        match="poisson, negativebinomial, nbinom1, geometric, genpois, compois, gamma, lognormal",
    ):
        mw.hurdle("student")
    with pytest.raises(DataError, match=r"no zero_inflated\(\) of the family .gamma."):
        mw.zero_inflated("gamma")


@pytest.mark.parametrize(
    ("family", "y", "said"),
    [
        ("zero_inflated_poisson", [0, 0, 0], 'The response "y" is 0 in every row.'),
        ("zero_inflated_poisson", [1, 2, 4], 'Use family="poisson".'),
        ("hurdle_poisson", [1, 2, 4], "has no zeros, so that nothing is known of hu"),
        ("hurdle_gamma", [0.0, 0.0, 0.0], "is 0 in every row"),
        ("hurdle_gamma", [0.0, -1.0, 2.0], "is below 0: -1"),
        ("zero_inflated_beta", [0.0, 1.0, 0.5], "is neither 0 nor between 0 and 1"),
        ("zero_one_inflated_beta", [0.0, 1.5, 0.5], "is not between 0 and 1: 1.5"),
        ("zero_one_inflated_beta", [0.0, 1.0, 1.0], 'Use family="bernoulli".'),
        ("zero_one_inflated_beta", [0.2, 0.9, 0.1], 'Use family="beta".'),
        ("truncated_poisson", [0, 1, 2], 'with zeros use family="poisson" or "hurdle_poisson"'),
        ("zero_inflated_poisson", [0, 1.5, 2], "is not a whole number: 1.5"),
    ],
)
def test_responses_that_a_family_of_zeros_cannot_have_are_refused(family, y, said):
    response = build_design([parse_formula("y ~ 1")], pd.DataFrame({"y": y})).response
    with pytest.raises(DataError) as caught:
        resolve_family(family, None, response)
    assert said in str(caught.value)


def test_proportions_with_both_ends_have_their_probabilities():
    """SciPy's beta between the ends; above a proportion what is left of 1."""
    family, given = point(BOTH)
    law, zoi, coi = LAWS["beta"], GIVEN["zoi"], GIVEN["coi"]

    def value(what, y):
        with np.errstate(divide="ignore"):
            return np.exp(family.arguments(y=np.full(3, y), **given).call(what))

    np.testing.assert_allclose(value(family.density.log, 0.0), zoi * (1 - coi))
    np.testing.assert_allclose(value(family.density.log, 1.0), zoi * coi)
    np.testing.assert_allclose(value(family.density.log, 0.4), (1 - zoi) * law.pdf(0.4))
    below, above = family.censorable.log_below, family.censorable.log_above
    for y, expected in ((0.0, zoi * (1 - coi)), (1.0, 1.0)):
        np.testing.assert_allclose(value(below, y), expected)
    np.testing.assert_allclose(value(below, 0.4), zoi * (1 - coi) + (1 - zoi) * law.cdf(0.4))
    for y in (0.0, 0.4, 1.0):
        np.testing.assert_allclose(value(below, y) + value(above, y), 1.0)
    mean = family.arguments(**given).value(family.mean)
    inner = [
        stats.beta(*(p[i] for p in law.args)).expect(lambda t, m=mean[i]: t - m, lb=0.4)
        for i in range(3)
    ]
    expected = (1 - zoi) * np.array(inner) + zoi * coi * (1 - mean)
    np.testing.assert_allclose(value(family.censorable.log_excess, 0.4), expected, rtol=1e-6)


def test_a_hurdles_zeros_are_an_atom_of_its_distribution():
    """The probability below 0 is none, that up to it is hu."""
    data = pd.DataFrame({"y": [0.0, 0.5, 2.0]})
    response = build_design([parse_formula("y ~ 1")], data).response
    family, given = point("hurdle_gamma")
    further = {name: given[name] for name in ("alpha", "hu")}
    low, high = distribution_ends(family, response, np.log(MU), further)
    np.testing.assert_allclose([low[0], high[0]], [0.0, GIVEN["hu"][0]], atol=1e-15)
    np.testing.assert_allclose(low[1:], high[1:])
