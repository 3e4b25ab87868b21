"""A small model of any family, on a response that it takes."""

from functools import cache

import numpy as np
import pandas as pd

import mixwell as mw
from mixwell.errors import MixwellError

#: Left sides, of which a family takes the first that it can have.
RESPONSES = (
    "rating",
    "choice",
    "cbind(a, b, c)",
    "cbind(pa, pb, pc)",
    "binary",
    "wins | trials(n)",
    "few",
    "none",
    "share",
    "part",
    "ends",
    "amount",
    "angle",
    "positive",
    "real",
)


def rows() -> pd.DataFrame:
    """60 rows of 6 levels of `g` with responses of every kind."""
    rng, n = np.random.default_rng(3), 60
    x = np.round(rng.normal(size=n), 2)
    counts, shares = rng.poisson(2.0, size=(3, n)), rng.dirichlet([2.0, 3.0, 4.0], n).T
    share = rng.beta(2.0, 3.0, n)
    zero = rng.random(n) < 0.3
    return pd.DataFrame(
        {
            "x": x,
            "g": np.repeat([f"g{i}" for i in range(6)], 10),
            "rating": pd.Categorical(rng.integers(1, 5, n), [1, 2, 3, 4], ordered=True),
            "choice": rng.choice(["bus", "car", "train"], n),
            "binary": rng.integers(0, 2, n),
            "n": 8,
            "wins": rng.binomial(8, 0.4, n) * ~zero,
            "few": rng.poisson(3.0, n) * ~zero,
            "none": 1 + rng.poisson(2.0, n),
            "share": share,
            "part": share * ~zero,
            "ends": np.where(rng.random(n) < 0.2, 1.0, share * ~zero),
            "amount": rng.gamma(2.0, 1.0, n) * ~zero,
            "angle": rng.vonmises(0.5, 2.0, n),
            "positive": 0.5 + rng.gamma(2.0, 1.0, n),
            "real": 1 + 0.5 * x + rng.normal(size=n),
            **dict(zip("abc", counts, strict=True)),
            **dict(zip(("pa", "pb", "pc"), shares, strict=True)),
        }
    )


def any_model(family: str) -> mw.Model:
    """Return a model with a predictor and an intercept for each level."""
    return mw.Model(f"{_response(family)} ~ x + (1 | g)", rows(), family)


@cache
def _response(family: str) -> str:
    """Return the first of the left sides that a family can have."""
    data = rows()
    for response in RESPONSES:
        try:
            mw.Model(f"{response} ~ x + (1 | g)", data, family)
        except MixwellError:
            continue
        return response
    raise AssertionError(f"no response of {family}")
