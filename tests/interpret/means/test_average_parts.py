"""Averages by their parts: what estimates are counted from, corrected by, and taken at."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from mixwell.errors import DataError
from mixwell.interpret.expected.scores import said_of_scores
from mixwell.interpret.grids.axes import Axis
from mixwell.interpret.means import predicted_rows
from mixwell.interpret.means.curvature import Curvature
from mixwell.interpret.means.statistics_of import given_bounds, null_of
from mixwell.interpret.rows.row_cells import _axis_of, rows_in_cells


def source(**more):
    family = SimpleNamespace(link=SimpleNamespace(null=0.5))
    usual = {"itself": False, "link": SimpleNamespace(null=1.0), "scores": None, "back": None}
    return SimpleNamespace(family=family, **(usual | more))


@pytest.mark.parametrize(
    ("given", "scale", "null"),
    [
        ({}, "response", 0.5),
        ({}, "link", 0.0),
        ({"itself": True}, "response", 1.0),
        ({"scores": (1.0, 2.0)}, "response", 0.0),
        ({"back": object()}, "response", 0.0),
        ({"back": object()}, "link", 0.0),
    ],
)
def test_directions_are_counted_from_what_a_linear_predictor_of_0_gives(given, scale, null):
    assert null_of(source(**given), scale) == null


@pytest.mark.parametrize("rows", [False, True])
@pytest.mark.parametrize("truncated", [False, True])
def test_means_are_given_bounds_on_the_response_scale_of_truncated_responses(rows, truncated):
    response = SimpleNamespace(truncated=truncated)
    spec = SimpleNamespace(response=response, shared_bounds=response if truncated else None)
    assert given_bounds(spec, "response", rows) is truncated
    assert given_bounds(spec, "link", rows) is False


def test_a_square_is_corrected_by_the_variance():
    """The mean of (eta + u)^2 is eta^2 + the variance of u."""
    back = SimpleNamespace(slope=lambda eta: 2 * eta, back=lambda eta: eta**2)
    eta, variance = np.array([[0.5, -2.0]]), np.array([[0.3, 1.5]])
    link = SimpleNamespace()
    found = Curvature(link, variance, "", back).of(eta)
    np.testing.assert_allclose(found, eta**2 + variance, rtol=1e-9)


@pytest.mark.parametrize(
    ("levels", "scores", "said"),
    [
        (("1", "2", "5"), (1.0, 2.0, 5.0), ["The score of a category is its number."]),
        (("1", "2"), (1.0, 3.0), ["Scores: 1 for 1, 3 for 2."]),
        (("low", "high"), (1.0, 2.0), ["Scores: 1 for low, 2 for high."]),
        (("low", "high"), None, []),
        (None, (1.0,), []),
    ],
)
def test_scores_are_said_where_they_are_not_the_categories(levels, scores, said):
    response = SimpleNamespace(levels=levels)
    asked = SimpleNamespace(spec=SimpleNamespace(response=response), scores=scores)
    assert said_of_scores(asked) == said


def test_rows_are_chosen_by_whole_numbers_and_by_numbers_that_are_counted():
    whole = _axis_of(pd.Series([3.0, 1.0, 3.0], name="k"), None)
    assert (whole.values, whole.levels) == ((1.0, 3.0), True)
    half = pd.Series([0.5, 1.0, 0.5], name="k")
    counted = Axis("k", (0.5, 1.0), False, (0.5, 1.0), both=True)
    assert _axis_of(half, counted).values == (0.5, 1.0)
    for known in (None, Axis("k", (0.75,), False, (0.75,))):
        with pytest.raises(DataError, match="k, which holds numbers"):
            _axis_of(half, known)


def test_each_cell_has_the_rows_of_its_levels():
    codes = np.array([[0, 1], [1, 1], [0, 1], [2, 0]])
    cells = np.array([[0, 1], [2, 1], [2, 0], [0, 1]])
    rows, cell = rows_in_cells(codes, cells)
    assert (rows.tolist(), cell.tolist()) == ([0, 2, 3, 0, 2], [0, 0, 2, 3, 3])


@pytest.mark.parametrize("least", [0.0, -0.5])
def test_slopes_near_the_end_of_a_root_stay_within_its_domain(pretend, least):
    x = np.r_[least, 1e-7, np.linspace(0.5, 2, 10)]
    data = pd.DataFrame({"x": x, "y": np.arange(12.0)})
    fit = pretend(f"y ~ sqrt(x + {-least})", data, [1.0, 0.7], sigma=((), 1.0))
    at = 1e-7 if least == 0 else 0.3
    slope = fit.slopes("x", at={"x": [at]}).frame["estimate"].iloc[0]
    assert slope == pytest.approx(0.35 / np.sqrt(at - least), rel=1e-6)


def test_blocks_of_rows_have_random_numbers_of_their_own(pretend, monkeypatch):
    data = pd.DataFrame({"x": np.zeros(12), "y": np.arange(12.0)})
    fit = pretend("y ~ 1", data, [0.0], sigma=((), 1.0))

    def drawn(seed):
        return np.asarray(fit.predictions(data, kind="response", seed=seed).draws)

    monkeypatch.setattr(
        predicted_rows, "row_blocks", lambda n, _: [slice(k, k + 4) for k in range(0, n, 4)]
    )
    first = drawn(1)
    np.testing.assert_array_equal(first, drawn(1))
    assert not np.isclose(first, drawn(2)).any()
    rows = first.reshape(-1, 12) if first.shape[-1] == 12 else first.reshape(12, -1).T
    assert len(np.unique(rows[0])) == 12  # no block repeats another's
