"""Every family, by name; the order is that in which messages list them."""

from mixwell.families.categories.categorical import CATEGORICAL
from mixwell.families.counts.negative_binomial import NEGATIVE_BINOMIAL
from mixwell.families.counts.poisson import POISSON
from mixwell.families.family import Family
from mixwell.families.ordered.cumulative import CUMULATIVE
from mixwell.families.positive.gamma import GAMMA
from mixwell.families.positive.lognormal import LOGNORMAL
from mixwell.families.proportions.bernoulli import BERNOULLI
from mixwell.families.proportions.beta import BETA
from mixwell.families.proportions.binomial import BINOMIAL
from mixwell.families.real.gaussian import GAUSSIAN
from mixwell.families.real.student import STUDENT

__all__ = ["ALIASES", "FAMILIES"]

FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        GAUSSIAN,
        STUDENT,
        BERNOULLI,
        BINOMIAL,
        POISSON,
        NEGATIVE_BINOMIAL,
        GAMMA,
        LOGNORMAL,
        BETA,
        CUMULATIVE,
        CATEGORICAL,
    )
}

#: Other spellings of a family's name.
ALIASES: dict[str, str] = {
    alias: family.name for family in FAMILIES.values() for alias in family.aliases
}
