"""Means of responses with extra zeros: of all of them, zeros included."""

import numpy as np
import pandas as pd
import pytest

import mixwell as mw


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(8)
    n = 300
    frame = pd.DataFrame({"g": np.repeat(np.arange(15), n // 15), "x": rng.normal(size=n)})
    frame["treated"] = np.where(rng.uniform(size=n) < 0.5, "yes", "no")
    mu = np.exp(0.8 + 0.5 * (frame["treated"] == "yes") + rng.normal(0, 0.4, 15)[frame["g"]])
    absent = rng.uniform(size=n) < np.where(frame["treated"] == "yes", 0.2, 0.5)
    frame["y"] = np.where(absent, 0, rng.poisson(mu))
    return frame


@pytest.fixture(scope="module", params=["zero_inflated_poisson", "hurdle_poisson"])
def fit(request, data):
    return mw.Model("y ~ treated + (1 | g)", data, request.param).fit(seed=3)


def test_the_exact_engine_draws_families_with_zeros(fit):
    assert fit.engine["name"] == "exact"


def test_predictions_average_to_the_datas_mean(fit, data):
    draws = fit.predictions(groups="existing").draws.mean(axis=-1)
    assert abs(float(draws.mean()) - data["y"].mean()) < 2 * float(draws.std())


def test_means_are_of_all_responses(fit):
    """The family's mean at the coefficients' draws, by hand."""
    b = fit.idata.posterior["b"].stack(sample=("chain", "draw")).to_numpy()
    name = "zi" if "zi" in fit.idata.posterior else "hu"
    chance = fit.idata.posterior[name].to_numpy().ravel()
    mu = np.exp(b[0])
    expected = (1 - chance) * (mu if name == "zi" else mu / -np.expm1(-mu))
    found = fit.means("treated").frame["estimate"].iloc[0]
    assert found == pytest.approx(expected.mean(), rel=1e-9)


@pytest.fixture(scope="module")
def modeled(data):
    """Zeros with a formula of their own."""
    model = mw.Model(["y ~ treated + (1 | g)", "zi ~ treated"], data, mw.zero_inflated("poisson"))
    return model.fit(draws=100, tune=100, chains=1, seed=3, engine="direct", progressbar=False)


ROWS = pd.DataFrame({"treated": ["no", "yes"]})


def test_predictions_of_a_parameter_are_its_own(modeled):
    b = modeled.posterior["b_zi"].to_numpy()[0]
    linear = np.column_stack([b[:, 0], b[:, 0] + b[:, 1]])
    found = modeled.predictions(ROWS, "linear", parameter="zi")
    np.testing.assert_allclose(found.samples.T, linear)
    own = modeled.predictions(ROWS, parameter="zi")
    np.testing.assert_allclose(own.samples.T, 1 / (1 + np.exp(-linear)))
    assert "Predicted zi of y" in str(own)
    assert "Predicted logit(zi) of y" in str(found)


def test_means_take_the_zeros_of_their_cell(modeled):
    chance = modeled.predictions(ROWS, parameter="zi").samples
    linear = modeled.predictions(ROWS, "linear").samples
    found = modeled.means("treated").samples
    np.testing.assert_allclose(found, (1 - chance) * np.exp(linear))


def test_a_parameter_without_a_formula_is_the_same_in_all_rows(fit):
    name = "zi" if "zi" in fit.idata.posterior else "hu"
    found = fit.predictions(ROWS, parameter=name).samples
    np.testing.assert_allclose(found[0], fit.idata.posterior[name].to_numpy().ravel())
    np.testing.assert_allclose(found[0], found[1])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"parameter": "sigma"}, "Choices: mean, mu, zi"),
        ({"parameter": "zi", "kind": "response"}, "drawn with all parameters"),
    ],
)
def test_predictions_of_what_rows_have_not_are_refused(modeled, arguments, said):
    with pytest.raises(mw.DataError, match=said):
        modeled.predictions(ROWS, **arguments)


def test_coefficients_of_zeros_are_explained_as_odds_of_one(modeled):
    said = modeled.explain()["zi_treated[yes]"].sentence
    assert said == "odds ratio of an extra zero, treated = yes against treated = no"
