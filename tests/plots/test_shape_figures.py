"""Pictures of the posterior's shape and of pooling, on one short fit."""

import matplotlib

matplotlib.use("agg")

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib import pyplot
from matplotlib.figure import Figure

import mixwell as mw
from mixwell.errors import DataError
from mixwell.plots.fit_figures import FIGURES


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", [name for name in FIGURES if name != "survival"])  # of times
def test_every_figure_of_a_real_fit_is_returned_and_let_go_of(sleepstudy_fit, name):
    arguments = ["Days"] if name == "coefficient" else []
    assert isinstance(getattr(sleepstudy_fit.plot, name)(*arguments), Figure)
    assert pyplot.get_fignums() == []
    assert f"{name}(" in repr(sleepstudy_fit.plot)


def test_a_funnel_has_a_panel_a_level_and_marks_divergences(plots_of, make_idata):
    plots = plots_of(make_idata(diverging=7))
    figure = plots.funnel("Subject", "Days", ["s1", "s3"], offsets=True)
    titles = [axes.get_title(loc="left") for axes in figure.axes if axes.get_visible()]
    assert titles == ["Subject s1", "Subject s3"]
    assert len(figure.axes[0].collections[1].get_offsets()) == 7


@pytest.fixture
def exact(plots_of, make_idata):
    idata = make_idata(statistics=())
    dataset = idata["posterior"].to_dataset().assign_attrs(engine="exact", k_hat=0.1)
    return plots_of(xr.DataTree.from_dict({"posterior": dataset}))


def test_an_exact_fit_has_no_energy_and_no_divergences(exact):
    with pytest.raises(DataError, match="An exact fit has no energy"):
        exact.energy()
    assert "divergences" not in exact.funnel("Subject").get_supxlabel()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", ["trace", "rank", "autocorrelation"])
def test_figures_of_chains_say_that_an_exact_fit_has_none(exact, name):
    assert "independent draws" in getattr(exact, name)().get_supxlabel()


def test_a_running_mean_has_a_line_a_chain_and_one_of_all(plots_of, make_idata):
    figure = plots_of(make_idata()).running_mean(["sd_Subject"], reference=1.0)
    assert [len(axes.lines) for axes in figure.axes] == [6, 6]


def test_shrinkage_shows_group_sizes(sleepstudy_fit):
    texts = [t.get_text() for t in sleepstudy_fit.plot.shrinkage().axes[0].get_yticklabels()]
    assert "308 (n = 10)" in texts


def test_shrinkage_draws_no_point_for_levels_that_do_not_tell_an_effect():
    women = mw.load_data("bangladesh")
    some = women[women["district"].astype(str).isin(["1", "10", "11", "14"])]
    model = mw.Model("use ~ urban + (urban | district)", some, family="bernoulli")
    figure = model.fit(engine="exact", seed=1, draws=100).plot.shrinkage(effect="urban[Y]")
    assert "2 of 4 levels by themselves do not determine it" in figure.get_supxlabel()
    (legend,) = figure.legends
    assert len(legend.get_texts()) == 3


def test_a_funnel_says_how_many_levels_it_leaves_out(plots_of, make_idata):
    plots = plots_of(make_idata(levels=20))
    assert "12 of 20 levels" in plots.funnel("Subject").get_supxlabel()
    assert "levels" not in plots.funnel("Subject", levels=["s1"]).get_supxlabel()


@pytest.mark.parametrize("name", ["funnel", "ranef", "shrinkage", "predictive"])
def test_long_level_names_have_room(name):
    places = [
        f"Metropolitan district of {x} and its surroundings" for x in ("Bath", "Hull", "York")
    ]
    data = pd.DataFrame({"district": np.repeat(places, 8), "time": np.arange(24.0) % 7})
    fit = mw.Model("time ~ 1 + (1 | district)", data).fit(engine="exact", seed=1, draws=50)
    figure = getattr(fit.plot, name)()
    figure.draw_without_rendering()  # warns where no room is left for the axes
    for axes in figure.axes:
        box = axes.get_window_extent()
        assert min(box.width, box.height) > 0.25 * figure.dpi * min(figure.get_size_inches())
        title = axes.title if name != "funnel" else axes._left_title
        assert title.get_window_extent().width < 1.15 * box.width


def test_long_names_are_broken_at_pair_plots(plots_of, make_idata):
    names = ["corr_Subject[Intercept, Days]", "sigma"]
    figure = plots_of(make_idata()).pair(names)
    labels = {axes.get_xlabel() for axes in figure.axes}
    assert "corr_Subject\n[Intercept, Days]" in labels


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_trace_marks_divergences(plots_of, make_idata):
    quiet = plots_of(make_idata()).trace(["sigma"])
    marked = plots_of(make_idata(diverging=7)).trace(["sigma"])
    counts = [len(figure.axes[1].get_children()) for figure in (quiet, marked)]
    assert counts[1] > counts[0]


@pytest.mark.parametrize(
    "call",
    [
        lambda plots: plots.funnel(levels=["s99"]),
        lambda plots: plots.funnel(effect="Dayz"),
        lambda plots: plots.running_mean(["Intercept"]),
        lambda plots: plots.trace(["Subject"]),  # a dimension, no parameter
    ],
)
def test_unknown_names_are_refused(plots_of, make_idata, call):
    with pytest.raises(DataError, match="There is no"):
        call(plots_of(make_idata()))
