"""Quantiles of a column that lies elsewhere are exactly those of NumPy, in few queries."""

import narwhals as nw
import numpy as np
import polars as pl
import pytest

from mixwell.design.pushed.order_statistics import exact_quantiles
from mixwell.errors import DataError

from .pushed_cases import ENGINES, in_polars

N = 60_000
SHARES = np.array([0.0, 0.001, 0.25, 1 / 3, 0.5, 0.9, 0.999, 1.0])


def columns() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    normal = rng.normal(size=N)
    outlier = normal.copy()
    outlier[:2] = -1e140, 1e140
    return {
        "normal": normal,
        "far": normal + 1e7,
        "heavy": np.exp(30 * normal),
        "outlier": outlier,
        "rounded": np.round(normal, 1),
        "nearly constant": np.where(rng.uniform(size=N) < 0.999, 7.0, normal),
        "two": rng.integers(0, 2, N).astype(float),
        "one": np.full(N, 3.5),
        "neighbors": 1.0 + rng.integers(0, 50, N) * np.finfo(float).eps,
    }


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", columns())
def test_quantiles_found_by_counting_are_those_of_sorted_values(name, engine):
    values = columns()[name]
    table = ENGINES[engine](pl.DataFrame({"x": values}))
    found = exact_quantiles(table, nw.col("x"), SHARES, values.min(), values.max(), "x")
    np.testing.assert_array_equal(found, np.quantile(values, SHARES))
    assert len(table.queries) <= 12


def test_quantiles_within_bounds_leave_the_other_values_out():
    values = columns()["normal"]
    table = in_polars(pl.DataFrame({"x": [None, *values]}))
    found = exact_quantiles(table, nw.col("x"), SHARES, -1.0, 0.5, "x")
    within = values[(values >= -1) & (values <= 0.5)]
    np.testing.assert_array_equal(found, np.quantile(within, SHARES))
    with pytest.raises(DataError, match="x has no values from 90 to 91"):
        exact_quantiles(table, nw.col("x"), SHARES, 90.0, 91.0, "x")
