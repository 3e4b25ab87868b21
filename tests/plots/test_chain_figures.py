"""Figures of chains: the names of what is drawn."""

import matplotlib

matplotlib.use("agg")

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import mixwell as mw

#: Dims and variables of draws, what ArviZ calls parts of a figure, and a separator in trees.
NAMES = [
    "chain", "draw", "column", "row", "col", "variable", "figure", "plot", "sample", "x", "y_",
    "color", "diverging", "posterior", "I(z/2)",
]  # fmt: skip


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", NAMES)
def test_a_predictor_of_any_name_is_drawn(name):
    rng = np.random.default_rng(0)
    column = "z" if name == "I(z/2)" else name
    data = pd.DataFrame({column: rng.normal(size=40), "g": np.repeat(list("uvwxy"), 8)})
    data["y"] = rng.normal(size=40)
    fit = mw.Model(f"y ~ {name} + (1 | g)", data).fit(engine="exact", draws=50, chains=2, seed=1)
    for figure in (fit.plot.trace, fit.plot.rank, fit.plot.autocorrelation):
        assert isinstance(figure(), Figure)
        assert isinstance(figure([name]), Figure)
    drawn = list(fit.plot.named_dataset([name]).data_vars)
    written = {n: f"b[{n}]" for n in ("chain", "draw", "column")} | {"I(z/2)": "I(z\u22152)"}
    assert drawn == [written.get(name, name)]
