"""The multinomial family: counts of several categories, side by side.

Answers of R's nnet stand in `reference/`, next to the script that made them.
"""

import json
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats
from tests.families.test_density import slopes

import mixwell as mw
from mixwell.families import get_family
from mixwell.infer.direct.row_loops import row_loop
from mixwell.infer.direct.rows import build_rows
from mixwell.posterior.predictive import log_likelihood, posterior_predictive

REFERENCE = json.loads((Path(__file__).parent / "reference" / "multinom.json").read_text())
LEVELS = ["bus", "car", "train"]
DATA = pd.DataFrame(REFERENCE["counts"], columns=LEVELS).assign(
    x=REFERENCE["data"]["x"][:40], g=[f"g{k % 8}" for k in range(40)]
)
FAMILY = get_family("multinomial").of(LEVELS)
POINT = {
    "column_0": np.array([1.0, 0.0, 4.0]),
    "column_1": np.array([2.0, 5.0, 0.0]),
    "column_2": np.array([3.0, 1.0, 2.0]),
    "eta": np.array([0.3, -1.2, 2.0]),
    "mutrain": np.array([-0.4, 0.7, 1.1]),
}
FLAT = {"b": "flat", "Intercept": "flat"}


@pytest.fixture(scope="module")
def fit():
    model = mw.Model("cbind(bus, car, train) ~ x + (1 | g)", DATA, "multinomial")
    return model.fit(draws=150, tune=200, chains=2, seed=3, progressbar=False)


def test_the_density_is_scipys_and_the_derivatives_are_its_own():
    found = FAMILY.arguments(**POINT)
    p = special.softmax([np.zeros(3), POINT["eta"], POINT["mutrain"]], axis=0).T
    counts = np.stack([POINT[f"column_{k}"] for k in range(3)], axis=1)
    expected = stats.multinomial(counts.sum(axis=1), p).logpmf(counts)
    np.testing.assert_allclose(found.call(FAMILY.density.log), expected, rtol=1e-12)
    for k, name in enumerate(("eta", "mutrain")):
        slope = slopes(lambda **at: FAMILY.arguments(**at).call(FAMILY.density.log), POINT, name)
        np.testing.assert_allclose(found.call(FAMILY.density.gradient)[k], slope, rtol=1e-7)
    information = [-h for h in found.call(FAMILY.density.hessian)]
    np.testing.assert_allclose(found.call(FAMILY.density.curvature), information[::2])
    np.testing.assert_allclose(found.call(FAMILY.density.mixed[0]), information[1])


def test_the_mode_with_flat_priors_is_nnets_maximum_likelihood():
    model = mw.Model("cbind(bus, car, train) ~ x", DATA, "multinomial", priors=FLAT)
    found = model.mode()
    table = found.fixef()
    np.testing.assert_allclose(table["estimate"], np.ravel(REFERENCE["counts_coef"]), atol=2e-5)
    np.testing.assert_allclose(table["se"], np.ravel(REFERENCE["counts_se"]), rtol=1e-4)
    assert found.log_likelihood == pytest.approx(REFERENCE["counts_logLik"], abs=1e-5)
    rows = build_rows(model.spec)
    eta = np.random.default_rng(2).normal(size=(2, rows.n))
    np.testing.assert_allclose(row_loop(rows).score(eta, {})[1], rows.score(eta, {})[1], atol=1e-10)


def test_counts_of_one_are_categories():
    """The same estimates and log likelihood as the categorical family's."""
    data = pd.DataFrame(REFERENCE["data"])
    for level in LEVELS:
        data[level] = (data["choice"] == level).astype(float)
    modes = [
        mw.Model(f"{left} ~ x", data, family, priors=FLAT).mode()
        for left, family in (
            ("choice", "categorical"),
            ("cbind(bus, car, train)", "multinomial"),
        )
    ]
    np.testing.assert_allclose(modes[0].fixef()["estimate"], modes[1].fixef()["estimate"])
    assert modes[0].log_likelihood == pytest.approx(modes[1].log_likelihood)


def test_pymc_has_the_same_log_likelihood():
    mine = mw.Model("cbind(bus, car, train) ~ x", DATA, "multinomial").pymc
    logp = mine.compile_logp(vars=mine.observed_RVs, mode="FAST_COMPILE")
    counts = DATA[LEVELS].to_numpy()
    expected = stats.multinomial(12, np.ones(3) / 3).logpmf(counts).sum()
    assert float(logp(mine.initial_point())) == pytest.approx(expected, rel=1e-8)


def test_new_responses_are_counts_that_add_up_to_the_rows_total(fit):
    new = posterior_predictive(fit.drawn, seed=1)
    assert new.dims == ("chain", "draw", "obs", "category")
    assert (new.sum("category") == 12).all()
    rows = fit.predictions(DATA.head(2).assign(bus=0, car=0, train=7), kind="response", seed=2)
    draws = rows.draws.values.reshape(*rows.draws.shape[:2], 2, 3)
    assert (draws.sum(axis=-1) == 7).all()
    assert rows["category"].tolist() == LEVELS * 2


def test_a_fit_is_asked_as_any_other(fit, tmp_path):
    shares = fit.means("x", at={"x": [2.0, 4.0]})["estimate"].to_numpy().reshape(2, 3)
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    left = fit.residuals()
    assert left["category"].tolist()[:3] == LEVELS
    np.testing.assert_allclose(left["estimate"].to_numpy().reshape(-1, 3).sum(axis=1), 0, atol=1e-9)
    with pytest.raises(mw.DataError, match="quantile"):
        fit.residuals("quantile")
    assert np.isfinite(log_likelihood(fit.drawn)).all()
    assert fit.idata.observed_data[fit.spec.layout.observed].dims == ("obs", "category")
    fit.save(tmp_path / "fit.nc")
    again = mw.load(tmp_path / "fit.nc")
    np.testing.assert_array_equal(again.fixef()["estimate"], fit.fixef()["estimate"])


@pytest.mark.parametrize(
    ("change", "formula", "said"),
    [
        ({"bus": -1}, "cbind(bus, car, train) ~ x", 'response "bus" is below 0: -1'),
        ({"car": 0.5}, "cbind(bus, car, train) ~ x", 'response "car" is not a whole number'),
        ({"train": 0}, "cbind(bus, car, train) ~ x", "The response has no train"),
        ({}, "bus ~ x", "bus has one column; this response has several"),
    ],
)
def test_what_is_no_count_of_several_is_refused(change, formula, said):
    with pytest.raises(mw.MixwellError, match=said):
        mw.Model(formula, DATA.assign(**change), "multinomial")


@pytest.mark.parametrize("name", ["categorical", "multinomial"])
def test_a_family_of_a_responses_levels_survives_pickling(name):
    family = get_family(name).of(LEVELS)
    again = pickle.loads(pickle.dumps(family))
    assert [p.name for p in again.parameters] == ["mucar", "mutrain"]
    given = {**POINT, "y": np.array([0.0, 1.0, 2.0])}
    log = family.density.log
    np.testing.assert_array_equal(
        again.arguments(**given).call(again.density.log), family.arguments(**given).call(log)
    )


def test_trials_may_be_named_as_brms_asks_for_them_and_are_what_new_rows_need():
    data = DATA.assign(n=DATA[LEVELS].sum(axis=1))
    model = mw.Model("cbind(bus, car, train) | trials(n) ~ x", data, "multinomial")
    fit = model.fit(draws=50, seed=1, progressbar=False)
    new = fit.predictions(pd.DataFrame({"x": [0.0], "n": [12]}), kind="response", seed=1)
    assert new["estimate"].sum() == pytest.approx(12)
    with pytest.raises(mw.DataError, match="adds up to"):
        mw.Model("cbind(bus, car, train) | trials(bus) ~ x", data, "multinomial")


def test_a_reference_category_is_refused_with_the_line_that_orders_levels():
    with pytest.raises(mw.DataError, match="The reference is the first level: put it there"):
        mw.Model("bus ~ x", DATA, 'categorical(refcat = "b")')
