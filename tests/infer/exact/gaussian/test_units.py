"""Scales of responses, predictors and weights: what is fitted is the same in every unit."""

import numpy as np
import pandas as pd
import pytest

from mixwell import DataError, Fit, Model
from mixwell.infer.exact.gaussian.cross_products import Block, Rows
from mixwell.infer.exact.gaussian.units import Units

RNG = np.random.default_rng(7)
N, G, H = 60, np.repeat(np.arange(10), 6), np.tile(np.arange(5), 12)
X = RNG.normal(size=N)
Y = 0.3 + 0.5 * X + (0.5 * RNG.normal(size=10))[G] + 0.3 * RNG.normal(size=N)
SCALES = [1e-140, 1e-100, 1e-75, 1e-30, 1e75, 1e100, 1e140]
FORMULAS = [
    "y ~ x + (1 | g)",
    "y ~ x + (x | g) + (1 | h)",
    "y | se(s) ~ x + (1 | g)",
    "y | se(s, sigma = TRUE) ~ x + (1 | g)",
]


def frame(y: float = 1.0, x: float = 1.0) -> pd.DataFrame:
    return pd.DataFrame(
        {"y": y * Y, "x": x * X, "s": y * 0.3, "g": G.astype(str), "h": H.astype(str)}
    )


def fitted(formula: str, y: float = 1.0, x: float = 1.0) -> Fit:
    return Model(formula, frame(y, x)).fit("exact", draws=100, seed=1)


def sizes(fit: Fit, y: float, x: float) -> np.ndarray:
    """What there is to be compared, in units of the response and the predictor."""
    b, found = fit.fixef(), fit.VarCorr().query("kind == 'sd'")
    unit = np.array([y / x if name == "x" else y for name in b.index])
    sds = [y / x if effect == "x" else y for effect in found["effect"]]
    predicted = fit.predictions(groups="existing").frame
    slope, left = fit.slopes("x").frame, fit.residuals().frame
    evidence = fit.evidence().log_density + N * np.log(y)
    return np.concatenate(
        [
            *(b[column] / unit for column in ("estimate", "sd")),
            *(found[column] / sds for column in ("estimate", "sd")),
            *(predicted[column] / y for column in ("estimate", "sd")),
            slope["estimate"] / (y / x),
            left["estimate"] / y,
            # ArviZ's smoothing of importance weights keeps two digits behind the point
            [evidence, round(float(fit.loo().elpd) + N * np.log(y)), fit.r2()["estimate"][0]],
        ]
    )


@pytest.mark.filterwarnings("ignore::mixwell.MixwellWarning")
@pytest.mark.parametrize("formula", FORMULAS)
def test_fits_are_the_same_in_every_unit_of_the_response(formula: str) -> None:
    plain = sizes(fitted(formula), 1, 1)
    for y in SCALES:
        assert np.allclose(sizes(fitted(formula, y), y, 1), plain, rtol=1e-4, atol=2e-3)


@pytest.mark.filterwarnings("ignore::mixwell.MixwellWarning")
@pytest.mark.parametrize("formula", FORMULAS[:2])
def test_fits_are_the_same_in_every_unit_of_a_predictor(formula: str) -> None:
    plain = sizes(fitted(formula), 1, 1)
    for y, x in [(1, 1e-140), (1, 1e140), (1e-70, 1e70), (1e140, 1e140)]:
        assert np.allclose(sizes(fitted(formula, y, x), y, x), plain, rtol=1e-4, atol=2e-3)


@pytest.mark.parametrize("y", SCALES)
def test_modes_and_likelihoods_follow_the_unit(y: float) -> None:
    plain, scaled = (Model("y ~ x + (x | g)", frame(unit)) for unit in (1.0, y))
    one, two = plain.mode(flat=True), scaled.mode(flat=True)
    for name in ("b", "se"):
        assert np.allclose(getattr(two, name) / y, getattr(one, name), rtol=1e-5)
    assert np.allclose(two.sd["g"] / y, one.sd["g"], rtol=1e-4)
    # REML integrates over two coefficients, whose densities have units too
    assert np.isclose(two.log_likelihood + (N - 2) * np.log(y), one.log_likelihood, atol=1e-4)
    given = [
        model.log_marginal_likelihood(sd={"g": [0.5 * u, 0.1 * u]}, sigma=0.3 * u, b=[0.3 * u, u])
        for model, u in ((plain, 1.0), (scaled, y))
    ]
    assert np.isclose(given[1] + N * np.log(y), given[0], atol=1e-6)


@pytest.mark.parametrize("weight", [1e-140, 1e-16, 1e16, 1e140])
def test_a_weight_that_all_rows_have_moves_sigma_alone(weight: float) -> None:
    one, two = (
        Model("y ~ x + (1 | g)", frame(), weights=np.full(N, w)).mode(flat=True)
        for w in (1.0, weight)
    )
    assert np.allclose([*two.b, *two.se, *two.sd["g"]], [*one.b, *one.se, *one.sd["g"]], rtol=1e-5)
    assert np.isclose(two.parameters["sigma"] / np.sqrt(weight), one.parameters["sigma"])


def test_weights_far_apart_have_the_closed_form_of_weighted_least_squares() -> None:
    # one row of weight w: the line goes through it, and the others give its slope (w -> infinity)
    weights = np.ones(N)
    weights[0] = 1e12
    mode = Model("y ~ x", frame(), weights=weights).mode(flat=True)
    away, from_first = Y - Y[0], X - X[0]
    slope = from_first @ away / (from_first @ from_first)
    rest = away - slope * from_first
    assert np.isclose(mode.b[1], slope, rtol=1e-5)
    assert np.isclose(mode.parameters["sigma"], np.sqrt(rest @ rest / (N - 2)), rtol=2e-3)


@pytest.mark.parametrize("se", [1e-1, 1e-3, 1e-5, 1e-6])
def test_known_errors_far_below_the_scatter_leave_it_to_the_groups(se: float) -> None:
    # with errors of 0 the groups' sd would be the residual sd of ordinary least squares
    data = frame().assign(s=se, row=np.arange(N).astype(str))
    mode = Model("y | se(s) ~ x + (1 | row)", data).mode(flat=True)
    x = np.column_stack([np.ones(N), X])
    rest = Y - x @ np.linalg.lstsq(x, Y, rcond=None)[0]
    total = np.hypot(mode.sd["row"][0], se)
    assert np.isclose(total, np.sqrt(rest @ rest / (N - 2)), rtol=2e-3)


def test_scales_that_leave_no_room_for_coefficients_are_refused() -> None:
    with pytest.raises(DataError, match=r"A coefficient of x would be near .*e\+279"):
        Model("y ~ x", frame(1e140, 1e-140))


@pytest.mark.parametrize("scale", [1e155, 1e-155])
def test_responses_beyond_the_squares_of_floats_are_refused(scale: float) -> None:
    with pytest.raises(DataError, match=r"y is .* in size"):
        Model("y ~ x", frame(scale))


@pytest.mark.parametrize("unit", [1.0, 4.0])
def test_rows_are_divided_by_their_units(unit: float) -> None:
    x, weights = np.column_stack([np.ones(N), X]), np.full(N, 3.0)
    blocks = (Block(x, G, 10), Block(x[:, 1:], H, 5))
    units = Units(2.0, np.array([1.0, unit]), (np.array([1.0, unit]), np.array([unit])), 0.5)
    rows = units.rows(Rows(blocks, lambda part: x[part], Y, weights))
    np.testing.assert_allclose(rows.x(slice(0, 9)), x[:9] / [1.0, unit])
    np.testing.assert_allclose(rows.y, Y / 2)
    np.testing.assert_allclose(rows.weights, 6.0)
    np.testing.assert_allclose(rows.blocks[0].values, x / [1.0, unit])
    np.testing.assert_allclose(rows.blocks[1].values, x[:, 1:] / unit)
