"""Log marginal likelihoods at parameter values that a user gives, random effects integrated out."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from mixwell.errors import DataError, MixwellError, SamplingError, require_known, require_whole
from mixwell.infer.exact.exact_draws import Target, build_target
from mixwell.infer.exact.gaussian.conditional_draws import conditional_means
from mixwell.infer.exact.gaussian.gaussian_likelihood import Batch, FixedPrior, log_marginal
from mixwell.infer.exact.gaussian.gaussian_target import GaussianTarget
from mixwell.infer.exact.parameters import VectorParts
from mixwell.infer.exact.quadrature.quadrature_target import QuadratureTarget, quadrature_target
from mixwell.infer.modes.ways import by_laplace
from mixwell.infer.prior_density import log_density_of, normal_prior
from mixwell.numeric.arrays import FloatArray, float_array
from mixwell.specify.layout import FactorEffects
from mixwell.specify.spec import Spec
from mixwell.text.names import quoted, require_name

__all__ = ["log_marginal_likelihood"]

Values = Mapping[str, ArrayLike]
#: Nodes for coefficients whose prior is neither normal nor flat, and for how many of them.
_PRIOR_NODES, _PRIOR_COEFFICIENTS = 61, 2


def log_marginal_likelihood(
    spec: Spec,
    *,
    sd: Values | None = None,
    corr: Values | None = None,
    b: Values | ArrayLike | None = None,
    nodes: int | None = None,
    **parameters: Values | ArrayLike,
) -> float:
    """Return log p(y) at given parameters, the random effects integrated out.

    `sd` and `corr` hold for each grouping factor standard deviations and correlation matrix in the
    order of its effects, those of effects on a further parameter under names such as `sigma_g`;
    `parameters` the family's own, such as `sigma`: a number, or the coefficients of its formula as
    `b`. `b` are the fixed effects at the user's own predictors, in the order of the columns or by
    name; None integrates them over their prior (density 1 where that is flat), which needs a
    gaussian model. `nodes` are those of the quadrature in generalized models of one factor: 1 is
    Laplace's approximation, which is taken where there is no quadrature.

    Raises `DataError` for values that are missing or impossible, `SamplingError` for more than one
    node where there is no quadrature.

    >>> import mixwell as mw
    >>> model = mw.Model(
    ...     "Reaction ~ Days + (Days | Subject)",
    ...     mw.load_data("sleepstudy"),
    ...     priors={"Intercept": "flat", "b": "flat"},
    ... )
    >>> reml = log_marginal_likelihood(
    ...     model.spec,
    ...     sd={"Subject": [24.7407, 5.9221]},
    ...     corr={"Subject": [[1, 0.0656], [0.0656, 1]]},
    ...     sigma=25.5918,
    ... )
    >>> round(reml, 3)
    -871.814
    """
    if nodes is not None:
        require_whole("nodes", nodes, 1)
    sds: Values = {} if sd is None else sd
    correlations: Values = {} if corr is None else corr
    if by_laplace(spec, nodes):
        return _by_laplace(spec, sds, correlations, b, parameters)
    target = build_target(spec)
    if nodes is not None and isinstance(target, QuadratureTarget):
        target = quadrature_target(spec, int(nodes))
    t = _unconstrained(target, sds, correlations, parameters)
    names = spec.design.mean.fixed.names
    coefficients = None if b is None else _coefficients(names, b, "b")
    if isinstance(target, GaussianTarget):
        return _in_closed_form(target, t, coefficients, parameters)
    assert isinstance(target, QuadratureTarget)
    if coefficients is None:
        raise _needs_coefficients(spec)
    return _by_quadrature(target, t, coefficients, parameters)


def _in_closed_form(
    target: GaussianTarget,
    t: FloatArray,
    coefficients: FloatArray | None,
    parameters: Mapping[str, Values | ArrayLike],
) -> float:
    """Return the log likelihood of a gaussian model; `DataError` where floats do not hold it."""
    try:
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            return _gaussian(target, t, coefficients)
    except MixwellError:
        raise
    except (FloatingPointError, ValueError) as reason:  # scipy refuses infinite values
        raise DataError(
            "Floats do not hold the likelihood at these values.",
            where=", ".join(f"{n}={_number(value, n):g}" for n, value in parameters.items()),
            hint="Give standard deviations nearer to those of the response.",
        ) from reason


def _by_quadrature(
    target: QuadratureTarget,
    t: FloatArray,
    coefficients: FloatArray,
    parameters: Mapping[str, Values | ArrayLike],
) -> float:
    """Return the log likelihood of a model of one factor, t completed by coefficients, vectors."""
    spec, vectors = target.spec, dict[str, FloatArray]()
    for vector in target.parameters.vectors:
        labels = spec.vectors[vector.key].labels(spec.response.levels or ())
        vectors[vector.key] = _coefficients(labels, parameters[vector.key], vector.key)
        _require_increasing(vector, vectors[vector.key])
    own = target.centered(coefficients, vectors)
    t = t + target.parameters.unconstrained(*own, {})
    return float(target.log_likelihood(t[None])[0])


def _require_increasing(vector: VectorParts, elements: FloatArray) -> None:
    if vector.increasing and not (np.diff(elements) > 0).all():
        raise DataError(
            f"The {vector.key}s do not increase.",
            where=vector.key,
            hint="Give them from the lowest to the highest.",
        )


def _gaussian(target: GaussianTarget, t: FloatArray, b: FloatArray | None) -> float:
    batch, data, p = target.batch(t[None]), target.data, target.data.fixed
    if b is not None:
        everything = FixedPrior(np.zeros(p), np.zeros(p), tuple(range(p)))
        near = target.spec.design.mean.fixed.to_near(b)
        given = Batch(batch.sigma, batch.roots, target.in_units(near)[None])
        away = target.units.log_density(data.n, everything)
        return float(log_marginal(data, everything, given)[0]) + away
    odd = [j for j, entry in enumerate(target.entries) if normal_prior(entry.prior) is None]
    prior = FixedPrior(target.prior.mean, target.prior.precision)
    plain = Batch(batch.sigma, batch.roots, np.zeros((1, 0)))
    value = float(log_marginal(data, prior, plain)[0]) + target.units.log_density(data.n, prior)
    return value + _prior_mass(target, prior, plain, odd)


def _prior_mass(target: GaussianTarget, prior: FixedPrior, batch: Batch, odd: list[int]) -> float:
    """Return the log mean of the priors that are not normal over their conditional normal."""
    if not odd:
        return 0.0
    if len(odd) > _PRIOR_COEFFICIENTS:
        raise SamplingError(
            f"{len(odd)} coefficients have priors that are neither normal nor flat.",
            where=", ".join(target.entries[j].key for j in odd),
            hint="Give them normal priors, or give b.",
        )
    means, covariances = conditional_means(target.data, prior, batch)
    root = np.linalg.cholesky(covariances[0][np.ix_(odd, odd)])
    x, w = np.polynomial.hermite.hermgauss(_PRIOR_NODES)
    grid = np.stack(np.meshgrid(*[x] * len(odd)), axis=-1).reshape(-1, len(odd))
    weights = np.prod(np.stack(np.meshgrid(*[w] * len(odd)), axis=-1), axis=-1).ravel()
    points = means[0][odd] + np.sqrt(2.0) * grid @ root.T
    points = points * target.units.coefficients[odd]
    density = sum(log_density_of(target.entries[j].prior)(points[:, k]) for k, j in enumerate(odd))
    return float(np.log(weights @ np.exp(density)) - 0.5 * len(odd) * np.log(np.pi))


def _unconstrained(
    target: Target, sd: Values, corr: Values, parameters: Mapping[str, Values | ArrayLike]
) -> FloatArray:
    spec, made = target.spec, target.parameters
    _require_parameters(spec, parameters)
    numbers = [name for name in spec.auxiliary if name not in spec.vectors]
    known = {name: _within(spec, name, parameters[name]) for name in numbers}
    for found, values in zip(made.factors, _deviations(list(made.factors), sd), strict=True):
        known |= dict(zip(found.sd_keys, values.tolist(), strict=True))
    matrices = {}
    corr = _by_name(corr, [c.unit.factor for c in made.correlations], "corr")
    for unit in (c.unit for c in made.correlations if c.unit.factor in corr):
        matrix = _numbers(corr[unit.factor], f"corr[{quoted(unit.factor)}]")
        found, columns = unit.parts[0]
        _check_correlation(matrix, len(found.effects), unit.factor)
        matrices[unit.name] = matrix[np.ix_(columns, columns)]
    return made.unconstrained(known, {}, matrices)


def _require_parameters(spec: Spec, given: Mapping[str, Values | ArrayLike]) -> None:
    for name in given:
        require_known(name, spec.auxiliary, f'The model has no parameter "{name}".')
    for name in spec.auxiliary:
        if name not in given:
            raise DataError(f"{name} is missing.", hint=f"Give {name}=...")


def _deviations(factors: list[FactorEffects], sd: Values) -> list[FloatArray]:
    """Return the standard deviations of each factor, (effect,)."""
    sd, each = _by_name(sd, [f.key for f in factors], "sd"), []
    for found in factors:
        key = found.key
        if key not in sd:
            raise DataError(
                f"The standard deviations of {key} are missing.",
                where="sd",
                hint=f"sd={{{quoted(key)}: [{', '.join(found.effects)}]}}",
            )
        place = f"sd[{quoted(key)}]"
        values = np.atleast_1d(_numbers(sd[key], place))
        if values.shape != (len(found.effects),):
            raise DataError(
                f"{key} has {len(found.effects)} effects: {', '.join(found.effects)}.",
                where=place,
            )
        pairs = zip(found.effects, values.tolist(), strict=True)
        each.append(np.array([_positive(value, f"sd of {effect}") for effect, value in pairs]))
    return each


def _by_laplace(
    spec: Spec,
    sd: Values,
    corr: Values,
    b: Values | ArrayLike | None,
    parameters: Mapping[str, Values | ArrayLike],
) -> float:
    """Return Laplace's approximation at coefficients and covariances."""
    from mixwell.infer.direct.laplace.approximation import Laplace  # Numba: only where it runs
    from mixwell.infer.direct.laplace.given import coefficients_of, roots_of
    from mixwell.infer.direct.target import build_target as build_direct_target

    _require_parameters(spec, parameters)
    if b is None:
        raise _needs_coefficients(spec)
    given = {"mean": _coefficients(spec.design.mean.fixed.names, b, "b")}
    for name in spec.auxiliary:
        if name in spec.design.parameters:
            names = spec.design.parameters[name].fixed.names
            given[name] = _coefficients(names, parameters[name], name)
        elif name in spec.vectors:
            labels = spec.vectors[name].labels(spec.response.levels or ())
            given[name] = _coefficients(labels, parameters[name], name)
        else:
            given[name] = np.array([_within(spec, name, parameters[name])])
    sds = dict(zip(spec.layout.factors, _deviations(list(spec.layout.factors), sd), strict=True))
    target = build_direct_target(spec, observed=True)
    roots = roots_of(target, sds, _correlations(spec, corr))
    laplace = Laplace(target)
    value = laplace.move(coefficients_of(target, given), roots)
    if not np.isfinite(value):
        raise SamplingError(
            "At these values the effects have no mode, or floats do not hold the likelihood.",
            hint="Give values nearer to those of model.mode().",
        )
    return value


def _correlations(spec: Spec, corr: Values) -> dict[str, FloatArray]:
    """Return the correlation matrices that were given, by the name of the model's matrix."""
    matrices = {matrix.name: matrix for matrix in spec.layout.correlations}
    keys = {f.key: f.corr_name for f in spec.layout.factors if f.corr_name in matrices}
    found = {}
    for key, given in _by_name(corr, list(keys), "corr").items():
        values = _numbers(given, f"corr[{quoted(key)}]")
        _check_correlation(values, len(matrices[keys[key]].labels), key)
        found[keys[key]] = values
    return found


def _needs_coefficients(spec: Spec) -> DataError:
    names = spec.design.mean.fixed.names
    hint = f"Give b in the order {', '.join(names)}." if names else "Give b=[]."
    said = "The fixed effects of this model cannot be integrated out."
    return DataError(said, where="b", hint=hint)


def _check_correlation(matrix: FloatArray, size: int, factor: str) -> None:
    wrong = matrix.shape != (size, size) or not np.allclose(matrix, matrix.T)
    if wrong or not np.allclose(np.diag(matrix), 1) or np.linalg.eigvalsh(matrix)[0] <= 0:
        raise DataError(
            f"The correlations of {factor} are not a positive definite {size} x {size} matrix "
            "with ones on its diagonal.",
            where=f"corr[{quoted(factor)}]",
        )


def _by_name(given: object, choices: Sequence[str], where: str) -> Values:
    if not isinstance(given, Mapping):
        names = f" of {', '.join(choices)}" if choices else ""
        raise DataError(
            f"{where}= takes a dict, not {given!r}.", hint=f"With the values{names} by name."
        )
    said = 'There is no "{}" to give a value to.'
    return {
        require_name(name, choices, said.format(name), where=where): value
        for name, value in given.items()
    }


def _numbers(given: object, where: str) -> FloatArray:
    return float_array(given, DataError(f"{given!r} is not made of numbers.", where=where))


def _number(given: object, where: str) -> float:
    found = _numbers(given, where)
    if found.shape != ():
        raise DataError(f"{given!r} is not one number.", where=where)
    return float(found)


def _within(spec: Spec, name: str, value: Values | ArrayLike) -> float:
    """Return a parameter's value where it can lie."""
    number, entry = _number(value, name), spec.priors.entry(name)
    if entry.positive:
        return _positive(number, name)
    lower, upper = entry.domain
    if not lower <= number <= upper:
        raise DataError(f"{name} is {number:g}; it lies between {lower:g} and {upper:g}.")
    return number


def _positive(value: float, name: str) -> float:
    if not 0 <= value < np.inf:
        raise DataError(f"{name} is {value:g}; it cannot be negative or infinite.")
    return max(value, 1e-150)  # log 0 is not a number to compute with; the likelihood is the same


def _coefficients(names: Sequence[str], b: Values | ArrayLike, where: str) -> FloatArray:
    if isinstance(b, Mapping):
        b = _by_name(b, names, where)
        absent = [name for name in names if name not in b]
        if absent:
            raise DataError(f"{where} lacks {', '.join(absent)}.", where=where)
        return np.array([_number(b[name], f'{where}["{name}"]') for name in names])
    values = np.atleast_1d(_numbers(b, where))
    if values.shape != (len(names),):
        raise DataError(
            f"{where} has {values.size} values for {len(names)} "
            f"{'fixed effects' if where == 'b' else 'coefficients'}.",
            where=where,
            hint=f"In the order {', '.join(names)}.",
        )
    return values
