"""Cells of rows have the likelihood of their rows and its derivatives, in every family and link."""

from typing import Any

import numpy as np
import pytest

import mixwell as mw
from mixwell.families import FAMILIES
from mixwell.infer.exact.quadrature.quadrature_target import quadrature_target
from mixwell.infer.exact.quadrature.tallies import Tallies

LEVELS = 12
AUXILIARY = {"sigma": 0.8, "nu": 4.5, "alpha": 1.7, "kappa": 5.0}
CASES = [
    ("y ~ x + (x | g)", "gaussian", "log"),
    ("y | weights(w) ~ x + (1 | g)", "student", "identity"),
    ("y | se(s) ~ x + (1 | g)", "student", "identity"),
    ("y | se(s, sigma = TRUE) + weights(w) ~ x + (1 | g)", "student", "log"),
    ("o ~ x + offset(f) + (x | g)", "bernoulli", "logit"),
    ("o | weights(w) ~ x + (1 | g)", "bernoulli", "cloglog"),
    ("k | trials(n) ~ x + (1 | g)", "binomial", "logit"),
    ("k | trials(n) + weights(w) ~ x + (x | g)", "binomial", "probit"),
    ("k ~ x + offset(f) + (x | g)", "poisson", "log"),
    ("k | weights(w) ~ x + (1 | g)", "poisson", "sqrt"),
    ("k ~ x + offset(f) + (1 | g)", "poisson", "identity"),
    ("k ~ x + (x | g)", "negativebinomial", "log"),
    ("k | weights(w) ~ x + (1 | g)", "negativebinomial", "identity"),
    ("y ~ x + (1 | g)", "gamma", "log"),
    ("y | weights(w) ~ x + offset(f) + (1 | g)", "gamma", "inverse"),
]


def frame() -> dict[str, Any]:
    """Levels of six rows in any order, half of them alike in their predictors and sums."""
    rng = np.random.default_rng(11)
    one = {
        "x": np.tile([0.0, 1.0, 2.0], 2),
        "k": np.array([0, 2, 1, 1, 0, 3]),
        "n": np.full(6, 3),
        "o": np.array([0, 1, 1, 1, 0, 0]),
        "f": np.tile([0.1, 0.0, 0.3], 2),
        "w": np.array([1.0, 2.0, 0.5, 0.5, 2.0, 1.0]),
    }
    columns: dict[str, Any] = {}
    for name, values in one.items():
        alike = np.tile(values, LEVELS // 2)
        columns[name] = np.r_[alike, rng.permutation(alike)]
    columns["y"] = rng.gamma(3.0, 0.5, 6 * LEVELS)
    columns["s"] = rng.uniform(0.5, 1.5, 6 * LEVELS)
    columns["g"] = np.repeat(np.arange(LEVELS), 6)
    order = rng.permutation(6 * LEVELS)
    return {name: values[order] for name, values in columns.items()}


def tallies_of(formula: str, family: str, link: str) -> tuple[Tallies, dict[str, Any], np.ndarray]:
    """The tallies, the rows and their values of the columns [1, x], in the cells' units."""
    data = frame()
    spec = mw.Model(formula, data, family, link=link, priors={"Intercept": "flat"}).spec
    return quadrature_target(spec).tallies, data, spec.design.mean.fixed.near()


def auxiliary_of(tallies: Tallies, batch: int = 2) -> dict[str, np.ndarray]:
    return {name: AUXILIARY[name] * np.linspace(1, 1.3, batch) for name in tallies.spec.auxiliary}


def predictors(tallies: Tallies) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients of X and one vector of a level's effects that keep every mean in its domain."""
    b = np.array([[0.9, 0.08], [1.1, 0.05]])
    return b, np.array([[0.1, 0.05], [0.2, -0.02]])[:, : tallies.z.shape[1]]


def eta_of_cells(tallies: Tallies) -> np.ndarray:
    b, u = predictors(tallies)
    return tallies.x @ b.T + tallies.z @ u.T + tallies.offset[:, None]


def of_rows(tallies: Tallies, data: dict[str, Any], x: np.ndarray) -> tuple[Any, np.ndarray]:
    """Each row's arguments, one column for each vector, and its weight."""
    spec = tallies.spec
    b, u = predictors(tallies)
    z = np.column_stack([np.ones(len(x)), x[:, 1]])[:, : u.shape[1]]
    offset = np.zeros(len(x)) if spec.design.offset is None else spec.design.offset
    given: dict[str, Any] = {"eta": x @ b.T + z @ u.T + offset[:, None]}
    weights = data["w"] if spec.response.weights is not None else np.ones(len(x))
    scale = spec.family.scale
    for name, values in auxiliary_of(tallies).items():
        given[name] = np.broadcast_to(values, (len(x), 2))
    if scale is not None:
        known = 0.0 if spec.response.se is None else spec.response.se[:, None]
        own = given.get(scale.name, np.zeros((len(x), 2)))
        given[scale.name] = np.sqrt((known**2 + own**2) / weights[:, None])
        weights = np.ones(len(x))
    given["y"] = spec.response.values[:, None]
    if spec.response.trials is not None:
        given["trials"] = spec.response.trials[:, None]
    return spec.family.arguments(**given), weights[:, None]


def by_level(rows: np.ndarray, data: dict[str, Any]) -> np.ndarray:
    return np.stack([rows[data["g"] == level].sum(axis=0) for level in range(LEVELS)])


@pytest.mark.parametrize(("formula", "family", "link"), CASES)
def test_a_level_has_the_log_likelihood_of_its_rows(formula: str, family: str, link: str) -> None:
    tallies, data, x = tallies_of(formula, family, link)
    found, weights = of_rows(tallies, data, x)
    expected = by_level(weights * found.call(tallies.family.density.log), data)
    auxiliary, (b, _) = auxiliary_of(tallies), predictors(tallies)
    of_eta = tallies.by_class(eta_of_cells(tallies), auxiliary)[tallies.level_class]
    linear = tallies.away @ np.column_stack([b, [1.0, 1.0]]).T
    constants = tallies.constants(auxiliary)
    np.testing.assert_allclose(of_eta + linear + constants.T, expected, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(tallies.constant(auxiliary), constants.sum(axis=1))


@pytest.mark.parametrize(("formula", "family", "link"), CASES)
def test_some_levels_have_the_constants_of_their_own_rows(
    formula: str, family: str, link: str
) -> None:
    tallies, _, _ = tallies_of(formula, family, link)
    auxiliary = auxiliary_of(tallies)
    every = np.broadcast_to(tallies.constants(auxiliary), (2, LEVELS))
    some, _ = tallies.of_levels(np.array([4, 0, 3]))
    fewer, _ = some.of_levels(slice(1, 3))
    for levels, own in (([4, 0, 3], some), ([0, 3], fewer)):
        found = np.broadcast_to(own.constants(auxiliary), (2, len(levels)))
        np.testing.assert_allclose(found, every[:, levels], rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(own.constant(auxiliary), tallies.constant(auxiliary))


@pytest.mark.parametrize(("formula", "family", "link"), CASES)
def test_slopes_of_cells_are_derivatives_and_expected_information(
    formula: str, family: str, link: str
) -> None:
    tallies, data, x = tallies_of(formula, family, link)
    auxiliary, eta = auxiliary_of(tallies), eta_of_cells(tallies)
    score, information = tallies.slopes(eta, auxiliary)
    ahead, behind = (tallies.log_likelihood(eta + step, auxiliary) for step in (1e-5, -1e-5))
    np.testing.assert_allclose(score, (ahead - behind) / 2e-5, rtol=1e-6, atol=1e-6)

    found, weights = of_rows(tallies, data, x)
    of_mean = found.call(FAMILIES[family].density.curvature)[0]
    rows = weights * of_mean * tallies.family.link.slope(found["eta"]) ** 2
    expected = by_level(np.broadcast_to(rows, (len(x), 2)), data)
    np.testing.assert_allclose((tallies.sums @ information)[tallies.level_class], expected)


@pytest.mark.parametrize(("formula", "family", "link"), CASES)
def test_some_cells_and_levels_are_what_they_are_among_all(
    formula: str, family: str, link: str
) -> None:
    tallies, _, _ = tallies_of(formula, family, link)
    auxiliary, eta = auxiliary_of(tallies), eta_of_cells(tallies)
    whole, totals = tallies.log_likelihood(eta, auxiliary), tallies.by_class(eta, auxiliary)
    which = np.array([3, 0, len(eta) - 1])
    for k in (0, 1):
        own = {name: np.full(3, values[k]) for name, values in auxiliary.items()}
        np.testing.assert_allclose(
            tallies.log_likelihood(eta[which, k], own, which), whole[which, k]
        )
    for levels in (slice(4, 9), np.array([10, 2, 3])):
        some, cells = tallies.of_levels(levels)
        np.testing.assert_allclose(
            some.by_class(eta[cells], auxiliary)[some.level_class],
            totals[tallies.level_class[levels]],
        )
        np.testing.assert_array_equal(some.away, tallies.away[levels])
        assert some.counts.sum() == len(tallies.level_class[levels])
        # what is free of the linear predictor is of all rows, whatever levels are looked at
        np.testing.assert_allclose(some.constant(auxiliary), tallies.constant(auxiliary))


def test_a_mean_outside_its_domain_has_no_likelihood() -> None:
    tallies, _, _ = tallies_of("k ~ x + (1 | g)", "poisson", "identity")
    eta = np.linspace(-0.2, 0.0, len(tallies.s))[:, None]
    with np.errstate(all="ignore"):  # as the engine calls it
        assert (tallies.log_likelihood(eta, {}) == -np.inf).all()
        assert (tallies.by_class(eta, {}) == -np.inf).all()


def test_levels_alike_in_what_the_likelihood_sees_are_one_class() -> None:
    """With a canonical link the sums of s z, with others each cell's sum."""
    data = {
        "k": [1, 2, 2, 1, 1, 3],  # the third level has other sums
        "x": [0, 1, 0, 1, 0, 1],
        "g": [0, 0, 1, 1, 2, 2],
    }
    flat = {"Intercept": "flat"}
    for link, effects, classes in (
        ("log", "1", [0, 0, 1]),
        ("log", "x", [0, 1, 2]),
        ("sqrt", "1", [0, 1, 2]),
    ):
        model = mw.Model(f"k ~ x + ({effects} | g)", data, "poisson", link=link, priors=flat)
        tallies = quadrature_target(model.spec).tallies
        assert tallies.level_class.tolist() == classes
