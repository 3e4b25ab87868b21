"""The proposal of importance sampling: a Student-t with a scale of its own on each side.

Sources: Geweke 1989 (the sides); Paananen, Piironen, Bürkner and Vehtari 2021 (moment matching).
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.search.mode import Mode, Target

__all__ = ["Proposal", "first_proposal", "matched"]

#: How far from the mode the fall of the density is looked at, in standard deviations.
REACH = (0.5, 1.0, 1.5, 2.0, 3.0, 4.0)


@dataclass(frozen=True, eq=False)
class Proposal:
    """A Student-t around a location whose axes have a scale of their own below and above it."""

    location: FloatArray
    root: FloatArray
    below: FloatArray
    above: FloatArray
    df: float

    def draw(self, rng: np.random.Generator, n: int) -> FloatArray:
        """Return `n` draws, (n, size)."""
        size = len(self.location)
        z = np.abs(rng.standard_normal((n, size)))
        z /= np.sqrt(rng.chisquare(self.df, (n, 1)) / self.df)
        down = rng.uniform(size=(n, size)) < self.below / (self.below + self.above)
        signed = np.where(down, -self.below, self.above) * z
        return np.asarray(self.location + signed @ self.root.T)

    def standard(self, t: FloatArray) -> FloatArray:
        """Return t in standard coordinates, the sides' scales left out."""
        return np.asarray((t - self.location) @ np.linalg.inv(self.root).T)

    def log_density(self, t: FloatArray) -> FloatArray:
        """Return the normalized log density of t, (n,)."""
        size, x = len(self.location), self.standard(t)
        z = x / np.where(x < 0, self.below, self.above)
        constant = special.gammaln((self.df + size) / 2) - special.gammaln(self.df / 2)
        constant -= 0.5 * size * np.log(self.df * np.pi) + np.linalg.slogdet(self.root)[1]
        constant += np.log(2 / (self.below + self.above)).sum()
        body = np.log1p((z**2).sum(axis=1) / self.df)
        return np.asarray(constant - 0.5 * (self.df + size) * body)


def first_proposal(target: Target, mode: Mode, distances: tuple[float, ...] = REACH) -> Proposal:
    """Scale each side of each axis by how far the density falls along it (Geweke 1989)."""
    size, reach = len(mode.t), np.array(distances)
    root = np.linalg.cholesky(mode.covariance)
    sides = []
    for sign in (-1.0, 1.0):
        points = mode.t + sign * reach[:, None, None] * root.T
        fall = mode.log_density - target(points.reshape(-1, size)).reshape(len(reach), size)
        fall = np.maximum(np.where(np.isfinite(fall), fall, np.inf), 1e-3)
        sides.append(np.clip((reach[:, None] / np.sqrt(2 * fall)).max(axis=0), 0.5, 4.0))
    return Proposal(mode.t, root, sides[0], sides[1], 4.0 if size <= 6 else 6.0)


def matched(proposal: Proposal, t: FloatArray, weights: FloatArray) -> Proposal:
    """Match the proposal's covariance and its sides to weighted draws, the location kept."""
    effective = 1 / (weights**2).sum()
    size = t.shape[1]
    if effective < 3 * size + 10:
        return proposal
    mean = weights @ t
    away = t - mean
    root = np.linalg.cholesky((away * weights[:, None]).T @ away + 1e-10 * np.eye(size))
    x = np.linalg.solve(root, (t - proposal.location).T).T
    sides = []
    for sign in (-1, 1):
        inside = (np.sign(x) == sign) * weights[:, None]
        size_of = (inside * x**2).sum(axis=0) / np.maximum(inside.sum(axis=0), 1e-12)
        sides.append(np.clip(np.sqrt(size_of), 0.3, 4.0))
    return Proposal(proposal.location, root, sides[0], sides[1], proposal.df)
