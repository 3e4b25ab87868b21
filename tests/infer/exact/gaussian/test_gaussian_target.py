"""The reduced likelihood: dense and sparse, in chunks and whole, against plain matrix algebra."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mixwell import Model
from mixwell.infer.exact.gaussian import cross_products as reduction
from mixwell.infer.exact.gaussian.conditional_draws import conditional_draws
from mixwell.infer.exact.gaussian.cross_products import Block, Rows, reduce_rows
from mixwell.infer.exact.gaussian.gaussian_likelihood import Batch, FixedPrior, log_marginal
from mixwell.infer.exact.gaussian.gaussian_model import gaussian_target

ROOTS = (
    np.array([[[0.9, 0.0], [0.3, 0.5]]]),
    np.array([[[0.7, 0.0], [-0.2, 0.4]]]),
    np.array([[[0.6]]]),
)
SIGMA = np.array([0.8])


@pytest.fixture
def rows() -> Rows:
    rng = np.random.default_rng(5)
    n = 90
    x = np.column_stack([np.ones(n), rng.normal(3, 1, n)])
    both = np.column_stack([np.ones(n), rng.normal(size=n)])
    blocks = (
        Block(both, rng.integers(0, 12, n), 12),
        Block(both, rng.integers(0, 5, n), 5),
        Block(np.ones((n, 1)), rng.integers(0, 4, n), 4),
    )
    return Rows(blocks, lambda part: x[part], rng.normal(size=n), rng.uniform(0.5, 2, n))


def dense(rows: Rows, prior: FixedPrior) -> tuple[float, np.ndarray]:
    """The log density of y and the conditional mean of b by n x n matrices."""
    n, x = len(rows.y), rows.x(slice(0, len(rows.y)))
    covariance = np.diag(SIGMA[0] ** 2 / rows.weights)
    for block, root in zip(rows.blocks, ROOTS, strict=True):
        same = np.equal.outer(block.index, block.index)
        covariance += same * (block.values @ root[0] @ root[0].T @ block.values.T)
    precision = np.linalg.inv(covariance)
    inner = x.T @ precision @ x + np.diag(prior.precision)
    mean = np.linalg.solve(inner, x.T @ precision @ rows.y + prior.precision * prior.mean)
    whole = covariance + x @ np.diag(1 / prior.precision) @ x.T
    return stats.multivariate_normal(x @ prior.mean, whole).logpdf(rows.y) + 0 * n, mean


@pytest.mark.parametrize("most_dense", [0, 120])
@pytest.mark.parametrize("chunk", [17, 1000])
def test_it_is_the_density_of_plain_matrix_algebra(
    rows: Rows, most_dense: int, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reduction, "DENSE", most_dense)
    data = reduce_rows(rows, chunk=chunk)
    assert (data.positions is not None) == (most_dense == 0)
    prior = FixedPrior(np.array([0.5, -0.2]), np.array([0.25, 2.0]))
    batch = Batch(SIGMA, ROOTS, np.zeros((1, 0)))
    expected, mean = dense(rows, prior)
    assert log_marginal(data, prior, batch)[0] == pytest.approx(expected, abs=1e-9)
    b, _ = conditional_draws(data, prior, batch, None)
    np.testing.assert_allclose(b[0], mean, atol=1e-9)


@pytest.mark.parametrize("most_dense", [0, 120])
def test_deviations_given_the_parameters_have_their_exact_distribution(
    rows: Rows, most_dense: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reduction, "DENSE", most_dense)
    data = reduce_rows(rows)
    prior = FixedPrior(np.zeros(2), np.ones(2))
    rng = np.random.default_rng(1)
    one = Batch(SIGMA, ROOTS, np.zeros((1, 0)))
    _, exact = conditional_draws(data, prior, one, None)
    _, drawn = conditional_draws(data, prior, one, rng, copies=3000)
    _, repeated = conditional_draws(data, prior, one.repeated(3000), rng)
    for expected, first, second in zip(exact, drawn, repeated, strict=True):
        error = first.std(axis=0) / np.sqrt(3000)
        assert (np.abs(first.mean(axis=0) - expected[0]) < 5 * error).all()
        assert (np.abs(second.mean(axis=0) - expected[0]) < 5 * error).all()
        np.testing.assert_allclose(first.std(axis=0), second.std(axis=0), rtol=0.1)


def test_given_coefficients_leave_the_others_integrated_over(rows: Rows) -> None:
    data = reduce_rows(rows)
    batch = Batch(SIGMA, ROOTS, np.zeros((1, 0)))
    prior = FixedPrior(np.zeros(2), np.array([1.0, 4.0]))
    grid = np.linspace(-4, 4, 801)
    part = Batch(SIGMA.repeat(801), tuple(r.repeat(801, axis=0) for r in ROOTS), grid[:, None])
    given = log_marginal(data, FixedPrior(prior.mean, prior.precision, (1,)), part)
    mass = np.trapezoid(np.exp(given) * stats.norm(0, 0.5).pdf(grid), grid)
    assert np.log(mass) == pytest.approx(log_marginal(data, prior, batch)[0], abs=1e-8)


def test_levels_with_the_same_design_form_one_class() -> None:
    index = np.repeat(np.arange(30), 4)
    block = Block(np.tile([[1.0, 0], [1, 1], [1, 2], [1, 3]], (30, 1)), index, 30)
    data = reduce_rows(
        Rows((block,), lambda part: np.ones((len(index), 1))[part], np.arange(120.0), None)
    )
    assert data.counts.tolist() == [30.0]


@pytest.mark.filterwarnings("ignore::mixwell.MixwellWarning")
@pytest.mark.parametrize("formula", ["y ~ 1 + (x | g)", "y ~ x + (x || g)", "y ~ 1 + (1 | g)"])
def test_far_out_densities_are_numbers_or_nothing_without_a_warning(formula: str) -> None:
    """Proposals look there; 1 + sd^2 is sd^2 to rounding, and two effects of a row are one."""
    rng = np.random.default_rng(1)
    data = pd.DataFrame({"y": rng.normal(size=12), "x": rng.normal(size=12), "g": range(12)})
    target = gaussian_target(Model(formula, data, saturated="allow").spec)
    for far in (-1e3, -300.0, -40.0, 20.0, 40.0, 300.0, 1e3):
        for place in range(len(target.start)):
            t = target.start + far * (np.arange(len(target.start)) == place)
            assert target.log_density(t[None]) < np.inf
        assert target.log_density(target.start[None] + far) < np.inf
