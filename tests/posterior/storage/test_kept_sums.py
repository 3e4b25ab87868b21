"""A fit of sums is saved with them, and loaded as it was."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import xarray as xr
from tests.posterior.storage.changed_notes import changed

import mixwell as mw
from mixwell.design.sums.sums import Sums
from mixwell.fit import Fit
from mixwell.posterior.storage import store
from mixwell.posterior.storage.kept_sums import kept_sums, variables_of_sums


@pytest.fixture(autouse=True)
def rows_stay_where_they_lie() -> Iterator[None]:
    mw.options.rows_in_memory = 0
    yield
    mw.options.rows_in_memory = None


def summed(rows: int = 180) -> Sums:
    data = mw.load_data("sleepstudy").assign(Subject=lambda d: d["Subject"].astype(str))
    data = data.assign(lab=np.array(["a", "b", "c"])[data.index % 3]).head(rows)
    formula = "Reaction ~ Days + (Days | Subject) + (1 | lab)"
    return mw.Model(formula, pl.from_pandas(data).lazy()).reduction()


@pytest.fixture(scope="module")
def fit() -> Fit:
    mw.options.rows_in_memory = 0
    sums = summed()
    return mw.Model(sums.formula, sums).fit(seed=1, draws=50)


def test_a_fit_of_sums_is_loaded_as_it_was(fit: Fit, tmp_path: Path) -> None:
    loaded = mw.load(fit.save(tmp_path / "fit.nc"))
    assert str(loaded) == str(fit)
    assert loaded.posterior.equals(fit.posterior)
    assert str(loaded.means("Days", at={"Days": [0, 9]})) == str(
        fit.means("Days", at={"Days": [0, 9]})
    )
    assert loaded.refit().posterior.equals(fit.posterior)


def test_rows_that_are_given_to_a_fit_of_sums_are_refused(fit: Fit, tmp_path: Path) -> None:
    path = fit.save(tmp_path / "fit.nc")
    with pytest.raises(mw.DataError, match="holds the data of its fit"):
        mw.load(path, data=summed())


def test_sums_of_other_rows_than_were_drawn_with_are_refused(fit: Fit, tmp_path: Path) -> None:
    sums = summed()
    other = replace(sums, base=sums.base * 1.01, plain=sums.plain * 1.01)
    path = fit.save(tmp_path / "fit.nc")
    notes, tree = store.read_groups(path)
    groups = {str(name): node.to_dataset() for name, node in tree.children.items()}
    store.write_groups(path, groups, notes, replace(fit.recipe, sums=other))
    with pytest.raises(mw.DataError, match=r"not those that(.|\n)*sums that are in the file"):
        mw.load(path)


def test_a_file_in_which_sums_were_altered_is_refused(fit: Fit, tmp_path: Path) -> None:
    with xr.open_datatree(fit.save(tmp_path / "fit.nc"), engine="h5netcdf") as opened:
        tree = opened.load()
    own = tree["mixwell"].to_dataset()
    tree["mixwell"] = xr.DataTree(own.assign(sums_base=own["sums_base"] + 1.0))
    tree.to_netcdf(tmp_path / "altered.nc", engine="h5netcdf")
    with pytest.raises(mw.DataError, match="damaged, or was changed"):
        mw.load(tmp_path / "altered.nc")


def test_arrays_that_no_sums_have_are_refused() -> None:
    group = xr.Dataset(variables_of_sums(summed()))
    kept = kept_sums(group)
    assert kept is not None
    assert kept.n == 180
    assert kept_sums(xr.Dataset()) is None
    for name in map(str, group.data_vars):
        values, dims, rest = group[name].to_numpy(), group[name].dims, group.drop_vars(name)
        for other in (values[:-1], np.concatenate([values, values])):
            with pytest.raises(ValueError, match=r".*"):
                kept_sums(rest.assign({name: ([f"other_{k}" for k in range(other.ndim)], other)}))
        with pytest.raises(ValueError, match="no sums have"):
            kept_sums(rest)
        if values.dtype.kind == "f":
            with pytest.raises(ValueError, match="no sums have"):
                kept_sums(group.assign({name: (dims, np.full_like(values, np.nan))}))


def test_a_note_of_sums_that_was_changed_gives_sums_or_an_error() -> None:
    group = xr.Dataset(variables_of_sums(summed()))
    note = json.loads(bytes(group["sums_note"].to_numpy()))
    refused = 0
    for _, other in changed(note):
        text = np.frombuffer(json.dumps(other).encode(), dtype=np.uint8)
        try:
            assert isinstance(kept_sums(group.assign(sums_note=("byte", text))), Sums)
        except ValueError:
            refused += 1
    assert refused > 100
