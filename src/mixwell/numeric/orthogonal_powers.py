"""Orthonormal polynomials over the points of a line."""

import numpy as np

from mixwell.numeric.arrays import FloatArray

__all__ = ["orthonormal_powers", "recurrence"]


def orthonormal_powers(at: FloatArray, degree: int) -> FloatArray:
    """Return orthonormal columns of the powers 1 to `degree`, with positive leading coefficients.

    `at` are the points, all different and more than `degree`; the columns are `(point, degree)`.
    Multiplies by the points and orthogonalizes twice: exact where a QR of raw powers loses digits.

    >>> orthonormal_powers(np.arange(3.0), 1)[:, 0].round(3).tolist()
    [-0.707, 0.0, 0.707]
    """
    centered = at - at.mean()
    centered = centered / np.abs(centered).max()
    basis = np.full((len(at), 1), 1 / np.sqrt(len(at)))
    for _ in range(degree):
        new = centered * basis[:, -1]
        for _twice in range(2):
            new = new - basis @ (basis.T @ new)
        basis = np.column_stack([basis, new / np.linalg.norm(new)])
    return np.array(basis[:, 1:])


def recurrence(
    at: FloatArray, degree: int, counts: FloatArray | None = None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return what makes polynomials orthogonal over points, which may repeat, as R's `poly` does.

    They are P[0] = 1 and P[k + 1] = (x - a[k]) P[k] - b[k] / b[k - 1] P[k - 1]: the centers a,
    (degree,), the squared lengths b, (degree + 1,), and the columns P[1:] divided by their lengths,
    (point, degree), which are orthonormal where there are enough different points. Of points that
    are there `counts` times, (point,), they are multiplied by the roots of these.

    Source: Kennedy and Gentle 1980, 8.

    >>> centers, lengths, _ = recurrence(np.arange(3.0), 2)
    >>> centers.tolist(), lengths.round(3).tolist()
    ([1.0, 1.0], [3.0, 2.0, 0.667])
    """
    centers, lengths = np.empty(degree), np.empty(degree + 1)
    columns = np.ones((len(at), degree + 1))
    weights = np.ones(len(at)) if counts is None else counts
    lengths[0] = weights.sum()
    with np.errstate(all="ignore"):
        for k in range(degree):
            squares = weights * columns[:, k] ** 2
            centers[k] = np.sum(at * squares) / np.sum(squares)
            columns[:, k + 1] = (at - centers[k]) * columns[:, k]
            if k:
                columns[:, k + 1] -= lengths[k] / lengths[k - 1] * columns[:, k - 1]
            lengths[k + 1] = np.sum(weights * columns[:, k + 1] ** 2)
        return centers, lengths, columns[:, 1:] * np.sqrt(weights[:, None] / lengths[1:])
