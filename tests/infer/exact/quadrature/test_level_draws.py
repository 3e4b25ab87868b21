"""Draws of levels' effects given the parameters follow their exact conditional distribution."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

import mixwell as mw
from mixwell.infer.exact.quadrature.level_draws import (
    draw_levels,
    highest_ratios,
    log_student,
)
from mixwell.infer.exact.quadrature.level_peaks import product
from mixwell.infer.exact.quadrature.quadrature_target import QuadratureTarget, quadrature_target

DRAWS = 3000


def binary(n_levels: int, size: int) -> dict[str, Any]:
    rng = np.random.default_rng(4)
    g = np.repeat(np.arange(n_levels), size)
    x = rng.normal(size=len(g))
    eta = rng.normal(0, 2, n_levels)[g] + rng.normal(0, 1, n_levels)[g] * x
    y = rng.binomial(1, 1 / (1 + np.exp(-eta)))
    side = np.where(eta > 1, "right", "none")
    return {"y": y, "x": x, "g": g, "n": rng.poisson(np.exp(0.3 * eta)), "v": eta, "side": side}


CASES = [
    ("y ~ 1 + (1 | g)", "bernoulli", 1.5),
    ("y ~ x + (1 | g)", "bernoulli", 1.5),
    ("n ~ x + (1 | g)", "poisson", 0.5),
    ("n ~ 1 + (0 + x | g)", "negativebinomial", 0.5),
    ("v ~ 1 + (1 | g)", "student", 0.5),
    ("v | cens(side) ~ 1 + (1 | g)", "gaussian", 0.5),
    ("y ~ x + (x | g)", "bernoulli", 1.0),
    ("n ~ x + (x || g)", "poisson", -0.5),
]


def target_of(formula: str, family: str, log_sd: float) -> tuple[QuadratureTarget, np.ndarray]:
    target = quadrature_target(mw.Model(formula, binary(8, 5), family=family).spec)
    t = target.start.copy()
    for i, coordinate in enumerate(target.parameters.scalars):
        if coordinate.key.startswith("sd_"):
            t[i] = log_sd
    return target, t


def chances_on_a_grid(target: QuadratureTarget, t: np.ndarray, r: np.ndarray) -> np.ndarray:
    """Return where draws (n, level, effect) given t lie in their distribution on a fine grid."""
    point = target.point(t[None])
    grid = np.linspace(-7, 7, 2001 if r.shape[2] == 1 else 281)
    u = np.stack(np.meshgrid(*[grid] * r.shape[2], indexing="ij")).reshape(r.shape[2], -1)
    zero = np.zeros(u.shape[1], dtype=np.int64)
    chances = []
    for level, kind in enumerate(target.tallies.level_class):
        height = target.levels.heights_of(point, zero + kind, zero, u[None])[0]
        mass = np.exp(height - height.max()).reshape([len(grid)] * r.shape[2])
        drawn = np.linalg.solve(point.root[:, :, 0, 0], r[:, level].T)
        for axis, values in enumerate(drawn):
            total = np.cumsum(mass.sum(axis=tuple(k for k in range(mass.ndim) if k != axis)))
            edges = grid + (grid[1] - grid[0]) / 2
            chances.append(np.interp(values, edges, total / total[-1]))
    return np.array(chances)


@pytest.mark.parametrize(("formula", "family", "log_sd"), CASES)
def test_draws_agree_with_a_fine_grid(formula: str, family: str, log_sd: float) -> None:
    target, t = target_of(formula, family, log_sd)
    r = target.draw(t[None], np.array([DRAWS]), np.random.default_rng(1)).r["r_g"]
    chances = chances_on_a_grid(target, t, r)
    for chance in chances:
        assert stats.kstest(chance, "uniform").pvalue > 1e-4
    # all levels together, where a small error common to them would add up
    assert stats.kstest(chances.ravel(), "uniform").pvalue > 1e-3


@pytest.mark.parametrize(("formula", "family", "log_sd"), CASES)
def test_a_vector_beyond_the_bounds_of_others_is_drawn_within_its_own(
    formula: str, family: str, log_sd: float
) -> None:
    """Bounds that some vectors have shown may be too low for another, here by far."""
    target, t = target_of(formula, family, log_sd)
    point = target.point(t[None])
    peaks, asked = target.levels.peaks(point), []

    def own(rows: np.ndarray) -> np.ndarray:
        asked.append(rows.tolist())
        return highest_ratios(target.levels, point, peaks.of(rows))

    low = np.full(peaks.u.shape[1], -3.0)
    copies, rng = np.array([DRAWS]), np.random.default_rng(1)
    r = draw_levels(target.levels, point, peaks, copies, rng, low, own)
    assert asked == [[0]]
    assert stats.kstest(chances_on_a_grid(target, t, r).ravel(), "uniform").pvalue > 1e-3
    wrong = draw_levels(target.levels, point, peaks, copies, rng, low, lambda rows: low[:, None])
    assert stats.kstest(chances_on_a_grid(target, t, wrong).ravel(), "uniform").pvalue < 1e-3


@pytest.mark.parametrize(("formula", "family", "log_sd"), CASES)
def test_the_bound_of_the_rejection_holds(formula: str, family: str, log_sd: float) -> None:
    target, t = target_of(formula, family, log_sd)
    point = target.point(t[None])
    peaks = target.levels.peaks(point)
    middle = next(target.levels.heights(point, peaks, np.zeros((1, len(peaks.u)))))
    highest = middle + highest_ratios(target.levels, point, peaks)
    rng = np.random.default_rng(2)
    n, q = len(highest), len(peaks.u)
    classes = np.repeat(np.arange(n), 20_000)
    vectors = np.zeros(len(classes), dtype=np.int64)
    z = rng.standard_normal((q, len(classes))) / np.sqrt(rng.chisquare(5, len(classes)) / 5)
    u = peaks.u[:, classes, vectors] + product(peaks.spread[:, :, classes, vectors], z)
    ratio = target.levels.heights_of(point, classes, vectors, u[None])[0] - log_student(z)
    above = ratio - highest[classes, vectors]
    assert above.max() <= 0
    assert np.exp(above).mean() > 0.25


def test_nodes_are_added_where_levels_of_few_rows_differ_much() -> None:
    rng = np.random.default_rng(6)
    g = np.repeat(np.arange(120), 5)
    y = rng.binomial(1, 1 / (1 + np.exp(-rng.normal(0, 5, 120)[g])))
    hard = quadrature_target(mw.Model("y ~ 1 + (1 | g)", {"y": y, "g": g}, family="bernoulli").spec)
    refined = hard.refined()
    assert refined.nodes > hard.nodes
    t = np.array([[1.6, 0.0], [1.4, 0.2]])
    reference = replace(hard, nodes=121).log_likelihood(t)
    assert np.abs(refined.log_likelihood(t) - reference).max() < 0.1
    assert np.abs(hard.log_likelihood(t) - reference).max() > 0.1


def test_nodes_are_not_added_where_fifteen_are_right() -> None:
    formula = "cbind(incidence, size - incidence) ~ period + (1 | herd)"
    target = quadrature_target(mw.Model(formula, mw.load_data("cbpp"), family="binomial").spec)
    assert target.refined() is target
