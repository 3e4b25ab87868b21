"""Posteriors of direct chains are those of NUTS within Monte Carlo error; what would be found."""

import numpy as np
import pytest
from scipy.signal import lfilter
from tests.families.test_brms_posteriors import MODELS as BRMS

from mixwell.families import FAMILIES, get_family

from .against_nuts import MODELS, compare, distances

LABELS = ["a", "b", "c"]


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_posteriors_are_those_of_nuts(name: str) -> None:
    found = compare(name)
    assert found.largest < found.limit, found.worst


def test_a_family_is_compared_with_nuts_or_with_another_package() -> None:
    """Combinations with zeros and the rest have glmmTMB's estimates: tests/families."""
    compared = {each.family for each in MODELS.values()}
    compared |= {get_family(same.family).name for same in BRMS.values()}
    elsewhere = {"laplace", "nbinom1", "genpois", "compois", "tweedie", "loglogistic"}
    assert {f.name for f in FAMILIES.values() if not f.based_on} <= compared | elsewhere


def draws(seed: int, correlation: float = 0.5, sd: float = 1.0) -> np.ndarray:
    """Four chains of three quantities that depend on each other and on their past."""
    root = np.linalg.cholesky(np.full((3, 3), correlation) + (1 - correlation) * np.eye(3))
    noise = np.random.default_rng(seed).normal(size=(4, 2100, 3)) @ root.T
    return sd * lfilter([np.sqrt(1 - 0.6**2)], [1, -0.6], noise, axis=1)[:, 100:]


def test_distances_of_equal_distributions_are_standard_normal() -> None:
    z = np.array(
        [list(distances(draws(2 * k), draws(2 * k + 1), LABELS).z.values()) for k in range(60)]
    )
    assert z.shape[1] == 4 * 3 + 3
    assert np.abs(z.mean(axis=0)).max() < 4 / np.sqrt(60)
    assert z.std(axis=0) == pytest.approx(1, abs=0.35)
    assert z.std() == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        (lambda x: x + 0.2, "mean"),
        (lambda x: 1.15 * x, "sd"),
        (lambda x: np.where(x > 1.2, 1.2 + 2 * (x - 1.2), x), "95% point|sd"),
    ],
)
def test_another_distribution_is_found(wrong, what: str) -> None:
    found = distances(draws(1), wrong(draws(2)), LABELS)
    assert found.largest > found.limit
    assert found.worst.split(" of ")[0] in what.split("|")


def test_another_correlation_is_found() -> None:
    found = distances(draws(1), draws(2, correlation=0.3), LABELS)
    assert found.largest > found.limit
    assert found.worst.startswith("correlation of ")
