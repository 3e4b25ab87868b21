"""What families of times share: the risk of an event, and the words of their coefficients."""

from collections.abc import Mapping
from typing import Any

from mixwell.families.elementwise import exp, expm1, log, log1p, maximum, minimum, where
from mixwell.families.link import LinkWords

__all__ = ["ACCELERATED", "IN_PROPORTION", "TIME_WORDS", "log_risk"]


def log_risk(hazard: Any) -> Any:
    """Return log(1 - exp(-hazard)) of a cumulative hazard, with all digits at both ends."""
    return where(
        hazard > 0.7, log1p(-exp(-maximum(hazard, 0.7))), log(-expm1(-minimum(hazard, 0.7)))
    )


#: Said where hazards are in proportion, and where they are not.
IN_PROPORTION = (
    "Hazards are in proportion: a hazard ratio is the time ratio to the power {power}; "
    "fit.hazard_ratios() has them."
)
ACCELERATED = (
    "Every quantile of the times changes by the same ratio; hazard ratios change with time."
)

#: In accelerated form every quantile of the times is multiplied, and so is their mean.
TIME_WORDS: Mapping[str, LinkWords] = {
    "log": LinkWords.logarithmic("mean", "time ratio", "time ratios", "on the log scale")
}
