"""Scatter of groups by its parts: closed forms, and many rows against the same a few at a time."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import expit

from mixwell.errors import DataError
from mixwell.interpret.expected import over_groups as over
from mixwell.interpret.expected.over_groups import (
    Scatter,
    over_groups,
    scatter_of,
    slope_over_groups,
)

RNG = np.random.default_rng(5)
DRAWS = 4


def covariances(size):
    roots = RNG.normal(size=(DRAWS, size, size))
    return roots @ roots.transpose(0, 2, 1) / size


def posterior_of(blocks):
    """A posterior of blocks `(parameter, factor, number of effects)`, those of a factor related."""
    members = [
        SimpleNamespace(parameter=p, factor=f, effects=[str(k) for k in range(size)])
        for p, f, size in blocks
    ]
    known = {
        f: covariances(sum(len(m.effects) for m in members if m.factor == f))
        for f in {m.factor for m in members}
    }

    def covariance(*asked):
        (factor,) = {each.factor for each in asked}
        assert [m for m in members if m.factor == factor] == list(asked)
        return SimpleNamespace(matrix=known[factor])

    layout = SimpleNamespace(of=lambda name: [m for m in members if m.parameter == name])
    return SimpleNamespace(covariance=covariance, spec=SimpleNamespace(layout=layout)), known


def scattered(covariance, *parameters):
    return Scatter(parameters or ("mu",), {("mu", "mu"): covariance})


def test_scatter_adds_up_the_factors_and_relates_parameters():
    posterior, known = posterior_of([("mu", "g", 2), ("sigma", "g", 1), ("mu", "h", 1)])
    z, one = RNG.normal(size=(3, 2)), np.ones((3, 1))
    effects = {"mu": {"g": z, "h": 2 * one}, "sigma": {"g": one}}
    found = scatter_of(posterior, ["g", "h", "none"], effects)
    assert found.parameters == ("mu", "sigma")
    for row in range(3):
        for s in range(DRAWS):
            own = known["g"][s]
            mu = z[row] @ own[:2, :2] @ z[row] + 4 * known["h"][s, 0, 0]
            np.testing.assert_allclose(found.covariance["mu", "mu"][row, s], mu)
            np.testing.assert_allclose(found.covariance["mu", "sigma"][row, s], z[row] @ own[:2, 2])
            np.testing.assert_allclose(found.covariance["sigma", "sigma"][row, s], own[2, 2])


def test_three_parameters_of_one_factor_are_refused():
    posterior, _ = posterior_of([(name, "g", 1) for name in ("mu", "sigma", "nu")])
    effects = {name: {"g": np.ones((1, 1))} for name in ("mu", "sigma", "nu")}
    with pytest.raises(DataError, match="deviations of 3 parameters"):
        scatter_of(posterior, ["g"], effects)


@pytest.mark.parametrize("rows", [20, 700])
def test_means_of_many_rows_that_scatter_unlike_are_those_of_each(rows):
    eta, variance = RNG.normal(size=(rows, 60)), RNG.uniform(0, 2, size=(rows, 60))
    assert (rows * 60 > over._TOGETHER) == (rows == 700)
    found = over_groups(
        scattered(variance), {"mu": eta}, lambda at: np.exp(at["mu"]), any_rows=True
    )
    np.testing.assert_allclose(found, np.exp(eta + variance / 2), rtol=1e-9)


@pytest.mark.parametrize("steepness", [0.5, 40.0])
@pytest.mark.parametrize("rows", [100, 400])
def test_rows_that_scatter_alike_have_the_means_that_they_have_alone(steepness, rows):
    """A polynomial stands for smooth means only: of steep ones each row is integrated."""
    eta = np.sort(RNG.normal(size=(rows, 3)), axis=0)
    alike = scattered(np.full((rows, 3), 1e-4))

    def response(at):
        return 1 + expit(steepness * at["mu"])

    each = over_groups(alike, {"mu": eta}, response)
    together = over_groups(alike, {"mu": eta}, response, any_rows=True)
    np.testing.assert_allclose(together, each, rtol=1e-9)


def test_a_polynomial_stands_for_smooth_means_of_many_rows():
    asked = []

    def response(at):
        asked.append(len(at["mu"]))
        return np.exp(at["mu"])

    eta = np.linspace(-1, 1, 5000)[:, None]
    found = over_groups(scattered(np.full_like(eta, 0.3)), {"mu": eta}, response, any_rows=True)
    assert max(asked) < 200
    np.testing.assert_allclose(found, np.exp(eta + 0.15), rtol=1e-9)


@pytest.mark.parametrize("period", [2 * np.pi, 24.0])
def test_angles_have_the_direction_of_the_mean_of_their_directions(period):
    turn = period / (2 * np.pi)
    eta, sd = np.array([[0.4, 1.0]]), 0.5
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)

    def response(at):
        return turn * (at + 0.2 * at**2)

    angles = response(eta[..., None] + sd * nodes) / turn
    expected = turn * np.angle((np.exp(1j * angles) * weights).sum(axis=-1))
    found = over_groups(
        scattered(np.full((1, 2), sd**2)), {"mu": eta}, lambda at: response(at["mu"]), period
    )
    np.testing.assert_allclose(np.exp(1j * found / turn), np.exp(1j * expected / turn), atol=1e-9)
    assert np.abs(found - response(eta)).min() > 0.01  # not that of the middle


def test_slopes_move_the_scatter_along():
    """The mean of exp(a + b x + u x) is exp(a + b x + x^2 v / 2)."""
    posterior, known = posterior_of([("mu", "g", 1)])
    x, b = np.array([[0.5], [-1.5], [0.0]]), RNG.normal(size=DRAWS)
    eta, v = 0.3 + x * b, known["g"][:, 0, 0]
    at = {"mu": eta}, {"mu": {"g": x}}
    changes = {"mu": np.ones_like(x) * b}, {"mu": {"g": np.ones_like(x)}}
    found = slope_over_groups(posterior, ["g"], at, changes, lambda at: np.exp(at["mu"]))
    expected = (b + x * v) * np.exp(eta + x**2 * v / 2)
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-9)
