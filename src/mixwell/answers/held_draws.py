"""What every answer is about: a specification, its draws, and how they were made."""

from dataclasses import dataclass
from functools import cached_property

import xarray as xr

from mixwell.posterior.made import Made, require_unedited
from mixwell.posterior.posterior import Posterior
from mixwell.posterior.prior.prior_draws import prior_draws
from mixwell.specify.spec import Spec

__all__ = ["HeldDraws"]


@dataclass(frozen=True, repr=False, eq=False)
class HeldDraws:
    """A specification with its draws in a `tree`, and how these were `made`."""

    spec: Spec
    tree: xr.DataTree
    made: Made

    @property
    def posterior(self) -> xr.Dataset:
        """The draws of all parameters."""
        return self.tree["posterior"].to_dataset()

    @cached_property
    def drawn(self) -> Posterior:
        """The draws with the specification, as the rooms below read them."""
        return Posterior(self.posterior, self.spec)

    @cached_property
    def _before(self) -> Posterior:
        """Draws of the prior of coefficients and numbers; `DataError` where these are not known."""
        self._refuse_edits("the prior")
        return prior_draws(self.spec)

    def _refuse_edits(self, what: str) -> None:
        require_unedited(what, self.made.edited)
