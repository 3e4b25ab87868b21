"""The categorical family: one of several categories without order, each with its log odds."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mixwell.families.categories.softmax import Counted, locations, log_shares, share_density, words
from mixwell.families.elementwise import exp, stacked, takes, where
from mixwell.families.family import Family, PymcDistribution, Sampler, Support

__all__ = ["CATEGORICAL"]


def _parts(levels: Sequence[str]) -> dict[str, Any]:
    """Return what a family has by its categories, the first of which is the reference."""
    parameters = locations(levels)
    names = ("eta", *(p.name for p in parameters[1:]))

    def counts(y: Any) -> Any:
        return tuple(where(y < k, 0.0, where(y > k, 0.0, 1.0)) for k in range(len(levels)))

    @takes("draw", *names)
    def category(draw: Any, *etas: Any) -> Any:
        below: Any = 0.0
        found: Any = 0.0
        for share in log_shares(*etas)[:-1]:
            below = below + exp(share)
            found = found + where(draw > below, 1.0, 0.0)
        return found

    @takes(*names)
    def logits(*etas: Any) -> Any:
        return stacked(0.0, *etas)

    return {
        "text": f"Categorical(softmax(0, {', '.join(p.name for p in parameters)}))",
        "parameters": parameters,
        "density": share_density(Counted(("y",), counts), names),
        "sampler": Sampler("uniform", (), category),
        "words": {"logit": words("each category", levels[0])},
        "pymc": PymcDistribution("Categorical", {"logit_p": logits}),
    }


def _of_levels(family: Family, levels: Sequence[str]) -> Family:
    return replace(family, **_parts(levels))


CATEGORICAL = Family(
    name="categorical",
    support=Support(
        kind="categories",
        whole=True,
        advice="A category is a level of a factor, a text, or a whole number.",
    ),
    mean=None,
    mean_words="probabilities",
    adjectives={"logit": "multinomial logistic"},
    aliases=("multinomial_logit", "mlogit"),
    elsewhere={"bambi": "categorical"},
    r_names={"categorical": ""},
    r_packages={"categorical": "brms"},
    of_levels=_of_levels,
    **_parts(("0", "1")),
)
