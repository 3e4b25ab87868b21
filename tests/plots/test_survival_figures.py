"""Survival curves as a figure, with the steps of the data alone."""

import matplotlib

matplotlib.use("agg")

import numpy as np
import pytest
import xarray as xr
from matplotlib import pyplot

import mixwell as mw
from mixwell.errors import DataError
from mixwell.interpret.survival.product_limit import nonparametric_survival
from mixwell.plots.fit_figures import Plots

KIDNEY = mw.load_data("kidney")


def plots(formula="time | cens(censored) ~ age + sex", data=KIDNEY):
    spec = mw.Model(formula, data, "exponential").spec
    names = list(spec.design.mean.fixed.names)
    values = np.tile(np.array([4.0, 0.0, 1.0])[: len(names)], (2, 4, 1))
    draws = xr.Dataset({"b": (("chain", "draw", "effect"), values)}, {"effect": names})
    return Plots(xr.DataTree.from_dict({"posterior": draws}), spec)


def dashed(axes):
    return [line for line in axes.lines if line.is_dashed()]


def test_curves_have_a_color_a_cell_and_the_steps_of_its_own_rows():
    figure = plots().survival("sex")
    (axes,) = figure.axes
    assert [line.get_label() for line in axes.lines if not line.is_dashed()] == ["male", "female"]
    for line, sex in zip(dashed(axes), ["male", "female"], strict=True):
        own = KIDNEY[KIDNEY["sex"] == sex]
        steps = nonparametric_survival(own["time"].to_numpy(float), own["censored"].to_numpy())
        np.testing.assert_allclose(line.get_xdata()[1:-1], steps[0])
        np.testing.assert_allclose(line.get_ydata()[1:-1], steps[1])
    assert "Kaplan and Meier" in figure.texts[-1].get_text()
    assert pyplot.get_fignums() == []


def test_steps_after_a_time_begin_there_at_one():
    (axes,) = plots().survival(after=50.0).axes
    (line,) = dashed(axes)
    assert (line.get_xdata()[0], line.get_ydata()[0]) == (50.0, 1.0)


@pytest.mark.parametrize(
    ("by", "options"),
    [("sex", {"data": False}), ("sex", {"kind": "hazard"}), ("age", {"at": {"age": [30, 45]}})],
)
def test_there_are_no_steps_where_the_data_have_none_to_say(by, options):
    figure = plots().survival(by, **options)
    assert not dashed(figure.axes[0])
    assert "dashed" not in figure.texts[-1].get_text()


def test_times_with_two_bounds_are_said_to_be_turnbulls():
    codes = np.where(KIDNEY["censored"] == 1, "right", "none").astype(object)
    codes[:10] = "interval"
    data = KIDNEY.assign(kind=codes, upper=KIDNEY["time"] + 20.0)
    figure = plots("time | cens(kind, upper) ~ age + sex", data).survival()
    assert "Turnbull" in figure.texts[-1].get_text()
    assert dashed(figure.axes[0])


def test_a_choice_that_is_no_truth_value_is_refused():
    with pytest.raises(DataError, match="True or False"):
        plots().survival(data="yes")
