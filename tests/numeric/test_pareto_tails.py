"""Rows left out together against ArviZ, which leaves them out one by one."""

import numpy as np
import pytest
from arviz_stats.base import array_stats

from mixwell.numeric.pareto_tails import left_out_rows, tail_length


def some_densities() -> np.ndarray:
    """Rows of light and heavy tails, of huge and of tiny densities."""
    rng = np.random.default_rng(1)
    spread = np.array([1e-3, 0.1, 1.0, 3.0, 30.0])
    normal = rng.normal(size=(5, 1000)) * spread[:, None]
    heavy = -rng.exponential(2, (3, 1000)) * np.array([[0.2], [1.0], [4.0]])
    return np.concatenate([normal, heavy, normal[:1] - 800, normal[:1] + 800])


@pytest.mark.parametrize("efficiency", [1.0, 0.5, 0.1])
def test_every_rows_numbers_are_arvizs(efficiency: float) -> None:
    density = some_densities()
    cube = density.reshape(-1, 4, 250)
    expected = [array_stats.loo(row, chain_axis=0, draw_axis=1, r_eff=efficiency) for row in cube]
    found = left_out_rows(density.copy(), tail_length(1000, efficiency))
    elpd, k, p = (np.array([each[i] for each in expected], dtype=float) for i in range(3))
    np.testing.assert_allclose(found.elpd, elpd, rtol=1e-9)
    np.testing.assert_allclose(found.k_hat, k, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(found.lpd - found.elpd, p, rtol=1e-6, atol=1e-9)


def test_a_row_that_all_draws_agree_on_is_left_out_at_its_own_density() -> None:
    found = left_out_rows(np.full((1, 400), -1.5), tail_length(400, 1.0))
    assert found.elpd[0] == pytest.approx(-1.5)
    assert found.lpd[0] == pytest.approx(-1.5)
    assert found.k_hat[0] == -np.inf


def test_few_draws_are_not_smoothed() -> None:
    density = np.log(np.array([[0.1, 0.2, 0.4]]))
    found = left_out_rows(density.copy(), tail_length(3, 1.0))
    assert found.elpd[0] == pytest.approx(np.log(3 / (10 + 5 + 2.5)))  # the harmonic mean
    assert found.k_hat[0] == np.inf


@pytest.mark.parametrize("efficiency", [1.0, 0.5, 0.1])
def test_as_many_weights_are_smoothed_as_in_arviz(efficiency: float) -> None:
    counts = [20, 100, 225, 226, 450, 451, 452, 453, 1000, 2250, 2251, 2259, 2260, 2270, 4000]
    found = [tail_length(n, efficiency) for n in counts]
    assert found == [array_stats._get_ps_tails(n, efficiency, tail="right") for n in counts]


@pytest.mark.parametrize("samples", [25, 30, 31, 60, 2000])
def test_many_rows_of_few_draws_are_arvizs(samples: int) -> None:
    density = np.random.default_rng(samples).normal(size=(300, samples)) * 2
    expected = [array_stats.loo(row[None], chain_axis=0, draw_axis=1, r_eff=1.0) for row in density]
    found = left_out_rows(density.copy(), tail_length(samples, 1.0))
    elpd, k, p = (np.array([each[i] for each in expected], dtype=float) for i in range(3))
    np.testing.assert_allclose(found.elpd, elpd, rtol=1e-9)
    np.testing.assert_allclose(found.k_hat, k, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(found.lpd - found.elpd, p, rtol=1e-6, atol=1e-9)
