"""Orthonormal polynomials, against QR of the powers and by what they are orthogonal to."""

import numpy as np
import pytest

from mixwell.numeric.orthogonal_powers import orthonormal_powers, recurrence


def test_columns_are_those_of_a_qr_of_the_powers():
    at = np.array([-2.0, -0.5, 0.0, 1.5, 4.0])
    q, r = np.linalg.qr(np.vander(at, 4, increasing=True))
    expected = (q * np.sign(np.diag(r)))[:, 1:]
    np.testing.assert_allclose(orthonormal_powers(at, 3), expected, atol=1e-13)


@pytest.mark.parametrize("degree", [1, 6, 89])
def test_columns_are_orthonormal_at_any_degree(degree):
    made = orthonormal_powers(np.arange(90.0), degree)
    np.testing.assert_allclose(made.T @ made, np.eye(degree), atol=1e-12)
    np.testing.assert_allclose(made.sum(axis=0), 0, atol=1e-12)


def test_where_the_points_are_and_how_far_apart_makes_no_difference():
    plain = orthonormal_powers(np.arange(1.0, 10), 8)
    for at in (2.0**30 + np.arange(9), np.arange(9) * 1e150, np.arange(9) * 1e-150):
        np.testing.assert_allclose(orthonormal_powers(at, 8), plain, atol=1e-12)


def test_points_that_are_counted_give_what_the_points_written_out_give():
    at, counts = np.array([-2.0, -0.5, 0.0, 1.5, 4.0]), np.array([3.0, 1.0, 7.0, 2.0, 1.0])
    centers, lengths, columns = recurrence(at, 3, counts)
    whole = recurrence(np.repeat(at, counts.astype(int)), 3)
    np.testing.assert_allclose(centers, whole[0], rtol=1e-13)
    np.testing.assert_allclose(lengths, whole[1], rtol=1e-13)
    np.testing.assert_allclose(columns.T @ columns, np.eye(3), atol=1e-14)
