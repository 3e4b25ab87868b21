"""Measure draws and geometry against the thresholds of the field.

Sources: Vehtari, Gelman, Simpson, Carpenter and Bürkner 2021 (R-hat, bulk and tail ESS); Betancourt
2017 (divergences, energy, tree depth).
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mixwell.diagnose.findings import Finding, Findings
from mixwell.draws import (
    FloatArray,
    Stack,
    array_statistics,
    draws_of,
    ess_bulk,
    ess_tail,
    join_stacks,
    rhat,
    stack_variable,
)

RHAT_MAXIMUM = 1.01
RHAT_GRAVE = 1.05  # up to here, with nothing else wrong, more of the same draws are the answer
ESS_MINIMUM_PER_CHAIN = 100
BFMI_MINIMUM = 0.3

# More draws a chain than this are not advised: another model or prior is.
DRAWS_AT_MOST = 10_000

# Above this many parameters the ranked measures are computed for those that a cheap screen finds
# worst: a model with thousands of levels has thousands of deviations of the same kind.
MEASURED_AT_MOST = 400


@dataclass(frozen=True, slots=True)
class _Sampled:
    """What the checks read: draws of all parameters, and the sampler's statistics."""

    stack: Stack
    statistics: xr.Dataset

    @property
    def chains(self) -> int:
        return int(self.stack.values.shape[0])

    @property
    def draws(self) -> int:
        return int(self.stack.values.shape[1])


def check(idata: xr.DataTree) -> Findings:
    """Check the draws of a fit: R-hat, bulk and tail ESS, divergences, energy and tree depth.

    Reads the groups `posterior` and `sample_stats`; a statistic that is missing is named in
    `Findings.unjudged`. Thresholds: R-hat at most 1.01, ESS at least 100 a chain, no divergences,
    BFMI at least 0.3 in every chain, no saturated trees.
    """
    posterior = idata["posterior"].to_dataset()
    statistics = idata["sample_stats"].to_dataset() if "sample_stats" in idata else xr.Dataset()
    sampled = _Sampled(_screened(posterior), statistics)
    findings: list[Finding] = []
    measured: dict[str, float] = {}
    unjudged: list[str] = []
    for judge in (_finite, _divergences, _mixing, _bulk, _tail, _energy, _tree_depth):
        for outcome in judge(sampled):
            if isinstance(outcome, Finding):
                findings.append(outcome)
                measured[outcome.measure] = outcome.value
            elif isinstance(outcome, str):
                unjudged.append(outcome)
            else:
                measured[outcome[0]] = outcome[1]
    return Findings(tuple(findings), measured, tuple(unjudged))


# A check yields a finding, a measure that is in order, or a sentence on what cannot be judged.
type Outcome = Finding | tuple[str, float] | str


def _finite(sampled: _Sampled) -> Iterator[Outcome]:
    values = sampled.stack.values
    if sampled.draws < 4:
        yield f"{sampled.draws} draws a chain are too few to judge anything."
        return
    broken = ~np.isfinite(values).all(axis=(0, 1))
    with np.errstate(invalid="ignore"):
        broken |= np.ptp(values, axis=(0, 1)) == 0
    if broken.any():
        yield Finding(
            measure="parameters without movement or with infinite draws",
            value=float(broken.sum()),
            threshold=0,
            parameters=_named(sampled.stack, broken),
            meaning="The sampler is stuck, or the model gives no finite density there.",
            next_step="Look at print(model.spec) and at the data for extreme values.",
        )


def _divergences(sampled: _Sampled) -> Iterator[Outcome]:
    if "diverging" not in sampled.statistics:
        yield "Divergences were not recorded."
        return
    count = int(sampled.statistics["diverging"].sum())
    if count == 0:
        yield ("divergences", 0.0)
        return
    share = count / (sampled.chains * sampled.draws)
    yield Finding(
        measure="divergences",
        value=count,
        threshold=0,
        parameters=(),
        meaning=(
            f"{count} of {sampled.chains * sampled.draws} draws ({100 * share:.2g}%) ended in a "
            "region too curved for the step size: part of the posterior may be missing."
        ),
        next_step=(
            "model.fit(target_accept=0.99), and where that is not enough stronger priors on the "
            "group standard deviations."
        ),
    )


def _mixing(sampled: _Sampled) -> Iterator[Outcome]:
    if sampled.chains < 2:
        yield "With one chain R-hat cannot be judged: model.fit(chains=4)."
        return
    values = rhat(sampled.stack.values)
    if np.isnan(values).all():
        return
    worst = float(np.nanmax(values))
    if worst <= RHAT_MAXIMUM:
        yield ("R-hat", worst)
        return
    yield Finding(
        measure="R-hat",
        value=worst,
        threshold=RHAT_MAXIMUM,
        parameters=_named(sampled.stack, values > RHAT_MAXIMUM, order=-values),
        meaning="The chains disagree: they have not yet found the same distribution.",
        next_step=_more_draws(sampled, 2.0),
        grave=worst > RHAT_GRAVE,
    )


def _bulk(sampled: _Sampled) -> Iterator[Outcome]:
    yield from _effective(
        sampled, "bulk ESS", ess_bulk, "Means and medians are estimated from too few draws."
    )


def _tail(sampled: _Sampled) -> Iterator[Outcome]:
    yield from _effective(
        sampled, "tail ESS", ess_tail, "The ends of intervals are estimated from too few draws."
    )


def _effective(
    sampled: _Sampled, measure: str, compute: Callable[[FloatArray], FloatArray], meaning: str
) -> Iterator[Outcome]:
    threshold = ESS_MINIMUM_PER_CHAIN * sampled.chains
    values = compute(sampled.stack.values)
    if np.isnan(values).all():
        return
    worst = float(np.nanmin(values))
    if worst >= threshold:
        yield (measure, worst)
        return
    yield Finding(
        measure=measure,
        value=worst,
        threshold=threshold,
        parameters=_named(sampled.stack, values < threshold, order=values),
        meaning=meaning,
        next_step=_more_draws(sampled, threshold / max(worst, 1.0)),
        at_least=True,
        grave=False,
    )


def _energy(sampled: _Sampled) -> Iterator[Outcome]:
    if "energy" not in sampled.statistics:
        yield "The energy was not recorded: BFMI cannot be judged."
        return
    energy = draws_of(sampled.statistics["energy"])
    if sampled.draws < 4 or not (np.ptp(energy, axis=1) > 0).all():
        return
    fractions = np.asarray(array_statistics().bfmi(energy))
    worst = float(fractions.min())
    if worst >= BFMI_MINIMUM:
        yield ("BFMI", worst)
        return
    low = np.flatnonzero(fractions < BFMI_MINIMUM)
    yield Finding(
        measure="BFMI",
        value=worst,
        threshold=BFMI_MINIMUM,
        parameters=tuple(f"chain {chain + 1}" for chain in low),
        meaning="The sampler explores the spread of the density slowly: heavy tails or a funnel.",
        next_step=(
            'another parameterization, such as model.fit(parameterization="noncentered"), or '
            "stronger priors on the group standard deviations."
        ),
        at_least=True,
    )


def _tree_depth(sampled: _Sampled) -> Iterator[Outcome]:
    if "reached_max_treedepth" not in sampled.statistics:
        yield "The tree depth was not recorded."
        return
    count = int(sampled.statistics["reached_max_treedepth"].sum())
    if count == 0:
        yield ("saturated trees", 0.0)
        return
    yield Finding(
        measure="saturated trees",
        value=count,
        threshold=0,
        parameters=(),
        meaning="The sampler stopped before it turned round: its steps are too small.",
        next_step="scale(x) for predictors of very different size in the formula.",
    )


def _more_draws(sampled: _Sampled, factor: float) -> str:
    # Rounded up to a number that one would type. Beyond a point more draws are no answer.
    draws = 500 * math.ceil(max(sampled.draws * factor * 1.2, 1000) / 500)
    if draws > DRAWS_AT_MOST:
        return "print(model.spec): a weakly identified model; drop effects or give stronger priors."
    return f"model.fit(draws={draws}, tune={max(1000, draws // 2)})"


def _named(
    stack: Stack, mask: NDArray[np.bool_], order: FloatArray | None = None
) -> tuple[str, ...]:
    chosen = np.flatnonzero(mask)
    if order is not None:
        chosen = chosen[np.argsort(order[chosen], kind="stable")]
    return tuple(stack.labels[i] for i in chosen)


def _screened(posterior: xr.Dataset) -> Stack:
    """Return all parameters; of a variable with very many, the worst by the screen."""
    parts = []
    for variable in posterior.data_vars.values():
        part = _without_fixed_correlations(stack_variable(variable))
        parts.append(_worst(part) if len(part.labels) > MEASURED_AT_MOST else part)
    return join_stacks(parts, posterior)


def _worst(stack: Stack) -> Stack:
    kept = MEASURED_AT_MOST // 4
    between, slowness = screen(stack.values)
    return _subset(stack, np.union1d(np.argsort(-between)[:kept], np.argsort(-slowness)[:kept]))


def _subset(stack: Stack, chosen: NDArray[np.int64]) -> Stack:
    return Stack(tuple(stack.labels[i] for i in chosen), stack.values[:, :, chosen])


def screen(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return two cheap measures a parameter of draws ``(chain, draw, parameter)``; larger is worse.

    The first is the variance of half-chain means in units of the within variance (split R-hat
    without ranks); the second the same of batches of about the square root of the number of draws,
    which grows with the autocorrelation time. Parameters that do not vary come first.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = [_batch_ratio(values, batches) for batches in (2, _batches(values.shape[1]))]
    return ratios[0], ratios[1]


def _batches(draws: int) -> int:
    return max(2, math.isqrt(draws))


def _batch_ratio(values: FloatArray, batches: int) -> FloatArray:
    chains, draws, parameters = values.shape
    length = max(1, draws // batches)
    used = values[:, : length * batches].reshape(chains * batches, length, parameters)
    ratio = used.mean(axis=1).var(axis=0) * length / values.var(axis=(0, 1))
    return np.asarray(np.nan_to_num(ratio, nan=np.inf))


def _without_fixed_correlations(stack: Stack) -> Stack:
    # Blocks of one factor have no correlations between them: those pairs are constants, not draws.
    fixed = np.array([label.startswith("corr_") for label in stack.labels], dtype=bool)
    if not fixed.any():
        return stack
    fixed[fixed] = np.ptp(stack.values[:, :, fixed], axis=(0, 1)) == 0
    return _subset(stack, np.flatnonzero(~fixed))
