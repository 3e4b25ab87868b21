"""Slices of a density, for a number that is far from the width that is tried first."""

import numpy as np
import pytest
from scipy import stats

from mixwell.infer.direct.nested.slices import drawn_in_slice


@pytest.mark.parametrize("width", [0.05, 2.0, 300.0])
def test_draws_have_the_density_whatever_the_width(width: float) -> None:
    """A gamma variable's logarithm, which is far from symmetric; every tenth draw."""
    rng, found = np.random.default_rng(3), []

    def log_density(place: np.ndarray) -> float:
        return float(0.7 * place[1] - np.exp(place[1])) if place[1] < 300 else -np.inf

    place, value = np.array([5.0, 0.0]), -1.0
    for _ in range(6000):
        place, value = drawn_in_slice(log_density, place, 1, value, width, rng)
        assert value == log_density(place)
        found.append(place[1])
    assert place[0] == 5.0
    assert stats.kstest(np.exp(found[::10]), stats.gamma(0.7).cdf).pvalue > 0.01
