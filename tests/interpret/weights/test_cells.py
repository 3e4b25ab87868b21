"""The table of cells that a coefficient compares."""

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.show.meanings import CELL_NUMBERS


def explained(factor: str):
    rng = np.random.default_rng(0)
    data = pd.DataFrame(
        {factor: np.tile(list("abcd"), 10), "side": rng.permutation(list("lr") * 20)}
    )
    data["group"], data["y"] = np.repeat(list("uvwxy"), 8), rng.normal(size=40)
    model = mw.Model(f"y ~ {factor} * side + (1 | group)", data)
    fit = model.fit(engine="exact", draws=40, chains=2, seed=1)
    return fit.explain()[f"{factor}[b]:side[r]"], fit


@pytest.fixture(scope="module")
def plain():
    return explained("block")[0]


@pytest.mark.parametrize("name", CELL_NUMBERS)
def test_a_factor_called_like_a_column_of_numbers_keeps_its_levels(name, plain):
    entry, fit = explained(name)
    expected = plain.cells.rename(columns={"block": f"{name}_level"})
    pd.testing.assert_frame_equal(entry.cells, expected)
    assert set(entry.factors) == {f"{name}_level", "side"}
    assert entry.weights.to_list() == plain.weights.to_list()
    assert fit.plot.coefficient(entry.name).axes
