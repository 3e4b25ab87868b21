"""Searches for the mode of a log density that is known by its values alone."""

import numpy as np
import pytest

from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.search.mode import find_mode, find_top


def level(t: FloatArray) -> FloatArray:
    """Return a log density whose slope and curvature vanish at 0; its top is at 1, 2 above."""
    a, b = t.T
    return 60 * (a**5 / 5 - a**6 / 6) - 50 * (b - 0.5 * a) ** 2


def normal(t: FloatArray) -> FloatArray:
    return -0.5 * ((t - 3.0) ** 2).sum(axis=1)


def test_a_search_goes_on_where_slope_and_curvature_vanish_below_the_top() -> None:
    start = np.zeros(2)
    assert find_mode(level, start).log_density == pytest.approx(0.0, abs=1e-3)
    top = find_top(level, start)
    np.testing.assert_allclose(top.t, [1.0, 0.5], atol=2e-3)
    assert top.log_density == pytest.approx(2.0, abs=1e-4)


def test_a_top_is_the_mode_where_nothing_is_higher() -> None:
    found, wanted = find_top(normal, np.zeros(2)), find_mode(normal, np.zeros(2))
    np.testing.assert_array_equal(found.t, wanted.t)
    np.testing.assert_allclose(found.precision, np.eye(2), atol=1e-6)


def test_a_density_of_nothing_has_its_value() -> None:
    assert find_top(lambda t: np.full(len(t), 7.0), np.zeros(0)).log_density == 7.0


def test_a_higher_place_that_cannot_be_searched_is_left() -> None:
    def edge(t: FloatArray) -> FloatArray:
        """Return what is higher than the top at 0 beyond 6, where it is no number hereabouts."""
        x = t[:, 0]
        lone = np.isclose(x, 7.0711, atol=0.003)
        return np.where(lone, 9.0, np.where(x > 6.0, np.nan, -0.0005 * x**2))

    assert find_top(edge, np.zeros(1)).t == pytest.approx(0.0, abs=1e-6)
