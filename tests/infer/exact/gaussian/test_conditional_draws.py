"""Draws and likelihoods of gaussian models, exactly: all are affine in the noise they are made of.

The noise is put in by hand, one unit at a time: what it moves are the columns of a root of the
posterior covariance, which plain matrix algebra gives. So every way of drawing is compared with it
to all digits, without any chance.
"""

from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from scipy import stats

from mixwell.infer.exact.gaussian import conditional_draws as drawing
from mixwell.infer.exact.gaussian import cross_products, gaussian_likelihood
from mixwell.infer.exact.gaussian.conditional_draws import (
    conditional_draws,
    conditional_means,
    draws_given_rest,
    draws_without_eliminated,
    marginal_and_rest,
    rest_draws,
)
from mixwell.infer.exact.gaussian.cross_products import Block, Reduction, Rows, reduce_rows
from mixwell.infer.exact.gaussian.gaussian_likelihood import Batch, FixedPrior, log_marginal
from mixwell.numeric.level_covariances import pairs_of
from mixwell.posterior.redrawn_levels import RedrawnLevels

N = 48
#: Effects and levels of each block, the eliminated one first or second.
SHAPES = {
    "none": [],
    "one": [(1, 8)],
    "two effects": [(2, 8)],
    "three effects": [(3, 8)],
    "one and one": [(1, 3), (1, 8)],
    "two and three": [(2, 3), (3, 8)],
    "two and one and two": [(2, 8), (1, 4), (2, 3)],
}
PRIORS = {
    "normal": FixedPrior(np.array([0.5, -0.2, 0.1]), np.array([0.25, 2.0, 1.0])),
    "flat": FixedPrior(np.zeros(3), np.array([0.0, 2.0, 0.0])),
    "one given": FixedPrior(np.array([0.5, 0.0, 0.1]), np.array([0.25, 0.0, 1.0]), (1,)),
    "two given": FixedPrior(np.array([0.0, 0.3, 0.0]), np.array([0.0, 1.5, 0.0]), (2, 0)),
}


@dataclass
class Noise:
    """Gives zeros and, in row i, a one at the i-th of all numbers that are asked for in a row."""

    given: int = 0
    shapes: list[tuple[int, ...]] = field(default_factory=list)

    def standard_normal(self, shape: tuple[int, ...]) -> np.ndarray:
        flat = np.zeros((shape[0], int(np.prod(shape[1:]))))
        columns = np.arange(flat.shape[1])
        rows = self.given + columns
        inside = rows < shape[0]
        flat[rows[inside], columns[inside]] = 1.0
        self.given += flat.shape[1]
        self.shapes.append(shape)
        return flat.reshape(shape)


@dataclass
class Case:
    rows: Rows
    prior: FixedPrior
    batch: Batch
    data: Reduction

    @property
    def size(self) -> int:
        """All coefficients that are drawn, and all deviations."""
        return len(self.prior.free) + sum(block.size for block in self.rows.blocks)

    def theta(self, b: np.ndarray, blocks: list[np.ndarray] | tuple[np.ndarray, ...]) -> np.ndarray:
        """Coefficients that are drawn and deviations in one row for each draw."""
        drawn = b[:, self.prior.free]
        return np.concatenate([drawn, *(r.reshape(len(b), -1) for r in blocks)], axis=1)

    def posterior(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and covariance of all that is drawn, by plain algebra."""
        x, y, w = self.rows.x(slice(0, N)), self.rows.y, self.rows.weights
        free, given = self.prior.free, list(self.prior.given)
        y = y - x[:, given] @ self.batch.given[0]
        parts, precisions = [x[:, free]], [np.diag(self.prior.precision[free])]
        for block, root in zip(self.rows.blocks, self.batch.roots, strict=True):
            parts.append(columns(block))
            precisions.append(np.kron(np.eye(block.n_levels), np.linalg.inv(root[0] @ root[0].T)))
        whole = np.concatenate(parts, axis=1)
        weighted = whole.T * (w / self.batch.sigma[0] ** 2)
        covariance = np.linalg.inv(weighted @ whole + block_diagonal(precisions))
        right = weighted @ y
        right[: len(free)] += self.prior.precision[free] * self.prior.mean[free]
        return covariance @ right, covariance

    def log_density(self) -> float:
        """Log p(y), normal coefficients integrated out, flat ones with density 1."""
        x, y, w = self.rows.x(slice(0, N)), self.rows.y, self.rows.weights
        y = y - x[:, list(self.prior.given)] @ self.batch.given[0]
        covariance = np.diag(self.batch.sigma[0] ** 2 / w)
        for block, root in zip(self.rows.blocks, self.batch.roots, strict=True):
            z = columns(block)
            covariance += z @ np.kron(np.eye(block.n_levels), root[0] @ root[0].T) @ z.T
        flat = [j for j in self.prior.free if self.prior.precision[j] == 0]
        proper = [j for j in self.prior.free if self.prior.precision[j] > 0]
        y = y - x[:, proper] @ self.prior.mean[proper]
        covariance += x[:, proper] @ np.diag(1 / self.prior.precision[proper]) @ x[:, proper].T
        precision = np.linalg.inv(covariance)
        inner = x[:, flat].T @ precision @ x[:, flat]
        best = np.linalg.solve(inner, x[:, flat].T @ precision @ y)
        density = stats.multivariate_normal(np.zeros(N), covariance).logpdf(y - x[:, flat] @ best)
        return density + 0.5 * (len(flat) * np.log(2 * np.pi) - np.linalg.slogdet(inner)[1])


def columns(block: Block) -> np.ndarray:
    """Z of one factor, its columns level by level."""
    indicators = np.equal.outer(block.index, np.arange(block.n_levels))
    return (indicators[:, :, None] * block.values[:, None, :]).reshape(N, -1)


def block_diagonal(parts: list[np.ndarray]) -> np.ndarray:
    size, start = sum(map(len, parts)), 0
    whole = np.zeros((size, size))
    for part in parts:
        whole[start : start + len(part), start : start + len(part)] = part
        start += len(part)
    return whole


@pytest.fixture(params=["sparse", "dense", "not kept", "compiled"])
def case(
    request: pytest.FixtureRequest, shape: str, prior: str, monkeypatch: pytest.MonkeyPatch
) -> Case:
    """A model of these blocks; `sparse` where other factors' columns are."""
    monkeypatch.setattr(cross_products, "DENSE", 0 if request.param == "sparse" else 120)
    if request.param == "not kept":
        monkeypatch.setattr(cross_products, "_KEPT_MAXIMUM", 0)
        monkeypatch.setattr(gaussian_likelihood, "_CACHED", 40)
    if request.param == "compiled":
        monkeypatch.setattr(cross_products, "COMPILED", 1)
        monkeypatch.setattr(gaussian_likelihood, "_RUN", 3)
    rng = np.random.default_rng(17)
    x = np.column_stack([np.ones(N), rng.normal(1, 1, N), np.tile([0.0, 1.0], N // 2)])
    z = np.column_stack([np.ones(N), np.tile([-1.0, 0, 1], N // 3), rng.normal(size=N)])
    blocks = tuple(
        Block(z[:, :q] if q > 1 else 1.5 * z[:, :1], rng.permutation(N) % levels, levels)
        for q, levels in SHAPES[shape]
    )
    roots = tuple(
        np.tril(rng.uniform(0.3, 0.9, (1, block.effects, block.effects))) for block in blocks
    )
    rows = Rows(blocks, lambda part: x[part], rng.normal(3, 1, N), rng.uniform(0.5, 2, N))
    known = PRIORS[prior]
    given = np.array([[0.4, -0.3]])[:, : len(known.given)]
    return Case(rows, known, Batch(np.array([0.8]), roots, given), reduce_rows(rows))


every_model = pytest.mark.parametrize(("shape", "prior"), [(s, p) for s in SHAPES for p in PRIORS])


@every_model
def test_the_likelihood_is_that_of_plain_algebra(case: Case) -> None:
    assert log_marginal(case.data, case.prior, case.batch)[0] == pytest.approx(case.log_density())


@every_model
def test_means_and_covariances_are_those_of_plain_algebra(case: Case) -> None:
    mean, covariance = case.posterior()
    free, given = case.prior.free, list(case.prior.given)
    found, spread = conditional_means(case.data, case.prior, case.batch)
    np.testing.assert_allclose(found[0, free], mean[: len(free)])
    np.testing.assert_allclose(found[0, given], case.batch.given[0])
    expected = covariance[: len(free), : len(free)]
    np.testing.assert_allclose(spread[0][np.ix_(free, free)], expected, atol=1e-14)
    assert not spread[0][given].any()
    assert not spread[0][:, given].any()
    b, blocks = conditional_draws(case.data, case.prior, case.batch, None)
    np.testing.assert_allclose(case.theta(b, blocks)[0], mean, atol=1e-12)
    np.testing.assert_allclose(b[0, given], case.batch.given[0])


@every_model
def test_draws_have_the_covariance_of_plain_algebra_whichever_way_they_are_made(
    case: Case,
) -> None:
    data, prior, batch = case.data, case.prior, case.batch
    mean, covariance = case.posterior()
    n = case.size
    copies, repeated = Noise(), Noise()
    ways = [
        conditional_draws(data, prior, batch, copies, copies=n),
        conditional_draws(data, prior, batch.repeated(n), repeated),
    ]
    assert copies.given == repeated.given == n
    noise = Noise()
    value, solved = marginal_and_rest(data, prior, batch, noise, n)
    np.testing.assert_allclose(value, log_marginal(data, prior, batch), rtol=1e-12)
    ways.append(draws_given_rest(data, prior, batch.repeated(n), solved[0], noise))
    if data.eliminated is not None:
        noise = Noise()
        solved = rest_draws(data, prior, batch, noise, n)
        whole = batch.repeated(n)
        unit = np.ones(data.blocks[data.eliminated].effects)
        b, blocks, later = draws_without_eliminated(data, prior, whole, solved, unit)
        means, covariances = moments(later)
        np.testing.assert_allclose(covariances, np.tile(covariances[:, :, :, :1], n))
        blocks[data.eliminated] = means.transpose(2, 0, 1)
        factors = np.linalg.cholesky(covariances[..., 0])
        root = block_diagonal(list(factors))  # the noise that is left
        own = root.reshape(*blocks[data.eliminated].shape[1:], -1).transpose(2, 0, 1)
        blocks[data.eliminated][-len(own) :] += own
        ways.append((b, blocks))
    for b, blocks in ways:
        away = case.theta(b, blocks) - mean
        np.testing.assert_allclose(away.T @ away, covariance, atol=1e-12)
        given = np.broadcast_to(batch.given, (n, len(prior.given)))
        np.testing.assert_allclose(b[:, list(prior.given)], given)


@pytest.mark.parametrize(
    ("shape", "prior"), [("two and one and two", "one given"), ("one and one", "flat")]
)
def test_vectors_in_parts_have_what_each_has_alone(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, prior, one = case.data, case.prior, case.batch
    batch = Batch(
        np.linspace(0.5, 2, 7),
        tuple(root * np.linspace(1, 2, 7)[:, None, None] for root in one.roots),
        np.linspace(-1, 1, 7)[:, None].repeat(len(prior.given), axis=1),
    )
    alone = [batch.part(slice(i, i + 1)) for i in range(7)]
    width = max(data.columns**2, data.gram.size)
    blocks = sum(block.size for block in data.blocks)
    for vectors in (0, 1, 3):  # that fit into memory
        monkeypatch.setattr(gaussian_likelihood, "_BLOCK", vectors * width)
        monkeypatch.setattr(drawing, "_DRAWN", vectors * max(width, blocks))
        found = log_marginal(data, prior, batch)
        np.testing.assert_allclose(found, [log_marginal(data, prior, a)[0] for a in alone])
        b, r = conditional_draws(data, prior, batch, None)
        for i, single in enumerate(alone):
            own_b, own_r = conditional_draws(data, prior, single, None)
            np.testing.assert_allclose(case.theta(b, r)[i], case.theta(own_b, own_r)[0])
        rest = rest_draws(data, prior, batch, np.random.default_rng(3), 2)
        expected = [rest_draws(data, prior, a, np.random.default_rng(3), 2).shape for a in alone]
        assert rest.shape == (2 * 7, expected[0][1])
    assert len(log_marginal(data, prior, batch.part(slice(0, 0)))) == 0


@pytest.mark.parametrize(("shape", "prior"), [("two effects", "flat"), ("one", "one given")])
def test_later_deviations_are_of_the_vectors_and_in_the_unit_that_are_asked_for(
    case: Case,
) -> None:
    data, prior = case.data, case.prior
    batch = Batch(
        np.array([0.5, 1.0, 2.0]),
        tuple(root.repeat(3, axis=0) for root in case.batch.roots),
        case.batch.given.repeat(3, axis=0),
    )
    _, whole = conditional_draws(data, prior, batch, None)
    rest, unit = rest_of(data, prior, batch), np.arange(2.0, 2.0 + data.blocks[0].effects)
    _, _, later = draws_without_eliminated(data, prior, batch, rest, unit)
    some = later.taken(np.array([2, 0]))
    means, _ = moments(some)
    np.testing.assert_allclose(means.transpose(2, 0, 1), whole[0][[2, 0]])
    one, other = (replace(some, unit=each)(slice(3, 6)) for each in (unit, np.ones_like(unit)))
    np.testing.assert_array_equal(one, other * unit)


def moments(later: RedrawnLevels) -> tuple[np.ndarray, np.ndarray]:
    """Levels' means (level, q, draw) and covariances (level, q, q, draw), in units."""
    n, n_levels, q = later.shape
    means, pairs = later.moments(np.arange(n_levels), np.arange(n))
    covariances = np.empty((n_levels, q, q, n))
    for k, (i, j) in enumerate(pairs_of(q)):
        covariances[:, i, j] = covariances[:, j, i] = pairs[:, k]
    return means, covariances


def rest_of(data: Reduction, prior: FixedPrior, batch: Batch) -> np.ndarray:
    return rest_draws(data, prior, batch, Noise(given=len(batch)))


def test_numbers_without_a_likelihood_have_minus_infinity_and_others_theirs() -> None:
    rng = np.random.default_rng(2)
    x = np.ones((N, 1))
    rows = Rows((), lambda part: x[part], rng.normal(size=N), None)
    data, prior = reduce_rows(rows), FixedPrior(np.zeros(1), np.zeros(1))
    batch = Batch(np.array([1.0, np.inf, 2.0, 0.0]), (), np.zeros((4, 0)))
    with np.errstate(all="ignore"):
        found = log_marginal(data, prior, batch)
    alone = [log_marginal(data, prior, batch.part(slice(i, i + 1)))[0] for i in (0, 2)]
    np.testing.assert_allclose(found, [alone[0], -np.inf, alone[1], -np.inf])


def test_the_profile_is_the_likelihood_at_the_best_coefficients() -> None:
    rng = np.random.default_rng(2)
    x = np.column_stack([np.ones(N), rng.normal(size=N), rng.normal(size=N)])
    rows = Rows((), lambda part: x[part], rng.normal(size=N), None)
    batch = Batch(np.array([0.8]), (), np.zeros((1, 0)))
    residual = rows.y - x @ np.linalg.lstsq(x, rows.y, rcond=None)[0]
    best = stats.norm(0, 0.8).logpdf(residual).sum()
    data, flat = reduce_rows(rows), FixedPrior(np.zeros(3), np.zeros(3))
    found = log_marginal(data, flat, batch, profile=True)
    assert found[0] == pytest.approx(best, abs=1e-10)

    one_normal = FixedPrior(np.array([0.0, 0.4, 0.0]), np.array([0.0, 3.0, 0.0]))
    inner = x.T @ x / 0.64 + np.diag(one_normal.precision)
    b = np.linalg.solve(inner, x.T @ rows.y / 0.64 + one_normal.precision * one_normal.mean)
    highest = stats.norm(0, 0.8).logpdf(rows.y - x @ b).sum()
    highest += stats.norm(0.4, 3**-0.5).logpdf(b[1])
    found = log_marginal(data, one_normal, batch, profile=True)
    assert found[0] == pytest.approx(highest, abs=1e-10)


@pytest.mark.parametrize(
    ("shape", "prior"), [("two and three", "normal"), ("three effects", "flat"), ("one", "flat")]
)
def test_levels_are_gone_through_in_parts_of_any_size(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = case.batch.repeated(3)
    for most in (1, 9, 10**6):
        monkeypatch.setattr(gaussian_likelihood, "_CACHED", most)
        found = log_marginal(case.data, case.prior, batch)
        np.testing.assert_allclose(found, np.full(3, case.log_density()))
