"""Expected scores of ratings and emmeans' modes, at R's maximum-likelihood estimates.

Answers of R's emmeans stand in `reference/modes.json`, next to the script that made them.
"""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from tests.families.ordered.test_cumulative import DATA, LEVELS, at_estimates

import mixwell as mw
from mixwell.interpret.changes.comparisons import comparisons
from mixwell.interpret.changes.slopes import slopes
from mixwell.interpret.means.estimands import contrasts, means
from mixwell.interpret.means.predictions import predictions
from mixwell.posterior.posterior import Posterior
from mixwell.r.verbs.rating_modes import latent, means_in_mode

KNOWN = json.loads((Path(__file__).parent / "reference" / "modes.json").read_text())
SCORE = {"scale": "score", "average": "response"}


def column(table: str, name: str) -> list[object]:
    return [row[name] for row in KNOWN[table]]


@pytest.fixture(scope="module")
def posterior():
    return at_estimates()


def fit_like(posterior):
    """What emmeans' verb asks of a fit."""

    def of(names, by=(), at=None, **options):
        return means(posterior, names, by, at, **options)

    return SimpleNamespace(spec=posterior.spec, means=of)


def test_expected_scores_and_their_differences_are_emmeans_mean_classes(posterior) -> None:
    made = means(posterior, "a", **SCORE)
    np.testing.assert_allclose(made["estimate"], column("mean.class", "mean.class"), rtol=1e-7)
    difference = contrasts(posterior, "pairwise", "a", **SCORE)["estimate"]
    np.testing.assert_allclose(difference, column("pairs", "estimate"), rtol=1e-6)
    overall = means(posterior, None, **SCORE)["estimate"]
    np.testing.assert_allclose(overall, column("averaged", "mean.class"), rtol=1e-7)


def test_slopes_of_expected_scores_are_the_limit_of_comparisons(posterior) -> None:
    made = slopes(posterior, "x", "a", scale="score")["estimate"]
    near = comparisons(posterior, "x", "a", scale="score", step=1e-4)["estimate"] / 1e-4
    np.testing.assert_allclose(made, near, rtol=1e-3)


def test_scores_of_ones_own_weigh_the_categories(posterior) -> None:
    shares = means(posterior, "a")["estimate"].to_numpy().reshape(2, 4)
    own = [0.0, 1.0, 10.0, -2.0]
    listed = means(posterior, "a", scale="score", scores=own)
    np.testing.assert_allclose(listed["estimate"], shares @ own)
    named = means(posterior, "a", scale="score", scores=dict(zip(LEVELS, own, strict=True)))
    np.testing.assert_allclose(named["estimate"], listed["estimate"])
    assert "Scores: 0 for bad, 1 for poor, 10 for ok, -2 for good." in listed.notes


def test_categories_that_are_numbers_are_their_own_scores(pretend) -> None:
    cuts = np.tile([-1.0, 1.0], (2, 5, 1))
    data = pd.DataFrame({"stars": [1, 2, 5] * 8, "a": ["p", "q"] * 12})
    fit = pretend("stars ~ a", data, [0.7], "cumulative", draws=5, threshold=(("cut",), cuts))
    shares = fit.means("a")["estimate"].to_numpy().reshape(2, 3)
    made = fit.means("a", scale="score")
    np.testing.assert_allclose(made["estimate"], shares @ [1.0, 2.0, 5.0])
    assert "The score of a category is its number." in made.notes


def test_predicted_scores_of_rows_are_those_of_their_probabilities(posterior) -> None:
    rows = DATA.head(3)
    shares = predictions(posterior, rows)["estimate"].to_numpy().reshape(3, 4)
    made = predictions(posterior, rows, "score")
    np.testing.assert_allclose(made["estimate"], shares @ [1.0, 2.0, 3.0, 4.0])
    assert made.title == "Predicted means of rating (expected scores)"
    assert len(made) == 3


def test_figures_say_that_they_show_expected_scores(posterior) -> None:
    figure = means(posterior, "a", scale="score").plot()
    assert figure.axes[0].get_ylabel() == "mean of the expected score of rating"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scale": "score", "scores": [1, 2]}, "a finite number for each of the 4 categories"),
        ({"scale": "score", "scores": {"bad": 1}}, "a finite number for each"),
        ({"scale": "score", "scores": {"worse": 1}}, "'worse', which is no category"),
        ({"scale": "score", "scores": [1, 2, 3, float("nan")]}, "a finite number for each"),
        ({"scores": [1, 2, 3, 4]}, 'scale="score"'),
        ({"scale": "scores"}, 'Did you mean "score"'),
    ],
)
def test_scores_that_are_none_are_refused(posterior, options, message) -> None:
    with pytest.raises(mw.DataError, match=message):
        means(posterior, "a", **options)


def test_scores_of_responses_without_order_are_refused() -> None:
    categories = DATA.assign(food=["u", "v", "w"] * 80)
    cases = {
        "of food have none: a mean of numbers for them says nothing": ("food ~ x", categories),
        "x is of the family gaussian": ("x ~ a", DATA),
    }
    for message, (formula, data) in cases.items():
        family = "gaussian" if formula.startswith("x") else "categorical"
        empty = Posterior(xr.Dataset(), mw.Model(formula, data, family).spec)
        for ask in (
            lambda drawn=empty: means(drawn, None, scale="score"),
            lambda drawn=empty: predictions(drawn, kind="score"),
        ):
            with pytest.raises(mw.DataError, match=message):
                ask()


@pytest.mark.parametrize(
    ("mode", "name", "shown"),
    [("prob", "rating", "prob"), ("cum.prob", "cut", "cumprob"), ("exc.prob", "cut", "exc.prob")],
)
def test_modes_of_emmeans_have_its_numbers_and_names(posterior, mode, name, shown) -> None:
    made, given = means_in_mode(fit_like(posterior), mode, [name], ["a"], {})
    assert given == shown
    assert made.frame[name].tolist() == column(mode, name)
    assert made.frame["a"].tolist() == column(mode, "a")
    np.testing.assert_allclose(made["estimate"], column(mode, shown), rtol=1e-7)
    assert made.by == ("a",)


def test_mean_classes_count_categories_from_1_as_emmeans(posterior) -> None:
    made, shown = means_in_mode(fit_like(posterior), "mean.class", ["a"], [], {})
    assert shown == "mean.class"
    np.testing.assert_allclose(made["estimate"], column("mean.class", "mean.class"), rtol=1e-7)


@pytest.mark.parametrize(
    ("mode", "message"),
    [
        ("linear.predictor", "latent"),
        ("scale", "disc"),
        ("class", "mean.class"),
    ],
)
def test_other_modes_are_refused_with_what_is_near(posterior, mode, message) -> None:
    with pytest.raises(mw.DataError, match=message):
        latent(fit_like(posterior), mode)


def test_probabilities_averaged_over_their_categories_are_refused(posterior) -> None:
    with pytest.raises(mw.DataError, match=r'specs=, as "~ rating \| a"'):
        means_in_mode(fit_like(posterior), "prob", ["a"], [], {})
