"""Figures of chains: the names of what is drawn."""

import matplotlib

matplotlib.use("agg")

import arviz_base
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import mixwell as mw
from mixwell.plots.drawn_fit import fitting_dataset

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


def test_the_band_of_autocorrelations_is_that_of_independent_draws(plots_of, make_idata):
    """1.96 (2.576) divided by the root of the number of draws, whatever number of lags is shown."""
    plots = plots_of(make_idata(chains=2, draws=400))
    for prob, errors in ((0.95, 1.959964), (0.99, 2.575829)):
        figure = plots.autocorrelation(["sigma"], ci_prob=prob)
        (band,) = figure.axes[0].patches
        assert band.get_y() + band.get_height() == pytest.approx(errors / 20, rel=1e-6)
        assert f"band: {100 * prob:g}%" in figure.get_supxlabel()


def test_the_band_of_ranks_says_its_probability(plots_of, make_idata):
    assert "band: 99%" in plots_of(make_idata()).rank(["sigma"]).get_supxlabel()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(("name", "each"), [("trace", 2), ("rank", 1), ("autocorrelation", 1)])
def test_of_more_parameters_than_a_figure_has_room_for_the_first_are_drawn(name, each):
    """ArviZ has at most 40 panels by default, and answers with an error of its own beyond."""
    rng = np.random.default_rng(0)
    data = pd.DataFrame({"y": rng.normal(size=200), "f": [f"f{k % 42:02d}" for k in range(200)]})
    fit = mw.Model("y ~ f", data).fit(engine="exact", draws=25, chains=2, seed=1)
    draw, names = getattr(fit.plot, name), list(fit.summary().index)
    said = fitting_dataset(fit.plot, None, each)[1]
    assert said.startswith(f"the first {40 // each} of 43 parameters")
    with pytest.raises(mw.DataError, match=f"{each * 41} panels, and a figure has at most 40"):
        draw(names[:41])
    with arviz_base.rc_context({"plot.max_subplots": 4}):
        assert f"the first {4 // each} of 43" in draw().get_supxlabel()
        assert "parameters" not in draw(names[:2]).get_supxlabel()
