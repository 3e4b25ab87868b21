"""Standard normal numbers by counter: the same one for a place, whichever others are asked for.

A counter is scrambled with a key by Philox-4x32-10 (Salmon, Moraes, Dror and Shaw 2011), and the
bits become a quantile of the normal distribution by Wichura's algorithm AS 241 (1988).
"""

import math

import numpy as np

from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.numeric.loops.compiled import inlined, loops

__all__ = ["normal_quantile", "normals_of", "philox"]

_FIRST, _SECOND = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_STEP, _OTHER_STEP = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
_UP, _DOWN = np.uint64(20), np.uint64(12)


@inlined
def philox(
    c0: np.uint64, c1: np.uint64, c2: np.uint64, c3: np.uint64, k0: np.uint64, k1: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Return what a counter of four numbers of 32 bits and a key of two are scrambled to."""
    for _ in range(10):
        p0, p1 = _FIRST * c0, _SECOND * c2
        c0, c2 = (p1 >> _HALF) ^ c1 ^ k0, (p0 >> _HALF) ^ c3 ^ k1
        c1, c3 = p1 & _LOW, p0 & _LOW
        k0, k1 = (k0 + _STEP) & _LOW, (k1 + _OTHER_STEP) & _LOW
    return c0, c1, c2, c3


@inlined
def _open_share(high: np.uint64, low: np.uint64) -> float:
    """Return 52 of 64 bits as a number between 0 and 1, neither of them."""
    return (np.float64((high << _UP) | (low >> _DOWN)) + 0.5) * 2.0**-52


@inlined
def normal_quantile(p: float) -> float:
    """Return the quantile of the standard normal distribution, to 16 digits; 0 < p < 1."""
    q = p - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        above = 2.5090809287301226727e3
        above = above * r + 3.3430575583588128105e4
        above = above * r + 6.7265770927008700853e4
        above = above * r + 4.5921953931549871457e4
        above = above * r + 1.3731693765509461125e4
        above = above * r + 1.9715909503065514427e3
        above = above * r + 1.3314166789178437745e2
        above = above * r + 3.3871328727963666080e0
        below = 5.2264952788528545610e3
        below = below * r + 2.8729085735721942674e4
        below = below * r + 3.9307895800092710610e4
        below = below * r + 2.1213794301586595867e4
        below = below * r + 5.3941960214247511077e3
        below = below * r + 6.8718700749205790830e2
        below = below * r + 4.2313330701600911252e1
        below = below * r + 1.0
        return q * above / below
    r = math.sqrt(-math.log(p if q < 0 else 1.0 - p))
    if r <= 5.0:
        r -= 1.6
        above = 7.74545014278341407640e-4
        above = above * r + 2.27238449892691845833e-2
        above = above * r + 2.41780725177450611770e-1
        above = above * r + 1.27045825245236838258e0
        above = above * r + 3.64784832476320460504e0
        above = above * r + 5.76949722146069140550e0
        above = above * r + 4.63033784615654529590e0
        above = above * r + 1.42343711074968357734e0
        below = 1.05075007164441684324e-9
        below = below * r + 5.47593808499534494600e-4
        below = below * r + 1.51986665636164571966e-2
        below = below * r + 1.48103976427480074590e-1
        below = below * r + 6.89767334985100004550e-1
        below = below * r + 1.67638483018380384940e0
        below = below * r + 2.05319162663775882187e0
        below = below * r + 1.0
    else:
        r -= 5.0
        above = 2.01033439929228813265e-7
        above = above * r + 2.71155556874348757815e-5
        above = above * r + 1.24266094738807843860e-3
        above = above * r + 2.65321895265761230930e-2
        above = above * r + 2.96560571828504891230e-1
        above = above * r + 1.78482653991729133580e0
        above = above * r + 5.46378491116411436990e0
        above = above * r + 6.65790464350110377720e0
        below = 2.04426310338993978564e-15
        below = below * r + 1.42151175831644588870e-7
        below = below * r + 1.8463183175100546818e-5
        below = below * r + 7.86869131145613259100e-4
        below = below * r + 1.48753612908506148525e-2
        below = below * r + 1.36929880922735805310e-1
        below = below * r + 5.99832206555887937690e-1
        below = below * r + 1.0
    found = above / below
    return -found if q < 0 else found


@loops
def normals_of(found: FloatArray, level: int, draws: IntArray, entropy: int) -> None:
    """Fill `found` (effect, draw) with a level's numbers in some draws, for an `entropy` >= 0."""
    k0, k1 = np.uint64(entropy) & _LOW, np.uint64(entropy) >> _HALF
    c1, none = np.uint64(level), np.uint64(0)
    for a in range(0, len(found), 2):
        c2 = np.uint64(a // 2)
        for i in range(len(draws)):
            b0, b1, b2, b3 = philox(np.uint64(draws[i]), c1, c2, none, k0, k1)
            found[a, i] = normal_quantile(_open_share(b0, b1))
            if a + 1 < len(found):
                found[a + 1, i] = normal_quantile(_open_share(b2, b3))
