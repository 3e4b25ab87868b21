"""Averages over rows, their derivatives and what the data leave open: closed forms, tiny models."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mixwell import options
from mixwell.design.response.response import Response
from mixwell.errors import DataError
from mixwell.interpret.expected.expected_response import ExpectedResponse
from mixwell.interpret.expected.predictor_draws import (
    BLOCK,
    By,
    MeanPredictor,
    block_rows,
    derivative_frames,
)
from mixwell.interpret.grids.averaging_weights import bundles_of
from mixwell.interpret.means.averaging_task import Options, task_of
from mixwell.interpret.means.cell_averages import plan_of
from mixwell.interpret.means.row_plans import rows_of_grid
from mixwell.posterior.row_blocks import ALIVE

RNG = np.random.default_rng(6)
N = 24
DATA = pd.DataFrame(
    {
        "y": RNG.normal(size=N),
        "k": RNG.poisson(3.0, N) + 1,
        "x": np.tile([0.0, 1e-9, 0.3, 250.0], 6),
        "z": RNG.normal(size=N),
        "a": np.tile(["u", "v"], 12),
        "b": np.repeat(["p", "q", "r"], 8),
        "g": np.arange(N) % 6,
        "still": 0.0,
    }
)
#: The levels v and r never meet.
LACKING = DATA[(DATA["a"] == "u") | (DATA["b"] != "r")]


def mean_predictor(pretend, formula, data=DATA, family="gaussian", n=None, **rest) -> MeanPredictor:
    return MeanPredictor(fit_of(pretend, formula, data, family, n, **rest).drawn)


def fit_of(pretend, formula, data=DATA, family="gaussian", n=None, **rest):
    from tests.conftest import specify

    own = {"sigma": ((), 1.3)} if family == "gaussian" else {}
    size = len(specify(formula, data, family).design.mean.fixed.names) if n is None else n
    return pretend(formula, data, np.arange(1.0, size + 1) / 8, family, **own, **rest)


def derivative(source: MeanPredictor, function, by: By, frame: pd.DataFrame) -> np.ndarray:
    return sum(w * function(at[by.variable]) for w, at in derivative_frames(source, frame, by))


@pytest.mark.parametrize(
    ("function", "slope", "at"),
    [
        (np.exp, np.exp, [-3.0, 0.0, 1e-9, 0.3, 2.0]),
        (np.log, np.reciprocal, [1e-9, 1e-4, 0.3, 250.0]),
        (np.sqrt, lambda x: 0.5 / np.sqrt(x), [1e-9, 1e-4, 0.3, 250.0]),
        (np.sin, np.cos, [0.0, 1e-9, 0.3, 2.0]),
        (np.reciprocal, lambda x: -1 / x**2, [-3.0, 0.01, 0.3, 2.0]),
    ],
)
def test_derivatives_by_a_variable_inside_a_call_are_right_near_zero_too(
    pretend, function, slope, at
) -> None:
    data = DATA if min(at) < 0.0 or 0.0 in at else DATA.assign(z=DATA["z"].abs())
    source = mean_predictor(pretend, "y ~ exp(z) + z", data)
    frame = pd.DataFrame({"z": at})
    found = derivative(source, function, By("z"), frame)
    np.testing.assert_allclose(found, slope(np.array(at)), rtol=1e-8)


@pytest.mark.parametrize("term", ["exp(z)", "sin(z)", "log(z + 9)"])
def test_slopes_at_the_mean_of_a_centered_variable_are_not_rounded_away(pretend, term) -> None:
    centered = DATA.assign(z=DATA["z"] - DATA["z"].mean())
    assert 0 < abs(centered["z"].mean()) < 1e-15  # so that steps in its own size change nothing
    found = fit_of(pretend, f"y ~ {term}", centered).slopes("z").frame["estimate"]
    expected = 2 / 8 * (1 / 9 if "log" in term else 1.0)
    np.testing.assert_allclose(found, expected, rtol=1e-8)


@pytest.mark.filterwarnings("ignore::mixwell.MixwellWarning")
def test_a_variable_that_never_changes_has_a_derivative_all_the_same(pretend) -> None:
    source = mean_predictor(pretend, "y ~ z + exp(still)")
    frame = pd.DataFrame({"z": 0.0, "still": [0.0, 0.5]})
    found = derivative(source, np.exp, By("still"), frame)
    np.testing.assert_allclose(found, np.exp([0.0, 0.5]), rtol=1e-8)


def test_forward_differences_and_levels_are_exact_differences(pretend) -> None:
    source = mean_predictor(pretend, "y ~ exp(z) + x")
    frame = pd.DataFrame({"z": [0.2, 1.0], "x": [3.0, 4.0]})
    steps = derivative(source, np.exp, By("z", delta=0.5), frame)
    np.testing.assert_allclose(steps, (np.exp([0.7, 1.5]) - np.exp([0.2, 1.0])) / 0.5)
    ends = derivative(source, np.exp, By("z", ends=(1.0, 3.0), distance=4.0), frame)
    np.testing.assert_allclose(ends, np.full(2, (np.exp(3.0) - np.exp(1.0)) / 4))
    linear = derivative(source, lambda v: 7.0 * v, By("x"), frame)
    np.testing.assert_allclose(linear, [7.0, 7.0])


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e9])
def test_what_data_leave_open_is_measured_in_the_columns_own_size(pretend, unit) -> None:
    """Directions are orthogonal to every row, and a row's part in them does not depend on units."""
    data = DATA.assign(twice=2 * unit * DATA["z"], z=unit * DATA["z"])
    source = mean_predictor(pretend, "y ~ z + twice + a", data)
    null = source.null_space
    columns = np.column_stack([np.ones(N), data["z"], data["twice"], data["a"] == "v"])
    assert null.shape == (4, 1)
    np.testing.assert_allclose(columns @ null, np.zeros((N, 1)), atol=1e-9)
    assert np.abs(data["twice"]).max() * null[2, 0] == pytest.approx(1.0)


def test_a_cell_without_rows_is_a_direction_of_its_own(pretend) -> None:
    source = mean_predictor(pretend, "y ~ a * b", LACKING)
    null = source.null_space
    assert null.shape == (6, 1)
    np.testing.assert_allclose(null[:, 0], [0, 0, 0, 0, 0, 1], atol=1e-12)
    assert mean_predictor(pretend, "y ~ a * b").null_space.shape == (6, 0)


@pytest.mark.parametrize("over", ["grid", "data"])
@pytest.mark.parametrize("average", ["link", "response"])
def test_only_averages_over_the_cell_without_rows_are_not_known(pretend, over, average) -> None:
    fit = fit_of(pretend, "k ~ a * b", LACKING, "poisson")
    by_cell = fit.means(["a", "b"], over=over, average=average).frame["estimate"]
    assert np.isnan(by_cell).sum() == 1
    by_b = fit.means("b", over=over, average=average).frame["estimate"]
    assert np.isnan(by_b).tolist() == [False, False, True]
    coefficients = np.arange(1.0, 6.0) / 8
    cell = {("u", "p"): [1, 0, 0, 0, 0], ("v", "p"): [1, 1, 0, 0, 0]}
    known = [np.exp(np.dot(row, coefficients)) for row in cell.values()]
    weights = [0.5, 0.5] if over == "grid" else [0.6, 0.4]  # the shares of u and v in the data
    expected = np.exp(weights @ np.log(known)) if average == "link" else np.dot(weights, known)
    assert by_b[0] == pytest.approx(expected)


@pytest.mark.filterwarnings("ignore::mixwell.MixwellWarning")
def test_what_cancels_in_a_mean_of_predictors_does_not_in_one_of_responses(pretend) -> None:
    """`twice` is 2 z in the data; at 0 each row asks for what they leave open, up or down."""
    data = DATA.assign(z=np.repeat([-1.0, 1.0], 12), twice=np.repeat([-2.0, 2.0], 12))
    fit = fit_of(pretend, "k ~ a + z + twice", data, "poisson")
    known = {
        average: fit.means("a", over="data", at={"twice": 0.0}, average=average).frame["estimate"]
        for average in ("link", "response")
    }
    np.testing.assert_allclose(known["link"], np.exp([0.125, 0.375]))
    assert np.isnan(known["response"]).all()


def test_chosen_rows_that_the_data_lack_are_said_and_the_others_keep_their_means(pretend) -> None:
    fit = fit_of(pretend, "y ~ a + b + z", LACKING)
    table = fit.means("z", by=["a", "b"], at={"z": 0.5}, over="data").frame
    assert np.isnan(table["estimate"]).sum() == 1
    effects = np.arange(1.0, 6.0) / 8
    expected = effects[0] + 0.5 * effects[4]
    first = table[(table["a"] == "u") & (table["b"] == "p")]
    assert first["estimate"].iloc[0] == pytest.approx(expected)


def test_every_row_of_a_grid_is_made_once(pretend) -> None:
    fit = fit_of(pretend, "k ~ a * b + z", DATA, "poisson")
    task = task_of(fit.drawn, ("a",), None, Options(average="response"))
    plan = plan_of(task)
    assert plan.n == 2 * 3
    parts = list(plan.stretches(4))
    assert [len(part.frame) for part in parts] == [4, 2]
    cell = np.concatenate([part.cell for part in parts])
    weight = np.concatenate([part.weight for part in parts])
    assert cell.tolist() == [0, 0, 0, 1, 1, 1]
    np.testing.assert_allclose(weight, 1 / 3)
    whole = pd.concat([part.frame for part in parts])
    assert whole["a"].tolist() == list("uuuvvv")
    assert whole["b"].tolist() == list("pqrpqr")
    np.testing.assert_allclose(whole["z"], DATA["z"].mean())
    bundles = bundles_of(task.source.design, task.grid, "equal")
    groups = rows_of_grid(task.source, task.grid, bundles, ("g",))
    assert groups.n == 6 * 6
    assert groups.take(0, 6).frame["g"].nunique() == 6
    np.testing.assert_allclose(groups.take(0, 36).weight, 1 / 18)


def test_rows_of_data_are_chosen_by_levels_and_set_to_the_cells_values(pretend) -> None:
    fit = fit_of(pretend, "y ~ a + z + x", DATA)
    options_ = Options(over="data", at={"z": [0.0, 2.0], "x": 5.0})
    plan = plan_of(task_of(fit.drawn, ("z",), "a", options_))
    part = plan.take(0, plan.n)
    assert plan.n == 2 * N
    assert sorted(set(part.cell.tolist())) == [0, 1, 2, 3]
    np.testing.assert_allclose(part.frame["x"], 5.0)
    np.testing.assert_allclose(part.weight, 1 / 12)
    by_cell = pd.Series(part.frame["z"]).groupby(part.cell).nunique()
    assert (by_cell == 1).all()


@pytest.mark.parametrize("share", [20_000, 33_333])
def test_a_block_of_rows_takes_what_memory_allows_and_no_more(pretend, share, monkeypatch) -> None:
    source = mean_predictor(pretend, "y ~ x")
    samples = source.posterior.samples
    monkeypatch.setattr(options, "memory", 8 * ALIVE * samples * share)
    assert block_rows(source) == share
    monkeypatch.setattr(options, "memory", 8 * ALIVE * samples * share - 1)
    assert block_rows(source) == share - 1
    monkeypatch.setattr(options, "memory", 10**15)
    assert block_rows(source) == BLOCK // samples


def bounds_of(pretend, addition: str, family: str, unit: float = 1.0) -> Response:
    response = "y" if family == "gaussian" else "k"
    data = DATA.assign(y=unit * DATA["y"].clip(-0.9, 0.9))
    return mean_predictor(pretend, f"{response} | {addition} ~ x", data, family).spec.shared_bounds


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e9])
def test_slopes_of_a_truncated_normals_mean_have_their_closed_form(pretend, unit) -> None:
    """d E[Y | Y > a] / d eta = 1 - lambda (lambda - alpha), with alpha = (a - eta) / sigma."""
    bounds = bounds_of(pretend, f"trunc(lb = {-unit})", "gaussian", unit)
    from mixwell.families import get_family

    eta, sigma = np.array([[-1.5, -0.2], [0.4, 2.0]]), np.array([0.7, 1.3])
    expected = ExpectedResponse(get_family("gaussian"), {"sigma": unit * sigma}, None, bounds)
    alpha = (-1.0 - eta) / sigma
    hazard = stats.norm.pdf(alpha) / stats.norm.sf(alpha)
    np.testing.assert_allclose(expected.of(unit * eta), unit * (eta + sigma * hazard), rtol=1e-10)
    slope = 1 - hazard * (hazard - alpha)
    np.testing.assert_allclose(expected.slope(unit * eta), slope, rtol=1e-6)


def test_slopes_of_a_count_without_zeros_have_their_closed_form(pretend) -> None:
    """E[Y | Y > 0] = mu / (1 - exp(-mu)), with mu = exp(eta)."""
    bounds = bounds_of(pretend, "trunc(lb = 1)", "poisson")
    from mixwell.families import get_family

    eta = np.array([[-6.0, -0.2], [0.4, 3.0]])
    expected = ExpectedResponse(get_family("poisson"), {}, None, bounds)
    mu = np.exp(eta)
    np.testing.assert_allclose(expected.of(eta), mu / -np.expm1(-mu), rtol=1e-8)
    slope = mu / -np.expm1(-mu) - mu**2 * np.exp(-mu) / np.expm1(-mu) ** 2
    np.testing.assert_allclose(expected.slope(eta), slope, rtol=1e-6)


@pytest.fixture
def rates(pretend):
    """Counts with the offset log(t): the linear predictor is 1 + z / 2 + log(t)."""
    data = DATA.assign(t=np.linspace(1.0, 5.0, N))
    return pretend("k ~ z + offset(log(t))", data, [1.0, 0.5], "poisson")


def test_an_offset_is_held_at_its_mean_where_it_is_not_asked_for_and_has_no_slope(rates) -> None:
    held = np.log(np.linspace(1.0, 5.0, N)).mean()
    means = rates.means("z", at={"z": [0.0, 2.0]}, scale="link").frame["estimate"]
    np.testing.assert_allclose(means, [1.0 + held, 2.0 + held])
    assert rates.slopes("z").frame["estimate"][0] == pytest.approx(0.5)
    asked = rates.means("t", at={"t": [2.0, 4.0], "z": 0.0}, scale="link").frame["estimate"]
    np.testing.assert_allclose(asked, 1.0 + np.log([2.0, 4.0]))


@pytest.mark.parametrize("unit", [1e-6, 1e6])
def test_steps_at_zero_and_near_it_are_in_the_variables_own_unit(pretend, unit) -> None:
    source = mean_predictor(pretend, "y ~ sin(z)", DATA.assign(z=DATA["z"] * unit), n=2)
    at = unit * np.array([0.0, 1e-9, 0.7])
    found = derivative(source, lambda v: np.exp(v / unit), By("z"), pd.DataFrame({"z": at}))
    np.testing.assert_allclose(found, np.exp(at / unit) / unit, rtol=1e-7)


def test_two_cells_without_rows_are_two_unknowns_in_means_of_responses(pretend) -> None:
    fewer = DATA[(DATA["a"] == "u") | (DATA["b"] == "p")]
    fit = fit_of(pretend, "k ~ a * b", fewer, "poisson", n=4)
    by_b = fit.means("b", average="response").frame["estimate"]
    assert np.isnan(by_b).tolist() == [False, True, True]


@pytest.mark.parametrize("average", ["link", "response"])
def test_a_cell_of_one_factor_that_has_no_rows_has_no_mean(pretend, average) -> None:
    fit = fit_of(pretend, "k ~ interaction(a, b) + z", LACKING, "poisson", n=6)
    by_b = fit.means("b", average=average).frame["estimate"]
    assert np.isnan(by_b).tolist() == [False, False, True]


def test_latent_means_are_counted_from_the_mean_of_each_draws_thresholds(pretend) -> None:
    cuts = np.random.default_rng(2).normal([-1.0, 0.5, 2.0], 0.3, (2, 20, 3))
    data = DATA.assign(o=np.arange(N) % 4 + 1)
    fit = pretend("o ~ a", data, [0.7], "cumulative", draws=20, threshold=(("cut",), cuts))
    made = fit.means("a", scale="link").samples
    np.testing.assert_allclose(made, np.array([[0.0], [0.7]]) - cuts.reshape(40, 3).mean(axis=1))


def test_a_mean_is_corrected_where_the_data_have_the_cell_of_the_groups_effects(pretend) -> None:
    """Deviations of cells: the one that the data lack has no variance, all others have theirs."""
    sds = np.array([0.2, 0.4, 0.6, 0.8, 1.0])
    fit = fit_of(
        pretend,
        "k ~ 1 + (0 + interaction(a, b) || g)",
        LACKING,
        "poisson",
        n=1,
        sd_g=(("g_effect",), sds),
    )
    made = fit.means("a", at={"a": ["u", "v"], "b": "p"}, bias_adjust=True).frame["estimate"]
    np.testing.assert_allclose(made, np.exp(1 / 8) * (1 + sds[:2] ** 2 / 2))
    with pytest.raises(DataError, match="the data lack one"):
        fit.means("a", at={"b": "r"}, bias_adjust=True)


def test_a_grid_of_responses_has_the_held_offset_and_rows_of_data_their_own(pretend) -> None:
    t = np.linspace(1.0, 5.0, N)
    fit = fit_of(pretend, "k ~ z + a + offset(log(t))", DATA.assign(t=t), "poisson")
    b = np.arange(1.0, 4.0) / 8
    options_ = {"at": {"z": [0.0, 2.0]}, "average": "response"}
    held = fit.means("z", **options_).frame["estimate"]
    both = np.mean([np.exp(b[0]), np.exp(b[0] + b[2])])
    expected = both * np.exp(np.log(t).mean()) * np.exp(np.array([0.0, 2.0]) * b[1])
    np.testing.assert_allclose(held, expected)
    own = fit.means("z", over="data", **options_).frame["estimate"]
    rows = t * np.exp(b[0] + b[2] * (DATA["a"] == "v"))
    np.testing.assert_allclose(own, rows.mean() * np.exp(np.array([0.0, 2.0]) * b[1]))


def test_means_of_groups_that_there_are_keep_their_ratios(pretend) -> None:
    deviations = np.array([[0.1], [0.2], [0.4], [0.8]])
    data = pd.DataFrame({"a": list("xxyy") * 5, "b": list("pqrs") * 5, "k": np.arange(20) % 4})
    own = {"r_a:b": (("a:b", "a:b_effect"), deviations)}
    fit = pretend("k ~ 1 + (1 | a:b)", data, [1.0], "poisson", **own)
    made = fit.means(["a", "b"], groups="existing")
    assert len(made.frame) == 4
    ratios = made.contrasts("reference").frame["estimate"]
    np.testing.assert_allclose(ratios, np.exp(deviations[1:, 0] - deviations[0, 0]))


def test_the_sd_of_the_groups_is_said_once_or_from_the_smallest_to_the_largest(pretend) -> None:
    sds = {"sd_g": (("g_effect",), [0.3, 0.4])}
    fit = fit_of(pretend, "k ~ z + (0 + a || g)", DATA, "poisson", n=2, **sds)
    notes = [str(n) for n in fit.means("a", at={"a": ["u", "v"]}, bias_adjust=True).notes]
    assert any("deviations on the log scale, about 0.3 to 0.4." in note for note in notes)
    notes = [str(n) for n in fit.means((), at={"a": "u"}, bias_adjust=True).notes]
    assert any("deviations on the log scale, about 0.3." in note for note in notes)


def test_options_and_choices_that_do_not_fit_are_refused_by_their_names(pretend) -> None:
    fit = fit_of(pretend, "k ~ z + x + a", DATA, "poisson")
    with pytest.raises(DataError, match=r"means\(\) has no option averages="):
        fit.means("a", averages="response")
    with pytest.raises(DataError, match=r"Ask the table for it: means\(...\)\.letters\(...\)\."):
        fit.means("a", letters=True)
    with pytest.raises(DataError, match="at= gives z several values") as refused:
        fit.means("a", over="data", at={"z": [0.0, 1.0], "x": [1.0, 2.0]})
    assert "Add 'z' to of= or by=." in str(refused.value)
    with pytest.raises(DataError, match="cannot be chosen by z, which holds numbers"):
        fit.means("a", by="z", over="data")
    with pytest.raises(DataError, match="no column 'x'"):
        fit.predictions({"z": [0.0], "a": ["u"]})


@pytest.mark.filterwarnings("ignore::mixwell.MixwellWarning")
def test_a_variable_that_never_changes_has_steps_of_a_thousandth(pretend) -> None:
    source = mean_predictor(pretend, "y ~ z + exp(still)")
    steps = derivative_frames(source, pd.DataFrame({"still": [0.0]}), By("still"))
    assert [at["still"][0] for _, at in steps] == pytest.approx([1e-3, -1e-3, 2e-3, -2e-3])


def test_a_step_is_never_larger_than_a_thousandth_of_the_spread(pretend) -> None:
    source = mean_predictor(pretend, "y ~ sin(z)", DATA.assign(z=DATA["z"] * 100), n=2)
    spread = source.design.data["z"].std(ddof=0)
    (_, first), *_ = derivative_frames(source, pd.DataFrame({"z": [1e6]}), By("z"))
    assert first["z"][0] - 1e6 == pytest.approx(1e-3 * spread)


def test_levels_that_are_nested_are_shown_with_those_that_they_are_nested_in(pretend) -> None:
    data = pd.DataFrame({"a": list("uuuvv") * 6, "b": list("pqrst") * 6, "y": np.arange(30.0)})
    made = pretend("y ~ b", data, np.arange(5.0), sigma=((), 1.0)).means("b")
    assert made.by == ()
    nested = pretend("y ~ a + a:b", data, np.arange(5.0), sigma=((), 1.0)).means("b")
    assert set(nested.frame.columns) >= {"a", "b"}
    assert len(nested.frame) == 5
    assert nested.by == ()
