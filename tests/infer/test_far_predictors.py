"""Fits with predictors far from zero are those with the same predictors near it."""

import numpy as np
import pandas as pd
import pytest

from mixwell import Fit, Model

RNG = np.random.default_rng(5)
G = np.repeat(np.arange(10), 6)
X = RNG.normal(size=60)
X -= X.mean()
Y = 1 + 0.5 * X + (0.8 * RNG.normal(size=10))[G] + 0.3 * RNG.normal(size=60)


def frame(offset: float) -> pd.DataFrame:
    f = np.tile(list("abc"), 20)
    count = np.random.default_rng(6).poisson(np.exp(Y / 2))
    return pd.DataFrame({"y": Y, "x": X + offset, "f": f, "g": G.astype(str), "count": count})


def fitted(formula: str, family: str, offset: float) -> Fit:
    return Model(formula, frame(offset), family=family).fit("exact", draws=250, seed=1)


@pytest.mark.parametrize(
    ("formula", "family"),
    [
        ("y ~ x", "gaussian"),
        ("y ~ x + (x | g)", "gaussian"),
        ("y ~ x * f + (1 | g)", "gaussian"),
        ("y ~ 0 + f + x + (1 | g)", "gaussian"),
        ("count ~ x * f + (x | g)", "poisson"),
    ],
)
def test_slopes_predictions_and_averages_are_those_of_the_centered_predictor(
    formula: str, family: str
) -> None:
    near, far = fitted(formula, family, 0.0), fitted(formula, family, 1e9)
    slope = [fit.fixef().loc["x", ["estimate", "sd"]].to_numpy() for fit in (near, far)]
    assert np.allclose(*slope, atol=2e-3)
    for groups in ("existing", "population"):
        predicted = [
            fit.predictions(frame(offset), groups=groups).frame["estimate"].to_numpy()
            for fit, offset in ((near, 0.0), (far, 1e9))
        ]
        assert np.allclose(*predicted, atol=2e-3)
    slopes = [fit.slopes("x").frame["estimate"][0] for fit in (near, far)]
    assert np.isclose(*slopes, atol=2e-3)
    if "|" in formula:
        sds = [fit.VarCorr()["estimate"].to_numpy() for fit in (near, far)]
        levels = [fit.coef().query("effect == 'x'")["estimate"].to_numpy() for fit in (near, far)]
        assert np.allclose(*sds, atol=0.02)
        assert np.allclose(*levels, atol=0.01)


@pytest.mark.parametrize("offset", [1e7, 1e9, 1e12])
def test_least_squares_far_from_zero_has_its_closed_form(offset: float) -> None:
    data = frame(offset)
    mode = Model("y ~ x", data).mode(flat=True)
    x = data["x"] - offset  # exact: the offset is a whole number
    slope = ((x - x.mean()) @ (Y - Y.mean())) / ((x - x.mean()) @ (x - x.mean()))
    rest = Y - Y.mean() - slope * (x - x.mean())
    se = np.sqrt(rest @ rest / 58 / ((x - x.mean()) @ (x - x.mean())))
    assert np.allclose([mode.b[1], mode.se[1]], [slope, se], rtol=1e-5)
    assert np.isclose(mode.b[0], Y.mean() - slope * (offset + x.mean()), rtol=1e-6)


def test_a_likelihood_at_given_coefficients_is_that_of_the_centered_predictor() -> None:
    parameters = {"sd": {"g": [0.8]}, "sigma": 0.3}
    near, far = (
        Model("y ~ x + (1 | g)", frame(offset)).log_marginal_likelihood(
            b=[1 - 0.5 * offset, 0.5], **parameters
        )
        for offset in (0.0, 1e7)
    )
    assert np.isclose(near, far, atol=1e-3)


def test_the_sentences_about_groups_say_where_their_mean_is_taken() -> None:
    explained = Model("y ~ x + (x | g)", frame(1e9)).explain("sd_g[Intercept]")
    assert "the mean at x = 1e+09 (its mean)" in explained.sentence


@pytest.mark.parametrize(
    ("family", "link"),
    [("gaussian", None), ("bernoulli", "logit"), ("bernoulli", "probit"), ("bernoulli", "cloglog"),
     ("poisson", "log"), ("poisson", "sqrt"), ("gamma", "log")],
)  # fmt: skip
def test_an_offset_that_all_rows_have_moves_the_intercept_alone(
    family: str, link: str | None
) -> None:
    data = frame(0.0).assign(high=(Y > 1).astype(float), positive=np.exp(Y))
    name = {"bernoulli": "high", "poisson": "count", "gamma": "positive"}.get(family, "y")
    without, with_one = (
        Model(f"{name} ~ x{more}", data.assign(o=700.0), family=family, link=link)
        .fit("exact", draws=100, seed=1)
        .fixef()
        for more in ("", " + offset(o)")
    )
    moved = without["estimate"].to_numpy() - [700.0, 0.0]
    assert np.allclose(with_one["estimate"], moved, atol=1e-3)
    assert np.allclose(with_one["sd"], without["sd"], atol=1e-3)
