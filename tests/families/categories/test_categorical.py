"""The categorical family: log odds of every category against the first, in all rooms.

Answers of R's nnet and emmeans stand in `reference/`, next to the script that made them.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import special
from tests.families.test_density import slopes

import mixwell as mw
from mixwell.families import get_family
from mixwell.families.arguments import Arguments
from mixwell.infer.direct.row_loops import row_loop
from mixwell.infer.direct.rows import build_rows
from mixwell.interpret.changes.comparisons import comparisons
from mixwell.interpret.changes.slopes import slopes as slopes_of
from mixwell.interpret.means.estimands import contrasts, means
from mixwell.interpret.means.predictions import predictions
from mixwell.posterior.posterior import Posterior
from mixwell.posterior.predictive import log_likelihood, posterior_predictive

REFERENCE = json.loads((Path(__file__).parent / "reference" / "multinom.json").read_text())
LEVELS = ["bus", "car", "train"]
DATA = pd.DataFrame(REFERENCE["data"])
FAMILY = get_family("categorical").of(LEVELS)
POINT = {
    "y": np.array([0.0, 1.0, 2.0]),
    "eta": np.array([0.3, -1.2, 2.0]),
    "mutrain": np.array([-0.4, 0.7, 1.1]),
}
FLAT = {"b": "flat", "Intercept": "flat"}


def log_odds(given):
    return np.stack([np.zeros(3), given["eta"], given["mutrain"]])


@pytest.fixture(scope="module")
def model():
    return mw.Model("choice ~ x + a", DATA, "categorical")


@pytest.fixture(scope="module")
def at_estimates(model):
    """A posterior of which every draw is R's maximum-likelihood estimate."""
    spec = model.spec
    labels = {"category": LEVELS[1:], "effect": list(spec.design.mean.fixed.names)}
    b = np.tile(REFERENCE["coef"], (1, 4, 1, 1))
    made = xr.Dataset({"b": (("chain", "draw", "category", "effect"), b)}, coords=labels)
    return Posterior(made, spec)


@pytest.fixture(scope="module")
def fit():
    data = DATA.assign(g=[f"g{k % 8}" for k in range(len(DATA))])
    model = mw.Model("choice ~ x + (1 | i | g)", data, "categorical")
    return model.fit(draws=200, tune=300, chains=2, seed=3, progressbar=False)


def test_the_density_is_the_softmax():
    found = FAMILY.arguments(**POINT).call(FAMILY.density.log)
    expected = special.log_softmax(log_odds(POINT), axis=0)[[0, 1, 2], [0, 1, 2]]
    np.testing.assert_allclose(found, expected, rtol=1e-13)
    far = FAMILY.arguments(y=0.0, eta=900.0, mutrain=-900.0).call(FAMILY.density.log)
    assert far == -900.0


def test_the_derivatives_are_those_of_the_density():
    def value(part):
        return lambda **at: FAMILY.arguments(**at).call(part)

    names, density = ["eta", "mutrain"], FAMILY.density
    found = FAMILY.arguments(**POINT)
    hessian = iter(found.call(density.hessian))
    for row, one in enumerate(names):
        np.testing.assert_allclose(
            found.call(density.gradient)[row], slopes(value(density.log), POINT, one), rtol=1e-8
        )
        for other in names[: row + 1]:
            expected = slopes(lambda r=row, **at: value(density.gradient)(**at)[r], POINT, other)
            np.testing.assert_allclose(next(hessian), expected, rtol=1e-7)


def test_the_curvature_is_the_information_which_no_response_changes():
    found = FAMILY.arguments(**POINT)
    first, mixed, last = (-part for part in found.call(FAMILY.density.hessian))
    own = found.call(FAMILY.density.curvature)
    np.testing.assert_allclose(own, [first, last], rtol=1e-12)
    np.testing.assert_allclose(found.call(FAMILY.density.mixed[0]), mixed, rtol=1e-12)


def test_the_same_text_makes_tensors_and_a_compiled_loop(model):
    from mixwell.infer.pymc.tensor_functions import TENSORS

    made = Arguments(FAMILY.link, TENSORS, POINT).call(FAMILY.density.log)
    expected = FAMILY.arguments(**POINT).call(FAMILY.density.log)
    np.testing.assert_allclose(made.eval(mode="FAST_COMPILE"), expected, rtol=1e-12)
    rows = build_rows(model.spec)
    eta = np.random.default_rng(2).normal(size=(2, rows.n))
    value, score = row_loop(rows).score(eta, {})
    expected_value, expected_score = rows.score(eta, {})
    np.testing.assert_allclose(value, expected_value, rtol=1e-12)
    np.testing.assert_allclose(score, expected_score, atol=1e-12)


def test_random_categories_have_their_probabilities():
    rng = np.random.default_rng(4)
    found = FAMILY.arguments(eta=0.4, mutrain=-0.3, draw=rng.uniform(size=200_000))
    shares = np.bincount(found.call(FAMILY.sampler.response).astype(int)) / 200_000
    expected = special.softmax([0.0, 0.4, -0.3])
    assert (np.abs(shares - expected) < 5 * np.sqrt(expected / 200_000)).all()


def test_the_mode_with_flat_priors_is_nnets_maximum_likelihood():
    found = mw.Model("choice ~ x + a", DATA, "categorical", priors=FLAT).mode()
    table = found.fixef()
    np.testing.assert_allclose(table["estimate"], np.ravel(REFERENCE["coef"]), atol=2e-5)
    np.testing.assert_allclose(table["se"], np.ravel(REFERENCE["se"]), rtol=1e-4)
    assert found.log_likelihood == pytest.approx(REFERENCE["logLik"], abs=1e-6)
    assert list(table.index[:2]) == ["mucar_Intercept", "mucar_x"]


def test_pymc_has_the_same_log_likelihood(model):
    mine = model.pymc
    logp = mine.compile_logp(vars=[mine["choice"]], mode="FAST_COMPILE")
    point = {**mine.initial_point(), "mucar_Intercept_centered": np.array(0.3)}
    counts = DATA["choice"].value_counts()[LEVELS]
    expected = counts @ special.log_softmax([0.0, 0.3, 0.0])
    assert float(logp(point)) == pytest.approx(expected, rel=1e-10)


def test_means_are_nnets_fitted_probabilities_and_emmeans(at_estimates):
    fitted = predictions(at_estimates)
    np.testing.assert_allclose(fitted["estimate"], np.ravel(REFERENCE["fitted"]), atol=1e-6)
    assert fitted["category"].tolist() == LEVELS * len(DATA)
    expected = pd.DataFrame(REFERENCE["prob"])
    found = means(at_estimates, "a").frame.merge(
        expected, left_on=["a", "category"], right_on=["a", "choice"]
    )
    assert len(found) == 6
    np.testing.assert_allclose(found["estimate"], found["prob"], atol=1e-6)


def test_contrasts_comparisons_and_slopes_are_of_every_category(at_estimates):
    b, x = np.array(REFERENCE["coef"]), DATA["x"].mean()

    def chance(x, a2):
        return special.softmax([0.0, *(b @ [1.0, x, a2])])

    made = contrasts(at_estimates, "pairwise", of="a")
    np.testing.assert_allclose(made["estimate"], chance(x, 0.0) - chance(x, 1.0))
    assert made["category"].tolist() == LEVELS
    step = comparisons(at_estimates, "x", at={"a": "a1"})
    np.testing.assert_allclose(step["estimate"], chance(x + 1, 0.0) - chance(x, 0.0))
    h = 1e-5
    slope = slopes_of(at_estimates, "x", at={"a": "a1"}, scale="response")
    expected = (chance(x + h, 0.0) - chance(x - h, 0.0)) / (2 * h)
    np.testing.assert_allclose(slope["estimate"], expected, rtol=1e-7)
    np.testing.assert_allclose(slope["estimate"].sum(), 0.0, atol=1e-12)


def test_on_the_link_scale_every_category_has_its_log_odds(at_estimates):
    b, x = np.array(REFERENCE["coef"]), DATA["x"].mean()
    made = means(at_estimates, "a", scale="link")
    assert made["category"].tolist() == ["car", "train"] * 2
    np.testing.assert_allclose(made["estimate"], [*(b @ [1, x, 0]), *(b @ [1, x, 1])])
    assert "log odds of each category against bus" in made.title
    linear = predictions(at_estimates, DATA.head(1), kind="linear")
    a2 = float(DATA["a"][0] == "a2")
    np.testing.assert_allclose(linear["estimate"], b @ [1, DATA["x"][0], a2])


def test_the_log_likelihood_of_rows_is_that_of_their_categories(at_estimates):
    found = log_likelihood(at_estimates).values[0, 0]
    codes = DATA["choice"].map(LEVELS.index)
    expected = np.log(np.array(REFERENCE["fitted"])[np.arange(len(DATA)), codes])
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert found.sum() == pytest.approx(REFERENCE["logLik"], abs=1e-6)


def test_the_posterior_has_a_row_of_b_for_every_category_but_the_first(fit):
    b = fit.idata.posterior["b"]
    assert b.dims == ("chain", "draw", "category", "effect")
    assert b["category"].values.tolist() == ["car", "train"]
    assert fit.idata.posterior["corr_g"].shape[2:] == (2, 2)
    assert list(fit.fixef().index) == [
        "mucar_Intercept",
        "mucar_x",
        "mutrain_Intercept",
        "mutrain_x",
    ]
    mean = b.mean(("chain", "draw")).values
    np.testing.assert_allclose(fit.fixef()["estimate"], mean.ravel())
    assert fit.engine["name"] == "direct"


def test_a_fit_is_asked_as_any_other(fit, tmp_path):
    assert "log odds of car against bus" in str(fit.explain())
    assert "mutrain = logit" in str(fit)
    assert set(fit.coef()["effect"]) == set(fit.fixef().index)
    assert fit.icc()["factor"].tolist() == ["mucar_g", "mutrain_g"]
    assert np.isfinite(log_likelihood(fit.drawn)).all()
    new = posterior_predictive(fit.drawn, seed=1)
    assert set(np.unique(new)) <= {0.0, 1.0, 2.0}
    lower = fit.predictions(DATA.head(2), groups="new", seed=1)
    np.testing.assert_allclose(lower["estimate"].to_numpy().reshape(2, 3).sum(axis=1), 1.0)
    fit.save(tmp_path / "fit.nc")
    again = mw.load(tmp_path / "fit.nc")
    np.testing.assert_array_equal(again.means("x")["estimate"], fit.means("x")["estimate"])


def test_a_category_may_have_a_formula_of_its_own():
    spec = mw.Model(["choice ~ x + a", "mutrain ~ 1"], DATA, "categorical").spec
    assert spec.predictors["mutrain"].fixed.names == ("Intercept",)
    assert spec.variables == ("b", "b_mutrain")
    first = mw.Model(["choice ~ x + a", "mucar ~ 1"], DATA, "categorical").spec
    assert first.design.mean.fixed.names == ("Intercept",)
    assert first.predictors["mutrain"].fixed.names == ("Intercept", "x", "a[a2]")
    assert first.formulas == ("choice ~ x + a", "mucar ~ 1")


def test_a_prior_of_b_or_of_an_effect_is_for_every_category():
    priors = {"b": "Normal(0, 1)", "x": "Normal(0, 2)", "mutrain_x": "Normal(0, 3)"}
    table = mw.Model("choice ~ x + a", DATA, "categorical", priors=priors).spec.priors
    found = {entry.key: str(entry.prior) for entry in table if entry.role == "slope"}
    assert found == {
        "mucar_x": "Normal(0, 2)",
        "mucar_a[a2]": "Normal(0, 1)",
        "mutrain_x": "Normal(0, 3)",
        "mutrain_a[a2]": "Normal(0, 1)",
    }


def test_categories_are_levels_texts_or_whole_numbers():
    coded = DATA.assign(choice=DATA["choice"].map({"bus": 4, "car": 7, "train": 9}))
    spec = mw.Model("choice ~ x", coded, "categorical").spec
    assert [p.name for p in spec.family.parameters] == ["mu7", "mu9"]
    with pytest.raises(mw.DataError, match='takes categories; "x" has other numbers'):
        mw.Model("x ~ a", DATA, "categorical")
    with pytest.raises(mw.DataError, match='All rows of "choice" are of one category'):
        mw.Model("choice ~ x", DATA.assign(choice="bus"), "categorical")
    with pytest.raises(mw.DataError, match="Its parameters: mucar, mutrain"):
        mw.Model(["choice ~ x", "sigma ~ x"], DATA, "categorical")


def test_a_category_without_rows_is_left_out_and_said_or_refused():
    levels = [*LEVELS, "plane"]
    wider = DATA.assign(choice=pd.Categorical(DATA["choice"], levels))
    spec = mw.Model("choice ~ x", wider, "categorical").spec
    assert [p.name for p in spec.family.parameters] == ["mucar", "mutrain"]
    assert "No row of choice is plane: the categories" in spec.notes[0]
    gaps = DATA.assign(x=DATA["x"].where(DATA["choice"] != "train"))
    with pytest.raises(mw.DataError, match="No row that is left is of 'train'"):
        mw.Model("choice ~ x", gaps, "categorical")


def test_labels_that_differ_in_signs_only_are_numbered():
    signs = DATA.assign(choice=DATA["choice"].map({"bus": "a", "car": "b 1", "train": "b1"}))
    model = mw.Model("choice ~ x", signs, "categorical")
    fit = model.fit(draws=50, tune=50, chains=1, seed=1, progressbar=False)
    names = ["mu2_Intercept", "mu2_x", "mu3_Intercept", "mu3_x"]
    assert list(fit.fixef().index) == names
    assert [e.name for e in fit.explain().entries[:4]] == names
