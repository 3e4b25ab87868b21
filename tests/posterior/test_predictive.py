"""New responses of every row, in the numbers that responses are, and densities of left-out ones."""

from types import SimpleNamespace

import numpy as np
import pytest

import mixwell as mw
from mixwell.fit import Fit


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


def test_new_responses_scatter_around_the_observed_ones(sleepstudy_fit: Fit) -> None:
    tree = sleepstudy_fit.ppc(seed=1)
    drawn = tree["posterior_predictive"]["Reaction"]
    observed = tree["observed_data"]["Reaction"]
    assert drawn.dims == ("chain", "draw", "obs")
    residual = observed - drawn.mean(("chain", "draw"))
    assert abs(float(residual.mean())) < 3
    again = sleepstudy_fit.ppc(seed=1)["posterior_predictive"]["Reaction"]
    assert np.array_equal(drawn, again)


def test_responses_of_some_of_the_draws_are_those_of_evenly_spaced_ones(
    sleepstudy_fit: Fit,
) -> None:
    drawn = sleepstudy_fit.ppc(seed=1, draws=40)["posterior_predictive"]["Reaction"]
    n_chains, n_draws = sleepstudy_fit.drawn.shape
    assert drawn.sizes["chain"] == n_chains
    assert drawn.sizes["draw"] == 40 // n_chains
    labels = drawn["draw"].to_numpy()
    assert labels[0] == 0
    assert labels[-1] == n_draws - 1
    with pytest.raises(mw.DataError, match=r"^draws is 0"):
        sleepstudy_fit.ppc(draws=0)


def test_responses_that_do_not_fit_in_the_memory_are_drawn_for_fewer_draws(
    sleepstudy_fit: Fit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mixwell.posterior.predictive.options", SimpleNamespace(memory=288_000))
    with pytest.warns(mw.MixwellWarning, match="180 rows in all .* 200 draws are used"):
        drawn = sleepstudy_fit.ppc(seed=1)["posterior_predictive"]["Reaction"]
    assert drawn.nbytes <= 288_000


@pytest.mark.parametrize("rows", [1, 7])
def test_blocks_of_draws_change_no_response(
    sleepstudy_fit: Fit, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    whole = sleepstudy_fit.ppc(seed=1)["posterior_predictive"]["Reaction"]
    monkeypatch.setattr("mixwell.posterior.predictive._WHOLE", 1)
    monkeypatch.setattr("mixwell.posterior.predictive._PART", 180 * 13 * rows)
    parts = sleepstudy_fit.ppc(seed=1)["posterior_predictive"]["Reaction"]
    np.testing.assert_allclose(parts, whole, rtol=1e-12)


@pytest.fixture(scope="module")
def intercepts_only() -> Fit:
    model = mw.Model("Reaction ~ Days + (1 | Subject)", mw.load_data("sleepstudy"))
    return model.fit(engine="exact", seed=1)


@pytest.mark.filterwarnings("ignore::mixwell.errors.MixwellWarning")
def test_leave_one_out_ranks_a_model_with_slopes_first(
    sleepstudy_fit: Fit, intercepts_only: Fit
) -> None:
    table = mw.compare({"intercepts": intercepts_only, "slopes": sleepstudy_fit})
    assert table.index.tolist() == ["slopes", "intercepts"]
    difference = sleepstudy_fit.loo().elpd - intercepts_only.loo().elpd
    assert 10 < float(difference) < 40


def test_one_fit_is_not_compared(sleepstudy_fit: Fit) -> None:
    with pytest.raises(mw.DataError, match="two fits"):
        mw.compare({"one": sleepstudy_fit})


def test_fits_of_different_rows_are_not_compared(intercepts_only: Fit) -> None:
    part = mw.load_data("sleepstudy").iloc[:170]
    other = mw.Model("Reaction ~ Days + (1 | Subject)", part).fit(engine="exact", seed=1)
    with pytest.raises(mw.DataError, match="different responses"):
        mw.compare({"all": intercepts_only, "part": other})
