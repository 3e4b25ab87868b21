"""The default prior of the shapes and precisions that variances depend on."""

from mixwell.families.family import PriorChoice

__all__ = ["SHAPE_PRIOR"]

SHAPE_PRIOR = PriorChoice(
    "InverseGamma",
    (("alpha", 0.4), ("beta", 0.3)),
    "brms's default: wide on both sides of 1, away from 0",
)
