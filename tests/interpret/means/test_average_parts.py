"""Averages by their parts: what estimates are counted from, corrected by, and taken at."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from mixwell.errors import DataError
from mixwell.interpret.expected.scores import said_of_scores
from mixwell.interpret.grids.axes import Axis
from mixwell.interpret.means import average_notes, predicted_rows
from mixwell.interpret.means.curvature import Curvature
from mixwell.interpret.means.marginal_coefficients import _require_groups
from mixwell.interpret.means.statistics_of import basis_of, given_bounds, null_of
from mixwell.interpret.rows.row_cells import _axis_of, rows_in_cells
from mixwell.interpret.rows.weighed_rows import rows_of_the_data


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


@pytest.mark.parametrize(
    ("shared", "scale", "said"),
    [
        (True, "response", "Means are those of responses between the truncation bounds."),
        (True, "link", 'Before truncation; scale="response" gives means between the bounds.'),
        (False, "response", "Before truncation; fit.predictions() gives each row's mean"),
        (False, "link", "Before truncation; fit.predictions() gives each row's mean"),
    ],
)
def test_means_say_on_which_side_of_truncation_they_are(shared, scale, said):
    response = SimpleNamespace(truncated=True)
    spec = SimpleNamespace(response=response, shared_bounds=response if shared else None)
    (note,) = average_notes._said_of_bounds(spec, scale)
    assert note.startswith(said)


@pytest.mark.parametrize(
    ("family", "back", "said"),
    [
        (("log", False), None, ["predictors are averaged on the log scale and then taken"]),
        (("", False), None, ["predictors are averaged and then taken"]),
        (("", True), None, ["predictors are averaged and then taken"]),
        (("", True), SimpleNamespace(affine=True), []),
    ],
)
def test_averages_say_on_which_scale_they_are_averaged(family, back, said):
    scale, linear = family
    family = SimpleNamespace(linear_scale=scale, mean_is_linear=linear)
    task = SimpleNamespace(source=SimpleNamespace(family=family, back=back))
    notes = average_notes._said_of_averages(task, on_response=False)
    assert len(notes) == len(said)
    assert all(part in note for part, note in zip(said, notes, strict=True))


def test_grids_say_what_is_held_and_where_nested_levels_are():
    held = Axis("f", ("a",), True, ("a",))
    grid = SimpleNamespace(fixed=(held,), offset=None, averaged=(), held=())
    assert average_notes._grid_sentences(None, grid, None, ()) == ["Held at f = a."]
    assert average_notes._grid_sentences(None, grid, None, ("f",)) == []
    inner = Axis("c", ("p", "q"), True, ("p", "q"))
    nesting = SimpleNamespace(parents={"c": ("s",)})
    where = "c is nested in s: "
    for averaged, shown, over, said in (
        ((inner,), (), "data", "each row keeps its own level of c."),
        ((inner,), (), "grid", "the levels that there are in each are averaged."),
        ((), (inner,), "data", "the levels that there are in each are shown."),
    ):
        grid = SimpleNamespace(nesting=nesting, averaged=averaged, held=shown)
        assert average_notes._nesting_sentences(grid, "", over) == [where + said]


@pytest.mark.parametrize(("named", "where"), [("", "fit.fixef()"), ("sigma", "fit.summary()")])
def test_coefficients_without_groups_are_said_to_be_elsewhere(named, where):
    spec = SimpleNamespace(family=None, layout=SimpleNamespace(of=lambda name: ()))
    asked = SimpleNamespace(spec=spec, named=named, constant=False, parameter=named or "mean")
    with pytest.raises(DataError, match="the population's") as found:
        _require_groups(asked)
    assert where in str(found.value)


@pytest.mark.parametrize(
    ("compared", "logs", "kind"),
    [("", None, "ratio"), ("y", None, "ratio"), ("z", None, None), ("z", [[2.0]], "ratio")],
)
def test_what_was_taken_back_is_compared_by_its_logarithms_where_these_are_needed(
    compared, logs, kind
) -> None:
    """Ratios of another column than the one that was measured need its logarithms."""
    back = SimpleNamespace(compared=compared, source="y", comparison="ratio", logs=lambda _: logs)
    spec = SimpleNamespace(response=SimpleNamespace(truncated=False), shared_bounds=None)
    family = SimpleNamespace(mean="mu", link=SimpleNamespace(linear=True))
    own = source(back=back, spec=spec, integrated=False)
    own.family = family
    linear = None if logs is None else np.zeros((1, 1))
    made = basis_of(own, "response", linear, None)
    assert (made.comparison, made.linear) == (kind, logs)


@pytest.mark.parametrize(("weights", "each"), [("equal", [3, 1, 2]), ("w", [1.5, 0, 8])])
def test_rows_that_lie_elsewhere_count_as_often_as_they_are_there(weights, each) -> None:
    frame = pd.DataFrame({"f": ["a", "b", "b"], "w": [0.5, 0.0, 4.0]})

    def table(read):
        return SimpleNamespace(frame=frame[read], rows=np.array([3.0, 1.0, 2.0]))

    seen = SimpleNamespace(columns=["f", "w", "z"], table=table)
    made = rows_of_the_data(SimpleNamespace(elsewhere=seen), weights, ["f"])
    own = dict(zip(made.frame.index, made.weight, strict=True))
    assert own == {place: weight for place, weight in enumerate(each) if weight}
    with pytest.raises(DataError, match="names no column"):
        rows_of_the_data(SimpleNamespace(elsewhere=seen), "v", ["f"])
