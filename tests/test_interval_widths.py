"""One width of interval: `ci_prob=` in every table and figure, and what is shown says it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.fit import Fit
from mixwell.interpret.estimates.estimates import Estimates

Shown = Callable[..., Any]

TABLES: dict[str, Callable[[Fit], Shown]] = {
    "summary": lambda fit: fit.summary,
    "fixef": lambda fit: fit.fixef,
    "ranef": lambda fit: fit.ranef,
    "coef": lambda fit: fit.coef,
    "VarCorr": lambda fit: fit.VarCorr,
    "r2": lambda fit: fit.r2,
    "icc": lambda fit: fit.icc,
    "means": lambda fit: with_frame(fit.means, "Days"),
    "slopes": lambda fit: with_frame(fit.slopes, "Days"),
    "contrasts": lambda fit: with_frame(fit.contrasts, "pairwise", "Days", at={"Days": [0, 9]}),
    "comparisons": lambda fit: with_frame(fit.comparisons, "Days"),
    "predictions": lambda fit: with_frame(fit.predictions),
    "hypothesis": lambda fit: with_frame(fit.hypothesis, "Days > 0"),
    "contrasts of means": lambda fit: with_frame(means_of(fit).contrasts),
    "hypothesis on means": lambda fit: with_frame(means_of(fit).hypothesis, "`9` > 0"),
    "explain": lambda fit: lambda **given: fit.explain(**given).to_frame(),
    "explain one": lambda fit: lambda **given: fit.explain("Days", **given).cells,
    "report": lambda fit: lambda **given: fit.report(**given).table,
}
FIGURES: dict[str, Callable[[Fit], Shown]] = {
    "coefficients": lambda fit: fit.plot.coefficients,
    "coefficient": lambda fit: lambda **given: fit.plot.coefficient("Days", **given),
    "ranef": lambda fit: fit.plot.ranef,
    "predictive": lambda fit: fit.plot.predictive,
    "shrinkage": lambda fit: fit.plot.shrinkage,
    "estimates": lambda fit: means_of(fit).plot,
}
PRINTED: dict[str, Callable[[Fit], Shown]] = {
    "means": lambda fit: lambda **given: fit.means("Days", **given),
    "explain": lambda fit: fit.explain,
    "explain one": lambda fit: lambda **given: fit.explain("Days", **given),
    "report": lambda fit: fit.report,
}


def with_frame(verb: Shown, *args: object, **options: object) -> Shown:
    return lambda **given: verb(*args, **options, **given).frame


def means_of(fit: Fit) -> Estimates:
    return fit.means("Days", at={"Days": [0, 9]})


@pytest.fixture(scope="module")
def fit() -> Fit:
    model = mw.Model("Reaction ~ Days + (Days | Subject)", mw.load_data("sleepstudy"))
    return model.fit(engine="exact", seed=1, draws=200)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_intervals_of_the_probability_asked_for_and_says_it(fit: Fit, name: str):
    table = TABLES[name](fit)
    usual, wide = table(), table(ci_prob=0.99)
    assert (wide["lower"] < usual["lower"]).all()
    assert (wide["upper"] > usual["upper"]).all()
    pd.testing.assert_series_equal(wide["estimate"], usual["estimate"])
    assert "89% interval" in usual.to_string()
    assert "99% interval" in wide.to_string()


@pytest.mark.parametrize("name", TABLES)
def test_the_option_of_the_package_holds_where_a_call_says_nothing(fit: Fit, name: str):
    table = TABLES[name]
    asked = table(fit)(ci_prob=0.5)
    mw.options.ci_prob = 0.5
    try:
        usual = table(fit)()
    finally:
        mw.options.ci_prob = None
    pd.testing.assert_frame_equal(usual, asked)


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_says_the_probability_of_its_intervals(fit: Fit, name: str):
    figure = FIGURES[name](fit)
    assert "89%" in figure().get_supxlabel()
    assert "99%" in figure(ci_prob=0.99).get_supxlabel()


@pytest.mark.parametrize("name", PRINTED)
def test_what_is_printed_says_the_probability_with_which_it_was_made(fit: Fit, name: str):
    made = PRINTED[name](fit)(ci_prob=0.99)
    mw.options.ci_prob = 0.5  # chosen between making and printing
    try:
        said = str(made)
    finally:
        mw.options.ci_prob = None
    assert "99%" in said
    assert "50%" not in said


@pytest.mark.parametrize("name", TABLES | FIGURES)
@pytest.mark.parametrize("wrong", [95, 0, 1, True, "95%", [0.9], float("nan")])
def test_what_is_no_probability_is_refused(fit: Fit, name: str, wrong: object):
    with pytest.raises(mw.DataError, match="ci_prob is "):
        (TABLES | FIGURES)[name](fit)(ci_prob=wrong)


def test_contrasts_have_the_width_of_their_means(fit: Fit):
    made = fit.means("Days", at={"Days": [0, 9]}, ci_prob=0.5)
    assert made.contrasts().settings.prob == 0.5
    assert made.contrasts(ci_prob=0.9).settings.prob == 0.9


def test_another_width_leaves_estimates_and_draws_as_they_are(fit: Fit):
    made = means_of(fit)
    wide = made.with_interval(0.95)
    np.testing.assert_array_equal(wide.samples, made.samples)
    ends = np.quantile(made.samples, [0.025, 0.975], axis=1)
    np.testing.assert_allclose(wide[["lower", "upper"]].to_numpy().T, ends)
    pd.testing.assert_series_equal(wide["estimate"], made["estimate"])


def test_lines_of_the_shrinkage_figure_are_intervals_of_normal_distributions(fit: Fit):
    """Without pooling: the estimate and 1.96 standard errors (2.576) for 95% (99%)."""
    widths = []
    for prob in (0.95, 0.99):
        lines = fit.plot.shrinkage(ci_prob=prob).axes[0].collections
        segments = lines[0].get_segments()
        widths.append(np.array([segment[1][0] - segment[0][0] for segment in segments]))
    np.testing.assert_allclose(widths[1] / widths[0], 2.575829 / 1.959964, rtol=1e-6)
