"""The climb against tops that are known."""

import numpy as np
import pytest

from mixwell.infer.direct.laplace.ascent import ascend, polish
from mixwell.numeric.arrays import FloatArray


def banana(x: FloatArray) -> tuple[float, FloatArray]:
    """Rosenbrock's function, highest at (1, 1), with curvature ((802, -400), (-400, 200))."""
    value = -((1 - x[0]) ** 2) - 100 * (x[1] - x[0] ** 2) ** 2
    inner = 200 * (x[1] - x[0] ** 2)
    return value, np.array([2 * (1 - x[0]) + 2 * x[0] * inner, -inner])


def test_the_top_of_a_curved_ridge_is_found_with_its_curvature() -> None:
    top = polish(banana, ascend(banana, np.array([-1.2, 1.0]), np.eye(2)))
    np.testing.assert_allclose(top.place, 1.0, atol=1e-4)
    expected = np.linalg.inv([[802.0, -400.0], [-400.0, 200.0]])
    np.testing.assert_allclose(top.inverse, expected, rtol=2e-2)


def test_places_without_a_value_are_stepped_back_from() -> None:
    def logarithmic(x: FloatArray) -> tuple[float, FloatArray]:
        if x[0] <= 0:
            return -np.inf, np.zeros(1)
        return float(np.log(x[0]) - x[0]), np.array([1 / x[0] - 1])

    top = ascend(logarithmic, np.array([0.01]), 100 * np.eye(1))
    assert top.place[0] == pytest.approx(1.0, abs=1e-3)


def test_nothing_to_search_is_a_top() -> None:
    top = polish(lambda x: (2.0, x), ascend(lambda x: (2.0, x), np.zeros(0), np.zeros((0, 0))))
    assert top.value == 2.0
