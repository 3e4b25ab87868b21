"""The covariances of all effects as elements of their Cholesky factors, in which a search moves.

Where a standard deviation is 0, or a covariance has not full rank, the likelihood is smooth in
them (Bates et al. 2015, section 3.1).
"""

from dataclasses import dataclass

import numpy as np

from mixwell.infer.direct.covariances import Covariances, UnitCovariance
from mixwell.numeric.arrays import FloatArray

__all__ = ["CholeskyElements", "build_elements"]

#: The least size of a diagonal element, which stands for 0: in units of a rough guess, and in
#: those of what a level's rows alone say of an effect.
_LEAST, _UNSEEN = 1e-4, 1e-2
#: The step of differences of log priors.
_STEP = 1e-5


@dataclass(frozen=True, eq=False)
class CholeskyElements:
    """Which elements theta holds: (unit, row, column) each, in units of a guess of the row's sd.

    `least` (size,) are the sizes that stand for 0 on the diagonal, in these units.
    """

    covariances: Covariances
    places: tuple[tuple[int, int, int], ...]
    units: FloatArray
    least: FloatArray

    @property
    def size(self) -> int:
        """The number of elements."""
        return len(self.places)

    def roots(self, theta: FloatArray) -> list[FloatArray]:
        """Return each unit's covariance root; elements of 0 on the diagonal become small ones."""
        found = [np.zeros((part.unit.size, part.unit.size)) for part in self.covariances.parts]
        held = np.copysign(np.hypot(theta, self.least), theta)
        for p, (k, i, j) in enumerate(self.places):
            found[k][i, j] = self.units[p] * (held[p] if i == j else theta[p])
        return found

    def theta(self, roots: list[FloatArray]) -> FloatArray:
        """Return the elements of covariance roots."""
        own = [roots[k][i, j] for k, i, j in self.places]
        return np.array(own) / self.units if own else np.zeros(0)

    def slopes(self, theta: FloatArray, by_roots: list[FloatArray]) -> FloatArray:
        """Return the derivatives by theta given those by the roots."""
        found = np.array([by_roots[k][i, j] for k, i, j in self.places]) * self.units
        diagonal = np.array([i == j for _, i, j in self.places], dtype=bool)
        bent = np.abs(theta) / np.hypot(theta, self.least)
        return np.where(diagonal, found * bent, found) if len(found) else np.zeros(0)

    def directions(self, theta: FloatArray) -> list[tuple[int, FloatArray]]:
        """Return the unit of each element of theta, and how its root changes with it."""
        found = []
        for p, (k, i, j) in enumerate(self.places):
            change = np.zeros((self.covariances.parts[k].unit.size,) * 2)
            bent = abs(theta[p]) / np.hypot(theta[p], self.least[p]) if i == j else 1.0
            change[i, j] = self.units[p] * bent
            found.append((k, change))
        return found

    def log_prior(self, theta: FloatArray) -> float:
        """Return the log prior density of standard deviations and correlations themselves."""
        found, coordinates = 0.0, self.covariances.coordinates
        roots = self.roots(theta)
        for part, root in zip(self.covariances.parts, roots, strict=True):
            sds = np.sqrt((root**2).sum(axis=1))
            for coordinate, sd in zip(coordinates[part.sds], sds, strict=True):
                if not coordinate.lower <= sd <= coordinate.upper:
                    return -np.inf
                found += float(coordinate.log_density(np.asarray(sd)))
            found += _log_correlation(part, np.abs(np.diagonal(root)) / sds)
        return found

    def prior_slopes(self, theta: FloatArray) -> FloatArray:
        """Return its derivatives, by differences."""
        steps = _STEP * np.eye(len(theta))
        ends = [(self.log_prior(theta + s), self.log_prior(theta - s)) for s in steps]
        return np.array([(up - down) / (2 * _STEP) for up, down in ends])

    def singular(self, theta: FloatArray, least: float) -> bool:
        """Whether a diagonal element is as small as `least` times what rows see of the residual."""
        for part, root in zip(self.covariances.parts, self.roots(theta), strict=True):
            columns = [
                np.sqrt(np.mean(found.values[:, list(chosen)] ** 2, axis=0))
                for found, chosen in part.unit.layout.parts
            ]
            if (np.abs(np.diagonal(root)) * np.concatenate(columns) < least).any():
                return True
        return False


def _log_correlation(part: UnitCovariance, diagonal: FloatArray) -> float:
    """Return the log density of a correlation matrix, given its Cholesky factor's diagonal."""
    if part.correlation is None:
        return 0.0
    return float(2 * (part.correlation.eta - 1) * np.log(diagonal).sum())


def build_elements(covariances: Covariances, information: FloatArray) -> CholeskyElements:
    """Arrange the elements of all units' Cholesky factors, by rows.

    `information` (effect,) is what the rows say of each effect alone, near the mode.
    """
    places = [
        (k, i, j)
        for k, part in enumerate(covariances.parts)
        for i in range(part.unit.size)
        for j in (range(i + 1) if part.correlation is not None else [i])
    ]
    starts = [covariances.starts[part.sds] for part in covariances.parts]
    units = np.array([starts[k][i] for k, i, _ in places])
    least = np.full(len(places), _LEAST)
    for p, (k, i, _) in enumerate(places):
        unit = covariances.parts[k].unit
        typical = float(np.median(information[unit.span].reshape(unit.levels, unit.size)[:, i]))
        if typical > 0:
            least[p] = min(_LEAST, _UNSEEN / np.sqrt(typical) / units[p])
    return CholeskyElements(covariances, tuple(places), units, least)
