"""Numbers by counter against the answers of the generator's authors and SciPy's quantiles."""

import numpy as np
import pytest
from scipy import special, stats

from mixwell.numeric.loops.compiled import loops
from mixwell.numeric.loops.counted_normals import normal_quantile, normals_of, philox


@loops
def scrambled(counter: np.ndarray, key: np.ndarray) -> tuple[int, int, int, int]:
    return philox(counter[0], counter[1], counter[2], counter[3], key[0], key[1])


@loops
def quantiles(p: np.ndarray, found: np.ndarray) -> None:
    for i in range(len(p)):
        found[i] = normal_quantile(p[i])


@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [  # philox4x32-10 in the file kat_vectors of Random123
        ("0 0 0 0", "0 0", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        (" ".join(4 * ["ffffffff"]), "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        (
            "243f6a88 85a308d3 13198a2e 03707344",
            "a4093822 299f31d0",
            "d16cfe09 94fdcceb 5001e420 24126ea1",
        ),
    ],
)
def test_counters_are_scrambled_as_the_authors_of_the_generator_say(
    counter: str, key: str, expected: str
) -> None:
    given = (np.array([int(x, 16) for x in s.split()], dtype=np.uint64) for s in (counter, key))
    assert " ".join(f"{int(x):08x}" for x in scrambled(*given)) == expected


def test_quantiles_are_those_of_the_normal_distribution_to_its_ends() -> None:
    p = np.concatenate([np.linspace(1e-3, 1 - 1e-3, 999), 10.0 ** -np.arange(3, 300), [1 - 1e-15]])
    found = np.empty_like(p)
    quantiles(p, found)
    np.testing.assert_allclose(found, special.ndtri(p), rtol=2e-14, atol=1e-15)


@pytest.mark.parametrize("effects", [1, 2, 3])
def test_numbers_hang_on_their_place_alone(effects: int) -> None:
    draws, some = np.arange(500), np.array([499, 0, 7])
    whole, part = np.empty((effects, 500)), np.empty((effects, 3))
    normals_of(whole, 11, draws, 2**61 + 3)
    normals_of(part, 11, some, 2**61 + 3)
    np.testing.assert_array_equal(part, whole[:, some])
    for level, entropy in [(12, 2**61 + 3), (11, 2**61 + 2), (11, 2**60 + 3)]:
        other = np.empty_like(whole)
        normals_of(other, level, draws, entropy)
        assert (other != whole).all()


def test_numbers_are_normal_and_unrelated_across_draws_levels_and_effects() -> None:
    found = np.empty((100, 3, 2000))
    for level in range(100):
        normals_of(found[level], level, np.arange(2000), 1)
    assert stats.kstest(found.ravel(), "norm").pvalue > 1e-3
    for axis in range(3):
        one = found.take(range(1, found.shape[axis]), axis)
        other = found.take(range(found.shape[axis] - 1), axis)
        assert abs((one * other).mean()) * np.sqrt(one.size) < 4
        assert abs((one**2 * other**2).mean() - 1) * np.sqrt(one.size) < 4 * np.sqrt(8)
