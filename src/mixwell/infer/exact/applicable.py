"""Whether the exact engine can take a specification, and the sentence that says why not."""

from mixwell.errors import SamplingError
from mixwell.infer.declined import Declined
from mixwell.specify.spec import Spec

__all__ = [
    "PARAMETERS_MAXIMUM",
    "is_gaussian",
    "require_integrable",
    "sooner_by_chains",
    "too_many",
    "why_not_exact",
]

#: Above so many sampled parameters importance sampling wastes most of its draws.
PARAMETERS_MAXIMUM = 25
#: The largest dense matrix that is factorized for every parameter vector.
COLUMNS_MAXIMUM = 2_500
#: From so many columns on it is asked whether chains are done sooner.
COLUMNS_MANY = 400
#: Seconds that draws take by columns^3, an iteration of a chain in itself, and for each effect that
#: a row has: measured once; only what they are to each other matters.
_BY_COLUMNS, _ITERATION, _BY_EFFECT = 1.4e-8, 1.0e-3, 1.8e-8
#: How many times as many draws chains are worth, where so many columns are left.
_WORTH = 2.0


def require_integrable(
    spec: Spec,
    needed: str = "The random effects cannot be integrated out",
    hint: str | None = None,
) -> None:
    """Raise `SamplingError` for a specification that the exact engine cannot take."""
    declined = why_not_exact(spec)
    if declined is not None:
        raise SamplingError(f"{needed}: {declined}.", hint=hint)


def why_not_exact(spec: Spec) -> Declined | None:
    """Return why a specification is not one for the exact engine; None where it is."""
    response = spec.response
    if spec.design.parameters:
        name = next(iter(spec.design.parameters))
        if spec.family.parameter(name).within:
            return Declined("thresholds have effects of their own")
        if spec.family.parameter(name).location:
            return Declined(f"the family {spec.family.name} has several linear predictors")
        return Declined(f"{name} has a formula of its own")
    if (weights := response.weight_ends) is not None and weights.zeros:
        return Declined("some weights are zero")
    entries = spec.priors.coefficients()
    if spec.design.mean.fixed.shift is not None and entries and entries[0].role == "intercept":
        first = entries[0]
        if not first.centered and first.prior.distribution != "Flat":
            return Declined("the intercept has a prior where predictors are 0, far from the data")
    return _why_not_gaussian(spec) if is_gaussian(spec) else _why_not_quadrature(spec)


def is_gaussian(spec: Spec) -> bool:
    """Return whether random effects are integrated out in closed form, not by quadrature."""
    response = spec.response
    estimated = response.se is not None and response.se_sigma
    cut = response.censoring is not None or response.truncated
    return spec.family.closed_form and not (estimated or cut)


def _why_not_gaussian(spec: Spec) -> Declined | None:
    columns = _columns(spec)
    if columns > COLUMNS_MAXIMUM:
        return Declined(
            f"without the factor with most levels {columns:,} columns are left, "
            f"more than the {COLUMNS_MAXIMUM:,} that are factorized at a time"
        )
    return _too_many(spec, 0)


def _columns(spec: Spec) -> int:
    """Return how many columns are left without the factor with most levels."""
    sizes = sorted(len(f.levels) * len(f.effects) for f in spec.layout.factors)
    return sum(sizes[:-1]) + len(spec.design.mean.fixed.names)


def sooner_by_chains(spec: Spec, iterations: int) -> Declined | None:
    """Return why chains of so many iterations in all are done sooner, at equal worth of draws."""
    columns, rows = _columns(spec), spec.design.n
    if not is_gaussian(spec) or columns < COLUMNS_MANY or spec.design.elsewhere is not None:
        return None
    effects = sum(len(f.effects) for f in spec.layout.factors)
    chains = iterations * (_ITERATION + _BY_EFFECT * rows * effects)
    if chains > _WORTH * _BY_COLUMNS * columns**3:
        return None
    return Declined(
        f"without the factor with most levels {columns:,} columns are left, of a matrix that would "
        "be factorized again and again, and chains are done sooner"
    )


def _why_not_quadrature(spec: Spec) -> Declined | None:
    family = f"{spec.family.name} with link {spec.link}"
    if spec.family.closed_form:
        cut = spec.response.censoring is not None or spec.response.truncated
        estimated = "se(..., sigma = TRUE), where variances do not share one scale,"
        family = "a censored or truncated response" if cut else estimated
    if spec.family.density.corner:
        said = f"the density of the family {spec.family.name} has a corner at every response"
        return Declined(f"{said}, which quadrature takes for smooth")
    if spec.family.tally is None:
        return Declined(f"the family {spec.family.name} is not one that it integrates")
    factors = spec.layout.factors
    if len(factors) > 1:
        names = " and ".join(f.factor for f in factors)
        return Declined(f"{family} needs a single grouping factor, and the model has {names}")
    if factors and len(factors[0].effects) > 2:
        return Declined(f"{family} needs at most two effects by {factors[0].factor}")
    return _too_many(spec, len(spec.design.mean.fixed.names))


def _too_many(spec: Spec, sampled: int) -> Declined | None:
    pairs = sum(unit.size * (unit.size - 1) // 2 for unit in spec.layout.units if unit.correlated)
    sizes = {n: len(v.labels(spec.response.levels or ())) for n, v in spec.vectors.items()}
    own = sum(sizes.get(name, 1) for name in spec.auxiliary)
    count = own + sum(len(f.effects) for f in spec.layout.factors) + pairs + sampled
    return too_many(count)


def too_many(count: int) -> Declined | None:
    """Return why so many parameters are not sampled; None where they are few enough."""
    if count <= PARAMETERS_MAXIMUM:
        return None
    return Declined(
        f"{count} parameters are left after integration, "
        f"more than the {PARAMETERS_MAXIMUM} that importance sampling can take"
    )
