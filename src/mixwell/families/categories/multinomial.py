"""The multinomial family: counts of several categories without order, out of each row's total."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mixwell.families.categories.categorical import CATEGORICAL
from mixwell.families.categories.softmax import Counted, log_shares, share_density
from mixwell.families.elementwise import exp, integer, lgamma, stacked, takes
from mixwell.families.family import Family, PymcDistribution, Sampler, Support, column_name
from mixwell.families.supports import BELOW_ZERO, NOT_WHOLE

__all__ = ["COUNTS", "MULTINOMIAL", "orderings", "size"]


def orderings(*counts: Any) -> Any:
    """Return the logarithm of how many orders counts can come in."""
    return lgamma(1.0 + sum(counts)) - sum(lgamma(1.0 + count) for count in counts)


def _same(*counts: Any) -> Any:
    return counts


def size(trials: Any) -> Any:
    """Return a row's number of trials as a whole number."""
    return integer(trials)


def _parts(levels: Sequence[str]) -> dict[str, Any]:
    """Return what a family has by its categories, the first of which is the reference."""
    unit = CATEGORICAL.of(levels)
    names = ("eta", *(p.name for p in unit.further))
    counted = Counted(tuple(map(column_name, range(len(levels)))), _same)

    @takes(*names)
    def shares(*etas: Any) -> Any:
        return stacked(*(exp(share) for share in log_shares(*etas)))

    return {
        "text": unit.text.replace("Categorical(", "Multinomial(n, "),
        "parameters": unit.parameters,
        "words": unit.words,
        "density": share_density(counted, names, orderings),
        "sampler": Sampler("multinomial", (("n", size), ("pvals", shares))),
        "pymc": PymcDistribution("Multinomial", {"n": "trials", "p": shares}),
        "unit": unit,
    }


def _of_levels(family: Family, levels: Sequence[str]) -> Family:
    return replace(family, **_parts(levels))


#: Counts of several categories.
COUNTS = Support(
    kind="counts",
    whole=True,
    refusals=(BELOW_ZERO, NOT_WHOLE),
    advice="Counts stand side by side: cbind(a, b, c) ~ ...",
)

MULTINOMIAL = Family(
    name="multinomial",
    support=COUNTS,
    mean=None,
    mean_words="probabilities",
    adjectives={"logit": "multinomial logistic"},
    r_names={"multinomial": ""},
    r_packages={"multinomial": "brms"},
    elsewhere={"bambi": "multinomial"},
    of_levels=_of_levels,
    **_parts(("0", "1")),
)
