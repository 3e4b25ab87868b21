"""Log densities of rows and random responses, for draws whose PyMC model is not at hand."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from mixwell.errors import DataError
from mixwell.families import Family
from mixwell.families.arguments import Arguments
from mixwell.families.elementwise import Elementwise, arguments_of
from mixwell.families.family import Censorable, Sampler
from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.search.root import reached

if TYPE_CHECKING:
    from mixwell.design.response.response import Response

__all__ = [
    "distribution_ends",
    "log_density",
    "mean_given_bounds",
    "random_response",
    "random_rows",
    "row_arguments",
    "row_scale",
]

#: The largest count that sums of probabilities are made up to.
_MOST = 100_000

type Parameters = Mapping[str, FloatArray]


def row_scale(response: "Response", sigma: FloatArray | None, n: int) -> FloatArray:
    """Return each row's standard deviation, broadcast (..., obs): sigma, se and weights joined."""
    if response.se is None:
        scale = np.zeros(n) if sigma is None else sigma + np.zeros(n)
    elif response.se_sigma and sigma is not None:
        scale = np.sqrt(response.se**2 + sigma**2)
    else:
        scale = np.asarray(response.se, dtype=float)
    if response.weights is None or response.survey:
        return scale
    return scale / np.sqrt(response.weights)


def row_arguments(
    family: Family, response: "Response", eta: FloatArray, parameters: Parameters
) -> Arguments:
    """Return what the family's functions ask for in every row.

    `eta` (..., obs) is the linear predictor, `parameters` the family's others on their own scale,
    which broadcast with it; the scale parameter holds known errors and weights too.
    """
    given: dict[str, FloatArray] = {"eta": eta, **response.read, **parameters}
    if family.scale is not None:
        name = family.scale.name
        given[name] = row_scale(response, parameters.get(name), eta.shape[-1])
    return family.arguments(**given)


def log_density(
    family: Family, response: "Response", eta: FloatArray, parameters: Parameters
) -> FloatArray:
    """Return the log likelihood of every row, (..., obs), as the PyMC model has it.

    Arguments are those of `row_arguments`. Weights, known errors, censoring and truncation enter as
    in the model. Raises `DataError` for a family without a distribution function that is to be
    censored or truncated.
    """
    rows = row_arguments(family, response, eta, parameters)
    if response.censoring is not None:
        result = _censored(rows, family, response)
    else:
        result = rows.call(family.density.log)
    if response.truncated:
        inside = _log_between(rows, family, response)
        # where nothing lies between the bounds to rounding, no response is possible
        result = np.where(inside > -np.inf, result - inside, -np.inf)
    if response.weights is not None and (family.scale is None or response.survey):
        result = result * response.weights
    return result if result.shape == eta.shape else result + np.zeros(eta.shape)


def distribution_ends(
    family: Family, response: "Response", eta: FloatArray, parameters: Parameters
) -> tuple[FloatArray, FloatArray]:
    """Return the probabilities below and up to each row's response, (..., obs) each.

    They are the same where responses are continuous. Censored rows reach from their limit to the
    end of the distribution, or from limit to limit; truncation leaves what lies between the bounds.
    Arguments are those of `row_arguments`. Raises `DataError` for a family without a distribution
    function whose responses are not whole.
    """
    rows = row_arguments(family, response, eta, parameters)
    if family.censorable is None:
        return _summed_ends(rows, family, response, eta.shape)
    known, step = family.censorable, float(family.support.whole)
    high = np.exp(tail(rows, known.log_below)) + np.zeros(eta.shape)
    low = high
    if step:
        low = np.exp(tail(rows.given(y=response.values - step), known.log_below))
    elif family.support.atoms is not None:
        atom = rows.call(family.support.atoms)
        low = high - np.where(atom, np.exp(rows.call(family.density.log)), 0.0)
    if response.censoring is not None:
        side, ceiling = response.censoring, response.censoring_upper
        low = np.where(side == -1, 0.0, np.where(side == 2, high, low))
        high = np.where(side == 1, 1.0, high)
        if ceiling is not None and (side == 2).any():
            top = np.exp(tail(rows.given(y=ceiling), known.log_below))
            high = np.where(side == 2, top, high)
    if not response.truncated:
        return np.asarray(low), np.asarray(high)
    below, above = _bounds(rows, family, response)
    _refuse_empty(below, above, response, slice(None))
    low, high = np.clip(low, below, above), np.clip(high, below, above)
    return (low - below) / (above - below), (high - below) / (above - below)


def _summed_ends(
    rows: Arguments, family: Family, response: "Response", shape: tuple[int, ...]
) -> tuple[FloatArray, FloatArray]:
    """Sum the probabilities of whole responses below each row's; there are few of them."""
    if not family.support.whole:
        raise DataError(f'The family "{family.name}" has no distribution function.')
    y, low = response.values, np.zeros(shape)
    for k in range(int(y.max(initial=0.0))):
        counted = np.minimum(float(k), y)  # no row is asked for more than it can have
        low += np.where(k < y, _probability(rows.given(y=counted), family), 0.0)
    return low, low + np.exp(rows.call(family.density.log))


def mean_given_bounds(
    family: Family, response: "Response", eta: FloatArray, parameters: Parameters
) -> FloatArray:
    """Return the expected response of every row given its truncation bounds, (..., obs).

    Where nothing lies between them to rounding, it is the bound that is nearer to the mean.
    Arguments are those of `row_arguments`. Source: Stein's identity; of the normal distribution it
    is the mean of Johnson, Kotz and Balakrishnan (1994, section 13.10.1).
    """
    rows, known = row_arguments(family, response, eta, parameters), family.distribution
    whole = mean = np.asarray(rows.value(family.mean) + np.zeros(eta.shape))
    between, counts = _log_between(rows, family, response), family.support.whole
    nothing = ~np.isfinite(between)
    inside = np.where(nothing, 0.0, between)
    for bound, sign in ((_just_below(family, response), 1.0), (response.upper, -1.0)):
        if bound is None:
            continue
        open_end = ~np.isfinite(bound) | (counts & (bound < 0))
        excess = rows.given(y=np.where(open_end, 0.0, bound)).call(known.log_excess)
        mean = mean + sign * np.where(open_end, 0.0, np.exp(excess - inside))
    return np.clip(np.where(nothing, whole, mean), response.lower, response.upper)


def random_response(
    family: Family,
    response: "Response",
    eta: FloatArray,
    parameters: Parameters,
    rng: np.random.Generator,
    part: slice = slice(None),
) -> FloatArray:
    """Draw a response for every row, (..., obs); truncated families by inverting the cdf.

    Arguments are those of `row_arguments`; all but the response are of a `part` of its rows.
    Censored rows are drawn as they were before censoring.
    Raises `DataError` for a weight of 0 where weights are precisions, for bounds between which
    nothing lies to rounding, and for a family whose truncation cannot be drawn from.
    """
    _refuse_no_weight(family, response)
    whole, response = response, response.rows(part)
    rows = row_arguments(family, response, eta, parameters)
    if response.truncated:
        _refuse_empty(*_bounds(rows, family, response), whole, part)
    return random_rows(rows, family, response, eta.shape, rng)


def random_rows(
    rows: Arguments,
    family: Family,
    response: "Response",
    shape: tuple[int, ...],
    rng: np.random.Generator,
) -> FloatArray:
    """Draw a response for every row, (..., obs), whose family's arguments are known."""
    if not response.truncated:
        return _drawn(rows, family, shape, rng)
    below, above = _bounds(rows, family, response)
    chance = below + rng.uniform(size=shape) * (above - below)
    return quantiles(rows, family, chance)


def quantiles(rows: Arguments, family: Family, chance: FloatArray) -> FloatArray:
    """Return the least responses whose distribution function reaches `chance`, element by element.

    Raises `DataError` for a family without a distribution function.
    """
    known = family.distribution
    if known.quantile is None and family.support.whole:
        return _counted(rows, known, chance)
    if known.quantile is None:
        return _looked_up(rows, family, known, chance)
    return np.asarray(rows.given(p=chance).call(known.quantile), dtype=float)


def _refuse_no_weight(family: Family, response: "Response") -> None:
    if family.scale is None or response.weights is None:
        return
    idle = np.flatnonzero(response.weights == 0)
    if idle.size:
        raise DataError(
            "A row of weight 0 says nothing, and its response has no finite spread.",
            where=f"weights, row {idle[0] + 1} of {response.weights.size}",
            hint="Give a weight above 0, or leave the row out.",
        )


def _refuse_empty(below: FloatArray, above: FloatArray, response: "Response", part: slice) -> None:
    empty = ~(above > below)
    if empty.any():
        row = np.unravel_index(int(empty.argmax()), empty.shape)[-1] + (part.start or 0)
        raise DataError(
            "The truncation bounds are so far from the mean that nothing lies between them.",
            where=f"row {row + 1} of {response.values.size}",
            hint="Correct the bounds, or leave the row out.",
        )


def _drawn(
    rows: Arguments, family: Family, shape: tuple[int, ...], rng: np.random.Generator
) -> FloatArray:
    if family.parts and family.sampler is None:
        return _drawn_parts(rows, family, shape, rng)
    if family.sampler is None:
        return _inverted(rows, family, rng.uniform(size=shape))
    return _sampled(rows, family.sampler, shape, rng)


def _sampled(
    rows: Arguments, sampler: Sampler, shape: tuple[int, ...], rng: np.random.Generator
) -> FloatArray:
    if sampler.own is not None:
        names = arguments_of(sampler.own)[1:]
        drawn = sampler.own(rng, *(np.broadcast_to(rows[name], shape) for name in names))
        return np.asarray(drawn, dtype=float) + np.zeros(shape)
    with np.errstate(over="ignore"):
        arguments = {name: rows.value(what) for name, what in sampler.arguments}
    try:
        several = (sampler.numbers,) if sampler.numbers else ()
        drawn = getattr(rng, sampler.method)(size=(*shape, *several), **arguments)
    except ValueError:  # NumPy's generators know what they cannot draw
        raise DataError(
            "New responses cannot be drawn: in some draws their mean is too large for a number.",
            hint="Ask for rows nearer to the data, or give tighter priors.",
        ) from None
    others = {name: getattr(rng, method)(size=shape) for name, method in sampler.others}
    if sampler.then is not None:
        return _sampled(rows.given(draw=drawn, **others), sampler.then, shape, rng)
    if sampler.response is not None:
        drawn = rows.given(draw=drawn, **others).call(sampler.response)
    return np.asarray(drawn, dtype=float)


def _probability(rows: Arguments, family: Family) -> FloatArray:
    """Return the probability of whole responses, 0 of those that the family cannot have."""
    found = np.exp(rows.call(family.density.log))
    for refusal in family.support.refusals:
        found = np.where(rows.call(refusal.where), 0.0, found)
    return np.asarray(found)


def _inverted(rows: Arguments, family: Family, chance: FloatArray) -> FloatArray:
    """Return the responses at which the distribution function reaches `chance`."""
    known = family.censorable
    if not family.support.whole:
        if known is None:
            raise DataError(
                f'The family "{family.name}" does not say how responses are drawn.',
                hint="Give custom_family(..., sample=), a function of a generator and parameters.",
            )
        return _looked_up(rows, family, known, chance)
    if known is not None:
        return _counted(rows, known, chance)
    below, count = np.zeros(chance.shape), np.zeros(chance.shape)
    for k in range(_MOST):
        more = _probability(rows.given(y=np.full(1, float(k))), family)
        below += more
        short = below < chance
        # what is short at the end is so by rounding
        if not short.any() or ((below > 0.5) & (below + more == below))[short].all():
            return count
        count += short
    raise DataError(
        f"New responses cannot be drawn: in some draws they are above {_MOST:,}.",
        hint="Ask for rows nearer to the data, or give tighter priors.",
    )


def _drawn_parts(
    rows: Arguments, family: Family, shape: tuple[int, ...], rng: np.random.Generator
) -> FloatArray:
    """Draw every one of several responses, (..., obs, response)."""
    drawn = []
    for number, part in enumerate(family.parts):
        names = family.part_names(number)
        own = part.arguments(**{name: rows[here] for name, here in names.items() if name != "y"})
        drawn.append(_drawn(own, part, shape, rng))
    return np.stack(drawn, axis=-1)


def tail(rows: Arguments, log_chance: Elementwise) -> FloatArray:
    """Return the log probability of a tail; -inf, without a warning, where nothing lies in it."""
    with np.errstate(divide="ignore"):
        return np.asarray(rows.call(log_chance))


def _just_below(family: Family, response: "Response") -> FloatArray | None:
    """Return where the distribution function has what lies below the lower bound."""
    if response.lower is None:
        return None
    return np.asarray(response.lower - float(family.support.whole))


def _log_between(rows: Arguments, family: Family, response: "Response") -> FloatArray:
    """Return the log probability of a response between its bounds, from the side that is small."""
    known, lower, upper = family.distribution, _just_below(family, response), response.upper
    if lower is None:
        return tail(rows.given(y=upper), known.log_below)
    if upper is None:
        return tail(rows.given(y=lower), known.log_above)
    return _log_interval(rows, known, lower, upper)


def _log_interval(
    rows: Arguments, known: Censorable, lower: FloatArray, upper: FloatArray
) -> FloatArray:
    """Return the log probability of what lies above `lower` and up to `upper`."""
    with np.errstate(divide="ignore", invalid="ignore"):  # at ends that leave nothing out, or all
        bottom, top = rows.given(y=lower), rows.given(y=upper)
        below = tail(bottom, known.log_below)
        right = np.asarray(below > -np.log(2))
        less = np.where(right, tail(top, known.log_above), below)
        more = np.where(right, tail(bottom, known.log_above), tail(top, known.log_below))
        share = np.where(more > -np.inf, -np.expm1(less - more), 0.0)
        return np.asarray(more + np.log(np.maximum(share, 0.0)))


def _bounds(rows: Arguments, family: Family, response: "Response") -> tuple[FloatArray, FloatArray]:
    """Return the distribution function just below the lower and at the upper bound."""
    known, lower = family.distribution, _just_below(family, response)
    below, above = np.zeros(1), np.ones(1)
    if lower is not None:
        below = np.exp(tail(rows.given(y=lower), known.log_below))
    if response.upper is not None:
        above = np.exp(tail(rows.given(y=response.upper), known.log_below))
    return below, above


def _looked_up(
    rows: Arguments, family: Family, known: Censorable, chance: FloatArray
) -> FloatArray:
    """Return where the distribution function of continuous responses reaches `chance`."""
    middle = np.asarray(rows.value(family.mean)) + np.zeros(chance.shape)
    width = np.abs(middle) + 1.0
    if family.variance_function is not None:
        width = np.sqrt(rows.value(family.variance_function)) + np.zeros(chance.shape)
    return reached(lambda y: np.exp(tail(rows.given(y=y), known.log_below)), chance, middle, width)


def _counted(rows: Arguments, known: Censorable, chance: FloatArray) -> FloatArray:
    """Return the least counts whose distribution function reaches `chance`, by bisection."""

    def are_below(count: FloatArray) -> FloatArray:
        return np.asarray(np.exp(tail(rows.given(y=count), known.log_below)) >= chance)

    low, high = np.full(chance.shape, -1.0), np.ones(chance.shape)
    while not (done := are_below(high)).all():
        low, high = np.where(done, low, high), np.where(done, high, 2 * high + 1)
    while (high - low > 1).any():
        middle = np.floor((low + high) / 2)
        inside = are_below(middle)
        low, high = np.where(inside, low, middle), np.where(inside, middle, high)
    return high


def _censored(rows: Arguments, family: Family, response: "Response") -> FloatArray:
    """Return log densities of exact rows and log probabilities of censored ones.

    Those reach as far as the truncation bounds.
    """
    known, lower, upper = family.distribution, _just_below(family, response), response.upper
    y, side, step = response.values, np.asarray(response.censoring), float(family.support.whole)
    result = np.asarray(rows.call(family.density.log))
    if (side == -1).any():
        low = tail(rows, known.log_below)
        low = low if lower is None else _log_interval(rows, known, lower, y)
        result = np.where(side == -1, low, result)
    if (side == 1).any():
        high = tail(rows.given(y=y - step), known.log_above)
        high = high if upper is None else _log_interval(rows, known, y - step, upper)
        result = np.where(side == 1, high, result)
    if (side == 2).any():
        top = np.asarray(response.censoring_upper, dtype=float)
        result = np.where(side == 2, _log_interval(rows, known, y, top), result)
    return np.asarray(result)
