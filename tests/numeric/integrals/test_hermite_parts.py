"""Parts of the variance of functions of two normals against closed forms and nested integrals."""

import numpy as np

from mixwell.numeric.integrals.hermite_parts import TwoNormals
from mixwell.numeric.integrals.normal_rule import normal_rule


def normals(*variances):
    return TwoNormals(*(np.array([v]) for v in variances))


def test_parts_of_a_lognormal_of_a_sum_have_their_closed_form():
    """Of exp(x + y) the part with covariance T has exp(1'S1) (exp(1'T1) - 1)."""
    whole, part = normals(0.4, 0.3, 0.1), normals(0.2, 0.1, 0.05)
    found = whole.part_of(lambda x, y: np.exp(x + y), part)
    np.testing.assert_allclose(found, np.exp(0.9) * np.expm1(0.4), rtol=1e-8)


def test_the_whole_has_all_of_the_variance_and_nothing_has_none():
    whole = normals(0.5, 0.2, -0.1)
    function = lambda x, y: np.exp(x) / (1 + np.exp(0.3 - y))  # noqa: E731
    z, weight = normal_rule(60)
    x = np.sqrt(0.5) * z[:, None] + 0 * z
    y = -0.1 / np.sqrt(0.5) * z[:, None] + np.sqrt(0.2 - 0.01 / 0.5) * z
    values, both = function(x, y), np.outer(weight, weight)
    expected = np.sum(both * values**2) - np.sum(both * values) ** 2
    np.testing.assert_allclose(whole.part_of(function, whole), expected, rtol=1e-8)
    np.testing.assert_allclose(whole.part_of(function, normals(0.0, 0.0, 0.0)), 0, atol=1e-12)


def test_a_part_is_the_variance_of_the_mean_over_the_rest():
    """The rest moves both, and the part both in another direction."""
    part, rest = normals(0.3, 0.2, 0.15), normals(0.2, 0.4, -0.1)
    whole = normals(0.5, 0.6, 0.05)
    function = lambda x, y: 1 / ((1 + np.exp(-x)) * (1 + np.exp(0.5 - y)))  # noqa: E731
    z, weight = normal_rule(24)
    u, v, a, b = np.meshgrid(z, z, z, z, indexing="ij")

    def of(own, one, other):
        root = np.linalg.cholesky([[own.one[0], own.shared[0]], [own.shared[0], own.other[0]]])
        return root[0, 0] * one, root[1, 0] * one + root[1, 1] * other

    (x, y), (c, d) = of(part, u, v), of(rest, a, b)
    given = np.einsum("ijkl,k,l->ij", function(x + c, y + d), weight, weight)
    both = np.outer(weight, weight)
    expected = np.sum(both * given**2) - np.sum(both * given) ** 2
    np.testing.assert_allclose(whole.part_of(function, part), expected, rtol=1e-6)


def test_variables_that_do_not_vary_have_no_part():
    whole, part = normals(0.4, 0.0, 0.0), normals(0.1, 0.0, 0.0)
    found = whole.part_of(lambda x, y: np.exp(x) + y, part)
    np.testing.assert_allclose(found, np.exp(0.4) * np.expm1(0.1), rtol=1e-9)
