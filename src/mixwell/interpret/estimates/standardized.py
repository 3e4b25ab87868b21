"""Differences in standard deviations, and the odds ratios that they stand for."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from mixwell.errors import DataError
from mixwell.numeric.arrays import FloatArray

__all__ = ["LOGISTIC_SD", "Divisor", "Divisors", "divisor_for", "standardized_title"]

__all__ = ["LOGISTIC_SD", "STANDARDIZED", "Divisor", "Divisors", "divisor_for"]

#: The scale of differences in standard deviations.
STANDARDIZED = "standardized"
#: Estimates that are differences.
_DIFFERENCES = ("contrast", "slope", "comparison")

#: The standard deviation of the standard logistic distribution: a log odds ratio of so much is a
#: difference of one standard deviation of what lies behind the outcome. Source: Chinn 2000.
LOGISTIC_SD = float(np.pi / np.sqrt(3))


@dataclass(frozen=True, eq=False)
class Divisor:
    """A standard deviation in every draw, `(sample,)`, and what it is in words.

    One that is not `drawn` is the same number in all.
    """

    draws: FloatArray
    words: str
    drawn: bool = True

    def said(self, scale: str) -> str:
        """Say of estimates on a scale what they were divided by."""
        what = f"Logarithms of {scale}s divided" if scale.endswith("ratio") else "Divided"
        return f"{what} by {self.words}{', in every draw' if self.drawn else ''}."


@dataclass(frozen=True, eq=False)
class Divisors:
    """What estimates can be standardized by: the `divisor` of a name, a number or a baseline.

    `straight` says that the estimates, or the logarithms that they are compared by, are on the
    scale of the linear predictor, on which residuals are.
    """

    divisor: Callable[[object], Divisor]
    straight: bool

    def of_contrasts(self, exponentiated: bool, of_predictors: bool) -> "Divisors":
        """Return the units of contrasts: of differences, or of ratios by their logarithms."""
        return replace(self, straight=of_predictors if exponentiated else self.straight)


def divisor_for(units: Divisors | None, estimand: str, by: object) -> Divisor:
    """Return what differences are divided by; raises `DataError` for estimates that are none."""
    if estimand not in _DIFFERENCES:
        raise DataError(
            "Differences are standardized: contrasts, comparisons and slopes.",
            where="standardized",
            hint='For example fit.contrasts("pairwise", of="block", standardized="sigma").',
        )
    if units is None or not units.straight:
        raise DataError(
            "Standardized are differences of the mean on the scale of its linear predictor, where "
            "residuals are; these are on another scale, or of another parameter.",
            where="standardized",
            hint='The mean has them with scale="link".',
        )
    return units.divisor(by)


def standardized_title(title: str) -> str:
    """Return the title of differences once they are standardized, whose scale is another one.

    >>> standardized_title("Contrasts of means of y by arm (response scale)")
    'Standardized contrasts of means of y by arm (in standard deviations)'
    """
    before, opened, _ = title.rpartition(" (")
    plain = before if opened and title.endswith(")") else title
    return f"Standardized {plain[0].lower()}{plain[1:]} (in standard deviations)"
