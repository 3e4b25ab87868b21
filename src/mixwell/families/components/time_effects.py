"""What effects on times until an event are: ratios of quantiles, or of hazards."""

from dataclasses import dataclass

from mixwell.families.elementwise import Elementwise

__all__ = ["TimeEffects"]


@dataclass(frozen=True)
class TimeEffects:
    """What effects on times are: with the `link` exp() of one multiplies every quantile of them.

    `hazards` is by what an effect is multiplied to be the log of a hazard ratio, a function of the
    further parameters; None where hazards are not in proportion. `said` puts it into a sentence.
    """

    link: str
    said: str
    hazards: Elementwise | None = None
