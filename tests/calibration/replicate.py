"""Replications of a cell: parameters from the priors, data from these, ranks among the draws."""

import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from zlib import crc32

import numpy as np
import pandas as pd
import xarray as xr

import mixwell as mw
from mixwell.errors import MixwellError
from mixwell.families import get_family
from mixwell.infer.exact.applicable import why_not_exact
from mixwell.posterior.posterior import Posterior
from mixwell.posterior.predictive import log_likelihood, posterior_predictive
from mixwell.specify.spec import Spec

from .cells import KEPT, Cell, design
from .truths import draw_truths

#: Draws of each engine for each that is kept: copies, and neighbors of a chain, are left out.
THINNING = {"exact": 5, "nuts": 10, "direct": 10}
#: Data sets simulated for each that has to be ranked; some are refused.
_SPARE = 3
_RATINGS = 4

#: A maker of draws: the model of one data set and a seed to its posterior.
Engine = Callable[[mw.Model, int], xr.Dataset]


@dataclass
class Outcome:
    """The ranks of a cell's quantities, and how many data sets were refused or declined, and why.

    `marked` are those whose draws were ranked though `fit.diagnose()` finds fault with the chains.
    `not_exact` is the reason for which the exact engine does not take the model, if it does not.
    Whether a data set counts depends on the data alone, so that the ranks of those that do are
    uniform all the same.
    """

    ranks: dict[str, list[int]] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    declined: Counter[str] = field(default_factory=Counter)
    marked: Counter[str] = field(default_factory=Counter)
    not_exact: str = ""
    seconds: float = 0.0


def replicate(cell: Cell, replications: int | None = None, skip: int = 0) -> Outcome:
    """Rank the truth among the draws of as many data sets as the cell asks for."""
    wanted, started = replications or cell.replications, time.perf_counter()
    rng = np.random.default_rng([crc32(cell.name.encode()), skip])
    typical = typical_model(cell).spec
    truths = draw_truths(typical, rng, _SPARE * wanted)
    responses = simulate(typical, truths, int(rng.integers(2**31)))
    draws = ENGINES[cell.engine](cell, responses[0])
    outcome, done = Outcome(not_exact=str(why_not_exact(typical) or "")), 0
    for i, y in enumerate(responses):
        if done == wanted:
            break
        try:
            model = _model(cell, y)
        except MixwellError as error:
            outcome.refused[_sentence(error)] += 1
            continue
        if model.spec.response.levels != typical.response.levels:
            outcome.refused["A level of the response is not in the data."] += 1
            continue
        try:
            made = draws(model, i)
        except MixwellError as error:
            outcome.declined[_sentence(error)] += 1
            continue
        outcome.marked.update(made.attrs.get("marked", ()))
        thinned = made.isel(draw=slice(0, None, THINNING[cell.engine]))
        rank(outcome, truths.isel(draw=[i]), thinned, model.spec)
        done += 1
    assert done == wanted, f"{cell.name}: {outcome.refused} {outcome.declined}"
    outcome.seconds = time.perf_counter() - started
    return outcome


def simulate(spec: Spec, truths: xr.Dataset, seed: int) -> np.ndarray:
    """Draw a response from each parameter vector by the public sampler, (truths, rows)."""
    return posterior_predictive(Posterior(truths, spec), seed).values[0]


def rank(outcome: Outcome, truth: xr.Dataset, draws: xr.Dataset, spec: Spec) -> None:
    """Count the draws below the truth, quantity by quantity."""
    own, among = quantities(truth, spec), quantities(draws, spec)
    for name, values in among.items():
        assert values.shape == (KEPT,), name
        outcome.ranks.setdefault(name, []).append(int((values < own[name][0]).sum()))


def quantities(draws: xr.Dataset, spec: Spec) -> dict[str, np.ndarray]:
    """Return every parameter, two deviations a factor, and the log likelihood, (draws,) each.

    The last depends on data and parameters together: it sees what parameters alone cannot, such as
    draws that are from the prior. Source: Modrák et al. 2023.
    """
    posterior = Posterior(draws, spec)
    deviations = [found.r_name for found in spec.layout.factors]
    stack = posterior.stack([name for name in spec.variables if name not in deviations])
    found = dict(zip(stack.labels, stack.values[0].T, strict=True))
    for group in spec.layout.factors:
        values = posterior.flat(group.r_name)
        for level, effect in ((0, 0), (-1, -1)):
            label = f"{group.r_name}[{group.levels[level]}, {group.effects[effect]}]"
            found[label] = values[:, level, effect]
    found["log likelihood"] = log_likelihood(posterior).values[0].sum(axis=1)
    return found


def _model(cell: Cell, y: np.ndarray) -> mw.Model:
    """Return the cell's model of one response."""
    data = design(cell.copies).assign(y=y)
    if cell.limit is not None:
        data["censored"] = np.where(y > cell.limit, "right", "none")
        data["y"] = np.minimum(y, cell.limit)
    if cell.family == "cumulative":
        labels = [f"{k + 1}" for k in range(_RATINGS)]
        data["y"] = pd.Categorical.from_codes(y.astype(int), labels, ordered=True)
    return mw.Model(cell.written, data, cell.family, priors=cell.priors)


def typical_model(cell: Cell) -> mw.Model:
    """Return the cell's model of some response that the family takes; no prior depends on it."""
    rows, support = np.arange(len(design(cell.copies))), get_family(cell.family).support
    if support.kind == "ordered":
        return _model(cell, rows % _RATINGS)
    return _model(cell, rows % 2 if support.whole else 0.3 + 0.4 * (rows % 2))


def _sentence(error: Exception) -> str:
    """Return an error's first line without its numbers."""
    return re.sub(r" \(k-hat.*?\)", "", str(error).splitlines()[0])


def exact_engine(cell: Cell, y: np.ndarray) -> Engine:
    """Return the exact engine's maker of draws."""

    def draws(model: mw.Model, seed: int) -> xr.Dataset:
        fit = model.fit(engine="exact", chains=1, draws=THINNING[cell.engine] * KEPT, seed=seed)
        return fit.posterior

    return draws


def direct_engine(cell: Cell, y: np.ndarray) -> Engine:
    """Return the direct engine's maker of draws: one chain, ranked whatever it is worth."""

    def draws(model: mw.Model, seed: int) -> xr.Dataset:
        wanted = THINNING[cell.engine] * KEPT
        fit = model.fit(engine="direct", chains=1, draws=wanted, seed=seed)
        marks = sorted({found.measure for found in fit.diagnose().of_draws})
        return fit.posterior.assign_attrs(marked=[", ".join(marks)] if marks else [])

    return draws


def nuts_engine(cell: Cell, y: np.ndarray) -> Engine:
    """Return NUTS's maker of draws: the model is compiled once, the response exchanged in it."""
    import nutpie
    import pymc as pm

    from mixwell.infer.built_model import BuiltModel

    spec = _model(cell, y).spec
    built, name = BuiltModel(spec, cell.parameterization).model, spec.layout.observed
    with built:
        exchanged = pm.Data("response", _as_observed(spec))
    old = built.rvs_to_values[built[name]]
    built.values_to_rvs[exchanged] = built.values_to_rvs.pop(old)
    built.rvs_to_values[built[name]] = exchanged
    compiled = nutpie.compile_pymc_model(built)

    def draws(model: mw.Model, seed: int) -> xr.Dataset:
        made = nutpie.sample(
            compiled.with_data(response=_as_observed(model.spec)),
            draws=THINNING[cell.engine] * KEPT,
            tune=500,
            chains=1,
            cores=1,
            seed=seed,
            target_accept=0.95,
            progress_bar=False,
        )
        return made["posterior"].to_dataset()[list(spec.variables)]

    return draws


def _as_observed(spec: Spec) -> np.ndarray:
    values = spec.response.values
    return values.astype(np.int64) if spec.family.support.whole else values


ENGINES: dict[str, Callable[[Cell, np.ndarray], Engine]] = {
    "exact": exact_engine,
    "direct": direct_engine,
    "nuts": nuts_engine,
}
