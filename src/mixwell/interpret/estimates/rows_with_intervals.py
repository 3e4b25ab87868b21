"""Rows of numbers held against intervals and regions: what users ask of any table again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import pandas as pd

from mixwell.errors import require_texts, require_truth
from mixwell.interpret.contrasts.row_contrasts import require_factors
from mixwell.interpret.estimates.practical_equivalence import Rope, decisions, rope_ends
from mixwell.interpret.estimates.rows_with_draws import RowsWithDraws
from mixwell.package_options import require_probability
from mixwell.public_calls import public_methods
from mixwell.show.estimate_figures import draw_chart
from mixwell.text.names import split_names

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["RowsWithIntervals"]


@public_methods
@dataclass(frozen=True, repr=False, eq=False)
class RowsWithIntervals(RowsWithDraws):
    """Rows whose intervals and region of practical equivalence can be chosen anew."""

    def with_rope(self, rope: Rope) -> Self:
        """Hold the rows against a region of practical equivalence, the rope.

        `rope` is the region's two ends, or its half-width around `null`: of ratios 0.25 is from
        1 / 1.25 to 1.25, the same whichever is divided by which. One of the ends may be infinite.
        `p_rope` is the share of draws in it, `decision` says in a word where the interval lies:
        "equivalent" is all within the rope, "different" all beyond it, "undecided" is both.
        Source: Kruschke 2018, with the interval of the table.
        """
        region = rope_ends(rope, self.null)
        frame = self.frame.assign(p_rope=self.row_draws.share_between(*region))
        frame = frame.assign(decision=decisions(frame, region))
        return replace(self, frame=frame, region=region)

    def with_interval(
        self, ci_prob: float | None = None, *, simultaneous: bool | None = None
    ) -> Self:
        """Return the same estimates with intervals of another probability; raises `DataError`.

        `simultaneous` intervals hold at once: that share of the draws lies within all of them, and
        each is an equal-tailed one of the same, larger probability. Source: Besag, Green, Higdon
        and Mengersen 1995.
        """
        prob = self.settings.prob if ci_prob is None else require_probability("ci_prob", ci_prob)
        settings = replace(self.settings, prob=prob, pointwise=None, alone=False)
        known = self.frame["estimate"].notna().to_numpy()
        at_once = self._at_once(simultaneous)
        if at_once and known.sum() > 1:
            lower, upper, each = self.row_draws.bands(settings, known)
            settings = replace(settings, pointwise=each)
        else:
            numbers = self.row_draws.summarize(self.null, settings)
            lower, upper = numbers["lower"], numbers["upper"]
            settings = replace(settings, alone=at_once)
        frame = self.frame.assign(lower=lower, upper=upper)
        if self.region is not None:
            frame = frame.assign(decision=decisions(frame, self.region))
        return replace(self, frame=settings.said(frame), settings=settings)

    def _at_once(self, simultaneous: bool | None) -> bool:
        """Return whether intervals hold at once: as is said, else as those of these estimates."""
        if simultaneous is None:
            return self.settings.pointwise is not None or self.settings.alone
        require_truth("simultaneous", simultaneous)
        return bool(simultaneous)

    def plot(self, *, ci_prob: float | None = None) -> "Figure":
        """Draw the estimates: means by factor, a curve along a number, or a row each.

        Intervals are those of the table, or of `ci_prob`. Raises `DataError`.
        """
        return draw_chart((self if ci_prob is None else self.with_interval(ci_prob)).chart)

    def _within(self, by: str | Sequence[str] | None) -> tuple[str, ...]:
        """Return the variables that rows are compared within: those of `by`, else the rows' own."""
        given = self.by if by is None else require_texts("by", by, least=0)
        known = (*self.variables, *self.factors)
        parts = (part for name in given for part in split_names(name, known))
        within = tuple(map(self._variable, parts))
        require_factors(within, self.variables)
        return within

    @property
    def _plain_notes(self) -> tuple[str, ...]:
        """What is said of the rows, but for those that are not known: others say so of theirs."""
        return tuple(note for note in self.notes if note not in self.unknown)

    @property
    def _cells(self) -> pd.DataFrame:
        """The factor columns under the names of the data."""
        return self.frame[list(self.factors)].set_axis(list(self.variables), axis=1)
