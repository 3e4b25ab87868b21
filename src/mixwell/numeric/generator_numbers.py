"""The state of a random generator as numbers, which a file can keep for draws to go on."""

import numpy as np

from mixwell.numeric.arrays import FloatArray

__all__ = ["LENGTH", "generator_numbers", "set_generator"]

_WORD, _WORDS = 2**32, 4
#: How many numbers the state has: two of 128 bits in words of 32, and half a draw that is left.
LENGTH = 2 * _WORDS + 2


def generator_numbers(rng: np.random.Generator) -> FloatArray:
    """Return the state of a generator of NumPy's own kind, (LENGTH,), each number a whole one.

    >>> one, two = np.random.default_rng(1), np.random.default_rng(2)
    >>> set_generator(two, generator_numbers(one))
    >>> bool(one.normal() == two.normal())
    True
    """
    state = rng.bit_generator.state
    own = [state["state"][name] >> 32 * k for name in ("state", "inc") for k in range(_WORDS)]
    return np.array(
        [*(word % _WORD for word in own), state["has_uint32"], state["uinteger"]], float
    )


def set_generator(rng: np.random.Generator, numbers: FloatArray) -> None:
    """Go on where a generator was whose state these numbers are."""
    whole = [int(number) for number in numbers]
    state, inc = (
        sum(word << 32 * k for k, word in enumerate(whole[i : i + _WORDS])) for i in (0, _WORDS)
    )
    rng.bit_generator.state = {
        "bit_generator": type(rng.bit_generator).__name__,
        "state": {"state": state, "inc": inc},
        "has_uint32": whole[-2],
        "uinteger": whole[-1],
    }
