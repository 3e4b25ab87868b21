"""Pictures of the posterior's shape and of pooling, on one short fit."""

import matplotlib

matplotlib.use("agg")

import numpy as np
import pytest
import xarray as xr
from matplotlib import pyplot
from matplotlib.figure import Figure

import mixwell as mw
from mixwell.errors import DataError
from mixwell.infer.pooling import pooling
from mixwell.show.plots import FIGURES, Plots


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_of_a_real_fit_is_returned_and_let_go_of(sleepstudy_fit, name):
    assert isinstance(getattr(sleepstudy_fit.plot, name)(), Figure)
    assert pyplot.get_fignums() == []
    assert f"{name}()" in repr(sleepstudy_fit.plot)


def test_a_funnel_has_a_panel_a_level_and_marks_divergences(make_idata):
    plots = Plots(make_idata(diverging=7), "y", "identity")
    figure = plots.funnel("Subject", "Days", ["s1", "s3"], offsets=True)
    titles = [axes.get_title(loc="left") for axes in figure.axes if axes.get_visible()]
    assert titles == ["Subject s1", "Subject s3"]
    assert len(figure.axes[0].collections[1].get_offsets()) == 7


@pytest.fixture
def exact(make_idata):
    idata = make_idata(statistics=())
    dataset = idata["posterior"].to_dataset().assign_attrs(engine="exact")
    return Plots(xr.DataTree.from_dict({"posterior": dataset}), "y", "identity")


def test_an_exact_fit_has_no_energy_and_no_divergences(exact):
    with pytest.raises(DataError, match="An exact fit has no energy"):
        exact.energy()
    assert "divergences" not in exact.funnel("Subject").get_supxlabel()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", ["trace", "rank", "autocorrelation"])
def test_figures_of_chains_say_that_an_exact_fit_has_none(exact, name):
    assert "independent draws" in getattr(exact, name)().get_supxlabel()


def test_a_running_mean_has_a_line_a_chain_and_one_of_all(make_idata):
    figure = Plots(make_idata(), "y", "identity").running_mean(["sd_Subject"], reference=1.0)
    assert [len(axes.lines) for axes in figure.axes] == [6, 6]


def test_shrinkage_shows_group_sizes(sleepstudy_fit):
    texts = [t.get_text() for t in sleepstudy_fit.plot.shrinkage().axes[0].get_yticklabels()]
    assert "308 (n = 10)" in texts


def test_figures_that_need_the_model_say_so(make_idata):
    with pytest.raises(DataError, match=r"fit\.plot"):
        Plots(make_idata(), "y", "identity").shrinkage()


@pytest.mark.parametrize(
    "call",
    [
        lambda plots: plots.funnel(levels=["s99"]),
        lambda plots: plots.funnel(effect="Dayz"),
        lambda plots: plots.running_mean(["Intercept"]),
    ],
)
def test_unknown_names_are_refused(make_idata, call):
    with pytest.raises(DataError, match="There is no"):
        call(Plots(make_idata(), "y", "identity"))


def test_no_pooling_is_each_level_s_own_regression(sleepstudy_fit):
    spec, data = sleepstudy_fit.spec, mw.load_data("sleepstudy")
    (found,) = spec.layout.factors
    made = pooling(spec, sleepstudy_fit.posterior, found)
    own = data[data["Subject"].astype(str) == found.levels[3]]
    slope, intercept = np.polyfit(own["Days"], own["Reaction"], 1)
    np.testing.assert_allclose(made.separate[3], [intercept, slope], rtol=0.1)
    slope, intercept = np.polyfit(data["Days"], data["Reaction"], 1)
    np.testing.assert_allclose(made.complete, [intercept, slope], rtol=1e-3)


def test_no_pooling_of_three_districts_is_the_seed_s_fixed_effects_model(make_idata):
    data = mw.load_data("bangladesh")
    data = data[data["district"].astype(str).isin(["1", "2", "3"])]
    model = mw.Model("use ~ 1 + (1 | district)", data, family="bernoulli")
    idata = make_idata()["posterior"].to_dataset()
    zero = idata["b"].isel(effect=[0]).assign_coords(effect=["Intercept"]) * 0
    made = pooling(model.spec, zero.to_dataset(name="b"), model.spec.layout.factors[0])
    # a = -1.06, -0.59, 1.22 there, with the prior Normal(0, 1.5); here it is wider
    np.testing.assert_allclose(made.separate[:2, 0], [-1.06, -0.61], atol=0.05)
    assert 1.2 < made.separate[2, 0] < 2.0
