"""Fits whose draws are a reference's coefficients: what the interpretation floor is tested on."""

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import mixwell as mw
from mixwell.interpret import hypothesis
from mixwell.interpret.means import comparisons, estimands, predictions
from mixwell.posterior.posterior import Posterior
from mixwell.recipe import Recipe, as_formulas
from mixwell.specify.spec import Spec

REFERENCE = Path(__file__).parent / "reference"


def specify(
    formula: str | Sequence[str], data: pd.DataFrame, family: str = "gaussian", **choices: Any
) -> Spec:
    return Recipe(as_formulas(formula), data, family, **choices).specify()


def posterior_of(
    spec: Spec,
    coefficients: Mapping[str, float] | Sequence[float],
    vcov: object = None,
    chains: int = 2,
    draws: int = 4,
    seed: int = 1,
    **variables: Any,
) -> xr.Dataset:
    """Draws of `b` under R's names or in order: identical, or normal with a covariance.

    `variables` adds further ones as (dims, values), values without the sample dims.
    """
    fixed = spec.design.mean.fixed
    if isinstance(coefficients, Mapping):
        values = np.array([coefficients[name] for name in fixed.r_names], dtype=float)
    else:
        values = np.array(coefficients, dtype=float)
    if vcov is None:
        b = np.broadcast_to(values, (chains, draws, len(values)))
    else:
        rng = np.random.default_rng(seed)
        b = rng.multivariate_normal(values, np.array(vcov, dtype=float), (chains, draws))
    made = {"b": (("chain", "draw", "effect"), b)}
    for name, (dims, given) in variables.items():
        array = np.asarray(given, dtype=float)
        if array.ndim == len(dims):
            array = np.broadcast_to(array, (chains, draws, *array.shape))
        made[name] = (("chain", "draw", *dims), array)
    coords: dict[str, Any] = {"chain": range(chains), "draw": range(draws)}
    coords["effect"] = list(fixed.names)
    for found in spec.layout.factors:
        coords[found.factor] = list(found.levels)
        coords[found.effect_dim] = coords[f"{found.effect_dim}_"] = list(found.effects)
    dims = {dim for variable in made.values() for dim in variable[0]}
    return xr.Dataset(made, coords={name: c for name, c in coords.items() if name in dims})


@cache
def reference(name: str = "emmeans") -> dict[str, Any]:
    with gzip.open(REFERENCE / f"{name}.json.gz", "rt", encoding="utf-8") as file:
        return json.load(file)


def load(name: str) -> pd.DataFrame:
    """One data set: mixwell's own, or a file beside the reference."""
    file = REFERENCE / f"{name}.csv"
    if not file.exists():
        return mw.load_data(name)
    levels = json.loads((REFERENCE / "levels.json").read_text(encoding="utf-8")).get(name, {})
    data = pd.read_csv(file, dtype=dict.fromkeys(levels, "str"), keep_default_na=False)
    for column, known in levels.items():
        kind = pd.CategoricalDtype(known["levels"], ordered=known["ordered"])
        data[column] = data[column].astype(kind)
    return data


@dataclass(frozen=True)
class PretendFit:
    """A specification with draws that nobody sampled; the verbs are those of `Fit`."""

    spec: Spec
    posterior: xr.Dataset

    def __getattr__(self, name: str):
        modules = {
            "means": estimands,
            "slopes": estimands,
            "contrasts": estimands,
            "comparisons": comparisons,
            "predictions": predictions,
            "hypothesis": hypothesis,
        }
        drawn = Posterior(self.posterior, self.spec)
        return partial(getattr(modules[name], name), drawn)


@pytest.fixture(scope="session")
def pretend():
    """Return a maker of fits: formula, data, coefficients, and what `posterior_of` takes."""

    def make(formula, data, coefficients, family="gaussian", choices=None, **rest):
        spec = specify(formula, data, family, **(choices or {}))
        return PretendFit(spec, posterior_of(spec, coefficients, **rest))

    return make


@pytest.fixture(scope="session")
def table():
    """Return a reader of the tests' data sets."""
    return load


@pytest.fixture(scope="session")
def truth():
    """Return a reader of the reference answers."""
    return reference
