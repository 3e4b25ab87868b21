"""What the checks read: the draws of all parameters, the sampler's statistics, the model."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mixwell.diagnose.advice import Unjudged
from mixwell.diagnose.findings import Finding
from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.finite_sums import has_finite_sum
from mixwell.posterior.draws import Stack, join_stacks
from mixwell.posterior.level_deviations import made_when_read
from mixwell.posterior.made import Made
from mixwell.posterior.posterior import NamedDraws
from mixwell.posterior.screened import has_many, screened
from mixwell.specify.naming import read_name

if TYPE_CHECKING:
    from mixwell.specify.spec import Spec

# A check yields a finding, a measure that is in order, or what cannot be judged.
type Outcome = Finding | tuple[str, float] | Unjudged

#: Of independent draws: as many as four chains have to give.
EFFECTIVE_MINIMUM = 400


@dataclass(frozen=True, slots=True)
class Sampled:
    """The draws of a fit.

    `stack` holds the parameters that are measured, `statistics` the sampler's, `made` how the
    draws were made, `spec` the model where it is known; `independent` names an engine that can draw
    from it without chains, if there is one that has not been tried.
    """

    posterior: xr.Dataset
    stack: Stack
    statistics: xr.Dataset
    made: Made
    spec: "Spec | None" = None
    independent: str | None = None

    @property
    def named(self) -> NamedDraws:
        """The draws by their names."""
        return NamedDraws(self.posterior)

    @property
    def chains(self) -> int:
        """The number of chains."""
        return int(self.stack.values.shape[0])

    @property
    def draws(self) -> int:
        """The number of draws a chain."""
        return int(self.stack.values.shape[1])


def read_draws(
    idata: xr.DataTree, spec: "Spec | None", *, independent: str | None = None
) -> Sampled:
    """Take the groups `posterior` and `sample_stats` of a tree."""
    posterior = idata["posterior"].to_dataset()
    statistics = idata["sample_stats"].to_dataset() if "sample_stats" in idata else xr.Dataset()
    made = Made.read(posterior.attrs)
    untried = None if independent in made.engines_declined else independent
    stack = _judged(posterior, independent=made.independent)
    return Sampled(posterior, stack, statistics, made, spec, untried)


def two_digits(value: float) -> str:
    """Return a number as one would type it.

    >>> [two_digits(value) for value in (152.3, 0.0371, 2.0)]
    ['150', '0.037', '2']
    """
    return f"{float(f'{value:.2g}'):g}"


def named(
    stack: Stack, mask: NDArray[np.bool_], order: FloatArray | None = None
) -> tuple[str, ...]:
    """Return the names of the marked parameters, by `order` where it is given."""
    chosen = np.flatnonzero(mask)
    if order is not None:
        chosen = chosen[np.argsort(order[chosen], kind="stable")]
    return tuple(stack.labels[i] for i in chosen)


def _judged(posterior: xr.Dataset, *, independent: bool) -> Stack:
    """Return all parameters; of a variable with very many, those that most need to be measured."""
    parts = []
    for name in map(str, posterior.data_vars):
        drawn, many = NamedDraws(posterior), has_many(posterior[name])
        if made_when_read(posterior[name]) and independent:  # for those the engine answers
            continue
        if many and not independent:
            places = {posterior[name].dims[2]: screened(posterior[name])}
            drawn = NamedDraws(posterior.isel(places))
        part = drawn.stack([name])
        if read_name(name)[0] == "corr":
            part = _without_fixed_correlations(part)
        parts.append(_suspects(part) if many and independent else part)
    return join_stacks(parts, posterior)


def _suspects(stack: Stack) -> Stack:
    """Return what may have infinite draws or not move: more is not asked of independent draws."""
    values = stack.values
    few = values[:, :: max(1, values.shape[1] // 4)]
    with np.errstate(invalid="ignore", over="ignore"):
        chosen = np.ptp(few, axis=(0, 1)) == 0
        if not has_finite_sum(values):
            chosen |= ~np.isfinite(values.sum(axis=(0, 1)))
    return _subset(stack, np.flatnonzero(chosen))


def _subset(stack: Stack, chosen: NDArray[np.int64]) -> Stack:
    return Stack(tuple(stack.labels[i] for i in chosen), stack.values[:, :, chosen])


def _without_fixed_correlations(stack: Stack) -> Stack:
    # Blocks of one factor have no correlations between them: those pairs are constants, not draws.
    return _subset(stack, np.flatnonzero(np.ptp(stack.values, axis=(0, 1)) != 0))
