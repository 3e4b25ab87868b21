"""Tests of terms and coefficients against lmerTest, pbkrtest, car and emmeans; closed forms.

The reference is written by `tests/infer/reference/term_tests.R`.
"""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.infer.modes.point_estimate import PointEstimate

HERE = Path(__file__).parents[2]
REFERENCE = json.loads((HERE / "infer/reference/term_tests.json").read_text())
SATTERTHWAITE, KENWARD_ROGER = "satterthwaite", "kenward-roger"
REML = [name for name, case in REFERENCE.items() if case["reml"]]
#: pbkrtest leaves the weights of rows out of the covariance that it adjusts.
KNOWN_TO_PBKRTEST = [name for name in REML if name != "weighted"]
TERMS = [name for name in REFERENCE if "car_II" in REFERENCE[name]]


@cache
def _mode(name: str) -> PointEstimate:
    case = REFERENCE[name]
    if case["data"] in mw.list_data()["name"].tolist():
        data = mw.load_data(case["data"])
    else:
        data = pd.read_csv(HERE / f"interpret/reference/{case['data']}.csv")
    for factor in case["factors"]:
        levels = sorted(data[factor].astype(str).unique(), key=float)
        data[factor] = pd.Categorical(data[factor].astype(str), levels)  # no order: as in R's fit
    if case.get("part"):
        data["part"] = (data["Subject"].astype(int) % case["part"]).astype(str)
    kept = data.iloc[case["rows"]]
    model = mw.Model(case["formula"], kept, weights=case.get("weights"))
    return model.mode(flat=True, reml=case["reml"])


def _close(found, known, tolerance):
    np.testing.assert_allclose(found, np.atleast_1d(known), rtol=tolerance)


@pytest.mark.parametrize("name", REFERENCE)
def test_coefficients_have_lmertests_degrees_of_freedom(name):
    found, known = _mode(name).coefficients(), REFERENCE[name][SATTERTHWAITE]["coefficients"]
    for column in ("estimate", "se", "df"):
        _close(found[column], known[column], 1e-4)
    _close(found["p"], known["p"], 1e-3)


@pytest.mark.parametrize("name", KNOWN_TO_PBKRTEST)
def test_coefficients_have_pbkrtests_degrees_of_freedom(name):
    found, known = _mode(name).coefficients("Kenward-Roger"), REFERENCE[name][KENWARD_ROGER]
    for column in ("estimate", "se", "df"):
        _close(found[column], known["coefficients"][column], 1e-4)


@pytest.mark.parametrize(
    ("name", "ddf"),
    [
        (name, ddf)
        for name in TERMS
        for ddf, known in ((SATTERTHWAITE, TERMS), (KENWARD_ROGER, KNOWN_TO_PBKRTEST))
        if name != "cake_empty" and name in known
    ],
)
def test_type_three_is_lmertests_anova(name, ddf):
    """With covariates at 0, as lmerTest has them.

    Satterthwaite's degrees of freedom of several contrasts depend on how these are written:
    lmerTest has differences from the first level, as here, but where there is one term alone.
    """
    found, known = _mode(name).joint_tests(3, ddf, at=0).frame, REFERENCE[name][ddf]["III"]
    assert found.index.tolist() == np.atleast_1d(known["term"]).tolist()
    assert found["df"].tolist() == np.atleast_1d(known["df"]).tolist()
    alone = len(found) == 1 and ddf == SATTERTHWAITE
    _close(found["ddf"], known["ddf"], 5e-3 if alone else 1e-4)
    _close(found["F"], known["F"], 1e-4)
    _close(found["p"], known["p"], 2e-2 if alone else 1e-3)


@pytest.mark.parametrize("name", TERMS)
def test_type_two_is_cars(name):
    case = REFERENCE[name]
    found = _mode(name).joint_tests(2, "asymptotic").frame
    _close(found["df"] * found["F"], case["car_II"]["F"], 1e-4)
    _close(found["p"], case["car_II"]["p"], 2e-3)
    if name in KNOWN_TO_PBKRTEST:
        found, known = _mode(name).joint_tests("II", KENWARD_ROGER), case["car_II_F"]
        _close(found["ddf"], known["ddf"], 1e-4)
        _close(found["F"], known["F"], 1e-4)


@pytest.mark.parametrize("name", [name for name in TERMS if "sum" in REFERENCE[name]])
def test_type_three_is_that_of_sum_coding_whatever_the_coding_is(name):
    """The model here has treatment coding, car's was fitted anew with sum coding."""
    case = REFERENCE[name]
    found = _mode(name).joint_tests(3, "asymptotic", at=0).frame
    own = [i for i, term in enumerate(case["sum"]["term"]) if term != "(Intercept)"]
    _close(found["df"] * found["F"], np.array(case["sum"]["F"])[own], 1e-4)
    if name in KNOWN_TO_PBKRTEST:
        found, known = _mode(name).joint_tests(3, KENWARD_ROGER, at=0), case["sum_F"]
        for column in ("df", "ddf", "F"):
            _close(found[column], np.array(known[column])[own], 1e-4)


@pytest.mark.parametrize("name", TERMS)
def test_covariates_at_their_means_are_emmeans_joint_tests(name):
    """Cells without data among them; emmeans rounds F to three decimals."""
    known = REFERENCE[name]["emmeans"]
    known = {key: np.atleast_1d(values).tolist() for key, values in known.items()}
    found = _mode(name).joint_tests(3, "asymptotic").frame
    terms = [term for term in known["term"] if term != "(confounded)"]
    assert found.index.tolist() == terms
    assert found["df"].tolist() == known["df"][: len(terms)]
    np.testing.assert_allclose(found["F"], known["F"][: len(terms)], atol=1e-3)


def test_cells_without_data_leave_fewer_degrees_of_freedom_and_a_note():
    printed = str(_mode("cake_empty").joint_tests())
    assert "as far as the data determine it (empty cells)" in printed


CODINGS = ["treatment", "sum", "helmert", "poly", "sdif"]


@pytest.mark.parametrize("formula", ["{} ~ a * b * x", "{} ~ 0 + a * b * x", "{} ~ b / a + x"])
@pytest.mark.parametrize("kind", [2, 3])
def test_no_test_depends_on_the_coding(formula, kind):
    """Nor on whether the formula has an intercept: `0 + a` is the same model as `a`."""
    rng = np.random.default_rng(2)
    n = 120
    data = pd.DataFrame(
        {
            "a": rng.choice(list("uvw"), n),
            "b": rng.choice(["k", "l"], n),
            "x": rng.normal(5, 1, n),
            "g": rng.choice(list("ABCDEFGH"), n),
        }
    )
    data["y"] = rng.normal(size=n) + data["g"].map(
        dict(zip("ABCDEFGH", rng.normal(size=8), strict=True))
    )
    text = formula.format("y") + " + (1 | g)"
    tables = [
        mw.Model(text, data, contrasts={"a": coding, "b": coding})
        .mode(flat=True)
        .joint_tests(kind)
        .frame
        for coding in CODINGS
    ]
    for table in tables[1:]:
        np.testing.assert_allclose(table, tables[0], rtol=1e-4)
    with_one = mw.Model(text.replace("0 + ", ""), data).mode(flat=True).joint_tests(kind).frame
    np.testing.assert_allclose(tables[0], with_one, rtol=1e-4)


@pytest.mark.parametrize("ddf", [SATTERTHWAITE, KENWARD_ROGER, "asymptotic"])
def test_covariates_far_from_zero_are_tested_as_those_near_it(ddf):
    rng = np.random.default_rng(4)
    data = pd.DataFrame({"a": rng.choice(list("uvw"), 90), "x": rng.normal(0, 3, 90)})
    data["g"] = rng.integers(0, 9, 90).astype(str)
    data["y"] = rng.normal(size=90) + data["g"].astype(float) / 5
    data["far"] = data["x"] + 1e9
    near = mw.Model("y ~ a * x + (1 | g)", data).mode(flat=True)
    far = mw.Model("y ~ a * far + (1 | g)", data).mode(flat=True)
    for kind in (2, 3):
        found, known = far.joint_tests(kind, ddf).frame, near.joint_tests(kind, ddf).frame
        np.testing.assert_allclose(found, known, rtol=1e-4)


def test_balanced_designs_have_the_degrees_of_freedom_of_their_strata():
    """A split plot: 45 whole plots of 3 recipes, 6 temperatures in each (Cochran and Cox 1957)."""
    model = mw.Model("angle ~ recipe * temperature + (1 | recipe:replicate)", mw.load_data("cake"))
    for ddf in (SATTERTHWAITE, KENWARD_ROGER):
        found = model.mode(flat=True).joint_tests(3, ddf).frame
        np.testing.assert_allclose(found["ddf"], [42, 210, 210], rtol=1e-6)
    mean = mw.Model("strength ~ 1 + (1 | batch)", mw.load_data("pastes")).mode(flat=True)
    np.testing.assert_allclose(mean.coefficients()["df"], [9], rtol=1e-6)


def test_weights_of_rows_are_in_the_covariance_that_is_adjusted():
    """Kenward and Roger's formulas with (n, n) matrices, residual variances divided by weights."""
    case = REFERENCE["weighted"]
    found = _mode("weighted")
    data = mw.load_data("block_direction").iloc[case["rows"]]
    x = found.spec.design.common.to_numpy()
    users = data["user"].to_numpy()
    same = (users[:, None] == users).astype(float)
    residual = np.diag(1 / data["trial"].to_numpy(float))
    v = found.sd["user"][0] ** 2 * same + found.parameters["sigma"] ** 2 * residual
    inverse = np.linalg.inv(v)
    phi = np.linalg.inv(x.T @ inverse @ x)
    p = inverse - inverse @ x @ phi @ x.T @ inverse
    changes = (same, residual)
    w = 2 * np.linalg.inv([[np.trace(p @ g @ p @ h) for h in changes] for g in changes])
    bias = sum(
        w[i, j] * x.T @ inverse @ g @ p @ h @ inverse @ x
        for i, g in enumerate(changes)
        for j, h in enumerate(changes)
    )
    adjusted = phi + 2 * phi @ bias @ phi
    se = found.coefficients(KENWARD_ROGER)["se"]
    np.testing.assert_allclose(se, np.sqrt(np.diag(adjusted)), rtol=1e-5)


def test_known_standard_errors_leave_only_the_groups_variance_to_be_estimated():
    """One mean of J groups with equal errors: J - 1 degrees of freedom."""
    data = pd.DataFrame({"y": [1.0, 3.0, 2.0, 6.0, -1.0, 4.0], "s": 0.5, "g": list("abcdef")})
    found = mw.Model("y | se(s) ~ 1 + (1 | g)", data).mode(flat=True)
    assert found.coefficients()["df"].item() == pytest.approx(5, rel=1e-5)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"ddf": "between"}, "ddf"),
        ({"ddf": 3}, "ddf"),
        ({"type": 1}, "type"),
        ({"type": True}, "type"),
        ({"type": [3]}, "type"),
        ({"at": 3}, "at="),
        ({"at": {"nothing": 1}}, "no covariate"),
        ({"at": {"recipe": "A"}}, "is a factor here"),
        ({"at": {"temp": float("nan")}}, "finite number"),
    ],
)
def test_wrong_arguments_are_answered_in_a_sentence(asked, said):
    model = mw.Model("angle ~ recipe * temp + (1 | replicate)", mw.load_data("cake"))
    with pytest.raises(mw.DataError, match=said):
        model.mode(flat=True).joint_tests(**asked)


def test_degrees_of_freedom_are_refused_where_there_are_none():
    cbpp = mw.load_data("cbpp")
    formula = "incidence | trials(size) ~ period + (1 | herd)"
    mode = mw.Model(formula, cbpp, "binomial").mode(flat=True)
    for ask in (mode.joint_tests, mode.coefficients):
        with pytest.raises(mw.SamplingError, match=r"(?s)gaussian responses.*asymptotic"):
            ask(ddf=SATTERTHWAITE)
    assert np.isinf(mode.joint_tests()["ddf"]).all()
    cake = mw.Model("angle ~ recipe + (1 | replicate)", mw.load_data("cake"))
    with pytest.raises(mw.SamplingError, match="without priors"):
        cake.mode().joint_tests(ddf=SATTERTHWAITE)
    with pytest.raises(mw.SamplingError, match="are those of REML"):
        cake.mode(flat=True, reml=False).joint_tests(ddf=KENWARD_ROGER)
    spread = mw.Model(["angle ~ recipe + (1 | replicate)", "sigma ~ recipe"], mw.load_data("cake"))
    with pytest.raises(mw.SamplingError, match="one residual variance"):
        spread.mode(flat=True).coefficients(SATTERTHWAITE)
    with pytest.raises(mw.DataError, match="no term to test"):
        mw.Model("strength ~ 1 + (1 | batch)", mw.load_data("pastes")).mode(flat=True).joint_tests()


def test_a_model_whose_levels_do_not_fit_into_memory_is_refused(monkeypatch):
    rng = np.random.default_rng(1)
    a, b = rng.integers(0, 400, 1500), rng.integers(0, 20, 1500)
    data = pd.DataFrame({"a": a, "b": b}).astype(str)
    data["y"] = rng.normal(size=1500)
    mode = mw.Model("y ~ 1 + (1 | a) + (1 | b)", data).mode(flat=True)
    monkeypatch.setattr(mw.options, "memory", 10_000_000)
    with pytest.raises(mw.DataError, match="degrees of freedom"):
        mode.coefficients()


def test_a_binomial_models_tests_are_walds():
    """cbpp: F times its df is the quadratic form in the covariance of the estimates."""
    formula = "incidence | trials(size) ~ period + (1 | herd)"
    mode = mw.Model(formula, mw.load_data("cbpp"), "binomial").mode(flat=True)
    own, spread = mode.b[1:], mode.covariance[1:, 1:]
    found = mode.joint_tests().frame
    assert found["F"].item() * 3 == pytest.approx(own @ np.linalg.solve(spread, own))
