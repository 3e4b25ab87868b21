"""Averages over a population's table: next to sums written out over its rows in every draw."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy.special import expit

from mixwell.errors import DataError, FormulaError

CHAINS, DRAWS = 2, 50
B = np.array([-0.4, 0.6, 1.1])
STATES = list("pqrs")


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"age": np.tile(["old", "young"], 60), "state": np.repeat(STATES, 30)})
    frame = frame.assign(x=rng.normal(size=120), w=rng.uniform(0.5, 2.0, 120))
    return frame.assign(y=np.tile([0, 1, 1, 0, 1], 24), region=np.repeat(["N", "S"], 60))


@pytest.fixture(scope="module")
def deviations() -> np.ndarray:
    return np.random.default_rng(2).normal(0, 0.8, (CHAINS, DRAWS, 4, 1))


@pytest.fixture(scope="module")
def fit(pretend, data, deviations):
    rng = np.random.default_rng(3)
    return pretend(
        "y ~ age + x + (1 | state)",
        data,
        B,
        "bernoulli",
        vcov=np.diag([0.04, 0.01, 0.01]),
        chains=CHAINS,
        draws=DRAWS,
        sd_state=(("state_effect",), rng.uniform(0.5, 1.5, (CHAINS, DRAWS, 1))),
        r_state=(("state", "state_effect"), deviations),
    )


@pytest.fixture(scope="module")
def census() -> pd.DataFrame:
    """A table of the population with one state more than the data, and regions of all."""
    rng = np.random.default_rng(4)
    cells = pd.MultiIndex.from_product([[*STATES, "t"], ["young", "old"]], names=["state", "age"])
    frame = cells.to_frame(index=False)
    region = frame["state"].map(dict(zip("pqrst", "NNSSS", strict=True)))
    return frame.assign(region=region, x=rng.normal(size=10), N=rng.integers(10, 900, 10))


def by_hand(fit, rows: pd.DataFrame, deviation: dict[str, np.ndarray]) -> np.ndarray:
    """Return probabilities, (row, sample), with a state's deviations, (sample,)."""
    b = fit.drawn.coefficients()
    own = np.array([deviation[state] for state in rows["state"]])
    young = (rows["age"] == "young").to_numpy()
    return expit(b[0] + np.outer(young, b[1]) + np.outer(rows["x"], b[2]) + own)


def known(fit) -> dict[str, np.ndarray]:
    return dict(zip(STATES, fit.drawn.existing_levels()["state"][0], strict=True))


def weighed(values: np.ndarray, weight: pd.Series) -> np.ndarray:
    return np.average(values, axis=0, weights=weight)


def test_cells_of_columns_that_the_model_lacks_are_sums_over_their_rows(fit, census) -> None:
    rows = census[census["state"] != "t"]
    found = fit.means(by="region", population=rows, weights="N")
    values = by_hand(fit, rows, known(fit))
    for k, region in enumerate("NS"):
        inside = (rows["region"] == region).to_numpy()
        expected = weighed(values[inside], rows["N"][inside])
        np.testing.assert_allclose(found.samples[k], expected)
    assert found.frame["region"].tolist() == ["N", "S"]
    assert found.frame["size"].tolist() == rows.groupby("region")["N"].sum().tolist()


def test_a_state_that_the_data_lack_has_one_draw_of_its_deviation_for_all_rows(fit, census) -> None:
    found = fit.means(by="state", population=census, weights="N", seed=5)
    drawn = fit.drawn.new_levels("state", ["t"], 5)["mean"][0, 0]
    rows = census[census["state"] == "t"]
    expected = weighed(by_hand(fit, rows, {"t": drawn}), rows["N"])
    np.testing.assert_allclose(found.samples[4], expected)
    assert "New levels of state: t." in found.notes


def test_completed_averages_over_the_deviations_of_unknown_states_alone(fit, census) -> None:
    found = fit.means(by="state", population=census, weights="N", groups="completed")
    same = fit.means(by="state", population=census, weights="N", seed=5)
    np.testing.assert_allclose(found.samples[:4], same.samples[:4])
    rows = census[census["state"] == "t"]
    sd = fit.drawn.flat("sd_state")[:, 0]
    z, weight = np.polynomial.hermite_e.hermegauss(80)
    parts = [
        w * weighed(by_hand(fit, rows, {"t": sd * v}), rows["N"])
        for v, w in zip(z, weight, strict=True)
    ]
    np.testing.assert_allclose(found.samples[4], sum(parts) / weight.sum(), rtol=1e-6)
    rows = found.contrasts({"t - p": [-1, 0, 0, 0, 1]}, compare="difference").samples[0]
    np.testing.assert_allclose(rows, found.samples[4] - found.samples[0])


def test_completed_predictions_and_means_of_single_rows_are_the_same(fit, census) -> None:
    row = census.tail(1)
    predicted = fit.predictions(row, groups="completed").samples
    np.testing.assert_allclose(fit.means(population=row, groups="completed").samples, predicted)
    known_row = census.head(1)
    np.testing.assert_allclose(
        fit.predictions(known_row, groups="completed").samples,
        fit.predictions(known_row, groups="existing").samples,
    )


def test_every_row_is_set_to_each_level_of_what_is_asked_of(fit, census) -> None:
    rows = census[census["state"] != "t"]
    found = fit.means("age", population=rows.drop(columns="age"), weights="N", by="region")
    assert found.frame["age"].tolist() == ["old", "young"] * 2
    inside = rows[rows["region"] == "S"].assign(age="young")
    expected = weighed(by_hand(fit, inside, known(fit)), inside["N"])
    np.testing.assert_allclose(found.samples[3], expected)
    change = fit.comparisons("age", population=rows.drop(columns="age"), weights="N", by="region")
    np.testing.assert_allclose(change.samples, found.samples[1::2] - found.samples[::2])
    assert change.frame["size"].tolist() == found.frame["size"].tolist()[::2]


def test_slopes_over_a_population_are_those_of_its_rows(fit, census) -> None:
    rows = census[census["state"] != "t"]
    found = fit.slopes("x", population=rows, weights="N", scale="response")
    p = by_hand(fit, rows, known(fit))
    expected = weighed(p * (1 - p) * fit.drawn.coefficients()[2], rows["N"])
    np.testing.assert_allclose(found.samples[0], expected, rtol=1e-6)


def test_every_kind_of_table_is_read_and_rows_count_once_without_weights(fit, census) -> None:
    rows = census[census["state"] != "t"]
    expected = by_hand(fit, rows, known(fit)).mean(axis=0)
    for table in (rows, pl.from_pandas(rows), pa.Table.from_pandas(rows), rows.to_dict("list")):
        np.testing.assert_allclose(fit.means(population=table).samples[0], expected)
    assert "each counting once" in fit.means(population=rows).notes[0]


def test_rows_of_weight_zero_count_for_nothing_and_are_said(fit, census) -> None:
    rows = census[census["state"] != "t"]
    idle = pd.concat([rows, rows.assign(N=0, region="W", x=99.0)])
    found = fit.means(by="region", population=idle, weights="N")
    assert found.frame["region"].tolist() == ["N", "S"]
    assert "Left out: 8 of weight 0." in found.notes[0]


def test_the_data_s_own_rows_are_weighed_by_a_column_and_by_trials(pretend, fit, data) -> None:
    options = {"over": "data", "average": "response", "groups": "existing"}
    found = fit.means(by="region", weights="w", **options)
    p = by_hand(fit, data, known(fit))
    first = (data["region"] == "N").to_numpy()
    np.testing.assert_allclose(found.samples[0], weighed(p[first], data["w"][first]))
    counts = data.assign(n=np.arange(120) % 7 + 3, k=2)
    trials = pretend("k | trials(n) ~ x", counts, [0.1, 0.5], "binomial")
    of_trials = trials.means(over="data", average="response", weights="trials").samples[0]
    expected = np.average(expit(0.1 + 0.5 * counts["x"]), weights=counts["n"])
    np.testing.assert_allclose(of_trials, expected)


BAD = {
    "a column is absent": (lambda c: c.drop(columns="x"), {}, "no column 'x'"),
    "a column of groups is absent": (lambda c: c.drop(columns="state"), {}, "no column 'state'"),
    "an unseen level of a factor": (lambda c: c.replace("old", "ancient"), {}, "ancient"),
    "a missing value": (lambda c: c.assign(x=np.nan), {}, "missing"),
    "no such weights": (lambda c: c, {"weights": "n"}, "names no column of the population"),
    "weights that are a text": (lambda c: c, {"weights": "age"}, "are no numbers"),
    "truth values as weights": (lambda c: c.assign(N=True), {}, "are no numbers"),
    "a negative weight": (lambda c: c.assign(N=c["N"] - 500), {}, "is negative"),
    "a missing weight": (lambda c: c.assign(N=[None, *range(1, 10)]), {}, "is missing"),
    "an infinite weight": (lambda c: c.assign(N=np.inf), {}, "is infinite"),
    "weights of zero": (lambda c: c.assign(N=0), {}, "All weights in N are 0"),
    "no table": (lambda c: 3, {}, "not a table"),
    "no rows": (lambda c: c.head(0), {}, "no rows"),
    "cells of an absent column": (lambda c: c, {"by": "county"}, "by= names 'county'"),
    "cells of a number": (lambda c: c, {"by": "x"}, "holds numbers"),
    "cells of a column with gaps": (lambda c: c.assign(r=None), {"by": "r"}, "missing values"),
    "a column named twice": (lambda c: c, {"of": "age", "by": "age"}, "named twice"),
    "unknown levels asked as existing": (lambda c: c, {"groups": "existing"}, "did not have: 't'"),
    "weights of a grid": (lambda c: c, {"weights": "proportional"}, "names no column"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_table_that_cannot_be_averaged_over_is_refused(fit, census, case) -> None:
    change, options, said = BAD[case]
    with pytest.raises((DataError, FormulaError), match=said):
        fit.means(population=change(census), **{"weights": "N", **options})


def test_where_groups_have_no_part_a_table_needs_no_column_of_them(fit, census) -> None:
    table = census.drop(columns="state")
    for groups in ("population", "integrated"):
        found = fit.means(population=table, weights="N", groups=groups)
        known = fit.means(population=census, weights="N", groups=groups)
        np.testing.assert_allclose(found.samples, known.samples)
    with pytest.raises(DataError, match="of which group a row is"):
        fit.means(population=table, weights="N")


def test_weights_of_the_data_that_are_no_column_are_refused(fit) -> None:
    with pytest.raises(DataError, match="names no column"):
        fit.means("age", over="data", weights="wait")
    with pytest.raises(DataError, match="no column"):
        fit.means("age", by="county", over="data")


def test_unknown_levels_are_not_averaged_over_on_the_link_scale(fit) -> None:
    with pytest.raises(DataError, match="on the scale of the response"):
        fit.means("age", groups="completed", by="state")


def test_what_the_table_has_in_a_column_that_is_set_does_not_matter(fit, census) -> None:
    """Neither its values nor levels that the fit does not know, of factors or of groups."""
    ages = fit.means("age", population=census, weights="N", seed=1)
    odd = fit.means("age", population=census.assign(age="ancient"), weights="N", seed=1)
    np.testing.assert_array_equal(odd.draws, ages.draws)
    states = fit.means("state", population=census.assign(state="nowhere"), weights="N")
    assert "nowhere" not in str(states)
    assert "New levels of state: t." in str(ages)
