"""Integrals over levels' effects against sums over a fine grid of SciPy's densities."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats

import mixwell as mw
from mixwell.errors import SamplingError
from mixwell.infer.exact.quadrature import level_integrals
from mixwell.infer.exact.quadrature import quadrature_likelihood as likelihood
from mixwell.infer.exact.quadrature import quadrature_target as module
from mixwell.infer.exact.quadrature.deviation_draws import LaterLevels
from mixwell.infer.exact.quadrature.quadrature_target import (
    QuadratureTarget,
    quadrature_target,
)
from mixwell.numeric.arrays import FloatArray


def rows() -> pd.DataFrame:
    """Return eight levels of four rows, the first two alike in their predictors."""
    rng = np.random.default_rng(7)
    n = 32
    data = pd.DataFrame({"g": np.repeat(range(8), 4), "x": rng.normal(size=n) + 0.7})
    data.loc[4:7, "x"] = data.loc[0:3, "x"].to_numpy()
    data["o"] = np.tile([0.3, -0.2, 0.5, 0.1], 8)
    data["w"] = np.tile([1.0, 2.0, 3.0, 2.0], 8)
    data["e"] = rng.uniform(0.2, 0.6, n)
    data["m"] = np.tile([3, 5, 4, 6], 8)
    data["s"] = rng.binomial(data.m, 0.4)
    data["y"] = rng.integers(0, 2, n)
    data["k"] = rng.poisson(2, n)
    data["v"] = rng.normal(size=n) * 1.5
    data["pos"] = rng.gamma(2, 1, n)
    return data


DATA = rows()
type Density = Callable[[pd.DataFrame, FloatArray, dict[str, float]], FloatArray]


@dataclass(frozen=True)
class Case:
    """A model and SciPy's log density of rows (n, 1) given the linear predictor (n, grid)."""

    formula: str
    family: str
    density: Density
    options: dict[str, Any] = field(default_factory=dict)


def column(name: str) -> Callable[[pd.DataFrame], FloatArray]:
    return lambda d: d[name].to_numpy(float)[:, None]


K, V, Y, S, M, E, W, POS = map(column, ["k", "v", "y", "s", "m", "e", "w", "pos"])


def _student(scale: Callable[[pd.DataFrame, dict[str, float]], FloatArray]) -> Density:
    return lambda d, eta, p: (
        stats.t(p["nu"]).logpdf((V(d) - eta) / scale(d, p)) - np.log(scale(d, p))
    )


def _both(d: pd.DataFrame, p: dict[str, float]) -> FloatArray:
    return np.sqrt(E(d) ** 2 + p["sigma"] ** 2)


CASES = {
    "poisson": Case(
        "k ~ x + offset(o) + (1 | g)",
        "poisson",
        lambda d, eta, p: stats.poisson.logpmf(K(d), np.exp(eta)),
    ),
    "weighted": Case(
        "k ~ x + (x | g)",
        "poisson",
        lambda d, eta, p: W(d) * stats.poisson.logpmf(K(d), np.exp(eta)),
        {"weights": "w"},
    ),
    "logit": Case(
        "y ~ x + (x | g)",
        "bernoulli",
        lambda d, eta, p: stats.bernoulli.logpmf(Y(d), special.expit(eta)),
    ),
    "probit": Case(
        "cbind(s, m - s) ~ x + (0 + x | g)",
        "binomial",
        lambda d, eta, p: stats.binom.logpmf(S(d), M(d), stats.norm.cdf(eta)),
        {"link": "probit"},
    ),
    "negative binomial": Case(
        "k ~ x + (1 | g)",
        "negativebinomial",
        lambda d, eta, p: stats.nbinom.logpmf(
            K(d), p["alpha"], p["alpha"] / (p["alpha"] + np.exp(eta))
        ),
    ),
    "gamma": Case(
        "pos ~ x + (1 | g)",
        "gamma",
        lambda d, eta, p: stats.gamma.logpdf(POS(d), p["alpha"], scale=np.exp(eta) / p["alpha"]),
        {"link": "log"},
    ),
    "student": Case("v ~ x + (x || g)", "student", _student(lambda d, p: p["sigma"] + 0 * V(d))),
    "weighted student": Case(
        "v ~ x + (1 | g)",
        "student",
        _student(lambda d, p: p["sigma"] / np.sqrt(W(d))),
        {"weights": "w"},
    ),
    "known errors": Case("v | se(e) ~ x + (1 | g)", "student", _student(lambda d, p: E(d))),
    "both errors": Case("v | se(e, sigma = TRUE) ~ x + (1 | g)", "student", _student(_both)),
}


def target_of(case: Case, **changes: Any) -> tuple[QuadratureTarget, FloatArray]:
    spec = mw.Model(case.formula, DATA, family=case.family, **case.options).spec
    target = replace(quadrature_target(spec), **changes)
    noise = np.random.default_rng(3).normal(size=(3, target.parameters.size))
    return target, target.start + 0.2 * noise


def by_grid(case: Case, target: QuadratureTarget, t: FloatArray) -> FloatArray:
    """Return each level's log integral for one t, by a sum over a grid of standard effects."""
    values = target.parameters.values(t[None])
    own = {key: float(value[0]) for key, value in values.scalars.items()}
    root = values.roots[0][0]
    x = DATA.x.to_numpy() - DATA.x.mean()
    fixed = own["Intercept_centered"] + own["x"] * x + ("offset" in case.formula) * DATA.o
    effects = target.parameters.factors[0].effects
    z = np.column_stack([DATA.x if name == "x" else np.ones(len(DATA)) for name in effects])
    line = np.linspace(-8, 8, 1601 if len(root) == 1 else 121)
    u = np.stack(np.meshgrid(*[line] * len(root))).reshape(len(root), -1)
    found = []
    for level in range(8):
        d = DATA[DATA.g == level]
        eta = fixed.to_numpy()[d.index, None] + z[d.index] @ root @ u
        height = case.density(d, eta, own).sum(axis=0) + stats.norm.logpdf(u).sum(axis=0)
        found.append(special.logsumexp(height) + len(root) * np.log(line[1] - line[0]))
    return np.array(found)


@pytest.mark.parametrize("name", CASES)
def test_each_levels_likelihood_is_its_integral(name: str) -> None:
    target, t = target_of(CASES[name], nodes=101)
    expected = np.array([by_grid(CASES[name], target, one) for one in t])
    np.testing.assert_allclose(target.by_level(t), expected, atol=1e-4)
    np.testing.assert_allclose(target.log_likelihood(t), expected.sum(axis=1), atol=2e-4)


@pytest.mark.parametrize("name", CASES)
def test_scores_are_the_slopes_of_the_log_likelihood_and_information_is_expected(name) -> None:
    target, t = target_of(CASES[name])
    tallies, point = target.tallies, target.point(t)
    step = 1e-5

    def value(eta: FloatArray) -> FloatArray:
        return tallies.log_likelihood(eta, point.auxiliary)

    score, information = tallies.slopes(point.fixed, point.auxiliary)
    slope = (value(point.fixed + step) - value(point.fixed - step)) / (2 * step)
    np.testing.assert_allclose(score, slope, rtol=1e-5, atol=1e-6)
    eta = point.fixed
    m = tallies.m[:, None]
    closed = {
        "poisson": lambda: m * np.exp(eta),
        "weighted": lambda: m * np.exp(eta),
        "logit": lambda: m * special.expit(eta) * special.expit(-eta),
        "probit": lambda: (
            m * stats.norm.pdf(eta) ** 2 / (stats.norm.cdf(eta) * stats.norm.cdf(-eta))
        ),
    }
    if name in closed:
        np.testing.assert_allclose(information, closed[name](), rtol=1e-10)
    assert (information > 0).all()


@pytest.mark.parametrize("name", ["poisson", "logit", "student"])
def test_densities_at_nodes_are_those_of_their_effects(name: str, monkeypatch) -> None:
    target, t = target_of(CASES[name])
    levels, point = target.levels, target.point(t)
    peaks = levels.peaks(point)
    q = len(peaks.u)
    nodes = np.random.default_rng(5).normal(size=(4, q))
    classes, vectors = (part.ravel() for part in np.indices(peaks.u.shape[1:]))
    for node, height in zip(nodes, levels.heights(point, peaks, nodes), strict=True):
        u = peaks.u + np.einsum("ij...,j->i...", peaks.spread, node)
        expected = levels.heights_of(point, classes, vectors, u.reshape(1, q, -1))[0]
        np.testing.assert_allclose(height.ravel(), expected, rtol=1e-10)
        monkeypatch.setattr(level_integrals, "_FLAT", 7)  # in pieces it is the same
        again = levels.heights_of(point, classes, vectors, u.reshape(1, q, -1))[0]
        np.testing.assert_allclose(again, expected, rtol=1e-12)
        one = levels.heights_of(point, classes[:1], vectors[:1], u.reshape(1, q, -1)[..., :1])[0]
        np.testing.assert_allclose(one, expected[:1], rtol=1e-12)


@pytest.mark.parametrize("name", ["poisson", "probit", "logit", "weighted", "student"])
def test_modes_are_tops_with_the_spread_of_their_curvature(name: str) -> None:
    target, t = target_of(CASES[name], nodes=1)
    levels, point = target.levels, target.point(t)
    peaks = levels.peaks(point)
    gradient, curvature = levels._slopes(point, peaks.u)
    np.testing.assert_allclose(gradient, 0, atol=1e-6)
    inverse = np.einsum("ia...,ja...->ij...", peaks.spread, peaks.spread)
    one = np.einsum("ij...,jk...->ik...", inverse, curvature)
    eye = np.eye(len(gradient))[:, :, None, None]
    np.testing.assert_allclose(one, np.broadcast_to(eye, one.shape), atol=1e-8)
    half = -0.5 * np.log(np.linalg.det(np.moveaxis(curvature, (0, 1), (-2, -1))))
    np.testing.assert_allclose(peaks.log_spread, half, rtol=1e-10)


@pytest.mark.parametrize("name", ["poisson", "logit", "probit"])
def test_a_search_that_begins_far_away_ends_where_others_do(name: str) -> None:
    target, t = target_of(CASES[name])
    levels, point = target.levels, target.point(t)
    expected = replace(levels, nodes=1).peaks(point)
    start = np.zeros_like(expected.u)
    start[:, 2, 1] = 300.0
    found = levels.peaks(point, start)
    np.testing.assert_allclose(found.u, expected.u, atol=0.11)
    np.testing.assert_allclose(found.spread, expected.spread, rtol=0.15, atol=0.05)


@pytest.mark.parametrize("q", [1, 2])
def test_the_grid_integrates_polynomials(q: int) -> None:
    target, _ = target_of(CASES["poisson" if q == 1 else "logit"], nodes=9)
    nodes, weights = target.levels.grid
    mass = np.exp(weights - (nodes**2).sum(axis=1)) / np.pi ** (q / 2)
    for power, moment in ((0, 1), (1, 0), (2, 1), (4, 3), (6, 15)):
        assert mass @ (np.sqrt(2) * nodes[:, -1]) ** power == pytest.approx(moment, abs=1e-5)
        assert mass @ (np.sqrt(2) * nodes[:, 0]) ** power == pytest.approx(moment, abs=1e-5)


def test_modes_of_many_vectors_are_predicted_from_those_at_their_median() -> None:
    target, _ = target_of(CASES["logit"])
    rng = np.random.default_rng(1)
    t = target.start + 0.1 * rng.normal(size=(60, target.parameters.size))
    guide = target.guide(t)
    assert guide is not None
    modes = replace(target.levels, nodes=1).peaks(target.point(t)).u
    assert np.abs(guide.peaks(t).u - modes).max() < 0.1 * np.ptp(modes, axis=2).max()
    assert target.guide(t[:5]) is None
    assert replace(target, nodes=1).guide(t) is None
    rows_only = quadrature_target(mw.Model("k ~ x", DATA, family="poisson").spec)
    assert rows_only.guide(np.zeros((60, 2))) is None


def test_vectors_one_at_a_time_have_the_likelihood_of_all(monkeypatch) -> None:
    target, t = target_of(CASES["poisson"])
    expected, by_level = target.log_likelihood(t), target.by_level(t)
    monkeypatch.setattr(likelihood, "_BLOCK", 1)
    np.testing.assert_allclose(target.log_likelihood(t), expected, rtol=1e-6)
    np.testing.assert_allclose(target.by_level(t), by_level, rtol=1e-6)


def test_without_factors_the_likelihood_is_that_of_the_rows() -> None:
    target = quadrature_target(mw.Model("k ~ x + offset(o)", DATA, family="poisson").spec)
    t = np.array([[0.4, 0.3], [0.1, -0.2]])
    values = target.parameters.values(t).scalars
    x, o = (DATA.x - DATA.x.mean()).to_numpy(), DATA.o.to_numpy()
    eta = values["Intercept_centered"][:, None] + values["x"][:, None] * x + o
    expected = stats.poisson.logpmf(DATA.k.to_numpy(), np.exp(eta)).sum(axis=1)
    np.testing.assert_allclose(target.log_likelihood(t), expected)


def test_a_mean_at_the_edge_of_its_domain_is_impossible() -> None:
    spec = mw.Model("k ~ x", DATA, family="poisson", link="identity").spec
    tallies = quadrature_target(spec).tallies
    with np.errstate(all="ignore"):
        found = tallies.log_likelihood(np.zeros((len(tallies.s), 1)), {})
    assert (found == -np.inf).all()


def test_densities_that_are_no_numbers_are_impossible(monkeypatch) -> None:
    target, t = target_of(CASES["poisson"])
    given = np.array([np.inf, np.nan, -3.0])
    monkeypatch.setattr(QuadratureTarget, "log_likelihood", lambda self, t: given)
    found = target.log_density(t)
    assert (found[:2] == -np.inf).all()
    assert np.isfinite(found[2])


def test_a_search_begins_at_the_priors_centers_and_moderate_deviations() -> None:
    priors = {"Intercept": "Normal(1.5, 1)", "x": "Normal(-0.25, 1)"}
    model = mw.Model("k ~ x + (x || g)", DATA, family="poisson", priors=priors)
    target = quadrature_target(model.spec)
    values = target.parameters.values(target.start[None]).scalars
    found = {key: float(value[0]) for key, value in values.items()}
    assert found["sd_g[Intercept]"] == pytest.approx(0.5)
    assert found["sd_g[x]"] == pytest.approx(0.5 / np.sqrt(np.mean(DATA.x**2)))
    assert found["x"] == pytest.approx(-0.25)
    student = quadrature_target(mw.Model("v ~ 1 + (1 | g)", DATA, family="student").spec)
    values = student.parameters.values(student.start[None]).scalars
    assert values["sd_g[Intercept]"][0] == pytest.approx(0.5 * DATA.v.std(ddof=0))


def test_as_many_vectors_are_weighted_as_their_cost_allows() -> None:
    spec = mw.Model("k ~ x + (1 | g)", DATA, family="poisson").spec
    cells = len(quadrature_target(spec).tallies.s)
    cheap = quadrature_target(spec)
    assert (cheap.sparing, cheap.vectors(1_000), cheap.checks) == (False, 3_000, 0)
    for nodes in (180, 320, 640, 1_250, 10**6):
        grid = np.zeros((nodes, 1)), np.zeros(nodes)
        target = replace(cheap)
        target.levels.__dict__["grid"] = grid
        assert target.sparing
        share = np.clip(20_000 / (nodes * cells), 0.25, 1)
        assert target.vectors(100_000) == int(100_000 * share)
    rows_only = quadrature_target(mw.Model("k ~ x", DATA, family="poisson").spec)
    assert rows_only.cost == len(rows_only.tallies.s)


def test_two_hundred_nodes_are_the_most() -> None:
    spec = mw.Model("k ~ x + (1 | g)", DATA, family="poisson").spec
    assert quadrature_target(spec, 200).nodes == 200
    with pytest.raises(SamplingError, match="nodes is 201"):
        quadrature_target(spec, 201)


@pytest.mark.parametrize("name", ["poisson", "logit"])
def test_levels_are_drawn_later_for_each_vector_and_each_time_anew(name: str) -> None:
    target, t = target_of(CASES[name])
    later = LaterLevels(target, t[[0, 0, 1, 2, 2]])
    found = later(slice(2, 5), np.random.default_rng(1))
    assert found.shape == (5, 3, 1 if name == "poisson" else 2)
    assert np.isfinite(found).all()
    assert not (found[0] == found[1]).any()
    again = later.taken(np.array([4, 0]))(slice(2, 5), np.random.default_rng(1))
    assert again.shape == (2, *found.shape[1:])


@pytest.mark.parametrize("name", ["poisson", "logit"])
def test_more_deviations_than_are_held_are_drawn_later(name: str, monkeypatch) -> None:
    target, t = target_of(CASES[name])
    count = 5 * 8 * (1 if name == "poisson" else 2)
    for most, kind in ((count, np.ndarray), (count - 1, LaterLevels)):
        monkeypatch.setattr(module, "HELD", most)
        drawn = target.draw(t, np.array([2, 2, 1]), np.random.default_rng(1))
        assert isinstance(drawn.r["r_g"], kind)
