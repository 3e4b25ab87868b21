"""Angles across the place where a circle is cut: means, differences and residuals wrap there."""

import math

import numpy as np
import pandas as pd
import pytest

from mixwell.interpret.estimates.joined_estimates import side_by_side
from mixwell.interpret.reasons.why import why
from mixwell.interpret.residuals.residuals import residuals

F = np.resize(["a", "b"], 12)
#: The groups' angles, half a degree of a radian to both sides of the cut.
ANGLES = np.where(F == "a", 3.0, -3.0)
DATA = pd.DataFrame({"y": ANGLES, "f": F, "z": np.resize([0.0, 1.0, 2.0], 12)})
GAP = 2 * math.pi - 6.0


def fit_at(pretend, coefficients, link, **rest):
    kappa = {"kappa": ((), 4.0)}
    choices = {"link": link}
    return pretend("y ~ f", DATA, coefficients, "von_mises", choices, **kappa, **rest)


def linear(angles, link):
    ends = np.tan(np.array(angles) / 2) if link == "tan_half" else np.array(angles)
    return [ends[0], ends[1] - ends[0]]


@pytest.mark.parametrize("link", ["tan_half", "identity"])
def test_differences_go_the_short_way_round(pretend, link) -> None:
    fit = fit_at(pretend, linear([3.0, -3.0], link), link)
    np.testing.assert_allclose(fit.means("f")["estimate"], [3.0, -3.0])
    for over in ("grid", "data"):
        made = fit.comparisons("f", over=over)["estimate"]
        np.testing.assert_allclose(made, [GAP])
    np.testing.assert_allclose(fit.contrasts("revpairwise", of="f")["estimate"], [GAP])


@pytest.mark.parametrize("link", ["tan_half", "identity"])
def test_residuals_are_angles_too(pretend, link) -> None:
    fit = fit_at(pretend, linear([-3.0, 3.0], link), link)
    made = residuals(fit.drawn).frame["estimate"]
    np.testing.assert_allclose(made, np.where(F == "a", -GAP, GAP))


def test_draws_on_both_sides_of_the_cut_have_their_mean_at_the_cut(pretend) -> None:
    either = np.array([3.1, -3.1])
    b = np.zeros((2, 1, 2))
    b[:, 0, 0] = np.tan(either / 2)
    fit = fit_at(pretend, [0.0, 0.0], "tan_half", chains=2, draws=1)
    fit.posterior["b"] = (("chain", "draw", "effect"), b)
    made = fit.means("f").frame
    np.testing.assert_allclose(np.abs(made["estimate"]), math.pi)
    np.testing.assert_allclose(made["sd"], (math.pi - 3.1) * math.sqrt(2), rtol=1e-6)
    rows = fit.predictions().frame
    np.testing.assert_allclose(np.abs(rows["estimate"]), math.pi)


def test_averages_over_rows_are_mean_directions(pretend) -> None:
    fit = fit_at(pretend, linear([3.0, -3.0], "tan_half"), "tan_half")
    made = fit.means(None, over="data", average="response")["estimate"]
    np.testing.assert_allclose(np.abs(made), math.pi)


def test_angles_next_to_other_numbers_leave_these_as_they_are(pretend) -> None:
    angles = fit_at(pretend, linear([3.0, -3.0], "identity"), "identity").means("f")
    far = pretend("y ~ f", DATA, [0.0, 9.0]).means("f")
    joined = side_by_side([angles, far], "response", ["angle", "number"])
    made = joined.contrasts("revpairwise").frame
    assert made.query("response == 'number'")["estimate"].tolist() == [9.0]
    both = side_by_side([angles, angles], "response", ["one", "other"])
    np.testing.assert_allclose(both.contrasts("revpairwise")["estimate"], GAP)


@pytest.mark.parametrize("link", ["tan_half", "identity"])
def test_angles_and_their_differences_say_what_they_are_made_of(pretend, link) -> None:
    fit = fit_at(pretend, linear([3.0, -3.0], link), link)
    for table in (
        fit.means("f"),
        fit.means("f").contrasts(),
        fit.means("f").contrasts().contrasts([[0.5]]),
        fit.means("f").contrasts([[0.5, 0.5]]),
        fit.comparisons("f"),
        fit.predictions(DATA.head(2)),
        fit.predictions(DATA.head(2)).contrasts(),
    ):
        made_again = np.array([reason.draws for reason in why(table)])
        np.testing.assert_allclose(made_again, table.samples, atol=1e-9)


def test_differences_of_predictions_go_the_short_way_round_too(pretend) -> None:
    fit = fit_at(pretend, linear([3.0, -3.0], "identity"), "identity")
    rows = DATA.head(2)
    np.testing.assert_allclose(fit.predictions(rows).contrasts()["estimate"], [-GAP])
    half = fit.predictions(rows).contrasts().contrasts([[0.5]])
    np.testing.assert_allclose(half["estimate"], [-GAP / 2])
    np.testing.assert_allclose(fit.predictions(rows, "linear").contrasts()["estimate"], [6.0])
