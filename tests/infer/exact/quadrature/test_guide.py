"""Peaks of levels that are predicted, against those that are searched for."""

import numpy as np
import pytest

import mixwell as mw
from mixwell.infer.exact.quadrature.guide import build_guide
from mixwell.infer.exact.quadrature.quadrature_target import QuadratureTarget, quadrature_target


def target_of(formula: str) -> QuadratureTarget:
    rng = np.random.default_rng(2)
    g, x = np.repeat(np.arange(12), 10), rng.normal(size=120)
    y = rng.poisson(np.exp(0.5 + rng.normal(0, 0.5, 12)[g] + 0.3 * x))
    return quadrature_target(mw.Model(formula, {"y": y, "x": x, "g": g}, "poisson").spec)


@pytest.mark.parametrize("formula", ["y ~ x + (1 | g)", "y ~ x + (1 + x | g)"])
def test_near_its_middle_a_guide_says_where_searches_end(formula: str) -> None:
    target = target_of(formula)
    middle, size = target.start, len(target.start)
    guide = build_guide(target.peaks, middle, 0.3 * np.eye(size), 2.0)
    t = middle + np.random.default_rng(1).uniform(-0.12, 0.12, (20, size))
    found, wanted = guide.peaks(t), target.peaks(t)
    assert not guide.far(t).any()
    assert np.abs(found.u - wanted.u).max() < 0.1  # as near as searches end
    np.testing.assert_allclose(found.spread, wanted.spread, atol=0.02)
    np.testing.assert_allclose(found.log_spread, wanted.log_spread, atol=0.03)
    still = np.abs(wanted.u - guide.level[: len(wanted.u), :, None]).max()
    assert np.abs(found.u - wanted.u).max() < 0.2 * still


def test_beyond_its_reach_peaks_are_searched_for() -> None:
    target = target_of("y ~ x + (1 | g)")
    size = len(target.start)
    guide = build_guide(target.peaks, target.start, 0.05 * np.eye(size), 2.0)
    t = target.start + np.array([[0.0] * size, [2.0] + [0.0] * (size - 1)])
    assert guide.far(t).tolist() == [False, True]
    near, wanted = target.peaks_near(t, guide), target.peaks(t)
    assert np.abs(near.u - wanted.u).max() < 0.11
