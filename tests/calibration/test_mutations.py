"""Mistakes that are built into the engine's own code are found by the tests of the table."""

from collections.abc import Callable

import numpy as np
import pytest

from mixwell.infer.direct.chain import Chain
from mixwell.infer.direct.covariances import Covariances
from mixwell.infer.direct.rounds.rounds import Rounds
from mixwell.infer.exact import parameters
from mixwell.infer.exact.gaussian.gaussian_target import GaussianTarget
from mixwell.infer.exact.parameters import Coordinate

from .cells import CELLS, INTERCEPT, KEPT, SLOPE, Cell, make_cell
from .replicate import ENGINES, THINNING, Engine, replicate
from .truths import draw_truths
from .uniformity import judge

(WITH_SLOPE, WITH_INTERCEPT) = (
    next(c for c in CELLS if (c.engine, c.family, c.formula) == ("exact", "gaussian", formula))
    for formula in (SLOPE, INTERCEPT)
)

Mutate = Callable[[pytest.MonkeyPatch], None]


def a_prior_half_as_wide(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = parameters.log_density_of
    monkeypatch.setattr(parameters, "log_density_of", lambda p: lambda x: whole(p)(2 * x))


def a_jacobian_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Coordinate, "_log_slope", lambda self, t: np.zeros(t.shape))


def a_wrong_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    right = GaussianTarget.uncentered

    def wrong(self: GaussianTarget, b: np.ndarray) -> np.ndarray:
        return 2 * b - right(self, b)

    monkeypatch.setattr(GaussianTarget, "uncentered", wrong)


#: Each mistake with a cell, and a number of replications that is enough: half of it was, mostly.
DIRECT = make_cell("direct", "bernoulli", INTERCEPT, 60)
MISTAKES = [
    (a_jacobian_missing, DIRECT, 60),
    (a_prior_half_as_wide, WITH_SLOPE, 60),
    (a_jacobian_missing, WITH_INTERCEPT, 200),
    (a_wrong_sign, WITH_SLOPE, 60),
]


@pytest.mark.slow
@pytest.mark.parametrize(("mutate", "cell", "enough"), MISTAKES)
def test_a_mistake_in_the_engine_is_found(
    mutate: Mutate, cell: Cell, enough: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutate(monkeypatch)
    assert not judge([replicate(cell, enough).ranks], KEPT).calibrated


@pytest.mark.slow
@pytest.mark.parametrize(("cell", "enough"), [(WITH_SLOPE, 60), (WITH_INTERCEPT, 200)])
def test_the_same_replications_without_a_mistake_are_calibrated(cell: Cell, enough: int) -> None:
    verdict = judge([replicate(cell, enough).ranks], KEPT)
    assert verdict.calibrated, verdict


def by_walks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Chain, "_move_standardized", Chain._walk)
    monkeypatch.setattr(Chain, "_stretch", lambda self: False)


def by_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Chain, "_move_standardized", lambda self: None)


def the_walk_s_jacobian_inverted(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Coordinate.slope
    monkeypatch.setattr(Coordinate, "slope", lambda self, t: 1 / right(self, t))


def the_stretch_s_jacobian_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Chain, "_gained", lambda self, log_factor: 0.0)


@pytest.fixture
def one_move(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave standard deviations to one kind of move, for one round of a few draws.

    Among all moves, what the others do right hides most of what one does wrong.
    """
    monkeypatch.setattr(Covariances, "drawn_given", lambda self, x, t, rng: None)
    monkeypatch.setattr(Rounds, "short", lambda self, measures: False)
    monkeypatch.setitem(THINNING, "direct", 8)


@pytest.mark.parametrize(
    ("alone", "mutate", "enough"),
    [
        (by_walks, the_walk_s_jacobian_inverted, 20),
        (by_stretches, the_stretch_s_jacobian_missing, 12),
    ],
)
def test_a_wrong_jacobian_of_a_chain_s_move_is_found_and_the_right_one_passes(
    alone: Mutate, mutate: Mutate, enough: int, one_move: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    cell = make_cell("direct", "bernoulli", INTERCEPT, enough)
    alone(monkeypatch)
    verdict = judge([replicate(cell).ranks], KEPT)
    assert verdict.calibrated, verdict
    mutate(monkeypatch)
    assert not judge([replicate(cell).ranks], KEPT).calibrated


def test_draws_from_the_prior_are_found_by_the_log_likelihood_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every parameter's ranks are uniform where the data are not looked at: Modrák et al. 2023."""

    def blind(cell: Cell, y: np.ndarray) -> Engine:
        rng = np.random.default_rng(3)
        return lambda model, seed: draw_truths(model.spec, rng, THINNING["exact"] * KEPT)

    monkeypatch.setitem(ENGINES, "exact", blind)
    ranks = replicate(WITH_SLOPE, 60).ranks
    found = {name: judge([{name: each}], KEPT).calibrated for name, each in ranks.items()}
    assert [name for name, calibrated in found.items() if not calibrated] == ["log likelihood"]
