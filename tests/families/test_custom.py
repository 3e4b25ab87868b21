"""A family of one's own: followed for derivatives, fitted, refused with the reason, saved."""

import numpy as np
import pandas as pd
import pytest
from scipy import special
from scipy.special import gammaln

import mixwell as mw
from mixwell.errors import DataError
from mixwell.families import FAMILIES

RNG = np.random.default_rng(8)
DATA = pd.DataFrame({"x": RNG.normal(size=60), "g": np.repeat(list("abcdef"), 10)})
DATA["n"] = RNG.negative_binomial(2.0, 2.0 / (2.0 + np.exp(1.0 + 0.5 * DATA["x"])))
OPTIONS = {"draws": 400, "chains": 2, "seed": 1, "progressbar": False}


def log_density(y, mu, alpha):
    """Return the negative binomial's log density, in NumPy's and SciPy's functions."""
    constant = gammaln(y + alpha) - special.gammaln(alpha) - gammaln(y + 1)
    return constant + alpha * np.log(alpha) + y * np.log(mu) - (y + alpha) * np.log(mu + alpha)


MINE = mw.custom_family(
    "my_counts",
    log_density,
    response="count",
    variance=lambda mu, alpha: mu + mu**2 / alpha,
    sample=lambda rng, mu, alpha: rng.poisson(rng.gamma(alpha, mu / alpha)),
)


@pytest.mark.parametrize("what", ["log", "gradient", "hessian"])
def test_a_density_in_numpys_functions_has_the_derivatives_of_the_family_that_it_is(what):
    given = {"y": np.array([0.0, 3.0, 11.0]), "mu": np.array([0.4, 2.0, 9.0]), "alpha": 1.7}
    theirs = FAMILIES["negativebinomial"].arguments(**given)
    expected = theirs.call(getattr(FAMILIES["negativebinomial"].density, what))
    found = MINE.arguments(**given).call(getattr(MINE.density, what))
    np.testing.assert_allclose(np.stack(found), np.stack(expected), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("engine", ["exact", "direct"])
def test_a_family_of_ones_own_is_fitted_like_the_family_that_it_is(engine):
    mine, theirs = (
        mw.Model("n ~ x + (1 | g)", DATA, family=family).fit(engine=engine, **OPTIONS)
        for family in (MINE, "negativebinomial")
    )
    one, other = mine.summary(), theirs.summary()
    apart = np.abs(one["estimate"] - other["estimate"]) / other["sd"]
    assert (apart < 0.25).all()  # Monte Carlo error of 800 draws
    assert mine.made.engine == engine


def test_a_family_of_ones_own_is_sampled_by_nuts_from_its_own_text():
    """The log density of the PyMC model, with PyMC's negative binomial's."""
    mine, theirs = (
        mw.Model("n ~ x", DATA, family=family).pymc for family in (MINE, "negativebinomial")
    )
    point = theirs.initial_point()
    found = [model.compile_logp(mode="FAST_COMPILE")(point) for model in (mine, theirs)]
    assert found[0] == pytest.approx(found[1], rel=1e-10)


def test_a_family_of_ones_own_answers_what_others_do(tmp_path):
    fit = mw.Model("n ~ x", DATA, family=MINE).fit(**OPTIONS)
    assert fit.ppc(seed=1)["posterior_predictive"]["n"].shape == (2, 400, 60)
    assert len(fit.means("x")) > 0
    assert np.isfinite(fit.loo().elpd)
    assert len(fit.r2()) == 2
    fit.save(tmp_path / "fit.nc")
    again = mw.load(tmp_path / "fit.nc", family=MINE)
    pd.testing.assert_frame_equal(again.summary(), fit.summary())
    with pytest.raises(DataError, match="a family that is not one of mixwell's: my_counts"):
        mw.load(tmp_path / "fit.nc")


def test_without_a_sampler_new_responses_of_a_real_family_are_refused():
    family = mw.custom_family(
        "plain", lambda y, mu, sigma: -np.log(sigma) - ((y - mu) / sigma) ** 2
    )
    fit = mw.Model("x ~ 1", DATA, family=family).fit(**OPTIONS)
    with pytest.raises(DataError, match="does not say how responses are drawn"):
        fit.ppc(seed=1)


def test_the_scale_is_the_parameter_that_the_declaration_names():
    def log_density(y, mu, tau):
        return -np.log(2 * tau) - np.abs(y - mu) / tau

    wide = DATA.assign(x=1000 * DATA["x"])
    priors = {
        scale: mw.Model("x ~ 1", wide, mw.custom_family("mine", log_density, scale=scale)).spec
        for scale in ("tau", None)
    }
    width = 2.5 * wide["x"].std(ddof=0)
    assert priors["tau"].priors["tau"].args["sigma"] == pytest.approx(width, rel=1e-2)
    assert priors[None].priors["tau"].distribution != "HalfStudentT"
    with pytest.raises(DataError, match='has no argument "omega"'):
        mw.custom_family("mine", log_density, scale="omega")
    with pytest.raises(DataError, match="A scale is above 0, and tau has the link identity"):
        mw.custom_family("mine", log_density, scale="tau", links={"tau": "identity"})


def test_the_quantile_of_an_asymmetric_laplace_can_be_known():
    """The mode is near the sample quantile, and the density that of the family at that quantile."""
    family = mw.families.get_family("asymmetric_laplace(quantile=0.8)")
    given = {"y": np.array([-1.0, 0.3, 4.0]), "mu": 0.5, "sigma": 0.7}
    whole = FAMILIES["asymmetric_laplace"]
    expected = whole.arguments(**given, quantile=0.8).call(whole.density.log)
    np.testing.assert_allclose(family.arguments(**given).call(family.density.log), expected)
    slopes = whole.arguments(**given, quantile=0.8).call(whole.density.gradient)[:2]
    found = family.arguments(**given).call(family.density.gradient)
    np.testing.assert_allclose(np.stack(found), np.stack(slopes))
    fit = mw.Model("x ~ 1", DATA, "asymmetric_laplace(quantile=0.8)").fit(**OPTIONS)
    b = fit.summary()
    assert abs(b["estimate"].iloc[0] - DATA["x"].quantile(0.8)) < 2 * b["sd"].iloc[0]
    with pytest.raises(DataError, match="quantile"):
        mw.families.get_family("asymmetric_laplace(quantile=1.2)")


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (lambda: mw.custom_family("a", lambda y, mu: np.sum(y - mu)), "sum\\(\\) has no meaning"),
        (lambda: mw.custom_family("a", lambda y, m: y - m), "function of y, mu and further"),
        (lambda: mw.custom_family("a", lambda y, mu: 0.0 if y > mu else 1.0), "cannot be followed"),
        (lambda: mw.custom_family("a", lambda y, mu: np.log(mu - 5.0) + y), "not three numbers"),
        (lambda: mw.custom_family("a", log_density, links={"shape": "log"}), 'no argument "shape"'),
        (lambda: mw.custom_family("a", log_density, links={"alpha": "lag"}), 'no link "lag"'),
        (lambda: mw.custom_family("a", log_density, response="counts"), 'no response "counts"'),
        (lambda: mw.custom_family("gamma", log_density), "There is a family"),
        (
            lambda: mw.custom_family("a", lambda y, mu: -((y - mu) ** 2), gradient=lambda y: (y,)),
            "gradient along mu is not that",
        ),
    ],
)
def test_a_density_that_cannot_be_used_is_refused_with_the_reason(made, reason):
    with pytest.raises(DataError, match=reason):
        made()
