"""Zeros added to a family of the user's choice; the families themselves are in `combined`."""

from mixwell.errors import DataError
from mixwell.families.family import Family
from mixwell.families.lookup import get_family
from mixwell.families.registry import FAMILIES
from mixwell.public_calls import public

__all__ = ["hurdle", "zero_inflated"]


@public
def zero_inflated(family: str | Family, link: str | None = None) -> Family:
    """Return a family of counts with extra zeros: with probability `zi` a response is 0 anyway.

    `mu` and the other parameters are those of the counts without extra zeros, the mean of all
    responses is (1 - zi) mu. Of the beta family it is that of proportions some of which are 0.
    Raises `DataError` for a family whose responses cannot be 0 at all, with those that can.

    >>> import mixwell as mw
    >>> mw.zero_inflated("poisson")
    Family(zero_inflated_poisson, link log)
    """
    return _combined("zero_inflated", family, link)


@public
def hurdle(family: str | Family, link: str | None = None) -> Family:
    """Return a family of zeros, with probability `hu`, and of what is above: a family's responses.

    Counts above zero are those of the family given that they are not 0, whose mean is larger than
    `mu`; positive responses, as of gamma and lognormal, are as they are. Raises `DataError` for
    families that are neither, with those that are.

    >>> import mixwell as mw
    >>> mw.hurdle("negativebinomial")
    Family(hurdle_negativebinomial, link log)
    """
    return _combined("hurdle", family, link)


def _combined(prefix: str, family: str | Family, link: str | None) -> Family:
    base = get_family(family, link)
    name = f"{prefix}_{base.name}"
    if name in FAMILIES:
        return FAMILIES[name].with_link(base.link_name)
    able = [f.based_on for f in FAMILIES.values() if f.name == f"{prefix}_{f.based_on}"]
    raise DataError(
        f'There is no {prefix}() of the family "{base.name}".',
        where="family",
        hint=f"It is there for {', '.join(able)}.",
    )
