"""New responses of every row, in the numbers that responses are."""

import numpy as np

import mixwell as mw


def test_new_counts_are_whole_numbers_as_arviz_asks_of_discrete_responses() -> None:
    ticks = mw.load_data("grouseticks")
    fit = mw.Model("TICKS ~ YEAR", ticks, "poisson").fit(seed=1, draws=100)
    tree = fit.ppc(seed=1, progressbar=False)
    assert tree["posterior_predictive"]["TICKS"].dtype == np.int64
    assert tree["observed_data"]["TICKS"].dtype == np.int64
    assert (tree["observed_data"]["TICKS"].values == ticks["TICKS"]).all()


def test_new_numbers_keep_their_decimals() -> None:
    sleep = mw.load_data("sleepstudy")
    fit = mw.Model("Reaction ~ Days", sleep).fit(seed=1, draws=100)
    tree = fit.ppc(seed=1, progressbar=False)
    assert tree["posterior_predictive"]["Reaction"].dtype == np.float64
    assert (tree["observed_data"]["Reaction"].values == sleep["Reaction"]).all()
