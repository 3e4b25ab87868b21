"""Figures of fits with a linear predictor for each category or response, and of ratings."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.errors import DataError

N = 60
RNG = np.random.default_rng(8)
DATA = pd.DataFrame(
    {
        "x": RNG.normal(size=N),
        "g": np.repeat([f"g{k}" for k in range(6)], 10),
        "y": RNG.normal(size=N),
        "k": RNG.poisson(2.0, N),
        "choice": RNG.choice(["bus", "car", "train"], N),
        "stars": RNG.choice([1, 2, 5], N),
        **dict(zip("abc", RNG.integers(1, 6, (3, N)), strict=True)),
    }
)
MODELS = {
    "categorical": ("choice ~ x + (1 | i | g)", "categorical"),
    "several": (["y ~ x + (1 | i | g)", "k ~ x + (1 | i | g)"], ["gaussian", "poisson"]),
    "cumulative": ("stars ~ x + (1 | g)", "cumulative"),
    "multinomial": ("cbind(a, b, c) ~ x", "multinomial"),
}


@pytest.fixture(scope="module")
def fits():
    options = {"draws": 40, "tune": 60, "chains": 2, "seed": 1, "progressbar": False}
    return {name: mw.Model(f, DATA, family).fit(**options) for name, (f, family) in MODELS.items()}


def shown(figure):
    return [axes for axes in figure.axes if axes.get_visible()]


@pytest.mark.parametrize(
    ("name", "rows", "label"),
    [
        ("categorical", ["mucar_x", "mutrain_x"], "effect on the linear predictors"),
        ("several", ["y_x", "k_x"], "effect on the linear predictors"),
        ("cumulative", ["x"], "effect on log odds of a higher rating"),
        ("multinomial", ["mub_x", "muc_x"], "effect on the linear predictors"),
    ],
)
def test_coefficients_are_those_of_every_linear_predictor(fits, name, rows, label) -> None:
    [axes] = fits[name].plot.coefficients().axes
    assert [text.get_text() for text in axes.get_yticklabels()] == rows
    assert axes.get_xlabel() == label


def test_coefficients_of_another_parameter_are_drawn_on_its_own_scale() -> None:
    options = {"draws": 40, "tune": 60, "chains": 2, "seed": 1, "progressbar": False}
    fit = mw.Model(["y ~ x", "sigma ~ x + g"], DATA).fit(engine="direct", **options)
    [axes] = fit.plot.coefficients(parameter="sigma").axes
    rows = [text.get_text() for text in axes.get_yticklabels()]
    assert rows == ["sigma_x", *(f"sigma_g[g{k}]" for k in range(1, 6))]
    assert axes.get_xlabel() == "effect on log of sigma"
    [axes] = fit.plot.coefficients().axes
    assert [text.get_text() for text in axes.get_yticklabels()] == ["x"]
    with pytest.raises(DataError, match='Did you mean "sigma"'):
        fit.plot.coefficients(parameter="sgima")


@pytest.mark.parametrize(
    ("name", "titles", "label"),
    [
        (
            "categorical",
            ["mucar_Intercept", "mutrain_Intercept"],
            "deviation (log odds of car against bus)",
        ),
        ("several", ["y_Intercept", "k_Intercept"], "deviation (mean of y)"),
        ("cumulative", ["Intercept"], "deviation (log odds of a higher rating)"),
    ],
)
def test_deviations_have_a_panel_for_each_linear_predictor(fits, name, titles, label) -> None:
    panels = fits[name].plot.ranef().axes
    assert [axes.get_title(loc="left") for axes in panels] == titles
    assert panels[0].get_xlabel().replace("\n", " ") == label
    assert len(fits[name].plot.ranef("g").axes) == len(titles)


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("categorical", ["share of bus", "share of car", "share of train"]),
        ("several", ["mean of y", "mean of k"]),
        ("cumulative", ["mean score of stars"]),
    ],
)
def test_new_responses_are_shares_scores_or_means_of_each(fits, name, labels) -> None:
    panels = fits[name].plot.predictive().axes
    assert [axes.get_ylabel() for axes in panels] == labels
    if name == "categorical":
        observed = np.asarray(panels[1].collections[-1].get_offsets())[:, 1]
        shares = (DATA["choice"] == "car").groupby(DATA["g"]).mean()
        np.testing.assert_allclose(observed, shares)
    if name == "cumulative":
        observed = np.asarray(panels[0].collections[-1].get_offsets())[:, 1]
        np.testing.assert_allclose(observed, DATA.groupby("g")["stars"].mean())


@pytest.mark.parametrize("figure", ["shrinkage", "funnel"])
def test_figures_of_one_linear_predictor_say_which_there_are(fits, figure) -> None:
    with pytest.raises(DataError, match="g has deviations in several") as refused:
        getattr(fits["categorical"].plot, figure)()
    assert "mucar_g, mutrain_g" in str(refused.value)
    assert fits["categorical"].plot.funnel("mutrain_g").axes


def test_the_cells_of_a_coefficient_are_on_the_scale_of_its_own_predictor(fits) -> None:
    label = fits["categorical"].plot.coefficient("mutrain_x").axes[0].get_ylabel()
    assert label == "log odds of train against bus"
    assert fits["several"].plot.coefficient("k_x").axes[0].get_ylabel() == "log mean of k"


@pytest.mark.parametrize("figure", ["prior_posterior", "running_mean"])
def test_models_without_standard_deviations_have_no_figure_of_them(fits, figure) -> None:
    with pytest.raises(DataError, match="no standard deviations to draw"):
        getattr(fits["multinomial"].plot, figure)()


def test_labels_of_responses_of_several_columns_are_short(fits) -> None:
    axes = fits["multinomial"].means("x").plot().axes[0]
    assert axes.get_ylabel().replace("\n", " ") == "mean of the probability of each category"


def test_captions_stay_within_their_figure(fits) -> None:
    figure = fits["cumulative"].plot.predictive()
    figure.savefig("/dev/null", format="png")
    box = figure._supxlabel.get_window_extent()
    assert box.x0 >= 0
    assert box.x1 <= figure.bbox.width
    plt.close(figure)
