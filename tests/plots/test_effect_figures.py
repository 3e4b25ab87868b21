"""Figures: returned, never shown, labeled in the data's words."""

import matplotlib

matplotlib.use("agg")

import numpy as np
import pytest
import xarray as xr
from matplotlib import pyplot
from matplotlib.figure import Figure

from mixwell.errors import DataError
from mixwell.plots.chain_figures import thinning


@pytest.fixture
def plots(plots_of, make_idata):
    return plots_of(make_idata(), "Reaction")


def labels(axes):
    return [label.get_text() for label in axes.get_yticklabels()]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", ["coefficients", "ranef", "trace", "rank", "energy"])
def test_every_figure_is_returned_and_let_go_of(plots, name):
    figure = getattr(plots, name)()
    assert isinstance(figure, Figure)
    assert pyplot.get_fignums() == []


def test_coefficients_leave_the_intercept_out_unless_asked(plots):
    assert labels(plots.coefficients().axes[0]) == ["Days"]
    assert labels(plots.coefficients(intercept=True).axes[0]) == ["Intercept", "Days"]
    assert labels(plots.coefficients(["Intercept"]).axes[0]) == ["Intercept"]


def test_axes_say_the_response_and_the_link(plots_of, make_idata):
    axes = plots_of(make_idata(), "use", "logit").coefficients().axes[0]
    assert axes.get_xlabel() == "effect on logit of use"


def test_an_unknown_coefficient_is_refused_with_the_nearest(plots):
    with pytest.raises(DataError, match='Did you mean "Days"'):
        plots.coefficients(["Dyas"])


def test_ranef_has_a_panel_an_effect_and_a_row_a_level(plots):
    panels = plots.ranef(sort=False).axes
    assert [axes.get_title(loc="left") for axes in panels] == ["Intercept", "Days"]
    assert labels(panels[0]) == ["s0", "s1", "s2", "s3", "s4"]


def test_ranef_sorts_levels_by_their_first_effect(plots_of, make_idata):
    idata = make_idata()
    means = idata["posterior"]["r_Subject"].mean(("chain", "draw")).sel(Subject_effect="Intercept")
    expected = means.sortby(-means)["Subject"].values.tolist()
    assert labels(plots_of(idata).ranef().axes[0]) == expected


def test_ranef_of_many_levels_shows_their_number_instead_of_names(plots_of, make_idata):
    figure = plots_of(make_idata(levels=200, draws=20)).ranef()
    assert figure.axes[0].get_ylabel() == "Subject (200 levels)"
    assert figure.get_figheight() < 8


def test_an_unknown_factor_is_refused(plots):
    with pytest.raises(DataError, match="Subject"):
        plots.ranef("Subjekt")


def test_a_model_without_groups_says_so(plots_of, make_idata):
    alone = make_idata()["posterior"].to_dataset()[["b", "sigma"]]
    with pytest.raises(DataError, match="no random effects"):
        plots_of(xr.DataTree.from_dict({"posterior": alone})).ranef()


def test_ranks_of_chains_that_hardly_move_keep_a_hundred_draws():
    walk = np.random.default_rng(1).normal(size=(4, 1000)).cumsum(axis=1)
    assert thinning(xr.Dataset({"sigma": (("chain", "draw"), walk)})) == 10
