"""One chain in the coordinates of the reference at one t: nothing is factorized after warm-up.

Where levels are many, data say much about standard deviations, and the precision of x changes
little with them. So x moves along trajectories in coordinates that fit the middle of t, and what
they lack at the t of the moment is kicked like the rest. Covariances are drawn given x, from sums
of squares, and walk with the standard form of the effects as it is, which takes the likelihood and
no matrix.
"""

from dataclasses import dataclass

import numpy as np

from mixwell.infer.direct.reference import Reference
from mixwell.infer.direct.settled.settled_frame import SettledFrame
from mixwell.infer.direct.target import Target
from mixwell.infer.direct.turning import TurningChain, turn
from mixwell.numeric.arrays import FloatArray

__all__ = ["SettledChain", "is_dear"]

#: A factorization is dear from so many seconds on, if they are so many times those of a gradient.
_DEAR, _TIMES = 5e-3, 1.5
#: Seconds that a gradient takes for each effect and each coefficient of a row, and for each entry
#: of the factor; measured once, only their size matters.
_BY_EFFECT, _BY_COEFFICIENT, _BY_ENTRY = 8e-9, 2e-9, 2e-9
#: The share of walks of t that are to be accepted, and their first step as a share of its spread.
_ACCEPTED, _FIRST = 0.44, 0.5
#: How often every number of t of large units walks in an iteration.
_SWEEPS = 3
#: How far the scale of a latent response is known, on the log scale.
_SCALE = 0.1

type _Found = tuple[FloatArray, FloatArray, float]


def is_dear(target: Target) -> bool:
    """Return whether the precision of x is dear to factorize next to what a gradient takes."""
    columns = target.columns
    reads = sum(
        part.at.size * _BY_EFFECT + part.fixed.size * _BY_COEFFICIENT for part in columns.parts
    )
    gradient = reads + columns.pattern.entries * _BY_ENTRY
    return columns.pattern.seconds > max(_DEAR, _TIMES * gradient)


@dataclass
class SettledChain(TurningChain):
    """The state of one chain: t, x, and the slopes there; see `Chain`."""

    def __post_init__(self) -> None:
        """Start in the reference."""
        super().__post_init__()
        self._walks = np.full(self.peak.t.size + 1, np.log(_FIRST))
        self._strolls = self._walks.copy()
        self._spreads = np.append(np.sqrt((self.peak.axes**2).sum(axis=1)), _SCALE)
        coordinates = zip(self._covariances.coordinates, self.peak.t, strict=False)
        for k, (c, t) in enumerate(coordinates):  # on the scale of standard deviations
            self._spreads[k] = c.slope(float(t)) * min(1.0, self._spreads[k])
        bounded = any(c.lower != 0 or np.isfinite(c.upper) for c in self._covariances.coordinates)
        outcomes = self.target.spec.family.support.kind in ("outcomes", "trials", "ordered")
        self._latent = outcomes and not bounded
        self._settle(self.peak.reference, self.peak.t)
        apart = np.minimum(1.0, np.abs(self.rng.standard_normal(self.peak.t.size)))
        self.t = self.peak.t + self.peak.axes @ (
            apart * np.sign(self.rng.standard_normal(len(apart)))
        )
        self.x = self._frame.place(self.rng.standard_normal(self.target.columns.size))
        self._look_at_rows()
        if not (np.isfinite(self._value) and np.isfinite(self._slope).all()):
            self.t, self.x = self.peak.t.copy(), self.peak.x.copy()  # known to be finite
            self._look_at_rows()
        self.z = self._frame.standard(self.x)

    @property
    def log_density(self) -> float:
        """The log posterior density of x and t, but for a constant."""
        return self._value + self.target.log_effects(self.x, self.t) + self._log_prior

    @property
    def _log_prior(self) -> float:
        return self._covariances.log_prior(self.t)

    def iterate(self, warmup: int = 0) -> float:
        """Make one iteration; returns its acceptance. `warmup` is how many adapt steps."""
        warming = self._step.seen < warmup
        acceptance = self._turn(warming)
        if warming:
            self._adapt(acceptance, warmup)
        moved = self._walk_small(warming)
        moved |= self._walk(warming)
        if self._move_nested() or moved:
            self._look_at_rows()
        drawn = self._covariances.drawn_given(self.x, self.t, self.rng)
        if drawn is not None:
            self.t = drawn
        self._restate()
        if warming:
            self._look(warmup)
        else:
            self.counts.iterations += 1
            self.counts.acceptance += acceptance
        return acceptance

    # x

    def _settle(self, reference: Reference, t: FloatArray) -> bool:
        """Take the coordinates of a reference at one t."""
        frame = SettledFrame(reference, t)
        if frame.settled:
            self._frame = frame
            places = [(part.sds, part.pairs) for part in frame.small]
            self._small = [k for pair in places for own in pair for k in range(own.start, own.stop)]
        return frame.settled

    def _renew(self, reference: Reference, x: FloatArray, t: FloatArray) -> None:
        """Take the coordinates of a reference that was made of draws, at the middle of t."""
        if self._settle(reference, t):
            self._restate()

    def _stand(self) -> None:
        """Find what belongs to t, z and x: the coordinates follow small units."""
        self._frame.move(self.t)
        self._look_at_rows()

    def _look_at_rows(self) -> None:
        self._value, self._slope = self._given(self.x)

    def _restate(self) -> None:
        """State x in the coordinates at t."""
        self._frame.move(self.t)
        self.z = self._frame.standard(self.x)

    def _given(self, x: FloatArray) -> tuple[float, FloatArray]:
        """Return the log density of rows and coefficients, and its slopes in x."""
        target = self.target
        value, score, _ = target.score(x)
        slope = target.columns.back(score)
        priors = target.priors
        v = priors.of(target.coefficients(x))
        slope[target.columns.random :] += priors.back(priors.slope(v))
        return value + priors.value(v), slope

    def _turn(self, warming: bool) -> float:
        """Move x along a trajectory in the coordinates that are settled on."""
        precisions = []
        for part, root in zip(
            self._covariances.parts, self._covariances.roots(self.t), strict=True
        ):
            half = np.linalg.inv(root)
            precisions.append((part.unit, half.T @ half))

        def with_effects(
            x: FloatArray, value: float, slope: FloatArray
        ) -> tuple[float, FloatArray]:
            slope = slope.copy()
            for unit, precision in precisions:
                effects = x[unit.span].reshape(unit.levels, unit.size)
                pulled = effects @ precision
                value -= 0.5 * float((effects * pulled).sum())
                slope[unit.span] -= pulled.ravel()
            return value, slope

        def rest(z: FloatArray) -> tuple[float, FloatArray, tuple[FloatArray, float, FloatArray]]:
            x = self._frame.place(z)
            value, slope = self._given(x)
            whole, by_x = with_effects(x, value, slope)
            return whole + 0.5 * float(z @ z), self._frame.slope(by_x) + z, (x, value, slope)

        whole, by_x = with_effects(self.x, self._value, self._slope)
        start = whole + 0.5 * float(self.z @ self.z), self._frame.slope(by_x) + self.z
        moved = turn(self.rng, self.step_size, self.z, start, rest)
        self.counts.gradients += moved.steps
        self.counts.lost += moved.lost and not warming
        if moved.accepted is not None:
            self.z, _, (self.x, self._value, self._slope) = moved.accepted
        return moved.acceptance

    # t

    def _walk_small(self, warming: bool) -> bool:
        """Walk the numbers of small units with z as it is, x along with it; whether x moved."""
        rng, frame, moved = self.rng, self._frame, False
        value = self._value_at(self.x, self.t) if self._small else 0.0
        for k in self._small:
            stride = float(np.exp(self._strolls[k]) * self._spreads[k] * rng.standard_normal())
            found, accepted, before = self._covariances.walked(self.t, k, stride), 0.0, frame.kept()
            if found is not None and frame.move(found[0]):
                x = frame.place(self.z)
                new = self._value_at(x, found[0])
                change = new - value + found[1]
                accepted = float(np.exp(min(0.0, change))) if np.isfinite(change) else 0.0
            if rng.random() < accepted:
                self.t, self.x, value, moved = found[0], x, new, True  # type: ignore[index]
            else:
                frame.restore(before)
            if warming:
                self._strolls[k] += self._step.seen**-0.6 * (accepted - _ACCEPTED)
        return moved

    def _value_at(self, x: FloatArray, t: FloatArray) -> float:
        """The log density of z and t, at the coordinates' place."""
        effects = self.target.log_effects(x, t)
        return self._density(x, t) + effects - 0.5 * self._frame.log_determinant

    def _walk(self, warming: bool) -> bool:
        """Walk the numbers of large units with the standard form of effects; whether x moved."""
        rng, moved = self.rng, False
        value = self._density(self.x, self.t)
        large = [k for k in range(len(self.t)) if k not in self._small]
        for k in _SWEEPS * large + [len(self.t)] * self._latent:
            stride = float(np.exp(self._walks[k]) * self._spreads[k] * rng.standard_normal())
            walked = self._stretched if k == len(self.t) else self._walked
            found, accepted = walked(k, stride), 0.0
            if found is not None:
                x, t, gained = found
                new = self._density(x, t)
                change = new - value + gained
                accepted = float(np.exp(min(0.0, change))) if np.isfinite(change) else 0.0
                if rng.random() < accepted:
                    self.t, self.x, value, moved = t, x, new, True
            if warming:
                self._walks[k] += self._step.seen**-0.6 * (accepted - _ACCEPTED)
        return moved

    def _density(self, x: FloatArray, t: FloatArray) -> float:
        """The log density of rows, coefficients and t."""
        target = self.target
        priors = target.priors.value(target.priors.of(target.coefficients(x)))
        return target.log_likelihood(x) + priors + self._covariances.log_prior(t)

    def _walked(self, k: int, stride: float) -> _Found | None:
        """One number of t, x along with it; what a symmetric walk gains there."""
        found = self._covariances.walked(self.t, k, stride)
        if found is None:
            return None
        return self._covariances.carried(self.x, self.t, found[0]), *found

    def _stretched(self, k: int, stride: float) -> _Found | None:
        """All of x and standard deviations, times a factor: the scale of a latent response."""
        columns, t = self.target.columns, self.t.copy()
        t[: len(self._covariances.coordinates)] += stride
        return np.exp(stride) * self.x, t, (columns.size - columns.random) * stride
