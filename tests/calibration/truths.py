"""Parameters drawn from the priors that a specification names, written without its code.

Only NumPy draws here: what the engines compute from the same priors is held against it.
"""

from collections.abc import Callable, Mapping

import numpy as np
import xarray as xr

from mixwell.specify.layout import CorrelationUnit
from mixwell.specify.naming import predictor_names
from mixwell.specify.priors import Prior
from mixwell.specify.spec import Spec

Draws = np.ndarray
Arguments = Mapping[str, float]

SAMPLERS: dict[str, Callable[[np.random.Generator, Arguments, int], Draws]] = {
    "Normal": lambda rng, a, n: rng.normal(a["mu"], a["sigma"], n),
    "StudentT": lambda rng, a, n: a["mu"] + a["sigma"] * rng.standard_t(a["nu"], n),
    "Laplace": lambda rng, a, n: rng.laplace(a["mu"], a["b"], n),
    "Logistic": lambda rng, a, n: rng.logistic(a["mu"], a["s"], n),
    "HalfNormal": lambda rng, a, n: np.abs(rng.normal(0, a["sigma"], n)),
    "HalfStudentT": lambda rng, a, n: np.abs(a["sigma"] * rng.standard_t(a["nu"], n)),
    "Exponential": lambda rng, a, n: rng.exponential(1 / a["lam"], n),
    "Beta": lambda rng, a, n: rng.beta(a["alpha"], a["beta"], n),
    "Gamma": lambda rng, a, n: rng.gamma(a["alpha"], 1 / a["beta"], n),
    "InverseGamma": lambda rng, a, n: a["beta"] / rng.gamma(a["alpha"], 1, n),
    "LogNormal": lambda rng, a, n: rng.lognormal(a["mu"], a["sigma"], n),
    "Weibull": lambda rng, a, n: a["beta"] * rng.weibull(a["alpha"], n),
    "Uniform": lambda rng, a, n: rng.uniform(a["lower"], a["upper"], n),
}


def draw_truths(spec: Spec, rng: np.random.Generator, n: int) -> xr.Dataset:
    """Draw `n` parameter vectors with their deviations: one chain, under the posterior's names.

    Every prior has to be the user's: defaults are scaled to the response, which is not there yet.
    """
    defaults = [entry.key for entry in spec.priors if entry.prior.origin != "user"]
    assert not defaults, f"priors that depend on the response: {', '.join(defaults)}"
    drawn = {
        entry.key: _draws(entry.prior, rng, n)
        for entry in spec.priors
        if entry.role not in ("corr", "vector")
    }
    made: dict[str, tuple[tuple[str, ...], Draws]] = {}
    for parameter, predictor in spec.predictors.items():
        names, entries = predictor_names(parameter), spec.priors.coefficients(parameter)
        b = np.array([drawn[entry.key] for entry in entries]).reshape(len(entries), n).T
        if predictor.fixed.intercept and entries[0].centered:
            b[:, 0] -= b[:, 1:] @ predictor.fixed.values[:, 1:].mean(axis=0)
        if entries:
            made[names.coefficients] = ((names.effect_dim,), b)
    _groups(spec, rng, n, drawn, made)
    for name in (name for name in spec.auxiliary if name not in spec.design.parameters):
        made[name] = ((), drawn[name]) if name in drawn else _increasing(spec, name, rng, n, made)
    sampled = {
        name: (("chain", "draw", *dims), value[None]) for name, (dims, value) in made.items()
    }
    return xr.Dataset(sampled, coords={"chain": [0], "draw": np.arange(n), **_labels(spec, made)})


def _draws(prior: Prior, rng: np.random.Generator, n: int) -> Draws:
    return SAMPLERS[prior.distribution](rng, prior.args, n)


def _groups(
    spec: Spec,
    rng: np.random.Generator,
    n: int,
    drawn: Mapping[str, Draws],
    made: dict[str, tuple[tuple[str, ...], Draws]],
) -> None:
    """Add standard deviations, correlation matrices and deviations of one predictor's effects."""
    roots = {}
    for matrix in spec.layout.correlations:
        whole = np.tile(np.eye(len(matrix.labels)), (n, 1, 1))
        for unit, where in matrix.units:
            eta = spec.priors[matrix.name].args["eta"]
            roots[unit.name] = lkj_roots(rng, unit.size, eta, n)
            block = roots[unit.name] @ roots[unit.name].swapaxes(1, 2)
            whole[np.ix_(range(n), where, where)] = block
        made[matrix.name] = (matrix.dims, whole)
    for unit in spec.layout.units:
        _deviations(unit, roots.get(unit.name), rng, n, drawn, made)


def _deviations(
    unit: CorrelationUnit,
    root: Draws | None,
    rng: np.random.Generator,
    n: int,
    drawn: Mapping[str, Draws],
    made: dict[str, tuple[tuple[str, ...], Draws]],
) -> None:
    (found, columns), *others = unit.parts
    assert not others, "effects of several parameters that correlate have no simulation yet"
    sd = np.stack([drawn[key] for key in unit.sd_keys], axis=1)
    z = rng.normal(size=(n, len(unit.levels), unit.size))
    r = (z if root is None else z @ root.swapaxes(1, 2)) * sd[:, None]
    size = len(found.effects)
    r_dims, sd_dims = (found.level_dim, found.effect_dim), (found.effect_dim,)
    made.setdefault(found.sd_name, (sd_dims, np.zeros((n, size))))[1][:, list(columns)] = sd
    empty = np.zeros((n, len(unit.levels), size))
    made.setdefault(found.r_name, (r_dims, empty))[1][..., list(columns)] = r


def lkj_roots(rng: np.random.Generator, size: int, eta: float, n: int) -> Draws:
    """Draw Cholesky factors of LKJ(eta) matrices, (n, size, size), by the onion method.

    Source: Lewandowski, Kurowicka and Joe 2009, section 3.2; the engines use its vines.
    """
    roots = np.zeros((n, size, size))
    roots[:, 0, 0] = 1.0
    for k in range(1, size):
        squared = rng.beta(k / 2, eta + (size - 1 - k) / 2, n)
        direction = rng.normal(size=(n, k))
        direction /= np.linalg.norm(direction, axis=1, keepdims=True)
        roots[:, k, :k] = np.sqrt(squared)[:, None] * direction
        roots[:, k, k] = np.sqrt(1 - squared)
    return roots


def _increasing(
    spec: Spec,
    name: str,
    rng: np.random.Generator,
    n: int,
    made: Mapping[str, tuple[tuple[str, ...], Draws]],
) -> tuple[tuple[str, ...], Draws]:
    """Draw a vector in order; one that holds the intercept is so at the predictors' means."""
    labels = spec.vectors[name].labels(spec.response.levels or ())
    values = np.sort([_draws(spec.priors[name], rng, n) for _ in labels], axis=0).T
    fixed = spec.design.mean.fixed
    if spec.family.parameter(name).intercept and fixed.names:
        shift = made["b"][1] @ fixed.values.mean(axis=0)
        values = values + shift[:, None]
    return (f"{name}_dim",), values


def _labels(spec: Spec, made: Mapping[str, tuple[tuple[str, ...], Draws]]) -> dict[str, list[str]]:
    from mixwell.posterior.labels import posterior_labels

    used = {dim for dims, _ in made.values() for dim in dims}
    return {dim: labels for dim, labels in posterior_labels(spec).items() if dim in used}
