"""Leave-one-out densities against ArviZ's `loo`, and the sentence about rows that weigh much."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from arviz_stats import loo

import mixwell as mw
from mixwell.numeric.pareto_tails import LeftOutRows
from mixwell.posterior.draws import densities_of_rows, relative_efficiency
from mixwell.posterior.predictive import leave_one_out, log_likelihood

GOOD = 0.7


def counts(n: int = 60) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    x, g = rng.normal(size=n), np.arange(n) % 6
    mean = np.exp(0.4 + 0.5 * x + rng.normal(0, 0.5, 6)[g])
    return pd.DataFrame({"y": rng.poisson(mean), "x": x, "g": g.astype(str), "w": 1.0 + g % 2})


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("formula", "family"), [("y | weights(w) ~ x + (x | g)", "gaussian"), ("y ~ x", "poisson")]
)
def test_the_numbers_are_arvizs(formula: str, family: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fit = mw.Model(formula, counts(), family=family).fit(engine="exact", draws=250, seed=1)
    density = log_likelihood(fit.drawn)
    tree = {"posterior": fit.posterior, "log_likelihood": density.to_dataset(name="y")}
    expected = loo(xr.DataTree.from_dict(tree), var_name="y", pointwise=True)
    monkeypatch.setattr("mixwell.posterior.row_blocks.PART", 7 * 1000)  # nine blocks of rows
    found = fit.loo()
    for name in ("elpd", "se", "p", "good_k"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name), rel=1e-9)
    np.testing.assert_allclose(found.elpd_i, expected.elpd_i, rtol=1e-9)
    np.testing.assert_allclose(found.pareto_k, expected.pareto_k, rtol=1e-7, atol=1e-9)
    assert found.elpd_i.dims == expected.elpd_i.dims == ("obs",)
    assert found.n_samples == expected.n_samples
    assert found.warning == expected.warning


def test_the_efficiency_of_draws_is_arvizs() -> None:
    rng = np.random.default_rng(2)
    moved = np.cumsum(rng.normal(size=(4, 200, 3)), axis=1)
    posterior = xr.Dataset(
        {"a": (("chain", "draw", "k"), moved), "b": (("chain", "draw"), rng.normal(size=(4, 200)))}
    )
    from arviz_stats.loo.loo_helper import _get_r_eff

    tree = xr.DataTree.from_dict({"posterior": posterior})
    assert relative_efficiency(posterior) == pytest.approx(_get_r_eff(tree, 800), rel=1e-9)
    assert relative_efficiency(posterior.isel(chain=[0])) == 1.0
    for few in range(1, 4):  # too few to follow each other
        assert relative_efficiency(posterior.isel(draw=slice(few))) == 1.0


@pytest.mark.filterwarnings("ignore::mixwell.MixwellWarning")
def test_densities_without_their_weights_are_compared() -> None:
    model = mw.Model("y ~ x", counts(), family="poisson")
    fit = model.fit(engine="exact", draws=250, seed=1)
    assert leave_one_out(fit.drawn).log_weights is None
    table = mw.compare({"one": fit, "two": model.fit(engine="exact", draws=250, seed=2)})
    assert abs(table["elpd_diff"]).max() < 1


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (["r3"], r"^1 row weighs too much on the posterior .*: r3\.$"),
        (["r3", "r5"], r"^2 rows weigh too much on the posterior .*: r3, r5\.$"),
        ([f"r{k}" for k in range(7)], r"^7 rows weigh .*: r0, r1, r2, r3, r4 and 2 more\.$"),
    ],
)
def test_rows_that_weigh_too_much_are_counted_and_named(rows: list[str], sentence: str) -> None:
    labels = [f"r{k}" for k in range(12)]
    shapes = np.where(np.isin(labels, rows), GOOD + 0.1, 0.2)
    found = LeftOutRows(np.zeros(12), shapes, np.zeros(12))
    place = xr.DataArray(labels, {"row": labels}, dims="row")
    with pytest.warns(mw.MixwellWarning, match=sentence):
        assert densities_of_rows(found, place, 4000).warning
