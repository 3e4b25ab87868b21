"""Densities of families: SciPy's values, their own derivatives, and one text for every machine."""

import math

import numba
import numpy as np
import pytest
from scipy import special, stats

from mixwell.families import FAMILIES, get_family
from mixwell.families.elementwise import ELEMENTWISE, arguments_of, bind
from mixwell.numeric.array_functions import ARRAYS

MEANS = {"number": np.array([0.3, 0.8, 2.5]), "chance": np.array([0.1, 0.45, 0.9])}
FURTHER = {
    "sigma": np.array([0.7, 1.3, 2.0]),
    "nu": np.array([3.0, 7.5, 30.0]),
    "alpha": np.array([0.4, 2.0, 9.0]),
    "kappa": np.array([1.5, 6.0, 40.0]),
    "beta": np.array([0.8, 0.3, 2.0]),
    "ndt": np.array([0.15, 0.3, 0.4]),
    "quantile": np.array([0.1, 0.5, 0.8]),
}
#: A mean and a variance need tails that are no heavier.
OWN = {"loglogistic": {"sigma": np.array([0.2, 0.15, 0.3])}}
RESPONSES = {
    "number": np.array([-0.4, 0.9, 4.0]),
    "positive": np.array([0.2, 0.9, 4.0]),
    "count": np.array([0.0, 3.0, 11.0]),
    "outcome": np.array([0.0, 1.0, 1.0]),
    "share": np.array([0.2, 0.55, 0.97]),
}
OF_FAMILY = {
    "gaussian": ("number", "number"),
    "student": ("number", "number"),
    "bernoulli": ("outcome", "chance"),
    "binomial": ("count", "chance"),
    "poisson": ("count", "number"),
    "negativebinomial": ("count", "number"),
    "gamma": ("positive", "number"),
    "beta": ("share", "chance"),
    "laplace": ("number", "number"),
    "asymmetric_laplace": ("number", "number"),
    "skew_normal": ("number", "number"),
    "exgaussian": ("number", "number"),
    "loglogistic": ("positive", "number"),
    "shifted_lognormal": ("positive", "number"),
    "weibull": ("positive", "number"),
    "exponential": ("positive", "number"),
    "inverse_gaussian": ("positive", "number"),
    "von_mises": ("number", "number"),
}


def skew_normal(mu, sd, alpha):
    """SciPy's, by mean and standard deviation."""
    shape = stats.skewnorm(alpha)
    return stats.skewnorm(alpha, mu - shape.mean() * sd / shape.std(), sd / shape.std())


TRIALS = np.array([4.0, 7.0, 11.0])
LAWS = {
    "gaussian": lambda mu, p: stats.norm(mu, p["sigma"]).logpdf,
    "student": lambda mu, p: stats.t(p["nu"], mu, p["sigma"]).logpdf,
    "bernoulli": lambda mu, p: stats.bernoulli(mu).logpmf,
    "binomial": lambda mu, p: stats.binom(TRIALS, mu).logpmf,
    "poisson": lambda mu, p: stats.poisson(mu).logpmf,
    "negativebinomial": lambda mu, p: (
        stats.nbinom(p["alpha"], p["alpha"] / (p["alpha"] + mu)).logpmf
    ),
    "gamma": lambda mu, p: stats.gamma(p["alpha"], scale=mu / p["alpha"]).logpdf,
    "beta": lambda mu, p: stats.beta(mu * p["kappa"], (1 - mu) * p["kappa"]).logpdf,
    "laplace": lambda mu, p: stats.laplace(mu, p["sigma"]).logpdf,
    "asymmetric_laplace": lambda mu, p: (
        stats.laplace_asymmetric(
            np.sqrt(p["quantile"] / (1 - p["quantile"])),
            mu,
            p["sigma"] / np.sqrt(p["quantile"] * (1 - p["quantile"])),
        ).logpdf
    ),
    "skew_normal": lambda mu, p: skew_normal(mu, p["sigma"], p["alpha"]).logpdf,
    "exgaussian": lambda mu, p: (
        stats.exponnorm(p["beta"] / p["sigma"], mu - p["beta"], p["sigma"]).logpdf
    ),
    "loglogistic": lambda mu, p: stats.fisk(1 / p["sigma"], scale=np.exp(mu)).logpdf,
    "shifted_lognormal": lambda mu, p: stats.lognorm(p["sigma"], p["ndt"], np.exp(mu)).logpdf,
    "weibull": lambda mu, p: (
        stats.weibull_min(p["alpha"], scale=mu / special.gamma(1 + 1 / p["alpha"])).logpdf
    ),
    "exponential": lambda mu, p: stats.expon(scale=mu).logpdf,
    "inverse_gaussian": lambda mu, p: stats.invgauss(mu / p["alpha"], scale=p["alpha"]).logpdf,
    "von_mises": lambda mu, p: stats.vonmises(p["kappa"], mu).logpdf,
}
NAMES = tuple(OF_FAMILY)
#: Families whose expected information has no closed form: what is observed stands in for it.
OBSERVED = ("skew_normal", "exgaussian")
INFORMED = tuple(name for name in NAMES if name not in OBSERVED)


def point(name):
    """A family with three rows: their responses, trials and parameters by name."""
    family = FAMILIES[name]
    response, mean = OF_FAMILY[name]
    given = {"y": RESPONSES[response], "mu": MEANS[mean], "trials": TRIALS}
    own = {**FURTHER, **OWN.get(name, {})}
    return family, given | {p.name: own[p.name] for p in family.further}


def slopes(function, given, name, step=1e-3):
    """The derivative of a function's values by one argument, to sixth order."""
    size = step * given[name]
    weights = ((1, 45.0), (2, -9.0), (3, 1.0))
    total = 0.0
    for k, w in weights:
        ahead, behind = (function(**{**given, name: given[name] + s * k * size}) for s in (1, -1))
        total = total + w * (np.asarray(ahead) - np.asarray(behind))
    return total / (60 * size)


@pytest.mark.parametrize("name", NAMES)
def test_a_log_density_is_scipys(name):
    family, given = point(name)
    law = LAWS[name](given["mu"], given)
    found = family.arguments(**given).call(family.density.log)
    np.testing.assert_allclose(found, law(given["y"]), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_the_gradient_is_that_of_the_log_density(name):
    family, given = point(name)

    def log_density(**at):
        return family.arguments(**at).call(family.density.log)

    gradient = family.arguments(**given).call(family.density.gradient)
    assert len(gradient) == len(family.parameters)
    for parameter, found in zip(family.parameters, gradient, strict=True):
        expected = slopes(log_density, given, parameter.name)
        np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("name", NAMES)
def test_the_hessian_is_that_of_the_gradient_mixed_terms_too(name):
    family, given = point(name)
    names = [parameter.name for parameter in family.parameters]
    hessian = iter(family.arguments(**given).call(family.density.hessian))
    for row, one in enumerate(names):
        for other in names[: row + 1]:

            def of_one(row=row, **at):
                return family.arguments(**at).call(family.density.gradient)[row]

            expected = slopes(of_one, given, other)
            np.testing.assert_allclose(next(hessian), expected, rtol=1e-6, atol=1e-7)
        assert one in given
    assert next(hessian, None) is None


@pytest.mark.parametrize("name", NAMES)
def test_the_curvature_is_positive_also_where_the_hessian_is_not(name):
    family, given = point(name)
    rng = np.random.default_rng(3)
    wide = {
        k: np.concatenate([v * s for s in rng.uniform(0.05, 1.05, 40)]) for k, v in given.items()
    }
    for found in family.arguments(**wide).call(family.density.curvature):
        assert (np.broadcast_to(found, wide["mu"].shape) > 0).all()


@pytest.mark.parametrize("name", INFORMED)
def test_the_curvature_of_the_mean_is_the_expected_information(name):
    family, given = point(name)
    law = LAWS[name](given["mu"], given).__self__
    information = family.arguments(**given).call(family.density.curvature)[0]
    drawn = law.rvs(size=(400_000, 3), random_state=np.random.default_rng(5)).astype(float)
    if name == "beta":
        drawn = np.clip(drawn, 1e-300, 1 - 1e-16)
    score = family.arguments(**{**given, "y": drawn}).call(family.density.gradient)[0]
    np.testing.assert_allclose((score**2).mean(axis=0), information, rtol=0.03)


@pytest.mark.parametrize("name", [n for n in INFORMED if FAMILIES[n].further])
def test_the_mixed_curvature_is_the_expected_information(name):
    """Minus the mean of the observed terms, over 400,000 responses of SciPy's."""
    family, given = point(name)
    law = LAWS[name](given["mu"], given).__self__
    drawn = law.rvs(size=(400_000, 3), random_state=np.random.default_rng(5)).astype(float)
    if name == "beta":
        drawn = np.clip(drawn, 1e-300, 1 - 1e-16)
    observed = family.arguments(**{**given, "y": drawn}).call(family.density.hessian)
    curvature = family.arguments(**given).call(family.density.curvature)
    pairs = [(i, j) for i in range(len(family.parameters)) for j in range(i)]
    known = family.density.mixed or (None,) * len(pairs)
    for (i, j), function in zip(pairs, known, strict=True):
        terms = -observed[i * (i + 1) // 2 + j]
        error = terms.std(axis=0) / np.sqrt(len(drawn))
        found = 0.0 if function is None else family.arguments(**given).call(function)
        assert (np.abs(terms.mean(axis=0) - found) < 5 * error + 1e-10).all()  # and rounding
        assert (np.square(found) < curvature[i] * curvature[j]).all()


@pytest.mark.parametrize("name", [n for n in NAMES if FAMILIES[n].variance_function])
def test_random_responses_have_the_familys_mean_and_variance(name):
    family, given = point(name)
    found = family.arguments(**given)
    arguments = {k: found.value(v) for k, v in family.sampler.arguments}
    rng = np.random.default_rng(2)
    drawn = getattr(rng, family.sampler.method)(size=(400_000, 3), **arguments)
    others = {k: getattr(rng, method)(size=(400_000, 3)) for k, method in family.sampler.others}
    if family.sampler.response is not None:
        drawn = found.given(draw=drawn, **others).call(family.sampler.response)
    variance = np.broadcast_to(found.value(family.variance_function), (3,))
    mean = found.value(family.mean) * (TRIALS if family.support.kind == "trials" else 1.0)
    error = np.sqrt(variance / len(drawn))
    assert (np.abs(drawn.mean(axis=0) - mean) < 5 * error).all()
    spread = np.sqrt((stats.kurtosis(drawn, axis=0) + 2.0) / len(drawn))
    assert (np.abs(drawn.var(axis=0) / variance - 1) < 6 * spread + 0.01).all()


@pytest.mark.parametrize("name", [n for n in NAMES if FAMILIES[n].censorable is not None])
def test_the_distribution_function_is_scipys_and_its_quantiles_undo_it(name):
    family, given = point(name)
    law = LAWS[name](given["mu"], given).__self__
    found, known = family.arguments(**given), family.censorable
    np.testing.assert_allclose(found.call(known.log_below), law.logcdf(given["y"]), rtol=1e-10)
    np.testing.assert_allclose(found.call(known.log_above), law.logsf(given["y"]), rtol=1e-10)
    if known.quantile is not None:
        p = np.array([0.02, 0.5, 0.93])
        np.testing.assert_allclose(found.given(p=p).call(known.quantile), law.ppf(p), rtol=1e-10)


@pytest.mark.parametrize("name", ["gamma", "beta"])
def test_the_excess_over_a_bound_is_its_integral(name):
    """E[(Y - E Y) 1(Y > y)] by SciPy's quadrature."""
    family, given = point(name)
    found = family.arguments(**given).call(family.censorable.log_excess)
    p = given["alpha" if name == "gamma" else "kappa"]
    for i, (y, mu, shape) in enumerate(zip(given["y"], given["mu"], p, strict=True)):
        law = stats.gamma(shape, scale=mu / shape)
        law = law if name == "gamma" else stats.beta(mu * shape, (1 - mu) * shape)
        expected = law.expect(lambda t, mu=mu: t - mu, lb=y)
        np.testing.assert_allclose(np.exp(found[i]), expected, rtol=1e-6)


def test_a_direction_is_drawn_as_scipy_has_it():
    """Angles have no variance: their mean direction and its length, by 400,000 draws."""
    family, given = point("von_mises")
    drawn = np.random.default_rng(2).vonmises(given["mu"], given["kappa"], (400_000, 3))
    whole = np.exp(1j * drawn).mean(axis=0)
    np.testing.assert_allclose(np.angle(whole), given["mu"], atol=0.02)
    length = special.i1(given["kappa"]) / special.i0(given["kappa"])
    np.testing.assert_allclose(np.abs(whole), length, atol=0.01)
    assert family.sampler.method == "vonmises"


def test_a_gamma_response_near_zero_keeps_the_digits_of_its_probability():
    family = get_family("gamma")
    found = family.arguments(y=1e-6, mu=1.0, alpha=6.0).call(family.censorable.log_below)
    expected = stats.gamma(6.0, scale=1 / 6.0).logcdf(1e-6)  # about 1e-34
    np.testing.assert_allclose(found, expected, rtol=1e-10)


@pytest.mark.parametrize("alpha", [1e3, 1e5, 1e7, 1e9, 1e12])
def test_a_negative_binomial_with_a_large_shape_keeps_its_digits(alpha):
    family = get_family("negativebinomial")
    y, mu = np.array([0.0, 1.0, 7.0, 120.0]), 6.0
    found = family.arguments(y=y, mu=mu, alpha=alpha).call(family.density.log)
    # the exact sum of log(1 + k / alpha) over k below the count
    rising = np.array([math.fsum(math.log1p(k / alpha) for k in range(int(n))) for n in y])
    plain = y * np.log(mu) - (y + alpha) * np.log1p(mu / alpha)
    expected = rising + plain - np.array([math.lgamma(n + 1) for n in y])
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def scalar_functions():
    """What the elementwise names mean in a row loop that is compiled."""

    @numba.njit
    def where(condition, one, other):
        return one if condition else other

    @numba.njit
    def maximum(a, b):
        return max(a, b)

    plain = {name: getattr(math, name) for name in ("exp", "log", "log1p", "lgamma", "sqrt")}
    return {**plain, "where": where, "maximum": maximum}


SCALARS = scalar_functions()


@pytest.mark.parametrize(
    "name", ["gaussian", "student", "poisson", "negativebinomial", "gamma", "beta"]
)
def test_the_same_text_is_a_compiled_loop_over_rows(name):
    family, given = point(name)
    names = arguments_of(family.density.log)
    row = bind(family.density.log, SCALARS, numba.njit)
    given = given | {"log_mu": np.log(given["mu"])}
    found = [row(*(float(given[n][i]) for n in names)) for i in range(3)]
    expected = family.arguments(**given).call(family.density.log)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_text_makes_tensors(name):
    from mixwell.families.arguments import Arguments
    from mixwell.infer.pymc.tensor_functions import TENSORS

    family, given = point(name)
    made = Arguments(family.link, TENSORS, given).call(family.density.log)
    expected = family.arguments(**given).call(family.density.log)
    np.testing.assert_allclose(made.eval(mode="FAST_COMPILE"), expected, rtol=1e-10)


@pytest.mark.parametrize(
    "name", [n for n, f in FAMILIES.items() if f.of_levels is None and not f.searched]
)
def test_the_log_density_of_variable_responses_makes_a_tensor(name):
    """A comparison with `==` would be of the variables themselves, not of their values."""
    import pytensor.tensor as pt

    from mixwell.families.arguments import Arguments
    from mixwell.infer.pymc.tensor_functions import TENSORS

    family = FAMILIES[name]
    others = [p.name for p in family.further if p.vector is None]
    given = {key: pt.dvector(key) for key in ("y", "eta", "trials", *others)}
    vectors = [p.name for p in family.further if p.vector is not None]
    given |= {key: pt.tensor(key, shape=(3,), dtype="float64") for key in vectors}
    made = Arguments(family.link, TENSORS, given).call(family.density.log)
    assert made.ndim == 1


def test_every_elementwise_name_has_a_meaning_for_arrays():
    assert set(ARRAYS) == set(ELEMENTWISE)


def test_functions_around_a_function_are_bound_with_it():
    """A combinator makes functions of functions, which it takes from another family."""
    from mixwell.families.elementwise import log, takes

    def halved(function):
        @takes("y", *arguments_of(function)[1:])
        def half(*values):
            return function(*values) - log(2.0)

        return half

    made = halved(get_family("poisson").density.log)
    assert arguments_of(made)[0] == "y"
    given = {"y": 3.0, "mu": 2.0, "log_mu": np.log(2.0)}
    found = bind(made, ARRAYS)(*(given[name] for name in arguments_of(made)))
    assert found == pytest.approx(stats.poisson(2.0).logpmf(3) - np.log(2))


def test_a_name_that_is_not_bound_says_so():
    with pytest.raises(NameError, match=r"log\(\) is a name"):
        ELEMENTWISE["log"](1.0)


def test_the_names_of_families_are_read_without_numpy_or_pymc():
    import subprocess
    import sys

    code = (
        "import sys, mixwell.families as f; f.FAMILIES['poisson'].r_names['poisson'];"
        "print(sorted({'numpy', 'scipy', 'pandas', 'pymc', 'pytensor'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
