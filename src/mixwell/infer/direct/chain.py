"""One chain: trajectories of x in the reference, and moves of t with x's standard form or x fixed.

Every iteration (METHODS 5): z given t, by exact rotations of the gaussian part and kicks by what is
left; t given z, by a split-t proposal and by walks of one standard deviation on its own scale; the
scale of a latent response, where there is one; t given x, from sums of squares alone, and given the
sums of nested effects. In the midst of warm-up the reference at the mode gives way to that of the
draws so far, which on average is nearer to the posterior.
"""

from dataclasses import dataclass

import numpy as np

from mixwell.infer.declined import Declined
from mixwell.infer.direct.peak import Peak, peak_near
from mixwell.infer.direct.reference import Conditional, Reference
from mixwell.infer.direct.turning import TurningChain, turn
from mixwell.numeric.arrays import FloatArray

__all__ = ["Chain"]

#: Degrees of freedom of the split-t proposal.
_DEGREES = 6.0
#: The largest step of a standard deviation's walk, as a share of it, and how often one is made:
#: proposals most often go farther, and walks are for what they miss, such as necks.
_SHARE, _WALKS = 0.7, 0.5
#: How far the scale of a latent response moves, on the log scale.
_STRETCH = 0.4


@dataclass
class Chain(TurningChain):
    """The state of one chain: t, z, x, and what belongs to them."""

    def __post_init__(self) -> None:
        """Start in the reference."""
        super().__post_init__()
        self._latent = self.target.spec.family.support.kind in ("outcomes", "trials", "ordered")
        self._warming = False
        self._use(self.peak)
        self._begin()

    def _use(self, peak: Peak) -> None:
        """Move in the reference of a peak."""
        self.peak = peak
        self._now, self._next = (Conditional(peak.reference) for _ in range(2))
        self._to_axes = np.linalg.inv(peak.axes)
        coordinates = self._covariances.coordinates
        spread = np.sqrt((peak.axes**2).sum(axis=1))
        self._walks = np.array(
            [
                float(c.slope(float(v))) * min(_SHARE, s)
                for c, v, s in zip(coordinates, peak.t, spread, strict=False)
            ]
        )

    def _begin(self) -> None:
        size = self.target.columns.size
        for _ in range(100):
            self.t = self._proposal()[0]
            if self._now.move(self.t):
                self.z = self.rng.standard_normal(size)
                self.x = self._now.place(self.z)
                self._rest, self._slope = self.peak.reference.rest(self.x)
                if np.isfinite(self._rest) and np.isfinite(self._slope).all():
                    return
        self.t, self.z = (
            self.peak.t.copy(),
            np.zeros(size),
        )  # at the mode, which is known to be finite
        self._now.move(self.t)
        self.x = self._now.place(self.z)
        self._rest, self._slope = self.peak.reference.rest(self.x)

    @property
    def log_density(self) -> float:
        """The log posterior density of x and t, but for a constant."""
        now = self._now
        normal = now.log_marginal + 0.5 * now.log_determinant - 0.5 * float(self.z @ self.z)
        return normal + self._rest

    def iterate(self, warmup: int = 0) -> float:
        """Make one iteration; returns its acceptance. `warmup` is how many adapt the step."""
        self._warming = warming = self._step.seen < warmup
        acceptance = self._turn()
        if warming:
            self._adapt(acceptance, warmup)
        if self.t.size:
            self._move_standardized()
        moved = self._latent and self._stretch()
        drawn = self._covariances.drawn_given(self.x, self.t, self.rng) if self.t.size else None
        if drawn is not None:
            self.t, moved = drawn, True
        if self._move_nested():
            self._rest, self._slope = self.peak.reference.rest(self.x)
            moved = True
        if moved and self._now.move(self.t):
            self.z = self._now.standard(self.x)
        if warming:
            self._look(warmup)
        else:
            self.counts.iterations += 1
            self.counts.acceptance += acceptance
        return acceptance

    def _stand(self) -> None:
        """Find what belongs to t, z and x."""
        self._now.move(self.t)
        self._rest, self._slope = self.peak.reference.rest(self.x)

    def _renew(self, reference: Reference, x: FloatArray, t: FloatArray) -> None:
        """Go over to the peak of a reference that was made of draws."""
        found = peak_near(reference, x, t)
        if not isinstance(found, Declined):
            self._change(found)

    def _change(self, peak: Peak) -> None:
        """Go over to another peak, unless x and t cannot be stated in its reference."""
        before = self.peak
        for own in (peak, before):
            self._use(own)
            if self._now.move(self.t):
                break
        self.z = self._now.standard(self.x)
        self._rest, self._slope = self.peak.reference.rest(self.x)

    def _turn(self) -> float:
        """Move z along a trajectory: rotations with the momentum, kicks by the slope of U."""
        now = self._now

        def rest(z: FloatArray) -> tuple[float, FloatArray, tuple[FloatArray, FloatArray]]:
            x = now.place(z)
            value, slope = self.peak.reference.rest(x)
            return value, now.slope(slope), (x, slope)

        start = self._rest, now.slope(self._slope)
        moved = turn(self.rng, self.step_size, self.z, start, rest)
        self.counts.gradients += moved.steps
        self.counts.lost += moved.lost and not self._warming
        if moved.accepted is not None:
            self.z, self._rest, (self.x, self._slope) = moved.accepted
        return moved.acceptance

    # moves of t with z as it is

    def _proposal(self) -> tuple[FloatArray, float]:
        """Draw t around the mode from a split t; returns it with its log density."""
        rng, peak = self.rng, self.peak
        size = len(peak.t)
        e = rng.standard_normal(size) * np.sqrt(_DEGREES / rng.chisquare(_DEGREES))
        e *= np.where(e > 0, peak.wider[1], peak.wider[0])
        return peak.t + peak.axes @ e, self._log_proposal(e)

    def _log_proposal(self, e: FloatArray) -> float:
        size = len(e)
        # the density of each side's orthant; the sides have probability 1/2 each
        wide = np.where(e > 0, self.peak.wider[1], self.peak.wider[0])
        square = float(((e / wide) ** 2).sum())
        tail = 0.5 * (_DEGREES + size) * float(np.log1p(square / _DEGREES))
        return -float(np.log(wide).sum()) - tail

    def _move_standardized(self) -> None:
        """Move t while z stays: x moves along with it."""
        new, log_new = self._proposal()
        at = self._to_axes @ (self.t - self.peak.t)
        self._accept_standardized(new, self._log_proposal(at) - log_new)
        if self.rng.random() < _WALKS:
            self._walk()

    def _walk(self) -> None:
        """Walk one standard deviation on its own scale, reflected at 0, or one of the others."""
        rng, k = self.rng, int(self.rng.integers(len(self.t)))
        stride = float(np.exp(1.4 * rng.random())) * rng.standard_normal()
        scale = self._walks[k] if k < len(self._walks) else np.sqrt((self.peak.axes[k] ** 2).sum())
        if (step := self._covariances.walked(self.t, k, float(scale) * stride)) is not None:
            self._accept_standardized(*step)

    def _accept_standardized(self, t: FloatArray, log_ratio: float) -> None:
        if not self._next.move(t):
            return
        x = self._next.place(self.z)
        rest, slope = self.peak.reference.rest(x)
        self.counts.gradients += 1
        change = self._next.log_marginal - self._now.log_marginal + rest - self._rest + log_ratio
        if np.log(self.rng.random()) < change < np.inf:
            self.t, self.x, self._rest, self._slope = t, x, rest, slope
            self._now, self._next = self._next, self._now

    # moves with x as it is, or a multiple of it

    def _stretch(self) -> bool:
        """Stretch effects, standard deviations and coefficients together: the latent scale."""
        rng, target = self.rng, self.target
        coordinates = self._covariances.coordinates
        if any(c.lower != 0 or np.isfinite(c.upper) for c in coordinates):
            return False
        log_factor = _STRETCH * rng.random() * rng.standard_normal()
        x, t = np.exp(log_factor) * self.x, self.t.copy()
        t[: len(coordinates)] += log_factor

        def density(x: FloatArray, t: FloatArray) -> float:
            priors = target.priors.value(target.priors.of(target.coefficients(x)))
            return target.log_likelihood(x) + priors + self._covariances.log_prior(t)

        change = density(x, t) - density(self.x, self.t) + self._gained(log_factor)
        if not np.log(rng.random()) < change < np.inf:
            return False
        self.t, self.x = t, x
        self._rest, self._slope = self.peak.reference.rest(x)
        return True

    def _gained(self, log_factor: float) -> float:
        """What a stretch gains apart from priors and likelihood, on the log scale.

        Its Jacobian has a factor for all of x; the density of the effects given their standard
        deviations loses one for each effect.
        """
        columns = self.target.columns
        return (columns.size - columns.random) * log_factor
