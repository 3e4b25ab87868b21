"""Every type of column that fits also saves, loads in a new process and predicts the same.

The expected predictions are those of the fit that was saved. Draws are random numbers: what is
tested is whether rows find the levels and coefficients that they had.
"""

import json
import runpy
import subprocess
import sys
import zlib
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import xarray as xr
from packaging.version import Version

import mixwell as mw
from mixwell.posterior.labels import coordinates, observed_data, posterior_dims, posterior_labels
from mixwell.posterior.made import Made
from mixwell.recipe import Recipe
from mixwell.tables.frame import read_frame

SCRIPT = Path(__file__).with_name("column_types.py")
TYPES = runpy.run_path(str(SCRIPT))
COLUMNS, predicted, table = (TYPES[name] for name in ("COLUMNS", "predicted", "table"))


def made_up(formula: str, data: object) -> mw.Fit:
    """A fit whose draws are random numbers."""
    recipe = Recipe((formula,), read_frame(data))
    spec, rng = recipe.specify(), np.random.default_rng(zlib.crc32(formula.encode()))
    labels = posterior_labels(spec) | {"chain": [0, 1], "draw": [0, 1, 2]}
    draws = {
        name: (("chain", "draw", *dims), rng.normal(size=(2, 3, *(len(labels[d]) for d in dims))))
        for name, dims in posterior_dims(spec).items()
    }
    posterior = xr.Dataset(draws, coords=coordinates(labels))
    tree = xr.DataTree.from_dict({"posterior": posterior, "observed_data": observed_data(spec)})
    tree["sample_stats"] = xr.DataTree()
    made = Made("nuts")
    made.write(tree)
    return mw.Fit(spec, tree, made, recipe)


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, Any]]:
    """What each fit predicts, and what it predicts in a process that only loads it."""
    folder, here = tmp_path_factory.mktemp("columns"), {}
    for place, name in enumerate(COLUMNS):
        try:
            fit = made_up("y ~ factor(k) + (1 | k)", table(COLUMNS[name]))
            here[name] = predicted(fit, name)
            fit.save(folder / f"{place}.nc")
        except Exception as error:  # each is an answer of its own
            here[name] = repr(error)
    done = subprocess.run(
        [sys.executable, SCRIPT, folder], capture_output=True, text=True, check=True
    )
    return here, json.loads(done.stdout)


#: What older versions of pandas have no words for, and which one is the first that has.
LATER = {"intervals of dates of a zone": "3.1", "objects: dates far away": "3.0"}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_of_this_type_predicts_the_same_in_a_new_process(answers: Any, name: str) -> None:
    here, there = answers
    if Version(pd.__version__) < Version(LATER.get(name, "0")):
        assert here[name].startswith("DataError(")  # in a sentence
        pytest.skip(f"pandas {LATER[name]} is the first with such columns")
    assert isinstance(here[name], list), here[name]
    assert there[name] == here[name]
    assert len(set(here[name][2:])) > 1  # each level has its own


NONE_OF_ONE_KIND: dict[str, tuple[Any, str]] = {
    "complex": (np.array([1 + 1j, 2, 3]), "complex numbers"),
    "categories that are complex": (pd.Categorical([1 + 1j, 2, 3]), "complex numbers"),
    "mixed labels": (pd.Series([1, "1", None, "a"], dtype=object), "several types"),
    "very mixed labels": (
        pd.Series([1, "1", 2.5, b"", (), Fraction(1)], dtype=object),
        r"several types \(Fraction, bytes, float, int and 2 more\)",
    ),
    "mixed categories": (pd.Categorical([1, "1", 2.5]), "both written '1'"),
    "zones": (
        pd.Series(
            [pd.Timestamp("2026-01-01", tz=zone) for zone in ("UTC", "Asia/Tokyo")], dtype=object
        ),
        "dates of several kinds",
    ),
    "lists": (pd.Series([[1], [2], [3]], dtype=object), "cannot be levels"),
    "a null character": (["a\0", "a", "b"], "a text with a null character"),
    "half a character": (pd.Series(["\ud800", "a", "b"], dtype=object), "half a character"),
    "Arrow's lists": (pa.array([[1], [2], [3]]), "cannot be levels"),
    "Arrow's structures": (pa.array([{"a": 1}, {"a": 2}, {"a": 3}]), "cannot be levels"),
    "Arrow's nothing": (pa.array([None, None, None]), "No row is left"),
    "Polars's lists": (pl.Series([[1], [2], [3]]), "cannot be levels"),
    "Polars's mixed objects": (pl.Series([1, "1", "b"], dtype=pl.Object), "several types"),
}


@pytest.mark.parametrize("name", NONE_OF_ONE_KIND)
def test_values_of_no_kind_are_refused_before_a_model_is_made(name: str) -> None:
    column, said = NONE_OF_ONE_KIND[name]
    with pytest.raises(mw.DataError, match=said):
        mw.Model("y ~ 1 + (1 | k)", table(column))


class Own:
    """A type that only its own module knows."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __repr__(self) -> str:
        return f"own {self.value}"


def test_values_that_no_file_keeps_are_said_before_sampling() -> None:
    own = [Own(1), Own(2), Own(3)]
    data = table(pd.Series(own, dtype=object))
    with pytest.warns(mw.MixwellWarning, match="cannot be saved. Column 'k' cannot be stored: Own"):
        fit = mw.Model("y ~ 1 + (1 | k)", data).fit(engine="exact", draws=20, chains=2, seed=1)
    with pytest.raises(mw.DataError, match="Column 'k' cannot be stored: Own is a type"):
        fit.save("own.nc")


def test_a_hundred_thousand_levels_come_back(tmp_path: Path) -> None:
    levels = np.repeat(np.arange(2**53, 2**53 + 100_000), 2)
    fit = made_up("y ~ 1 + (1 | k)", {"y": np.arange(200_000.0) % 7, "k": levels})
    back = mw.load(fit.save(tmp_path / "many.nc"))
    assert back.posterior.identical(fit.posterior)
    assert back.spec.layout.factors[0].levels == fit.spec.layout.factors[0].levels


@pytest.mark.parametrize(
    "names",
    [
        (0, 1, 2),
        (1.5, 2, "k"),
        (("a", 1), ("a", 2), ("b", 1)),
        (True, None, DAY := pd.Timestamp(0)),
    ],
    ids=str,
)
def test_columns_whose_names_are_no_texts_come_back(tmp_path: Path, names: Any) -> None:
    y, x, k = names
    data = pd.DataFrame({0: np.arange(24.0) % 7, 1: np.arange(24.0) % 5, 2: np.arange(24) % 3})
    data.columns = pd.Index(list(names), dtype=object, tupleize_cols=False)
    fit = made_up(f"`{y}` ~ `{x}` + (1 | `{k}`)", data)
    back = mw.load(fit.save(tmp_path / "names.nc"))
    for new in (None, data.iloc[[3, 1]]):
        one, two = (f.predictions(new, groups="existing")["estimate"] for f in (fit, back))
        np.testing.assert_array_equal(one, two)
