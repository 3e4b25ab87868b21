"""Convergence of chains: the numbers are ArviZ's."""

from collections.abc import Callable

import numpy as np
import pytest
from arviz_stats.base import array_stats

from mixwell.numeric import chains
from mixwell.numeric.arrays import FloatArray

TAIL = (0.05, 0.95)
MEASURES: dict[str, tuple[Callable[[FloatArray], FloatArray], Callable[..., object]]] = {
    "rhat": (chains.rhat, lambda x, **axes: array_stats.rhat(x, **axes)),
    "bulk": (chains.ess_bulk, lambda x, **axes: array_stats.ess(x, method="bulk", **axes)),
    "tail": (
        lambda x: chains.ess_tail(x, TAIL),
        lambda x, **axes: array_stats.ess(x, method="tail", prob=TAIL, **axes),
    ),
    "mean": (chains.ess_mean, lambda x, **axes: array_stats.ess(x, method="mean", **axes)),
    "mcse": (chains.mcse_mean, lambda x, **axes: array_stats.mcse(x, method="mean", **axes)),
}
KINDS: dict[str, Callable[[FloatArray], FloatArray]] = {
    "continuous": lambda x: x,
    "ties": lambda x: np.round(x, 1),
    "two values": lambda x: (x > 0).astype(float),
}


def autoregressive(rho: float, n_chains: int, n_draws: int) -> FloatArray:
    """Chains that move apart a little, with this correlation from draw to draw."""
    rng = np.random.default_rng(7)
    draws = rng.normal(size=(n_chains, n_draws, 9))
    for draw in range(1, n_draws):
        draws[:, draw] += rho * draws[:, draw - 1]
    return draws + 0.1 * np.arange(n_chains)[:, None, None]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rho", [-0.9, 0.0, 0.5, 0.99])
@pytest.mark.parametrize("shape", [(1, 4), (1, 101), (2, 7), (4, 10), (4, 250)])
@pytest.mark.parametrize("name", MEASURES)
def test_the_numbers_are_those_of_arviz(
    name: str, shape: tuple[int, int], rho: float, kind: str
) -> None:
    if name == "rhat" and shape[0] == 1:
        pytest.skip("one chain has no R-hat")
    draws = KINDS[kind](autoregressive(rho, *shape))
    draws = draws[:, :, np.ptp(draws, axis=(0, 1)) > 0]
    ours, theirs = MEASURES[name]
    with np.errstate(divide="ignore", invalid="ignore"):
        np.testing.assert_allclose(
            ours(draws), theirs(draws, chain_axis=0, draw_axis=1), rtol=1e-11
        )


def test_a_parameter_has_the_same_numbers_beside_others_as_alone() -> None:
    draws = autoregressive(0.5, 4, 100)
    for ours, _ in MEASURES.values():
        np.testing.assert_allclose(ours(draws)[3:4], ours(draws[:, :, 3:4]), rtol=1e-12)


def test_equal_draws_share_the_score_of_their_mean_rank() -> None:
    scores = chains.normal_scores(np.array([1.0, 2.0, 2.0, 3.0]).reshape(1, 4, 1)).ravel()
    assert scores[1] == scores[2] == 0
    assert scores[0] == -scores[3] < 0


def test_the_middle_of_an_odd_chain_is_left_out_when_it_is_split() -> None:
    halves = chains.split(np.arange(5.0).reshape(1, 5, 1))
    assert halves[..., 0].tolist() == [[0, 1], [3, 4]]


def test_independent_draws_count_fully_and_repeated_ones_do_not() -> None:
    draws = np.random.default_rng(3).normal(size=(4, 1000, 20))
    repeated = draws.repeat(4, axis=1)
    assert chains.ess_bulk(draws).mean() == pytest.approx(4000, rel=0.03)
    assert chains.ess_bulk(repeated).mean() == pytest.approx(4000, rel=0.05)
