"""The mode of x given t by Newton's method, and of t by its marginal density in the reference."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mixwell.infer.coordinates.working_weights import start
from mixwell.infer.declined import Declined
from mixwell.infer.direct.reference import Conditional, Expansion, Reference, build_reference
from mixwell.infer.direct.target import Target
from mixwell.numeric.arrays import FloatArray
from mixwell.specify.scales import part_of, response_units, typical_vector

__all__ = ["Peak", "find_peak", "first_t", "first_x", "mode_given", "peak_near"]

#: The most steps of Newton's method, rounds of both searches, and halvings of a step.
_STEPS, _ROUNDS, _HALVES = 500, 30, 12
_TOLERANCE = 1e-6
#: How far the predictors of further parameters, such as log(alpha), go in a step of a rough search:
#: counts without more scatter than Poisson's have no alpha.
_FARTHEST = 2.0
#: Of how many draws and their opposites a normal is made, and how often at most.
_PAIRS, _FADES = 8, 40
#: The step of differences in t, the longest step taken, and the change that ends the search.
_DIFFERENCE, _LONGEST, _LEAST = 0.03, 1.5, 0.02
#: The least curvature along an axis of t, as a normal's with a standard deviation of 2.
_FLATTEST = 0.25
#: Distances, in standard deviations, at which the marginal of t is compared with a normal one's,
#: and the largest factor by which it may be wider.
_DISTANCES, _WIDEST = (1.0, 2.0, 3.5), 4.0

type Density = Callable[[FloatArray], float]
#: What is called at every step of a search.
type Noted = Callable[[], object]


def _unnoted() -> None:
    """Take no note of a step."""


@dataclass(frozen=True, eq=False)
class Peak:
    """The reference at the mode, and the marginal density of t around it.

    `axes` (t, axis) are its principal axes times their standard deviations, `wider` (2, axis) the
    factors by which it is wider on their negative and positive sides.
    """

    reference: Reference
    x: FloatArray
    t: FloatArray
    axes: FloatArray
    wider: FloatArray


def find_peak(target: Target, noted: Noted = _unnoted) -> Peak | Declined:
    """Find the mode of x and t, or where rows have several predictors a normal with no need of it.

    With a sigma for each group, a mode may be where a group's rows are fitted without an error.
    `noted` is called at every step.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # searches that run away find nothing
        found = _mode(target, noted)
        if isinstance(found, Declined) and len(target.rows.labels) > 1:
            return _normal(target, noted) or found
    return found


def _mode(target: Target, noted: Noted) -> Peak | Declined:
    """Find the mode of x and t, in turn: x by Newton's method, t in the reference at x."""
    at = first_t(target)
    found = mode_given(target, None, at, noted=noted)
    if isinstance(found, Declined):
        return found
    x = found
    for _ in range(_ROUNDS):
        reference = build_reference(target, x)
        conditional = Conditional(reference)
        if not at.size:
            return Peak(reference, x, at, np.zeros((0, 0)), np.ones((2, 0)))
        noted()
        moved = _climb(conditional, at)
        if isinstance(moved, Declined):
            return moved
        step = float(np.abs(moved - at).max())
        at = moved
        conditional.move(at)
        found = mode_given(target, conditional.mean, at, noted=noted)
        if isinstance(found, Declined):
            return found
        x = found
        if step < _LEAST:
            break
    reference = build_reference(target, x)
    return _measured(Conditional(reference), x, at)


def _normal(target: Target, noted: Noted) -> Peak | None:
    """Find the normal whose quadratic has the mean slopes and curvatures of its own draws.

    The draws move with the normal, until both stand; before that it serves as well, if less
    well. None where it is not finite. Source: Opper and Archambeau 2009.
    """
    x, t = first_x(target), first_t(target)
    half = np.random.default_rng(0).standard_normal((_PAIRS, x.size))
    expansion = Expansion(target)
    expansion.add(x)
    for _ in range(_FADES):
        noted()
        reference = expansion.reference()
        conditional = Conditional(reference)
        moved = _climb(conditional, t)
        if isinstance(moved, Declined) or not conditional.move(moved):
            return None
        step = max(np.abs(moved - t).max(initial=0.0), np.abs(conditional.mean - x).max())
        t, x = moved, conditional.mean
        if step < _LEAST:
            break
        expansion.fade()
        for z in (*half, *-half):
            expansion.add(conditional.place(z))
    found = peak_near(reference, x, t)
    return None if isinstance(found, Declined) else found


def peak_near(reference: Reference, x: FloatArray, t: FloatArray) -> Peak | Declined:
    """Find the mode of t in a reference around x, from a place nearby."""
    conditional = Conditional(reference)
    for _ in range(_ROUNDS if t.size else 0):
        moved = _climb(conditional, t)
        if isinstance(moved, Declined):
            return moved
        step, t = float(np.abs(moved - t).max()), moved
        if step < _LEAST:
            break
    return _measured(conditional, x, t)


def first_t(target: Target) -> FloatArray:
    """Return a t to begin with: standard deviations of a usual size, no correlations."""
    t = target.covariances
    sds = [
        float(c.unconstrained(np.asarray(_inside(c.lower, c.upper, s))))
        for c, s in zip(t.coordinates, t.starts, strict=True)
    ]
    return np.array(sds + [0.0] * (t.size - len(t.coordinates)))


def _inside(lower: float, upper: float, value: float) -> float:
    """Return a value inside an interval, the one given where it is."""
    if np.isinf(upper):
        return max(value, lower + abs(value))
    return min(max(value, lower + 0.05 * (upper - lower)), upper - 0.05 * (upper - lower))


def first_x(target: Target) -> FloatArray:
    """Return an x to begin with: the predictors' means, a family's parameters near the data's."""
    spec, columns = target.spec, target.columns
    x = np.zeros(columns.size)
    eta = start(spec)
    for name, span in columns.coefficients.items():
        if span.stop == span.start:
            continue
        if name in spec.vectors:
            x[span] = typical_vector(spec.response, spec.vectors[name], spec.family.link)
            continue
        if name in spec.locations:
            level = float(np.mean(eta[name]))
            offset = spec.predictors[name].offset
            level -= 0.0 if offset is None else float(np.mean(offset))
        else:
            family = spec.family
            units = response_units(*part_of(family, spec.response, name))
            level = float(family.link_of(name)(family.parameter(name).start(units)))
        predictor = spec.predictors.get(name)
        if predictor is None or predictor.fixed.intercept:
            x[span.start] = level
        else:  # the coefficients that come nearest to it in every row
            part = columns.parts[target.rows.labels.index(name)]
            x[span] = np.linalg.lstsq(part.fixed, np.full(len(part.fixed), level), rcond=None)[0]
    return x


def mode_given(
    target: Target,
    x: FloatArray | None,
    t: FloatArray,
    *,
    rough: bool = False,
    noted: Noted = _unnoted,
) -> FloatArray | Declined:
    """Return the mode of x given t, from a place nearby, or from one found in the data.

    `rough` is for places to begin with: as far as the search goes, where it finds no mode. `noted`
    is called at every step.
    """
    priors, x = target.priors, first_x(target) if x is None else x

    def density(at: FloatArray) -> float:
        own = priors.value(priors.of(target.coefficients(at)))
        return target.log_likelihood(at) + own + target.log_effects(at, t)

    value = density(x)
    if not np.isfinite(value):
        return Declined("the log density is not finite where the search for its mode begins")
    reason = "no mode of coefficients and effects was found: the density goes on rising"
    for _ in range(_STEPS):
        noted()
        conditional = Conditional(build_reference(target, x))
        if not conditional.move(t):
            reason = "the information about coefficients and effects is not positive definite"
            break
        step, length = conditional.mean - x, 1.0
        if rough:
            step *= min(1.0, _FARTHEST / _turn(target, x, step))
        while True:
            new = density(x + length * step)
            if new >= value - 1e-9 or length < 1e-6:
                break
            length /= 2
        if not np.isfinite(new):
            reason = "no mode of coefficients and effects was found"
            break
        gain, x, value = new - value, x + length * step, new
        if abs(gain) < _TOLERANCE:
            return x
    return x if rough else Declined(reason)


def _turn(target: Target, x: FloatArray, step: FloatArray) -> float:
    """Return how far a step takes the linear predictors of further parameters at most."""
    labels, columns = target.rows.labels, target.columns
    own = [k for k, name in enumerate(labels) if k and name not in columns.vectors]
    with np.errstate(all="ignore"):
        moved = columns.predictors(x + step)[own] - columns.predictors(x)[own]
    return float(np.nan_to_num(np.abs(moved), nan=np.inf).max(initial=1e-300))


def _climb(conditional: Conditional, t: FloatArray) -> FloatArray | Declined:
    """Take one Newton step on the marginal density of t in the reference."""
    density = _marginal(conditional)
    value = density(t)
    slope, bend = _derivatives(density, t, value)
    if not (np.isfinite(slope).all() and np.isfinite(bend).all()):
        return Declined("the marginal density of the standard deviations is not finite")
    sizes, axes = np.linalg.eigh(-bend)
    sizes = np.maximum(np.abs(sizes), _FLATTEST)
    step = axes @ ((axes.T @ slope) / sizes)
    longest = float(np.abs(step).max(initial=0.0))
    if longest > _LONGEST:  # 0 where the density is level to rounding
        step *= _LONGEST / longest
    for _ in range(_HALVES):
        if density(t + step) > value - 1e-7:
            return np.asarray(t + step)
        step = step / 2
    return t


def _marginal(conditional: Conditional) -> Density:
    """Return the log marginal density of t in the reference, as a function."""

    def density(t: FloatArray) -> float:
        return conditional.log_marginal if conditional.move(t) else -np.inf

    return density


def _derivatives(density: Density, t: FloatArray, value: float) -> tuple[FloatArray, FloatArray]:
    """Return slopes and second derivatives by differences."""
    count, h = len(t), _DIFFERENCE
    steps = h * np.eye(count)
    above = np.array([density(t + step) for step in steps])
    below = np.array([density(t - step) for step in steps])
    with np.errstate(invalid="ignore"):
        bend = np.diag((above + below - 2 * value) / h**2)
        for i in range(count):
            for j in range(i):
                corner = density(t + steps[i] + steps[j]) + density(t - steps[i] - steps[j])
                both = above[i] + above[j] + below[i] + below[j] - 2 * value
                bend[i, j] = bend[j, i] = (corner - both) / (2 * h**2)
        return (above - below) / (2 * h), bend


def _measured(conditional: Conditional, x: FloatArray, t: FloatArray) -> Peak | Declined:
    """Measure the marginal density of t along its axes."""
    density = _marginal(conditional)
    value = density(t)
    _, bend = _derivatives(density, t, value)
    if not np.isfinite(bend).all():
        return Declined("the marginal density of the standard deviations is not finite")
    sizes, axes = np.linalg.eigh(-bend)
    axes = axes / np.sqrt(np.maximum(sizes, _FLATTEST))
    wider = np.ones((2, len(t)))
    for axis in range(len(t)):
        for side, sign in enumerate((-1.0, 1.0)):
            for distance in _DISTANCES:
                drop = value - density(t + sign * distance * axes[:, axis])
                factor = distance / np.sqrt(2 * max(drop, 1e-3))
                wider[side, axis] = max(wider[side, axis], min(_WIDEST, factor))
    return Peak(conditional.reference, x, t, axes, wider)
