"""Whether the chains have found the same distribution, and whether there are draws enough.

Source: Vehtari, Gelman, Simpson, Carpenter and Bürkner 2021.
"""

import math
from collections.abc import Callable, Iterator

import numpy as np

from mixwell.diagnose.findings import Finding
from mixwell.diagnose.sampled import Outcome, Sampled, named
from mixwell.diagnose.sampler import cure, without_chains
from mixwell.draws import FloatArray, ess_bulk, ess_tail, rhat

RHAT_MAXIMUM = 1.01
RHAT_GRAVE = 1.05  # up to here, with nothing else wrong, more of the same draws are the answer
ESS_MINIMUM_PER_CHAIN = 100
EFFECTIVE_MINIMUM = 400  # of independent draws: as many as four chains have to give
KHAT_MAXIMUM = 0.7

# More draws a chain than this are not advised: another model or prior is.
DRAWS_AT_MOST = 10_000


def finite(sampled: Sampled) -> Iterator[Outcome]:
    """Find parameters without movement or with infinite draws."""
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
            parameters=named(sampled.stack, broken),
            meaning="The sampler is stuck, or the model gives no finite density there.",
            next_step="print(fit.spec)  # look there, and in the data for extreme values",
        )


def k_hat(sampled: Sampled) -> Iterator[Outcome]:
    """Judge the weights of the exact engine (Vehtari et al. 2024)."""
    if "k_hat" not in sampled.posterior.attrs:
        return
    value = float(sampled.posterior.attrs["k_hat"])
    if value <= KHAT_MAXIMUM:
        yield ("k-hat", value)
        return
    yield Finding(
        measure="k-hat",
        value=value,
        threshold=KHAT_MAXIMUM,
        parameters=(),
        meaning="The proposal misses part of the posterior: its weights cannot be relied on.",
        next_step='fit.refit(engine="nuts")',
    )


def effective_number(sampled: Sampled) -> Iterator[Outcome]:
    """Judge how many independent draws those of the exact engine are worth.

    Weighted vectors are taken more than once, which ranks of shuffled draws do not show.
    """
    total = sampled.chains * sampled.draws
    value = float(sampled.posterior.attrs.get("effective_number", total))
    if value >= EFFECTIVE_MINIMUM:
        yield ("effective number", value)
        return
    draws = 500 * math.ceil(1.2 * EFFECTIVE_MINIMUM / max(value, 1.0) * sampled.draws / 500)
    yield Finding(
        measure="effective number of draws",
        value=value,
        threshold=EFFECTIVE_MINIMUM,
        parameters=(),
        meaning=f"{total} draws are worth {value:.0f} independent ones.",
        next_step=f"fit.refit(draws={draws})",
        at_least=True,
        grave=False,
    )


def mixing(sampled: Sampled) -> Iterator[Outcome]:
    """Judge R-hat."""
    if sampled.chains < 2:
        yield "With one chain R-hat cannot be judged: fit.refit(chains=4)."
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
        parameters=named(sampled.stack, values > RHAT_MAXIMUM, order=-values),
        meaning="The chains disagree: they have not yet found the same distribution.",
        next_step=_more_draws(sampled, 2.0),
        grave=worst > RHAT_GRAVE,
    )


def bulk(sampled: Sampled) -> Iterator[Outcome]:
    """Judge the bulk effective sample size."""
    meaning = "Means and medians are estimated from too few draws."
    yield from _effective(sampled, "bulk ESS", ess_bulk, meaning)


def tail(sampled: Sampled) -> Iterator[Outcome]:
    """Judge the tail effective sample size."""
    meaning = "The ends of intervals are estimated from too few draws."
    yield from _effective(sampled, "tail ESS", ess_tail, meaning)


def _effective(
    sampled: Sampled, measure: str, compute: Callable[[FloatArray], FloatArray], meaning: str
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
        parameters=named(sampled.stack, values < threshold, order=values),
        meaning=meaning,
        next_step=_more_draws(sampled, threshold / max(worst, 1.0)),
        at_least=True,
        grave=False,
    )


def _more_draws(sampled: Sampled, factor: float) -> str:
    # Rounded up to a number that one would type. Beyond a point more draws are no answer.
    draws = 500 * math.ceil(max(sampled.draws * factor * 1.2, 1000) / 500)
    if draws > DRAWS_AT_MOST:
        if bool(sampled.statistics.get("diverging", np.zeros(1)).any()):
            return cure(sampled)
        return "print(fit.spec)  # weakly identified: drop effects, or give stronger priors"
    step, exact = f"fit.refit(draws={draws}, tune={max(1000, draws // 2)})", without_chains(sampled)
    return step if exact is None else f"{step}  # or independent draws: {exact}"
