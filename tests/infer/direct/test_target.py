"""What the direct engine draws from, against matrices written out and PyMC's log densities."""

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.infer.direct.reference import Conditional, build_reference
from mixwell.infer.direct.target import Target, build_target
from mixwell.numeric.arrays import FloatArray


def crossed(seed: int = 1, n: int = 90) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "g": rng.integers(0, 9, n).astype(str),
            "h": rng.integers(0, 5, n).astype(str),
            "x": rng.normal(size=n),
            "o": rng.normal(0, 0.2, n),
            "n": rng.integers(2, 9, n),
            "w": rng.uniform(0.5, 2, n),
            "se": rng.uniform(0.2, 0.5, n),
        }
    )
    frame["y"] = 0.5 * frame.x + rng.normal(size=n)
    frame["positive"] = np.exp(frame.y)
    frame["count"] = rng.poisson(np.exp(0.4 * frame.x))
    frame["binary"] = rng.binomial(1, 0.4, n)
    frame["wins"] = rng.binomial(frame.n, 0.4)
    frame["share"] = rng.beta(2, 3, n)
    frame["rating"] = pd.Categorical(rng.integers(1, 5, n), ordered=True)
    frame["side"] = rng.choice([-1, 0, 0, 0, 1, 2], n)
    frame["top"] = frame.y + 1
    return frame


#: Formulas and families of every kind that the engine takes.
MODELS: dict[str, tuple[str | list[str], str | list[str], dict[str, object]]] = {
    "correlated": ("y ~ x + (1 + x | g) + (1 | h)", "gaussian", {}),
    "independent": ("y ~ x + (1 + x || g)", "gaussian", {}),
    "no intercept": ("y ~ 0 + x + (0 + x | g)", "gaussian", {}),
    "two formulas": (["y ~ x + (1 | g)", "sigma ~ x + (1 | h)"], "gaussian", {}),
    "one covariance": (["y ~ x + (1 | p | g)", "sigma ~ 1 + (1 | p | g)"], "gaussian", {}),
    "counts": ("count ~ x + offset(o) + (1 | g) + (1 | h)", "poisson", {}),
    "scattered counts": ("count ~ x + (1 | g)", "negativebinomial", {}),
    "outcomes": ("binary ~ x + (1 | g)", "bernoulli", {}),
    "probit": ("binary ~ x + (1 | g)", "bernoulli", {"link": "probit"}),
    "cloglog": ("binary ~ x + (1 | g)", "bernoulli", {"link": "cloglog"}),
    "trials": ("wins | trials(n) ~ x + (1 | g)", "binomial", {}),
    "weighted counts": ("count | weights(w) ~ x + (1 | g)", "poisson", {}),
    "weighted numbers": ("y | weights(w) ~ x + (1 | g)", "gaussian", {}),
    "known errors": ("y | se(se) ~ x + (1 | g)", "gaussian", {}),
    "known errors and more": ("y | se(se, sigma = TRUE) ~ x + (1 | g)", "gaussian", {}),
    "gamma": ("positive ~ x + (1 | g)", "gamma", {}),
    "gamma, inverse": ("positive ~ x + (1 | g)", "gamma", {"link": "inverse"}),
    "lognormal": ("positive ~ x + (1 | g)", "lognormal", {}),
    "student": ("y ~ x + (1 | g)", "student", {}),
    "shares": (["share ~ x + (1 | g)", "kappa ~ x"], "beta", {}),
    "shares, effects of both": (["share ~ x + (1 | g)", "kappa ~ x + (1 | h)"], "beta", {}),
    "shares, one covariance": (["share ~ x + (1 | p | g)", "kappa ~ 1 + (1 | p | g)"], "beta", {}),
    "ratings": ("rating ~ x + offset(o) + (1 | g)", "cumulative", {}),
    "choices": ("rating ~ x + (1 | p | g)", "categorical", {}),
    "counts of choices": ("cbind(wins, count, binary) ~ x + (1 | g)", "multinomial", {}),
    "shares of a whole": ("cbind(share, 1 - share) ~ x + (1 | g)", "dirichlet", {}),
    "scattered counts of choices": (
        ["cbind(wins, count, binary) ~ x + (1 | g)", "kappa ~ x"],
        "dirichlet_multinomial",
        {},
    ),
    "several responses": (
        ["y ~ x + (1 | p | g)", "count ~ 1 + (1 | p | g)", "sigma_y ~ x"],
        ["gaussian", "poisson"],
        {},
    ),
    "censored": ("y | cens(side, top) ~ x + (1 | g)", "gaussian", {}),
    "truncated": ("count | trunc(lb = 0) ~ x + (1 | g)", "poisson", {}),
    "own priors": (
        "count ~ x + (1 | g)",
        "poisson",
        {"priors": {"Intercept": "Cauchy(0, 2)", "x": "Laplace(0, 1)", "sd_g": "Uniform(0, 3)"}},
    ),
    "no random effects": ("y ~ x", "gaussian", {"priors": {"sigma": "Gamma(2, 1)"}}),
}


def model_of(name: str) -> mw.Model:
    formula, family, more = MODELS[name]
    return mw.Model(formula, crossed(), family=family, **more)  # type: ignore[arg-type]


def somewhere(target: Target, seed: int = 1) -> tuple[FloatArray, FloatArray]:
    """Return an x and a t at which every density is finite."""
    rng = np.random.default_rng(seed)
    x = 0.3 * rng.normal(size=target.columns.size)
    for name, span in target.columns.coefficients.items():
        if name in target.spec.vectors:
            x[span] = np.sort(rng.normal(size=span.stop - span.start))
        elif name == "mean" and target.spec.link == "inverse":
            x[span.start] = 3.0  # means must be positive
    return x, -0.5 + 0.2 * rng.normal(size=target.covariances.size)


def whole(target: Target) -> list[FloatArray]:
    """Return every predictor's columns over all of x, (row, size)."""
    found = []
    for part in target.columns.parts:
        matrix = np.zeros((len(part.fixed), target.columns.size))
        matrix[:, part.span] = part.fixed
        for j in range(part.at.shape[1]):
            np.add.at(matrix, (np.arange(len(matrix)), part.at[:, j]), part.random[:, j])
        found.append(matrix)
    return found


@pytest.mark.parametrize("name", MODELS)
def test_predictors_scores_and_cross_products_are_those_of_whole_matrices(name: str) -> None:
    target = build_target(model_of(name).spec)
    columns, matrices = target.columns, whole(target)
    rng = np.random.default_rng(2)
    x = rng.normal(size=columns.size)
    offsets = [0.0 if part.offset is None else part.offset for part in columns.parts]
    eta = [matrix @ x + offset for matrix, offset in zip(matrices, offsets, strict=True)]
    np.testing.assert_allclose(columns.predictors(x), eta, atol=1e-12)
    weights = rng.uniform(0.5, 2, (len(matrices), target.rows.n))
    back = sum(m.T @ w for m, w in zip(matrices, weights, strict=True))
    np.testing.assert_allclose(columns.back(weights), back, atol=1e-10)
    square = sum(m.T @ (w[:, None] * m) for m, w in zip(matrices, weights, strict=True))
    mixed = {pair: rng.normal(size=target.rows.n) for pair in target.rows.mixed}
    for (k, j), w in mixed.items():
        both = matrices[k].T @ (w[:, None] * matrices[j])
        square = square + both + both.T
    found = upper(target, columns.cross(weights, mixed))
    np.testing.assert_allclose(found, np.triu(square), atol=1e-10)


def upper(target: Target, values: FloatArray) -> FloatArray:
    """Return the upper triangle that has these values."""
    pattern, size = target.columns.pattern, target.columns.size
    found = np.zeros((size, size))
    for j in range(size):
        own = slice(pattern.starts[j], pattern.starts[j + 1])
        found[pattern.rows[own], j] = values[own]
    return found


@pytest.mark.parametrize("name", ["ratings", "outcomes", "counts"])
def test_the_reference_of_a_concave_likelihood_is_its_second_derivative(name: str) -> None:
    """By differences of the log likelihood's slopes; priors are taken out."""
    target = build_target(model_of(name).spec)
    x, _ = somewhere(target)
    found = upper(target, build_reference(target, x).values)
    priors = target.priors
    own = priors.square(priors.curvature(priors.of(target.coefficients(x))))
    first = target.columns.random
    found[first:, first:] -= np.triu(own)
    found += np.triu(found, 1).T
    for j in range(len(x)):
        step = 1e-4 * (np.arange(len(x)) == j)
        ends = [target.columns.back(target.score(x + sign * step)[1]) for sign in (-1, 1)]
        np.testing.assert_allclose(found[j], (ends[0] - ends[1]) / 2e-4, atol=1e-5)


@pytest.mark.parametrize("name", MODELS)
def test_slopes_of_the_log_density_are_those_of_differences(name: str) -> None:
    target = build_target(model_of(name).spec)
    x, _ = somewhere(target)
    reference = build_reference(target, x)
    moved = x + 0.01 * np.random.default_rng(3).normal(size=len(x))
    value, slope = reference.rest(moved)
    assert np.isfinite(value)
    for j in range(0, len(x), 3):
        step = np.zeros(len(x))
        step[j] = 1e-5
        ends = [reference.rest(moved + sign * step)[0] for sign in (-1, 1)]
        # cut rows have slopes by differences of step 1e-4 themselves
        assert slope[j] == pytest.approx((ends[1] - ends[0]) / 2e-5, rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("name", MODELS)
def test_x_in_its_standard_form_has_the_density_of_x_itself(name: str) -> None:
    """The reference plus what it leaves out is the posterior, at any t and x."""
    target = build_target(model_of(name).spec)
    x, t = somewhere(target)
    conditional = Conditional(build_reference(target, x))
    found, direct = [], []
    for seed in (1, 2, 3):
        x, t = somewhere(target, seed)
        assert conditional.move(t)
        z = conditional.standard(x)
        np.testing.assert_allclose(conditional.place(z), x, atol=1e-9)
        rest = conditional.reference.rest(x)[0]
        half = 0.5 * (conditional.log_determinant - z @ z)
        found.append(conditional.log_marginal + half + rest)
        direct.append(target.log_density(x, t))
    np.testing.assert_allclose(np.diff(found), np.diff(direct), atol=1e-7)


def test_rows_of_weight_zero_say_nothing() -> None:
    frame = crossed()
    idle = np.arange(len(frame)) % 3 == 0
    found = []
    for count in (frame["count"], frame["count"].where(~idle, 99)):
        data = frame.assign(w=np.where(idle, 0.0, frame.w), count=count)
        target = build_target(mw.Model("count | weights(w) ~ x + (1 | g)", data, "poisson").spec)
        assert target.rows.n == (~idle).sum()
        found.append(target.log_likelihood(np.full(target.columns.size, 0.1)))
    assert found[0] == pytest.approx(found[1])
