"""Degrees of freedom against the textbook's formulas, written with whole (n, n) matrices."""

import numpy as np
import pytest
from scipy import stats

from mixwell.numeric.small_samples.f_tests import FTest, WaldTests, two_sided
from mixwell.numeric.small_samples.kenward_roger import kenward_roger
from mixwell.numeric.small_samples.optimum import at_optimum
from mixwell.numeric.small_samples.restricted_likelihood import linear_mixed
from mixwell.numeric.small_samples.satterthwaite import satterthwaite
from mixwell.numeric.small_samples.variance_moments import LevelEffects, numbers_held


def _model(case: str, seed: int = 1):
    """Return x, y and the effects of unbalanced rows: nested, crossed, or two terms of a factor."""
    rng = np.random.default_rng(seed)
    n = 46
    a, b = rng.integers(0, 7, n), rng.integers(0, 5, n)
    slope = rng.normal(size=n)
    x = np.column_stack([np.ones(n), slope, rng.normal(size=(n, 1))])
    both = np.column_stack([np.ones(n), slope])
    root = np.array([[0.8, 0.0], [0.3, 0.5]])
    one = np.array([[0.6]])
    effects = {
        "slopes": [LevelEffects(both, a, 7, root, ((0, 1),))],
        "apart": [LevelEffects(both, a, 7, np.diag([0.8, 0.5]), ((0,), (1,)))],
        "crossed": [
            LevelEffects(both, a, 7, root, ((0, 1),)),
            LevelEffects(np.ones((n, 1)), b, 5, one, ((0,),)),
        ],
        "nested": [
            LevelEffects(np.ones((n, 1)), a, 7, one, ((0,),)),
            LevelEffects(both, np.unique(a * 5 + b, return_inverse=True)[1], 0, root, ((0, 1),)),
        ],
        "none": [],
    }[case]
    effects = [
        LevelEffects(e.values, e.index, int(e.index.max()) + 1, e.root, e.units) for e in effects
    ]
    y = x @ [1.0, 0.5, -0.2] + rng.normal(size=n)
    for e in effects:
        u = rng.normal(size=(e.n_levels, e.effects)) @ e.root.T
        y += (e.values * u[e.index]).sum(axis=1)
    return x, y, effects


def _whole(effects, n):
    """Return V and its derivatives in each element of a covariance, (n, n) each."""
    v, changes = np.eye(n), []
    for e in effects:
        same = e.index[:, None] == e.index
        v += same * (e.values @ e.covariance @ e.values.T)
        for a, c in e.elements:
            outer = np.outer(e.values[:, a], e.values[:, c])
            changes.append(same * (outer if a == c else outer + outer.T))
    return v, [v, *changes]


CASES = ["slopes", "apart", "crossed", "nested", "none"]


@pytest.mark.parametrize("case", CASES)
def test_sums_over_levels_are_those_of_whole_matrices(case):
    x, y, effects = _model(case)
    v, changes = _whole(effects, len(y))
    model = linear_mixed(x, y, effects)
    inverse = np.linalg.inv(v)
    phi = np.linalg.inv(x.T @ inverse @ x)
    p = inverse - inverse @ x @ phi @ x.T @ inverse
    np.testing.assert_allclose(model.back @ model.phi @ model.back.T, phi, rtol=1e-9)
    np.testing.assert_allclose(model.b, phi @ x.T @ inverse @ y, rtol=1e-9)
    expected = [[np.trace(p @ g @ p @ h) for h in changes] for g in changes]
    np.testing.assert_allclose(model.expected, expected, rtol=1e-9)
    squares = np.array([[y @ p @ g @ p @ h @ p @ y for h in changes] for g in changes])
    np.testing.assert_allclose(model.observed(reml=True), 2 * squares - expected, rtol=1e-8)
    traces = [[np.trace(inverse @ g @ inverse @ h) for h in changes] for g in changes]
    np.testing.assert_allclose(model.observed(reml=False), 2 * squares - traces, rtol=1e-8)
    slope = [np.trace(p @ g) - y @ p @ g @ p @ y for g in changes]
    np.testing.assert_allclose(model.gradient(reml=True), slope, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("reml", [True, False])
@pytest.mark.parametrize("case", CASES)
def test_the_curvature_in_roots_is_that_of_differences(case, reml):
    """Minus twice the log-likelihood at moved roots, by (n, n) matrices."""
    x, y, effects = _model(case)
    model, _ = at_optimum(x, y, effects, 1.0, reml=reml, scale=True)
    curvature, _ = model.by_roots(reml=reml)
    places = [(k, a, c) for k, e in enumerate(effects) for a, c in e.elements]

    def value(step):
        moved = [e.root.copy() for e in model.effects]
        for (k, a, c), move in zip(places, step[1:], strict=True):
            moved[k][a, c] += move
        n = len(y)
        at = [
            LevelEffects(e.values, e.index, e.n_levels, root, e.units)
            for e, root in zip(effects, moved, strict=True)
        ]
        v = _whole(at, n)[0] + step[0] * _whole(model.effects, n)[0]
        inverse = np.linalg.inv(v)
        phi = np.linalg.inv(x.T @ inverse @ x)
        p = inverse - inverse @ x @ phi @ x.T @ inverse
        found = np.linalg.slogdet(v)[1] + y @ p @ y
        return found - np.linalg.slogdet(phi)[1] if reml else found

    h = 1e-3
    units = np.eye(len(curvature)) * h
    differences = [
        [(value(i + j) - value(i - j) - value(j - i) + value(-i - j)) / (4 * h * h) for j in units]
        for i in units
    ]
    np.testing.assert_allclose(curvature, differences, rtol=2e-3, atol=2e-3)


def test_a_search_from_nearby_ends_at_the_very_top():
    """Balanced groups: mean squares between and within are the REML estimates."""
    rng = np.random.default_rng(3)
    groups, rows = 8, 5
    index = np.repeat(np.arange(groups), rows)
    y = rng.normal(size=groups)[index] + rng.normal(size=groups * rows)
    means = y.reshape(groups, rows).mean(axis=1)
    within = ((y - means[index]) ** 2).sum() / (groups * (rows - 1))
    between = (rows * np.var(means, ddof=1) - within) / rows
    one = np.ones((len(y), 1))
    near = LevelEffects(one, index, groups, np.array([[1.01 * np.sqrt(between / within)]]), ((0,),))
    model, sigma = at_optimum(one, y, [near], 0.99 * np.sqrt(within), reml=True, scale=True)
    assert sigma**2 == pytest.approx(within, rel=1e-9)
    assert sigma**2 * model.effects[0].covariance.item() == pytest.approx(between, rel=1e-9)


def test_without_groups_degrees_of_freedom_are_those_of_the_residuals():
    x, y, _ = _model("none")
    b, rss = np.linalg.lstsq(x, y, rcond=None)[:2]
    sigma = float(np.sqrt(rss[0] / (len(y) - 3)))
    model = linear_mixed(x, y / sigma, [])
    for tests in (satterthwaite(model, sigma, reml=True), kenward_roger(model, sigma)):
        test = tests.test(np.eye(3)[1:])
        assert test.ddf == pytest.approx(len(y) - 3)
        known = sum((y - y.mean()) ** 2) - rss[0]
        assert test.f == pytest.approx(known / 2 / sigma**2)
        assert test.p == pytest.approx(stats.f.sf(test.f, 2, len(y) - 3))
        np.testing.assert_allclose(tests.b, b)


def test_a_variance_of_zero_changes_nothing_for_satterthwaite():
    """The likelihood is level in its root, and so is every standard error."""
    x, y, _ = _model("none")
    b = np.arange(len(y)) % 5
    none = LevelEffects(np.ones((len(y), 1)), b, 5, np.zeros((1, 1)), ((0,),))
    _, rss = np.linalg.lstsq(x, y, rcond=None)[:2]
    sigma = float(np.sqrt(rss[0] / (len(y) - 3)))
    tests = satterthwaite(linear_mixed(x, y / sigma, [none]), sigma, reml=True)
    assert tests.df(np.eye(3)[1]) == pytest.approx(len(y) - 3)


def test_p_values_are_scipys():
    assert FTest(2, 7.5, 3.1).p == pytest.approx(stats.f.sf(3.1, 2, 7.5))
    assert FTest(2, np.inf, 3.1).p == pytest.approx(stats.chi2.sf(6.2, 2))
    found = two_sided(np.array([2.0, 2.0]), np.array([5.5, np.inf]))
    np.testing.assert_allclose(found, [2 * stats.t.sf(2, 5.5), 2 * stats.norm.sf(2)])


def test_a_wald_test_does_not_depend_on_how_the_hypothesis_is_written():
    tests = WaldTests(np.array([1.0, 2.0, -1.0]), np.diag([1.0, 2.0, 3.0]))
    weights = np.eye(3)[1:]
    mixed = np.array([[1.0, 1.0], [2.0, -0.5]]) @ weights
    assert tests.test(weights).f == pytest.approx(tests.test(mixed).f)


def test_rows_that_share_no_level_are_held_apart():
    index = np.repeat(np.arange(50_000), 2)
    one = LevelEffects(np.ones((100_000, 1)), index, 50_000, np.eye(1), ((0,),))
    assert numbers_held([one]) < 1e6
