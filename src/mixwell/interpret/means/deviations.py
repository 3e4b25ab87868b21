"""What grouping factors add to a linear predictor: nothing, known or new levels' deviations."""

from collections.abc import Mapping
from typing import Literal

import numpy as np

from mixwell.errors import DataError
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.posterior import Posterior

#: Deviations by factor, `(effect, level, sample)`; no factor at all for the population.
LevelDraws = Mapping[str, FloatArray]

Groups = Literal["population", "existing", "new"]
CHOICES = ("population", "existing", "new")

SENTENCES = {
    "population": "For the population: deviations of groups are 0.",
    "existing": "For the groups in the data, with their own deviations.",
    "new": "For new groups: one level of each grouping factor, drawn from its fitted covariance.",
}


def check_groups(groups: str) -> None:
    """Refuse a group treatment that does not exist."""
    if groups not in CHOICES:
        raise DataError(f"groups={groups!r} is unknown.", hint=f"Choices: {', '.join(CHOICES)}.")


def existing_levels(posterior: Posterior, parameter: str = "mean") -> LevelDraws:
    """Return the deviations of the levels that the data have."""
    return {
        found.factor: np.ascontiguousarray(posterior.deviations(found).samples())
        for found in posterior.spec.layout.of(parameter)
    }


def one_new_level(posterior: Posterior, rng: np.random.Generator) -> LevelDraws:
    """Return one new level of every factor of the mean, drawn anew in each draw."""
    return {
        found.factor: draw_new_levels(posterior, found.factor, 1, rng)[found.label]
        for found in posterior.spec.layout.of("mean")
    }


def draw_new_levels(
    posterior: Posterior, factor: str, count: int, rng: np.random.Generator
) -> dict[str, FloatArray]:
    """Draw deviations of new levels of a factor in every draw of its covariance.

    Returns `(effect, level, sample)` by label (`user`, `sigma_user`): effects that correlate across
    linear predictors are drawn together.
    """
    members = [found for found in posterior.spec.layout.factors if found.factor == factor]
    covariance = posterior.covariance(*members)
    z = rng.standard_normal((posterior.samples, len(covariance.effects), count))
    if covariance.correlated.any():
        z = covariance.correlation_root @ z
    values = z.transpose(1, 2, 0) * covariance.sd.T[:, None, :]
    ends = np.cumsum([len(found.effects) for found in members])
    parts = np.split(values, ends[:-1])
    return {
        found.label: np.ascontiguousarray(part) for found, part in zip(members, parts, strict=True)
    }
