"""Response families and links as values, one file each; start with `family`, then any of them.

Importing it loads neither NumPy nor PyMC: the translator of R reads names here.
"""

from mixwell.families.added_zeros import hurdle, zero_inflated
from mixwell.families.family import Family
from mixwell.families.link import Link
from mixwell.families.links import LINKS
from mixwell.families.lookup import get_family, is_known, resolve_family
from mixwell.families.registry import FAMILIES
from mixwell.families.responses.response_check import check_response

__all__ = [
    "FAMILIES",
    "LINKS",
    "Family",
    "Link",
    "check_response",
    "get_family",
    "hurdle",
    "is_known",
    "resolve_family",
    "zero_inflated",
]
