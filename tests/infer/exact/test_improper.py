"""Flat standard deviations: how many levels close their posterior, and what it then is.

Gelman (2006, section 3.2 and 4): next to a flat intercept a flat standard deviation needs three
levels. Far out the likelihood falls as its power of minus the number of levels, and an integral
over every flat coefficient that moves with the levels gives one power back; above 1 it is closed.
"""

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.infer.choose import run
from mixwell.infer.direct.rounds.flat_tails import refuse_flat_tails
from mixwell.infer.direct.target import build_target as direct_target
from mixwell.infer.exact.exact_draws import build_target
from mixwell.infer.exact.improper import improper_parameter
from mixwell.infer.settings import Settings


def frame(levels: int) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    g = np.arange(60) % levels
    made = pd.DataFrame({"g": g.astype(str), "w": np.array([0.3, -1.0, 0.5, 0.9])[g]})
    made["x"] = rng.normal(size=60)
    made["y"] = rng.normal(size=levels)[g] + rng.normal(size=60)
    made["count"], made["won"] = rng.poisson(np.exp(0.3 * made.y)), rng.integers(0, 2, 60)
    return made


FLAT = {"sd_g": "flat", "Intercept": "flat"}
#: The right side, priors, and how many levels close the posterior.
CASES = [
    ("1 + (1 | g)", FLAT, 3),
    ("1 + (1 | g)", {"sd_g": "flat"}, 2),
    ("1 + (1 | g)", {**FLAT, "Intercept": "Normal(0, 3)"}, 2),
    ("x + (1 | g)", {**FLAT, "x": "flat"}, 3),
    ("w + (1 | g)", {**FLAT, "w": "flat"}, 4),
    ("w + (1 | g)", FLAT, 3),
    ("0 + x + (0 + x | g)", {"sd_g": "flat", "x": "flat"}, 3),
    ("1 + (0 + x | g)", FLAT, 2),
]


@pytest.mark.parametrize(
    ("response", "family"), [("y", "gaussian"), ("count", "poisson"), ("won", "bernoulli")]
)
@pytest.mark.parametrize(("right", "priors", "enough"), CASES)
def test_as_many_levels_as_the_powers_ask_for_close_a_flat_standard_deviation(
    right: str, priors: dict[str, str], enough: int, response: str, family: str
) -> None:
    for levels in (2, 3, 4):
        model = mw.Model(f"{response} ~ {right}", frame(levels), family=family, priors=priors)
        improper = levels < enough
        found = improper_parameter(build_target(model.spec))
        assert (found is not None) == improper, (levels, found)
        if improper:
            with pytest.raises(mw.SamplingError, match=r"sd_g\[.*\] is improper"):
                refuse_flat_tails(direct_target(model.spec))
        else:
            refuse_flat_tails(direct_target(model.spec))


def test_a_flat_standard_deviation_of_two_levels_has_the_posterior_of_a_grid() -> None:
    """The two means given both deviations are normal, the squares within them a chi-square."""
    data = frame(2)
    priors = {"sd_g": "flat", "Intercept": "Normal(0, 3)", "sigma": "HalfNormal(2)"}
    model = mw.Model("y ~ 1 + (1 | g)", data, priors=priors)
    tree, _ = run(model.spec, Settings(engine="exact", seed=1, draws=4000))
    log_tau = np.linspace(-9, 16, 2001)[:, None]
    sigma = np.linspace(0.5, 1.8, 200)[None, :]
    means = data.groupby("g").y.mean().to_numpy()
    within = float(((data.y - data.groupby("g").y.transform("mean")) ** 2).sum())
    own = np.exp(2 * log_tau) + sigma**2 / 30
    sum_, gap = means.sum() / np.sqrt(2), (means[0] - means[1]) / np.sqrt(2)
    log_density = -58 * np.log(sigma) - within / (2 * sigma**2) - sigma**2 / 8 + log_tau
    for square, variance in ((sum_**2, own + 2 * 9), (gap**2, own)):
        log_density = log_density - 0.5 * np.log(variance) - square / (2 * variance)
    mass = np.exp(log_density - log_density.max()).sum(axis=1)
    below = np.cumsum(mass) / mass.sum()
    drawn = np.log(tree["posterior"]["sd_g"].values.ravel())
    effective = tree["posterior"].attrs["effective_number"]
    for share in (0.1, 0.5, 0.9, 0.97):
        at = log_tau[np.searchsorted(below, share), 0]
        error = np.sqrt(share * (1 - share) / effective)
        assert (drawn < at).mean() == pytest.approx(share, abs=4 * error)
