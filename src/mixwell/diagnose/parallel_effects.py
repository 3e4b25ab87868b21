"""Whether effects on ratings are the same at every threshold, as where odds are proportional.

How much effects differ between the splits of the ratings is held against replicated ratings, in
each draw: p-values are uniform where the model is right (Gelman, Meng and Stern 1996).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from mixwell.diagnose.advice import Advice, Look, Refit
from mixwell.diagnose.findings import ModelFinding
from mixwell.diagnose.rating_splits import differing, is_rated, splits_of, terms_of
from mixwell.diagnose.sampled import Outcome, Sampled
from mixwell.errors import DataError, require_seed, require_whole
from mixwell.posterior.posterior import Posterior
from mixwell.public_calls import public_methods
from mixwell.specify.spec import Spec
from mixwell.text.phrases import listed
from mixwell.text.wrapping import paragraphs

__all__ = ["ParallelEffects", "at_thresholds", "parallel_effects"]

#: A p-value below which effects are said to differ between thresholds.
P_MINIMUM, _P_HINT = 0.01, 0.05
#: Ratings times draws that are worked on without being asked for a number of draws.
_WORK, _MOST_DRAWS = 50_000_000, 100
#: The same of every diagnosis, which takes a few draws and no replicates.
_LITTLE_WORK, _FEW_DRAWS = 2_000_000, 5
#: Replicated ratings of all rows in each draw.
_REPLICATES = 10


def at_thresholds(sampled: Sampled) -> Iterator[Outcome]:
    """Find predictors whose effect differs between thresholds, where that costs little."""
    spec = sampled.spec
    if spec is None or not is_rated(spec):
        return
    work = len(spec.response.values) * len(spec.response.levels or ())
    if work > _LITTLE_WORK:
        return
    found = differing(Posterior(sampled.posterior, spec), min(_FEW_DRAWS, _LITTLE_WORK // work))
    terms = sorted((name for name in found if found[name] < P_MINIMUM), key=lambda n: found[n])
    if not terms:
        return
    yield ModelFinding(
        measure="p-value of the same effect at every threshold",
        value=found[terms[0]],
        threshold=P_MINIMUM,
        parameters=tuple(terms),
        meaning=_meaning(spec, terms),
        advice=next_step(spec, terms),
        at_least=True,
    )


def parallel_effects(
    posterior: Posterior, draws: int | None = None, seed: int | None = None
) -> "ParallelEffects":
    """Check whether each term's effect on ratings is the same at every threshold.

    `draws` of all draws, evenly spaced, each with 10 replicated data sets. Raises `DataError` where
    responses are no ratings with three categories at least.
    """
    require_seed(seed)
    if draws is not None:
        require_whole("draws", draws, 1)
    spec, rng = posterior.spec, np.random.default_rng(seed)
    if not is_rated(spec):
        raise DataError(
            "Effects at thresholds are compared where responses are ratings of three categories or "
            "more, and the model has predictors of them.",
            where=f'response "{spec.design.response_name}", family "{spec.family.name}"',
        )
    levels, codes = spec.response.levels or (), spec.response.values
    most = _WORK // (len(codes) * len(levels))
    weighted = spec.response.weights is not None
    terms, effects, beyond, done = terms_of(spec), [], dict.fromkeys(terms_of(spec), 0), 0
    for splits, b in splits_of(posterior, draws or max(4, min(_MOST_DRAWS, most))):
        step = splits.step(codes)
        again = [splits.step(splits.replicated(rng)) for _ in range(_REPLICATES)]
        effects.append(b + step[:, 1:])
        done += _REPLICATES
        for name, places in terms.items():
            own, freedom = splits.distances(step, places), (len(step) - 1) * len(places)
            others = splits.distances(np.array(again), places)
            if weighted:  # a row may stand for many, which a replicate of its own does not show
                others = rng.chisquare(freedom, _REPLICATES)
            beyond[name] += int((others >= own).sum())
    mean = np.mean(effects, axis=0)
    fixed = spec.design.mean.fixed
    of_place = {place: name for name, places in terms.items() for place in places}
    named = [of_place[place] for place in sorted(of_place)]
    table = pd.DataFrame({"term": named, "effect": list(fixed.names)})
    for k, (low, high) in enumerate(pairwise(levels)):
        table[f"{low}|{high}"] = mean[k]
    p = {name: (count + 1) / (done + 1) for name, count in beyond.items()}
    return ParallelEffects(table.assign(p=[p[name] for name in named]), spec, done)


@public_methods
@dataclass(frozen=True, repr=False, eq=False)
class ParallelEffects:
    """What each effect on ratings is at every threshold by itself, and whether these differ.

    `frame` has one row an effect: its `term`, its size at each threshold on the scale of the linear
    predictor, and `p`, the share of `replicates` of the data in which the effects of its term
    differ more between thresholds than in the data.
    """

    frame: pd.DataFrame
    spec: Spec
    replicates: int

    @property
    def differing(self) -> tuple[str, ...]:
        """The terms whose effects differ between thresholds, the clearest first."""
        by_term = self.frame.groupby("term", sort=False)["p"].first().sort_values(kind="stable")
        return tuple(str(name) for name in by_term.index[by_term < P_MINIMUM])

    @property
    def sentences(self) -> tuple[str, ...]:
        """A sentence for each term."""
        by_term = self.frame.groupby("term", sort=False)["p"].first()
        return tuple(f"{term}: {_verdict(p)} (p = {p:.3f})." for term, p in by_term.items())

    def __str__(self) -> str:
        shown = self.frame.drop(columns="term").to_string(
            index=False, float_format=lambda value: f"{value:.3g}"
        )
        said = (
            f"p: share of {self.replicates:,} replicated data sets whose effects differ more "
            "between thresholds."
        )
        name, link = self.spec.design.response_name, self.spec.family.link_name
        title = f"Effects on {name} at each threshold by itself ({link} scale)"
        lines = [title, "", shown, ""]
        lines += [line for sentence in (*self.sentences, said) for line in paragraphs((sentence,))]
        if self.differing:
            lines.append(f"Next: {next_step(self.spec, self.differing)}")
        return "\n".join(lines)

    __repr__ = __str__


def _verdict(p: float) -> str:
    if p < P_MINIMUM:
        return "its effect is another one at other thresholds"
    if p < _P_HINT:
        return "a hint, no more, that its effect differs between thresholds"
    return "nothing speaks against the same effect at every threshold"


def next_step(spec: Spec, terms: Sequence[str]) -> Advice:
    """Return what allows effects to differ: a discrimination, or one of each threshold."""
    families = "" if spec.family.of_thresholds else ' with family="sratio" or "acat"'
    others = f"an effect at each threshold: cs({terms[0]}) in the formula{families}"
    if "disc" in spec.predictors:
        return Advice(Look("print({fit}.proportional_odds())"), others)
    wider = [spec.formulas[0], f"disc ~ {' + '.join(terms)}"]
    return Advice(Refit({"formula": wider}), f"or {others}")


def _meaning(spec: Spec, terms: Sequence[str]) -> str:
    """Say what it means that effects differ between thresholds."""
    verb = "has another effect" if len(terms) == 1 else "have other effects"
    odds = ": odds are not proportional" if spec.family.words_of("mean").ratio else ""
    return (
        f"{listed(list(terms))} {verb} at some thresholds than at others, and the model one for "
        f"all{odds}. fit.proportional_odds() shows the effects at each."
    )
