"""A specification's likelihood and draws by plain algebra: offsets, weights, errors, priors."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import mixwell as mw
from mixwell.errors import SamplingError
from mixwell.infer.exact.gaussian import gaussian_likelihood
from mixwell.infer.exact.gaussian.gaussian_likelihood import Batch, over_parts
from mixwell.infer.exact.gaussian.gaussian_model import gaussian_target
from mixwell.infer.exact.gaussian.gaussian_target import (
    GaussianTarget,
    starting_point,
)

RNG = np.random.default_rng(23)
N, G, H = 40, np.arange(40) % 8, np.arange(40) // 8
X = RNG.normal(10, 2, N)
DATA = pd.DataFrame(
    {
        "y": 3 + 0.5 * X + RNG.normal(0, 1, 8)[G] + RNG.normal(0, 0.6, N),
        "x": X,
        "w": RNG.uniform(0.5, 2, N),
        "s": RNG.uniform(0.3, 0.9, N),
        "o": RNG.normal(size=N),
        "g": G.astype(str),
        "h": H.astype(str),
    }
)
NORMAL = {"x": "Normal(0.4, 0.2)"}
FORMULAS = [
    "y ~ x + (1 | g)",
    "y | weights(w) ~ x + offset(o) + (1 | g)",
    "y | se(s) ~ x + offset(o) + (1 | g)",
    "y ~ x + (1 | g) + (1 | h)",
    "y | weights(w) ~ x + (x | g) + (1 | h)",
    "y ~ x",
]


def target_of(formula: str, intercept: str = "Intercept", **options: Any) -> GaussianTarget:
    priors = {intercept: "Normal(2, 3)"} | NORMAL
    return gaussian_target(mw.Model(formula, DATA, priors=priors, **options).spec)


def points(target: GaussianTarget) -> np.ndarray:
    rng = np.random.default_rng(4)
    return target.start + 0.2 * rng.normal(size=(3, len(target.start)))


def normal_rows(target: GaussianTarget, t: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The response less its offset, its covariance given coefficients, and their columns."""
    spec, values = target.spec, target.parameters.values(t[None])
    sigma = values.scalars["sigma"][0] if "sigma" in values.scalars else 0.0
    known = 0.0 if spec.response.se is None else DATA["s"].to_numpy()
    weights = 1.0 if spec.response.weights is None else DATA["w"].to_numpy()
    covariance = np.diag(np.ones(N) * (known**2 + sigma**2) / weights)
    for found, root in zip(target.parameters.factors, values.roots, strict=True):
        own = root[0] @ root[0].T
        same = np.equal.outer(found.index, found.index)
        covariance += same * (found.values @ own @ found.values.T)
    y = DATA["y"].to_numpy() - (0.0 if spec.design.offset is None else DATA["o"].to_numpy())
    at = X - X.mean() if target.centered else X
    return y, covariance, np.column_stack([np.ones(N), at])


@pytest.mark.parametrize("intercept", ["Intercept", "Intercept_centered"])
@pytest.mark.parametrize("formula", FORMULAS)
def test_the_likelihood_is_the_multivariate_normal_of_the_rows(
    formula: str, intercept: str
) -> None:
    target = target_of(formula, intercept)
    assert target.centered == (intercept == "Intercept_centered")
    prior_mean, prior_sd = np.array([2.0, 0.4]), np.array([3.0, 0.2])
    t = points(target)
    found = target.log_likelihood(t)
    drawn = target.draw(t, np.array([1, 0, 2]), np.random.default_rng(1))
    assert len(drawn.b) == 3
    assert (drawn.log_ratio == 0).all()
    for i in range(3):
        y, covariance, x = normal_rows(target, t[i])
        whole = covariance + x @ np.diag(prior_sd**2) @ x.T
        expected = stats.multivariate_normal(x @ prior_mean, whole).logpdf(y)
        assert found[i] == pytest.approx(expected, abs=1e-8)
    density = target.log_density(t) - found
    np.testing.assert_allclose(density, target.parameters.log_prior(t), atol=1e-8)
    np.testing.assert_allclose(target.rough(t), target.log_density(t))


@pytest.mark.parametrize("intercept", ["Intercept", "Intercept_centered"])
def test_coefficients_are_drawn_at_the_users_predictors(intercept: str) -> None:
    target = target_of("y ~ x + (1 | g)", intercept)
    t = points(target)[:1]
    y, covariance, x = normal_rows(target, t[0])
    inner = x.T @ np.linalg.solve(covariance, x) + np.diag([3.0**-2, 0.2**-2])
    right = x.T @ np.linalg.solve(covariance, y) + np.array([2 / 9, 0.4 / 0.04])
    b = np.linalg.solve(inner, right)
    spread = np.linalg.inv(inner)
    if target.centered:
        back = np.array([[1, -X.mean()], [0, 1]])
        b, spread = back @ b, back @ spread @ back.T
    drawn = target.draw(t, np.array([4000]), np.random.default_rng(1)).b
    error = np.sqrt(np.diag(spread) / 4000)
    assert (np.abs(drawn.mean(axis=0) - b) < 5 * error).all()
    np.testing.assert_allclose(np.cov(drawn.T), spread, rtol=0.1)
    at_means = np.array([b[0] + b[1] * X.mean(), b[1]])
    np.testing.assert_allclose(target.in_units(b), at_means if target.centered else b)


def test_a_wide_prior_that_is_not_normal_weighs_draws_and_a_narrow_one_is_sampled() -> None:
    wide = mw.Model("y ~ x + (1 | g)", DATA, priors={"x": "StudentT(3, 0, 5)"}).spec
    narrow = mw.Model("y ~ x + (1 | g)", DATA, priors={"x": "StudentT(3, 0, 0.05)"}).spec
    one, two = gaussian_target(wide), gaussian_target(narrow)
    assert one.prior.given == ()
    assert two.prior.given == (1,)
    drawn = one.draw(points(one), np.array([2, 2, 2]), np.random.default_rng(1))
    weights = stats.t(3, 0, 5).logpdf(drawn.b[:, 1])
    intercept = one.entries[0].prior
    if intercept.distribution == "StudentT":
        args = intercept.args
        at = drawn.b[:, 0] + drawn.b[:, 1] * X.mean()
        weights += stats.t(args["nu"], args["mu"], args["sigma"]).logpdf(at)
    np.testing.assert_allclose(drawn.log_ratio, weights, atol=1e-8)


@pytest.mark.parametrize("size", [1e-30, 1.0, 1e30])
@pytest.mark.parametrize("formula", FORMULAS[:4])
def test_searches_begin_near_where_they_end_in_every_unit(formula: str, size: float) -> None:
    data = DATA.assign(y=size * DATA["y"], s=size * DATA["s"], o=size * DATA["o"])
    target = gaussian_target(mw.Model(formula, data).spec)
    values = target.parameters.values(target.start[None]).scalars
    spread = size * np.std(DATA["y"] - (DATA["o"] if "offset" in formula else 0.0))
    for name, value in values.items():
        if name == "sigma" or name.startswith("sd_"):
            assert 0.1 < value[0] / spread < 2


def test_residuals_far_below_the_groups_are_refused_before_digits_are_lost() -> None:
    target = target_of("y ~ x + (1 | g)")
    names = [coordinate.key for coordinate in target.parameters.scalars]
    t = target.start.copy()
    for i, coordinate in enumerate(target.parameters.scalars):
        t[i] = coordinate.unconstrained(np.array(1.0))
    sigma = names.index("sigma")
    unconstrained = target.parameters.scalars[sigma].unconstrained
    t[sigma] = unconstrained(np.array(1e-6))
    target.refuse_lost(t)
    t[sigma] = unconstrained(np.array(4e-7))
    with pytest.raises(SamplingError, match="million times smaller") as refused:
        target.refuse_lost(t)
    assert "near 4e-07" in str(refused.value)


def test_vectors_are_taken_in_parts_that_fit_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    data = target_of("y ~ x + (1 | g) + (1 | h)").data
    batch = Batch(np.ones(7), (), np.zeros((7, 0)))
    width = max(data.columns**2, data.gram.size)
    sizes: list[int] = []

    def compute(part: Batch) -> np.ndarray:
        sizes.append(len(part))
        return part.sigma

    for block, expected in ((3 * width, [3, 3, 1]), (width - 1, [1] * 7), (50 * width, [7])):
        sizes.clear()
        monkeypatch.setattr(gaussian_likelihood, "_BLOCK", block)
        assert len(over_parts(data, batch, compute)) == 7
        assert sizes == expected


@pytest.mark.parametrize(
    ("cost", "expected"), [(0, 12_000), (100_000, 4_000), (400_000, 2_000), (10**7, 1_000)]
)
def test_fewer_vectors_are_weighted_the_more_each_costs(cost: int, expected: int) -> None:
    target: Any = SimpleNamespace(large=False, sparing=cost > 20_000, _cost=cost)
    assert GaussianTarget.vectors(target, 4_000) == expected


@pytest.mark.parametrize(
    ("lower", "upper", "guess", "expected"),
    [
        (0.0, np.inf, -1.0, 1.0),
        (2.0, np.inf, 2.0, 3.0),
        (2.0, np.inf, 2.5, 2.5),
        (-np.inf, 3.0, 4.0, 2.0),
        (-np.inf, 3.0, 3.0, 2.0),
        (-np.inf, 3.0, -7.0, -7.0),
        (-np.inf, np.inf, 7.0, 7.0),
        (0.0, 10.0, 12.0, 9.0),
        (0.0, 10.0, -2.0, 1.0),
    ],
)
def test_guesses_are_moved_inside_of_bounds(
    lower: float, upper: float, guess: float, expected: float
) -> None:
    one = SimpleNamespace(lower=lower, upper=upper, key="k", unconstrained=lambda value: value)
    none: Any = list
    parameters: Any = SimpleNamespace(size=2, scalars=[one], placed_vectors=none)
    assert starting_point(parameters, {"k": guess}) == pytest.approx([expected, 0.0])


def test_given_coefficients_are_in_the_units_of_the_others() -> None:
    size = 1e30
    data = DATA.assign(y=size * DATA["y"])
    priors = {"x": f"StudentT(3, 0, {0.05 * size})"}
    target = gaussian_target(mw.Model("y ~ x + (1 | g)", data, priors=priors).spec)
    assert target.prior.given == (1,)
    assert target.units.coefficients[1] > 1e20
    value = target.parameters.values(target.start[None]).scalars[target.entries[1].key]
    given = target.batch(target.start[None]).given[0]
    np.testing.assert_allclose(given * target.units.coefficients[1], value)


@pytest.mark.parametrize("size", [1e-8, 1e8])
def test_a_response_that_its_predictors_give_is_refused_in_every_unit(size: float) -> None:
    spec = mw.Model("y ~ x", DATA.assign(y=size * (3 + 2 * DATA["x"]))).spec
    with pytest.raises(SamplingError, match="without an error"):
        gaussian_target(spec)
