"""Fits of R's verbs, drawn exactly once a session, and what R prints for the same models."""

import json
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import mixwell as mw
from mixwell.fit import Fit
from mixwell.posterior.made import Made
from mixwell.r import brm, glmer, lm, lmer
from mixwell.r.verbs.fits import Fitted

REFERENCE = Path(__file__).parent / "reference"


@cache
def _printed() -> dict:
    return json.loads((REFERENCE / "layouts.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def printed() -> dict:
    """Return what R printed, by name (layouts.R)."""
    return _printed()


@pytest.fixture(scope="session")
def lme4_figures() -> dict:
    """Return lme4's estimates of the shared reference models."""
    path = Path(__file__).parents[1] / "reference" / "lme4.json"
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def sleep() -> Fitted:
    return lmer("Reaction ~ Days + (Days | Subject)", mw.load_data("sleepstudy"), seed=1)


@pytest.fixture(scope="session")
def crossed() -> Fitted:
    data = mw.load_data("penicillin")
    return lmer("diameter ~ 1 + (1 | plate) + (1 | sample)", data, seed=1)


@pytest.fixture(scope="session")
def herds() -> Fitted:
    formula = "cbind(incidence, size - incidence) ~ period + (1 | herd)"
    return glmer(formula, mw.load_data("cbpp"), family="binomial", seed=1)


@pytest.fixture(scope="session")
def baked() -> Fitted:
    data = mw.load_data("cake")
    data["temperature"] = data["temperature"].cat.as_unordered()
    return lmer("angle ~ recipe * temperature + (1 | recipe:replicate)", data, seed=1)


@pytest.fixture(scope="session")
def slopes() -> Fitted:
    data = mw.load_data("cake")
    data["temp"] = data["temperature"].astype(str).astype(float)
    return lmer("angle ~ recipe * temp + (1 | recipe:replicate)", data, seed=1)


@pytest.fixture(scope="session")
def flat() -> Fitted:
    return lm("Reaction ~ Days", mw.load_data("sleepstudy"), seed=1)


@pytest.fixture(scope="session")
def tasks() -> Fitted:
    data = mw.load_data("block_direction")
    formula = "y ~ block * direction + (1 + direction | user)"
    return brm(formula, data, seed=1, iter=1000)


@pytest.fixture
def undrawn(monkeypatch) -> dict:
    """Let models be specified but not drawn; the arguments of `Model.fit` end up in the dict."""
    asked: dict = {}

    def fit(model: mw.Model, **arguments: object) -> Fit:
        asked.update(arguments)
        return Fit(model.spec, None, Made(), model._recipe)

    monkeypatch.setattr(mw.Model, "fit", fit)
    return asked


@pytest.fixture(scope="session")
def with_sigma() -> Fitted:
    """Return a model with a formula for sigma, its draws made by hand."""
    formulas = ["y ~ block + (block | user)", "sigma ~ direction + (1 | user)"]
    return Fitted(_by_hand(mw.Model(formulas, mw.load_data("block_direction"))), "brms")


@pytest.fixture(scope="session")
def counts() -> Fitted:
    """Return a negative binomial model, its draws made by hand."""
    formula, data = "breaks ~ wool + (1 | tension)", mw.load_data("warpbreaks")
    return Fitted(_by_hand(mw.Model(formula, data, "negativebinomial")))


def _by_hand(model: mw.Model) -> Fit:
    """Make independent draws of any size for every parameter: layouts do not ask for more."""
    rng, shape = np.random.default_rng(1), (2, 300)
    variables: dict = {}
    coords: dict = {"chain": [0, 1], "draw": range(300)}

    def put(name: str, values: np.ndarray, **dims: list[str]) -> None:
        variables[name] = (("chain", "draw", *dims), values)
        coords.update(dims)

    for name, predictor in model.spec.predictors.items():
        names = list(predictor.fixed.names)
        own = ("b", "effect") if name == "mean" else (f"b_{name}", f"{name}_effect")
        put(own[0], rng.normal(size=(*shape, len(names))), **{own[1]: names})
    for found in model.spec.layout.factors:
        levels, effects = (
            {found.factor: list(found.levels)},
            {found.effect_dim: list(found.effects)},
        )
        sizes = len(found.levels), len(found.effects)
        put(found.r_name, rng.normal(size=(*shape, *sizes)), **levels, **effects)
        put(found.sd_name, rng.gamma(5, 0.1, (*shape, sizes[1])), **effects)
    for matrix in model.spec.layout.correlations:
        labels = list(matrix.labels)
        root = rng.normal(size=(*shape, len(labels), len(labels)))
        product = root @ root.swapaxes(-1, -2)
        sds = np.sqrt(np.diagonal(product, axis1=-2, axis2=-1))
        values = product / (sds[..., None] * sds[..., None, :])
        put(matrix.name, values, **{matrix.dim: labels, f"{matrix.dim}_": labels})
    for name in set(model.spec.auxiliary) - set(model.spec.predictors):
        put(name, rng.gamma(5, 0.1, shape))
    tree = xr.DataTree.from_dict({"posterior": xr.Dataset(variables, coords=coords)})
    return Fit(model.spec, tree, Made(), model._recipe)


@pytest.fixture
def run_alone() -> Callable[[str], str]:
    """Return what runs a program in a Python of its own and gives what it prints."""

    def run(program: str) -> str:
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run
