"""What R's model functions return: a fit that prints as R does."""

from dataclasses import dataclass
from typing import Literal

from mixwell.errors import DataError
from mixwell.fit import Fit
from mixwell.r.printed import layout_brms, layout_lme4

Layout = Literal["lme4", "brms"]


@dataclass(frozen=True, repr=False, eq=False)
class Fitted:
    """A fit under R's names; `fit` is the `Fit` itself, with everything that it can do.

    `layout` is whose printout it has; `reml` and `nodes` are what lmer and glmer were asked for, of
    which `package`: they concern `logLik` and `isSingular` alone, for the draws are the posterior's
    in any case.
    """

    fit: Fit
    layout: Layout = "lme4"
    reml: bool = True
    nodes: int | None = None
    package: str = "lme4"

    def __str__(self) -> str:
        """Print as `print(m)` in R."""
        if self.layout == "brms":
            return layout_brms.summary_text(self.fit)
        return layout_lme4.print_text(self.fit)

    def __repr__(self) -> str:
        """Print as `m` in R."""
        return str(self)


@dataclass(frozen=True, slots=True)
class Printed:
    """A text that shows itself."""

    text: str

    def __str__(self) -> str:
        """Return the text."""
        return self.text

    def __repr__(self) -> str:
        """Return the text."""
        return self.text


def fitted_of(value: object) -> Fitted:
    """Return a fit of either kind as a `Fitted`; `DataError` for anything else."""
    if isinstance(value, Fitted):
        return value
    if isinstance(value, Fit):
        return Fitted(value)
    raise DataError(
        f"This is a {type(value).__name__}, not a fit.",
        hint="Give what lmer(), glmer(), brm() or Model(...).fit() returned.",
    )
