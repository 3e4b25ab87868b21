"""Every link by its name, with the other names that users have for some."""

import copyreg
from collections.abc import Callable
from typing import Any

from mixwell.families.link import Link
from mixwell.families.links.bounded_links import FISHER, LOGIT_LESS_1, TAN_HALF
from mixwell.families.links.distribution_links import CAUCHIT, CLOGLOG, LOGIT, LOGLOG, PROBIT
from mixwell.families.links.exponential_links import LOG, LOG1P, SOFTPLUS
from mixwell.families.links.power_links import IDENTITY, INVERSE, INVERSE_SQUARED, SQRT

__all__ = ["LINKS", "LINK_NAMES", "SWAPPED_BY_CLMM", "own_name"]

LINKS: dict[str, Link] = {
    link.name: link
    for link in (
        IDENTITY,
        LOG,
        INVERSE,
        SQRT,
        LOGIT,
        PROBIT,
        CLOGLOG,
        CAUCHIT,
        LOGLOG,
        INVERSE_SQUARED,
        SOFTPLUS,
        LOG1P,
        FISHER,
        TAN_HALF,
        LOGIT_LESS_1,
    )
}

#: Links that clmm of R's ordinal (2022.11) has the other way round than clm and polr.
SWAPPED_BY_CLMM: dict[str, str] = {"cloglog": "loglog", "loglog": "cloglog"}

#: Other spellings of a link's name.
LINK_NAMES: dict[str, str] = {
    "1/mu^2": "inverse_squared",
    "inverse.squared": "inverse_squared",
    "inversesquare": "inverse_squared",
    "inverse_square": "inverse_squared",
    "1/mu": "inverse",
    "reciprocal": "inverse",
    "squareroot": "sqrt",
}


def own_name(given: Any) -> Any:
    """Return the name that a link has here; what is no other name of one is returned as it is.

    >>> own_name("1/mu")
    'inverse'
    """
    return LINK_NAMES.get(given, given) if isinstance(given, str) else given


def _named(name: str) -> Link:
    return LINKS[name]


def _as_name(link: Link) -> tuple[Callable[[str], Link], tuple[str]]:
    return _named, (link.name,)


copyreg.pickle(Link, _as_name)  # a copy of a link is the link
