"""Multilevel regression and post-stratification of a poll that reached the wrong people.

The structure is that of Lopez-Martin, Phillips and Gelman (Multilevel Regression and
Poststratification Case Studies, 2022): opinions by state, age and sex in a poll that misses the
young and whole states, a census of all cells, and a predictor of the states. Data are simulated:
every cell's truth is known.
"""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

import mixwell as mw

STATES, AGES = 40, ["18-29", "30-44", "45-64", "65+"]


@pytest.fixture(scope="module")
def census() -> pd.DataFrame:
    rng = np.random.default_rng(11)
    names = [f"s{k:02d}" for k in range(STATES)]
    levels = {"state": names, "age": AGES, "sex": ["female", "male"]}
    frame = pd.MultiIndex.from_product(levels.values(), names=levels).to_frame(index=False)
    state = frame["state"].str[1:].astype(int).to_numpy()
    vote, deviation = rng.normal(size=STATES), rng.normal(0, 0.4, STATES)
    age = np.array([-0.9, -0.2, 0.3, 0.8])[frame["age"].map(AGES.index)]
    eta = -0.2 + age + 0.3 * (frame["sex"] == "male") + 0.5 * vote[state] + deviation[state]
    size = rng.integers(200, 4000, STATES)[state] * rng.uniform(0.5, 1.5, len(frame))
    region = np.array(["N", "E", "S", "W"])[state % 4]
    return frame.assign(vote=vote[state], N=np.ceil(size), region=region, truth=expit(eta))


@pytest.fixture(scope="module")
def poll(census) -> pd.DataFrame:
    """2,400 answers: the old in excess, none from the last two states."""
    rng = np.random.default_rng(12)
    reached = census["N"] * np.array([0.3, 0.7, 1.5, 3.0])[census["age"].map(AGES.index)]
    reached = reached * ~census["state"].isin(["s38", "s39"])
    rows = census.loc[rng.choice(len(census), 2400, p=reached / reached.sum())]
    return rows.assign(y=rng.binomial(1, rows["truth"])).reset_index(drop=True)


@pytest.fixture(scope="module")
def fit(poll) -> mw.Fit:
    return mw.Model("y ~ age + sex + vote + (1 | state)", poll, "bernoulli").fit(seed=1)


def true_means(census: pd.DataFrame, by: str) -> pd.Series:
    total = (census["truth"] * census["N"]).groupby(census[by]).sum()
    return total / census.groupby(by)["N"].sum()


def test_states_are_nearer_to_the_truth_than_the_poll_s_and_intervals_hold_it(fit, census, poll):
    table = census.drop(columns="truth")
    found = fit.means(by=["state", "region"], population=table, weights="N", seed=1).frame
    found = found.set_index("state")
    truth = true_means(census, "state")
    assert len(found) == STATES
    np.testing.assert_allclose(found["size"], census.groupby("state")["N"].sum()[found.index])
    raw = poll.groupby("state")["y"].mean()
    error = (found["estimate"] - truth[found.index]).abs()
    assert error[raw.index].mean() < 0.6 * (raw - truth[raw.index]).abs().mean()
    held = (found["lower"] <= truth[found.index]) & (truth[found.index] <= found["upper"])
    assert held.mean() >= 0.75  # of 40 intervals of 89%
    assert held[["s38", "s39"]].all()
    others = found.drop(index=["s38", "s39"])
    assert found.loc[["s38", "s39"], "sd"].min() > 1.5 * others["sd"].mean()


def test_the_population_s_mean_is_not_the_poll_s(fit, census, poll) -> None:
    found = fit.means(population=census, weights="N", seed=1).frame.iloc[0]
    truth = np.average(census["truth"], weights=census["N"])
    assert found["lower"] < truth < found["upper"]
    assert abs(found["estimate"] - truth) < 0.5 * abs(poll["y"].mean() - truth)


def test_averaged_over_unknown_states_come_nearer_to_the_middle_and_are_surer(fit, census) -> None:
    options = {"by": "state", "population": census, "weights": "N"}
    drawn = fit.means(**options, seed=1).frame.set_index("state").loc["s39"]
    mean = fit.means(**options, groups="completed").frame.set_index("state").loc["s39"]
    assert mean["sd"] < 0.7 * drawn["sd"]
    assert mean["estimate"] == pytest.approx(drawn["estimate"], abs=0.01)
