"""Surfaces of smooth functions of two numbers are these functions, or are not given."""

import numpy as np
import pytest
from scipy.special import expit

from mixwell.numeric.integrals.chebyshev_surface import surface_of

X, Y = (-3.0, 2.0), (0.5, 4.0)


@pytest.fixture
def at():
    rng = np.random.default_rng(1)
    return rng.uniform(*X, (7, 300)), rng.uniform(*Y, (7, 300))


@pytest.mark.parametrize(
    "function",
    [lambda x, y: expit(x / y), lambda x, y: x**3 * y, lambda x, y: np.sin(9 * x) + np.log(y)],
)
def test_a_smooth_function_is_known_between_its_points(function, at):
    surface = surface_of(function, X, Y, np.inf)
    np.testing.assert_allclose(surface.at(*at), function(*at), atol=1e-11, rtol=1e-11)


def test_a_polynomial_needs_no_more_terms_than_it_has():
    surface = surface_of(lambda x, y: x**3 * y, X, Y, np.inf)
    assert surface.coefficients.shape == (4, 2)


def test_its_lines_are_polynomials_in_the_first_number():
    surface = surface_of(lambda x, y: x**2 + y, X, Y, np.inf)
    lines = surface.lines(np.array([1.0, 3.0]))
    assert lines.shape == (3, 2)
    np.testing.assert_allclose(lines[:, 1] - lines[:, 0], [2.0, 0.0, 0.0], atol=1e-13)


def test_one_value_in_a_direction_is_an_end_of_its_own():
    surface = surface_of(lambda x, y: np.exp(x) * y, X, (2.0, 2.0), np.inf)
    found = surface.at(np.array([0.5]), np.array([2.0]))
    np.testing.assert_allclose(found, 2 * np.exp(0.5), rtol=1e-12)


@pytest.mark.parametrize(
    "function",
    [lambda x, y: np.abs(x - 0.3) * y, lambda x, y: np.log(x) + y, lambda x, y: x + np.sign(y - 1)],
)
def test_a_function_with_a_kink_a_jump_or_no_value_has_none(function):
    with np.errstate(invalid="ignore"):
        assert surface_of(function, X, Y, np.inf) is None


def test_it_asks_for_no_more_points_than_it_may():
    asked = []

    def function(x, y):
        asked.append(x.size)
        return np.sin(9 * x) + y

    assert surface_of(function, X, Y, 300) is None
    assert asked == [24 * 12]
