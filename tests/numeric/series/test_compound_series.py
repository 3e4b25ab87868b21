"""The series of a compound Poisson density: plain sums of its terms, by numbers and in mpmath."""

import numpy as np
import pytest
from scipy import special

from mixwell.numeric.series.compound_series import compound_series

N = np.arange(1.0, 60_000.0)


def terms(z, a):
    """The logs of all terms that count."""
    return N * z - special.gammaln(N + 1) - special.gammaln(N * a)


POINTS = [(z, a) for z in (-30.0, -3.0, 0.5, 6.0, 14.0) for a in (0.05, 0.6, 3.0, 19.0)]


@pytest.mark.parametrize(("z", "a"), POINTS)
def test_the_sum_and_its_moments_are_those_of_all_terms(z, a):
    logs = terms(z, a)
    if logs.argmax() > 50_000:
        pytest.skip("more terms than are summed here")
    weights = np.exp(logs - special.logsumexp(logs))
    g, mean = N * special.digamma(N * a), (weights * N).sum()
    pull, away = (weights * g).sum(), N - (weights * N).sum()
    expected = [
        special.logsumexp(logs),
        mean,
        (weights * away**2).sum(),
        pull,
        (weights * away * g).sum(),
        (weights * ((g - pull) ** 2 - N**2 * special.zeta(2.0, N * a))).sum(),
    ]
    found = [float(compound_series(z, a, k)) for k in range(6)]
    scale = np.maximum(np.abs(expected), 1.0)
    np.testing.assert_allclose(found / scale, expected / scale, atol=1e-7)


@pytest.mark.parametrize("width", [0.5, 6.0, 18.0])
def test_many_sums_with_one_shape_are_interpolated_closely(width):
    rng = np.random.default_rng(2)
    log_y = rng.normal(0, width / 6, 400)
    a = np.array([[0.1], [0.9], [4.0]])
    z = a * log_y + np.array([[0.3], [-1.0], [2.0]])
    found = compound_series(z, a, 0)
    expected = np.stack([compound_series(row, shape, 0) for row, shape in zip(z, a, strict=True)])
    np.testing.assert_allclose(found, expected, atol=1e-7, rtol=1e-9)


def test_compiled_sums_are_the_same():
    from mixwell.infer.loops.scalar_functions import SCALARS

    compiled = SCALARS["compound_series"]
    for z, a in POINTS[4:16]:
        for k in range(6):
            expected = float(compound_series(z, a, k))
            assert compiled(z, a, k) == pytest.approx(expected, rel=1e-6, abs=1e-8)
