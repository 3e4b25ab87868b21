"""The contrasts that lmerTest tests terms by, written as it writes them.

Satterthwaite's degrees of freedom of several contrasts depend on how these are written, by some
thousandths: R's own number needs R's own way.
"""

import numpy as np

from mixwell.design.design import Design
from mixwell.design.whole_terms.hypotheses import TermHypothesis, term_hypotheses
from mixwell.numeric.arrays import FloatArray

__all__ = ["lmertest_hypotheses"]


def lmertest_hypotheses(design: Design, kind: int) -> list[tuple[TermHypothesis, FloatArray]]:
    """Return the hypotheses of terms, each with its contrasts `(contrast, column)` as lmerTest has.

    Covariates stand at 0, and of type II a term is apart from those that contain it, with the same
    covariates, by least squares. What it computes by Doolittle's elimination (type II of terms that
    others contain, and a term alone) has rows apart from each other.
    """
    x = design.mean.fixed.near()
    inner = np.linalg.inv(x.T @ x)
    found = term_hypotheses(design, kind, 0, inner, same_numbers=True)
    whole = term_hypotheses(design, 3, 0, same_numbers=True)
    made = []
    for own, plain in zip(found, whole, strict=True):
        contained = own.weights.shape != plain.weights.shape or not np.allclose(
            own.weights, plain.weights
        )
        eliminated = len(own.weights) > 0 and (len(found) == 1 or contained)
        made.append((own, _one_after_another(own.weights, inner) if eliminated else own.weights))
    return made


def _one_after_another(weights: FloatArray, inner: FloatArray) -> FloatArray:
    """Return combinations of rows that are apart in a covariance, each row less later ones."""
    factor = np.linalg.cholesky(np.linalg.inv(weights @ inner @ weights.T))
    return np.asarray((factor / np.diag(factor)).T @ weights)
