"""Fixtures shared by all tests: one real fit, hand-made posteriors, fits that nobody sampled."""

import gzip
import json
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import settings

import mixwell as mw
from mixwell.interpret.changes import average_effects, comparisons, slopes
from mixwell.interpret.estimates.estimates import Estimates, judge
from mixwell.interpret.hypotheses.parameter_draws import parameter_draws
from mixwell.interpret.means import estimands, predictions
from mixwell.interpret.simple import simple_effects
from mixwell.interpret.sizes import term_sizes
from mixwell.interpret.survival import survival_curves
from mixwell.posterior.labels import observed_data, posterior_labels
from mixwell.posterior.made import Made
from mixwell.posterior.posterior import Posterior
from mixwell.recipe import Recipe, as_formulas
from mixwell.specify.spec import Spec

# What PyTensor evaluates once here would be compiled by a C compiler first, for a minute in all.
os.environ.setdefault("PYTENSOR_FLAGS", "cxx=")

# The same examples in every run: a check of one commit says the same twice. MIXWELL_EXAMPLES=other
# looks for new ones, by hand.
settings.register_profile("same", derandomize=True)
if os.environ.get("MIXWELL_EXAMPLES", "same") == "same":
    settings.load_profile("same")

# A shell that starts the tests in the background leaves interrupts ignored.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

REFERENCE = Path(__file__).parent / "interpret/reference"


@pytest.fixture(scope="session")
def sleepstudy_fit():
    """Sample the sleepstudy model once: 4 chains of 1000 draws."""
    data = mw.load_data("sleepstudy")
    model = mw.Model("Reaction ~ Days + (Days | Subject)", data)
    return model.fit(engine="nuts", draws=1000, tune=1000, chains=4, seed=1)


@pytest.fixture
def spark():
    """Return the local Spark session of tests that are marked so, anew where one has stopped it.

    It needs pyspark and Java.
    """
    sql = pytest.importorskip("pyspark.sql")
    choices = {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.log.level": "ERROR",
    }
    return sql.SparkSession.builder.master("local[2]").config(map=choices).getOrCreate()


@pytest.fixture
def make_idata() -> Callable[..., xr.DataTree]:
    """Return a maker of posteriors with the names of DESIGN.md, filled with random numbers."""
    return _idata


@pytest.fixture
def spec_of() -> Callable[..., Spec]:
    """Return a maker of specifications of models whose posteriors `make_idata` makes."""
    return _spec_of


@pytest.fixture
def sampled(monkeypatch, make_idata):
    """Put draws made by hand in the place of sampling; return the settings that it was given."""
    seen = {}

    def fit(spec, settings, built):
        seen.update(asdict(settings), spec=spec)
        tree = make_idata(levels=18, diverging=seen.get("diverging", 0))
        draws = tree["posterior"].to_dataset()
        known = {d: own for d, own in posterior_labels(spec).items() if d in draws.dims}
        own = {d: labels for d, labels in known.items() if len(labels) == draws.sizes[d]}
        tree["posterior"] = xr.DataTree(draws.assign_coords(own))
        tree["observed_data"] = xr.DataTree(observed_data(spec))
        return tree, Made()

    monkeypatch.setattr("mixwell.fit.run", fit)
    return seen


def _spec_of(
    idata: xr.DataTree, response: str = "y", family: str = "gaussian", *further: str
) -> Spec:
    subjects = idata["posterior"].coords.get("Subject", ["s0", "s1", "s2", "s3", "s4"])
    rows = 4 * len(subjects)
    columns = {"Days": np.arange(rows) % 4, "Subject": np.repeat(np.asarray(subjects), 4)}
    outcome = np.arange(rows) % 2 if family == "bernoulli" else np.sqrt(np.arange(1.0, rows + 1))
    formulas = [f"{response} ~ Days + (Days | Subject)", *further]
    return mw.Model(formulas, pd.DataFrame({response: outcome, **columns}), family).spec


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
    """One data set: mixwell's own, or a file next to the reference."""
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
            "slopes": slopes,
            "contrasts": estimands,
            "comparisons": comparisons,
            "effect": average_effects,
            "joint_tests": term_sizes,
            "simple_effects": simple_effects,
            "predictions": predictions,
            "survival": survival_curves,
            "restricted_means": survival_curves,
            "time_quantiles": survival_curves,
        }
        return partial(getattr(modules[name], name), self.drawn)

    @property
    def drawn(self) -> Posterior:
        return Posterior(self.posterior, self.spec)

    def hypothesis(self, hypotheses: object, **choices: Any) -> Estimates:
        return judge(hypotheses, parameter_draws(self.drawn), **choices)


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
