"""Compiled loops over cells against the same families computed by NumPy."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.families.any_model import any_model, rows

import mixwell as mw
from mixwell.families import FAMILIES
from mixwell.infer.exact.applicable import is_gaussian, why_not_exact
from mixwell.infer.exact.quadrature import deviation_draws
from mixwell.infer.exact.quadrature import quadrature_likelihood as likelihood
from mixwell.infer.exact.quadrature import quadrature_target as module
from mixwell.infer.exact.quadrature.cell_loops import cell_loop
from mixwell.infer.exact.quadrature.deviation_draws import drawn_deviations
from mixwell.infer.exact.quadrature.level_integrals import LevelIntegrals
from mixwell.infer.exact.quadrature.quadrature_target import QuadratureTarget, quadrature_target

TAKEN = [
    name
    for name, spec in ((name, any_model(name).spec) for name in FAMILIES)
    if not is_gaussian(spec) and why_not_exact(spec) is None
]
RATINGS = "rating ~ x + (1 + x | g)"
OTHERS = {
    "probit ratings": (RATINGS, "cumulative", "probit"),
    "cloglog ratings": (RATINGS, "cumulative", "cloglog"),
    "stopping": (RATINGS, "sratio", "probit"),
    "slopes": ("few ~ x + (1 + x | g)", "poisson", None),
    "identity": ("none ~ x + (1 | g)", "poisson", "identity"),
    "log mean": ("positive ~ x + (1 | g)", "gaussian", "log"),
    "rows alone": ("rating ~ x", "cumulative", None),
    "offset": ("few ~ x + offset(x) + (0 + x | g)", "negativebinomial", None),
    "errors": ("real | se(positive, sigma = TRUE) ~ x + (1 | g)", "student", None),
    "weights": ("real | weights(positive) ~ x + (1 | g)", "student", None),
    "censored": ("positive | cens(side, end) ~ x + (1 + x | g)", "weibull", None),
    "censored numbers": ("real | cens(side) + weights(none) ~ x + (1 | g)", "gaussian", None),
    "truncated": ("positive | trunc(lb = 0.5, ub = 20) ~ x + (1 | g)", "weibull", None),
    "cases": ("binary | weights(none) ~ x + (1 | g)", "bernoulli", "cloglog"),
}


def both(model: mw.Model, monkeypatch: pytest.MonkeyPatch) -> list[QuadratureTarget]:
    """Return the target with a loop, and with arrays in its place."""
    monkeypatch.setattr(module, "_VAST", 0)
    target = quadrature_target(model.spec)
    return [target, replace(target, compiled=None)]


def by_slopes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let modes be searched for as without a loop, so that nodes are at the same places."""
    monkeypatch.setattr(LevelIntegrals, "_climb_by_values", LevelIntegrals._climb)


def model_of(name: str) -> mw.Model:
    if name in FAMILIES:
        return any_model(name)
    formula, family, link = OTHERS[name]
    data = rows()
    sides = ["none", "right", "none", "left", "interval" if "end" in formula else "none"]
    data["side"], data["end"] = np.resize(sides, len(data)), data["positive"] + 1.0
    return mw.Model(formula, data, family, link=link)


@pytest.mark.parametrize("name", [*TAKEN, *OTHERS])
def test_a_loop_gives_the_likelihood_of_arrays(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    by_slopes(monkeypatch)
    looped, plain = both(model_of(name), monkeypatch)
    t = plain.start + 0.1 * np.random.default_rng(1).normal(size=(19, len(plain.start)))
    assert looped.levels.loop is not None
    wanted = plain.by_level(t)
    assert np.isfinite(wanted).mean() > 0.5
    np.testing.assert_allclose(looped.by_level(t), wanted, rtol=1e-9, atol=1e-8)


@pytest.mark.parametrize("name", ["cumulative", "von_mises", "slopes", "censored", "stopping"])
def test_modes_by_differences_of_values_are_those_by_slopes(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looped, plain = both(model_of(name), monkeypatch)
    t = plain.start + 0.1 * np.random.default_rng(1).normal(size=(5, len(plain.start)))
    found, wanted = looped.peaks(t), plain.peaks(t)
    np.testing.assert_allclose(found.u, wanted.u, atol=2e-4)
    # curvatures are the density's own, and not expected ones
    np.testing.assert_allclose(found.log_spread, wanted.log_spread, atol=0.7)
    right = replace(plain, nodes=61).by_level(t)
    np.testing.assert_allclose(looped.by_level(t), right, atol=2e-3)


@pytest.mark.parametrize("name", ["poisson", "slopes", "probit ratings", "weights"])
def test_draws_of_a_loop_are_those_of_arrays(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same random numbers are taken and left; rounding decides nothing in so few."""
    by_slopes(monkeypatch)
    looped, plain = both(model_of(name), monkeypatch)
    t = plain.start + 0.1 * np.random.default_rng(1).normal(size=(3, len(plain.start)))
    found, wanted = (
        drawn_deviations(target, t, np.array([2, 0, 3]), np.random.default_rng(4))
        for target in (looped, plain)
    )
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-9)


def test_numbers_too_large_for_the_short_way_are_asked_of_the_density(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looped, plain = both(model_of("rows alone"), monkeypatch)
    t = np.repeat(plain.start[None], 2, axis=0)
    t[1, 0] = 200.0  # the square of its odds is no number
    found = looped.log_likelihood(t)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found, plain.log_likelihood(t), rtol=1e-9)


def test_a_loop_looks_no_element_of_a_vector_up_between_nodes() -> None:
    tallies = quadrature_target(model_of("rows alone").spec).tallies
    loop = cell_loop(tallies, tallies.x)
    assert loop is not None
    text = loop.run.py_func.__code__.co_filename  # type: ignore[attr-defined]
    inner = Path(text).read_text().split("weight * moves")[1]
    assert "taken" not in inner
    assert "places" not in inner


@pytest.mark.parametrize("few", [1, 3, 17])
def test_few_vectors_have_the_likelihoods_of_many(
    few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their nodes are worked at side by side."""
    looped, _ = both(model_of("slopes"), monkeypatch)
    loop = looped.levels.loop
    assert loop is not None
    rng = np.random.default_rng(1)
    t = looped.start + 0.1 * rng.normal(size=(48, len(looped.start)))
    point = looped.point(t)
    effects = rng.normal(size=(7, 2, len(looped.tallies.counts), len(t)))
    wanted = loop.at_nodes(effects, point.coefficients, point.auxiliary)
    some = point.part(np.arange(few))
    found = loop.at_nodes(effects[..., :few], some.coefficients, some.auxiliary)
    np.testing.assert_allclose(found, wanted[..., :few], rtol=1e-12)


@pytest.mark.parametrize("threads", [1, 3])
def test_the_same_seed_gives_the_same_bits_whatever_the_threads(
    threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    looped, _ = both(model_of("slopes"), monkeypatch)
    monkeypatch.setattr(likelihood, "_HELD", 2_000)
    t = looped.start + 0.1 * np.random.default_rng(1).normal(size=(40, len(looped.start)))
    wanted = (
        looped.log_likelihood(t),
        drawn_deviations(looped, t, np.ones(40, np.int64), np.random.default_rng(4)),
    )
    real = likelihood.in_threads
    for each in (likelihood, deviation_draws):
        monkeypatch.setattr(each, "in_threads", lambda f, jobs: real(f, jobs, workers=threads))
    again = (
        looped.log_likelihood(t),
        drawn_deviations(looped, t, np.ones(40, np.int64), np.random.default_rng(4)),
    )
    assert all((a == b).all() for a, b in zip(wanted, again, strict=True))
