"""The posterior's owner: labeled draws, covariances, deviations and linear predictors."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import mixwell as mw
from mixwell.interpret.sizes.intraclass import intraclass_correlation
from mixwell.posterior.labels import posterior_labels
from mixwell.posterior.posterior import Posterior
from mixwell.posterior.row_predictors import rows_of_model

RNG = np.random.default_rng(8)
N = 24
DATA = pd.DataFrame(
    {"y": RNG.normal(size=N), "x": RNG.normal(size=N), "w": RNG.normal(size=N)}
).assign(g=np.tile(list("abcd"), 6), h=np.repeat(list("uvw"), 8))
JOINT = ["y ~ x + (1 + x | p | g) + (1 | h)", "sigma ~ x + (1 | p | g)"]
BLOCKS = ["y ~ x + (1 + x | g) + (0 + w | g) + (1 | h)"]


def drawn(formulas: list[str], chains: int = 2, draws: int = 3) -> Posterior:
    """Return a posterior of random numbers, with positive definite correlation matrices."""
    spec = mw.Model(formulas, DATA).spec
    layout, shape = spec.layout, (chains, draws)
    labels = posterior_labels(spec)
    dims = {found.r_name: (found.level_dim, found.effect_dim) for found in layout.factors}
    dims |= {found.sd_name: (found.effect_dim,) for found in layout.factors}
    dims |= {"b": ("effect",), "b_sigma": ("sigma_effect",)}
    made = {}
    for name in spec.variables:
        sizes = [len(labels[dim]) for dim in dims.get(name, ())]
        made[name] = (("chain", "draw", *dims.get(name, ())), RNG.gamma(2, 1, (*shape, *sizes)))
    for matrix in layout.correlations:
        whole = np.broadcast_to(np.eye(len(matrix.labels)), (*shape, *[len(matrix.labels)] * 2))
        whole = whole.copy()
        for unit, where in matrix.units:
            factor = RNG.normal(size=(*shape, unit.size, unit.size))
            product = factor @ factor.swapaxes(-1, -2)
            sd = np.sqrt(np.diagonal(product, axis1=-2, axis2=-1))
            scaled = product / sd[..., :, None] / sd[..., None, :]
            whole[(slice(None), slice(None), *np.ix_(where, where))] = scaled
        made[matrix.name] = (("chain", "draw", *matrix.dims), whole)
    coords = {"chain": range(chains), "draw": range(draws), **labels}
    return Posterior(xr.Dataset(made, coords=coords), spec)


def test_a_covariance_of_effects_on_two_parameters_is_joined_from_one_matrix() -> None:
    posterior = drawn(JOINT)
    members = [found for found in posterior.spec.layout.factors if found.factor == "g"]
    found = posterior.covariance(*members)
    assert found.effects == ("Intercept", "x", "sigma_Intercept")
    whole = posterior.draws["corr_g"].to_numpy().reshape(-1, 3, 3)
    np.testing.assert_array_equal(found.correlation, whole)
    sds = [posterior.draws[name].to_numpy() for name in ("sd_g", "sd_sigma_g")]
    np.testing.assert_array_equal(found.sd, np.concatenate(sds, axis=2).reshape(-1, 3))
    alone = posterior.covariance(members[0])
    np.testing.assert_array_equal(alone.correlation, whole[:, :2, :2])


def test_effects_of_different_blocks_are_independent() -> None:
    posterior = drawn(BLOCKS)
    found = posterior.covariance(posterior.spec.layout.factors[0])
    assert found.effects == ("Intercept", "x", "w")
    assert not found.correlated[2].any()
    np.testing.assert_array_equal(found.correlation[:, 2], np.tile([0.0, 0.0, 1.0], (6, 1)))
    own = posterior.draws["corr_g"].to_numpy().reshape(-1, 3, 3)
    np.testing.assert_array_equal(found.correlation[:, 0, 1], own[:, 0, 1])


@pytest.mark.parametrize("formulas", [JOINT, BLOCKS])
def test_a_root_gives_the_correlations_back(formulas: list[str]) -> None:
    posterior = drawn(formulas)
    found = posterior.covariance(posterior.spec.layout.factors[0])
    root = found.correlation_root
    np.testing.assert_allclose(root @ root.swapaxes(1, 2), found.correlation, atol=1e-12)


def test_correlations_count_in_a_factor_s_share_also_where_a_matrix_holds_further_effects() -> None:
    one = drawn([JOINT[0].replace("| p |", "|")])
    joint = drawn(JOINT)
    own = {name: (one.draws[name].dims, one.draws[name].to_numpy()) for name in one.draws}
    whole = joint.draws["corr_g"].copy()
    whole[..., :2, :2] = one.draws["corr_g"].to_numpy()
    shared = joint.draws.drop_vars("corr_g").assign(
        {"corr_g": whole} | {n: own[n] for n in ("b", "sd_g", "sd_h", "r_g", "r_h")}
    )
    flat = shared.assign(
        b_sigma=xr.zeros_like(shared["b_sigma"]), r_sigma_g=xr.zeros_like(shared["r_sigma_g"])
    )
    unit = one.draws.assign(sigma=xr.ones_like(one.draws["sigma"]))
    expected = intraclass_correlation(Posterior(unit, one.spec))
    found = intraclass_correlation(Posterior(flat, joint.spec))
    np.testing.assert_allclose(found["estimate"], expected["estimate"])


@pytest.mark.parametrize("formulas", [JOINT, BLOCKS])
def test_the_linear_predictor_of_the_rows_is_the_sum_of_its_parts(formulas: list[str]) -> None:
    posterior = drawn(formulas)
    for parameter, predictor in posterior.spec.predictors.items():
        eta = predictor.fixed.values @ posterior.coefficients(parameter)
        if parameter == "mean":
            alone = rows_of_model(posterior, deviations=False)
            np.testing.assert_allclose(alone.linear(), eta)
        for found in posterior.spec.layout.of(parameter):
            r = posterior.flat(found.r_name)[:, found.index]
            eta = eta + (r * found.values).sum(axis=2).T
        rows = rows_of_model(posterior)
        np.testing.assert_allclose(rows.linear(parameter), eta)
        np.testing.assert_allclose(rows.linear(parameter, slice(2, 5)), eta[2:5])
        if parameter == "mean":
            np.testing.assert_allclose(rows.draws(slice(1, 4))["eta"], eta.T[1:4])


def test_deviations_answer_without_showing_their_draws() -> None:
    posterior = drawn(BLOCKS)
    found = posterior.deviations(posterior.spec.layout.factors[0])
    draws = posterior.draws["r_g"].to_numpy()
    assert found.labels == tuple("abcd")
    np.testing.assert_array_equal(found.draws(), draws)
    np.testing.assert_array_equal(found.mean(), draws.mean(axis=(0, 1)))
    np.testing.assert_array_equal(found.sd(), draws.std(axis=(0, 1), ddof=1))
    np.testing.assert_array_equal(found.quantiles([0.1]), np.quantile(draws, [0.1], axis=(0, 1)))
    some = found.levels(["c", "a"])
    np.testing.assert_array_equal(some.draws(), draws[:, :, [2, 0]])
    np.testing.assert_array_equal(found.samples()[1, 2], draws[..., 2, 1].ravel())


def test_what_was_not_kept_is_named() -> None:
    posterior = drawn(BLOCKS)
    bare = Posterior(posterior.draws[["b", "sigma"]], posterior.spec)
    assert bare.groups == []
    with pytest.raises(mw.DataError, match="no r_g"):
        bare.deviations(posterior.spec.layout.factors[0])
    with pytest.raises(mw.DataError, match="no sd_g"):
        bare.covariance(posterior.spec.layout.factors[0])
