"""Residuals against closed forms of SciPy, draw by draw, and their standard normal distribution."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import mixwell as mw
from mixwell.interpret.residuals.residuals import residuals
from mixwell.posterior import row_blocks

RNG = np.random.default_rng(11)
N = 240


def rows(family: str) -> pd.DataFrame:
    x, g, w = RNG.normal(size=N), np.arange(N) % 8, 1.0 + np.arange(N) % 3
    eta = 0.5 * x + RNG.normal(0, 0.5, 8)[g]
    m = RNG.integers(1, 9, N)
    y = {
        "gaussian": lambda: RNG.normal(eta, 1 / np.sqrt(w)),
        "poisson": lambda: RNG.poisson(np.exp(eta)),
        "binomial": lambda: RNG.binomial(m, 1 / (1 + np.exp(-eta))),
        "bernoulli": lambda: RNG.binomial(1, 1 / (1 + np.exp(-eta))),
    }[family]()
    labels = [f"r{i}" for i in range(N)]
    return pd.DataFrame({"y": y, "x": x, "g": g.astype(str), "w": w, "m": m}, index=labels)


def fitted(left: str, family: str) -> mw.Fit:
    model = mw.Model(f"{left} ~ x + (1 | g)", rows(family), family=family)
    return model.fit(engine="exact", draws=100, seed=1)


@pytest.fixture(scope="module")
def fits() -> dict[str, mw.Fit]:
    lefts = {
        "gaussian": "y | weights(w)",
        "poisson": "y",
        "binomial": "y | trials(m)",
        "bernoulli": "y",
    }
    return {family: fitted(left, family) for family, left in lefts.items()}


def laws(fit: mw.Fit) -> tuple[np.ndarray, np.ndarray, stats.rv_continuous]:
    """Observed values, expected ones and the distribution of every row in every draw."""
    data = fit.spec.design.data
    mu = fit.predictions(groups="existing").samples
    y, m = data["y"].to_numpy(float)[:, None], data["m"].to_numpy()[:, None]
    name = fit.spec.family.name
    if name == "gaussian":
        sigma = fit.drawn.flat("sigma") / np.sqrt(data["w"].to_numpy()[:, None])
        return y, mu, stats.norm(mu, sigma)
    made = {"poisson": stats.poisson(mu), "binomial": stats.binom(m, mu)}
    return y, mu, made.get(name, stats.bernoulli(mu))


@pytest.mark.parametrize("family", ["gaussian", "poisson", "binomial", "bernoulli"])
def test_every_kind_is_its_closed_form(fits: dict[str, mw.Fit], family: str) -> None:
    fit = fits[family]
    y, mu, law = laws(fit)
    share = y / fit.spec.design.data["m"].to_numpy()[:, None] if family == "binomial" else y
    np.testing.assert_allclose(fit.residuals().samples, share - mu, atol=1e-12)
    pearson = (y - law.mean()) / law.std()
    np.testing.assert_allclose(fit.residuals("pearson").samples, pearson, atol=1e-9)
    found = stats.norm.cdf(fit.residuals("quantile", seed=3).samples)
    low = law.cdf(y) if family == "gaussian" else law.cdf(y - 1)
    assert (found >= low - 1e-9).all()
    assert (found <= law.cdf(y) + 1e-9).all()


def test_the_quantile_residuals_of_a_gaussian_model_are_its_pearson_residuals(
    fits: dict[str, mw.Fit],
) -> None:
    quantile, pearson = (fits["gaussian"].residuals(kind) for kind in ("quantile", "pearson"))
    np.testing.assert_allclose(quantile.samples, pearson.samples, atol=1e-7)


@pytest.mark.parametrize("family", ["gaussian", "poisson", "binomial", "bernoulli"])
def test_quantile_residuals_of_the_right_model_are_standard_normal(
    fits: dict[str, mw.Fit], family: str
) -> None:
    samples = fits[family].residuals("quantile", seed=1).samples
    assert stats.kstest(samples[:, 7], "norm").pvalue > 0.001


def test_a_place_within_a_response_is_drawn_once_for_all_draws_and_by_the_seed(
    fits: dict[str, mw.Fit],
) -> None:
    one, again, other = (fits["poisson"].residuals("quantile", seed=s).samples for s in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert (one != other).all()
    y, _, law = laws(fits["poisson"])
    low, high = law.cdf(y - 1), law.cdf(y)
    place = (stats.norm.cdf(one) - low) / (high - low)
    np.testing.assert_allclose(place, place[:, :1] + np.zeros(one.shape), atol=1e-6)


@pytest.mark.parametrize("kind", ["response", "pearson", "quantile"])
def test_blocks_of_rows_change_nothing(
    fits: dict[str, mw.Fit], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = fits["binomial"].residuals(kind, seed=1)
    monkeypatch.setattr(row_blocks, "WHOLE", 1)
    monkeypatch.setattr(row_blocks, "PART", 7 * 400)
    made = fits["binomial"].residuals(kind, seed=1)
    assert len(made.row_draws.blocks) > 30
    pd.testing.assert_frame_equal(made.frame, whole.frame)
    np.testing.assert_allclose(made.samples, whole.samples, atol=1e-12)


def test_rows_that_were_dropped_are_not_there_and_the_others_keep_their_labels() -> None:
    data = rows("gaussian")
    data.loc["r3", "y"] = np.nan
    data.loc["r5", "x"] = np.nan
    fit = mw.Model("y ~ x + (1 | g)", data).fit(engine="exact", draws=100, seed=1)
    found = fit.residuals()
    assert list(found.frame.index) == [label for label in data.index if label not in ("r3", "r5")]
    assert list(found.frame.columns[:2]) == ["x", "g"]
    expected = data["y"] - fit.predictions(groups="existing")["estimate"]
    np.testing.assert_allclose(
        found["estimate"], expected.loc[found.frame.index].astype(float), atol=1e-12
    )
    assert float(found.draws.sel(row="r7").mean()) == pytest.approx(found["estimate"]["r7"])
    assert str(found).startswith("Residuals of y (response scale)")


def test_a_censored_response_lies_beyond_its_limit_and_bounds_leave_what_is_between() -> None:
    data = rows("gaussian").assign(side=["right" if i % 4 == 0 else "none" for i in range(N)])
    fit = mw.Model("y | cens(side) ~ x + (1 | g)", data)
    spec, free = fit.spec, mw.Model("y ~ x + (1 | g)", data).fit(engine="exact", draws=50, seed=1)
    censored = mw.Fit(spec, free.idata, free.made, free.recipe)
    made, plain = (f.residuals("quantile", seed=1).samples for f in (censored, free))
    right = np.arange(N) % 4 == 0
    assert (made[right] > plain[right]).all()
    np.testing.assert_allclose(made[~right], plain[~right])
    cut = mw.Model("y | trunc(-9, 9) ~ x + (1 | g)", data)
    between = mw.Fit(cut.spec, free.idata, free.made, free.recipe)
    np.testing.assert_allclose(between.residuals("quantile", seed=1).samples, plain, atol=1e-4)
    mean = between.predictions(groups="existing").samples
    np.testing.assert_allclose(between.residuals().samples, data[["y"]].to_numpy() - mean)
    for limited, kind, word in (
        (censored, "response", "censored"),
        (censored, "pearson", "censored"),
        (between, "pearson", "truncated"),
    ):
        with pytest.raises(mw.DataError, match=f"Responses are {word}"):
            limited.residuals(kind)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"kind": "deviance"}, "response"),
        ({"kind": None}, "response"),
        ({"seed": "x"}, "seed is 'x'"),
        ({"ci_prob": 95}, "ci_prob is 95"),
        ({"progressbar": "no"}, "progressbar is 'no'"),
    ],
)
def test_wrong_arguments_are_refused(
    fits: dict[str, mw.Fit], given: dict[str, object], sentence: str
) -> None:
    with pytest.raises(mw.DataError, match=sentence):
        fits["poisson"].residuals(**given)


@pytest.mark.parametrize("link", ["logit", "probit", "cloglog"])
def test_pearson_residuals_of_certain_outcomes_are_0_and_nothing_is_printed(
    pretend: Callable[..., Any], link: str
) -> None:
    """sqrt((1 - p) / p) of a success, which tends to 0 with 1 - p; a warning would fail."""
    data = pd.DataFrame({"y": [0, 1, 1, 0], "x": [-9.0, 9.0, 3.0, -3.0], "n": 1})
    for formula, family in (("y ~ x", "bernoulli"), ("y | trials(n) ~ x", "binomial")):
        fit = pretend(formula, data, [0.0, 20.0], family, {"link": link})
        found = residuals(fit.drawn, "pearson")["estimate"]
        np.testing.assert_allclose(found, 0.0, atol=1e-10)


def test_quantile_residuals_of_gamma_and_beta_models_are_scipys(
    pretend: Callable[..., Any],
) -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=30)
    data = pd.DataFrame({"x": x, "y": rng.gamma(2.0, np.exp(x) / 2), "p": rng.beta(2, 3, 30)})
    data.loc[0, "y"] = 1e-8  # a chance far below what 1 less another can hold
    gamma = pretend("y ~ x", data, [0.1, 0.8], "gamma", alpha=((), 2.0))
    mu = np.exp(0.1 + 0.8 * x)
    expected = stats.norm.ppf(stats.gamma(2.0, scale=mu / 2).cdf(data["y"]))
    np.testing.assert_allclose(residuals(gamma.drawn, "quantile")["estimate"], expected, rtol=1e-8)
    beta = pretend("p ~ x", data, [-0.3, 0.1], "beta", kappa=((), 5.0))
    mu = 1 / (1 + np.exp(0.3 - 0.1 * x))
    expected = stats.norm.ppf(stats.beta(5 * mu, 5 * (1 - mu)).cdf(data["p"]))
    np.testing.assert_allclose(residuals(beta.drawn, "quantile")["estimate"], expected, rtol=1e-8)
