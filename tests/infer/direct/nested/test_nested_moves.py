"""Moves with sums of nested effects: they leave what rows read, and the prior, as it is."""

import numpy as np
import pytest
from scipy import stats
from tests.infer.direct.nested.test_nests import nested_rows

import mixwell as mw
from mixwell.infer.direct.nested import nested_moves
from mixwell.infer.direct.nested.nested_moves import move_nested
from mixwell.infer.direct.target import Target, build_target

FORMULAS = ["y ~ (1 | school) + (1 | class)", "y ~ (0 + x | school) + (1 + x | class)",
            "y ~ (1 + x | school/class)"]  # fmt: skip
#: Numbers of chains that begin with draws of the prior, and the moves that each makes.
CHAINS, MOVES = 300, 8


def nested_target(formula: str) -> Target:
    return build_target(mw.Model(formula, nested_rows(), priors={"sd": "exponential(1)"}).spec)


@pytest.mark.parametrize("formula", FORMULAS)
def test_what_rows_read_stays_and_what_they_do_not_moves(formula: str) -> None:
    target, rng = nested_target(formula), np.random.default_rng(2)
    (nest,) = target.nests
    x, t = rng.normal(size=target.columns.size), rng.normal(size=target.covariances.size)
    new, moved = move_nested(nest, target.covariances, x, t, rng)
    np.testing.assert_allclose(target.columns.predictors(new), target.columns.predictors(x))
    places = nest.outer.places
    assert (new[nest.outer.unit.span] != x[nest.outer.unit.span]).all()
    assert (moved[places] != t[places]).all()
    others = np.setdiff1d(np.arange(len(t)), places)
    np.testing.assert_array_equal(moved[others], t[others])


def after_moves(formula: str) -> dict[str, np.ndarray]:
    """Return uniform and standard normal numbers, if moves leave draws of the prior what they are.

    Standard deviations are exponential, partial correlations of two effects uniform (LKJ 1).
    """
    target, rng = nested_target(formula), np.random.default_rng(7)
    (nest,), covariances = target.nests, target.covariances
    found: dict[str, list[np.ndarray]] = {"sds": [], "pairs": [], "outer": [], "inner": []}
    for _ in range(CHAINS):
        x, t = np.zeros(target.columns.size), np.empty(covariances.size)
        sds = len(covariances.coordinates)
        t[:sds] = np.log(rng.exponential(size=sds))
        t[sds:] = np.arctanh(rng.uniform(-1, 1, covariances.size - sds))
        for part in (nest.outer, nest.inner):
            noise = rng.standard_normal((part.unit.levels, part.unit.size))
            x[part.unit.span] = (noise @ covariances.root(part, t).T).ravel()
        for _ in range(MOVES):
            x, t = move_nested(nest, covariances, x, t, rng)
        found["sds"].append(-np.expm1(-np.exp(t[:sds])))
        found["pairs"].append(0.5 + 0.5 * np.tanh(t[sds:]))
        for name, part in (("outer", nest.outer), ("inner", nest.inner)):
            effects = x[part.unit.span].reshape(part.unit.levels, part.unit.size)
            own = np.linalg.solve(covariances.root(part, t), effects.T)
            found[name].append(stats.chi2.cdf((own**2).sum(), own.size)[None])
    return {name: np.array(each) for name, each in found.items()}


def worst(found: dict[str, np.ndarray]) -> float:
    """The least probability of any number's distance from a uniform distribution, times theirs."""
    columns = [column for each in found.values() for column in each.T]
    return len(columns) * min(stats.kstest(column, "uniform").pvalue for column in columns)


@pytest.mark.parametrize("formula", FORMULAS)
def test_the_prior_is_what_moves_leave_as_it_is(formula: str) -> None:
    """Kolmogorov and Smirnov's test of each standard deviation, correlation, and sum of squares."""
    assert worst(after_moves(formula)) > 0.01


def test_a_jacobian_too_many_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    right = nested_moves.Covariances.log_prior_of
    monkeypatch.setattr(
        nested_moves.Covariances,
        "log_prior_of",
        lambda self, part, t: right(self, part, t) + t[part.sds.start],
    )
    assert worst(after_moves(FORMULAS[0])) < 1e-4


def test_a_determinant_that_is_left_out_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def only_squares(self: nested_moves._Given) -> float:
        return 0.5 * float((self.pulls**2 / self.precisions).sum())

    monkeypatch.setattr(nested_moves._Given, "log_density", property(only_squares))
    assert worst(after_moves(FORMULAS[0])) < 1e-4
