"""Leave-one-out: the warning is a sentence about the rows that make it inexact."""

import numpy as np
import pytest
import xarray as xr

import mixwell as mw
from mixwell.posterior.draws import leave_one_out


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (["r3"], r"^1 row weighs too much on the posterior .*: r3\.$"),
        (["r3", "r5"], r"^2 rows weigh too much on the posterior .*: r3, r5\.$"),
        ([f"r{k}" for k in range(7)], r"^7 rows weigh .*: r0, r1, r2, r3, r4 and 2 more\.$"),
    ],
)
def test_rows_that_weigh_too_much_are_counted_and_named(rows: list[str], sentence: str) -> None:
    rng = np.random.default_rng(1)
    labels = [f"r{k}" for k in range(12)]
    values = rng.normal(-1, 0.1, (4, 250, 12))
    values[..., [labels.index(row) for row in rows]] = -rng.exponential(20, (4, 250, len(rows)))
    posterior = xr.Dataset({"mu": (("chain", "draw"), rng.normal(size=(4, 250)))})
    with pytest.warns(mw.MixwellWarning, match=sentence):
        leave_one_out(
            posterior, xr.DataArray(values, {"row": labels}, dims=("chain", "draw", "row"))
        )
