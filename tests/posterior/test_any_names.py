"""Columns may have any name, also that of a dimension or a variable of the posterior."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pymc as pm
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mixwell as mw

#: Names of dims, of variables and of data in models of a factor g, and names of statistics.
TAKEN = [
    "b", "effect", "slope", "b_slopes", "sigma", "b_sigma", "sigma_effect", "Intercept",
    "Intercept_centered", "X", "X_centered", "offset", "obs", "row", "chain", "draw", "draw_",
    "weights", "trials", "se", "likelihood_weights", "whitened_coordinates", "lp", "energy",
    "g_index", "g_effect", "sd_g", "r_g", "corr_g", "Z_g", "z_g", "c_g", "g_2", "corr_g_raw",
    "g_raw", "sigma_g", "g_level", "g_group", "z_g_effect", "y", "mean", "estimate", "parameter",
    "factor", "level", "sd", "lower", "nu", "alpha", "kappa", "sample", "data", "posterior",
]  # fmt: skip
ROWS = 48
RNG = np.random.default_rng(3)
COLUMNS = {
    "response": RNG.normal(size=ROWS),
    "predictor": RNG.normal(size=ROWS),
    "factor": np.tile(list("abcdef"), 8),
    "other": np.repeat(list("uvwxyz"), 8),
    "known": RNG.uniform(0.5, 2.0, ROWS),
}
names = st.lists(st.sampled_from(["g", *TAKEN]), min_size=5, max_size=5, unique=True)
# the one name that the formula gives itself
names = names.filter(lambda chosen: chosen[1] != "Intercept")


def table(chosen: list[str]) -> pd.DataFrame:
    return pd.DataFrame(dict(zip(chosen, COLUMNS.values(), strict=True)))


def exact(chosen: list[str], **choices: object) -> mw.Model:
    y, x, g, h, k = chosen
    formula = f"{y} ~ {x} + offset({k}) + (1 + {x} | {g}) + (1 | {h})"
    return mw.Model(formula, table(chosen), **choices)


quickly = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@cache
def plain_fit() -> mw.Fit:
    return exact(["y", "x", "g", "h", "k"]).fit(engine="exact", draws=200, chains=2, seed=1)


@quickly
@given(names, st.booleans())
def test_a_model_of_columns_called_anything_can_be_built(chosen: list[str], slopes: bool) -> None:
    y, x, g, h, k = chosen
    of_sigma = f"sigma ~ {x} + (1 | {g})" if slopes else f"sigma ~ 0 + {x} + offset({k})"
    formulas = [f"{y} | weights({k}) ~ 0 + {x} + (1 | {g}) + (0 + {x} | {g}) + (1 | {h})", of_sigma]
    for model in (exact(chosen), mw.Model(formulas, table(chosen))):
        built: pm.Model = model.pymc
        assert built.coords.keys().isdisjoint(built.named_vars)
        assert [rv.name for rv in built.observed_RVs] == [model.spec.layout.observed]
        variables = [name for name in model.spec.variables if name in built.named_vars]
        assert len(variables) == len(set(variables)) == len(model.spec.variables)


@quickly
@given(names)
def test_a_fit_of_columns_called_anything_answers_as_one_of_plain_names(
    tmp_path: Path, chosen: list[str]
) -> None:
    plain = plain_fit()
    fit = exact(chosen).fit(engine="exact", draws=200, chains=2, seed=1)
    for name, own in zip(fit.spec.variables, plain.spec.variables, strict=True):
        np.testing.assert_array_equal(fit.posterior[name], plain.posterior[own])
    np.testing.assert_array_equal(fit.summary(), plain.summary())
    assert fit.summary().index.is_unique
    np.testing.assert_array_equal(fit.ranef()["estimate"], plain.ranef()["estimate"])
    np.testing.assert_array_equal(fit.coef()["estimate"], plain.coef()["estimate"])
    np.testing.assert_array_equal(fit.VarCorr()["estimate"], plain.VarCorr()["estimate"])
    predicted, expected = fit.ppc(seed=2), plain.ppc(seed=2)
    drawn, observed = (
        predicted[group].to_dataset()[fit.spec.layout.observed]
        for group in ("posterior_predictive", "observed_data")
    )
    assert (drawn - observed).dims == ("chain", "draw", fit.spec.layout.row_dim)
    np.testing.assert_array_equal(drawn, expected["posterior_predictive"].to_dataset()["y"])
    for groups in ("population", "existing", "new"):
        made, own = (f.predictions(groups=groups, seed=3) for f in (fit, plain))
        np.testing.assert_array_equal(made.samples, own.samples)
    read = mw.load(fit.save(tmp_path / "fit.nc"))
    np.testing.assert_array_equal(read.summary(), fit.summary())
    np.testing.assert_array_equal(read.ranef()["estimate"], fit.ranef()["estimate"])
    explained = {entry.name: entry.values for entry in fit.explain()}
    for name, row in fit.summary().iterrows():
        np.testing.assert_allclose(explained[str(name)], row[["estimate", "lower", "upper"]])


@pytest.mark.filterwarnings("ignore::mixwell.MixwellWarning")
@pytest.mark.parametrize("name", ["draw", "chain", "obs", "row", "b", "sigma", "effect"])
def test_a_response_may_have_the_name_of_a_dimension(name: str) -> None:
    fit = exact([name, "x", "g", "obs" if name != "obs" else "row", "k"]).fit(
        engine="exact", draws=200, chains=2, seed=1
    )
    assert fit.loo().n_data_points == ROWS
    assert fit.spec.layout.observed == f"{name}_observed" or name == "row"


def test_names_that_clash_with_nothing_stay() -> None:
    layout = exact(["y", "x", "g", "h", "k"]).spec.layout
    assert (layout.row_dim, layout.observed) == ("obs", "y")
    assert [found.level_dim for found in layout.factors] == ["g", "h"]
    assert [found.label for found in layout.factors] == ["g", "h"]


def test_names_that_clash_get_an_ending() -> None:
    layout = exact(["b", "x", "sigma", "obs", "k"]).spec.layout
    assert (layout.row_dim, layout.observed) == ("row", "b_observed")
    assert [found.level_dim for found in layout.factors] == ["sigma_level", "obs"]
    assert [found.r_name for found in layout.factors] == ["r_sigma", "r_obs"]


def test_blocks_of_one_factor_and_a_factor_numbered_like_them_are_sampled_apart() -> None:
    data = table(["y", "x", "g", "g_2", "k"])
    model = mw.Model("y ~ x + (1 | g) + (0 + x | g) + (1 | g_2)", data)
    assert [unit.name for unit in model.spec.layout.units] == ["g", "g_2", "g_2_unit"]
    assert {"z_g", "z_g_2", "z_g_2_unit"} <= set(model.pymc.named_vars)


def test_a_coefficient_called_like_a_parameter_is_written_out() -> None:
    fit = exact(["y", "sigma", "g", "h", "k"]).fit(engine="exact", draws=200, chains=2, seed=1)
    both = fit.summary().loc[["b[sigma]", "sigma"], "estimate"]
    assert both["b[sigma]"] == fit.fixef().loc["sigma", "estimate"]
    np.testing.assert_allclose(fit.explain("b[sigma]").values[0], both["b[sigma]"])
    found = fit.hypothesis(["`b[sigma]` > 0", "sigma > 0"])
    np.testing.assert_allclose(found["estimate"], both)
