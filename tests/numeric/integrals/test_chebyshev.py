"""Polynomials through Chebyshev's points are the functions, each on its own interval."""

import numpy as np
import pytest
from scipy.special import expit

from mixwell.numeric.integrals.chebyshev import chebyshev_points, chebyshev_series, series_at

LOW, HIGH = np.array([-4.0, 0.0, 2.0]), np.array([3.0, 1e-3, 2.0])


@pytest.mark.parametrize("function", [expit, np.exp, lambda x: 1 / (2 + np.sin(x))])
def test_smooth_functions_are_known_between_their_points(function):
    at = np.linspace(LOW, HIGH, 50)
    series = chebyshev_series(function(chebyshev_points(LOW, HIGH, 128)))
    np.testing.assert_allclose(series_at(series, LOW, HIGH, at), function(at), rtol=1e-11)


def test_the_last_coefficients_say_how_near_a_polynomial_is():
    low, high = np.array([-4.0]), np.array([4.0])
    at = np.linspace(low, high, 200)
    for count in (8, 16, 32):
        series = chebyshev_series(expit(chebyshev_points(low, high, count)))
        error = np.abs(series_at(series, low, high, at) - expit(at)).max()
        assert 0.05 * error < np.abs(series[-4:]).max() < 50 * error


def test_columns_of_few_terms_and_of_many_are_each_summed_to_all_digits():
    """In any order of theirs, for one row and for many."""
    rng = np.random.default_rng(4)
    half = rng.uniform(1e-3, 8.0, 37)
    series = chebyshev_series(expit(chebyshev_points(-half, half, 128)))
    for rows in (1, 3, 700):
        at = rng.uniform(-1, 1, (rows, 37)) * half
        np.testing.assert_allclose(series_at(series, -half, half, at), expit(at), atol=1e-13)
