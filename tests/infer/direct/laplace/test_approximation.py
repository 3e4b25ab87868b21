"""Laplace's approximation: its parts against differences, dense matrices, and known integrals."""

import numpy as np
import pytest
from tests.infer.direct.test_target import MODELS, crossed, model_of

import mixwell as mw
from mixwell.infer.direct.laplace.approximation import Laplace
from mixwell.infer.direct.target import Target, build_target
from mixwell.numeric.arrays import FloatArray

#: Models whose rows read effects on two parameters: mixed second derivatives count.
MIXED = {
    "crossed parameters": (["y ~ x + (1 + x | g)", "sigma ~ x + (1 | h)"], "gaussian", {}),
    "one covariance": MODELS["one covariance"],
    "shares": (["share ~ x + (1 | g)", "kappa ~ x + (1 | h)"], "beta", {}),
    "student": (["y ~ x + (1 | g)", "sigma ~ 1 + (1 | h)"], "student", {}),
}


def target_of(name: str) -> Target:
    if name not in MIXED:
        return build_target(model_of(name).spec, observed=True)
    formula, family, more = MIXED[name]
    model = mw.Model(formula, crossed(), family=family, **more)  # type: ignore[arg-type]
    return build_target(model.spec, observed=True)


def somewhere(target: Target, seed: int = 0) -> tuple[FloatArray, list[FloatArray]]:
    """Return coefficients and covariance roots at which densities are finite."""
    rng = np.random.default_rng(seed)
    columns = target.columns
    c = 0.2 * rng.normal(size=columns.size - columns.random)
    for name, span in columns.coefficients.items():
        own = slice(span.start - columns.random, span.stop - columns.random)
        if name in target.spec.vectors:
            c[own] = np.sort(5 * c[own])
        elif name == "mean" and target.spec.link == "inverse":
            c[own.start] = 3.0  # means must be positive
    roots = []
    for unit in columns.units:
        root = np.tril(0.2 * rng.normal(size=(unit.size, unit.size)), -1)
        root = root if unit.layout.correlated else np.zeros_like(root)
        roots.append(root + np.diag(0.3 + 0.3 * rng.random(unit.size)))
    return c, roots


@pytest.mark.parametrize("name", MODELS)
def test_observed_information_is_minus_the_second_differences_of_the_density(name: str) -> None:
    target = target_of(name)
    rows, columns = target.rows, target.columns
    c, _ = somewhere(target)
    x = np.concatenate([np.zeros(columns.random), c])
    eta, vectors = columns.predictors(x), columns.vectors_of(x)
    found = rows.information(eta, vectors)
    for k, label in enumerate(rows.labels):
        if label in vectors:
            continue  # seen in the slopes of the approximation
        up, down = eta.copy(), eta.copy()
        up[k] += 1e-4
        down[k] -= 1e-4
        change = (rows.score(down, vectors)[1] - rows.score(up, vectors)[1]) / 2e-4
        np.testing.assert_allclose(found[:, k], change, rtol=1e-4, atol=2e-3)


@pytest.mark.parametrize("name", [*MODELS, *(f"mixed {n}" for n in MIXED)])
def test_slopes_are_those_of_differences(name: str) -> None:
    """By every coefficient and every element of the covariance roots; step 1e-4."""
    target = target_of(name.removeprefix("mixed "))
    c, roots = somewhere(target)
    laplace, step = Laplace(target), 1e-4

    def value(j: int, moved: float) -> float:
        there = c.copy()
        there[j] += moved
        return laplace.move(there, roots)

    assert np.isfinite(laplace.move(c, roots))
    by_c, by_roots = laplace.slopes()
    for j in range(len(c)):
        expected = (value(j, step) - value(j, -step)) / (2 * step)
        assert by_c[j] == pytest.approx(expected, rel=2e-5, abs=2e-5)
    for k, unit in enumerate(target.columns.units):
        for i, j in zip(*np.tril_indices(unit.size), strict=True):
            if i != j and not unit.layout.correlated:
                continue
            ends = []
            for sign in (-1, 1):
                moved = [root.copy() for root in roots]
                moved[k][i, j] += sign * step
                ends.append(laplace.move(c, moved))
            expected = (ends[1] - ends[0]) / (2 * step)
            assert by_roots[k][i, j] == pytest.approx(expected, rel=2e-5, abs=2e-5)


@pytest.mark.parametrize("name", list(MIXED))
def test_the_determinant_is_that_of_the_whole_matrix_written_out(name: str) -> None:
    """The Hessian of the log density in all effects by differences, dense."""
    target = target_of(name)
    c, roots = somewhere(target)
    laplace = Laplace(target)
    value = laplace.move(c, roots)
    count, step = target.columns.random, 1e-3

    def slope(effects: FloatArray) -> FloatArray:
        x = np.concatenate([effects, c])
        found = target.columns.back(target.score(x)[1])[:count]
        for unit, root in zip(target.columns.units, roots, strict=True):
            own = x[unit.span].reshape(unit.levels, unit.size)
            found[unit.span] -= (own @ np.linalg.inv(root @ root.T)).ravel()
        return found

    mode = laplace.x[:count]
    np.testing.assert_allclose(slope(mode), 0.0, atol=1e-5)
    moves = step * np.eye(count)
    hessian = np.array([slope(mode - m) - slope(mode + m) for m in moves]) / (2 * step)
    quadratic, determinant = 0.0, 0.0
    for unit, root in zip(target.columns.units, roots, strict=True):
        own = mode[unit.span].reshape(unit.levels, unit.size)
        quadratic += float(((own @ np.linalg.inv(root @ root.T)) * own).sum())
        determinant += unit.levels * float(np.linalg.slogdet(root @ root.T)[1])
    expected = target.log_likelihood(laplace.x) - 0.5 * (quadratic + determinant)
    expected -= 0.5 * float(np.linalg.slogdet(hessian)[1])
    assert value == pytest.approx(expected, abs=1e-4)


def test_it_is_the_integral_itself_where_a_model_is_gaussian() -> None:
    """The density of a multivariate normal distribution, written out."""
    frame = crossed()
    target = build_target(mw.Model("y ~ x + (1 + x | g) + (1 | h)", frame).spec, observed=True)
    c, roots = somewhere(target)
    value = Laplace(target).move(c, roots)
    sigma = float(np.exp(c[-1]))
    x = np.column_stack([np.ones(len(frame)), frame.x])
    covariance = sigma**2 * np.eye(len(frame))
    by_name = {u.layout.factor: r for u, r in zip(target.columns.units, roots, strict=True)}
    same = {f: np.equal.outer(frame[f].to_numpy(), frame[f].to_numpy()) for f in ("g", "h")}
    covariance += same["g"] * (x @ by_name["g"] @ by_name["g"].T @ x.T)
    covariance += same["h"] * float(by_name["h"][0, 0] ** 2)
    left = frame.y - (c[0] + c[1] * (frame.x - frame.x.mean()))
    _, log_determinant = np.linalg.slogdet(2 * np.pi * covariance)
    expected = -0.5 * (log_determinant + left @ np.linalg.solve(covariance, left))
    assert value == pytest.approx(expected, abs=1e-8)
