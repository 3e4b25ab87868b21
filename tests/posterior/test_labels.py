"""Coordinates of a posterior are what xarray would make of the labels."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from mixwell.posterior.labels import coordinates


@pytest.mark.parametrize(
    "labels",
    [
        ["Intercept", "Days"],
        [308, 309],
        np.arange(4),
        [0.5, 1.5],
        [True, False],
        list(pd.date_range("2020-01-01", periods=3)),
        np.array(["a", 1], dtype=object),
        [],
    ],
    ids=str,
)
def test_coordinates_are_those_that_xarray_makes(labels: object) -> None:
    ours = xr.Dataset(coords=coordinates({"x": labels, "y": ["a"]}))
    theirs = xr.Dataset(coords={"x": labels, "y": ["a"]})
    xr.testing.assert_identical(ours, theirs)
    assert ours["x"].dtype == theirs["x"].dtype
    pd.testing.assert_index_equal(ours.indexes["x"], theirs.indexes["x"], exact=True)


def test_levels_are_found_by_their_labels() -> None:
    data = xr.Dataset({"r": ("level", [1.0, 2.0])}, coordinates({"level": ["a", "b"]}))
    assert float(data["r"].sel(level="b")) == 2.0
