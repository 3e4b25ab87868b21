"""Links as values, those of one kind in one file, and their table; start with `link_table`."""

from mixwell.families.links.link_table import LINK_NAMES, LINKS, SWAPPED_BY_CLMM, own_name

__all__ = ["LINKS", "LINK_NAMES", "SWAPPED_BY_CLMM", "own_name"]
