"""Trajectories that turn in the coordinates of a reference, and what their chains share."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from mixwell.infer.direct.nested.nested_moves import move_nested
from mixwell.infer.direct.peak import Peak
from mixwell.infer.direct.reference import Expansion, Reference
from mixwell.infer.direct.target import Target
from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.generator_numbers import LENGTH, generator_numbers, set_generator

__all__ = ["Counts", "TurnStep", "Turned", "TurningChain", "turn"]

#: Each trajectory turns by about this angle, times a number between the two ends.
_ANGLE, _ENDS = 1.75, (0.75, 1.25)
#: The acceptance that step sizes aim at, the first step, and the longest.
_TARGET, _FIRST, _LONGEST = 0.85, 0.6, 1.6
#: An error of the energy beyond this is a divergence.
_LOST = 1000.0
#: From when to when in warm-up every second x is a part of the reference that comes then, and when
#: steps begin to be averaged, as shares of warm-up; how many x make a reference.
_SEEN, _SETTLED, _ENOUGH = (0.2, 0.6), 0.8, 10


@dataclass(slots=True)
class Counts:
    """What a chain reports of its draws: sums over iterations after warmup."""

    iterations: int = 0
    acceptance: float = 0.0
    gradients: int = 0
    lost: int = 0
    proposed: float = 0.0


@dataclass(slots=True)
class TurnStep:
    """The length of steps, adapted on the log scale while a chain warms up."""

    log: float = float(np.log(_FIRST))
    mean: float = 0.0
    seen: int = 0
    averaged: int = 0

    def adapt(self, acceptance: float, half: int) -> None:
        """Make steps longer or shorter after an acceptance; after `half` take them into a mean."""
        self.seen += 1
        rate = self.seen**-0.6
        self.log = min(self.log + rate * (acceptance - _TARGET), float(np.log(_LONGEST)))
        if self.seen > half:
            self.averaged += 1
            self.mean += (self.log - self.mean) / self.averaged

    def settle(self) -> None:
        """Take the mean from now on."""
        if self.averaged:
            self.log = self.mean


@dataclass(frozen=True, slots=True)
class Turned[Place]:
    """A trajectory's end, with U and what belongs to it, None where it was not accepted."""

    accepted: tuple[FloatArray, float, Place] | None
    acceptance: float
    steps: int
    lost: bool = False


def turn[Place](
    rng: np.random.Generator,
    step_size: float,
    z: FloatArray,
    start: tuple[float, FloatArray],
    rest: Callable[[FloatArray], tuple[float, FloatArray, Place]],
) -> Turned[Place]:
    """Move z along a trajectory: rotations with a momentum, kicks by the slope of U.

    `start` is U at z with its slope, `rest` gives them at any z, with what belongs to it.
    """
    momentum = rng.standard_normal(len(z))
    before = start[0] - 0.5 * float(z @ z + momentum @ momentum)
    angle = _ANGLE * rng.uniform(*_ENDS)
    steps = max(1, int(np.ceil(angle / step_size)))
    part = angle / steps
    cosine, sine = np.cos(part), np.sin(part)
    momentum += 0.5 * part * start[1]
    with np.errstate(all="ignore"):  # far out: a place that is not accepted
        for k in range(steps):
            z, momentum = cosine * z + sine * momentum, cosine * momentum - sine * z
            value, slope, place = rest(z)
            if not np.isfinite(value):
                break
            momentum += (part if k < steps - 1 else 0.5 * part) * slope
        change = value - 0.5 * float(z @ z + momentum @ momentum) - before
    if not -_LOST < change < np.inf:
        return Turned(None, 0.0, steps, lost=True)
    acceptance = float(np.exp(min(0.0, change)))
    accepted = (z, value, place) if rng.random() < acceptance else None
    return Turned(accepted, acceptance, steps)


@dataclass
class TurningChain:
    """What chains have in common that turn in the coordinates of a reference."""

    peak: Peak
    rng: np.random.Generator
    counts: Counts = field(default_factory=Counts)

    t: FloatArray = field(init=False)
    z: FloatArray = field(init=False)
    x: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        """Begin to warm up."""
        self._first = generator_numbers(self.rng)
        self._step, self._expansion = TurnStep(), Expansion(self.target)
        self._sum, self._covariances = np.zeros_like(self.peak.t), self.target.covariances

    @property
    def target(self) -> Target:
        """What is drawn from."""
        return self.peak.reference.target

    @property
    def step_size(self) -> float:
        """The length of a step, as an angle."""
        return float(np.exp(self._step.log))

    @property
    def state(self) -> FloatArray:
        """All that the chain goes on from, as numbers: see `go_on`."""
        step = [self._step.log, self._step.mean, self._step.seen, self._step.averaged]
        numbers = self._first, generator_numbers(self.rng), step
        return np.concatenate([*numbers, self.t, self.z, self.x])

    def go_on(self, state: FloatArray) -> None:
        """Go on from a state of the same target, with the draws that it would have led to.

        Warm-up is repeated, of which the reference was made.
        """
        ends = np.cumsum([LENGTH, LENGTH, 4, self.t.size, self.z.size])
        first, generator, step, t, z, x = np.split(np.asarray(state, dtype=np.float64), ends)
        set_generator(self.rng, first)
        self.__post_init__()
        while self._step.seen < step[2]:
            self.iterate(int(step[2]))
        set_generator(self.rng, generator)
        self._step = TurnStep(float(step[0]), float(step[1]), int(step[2]), int(step[3]))
        self.t, self.z, self.x = t.copy(), z.copy(), x.copy()
        self._stand()

    def iterate(self, warmup: int = 0) -> float:
        """Make one iteration; returns its acceptance. `warmup` is how many adapt the step."""
        raise NotImplementedError

    def _stand(self) -> None:
        """Find what belongs to t, z and x."""
        raise NotImplementedError

    def _renew(self, reference: Reference, x: FloatArray, t: FloatArray) -> None:
        """Go over to a reference that was made of draws around x and t."""
        raise NotImplementedError

    def _move_nested(self) -> bool:
        """Move nested effects and covariances with their sums as they are; whether there are any.

        x moves, and no linear predictor but for rounding.
        """
        for nest in self.target.nests:
            self.x, self.t = move_nested(nest, self._covariances, self.x, self.t, self.rng)
        return bool(self.target.nests)

    def _adapt(self, acceptance: float, warmup: int) -> None:
        """Adapt the length of steps, and settle it at the end of warm-up."""
        self._step.adapt(acceptance, int(_SETTLED * warmup))
        if self._step.seen == warmup:
            self._step.settle()

    def _look(self, warmup: int) -> None:
        """Take x and t into the means of which the next reference is made; make it in time."""
        seen = self._step.seen
        first, last = (int(share * warmup) for share in _SEEN)
        if first < seen <= last and (last - seen) % 2 == 0:
            self._expansion.add(self.x)
            self._sum += self.t
        count = self._expansion.count
        if seen == last and count >= _ENOUGH:
            found = self._expansion.reference(), self._expansion.x, self._sum / count
            self._expansion = Expansion(self.target)  # an x for all rows is let go of
            self._renew(*found)
