"""Orthonormal polynomials over the points of a line."""

import numpy as np

from mixwell.numeric.arrays import FloatArray

__all__ = ["orthonormal_powers"]


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
