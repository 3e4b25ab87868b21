"""Fixtures shared by all tests: one real fit, sampled once a session, and hand-made posteriors."""

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

import mixwell as mw


@pytest.fixture(scope="session")
def sleepstudy_fit():
    """Sample the sleepstudy model once: 4 chains of 500 draws."""
    data = mw.load_data("sleepstudy")
    model = mw.Model("Reaction ~ Days + (Days | Subject)", data)
    return model.fit(engine="nuts", draws=500, tune=500, chains=4, seed=1)


@pytest.fixture
def make_idata() -> Callable[..., xr.DataTree]:
    """Return a maker of posteriors with the names of DESIGN.md, filled with random numbers."""
    return _idata


def _idata(
    chains: int = 4,
    draws: int = 250,
    levels: int = 5,
    diverging: int = 0,
    shift: float = 0.0,
    seed: int = 1,
    statistics: tuple[str, ...] = ("diverging", "energy", "reached_max_treedepth"),
) -> xr.DataTree:
    """Make independent draws; `shift` moves the first chain of `b`, `diverging` marks draws."""
    rng = np.random.default_rng(seed)
    shape = (chains, draws)
    correlation = rng.uniform(-0.9, 0.9, shape)
    matrix = np.ones((*shape, 2, 2))
    matrix[..., 0, 1] = matrix[..., 1, 0] = correlation
    fixed = rng.normal([250.0, 10.0], [7.0, 1.5], (*shape, 2))
    fixed[0] += shift
    sampled = ("chain", "draw")
    effects = ["Intercept", "Days"]
    posterior = xr.Dataset(
        {
            "b": ((*sampled, "effect"), fixed),
            "sd_Subject": ((*sampled, "Subject_effect"), rng.gamma(20, [1.2, 0.3], (*shape, 2))),
            "corr_Subject": ((*sampled, "Subject_effect", "Subject_effect_"), matrix),
            "r_Subject": (
                (*sampled, "Subject", "Subject_effect"),
                rng.normal(size=(*shape, levels, 2)),
            ),
            "sigma": (sampled, rng.gamma(400, 0.064, shape)),
        },
        coords={
            "chain": range(chains),
            "draw": range(draws),
            "effect": effects,
            "Subject_effect": effects,
            "Subject_effect_": effects,
            "Subject": [f"s{i}" for i in range(levels)],
        },
    )
    marked = np.zeros(shape, dtype=bool)
    marked.flat[:diverging] = True
    measured = {
        "diverging": marked,
        "energy": rng.normal(size=shape),
        "reached_max_treedepth": np.zeros(shape, dtype=bool),
    }
    stats = xr.Dataset({name: (sampled, measured[name]) for name in statistics})
    return xr.DataTree.from_dict({"posterior": posterior, "sample_stats": stats})
