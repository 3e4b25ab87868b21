"""What R's verbs return: tables that print as in R and hand over frames."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from mixwell.interpret.estimates.estimates import Estimates
from mixwell.public_calls import public_methods
from mixwell.r.printed.layout_brms import Widths, hypothesis_text
from mixwell.r.printed.layout_emmeans import emmeans_frame, emmeans_text
from mixwell.r.printed.layout_lme4 import by_factor_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, repr=False, eq=False)
class _Named[T](Mapping[str, T]):
    """Several tables by name, in their order."""

    parts: Mapping[str, T]

    def __getitem__(self, name: str) -> T:
        """Return one of the tables."""
        return self.parts[name]

    def __iter__(self) -> Iterator[str]:
        """Go through the names."""
        return iter(self.parts)

    def __len__(self) -> int:
        """Count the tables."""
        return len(self.parts)


@dataclass(frozen=True, repr=False, eq=False)
class ByFactor(_Named[pd.DataFrame]):
    """One frame a grouping factor, levels by R's effect names; `ranef(m)["Subject"]` is one."""

    closing: str = ""

    def __repr__(self) -> str:
        """Print as lme4 does."""
        return by_factor_text(self.parts, self.closing)


@dataclass(frozen=True, repr=False, eq=False)
class PrintedFrame:
    """A table of numbers, `frame`, that prints as in R."""

    frame: pd.DataFrame
    text: str

    def __repr__(self) -> str:
        """Print as R does."""
        return self.text


class VarianceComponents(PrintedFrame):
    """lme4's VarCorr: prints its table; `frame` is R's `as.data.frame(VarCorr(m))`."""


@dataclass(frozen=True, repr=False)
class LogLik:
    """A log-likelihood with its number of parameters; `float(x)` is the number."""

    value: float
    df: int

    def __float__(self) -> float:
        """Return the log-likelihood."""
        return self.value

    def __repr__(self) -> str:
        """Print as R does."""
        return f"'log Lik.' {self.value:.7g} (df={self.df})"


@public_methods
@dataclass(frozen=True, repr=False, eq=False)
class EmmGrid:
    """Means, trends or contrasts as emmeans prints them; `estimates` has their draws.

    `respond` makes the same means on the response scale, where these are on the link scale;
    `linear` those on the link scale, where these are responses whose contrasts R takes there, and
    `scale` is what R calls it.
    """

    estimates: Estimates
    column: str
    respond: "Callable[[], EmmGrid] | None" = None
    linear: "Callable[[], EmmGrid] | None" = None
    scale: str = ""

    def with_width(self, ci_prob: float | None, simultaneous: bool | None = None) -> "EmmGrid":
        """Return the same table with other intervals; with None they stay as they are."""
        if ci_prob is None and simultaneous is None:
            return self
        respond, linear = self.respond, self.linear
        return replace(
            self,
            estimates=self.estimates.with_interval(ci_prob, simultaneous=simultaneous),
            respond=None
            if respond is None
            else lambda: respond().with_width(ci_prob, simultaneous),
            linear=None if linear is None else lambda: linear().with_width(ci_prob, simultaneous),
        )

    @property
    def frame(self) -> pd.DataFrame:
        """The estimates under emmeans's column names."""
        return emmeans_frame(self.estimates, self.column)

    def plot(self, **options: Any) -> "Figure":
        """Draw the estimates; returns a matplotlib figure."""
        return self.estimates.plot(**options)

    def __repr__(self) -> str:
        """Print as emmeans does."""
        return emmeans_text(self.estimates, self.column)


class EmmList(_Named[EmmGrid]):
    """Several tables by name, as of `emmeans(m, "pairwise ~ a")`: `emmeans` and `contrasts`."""

    def __repr__(self) -> str:
        """Print as emmeans does."""
        names = {name: name if name.isidentifier() else f"`{name}`" for name in self.parts}
        return "\n\n".join(f"${names[name]}\n{part!r}" for name, part in self.parts.items())


@dataclass(frozen=True, repr=False, eq=False)
class BrmsHypothesis:
    """brms's table of hypotheses; `estimates` has the draws of each left minus right side."""

    frame: pd.DataFrame
    estimates: Estimates
    about: str
    widths: Widths

    def __repr__(self) -> str:
        """Print as brms does."""
        return hypothesis_text(self.frame, self.about, self.estimates.settings.point, self.widths)
