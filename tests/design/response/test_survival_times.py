"""Surv() on a left side, read as R's survival reads it; likelihoods are those of survreg."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats

import mixwell as mw
from mixwell.errors import MixwellError
from mixwell.posterior.likelihood import log_density

ROOT = Path(__file__).parents[2]
R = json.loads((ROOT / "interpret/reference/survival.json").read_text())
KIDNEY = mw.load_data("kidney").assign(
    status=lambda d: 1 - d["censored"],
    two=lambda d: 2 - d["censored"],
    dead=lambda d: d["censored"] == 0,
    kind=lambda d: np.where(d["censored"] == 1, "right", "none"),
)
NAN, INF = np.nan, np.inf


def response(formula, data, family="weibull"):
    return mw.Model(formula, data, family).spec.response


@pytest.mark.parametrize(
    "left",
    [
        "Surv(time, status)",
        "Surv(time, two)",
        "Surv(time, dead)",
        "Surv(time, status == 1)",
        "Surv(event = status, time = time, type = 'right')",
        "time | cens(censored)",
        "time | cens(kind)",
        "time | cens(!dead)",
    ],
)
def test_events_are_read_however_they_are_coded(left):
    found = mw.Model(f"{left} ~ age + sex", KIDNEY, "weibull")
    known = next(model for model in R["models"] if model["dist"] == "weibull")
    alpha = 1 / known["scale"]
    b = np.array(known["coef"])
    x = np.column_stack([np.ones(76), KIDNEY["age"], KIDNEY["sex"] == "female"])
    eta = x @ b + special.gammaln(1 + 1 / alpha)
    spec = found.spec
    total = log_density(spec.family, spec.response, eta, {"alpha": np.full(1, alpha)}).sum()
    assert total == pytest.approx(known["loglik"], abs=1e-6)
    assert spec.response.name == "time"
    assert not spec.transformed


def test_times_alone_are_all_events():
    assert response("Surv(time) ~ age", KIDNEY).censoring is None


def test_times_censored_from_the_left_are_the_ones_without_an_event():
    found = response("Surv(time, status, type = 'left') ~ 1", KIDNEY)
    assert found.censoring.tolist() == (-KIDNEY["censored"]).tolist()


def test_two_ends_of_which_either_may_be_missing_are_an_interval():
    data = pd.DataFrame(
        {"low": [1.0, NAN, 2.0, 3.0, 4.0, -INF, NAN], "high": [2.0, 5.0, NAN, 3.0, INF, 6.0, NAN]}
    )
    found = response("Surv(low, high, type = 'interval2') ~ 1", data)
    assert found.censoring.tolist() == [2, -1, 1, 0, 1, -1]
    assert found.values.tolist() == [1.0, 5.0, 2.0, 3.0, 4.0, 6.0]
    assert found.censoring_upper[0] == 2.0
    assert len(found.values) == 6  # the row without either end is missing


def test_codes_of_intervals_are_those_of_r():
    data = pd.DataFrame({"a": [1.0, 2, 3, 4], "b": [9.0, 9, 9, 9], "e": [0, 1, 2, 3]})
    found = response("Surv(a, b, e, type = 'interval') ~ 1", data)
    assert found.censoring.tolist() == [1, 0, -1, 2]
    assert found.censoring_upper.tolist()[3] == 9.0


def test_cases_that_enter_late_are_those_above_a_bound():
    data = KIDNEY.assign(start=np.where(np.arange(76) % 2, 1.0, 0.0))
    one = response("Surv(start, time, status) ~ 1", data)
    two = response("time | cens(censored) + trunc(lb = start) ~ 1", data)
    for name in ("values", "censoring", "lower"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
    # of a case that is seen from its start on: the density or survival over that at the start
    eta = np.full(76, np.log(80.0))
    family = mw.Model("Surv(start, time, status) ~ 1", data, "exponential").spec.family
    law, y = stats.expon(scale=80.0), data["time"].to_numpy(float)
    expected = np.where(data["status"] == 1, law.logpdf(y), law.logsf(y))
    expected = expected - law.logsf(data["start"])
    np.testing.assert_allclose(log_density(family, one, eta, {}), expected, rtol=1e-12)


@pytest.mark.parametrize("code", [-1, 0, 1])
def test_censored_rows_reach_as_far_as_their_bounds(code):
    data = pd.DataFrame({"y": [3.0, 4.0], "c": [code, 0], "low": 1.0, "high": 9.0})
    spec = mw.Model("y | cens(c) + trunc(lb = low, ub = high) ~ 1", data, "gamma").spec
    law = stats.gamma(2.0, scale=2.0)
    found = log_density(spec.family, spec.response, np.log([4.0]), {"alpha": np.array([2.0])})
    inside = law.cdf(9) - law.cdf(1)
    own = {-1: law.cdf(3) - law.cdf(1), 0: law.pdf(3), 1: law.cdf(9) - law.cdf(3)}[code]
    assert found[0] == pytest.approx(np.log(own / inside), rel=1e-9)


def changed(**columns):
    data = KIDNEY.assign(**dict.fromkeys(columns, KIDNEY["status"]))
    for name, rows in columns.items():
        data[name] = data[name].astype(object)
        for row, value in rows.items():
            data.loc[row, name] = value
    return data.infer_objects()


@pytest.mark.parametrize(
    ("formula", "data", "said"),
    [
        ("Surv(time, s) ~ 1", changed(s={3: 7, 9: 4}), r"2 rows \(row 3: 7, row 9: 4\)"),
        ("Surv(time, s) ~ 1", changed(s={3: 2, 9: 0}), r"row 9: 0"),
        ("Surv(time, kind) ~ 1", KIDNEY, 'Write kind == "right" for the event'),
        ("Surv(time, recur) ~ 1", KIDNEY.assign(recur=["a", "b", "c", "d"] * 19), "Competing"),
        ("Surv(time, z) ~ 1", KIDNEY.assign(z=0), "All 76 rows are censored from the right"),
        ("time | cens(z) ~ 1", KIDNEY.assign(z="left"), "All 76 rows are censored from the left"),
        ("Surv(late, time, status) ~ 1", KIDNEY.assign(late=5.0), "row 25: 2, row 61: 5"),
        ("Surv(time, status, type = 'mstate') ~ 1", KIDNEY, "no type 'mstate'"),
        ("Surv(time, status, origin = 1) ~ 1", KIDNEY, "no origin"),
        ("Surv(time, type = 'interval2') ~ 1", KIDNEY, "needs time and time2"),
        ("Surv(time, staus) ~ 1", KIDNEY, 'Did you mean "status"'),
        ("Surv(a, b, type = 'interval2') ~ 1", KIDNEY.assign(a=5.0, b=4.0), "row 0: 4, row 1: 4"),
        (
            "Surv(time, a, e, type = 'interval') ~ 1",
            KIDNEY.assign(a=900.0, e=5),
            r"no code of an interval in 76 rows",
        ),
        (
            "Surv(time, a, e, type = 'interval') ~ 1",
            KIDNEY.assign(a=1.0, e=3),
            "is not above its lower end in 76 rows",
        ),
        ("Surv(t, status) ~ 1", KIDNEY.assign(t=KIDNEY["time"] - 2.0), "not above 0: 0"),
        ("time | cens(s) ~ 1", changed(s={3: 7, 9: 4}), r"row 3: 7, row 9: 4"),
        ("time | cens(s) ~ 1", changed(s={3: "rigt"}).astype({"s": str}), "row 3: 'rigt'"),
        (
            "time | cens(k, time) ~ 1",
            KIDNEY.assign(k=2),
            r"time is not in 76 rows \(row 0: 8, row 1: 23, row 2: 22, \.\.\.\)",
        ),
        ("time | trunc(lb = 3) ~ 1", KIDNEY, "row 25: 2"),
        ("time | trunc(lb = 3, ub = 2) ~ 1", KIDNEY, "above the upper one in 76 rows"),
    ],
)
def test_what_no_times_can_be_is_refused_with_its_rows_and_values(formula, data, said):
    with pytest.raises(MixwellError, match=said):
        mw.Model(formula, data, "weibull")


def test_all_rows_between_two_ends_are_enough():
    codes = response("time | cens(k, u) ~ 1", KIDNEY.assign(k=2, u=KIDNEY["time"] + 5.0)).censoring
    assert (codes == 2).all()


@pytest.mark.parametrize("codes", [["r", "n"], ["right", "none"], ["1", "0"], ["True", "False"]])
def test_codes_of_censoring_may_be_texts_and_what_begins_them(codes):
    data = KIDNEY.assign(k=np.where(KIDNEY["censored"] == 1, *codes))
    found = response("time | cens(k) ~ 1", data)
    assert found.censoring.tolist() == KIDNEY["censored"].tolist()


NEW = pd.DataFrame({"age": [30, 50], "sex": ["male", "female"]})


@pytest.mark.parametrize(
    ("formula", "columns"),
    [
        ("Surv(time, status) ~ age + sex", {}),
        ("time | cens(censored) ~ age + sex", {}),
        ("Surv(start, time, status) ~ age + sex", {}),
        ("time | cens(censored) + trunc(lb = start) ~ age + sex", {"start": 0.5}),
    ],
)
def test_new_rows_need_no_censoring_nor_the_start_of_a_case(formula, columns):
    data = KIDNEY.assign(start=np.where(np.arange(76) % 2, 1.0, 0.0))
    model = mw.Model(formula, data, "exponential")
    fit = model.fit(engine="direct", draws=50, tune=50, chains=2, seed=1, progressbar=False)
    for kind in ("mean", "linear", "response"):
        found = fit.predictions(NEW.assign(**columns), kind=kind, seed=1)
        assert np.isfinite(found["estimate"]).all()
        assert ("given the truncation bounds" in found.title) == (
            bool(columns) and kind != "linear"
        )
    assert fit.ppc(seed=1, draws=10)["posterior_predictive"]["time"].shape == (2, 5, 76)
    residuals = fit.residuals("quantile", seed=1)["estimate"]
    assert np.isfinite(residuals).all()
