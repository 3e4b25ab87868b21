"""Which point and interval estimates summarize draws: the options of the package and of ArviZ."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mixwell.numeric.arrays import FloatArray
from mixwell.package_options import options, require_probability

__all__ = ["SCALES", "IntervalSettings", "envelope_prob", "interval_settings", "most_panels"]


@dataclass(frozen=True, slots=True)
class Scale:
    """A scale on which draws are summarized: the way there, the way back and its slope there.

    `name` is what is summarized, `sd` how its standard deviation becomes that of the draws. A scale
    with a `pole` at 0 turns around: an interval over it comes back as none.
    """

    there: Callable[[FloatArray], FloatArray]
    back: Callable[[FloatArray], FloatArray]
    slope: Callable[[FloatArray], FloatArray]
    name: str = "logarithm"
    sd: str = "times the ratio"
    pole: bool = False

    def taken_back(self, found: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        """Return summaries on this scale as those of what the draws stand for."""
        slope = self.slope(found["estimate"])
        spreads = {name: found[name] * slope for name in found if name in ("sd", "mcse")}
        made = {name: self.back(found[name]) for name in found} | spreads
        if "lower" not in found:
            return made
        made["lower"], made["upper"] = self.ends_back(found["lower"], found["upper"])
        if self.pole:
            made["sd"] = np.where(np.isnan(made["lower"]), np.nan, made["sd"])
        return made

    def ends_back(self, lower: FloatArray, upper: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the ends of intervals as those of what the draws stand for, nan over a pole."""
        if not self.pole:
            return self.back(lower), self.back(upper)
        apart = lower * upper > 0
        ends = (self.back(upper), self.back(lower))
        low, high = (np.where(apart, end, np.nan) for end in ends)
        return low, high


def _inverse(values: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore"):
        return np.asarray(1 / values)


#: Ratios are summarized as logarithms, lifts (a ratio less 1) as those of the ratio; numbers needed
#: to treat as the differences whose inverses they are.
SCALES = {
    "ratio": Scale(np.log, np.exp, np.exp),
    "lift": Scale(np.log1p, np.expm1, np.exp),
    "needed": Scale(
        _inverse, _inverse, lambda d: _inverse(d) ** 2, "difference", "divided by its square", True
    ),
}


@dataclass(frozen=True, slots=True)
class IntervalSettings:
    """Which point and interval estimates summarize draws; `prob` is the interval's probability.

    `scale`, a name of `SCALES`, is where draws are summarized before they are taken back.
    `pointwise` is the probability of each equal-tailed interval by itself, where all of a table
    hold at once with `prob`; None where each has `prob`. With `alone` they were to hold at once,
    but there is one.
    """

    prob: float
    kind: str
    point: str
    scale: str = ""
    pointwise: float | None = None
    alone: bool = False

    @property
    def percent(self) -> str:
        """The probability as text, such as ``"89%"``."""
        return f"{100 * self.prob:.10g}%"

    @property
    def sentence(self) -> str:
        """What the columns estimate, lower and upper hold."""
        kind = {"eti": "equal-tailed", "hdi": "highest-density"}.get(self.kind, self.kind)
        taken = f" of the {SCALES[self.scale].name}, taken back" if self.scale else ""
        if self.pointwise is not None:
            each = f"{100 * self.pointwise:.4g}%"
            return (
                f"posterior {self.point} and {self.percent} simultaneous intervals{taken}, "
                f"equal-tailed ones of {each} each"
            )
        return f"posterior {self.point} and {self.percent} {kind} interval{taken}"

    @property
    def ends(self) -> str:
        """What kind of intervals there are, "eti" or "hdi": simultaneous ones have equal tails."""
        return self.kind if self.pointwise is None else "eti"

    @property
    def positive(self) -> bool:
        """Whether what is summarized is above 0: a ratio."""
        return self.scale == "ratio"

    @property
    def sd_words(self) -> str:
        """What the column sd holds, of a table of ratios."""
        if not self.scale:
            return ""
        scale = SCALES[self.scale]
        return f"; sd: that of the {scale.name}, {scale.sd}"

    @property
    def caution(self) -> tuple[str, ...]:
        """What is to be said where the numbers themselves are compared with others."""
        if not (self.scale and SCALES[self.scale].pole):
            return ()
        return (
            "Numbers needed of harm are negative, and count as less than any of benefit: "
            "hypotheses on differences have no such break.",
        )

    def side_words(self, null: float) -> str:
        """What the column p_direction holds, of draws that are counted from a null."""
        turned = bool(self.scale) and SCALES[self.scale].pole
        side = "the difference's more probable side of 0" if turned else None
        return f" p_direction: probability of {side or f'the more probable side of {null:g}'}."

    def of_ratios(self, scale: str = "ratio") -> "IntervalSettings":
        """Return the same width for ratios: median and equal tails, the same of u/v as of v/u.

        Without a scale they are those of the ratios themselves, some of which are not positive.
        """
        return replace(self, kind="eti", point="median", scale=scale)

    def said(self, frame: pd.DataFrame, about: str = "") -> pd.DataFrame:
        """Return a frame whose printout says above its columns how wide intervals are.

        `about` is further to be said of the numbers.
        """
        kind = "interval" if self.pointwise is None else "simultaneous interval"
        return frame.rename_axis(columns=f"{self.percent} {kind}{f', {about}' if about else ''}")


def interval_settings(ci_prob: float | None = None) -> IntervalSettings:
    """Return how draws are summarized: intervals of `ci_prob`, all else by ArviZ's settings.

    Without `ci_prob` it is that of `mixwell.options`. Settings are read at every call, so that
    `arviz.rc_context` works around any summary. Raises `DataError` for what is no probability.
    """
    from arviz_base import rcParams

    return IntervalSettings(
        prob=options.ci_prob if ci_prob is None else require_probability("ci_prob", ci_prob),
        kind=str(rcParams["stats.ci_kind"]),
        point=str(rcParams["stats.point_estimate"]),
    )


def envelope_prob() -> float:
    """Return the probability of bands around whole lines, by ArviZ's settings."""
    from arviz_base import rcParams

    return float(rcParams["stats.envelope_prob"])


def most_panels() -> int | None:
    """Return how many panels a figure may have, by ArviZ's settings; None for any number."""
    from arviz_base import rcParams

    most = rcParams["plot.max_subplots"]
    return None if most is None else int(most)
