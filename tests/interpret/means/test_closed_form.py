"""On sampled draws: every verb agrees with the sum that it stands for, written out by hand."""

import matplotlib

matplotlib.use("agg")

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from mixwell.errors import DataError


@pytest.fixture(scope="module")
def draws(sleepstudy_fit):
    """Return intercept, slope (sample,) and deviations (subject, effect, sample) by name."""
    posterior = sleepstudy_fit.posterior.stack(sample=("chain", "draw"))
    b, r = posterior["b"], posterior["r_Subject"]
    return {
        "Intercept": b.sel(effect="Intercept").to_numpy(),
        "Days": b.sel(effect="Days").to_numpy(),
        "r": r.transpose("Subject", "Subject_effect", "sample").to_numpy(),
        "subjects": [str(s) for s in r["Subject"].to_numpy()],
        "sigma": posterior["sigma"].to_numpy(),
    }


def agree(made, samples):
    """Hold draws, mean, sd and interval against those of samples (row, sample)."""
    np.testing.assert_allclose(made.samples, samples, rtol=1e-10)
    np.testing.assert_allclose(made["estimate"], samples.mean(axis=1), rtol=1e-10)
    np.testing.assert_allclose(made["sd"], samples.std(axis=1, ddof=1), rtol=1e-10)
    ends = np.quantile(samples, [0.055, 0.945], axis=1)
    np.testing.assert_allclose(made[["lower", "upper"]].to_numpy().T, ends, rtol=1e-10)


def test_means_are_the_line_at_each_day(sleepstudy_fit, draws):
    days = np.array([0.0, 4.5, 9.0])
    made = sleepstudy_fit.means("Days", at={"Days": days.tolist()})
    agree(made, draws["Intercept"] + days[:, None] * draws["Days"])


def test_means_of_existing_subjects_add_their_deviations(sleepstudy_fit, draws):
    made = sleepstudy_fit.means("Subject", at={"Days": 3}, groups="existing")
    lines = draws["Intercept"] + draws["r"][:, 0] + 3 * (draws["Days"] + draws["r"][:, 1])
    order = [draws["subjects"].index(name) for name in made["Subject"]]
    agree(made, lines[order])


def test_the_slope_is_the_coefficient(sleepstudy_fit, draws):
    agree(sleepstudy_fit.slopes("Days"), draws["Days"][None])
    agree(sleepstudy_fit.comparisons("Days", step=9), 9 * draws["Days"][None])


def test_slopes_of_subjects_add_their_deviations(sleepstudy_fit, draws):
    made = sleepstudy_fit.slopes("Days", by="Subject", groups="existing")
    order = [draws["subjects"].index(name) for name in made["Subject"]]
    agree(made, (draws["Days"] + draws["r"][:, 1])[order])


def test_predictions_are_each_row_s_own_line(sleepstudy_fit, draws):
    rows = pd.DataFrame({"Days": [2.0, 7.0], "Subject": ["310", "337"]})
    own = [draws["subjects"].index(name) for name in rows["Subject"]]
    population = draws["Intercept"] + rows["Days"].to_numpy()[:, None] * draws["Days"]
    agree(sleepstudy_fit.predictions(rows), population)
    r = draws["r"][own]
    existing = population + r[:, 0] + rows["Days"].to_numpy()[:, None] * r[:, 1]
    agree(sleepstudy_fit.predictions(rows, groups="existing"), existing)


def test_new_responses_scatter_by_sigma(sleepstudy_fit, draws):
    rows = pd.DataFrame({"Days": [2.0]})
    made = sleepstudy_fit.predictions(rows, kind="response", seed=1)
    spread = np.sqrt(np.mean(draws["sigma"] ** 2) + np.var(draws["Intercept"] + 2 * draws["Days"]))
    assert made["sd"][0] == pytest.approx(spread, rel=0.06)


def test_a_contrast_of_means_is_a_multiple_of_the_slope(sleepstudy_fit, draws):
    made = sleepstudy_fit.means("Days", at={"Days": [0, 4]}).contrasts("revpairwise")
    agree(made, 4 * draws["Days"][None])


def test_a_hypothesis_counts_draws(sleepstudy_fit, draws):
    made = sleepstudy_fit.hypothesis("Days > 10")
    assert made["probability"][0] == pytest.approx((draws["Days"] > 10).mean())


def test_one_coefficient_is_drawn_by_its_name(sleepstudy_fit):
    figure = sleepstudy_fit.plot.coefficient("Days")
    assert isinstance(figure, Figure)
    axes = figure.axes[0]
    assert axes.get_title(loc="left") == "slope of Days per unit"
    assert axes.get_ylabel() == "mean of Reaction"
    assert "coefficient(name)" in repr(sleepstudy_fit.plot)


@pytest.mark.parametrize(
    ("name", "words"),
    [("sigma", "sigma compares no cells"), ("Dayz", 'no parameter "Dayz"')],
)
def test_what_has_no_cells_cannot_be_drawn(sleepstudy_fit, name, words):
    with pytest.raises(DataError, match=words):
        sleepstudy_fit.plot.coefficient(name)


def test_estimates_of_a_fit_draw_themselves(sleepstudy_fit):
    curve = sleepstudy_fit.means("Days", at={"Days": np.linspace(0, 9, 10)}).plot()
    assert curve.axes[0].get_xlabel() == "Days"
    assert len(curve.axes[0].lines) == 1
    assert isinstance(sleepstudy_fit.comparisons("Days", step="sd").plot(), Figure)
