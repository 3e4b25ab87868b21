"""Data so vast that nothing is computed that need not be: the same posterior from few values.

References: the same target with 15 nodes and all vectors weighted, on data small enough for both.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.infer.exact.exact_draws import ExactDraws, exact_draws
from mixwell.infer.exact.quadrature import quadrature_likelihood as likelihood
from mixwell.infer.exact.quadrature import quadrature_target as module
from mixwell.infer.exact.quadrature.quadrature_target import QuadratureTarget, quadrature_target
from mixwell.numeric.search.mode import find_mode

CASES = {
    "counts": ("k ~ x + (1 | g)", "poisson"),
    "overdispersed": ("k ~ x + (1 | g)", "negativebinomial"),
    "outcomes": ("z ~ x + (1 + x | g)", "bernoulli"),
    "intercepts": ("z ~ x + (1 | g)", "bernoulli"),
    "alike": ("z ~ 1 + (1 | g)", "bernoulli"),
}


def target_of(name: str, **options: object) -> QuadratureTarget:
    formula, family = CASES[name]
    rng = np.random.default_rng(8)
    g = np.repeat(np.arange(400), 6)
    x = rng.normal(size=len(g))
    eta = 0.2 + 0.4 * x + rng.normal(0, 0.8, 400)[g] + rng.normal(0, 0.5, 400)[g] * x
    outcomes = (rng.uniform(size=len(g)) < 1 / (1 + np.exp(-eta))).astype(int)
    data = pd.DataFrame({"x": x, "g": g, "k": rng.poisson(np.exp(0.5 * eta)), "z": outcomes})
    return quadrature_target(mw.Model(formula, data, family=family, **options).spec)


@pytest.fixture
def vast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let small data be treated as vast data are."""
    monkeypatch.setattr(module, "_VAST", 0)
    monkeypatch.setattr(likelihood, "_PIECE", 500)
    monkeypatch.setattr(module, "_SAMPLE", 1200)


@pytest.mark.parametrize("name", CASES)
def test_pieces_and_few_nodes_give_the_likelihood_of_many(name: str, vast: None) -> None:
    plain = target_of(name)
    economical = plain.refined()
    assert economical.nodes < plain.nodes
    assert len(economical._pieces) >= (1 if name == "alike" else 4)
    rng = np.random.default_rng(2)
    t = economical.start + rng.normal(scale=0.05, size=(30, len(economical.start)))
    expected = replace(plain, nodes=25).log_likelihood(t)
    np.testing.assert_allclose(economical.log_likelihood(t), expected, atol=0.05)
    np.testing.assert_allclose(economical.log_likelihood(t[:1]), expected[:1], atol=0.05)


def test_the_home_that_a_part_of_the_levels_shows_is_near_the_mode_of_all(vast: None) -> None:
    """The prior of the slope, 0.2 by the data alone, has its share in it."""
    target = target_of("counts", priors={"x": "Normal(0, 0.01)"})
    home = target.refined().home
    assert home is not None
    mode = find_mode(target.log_density, target.start)
    assert target.log_density(home.t[None])[0] > mode.log_density - 5


def test_what_more_nodes_find_at_the_home_is_added_everywhere(vast: None) -> None:
    economical = target_of("alike").refined()
    assert economical.home is not None
    t = economical.home.t + np.array([[0.0, 0.0], [0.1, -0.1]])
    more = replace(economical, shift=economical.shift + 1.5)
    apart = more.log_likelihood(t) - economical.log_likelihood(t)
    np.testing.assert_allclose(apart, 1.5, rtol=1e-9)
    right = replace(economical, nodes=25, shift=0.0).log_likelihood(t[:1])
    np.testing.assert_allclose(economical.log_likelihood(t[:1]), right, rtol=1e-9)


def test_a_part_of_the_levels_stands_for_all_of_them() -> None:
    plain = target_of("overdispersed")
    halves = [np.arange(0, 400, 2), np.arange(1, 400, 2)]
    t = plain.start[None]
    parts = [plain.of_levels(levels, weight=2.0).log_likelihood(t) for levels in halves]
    np.testing.assert_allclose(np.mean(parts, axis=0), plain.log_likelihood(t), rtol=1e-12)


@pytest.mark.parametrize("name", ["counts", "intercepts"])
def test_the_posterior_is_that_of_weighting_all_vectors(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = exact_draws(target_of(name), 4000, 1)
    monkeypatch.setattr(likelihood, "_PIECE", 500)
    for key, value in {"_VAST": 0, "_SAMPLE": 1200}.items():
        monkeypatch.setattr(module, key, value)
    asked = []
    whole = QuadratureTarget.log_likelihood

    def counted(target: QuadratureTarget, t: np.ndarray) -> np.ndarray:
        asked.append(len(t) if target.weight == 1.0 else 0)
        return whole(target, t)

    monkeypatch.setattr(QuadratureTarget, "log_likelihood", counted)
    found = exact_draws(target_of(name), 4000, 1)
    assert sum(asked) < 1200
    assert found.effective == 4000
    assert found.reliable
    assert found.log_evidence == pytest.approx(usual.log_evidence, abs=0.06)
    error = usual.t.std(axis=0) / np.sqrt(usual.effective)
    assert np.abs((found.t.mean(axis=0) - usual.t.mean(axis=0)) / error).max() < 4.5
    np.testing.assert_allclose(found.t.std(axis=0), usual.t.std(axis=0), rtol=0.08)
    assert _quantiles_apart(found, usual) < 0.06


def _quantiles_apart(one: ExactDraws, other: ExactDraws) -> float:
    """Return the largest distance of distribution functions of a parameter (Kolmogorov's)."""
    found = []
    for a, b in zip(one.t.T, other.t.T, strict=True):
        at = np.concatenate([a, b])
        below = [np.searchsorted(np.sort(x), at, side="right") / len(x) for x in (a, b)]
        found.append(np.abs(below[0] - below[1]).max())
    return max(found)
