"""Whether the chains have found the same distribution, and whether there are draws enough.

Source: Vehtari, Gelman, Simpson, Carpenter and Bürkner 2021.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mixwell.diagnose.advice import Advice, Look, Refit, Unjudged
from mixwell.diagnose.findings import Finding
from mixwell.diagnose.sampled import EFFECTIVE_MINIMUM, Outcome, Sampled, named
from mixwell.diagnose.sampler import EVERY_MODEL, by_rule, cure, without_chains
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.draws import ess_bulk, ess_tail, rhat

RHAT_MAXIMUM = 1.01
RHAT_GRAVE = 1.05  # up to here, with nothing else wrong, more of the same draws are the answer
ESS_MINIMUM_PER_CHAIN = 100
KHAT_MAXIMUM = 0.7

# More draws a chain than this are not advised: another model or prior is.
DRAWS_AT_MOST = 10_000


def finite(sampled: Sampled) -> Iterator[Outcome]:
    """Find parameters without movement or with infinite draws."""
    values = sampled.stack.values
    if sampled.draws < 4:
        yield Unjudged(f"{sampled.draws} draws a chain are too few to judge anything")
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
            advice=Advice(
                Look("print({fit}.spec)"), "look there, and in the data for extreme values"
            ),
        )


def k_hat(sampled: Sampled) -> Iterator[Outcome]:
    """Judge the weights of the exact engine (Vehtari et al. 2024)."""
    if sampled.made.k_hat is None:
        return
    value = float(sampled.made.k_hat)
    if value <= KHAT_MAXIMUM:
        yield ("k-hat", value)
        return
    yield Finding(
        measure="k-hat",
        value=value,
        threshold=KHAT_MAXIMUM,
        parameters=(),
        meaning="The proposal misses part of the posterior: its weights cannot be relied on.",
        advice=Advice(Refit({"engine": EVERY_MODEL})),
    )


def effective_number(sampled: Sampled) -> Iterator[Outcome]:
    """Judge how many independent draws those of the exact engine are worth.

    Weighted vectors are taken more than once, which ranks of shuffled draws do not show.
    """
    total = sampled.chains * sampled.draws
    held = sampled.made.effective_number
    value = float(total if held is None else held)
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
        advice=Advice(Refit({"draws": draws})),
        at_least=True,
        grave=False,
    )


@dataclass(frozen=True, slots=True)
class _Judged:
    """A measure of every parameter: R-hat, of which the largest counts, or an effective size."""

    measure: str
    values: FloatArray
    threshold: float
    meaning: str

    @property
    def at_least(self) -> bool:
        return self.measure != "R-hat"

    @property
    def badness(self) -> FloatArray:
        return -self.values if self.at_least else self.values

    @property
    def worst(self) -> float:
        return float(self.values[np.nanargmax(self.badness)])

    @property
    def factor(self) -> float:
        """How many times the draws are needed; 0 where they are enough."""
        if self.at_least:
            return self.threshold / max(self.worst, 1.0) if self.worst < self.threshold else 0.0
        return 2.0 if self.worst > self.threshold else 0.0


def mixing(sampled: Sampled) -> Iterator[Outcome]:
    """Judge R-hat, bulk and tail effective sample size; the next step is one for all of them."""
    if sampled.chains < 2:
        yield Unjudged("With one chain R-hat cannot be judged", Refit({"chains": 4}))
    judged = [found for found in _judged(sampled) if not np.isnan(found.values).all()]
    advice = _more_draws(sampled, max((found.factor for found in judged), default=0.0))
    for found in judged:
        if found.factor == 0:
            yield (found.measure, found.worst)
            continue
        sign = -1.0 if found.at_least else 1.0
        wrong = sign * found.values > sign * found.threshold
        yield Finding(
            measure=found.measure,
            value=found.worst,
            threshold=found.threshold,
            parameters=named(sampled.stack, wrong, order=-found.badness),
            meaning=found.meaning,
            advice=advice,
            at_least=found.at_least,
            grave=not (isinstance(advice.step, Refit) and advice.step.more_of_the_same)
            or (not found.at_least and found.worst > RHAT_GRAVE),
        )


def _judged(sampled: Sampled) -> Iterator[_Judged]:
    values, threshold = sampled.stack.values, ESS_MINIMUM_PER_CHAIN * sampled.chains
    if sampled.chains > 1:
        disagree = "The chains disagree: they have not yet found the same distribution."
        yield _Judged("R-hat", rhat(values), RHAT_MAXIMUM, disagree)
    middle = "Means and medians are estimated from too few draws."
    yield _Judged("bulk ESS", ess_bulk(values), threshold, middle)
    ends = "The ends of intervals are estimated from too few draws."
    yield _Judged("tail ESS", ess_tail(values), threshold, ends)


def _more_draws(sampled: Sampled, factor: float) -> Advice:
    own = by_rule(sampled)
    if own is not None and factor > 2:
        return own  # better than more draws of the same
    # Rounded up to a number that one would type. Beyond a point more draws are no answer.
    draws = 500 * math.ceil(max(sampled.draws * factor * 1.2, 1000) / 500)
    if draws > DRAWS_AT_MOST:
        if bool(sampled.statistics.get("diverging", np.zeros(1)).any()):
            return cure(sampled)
        if not sampled.made.has_trees:
            return cure(sampled)
        remark = "weakly identified: drop effects, or give stronger priors"
        return Advice(Look("print({fit}.spec)"), remark)
    changes: dict[str, object] = {"draws": draws}
    if sampled.made.has_trees:  # which are tuned: other chains begin where they should be
        changes["tune"] = max(1000, draws // 2)
    step, exact = Refit(changes), without_chains(sampled)
    if exact is not None:
        return Advice(step, "or independent draws: ", exact)
    if sampled.made.has_trees:
        return Advice(step)
    until = Refit({"min_ess": ESS_MINIMUM_PER_CHAIN * sampled.chains})
    return Advice(step, "or until they are there: ", until)
