"""Every family, by name; the order is that in which messages list them."""

import copyreg
from typing import Any

from mixwell.families.angles.von_mises import VON_MISES
from mixwell.families.categories.categorical import CATEGORICAL
from mixwell.families.categories.dirichlet import DIRICHLET, DIRICHLET_MULTINOMIAL
from mixwell.families.categories.multinomial import MULTINOMIAL
from mixwell.families.combined.hurdle import hurdle_family
from mixwell.families.combined.zero_inflated import zero_inflated_family
from mixwell.families.combined.zero_one_inflated import ZERO_ONE_INFLATED_BETA
from mixwell.families.combined.zero_truncated import zero_truncated_family
from mixwell.families.counts.conway_maxwell_poisson import CONWAY_MAXWELL_POISSON
from mixwell.families.counts.generalized_poisson import GENERALIZED_POISSON
from mixwell.families.counts.geometric import GEOMETRIC
from mixwell.families.counts.nbinom1 import NBINOM1
from mixwell.families.counts.negative_binomial import NEGATIVE_BINOMIAL
from mixwell.families.counts.poisson import POISSON
from mixwell.families.family import Family
from mixwell.families.ordered.adjacent import ACAT, ACAT_EQUIDISTANT
from mixwell.families.ordered.cumulative import CUMULATIVE, CUMULATIVE_EQUIDISTANT
from mixwell.families.ordered.sequential import (
    CRATIO,
    CRATIO_EQUIDISTANT,
    SRATIO,
    SRATIO_EQUIDISTANT,
)
from mixwell.families.positive.exponential import EXPONENTIAL
from mixwell.families.positive.gamma import GAMMA
from mixwell.families.positive.inverse_gaussian import INVERSE_GAUSSIAN
from mixwell.families.positive.loglogistic import LOGLOGISTIC
from mixwell.families.positive.lognormal import LOGNORMAL
from mixwell.families.positive.shifted_lognormal import SHIFTED_LOGNORMAL
from mixwell.families.positive.tweedie import TWEEDIE
from mixwell.families.positive.weibull import WEIBULL
from mixwell.families.proportions.bernoulli import BERNOULLI
from mixwell.families.proportions.beta import BETA
from mixwell.families.proportions.beta_binomial import BETA_BINOMIAL
from mixwell.families.proportions.binomial import BINOMIAL
from mixwell.families.real.asymmetric_laplace import ASYMMETRIC_LAPLACE
from mixwell.families.real.exgaussian import EXGAUSSIAN
from mixwell.families.real.gaussian import GAUSSIAN
from mixwell.families.real.laplace import LAPLACE
from mixwell.families.real.skew_normal import SKEW_NORMAL
from mixwell.families.real.student import STUDENT

__all__ = ["ALIASES", "FAMILIES"]

_COUNTS = (
    POISSON,
    NEGATIVE_BINOMIAL,
    NBINOM1,
    GEOMETRIC,
    GENERALIZED_POISSON,
    CONWAY_MAXWELL_POISSON,
)

FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        GAUSSIAN,
        STUDENT,
        SKEW_NORMAL,
        LAPLACE,
        ASYMMETRIC_LAPLACE,
        EXGAUSSIAN,
        BERNOULLI,
        BINOMIAL,
        BETA_BINOMIAL,
        *_COUNTS,
        GAMMA,
        LOGNORMAL,
        LOGLOGISTIC,
        SHIFTED_LOGNORMAL,
        WEIBULL,
        EXPONENTIAL,
        INVERSE_GAUSSIAN,
        TWEEDIE,
        BETA,
        VON_MISES,
        CUMULATIVE,
        SRATIO,
        CRATIO,
        ACAT,
        CUMULATIVE_EQUIDISTANT,
        SRATIO_EQUIDISTANT,
        CRATIO_EQUIDISTANT,
        ACAT_EQUIDISTANT,
        CATEGORICAL,
        MULTINOMIAL,
        DIRICHLET,
        DIRICHLET_MULTINOMIAL,
        *map(zero_inflated_family, (*_COUNTS, BINOMIAL, BETA_BINOMIAL)),
        hurdle_family(BETA, "zi", "zero_inflated"),
        ZERO_ONE_INFLATED_BETA,
        *map(hurdle_family, (*_COUNTS, GAMMA, LOGNORMAL)),
        *map(zero_truncated_family, _COUNTS),
    )
}

#: Other spellings of a family's name.
ALIASES: dict[str, str] = {
    alias: family.name for family in FAMILIES.values() for alias in family.aliases
}


def _again(name: str, link: str, levels: tuple[str, ...], specific: bool = False) -> Family:
    known = FAMILIES[name].with_link(link)
    return (known.with_specific_effects() if specific else known).of(levels)


def _as_name(family: Family) -> "str | tuple[Any, ...]":
    """A family of the table, for a response's levels too, is found again, not copied."""
    known = FAMILIES.get(family.name)
    if known is not None and (family.of_levels or known.with_link(family.link_name) == family):
        return _again, (family.name, family.link_name, family.levels, family.specific_effects)
    return object.__reduce_ex__(family, 2)


copyreg.pickle(Family, _as_name)
