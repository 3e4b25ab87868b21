"""Files whose checksums are right but whose parts are not of one fit are refused, saying why."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import mixwell as mw
from mixwell.posterior.storage import store
from mixwell.recipe import Recipe

type Groups = dict[str, xr.Dataset]


def groups_of(fit: mw.Fit) -> Groups:
    return {str(name): node.to_dataset() for name, node in fit.tree.children.items()}


def write(path: Path, fit: mw.Fit, groups: Mapping[str, xr.Dataset], recipe: Recipe) -> Path:
    """Save parts that need not belong together, with right checksums."""
    return store.save(path, recipe, xr.DataTree.from_dict(dict(groups)), fit.made)


def with_values(group: xr.Dataset, name: str, value: float, at: Any = (0, 3)) -> xr.Dataset:
    values = group[name].values.copy()
    values[at] = value
    return group.assign({name: (group[name].dims, values)})


def relabeled(group: xr.Dataset, dim: str, labels: list[str]) -> xr.Dataset:
    return group.assign_coords({dim: np.array(labels, dtype=object)})


FORMULAS = {
    "y ~ z + (1 + x | g)": 'effect: draws of "x" where formula and data have "z"',
    "y ~ x + z + (1 + x | g)": "effect: draws of 2 labels, by formula and data 3",
    "y ~ x + (1 | g)": 'the formula has no parameter "corr_g"',
    "y ~ x": 'the formula has no parameter "sd_g"',
    "y ~ x + (1 + z | g)": 'g_effect: draws of "x"',
    "x ~ z + (1 + z | g)": "effect: draws of",
    "z ~ x + (1 + x | g)": 'the response "z" was not kept',
    "exp(y) ~ x + (1 + x | g)": 'the response "exp(y)" was not kept',
    "y ~ nothing + (1 + x | g)": "nothing",
    "y ~ x + (": "y ~ x + (",
    "y ~ poly(x, 99) + (1 + x | g)": "poly",
}


@pytest.mark.parametrize("formula", FORMULAS)
def test_another_formula_is_found(
    small: mw.Fit, tmp_path: Path, formula: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = replace(small.recipe, formulas=(formula,))
    monkeypatch.setattr(Recipe, "columns", lambda recipe: list(recipe.data))
    write(tmp_path / "other.nc", small, groups_of(small), other)
    with pytest.raises(mw.DataError, match=r"contradicts itself|make no model") as found:
        mw.load(tmp_path / "other.nc")
    assert FORMULAS[formula] in str(found.value)


def data_with(small: mw.Fit, **columns: Any) -> pd.DataFrame:
    return small.recipe.data.assign(**columns)


OTHER_DATA: dict[str, tuple[Callable[[mw.Fit], pd.DataFrame], str]] = {
    "fewer rows": (lambda f: f.recipe.data[:-2], "made with 24 rows, of the data 22 are used"),
    "missing rows": (
        lambda f: data_with(f, x=f.recipe.data["x"].where(f.recipe.data["x"] < 1)),
        "made with 24 rows",
    ),
    "another response": (lambda f: data_with(f, y=f.recipe.data["z"]), "is not that which"),
    "one value of the response": (
        lambda f: data_with(f, y=f.recipe.data["y"] + 1e-6 * (np.arange(24) == 5)),
        "is not that which",
    ),
    "other levels": (
        lambda f: data_with(f, g=f.recipe.data["g"].replace("b", "bb")),
        'g: draws of "b" where formula and data have "bb"',
    ),
    "fewer levels": (
        lambda f: data_with(f, g=f.recipe.data["g"].replace("b", "a")),
        "g: draws of 4 labels, by formula and data 3",
    ),
    "other groups": (lambda f: data_with(f, g=f.recipe.data["g"].to_numpy()[::-1]), "rows have"),
    "text for numbers": (lambda f: data_with(f, y="a"), "text"),
}


@pytest.mark.parametrize("name", OTHER_DATA)
def test_other_data_are_found(small: mw.Fit, tmp_path: Path, name: str) -> None:
    make, said = OTHER_DATA[name]
    other = replace(small.recipe, data=make(small))
    write(tmp_path / "other.nc", small, groups_of(small), other)
    with pytest.raises(mw.DataError, match=r"contradicts itself|make no model") as found:
        mw.load(tmp_path / "other.nc")
    assert said in str(found.value)


def changed(name: str, groups: Groups) -> Groups:
    """Return the groups with draws that are wrong in one way."""
    draws, observed = groups["posterior"], groups["observed_data"]
    match name:
        case "no coefficient":
            draws = draws.isel(effect=[0])
        case "coefficients the other way round":
            draws = draws.isel(effect=[1, 0])
        case "no variable":
            draws = draws.drop_vars("sigma")
        case "another variable":
            draws = draws.assign(phi=draws["sigma"])
        case "another level":
            draws = relabeled(draws, "g", list("abce"))
        case "fewer levels":
            draws = draws.isel(g=[0, 1, 2])
        case "another dim":
            draws = draws.rename_dims(g_effect="of_g").rename_vars(g_effect="of_g")
        case "draws of another dim":
            draws = draws.assign(sigma=draws["b"])
        case "fewer draws":
            draws = draws.isel(draw=slice(30))
        case "fewer chains":
            draws = draws.isel(chain=[0])
        case "no draws":
            draws = draws.isel(draw=slice(0))
        case "no posterior":
            return {name: group for name, group in groups.items() if name != "posterior"}
        case "no response":
            return groups | {"observed_data": observed.drop_vars("y")}
    return groups | {"posterior": draws}


DRAWS = {
    "no coefficient": "effect: draws of 1 labels, by formula and data 2",
    "coefficients the other way round": 'effect: draws of "x" where formula and data have "Inter',
    "no variable": 'a parameter "sigma", of which there are no draws',
    "another variable": 'no parameter "phi"',
    "another level": 'g: draws of "e" where formula and data have "d"',
    "fewer levels": "g: draws of 3 labels",
    "another dim": "is along of_g",
    "draws of another dim": '"sigma" is along effect, by the formula along nothing',
    "fewer draws": "sample_stats has 40 draws, the posterior 30",
    "fewer chains": "sample_stats has 2 chains, the posterior 1",
    "no draws": "it holds no draws",
    "no posterior": "it holds no draws",
    "no response": 'the response "y" was not kept',
}


@pytest.mark.parametrize("name", DRAWS)
def test_draws_of_another_model_are_found(small: mw.Fit, tmp_path: Path, name: str) -> None:
    path = write(tmp_path / "other.nc", small, changed(name, groups_of(small)), small.recipe)
    with pytest.raises(mw.DataError, match=r"contradicts itself|make no model") as found:
        mw.load(path)
    assert DRAWS[name] in str(found.value)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["b", "sigma", "sd_g", "corr_g", "r_g"])
def test_draws_that_are_no_finite_numbers_are_found(
    small: mw.Fit, tmp_path: Path, name: str, value: float
) -> None:
    groups = groups_of(small)
    groups["posterior"] = with_values(groups["posterior"], name, value)
    path = write(tmp_path / "other.nc", small, groups, small.recipe)
    with pytest.raises(mw.DataError, match="no finite numbers") as found:
        mw.load(path)
    size = groups["posterior"][name].size
    each = size // 80
    assert f"{name}: {each} of {size} numbers" in str(found.value)


def test_draws_of_the_largest_numbers_are_finite(small: mw.Fit, tmp_path: Path) -> None:
    groups = groups_of(small)
    groups["posterior"] = with_values(groups["posterior"], "sigma", 1.7e308, slice(None))
    assert mw.load(write(tmp_path / "large.nc", small, groups, small.recipe))


@pytest.mark.parametrize(("change", "same"), [(1e-11, True), (-1e-11, True), (1e-6, False)])
def test_a_response_may_differ_in_its_last_digits_only(
    small: mw.Fit, tmp_path: Path, change: float, same: bool
) -> None:
    groups = groups_of(small)
    observed = groups["observed_data"]["y"].values
    changed = observed[3] + change * np.abs(observed).max()
    groups["observed_data"] = with_values(groups["observed_data"], "y", changed, 3)
    path = write(tmp_path / "other.nc", small, groups, small.recipe)
    if same:
        assert mw.load(path)
    else:
        with pytest.raises(mw.DataError, match='response "y" is not that which'):
            mw.load(path)


@pytest.mark.parametrize("change", [{"settings": '{"var_names": ["b"]}'}, {"edited": "by hand"}])
def test_variables_may_be_absent_where_they_were_not_asked_for(
    small: mw.Fit, tmp_path: Path, change: dict[str, str]
) -> None:
    groups = groups_of(small)
    groups["posterior"] = groups["posterior"].drop_vars("sigma")
    made = replace(small.made, **change)
    made.write(tree := xr.DataTree.from_dict(groups))
    path = store.save(tmp_path / "part.nc", small.recipe, tree, made)
    assert "sigma" not in store.load(path).idata["posterior"]
