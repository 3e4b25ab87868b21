"""Expected responses over the population of groups: integrated over deviations, in every draw.

Deviations of new groups scatter a linear predictor normally, with the variance z' S z of its
effects' columns z and their covariance S; several that share a factor scatter together.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import product

import numpy as np

from mixwell.errors import DataError
from mixwell.interpret.expected.smooth_means import by_a_surface, by_lines
from mixwell.interpret.expected.taken_back import ExpectedAt
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.numeric.integrals.normal_rule import even_rule
from mixwell.posterior.posterior import Posterior

__all__ = ["Scatter", "over_groups", "scatter_of", "slope_over_groups"]

type Etas = Mapping[str, FloatArray]
type Effects = Mapping[str, Mapping[str, FloatArray]]

# The step of a derivative, in the linear predictors' own scale, and what counts as no change.
_STEP, _LEAST = 1e-3, 1e-12
# Numbers that are worked on together.
_TOGETHER = 40_000


@dataclass(frozen=True, eq=False)
class Scatter:
    """How deviations of groups scatter linear predictors: `covariance` of two, `(row, sample)`.

    `parameters` are those that they scatter at all.
    """

    parameters: tuple[str, ...]
    covariance: Mapping[tuple[str, str], FloatArray]

    def of(self, rows: IntArray | slice) -> "Scatter":
        """Return the scatter of some rows."""
        return Scatter(self.parameters, {key: v[rows] for key, v in self.covariance.items()})

    @property
    def reach(self) -> FloatArray:
        """How far each row is scattered in the draw where that is furthest, `(row,)`."""
        each = (self.covariance[name, name].max(axis=1) for name in self.parameters)
        return np.asarray(np.sqrt(np.maximum(np.maximum.reduce(list(each)), 0.0)))


def scatter_of(posterior: Posterior, factors: Collection[str], effects: Effects) -> Scatter:
    """Return the scatter of linear predictors by the deviations of some factors.

    `effects` are each parameter's columns by factor, `(row, effect)`. Raises `DataError` for more
    than two parameters with groups of these factors.
    """
    total: dict[tuple[str, str], FloatArray] = {}
    layout = posterior.spec.layout
    for factor in factors:
        members = [each for p in effects for each in layout.of(p) if each.factor == factor]
        if not members:
            continue
        matrix = posterior.covariance(*members).matrix
        ends = np.cumsum([0, *(len(each.effects) for each in members)])
        places = {each.parameter: slice(*ends[k : k + 2]) for k, each in enumerate(members)}
        for one, other in product(places, repeat=2):
            part = matrix[:, places[one], places[other]]
            z, w = (np.nan_to_num(effects[name][factor]) for name in (one, other))
            found = np.einsum("re,sef,rf->rs", z, part, w, optimize=True)
            total[one, other] = total.get((one, other), 0.0) + found
    parameters = tuple(dict.fromkeys(one for one, _ in total))
    if len(parameters) > 2:
        raise DataError(
            f"Groups have deviations of {len(parameters)} parameters that the mean depends on.",
            where='groups="integrated"',
            hint='groups="new" averages over drawn deviations.',
        )
    return Scatter(parameters, total)


def over_groups(
    scatter: Scatter,
    etas: Etas,
    response: Callable[[Etas], FloatArray],
    period: float | None = None,
    *,
    any_rows: bool = False,
    any_draws: bool = False,
) -> FloatArray:
    """Return the mean of a `response` to linear predictors `(row, sample)` over their scatter.

    Angles, the same a `period` apart, have that of their mean direction. Where the response takes
    the linear predictors of `any_rows`, those that scatter alike are taken together: rows of little
    scatter need few nodes, and a few rows stay in the processor's cache; of many with the same
    scatter the mean is a smooth function of the linear predictor, known by a few of its points.
    Where it takes those of `any_draws`, too, it is one smooth function of both for all of them.
    """
    if not scatter.parameters:
        return response(etas)
    wider = _with_residuals(scatter, etas, response)
    if wider is not None:
        scatter, etas, response = wider
        any_draws = True  # medians of what was measured are one function of their own
    if any_rows and period is None:
        smooth = _smooth(scatter, etas, response, any_draws=any_draws)
        if smooth is not None:
            return smooth
    (first, *_), total = etas.values(), None
    count = -(-first.size // _TOGETHER)
    if not any_rows or count < 2:
        return _over_all(scatter, etas, response, period)
    for rows in np.array_split(np.argsort(scatter.reach), min(count, len(first))):
        own = {name: eta[rows] for name, eta in etas.items()}
        found = _over_all(scatter.of(rows), own, response, period)
        total = np.empty((len(first), found.shape[1])) if total is None else total
        total[rows] = found
    assert total is not None
    return total


def _with_residuals(
    scatter: Scatter, etas: Etas, response: Callable[[Etas], FloatArray]
) -> tuple[Scatter, Etas, Callable[[Etas], FloatArray]] | None:
    """Return the scatter with that of residuals over which the response is a mean, too.

    None where they do not scatter its linear predictor alone, as groups do.
    """
    found = response.with_residuals(etas) if isinstance(response, ExpectedAt) else None
    if found is None:
        return None
    variance, medians = found
    name = medians.source.parameter
    if scatter.parameters != (name,):
        return None
    first = slice(0, 1)
    of_groups = scatter.of(first)
    _over_all(of_groups, {n: v[first] for n, v in etas.items()}, response, None)  # is there a mean?
    total = {(name, name): scatter.covariance[name, name] + variance}
    return Scatter((name,), total), {name: etas[name]}, medians


def _smooth(
    scatter: Scatter, etas: Etas, response: Callable[[Etas], FloatArray], *, any_draws: bool
) -> FloatArray | None:
    """Return means as those of a smooth function, None where they are no such or are few."""
    (name, eta), *others = etas.items()
    if others:
        return None

    def mean(at: FloatArray, variance: FloatArray) -> FloatArray:
        own = Scatter(scatter.parameters, {(name, name): variance})
        return over_groups(own, {name: at}, response)

    variance, found = scatter.covariance[name, name], None
    if any_draws:
        found = by_a_surface(mean, eta, variance)
    return by_lines(mean, eta, variance) if found is None else found


def _over_all(
    scatter: Scatter,
    etas: Etas,
    response: Callable[[Etas], FloatArray],
    period: float | None,
) -> FloatArray:
    """Return the mean over the scatter of all rows at once."""
    if period is not None:
        middle, turn = response(etas), period / (2 * np.pi)
        total = _mean(scatter, etas, lambda at: np.exp(1j * (response(at) - middle) / turn))
        return np.asarray(middle + turn * np.angle(total))
    return _mean(scatter, etas, response)


def _mean(scatter: Scatter, etas: Etas, response: Callable[[Etas], FloatArray]) -> FloatArray:
    each = (_over_one if len(scatter.parameters) == 1 else _over_two)(scatter, etas, response)
    return reduce(np.add, each)  # what responds may have other columns than its predictors


def _over_one(
    scatter: Scatter, etas: Etas, response: Callable[[Etas], FloatArray]
) -> Iterator[FloatArray]:
    (name,) = scatter.parameters
    sd = np.sqrt(np.maximum(scatter.covariance[name, name], 0.0))
    for z, weight in _nodes(sd):
        yield weight * response({**etas, name: etas[name] + z * sd})


def _nodes(sd: FloatArray) -> Iterator[tuple[float, float]]:
    return zip(*even_rule(float(sd.max(initial=0.0))), strict=True)


def _over_two(
    scatter: Scatter, etas: Etas, response: Callable[[Etas], FloatArray]
) -> Iterator[FloatArray]:
    one, other = scatter.parameters
    a = np.sqrt(np.maximum(scatter.covariance[one, one], 0.0))
    shared = scatter.covariance.get((one, other), np.zeros_like(a))
    b = np.divide(shared, a, out=np.zeros_like(a), where=a > 0)
    c = np.sqrt(np.maximum(scatter.covariance[other, other] - b**2, 0.0))
    total = np.maximum(a, np.abs(b))  # what the first of two dimensions scatters
    for (z, v), (y, w) in product(_nodes(total), _nodes(c)):
        moved = {one: etas[one] + z * a, other: etas[other] + z * b + y * c}
        yield v * w * response({**etas, **moved})


def slope_over_groups(
    posterior: Posterior,
    factors: Collection[str],
    at: tuple[Etas, Effects],
    changes: tuple[Etas, Effects],
    response: Callable[[Etas], FloatArray],
    period: float | None = None,
    *,
    any_draws: bool = False,
) -> FloatArray:
    """Return the derivative of the mean over groups, whose scatter changes along, too.

    `at` are linear predictors and columns of effects, `changes` their derivatives. It is a
    five-point central difference.
    """
    (etas, effects), (moves, slopes) = at, changes
    spread = scatter_of(posterior, factors, slopes)
    parts = [np.abs(move) for move in moves.values()]
    parts += [np.sqrt(np.abs(spread.covariance[p, p])) for p in spread.parameters]
    pace = np.add.reduce(parts)
    step = _STEP / np.maximum(pace.max(axis=1, keepdims=True), _LEAST)

    def there(k: int) -> FloatArray:
        moved = {name: eta + k * step * moves[name] for name, eta in etas.items()}
        columns = {
            name: {f: z + k * step * slopes[name][f] for f, z in own.items()}
            for name, own in effects.items()
        }
        scatter = scatter_of(posterior, factors, columns)
        return over_groups(scatter, moved, response, period, any_rows=True, any_draws=any_draws)

    return np.asarray((8 * (there(1) - there(-1)) - (there(2) - there(-2))) / (12 * step))
