"""One chain of a linear gaussian model: x given t exactly, t given x and given its standard form.

Every iteration (METHODS 6): x by a perturbed right-hand side and conjugate gradients; covariances
given sums of nested effects; covariances and sigma given x, from sums of squares; covariances given
the standard form of the effects.
"""

import numpy as np

from mixwell.infer.direct.linear import contribution_kernels
from mixwell.infer.direct.linear.eliminated_system import Workspace
from mixwell.infer.direct.linear.linear_target import LinearTarget
from mixwell.infer.direct.linear.standard_moves import StandardMoves
from mixwell.infer.direct.nested.nested_moves import move_nested
from mixwell.infer.direct.target import Target
from mixwell.infer.direct.turning import Counts
from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.generator_numbers import LENGTH, generator_numbers, set_generator

__all__ = ["LinearChain"]

#: How far apart chains begin, as a share of standard deviations.
_APART = 0.3


class LinearChain:
    """The state of one chain: x and t, as `Chain` has them."""

    def __init__(self, linear: LinearTarget, rng: np.random.Generator) -> None:
        """Begin around the place that the target was made at."""
        self.linear, self.rng, self.counts = linear, rng, Counts()
        self._room, self._moves = Workspace(linear.system), StandardMoves(linear, rng)
        self.x = linear.x.copy()
        self.t = linear.t + _APART * rng.standard_normal(linear.t.size)
        self._warmed, self._squares = 0, np.inf
        self._rest = linear.rest(self.x)

    @property
    def target(self) -> Target:
        """What is drawn from."""
        return self.linear.target

    @property
    def step_size(self) -> float:
        """A quarter turn: x is drawn anew."""
        return 0.5 * np.pi

    @property
    def log_density(self) -> float:
        """The log posterior density of x and t, but for a constant."""
        return self.linear.log_density(self.x, self.t, self._squares)

    @property
    def state(self) -> FloatArray:
        """All that the chain goes on from, as numbers: see `go_on`."""
        own = [self._warmed, self._squares], self._moves.log_steps
        return np.concatenate([generator_numbers(self.rng), *own, self.t, self.x])

    def go_on(self, state: FloatArray) -> None:
        """Go on from a state of the same target, with the draws that it would have led to."""
        ends = np.cumsum([LENGTH, 2, self.t.size, self.t.size])
        generator, own, steps, t, x = np.split(np.asarray(state, dtype=np.float64), ends)
        set_generator(self.rng, generator)
        self._warmed, self._squares = int(own[0]), float(own[1])
        self._moves.log_steps, self.t, self.x = steps.copy(), t.copy(), x.copy()
        self._rest = self.linear.rest(self.x)

    def iterate(self, warmup: int = 0) -> float:
        """Make one iteration; returns its acceptance. `warmup` is how many adapt steps."""
        warming = self._warmed < warmup
        self._warmed += warming
        acceptance = self._draw_x()
        for nest in self.target.nests:
            covariances = self.target.covariances
            self.x, self.t = move_nested(nest, covariances, self.x, self.t, self.rng)
        self._squares = self._moves.look(self.x)
        self._draw_scale()
        drawn = self.target.covariances.drawn_given(self.x, self.t, self.rng)
        t = self.t if drawn is None else drawn
        self.t, self._squares = self._moves.move(self.x, t, adapt=warming)
        if not warming:
            self.counts.iterations += 1
            self.counts.acceptance += acceptance
        return acceptance

    def _draw_x(self) -> float:
        """Draw x given t; where priors are not normal, accept it by what they add."""
        linear, rng = self.linear, self.rng
        precision = linear.sigma(self.x) ** -2
        right, precisions = self._perturbed(precision)
        x = self.x.copy()
        steps = self._room.solve(precision, precisions, linear.corner, right, x[: len(right)])
        if steps == 0:  # no solution to working precision: x stays where it is
            return 0.0
        self.counts.gradients += steps
        rest = linear.rest(x)
        change = rest - self._rest
        acceptance = float(np.exp(min(0.0, change))) if np.isfinite(change) else 0.0
        if rng.random() < acceptance:
            self.x, self._rest = x, rest
        return acceptance

    def _perturbed(self, precision: float) -> tuple[FloatArray, list[FloatArray]]:
        """Return a right-hand side whose solution is a draw, and each unit's precision."""
        linear, rng, target = self.linear, self.rng, self.target
        mean, first, size = linear.mean, target.columns.random, linear.system.size
        right = np.zeros(target.columns.size)
        noise = rng.standard_normal(len(linear.roots))
        contribution_kernels.weighted_noise(
            mean.at, mean.random, linear.roots, noise, np.sqrt(precision), right
        )
        right[mean.span] += noise @ mean.fixed
        right += precision * linear.right
        precisions = []
        roots = target.covariances.roots(self.t)
        for part, root in zip(target.covariances.parts, roots, strict=True):
            half = np.linalg.inv(root)
            own = rng.standard_normal((part.unit.levels, part.unit.size)) @ half
            right[part.unit.span] += own.ravel()
            precisions.append(half.T @ half)
        own = np.sqrt(linear.prior_weights) * rng.standard_normal(len(linear.prior_weights))
        right[first:] += target.priors.back(linear.prior_pull + own)
        return right[:size], precisions

    def _draw_scale(self) -> None:
        """Draw sigma from what a flat prior would give, accepted by its own."""
        linear, rng = self.linear, self.rng
        if linear.scale is None or linear.link is None:
            return
        link, old, x = linear.link, self.x[linear.scale : linear.scale + 1], self.x.copy()
        sigma = np.sqrt(self._squares / rng.chisquare(len(linear.roots)))
        x[linear.scale] = new = float(link(np.asarray(sigma)))
        rest = linear.rest(x)
        # on the link's scale proposals have the likelihood's density times the link's slope / sigma
        over = np.log(sigma / link.slope(np.array([new])))
        over -= np.log(link.inverse(old) / link.slope(old))
        if np.log(rng.random()) < rest - self._rest + float(over[0]) < np.inf:
            self.x, self._rest = x, rest
