"""What the checks read: the draws of all parameters, the sampler's statistics, the model."""

import math
from collections.abc import Callable
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
from mixwell.posterior.level_deviations import Deviations, made_when_read
from mixwell.posterior.made import Made
from mixwell.posterior.posterior import NamedDraws
from mixwell.posterior.row_blocks import THREADS, row_blocks
from mixwell.specify.naming import read_name
from mixwell.threads import in_threads

if TYPE_CHECKING:
    from mixwell.specify.spec import Spec

# A check yields a finding, a measure that is in order, or what cannot be judged.
type Outcome = Finding | tuple[str, float] | Unjudged

# Above this many parameters the ranked measures are computed for those that a cheap screen finds
# worst: a model with thousands of levels has thousands of deviations of the same kind.
MEASURED_AT_MOST = 400
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
    stack = _screened(posterior, independent=made.independent)
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


def _screened(posterior: xr.Dataset, *, independent: bool) -> Stack:
    """Return all parameters; of a variable with very many, those that most need to be measured."""
    parts, drawn = [], NamedDraws(posterior)
    for name in map(str, posterior.data_vars):
        if made_when_read(posterior[name]):
            if not independent:  # for those the engine answers
                parts.append(_worst_levels(posterior[name]))
            continue
        part = drawn.stack([name])
        if read_name(name)[0] == "corr":
            part = _without_fixed_correlations(part)
        if len(part.labels) > MEASURED_AT_MOST:
            part = _suspects(part) if independent else _worst(part)
        parts.append(part)
    return join_stacks(parts, posterior)


def _worst(stack: Stack) -> Stack:
    kept = MEASURED_AT_MOST // 4
    between, slowness = _in_blocks(stack, screen)
    return _subset(stack, np.union1d(np.argsort(-between)[:kept], np.argsort(-slowness)[:kept]))


def _worst_levels(variable: xr.DataArray) -> Stack:
    """Return the deviations of the levels that most need to be measured, read block by block."""
    levels, kept = str(variable.dims[2]), MEASURED_AT_MOST // 4
    found = Deviations((), tuple(map(str, variable[variable.dims[3]].values)), variable)

    def work(values: FloatArray) -> dict[str, FloatArray]:
        flat = values.reshape(*values.shape[:2], -1)
        return {
            name: measure.reshape(values.shape[2], -1).max(axis=1)
            for name, measure in zip(("between", "slowness"), screen(flat), strict=True)
        }

    worst = [np.argsort(-measure)[:kept] for measure in found.summarize(work).values()]
    chosen = variable.isel({levels: np.union1d(*worst)})
    return NamedDraws(xr.Dataset({str(variable.name): chosen})).stack([str(variable.name)])


def _suspects(stack: Stack) -> Stack:
    """Return what may have infinite draws or not move: more is not asked of independent draws."""
    values = stack.values
    few = values[:, :: max(1, values.shape[1] // 4)]
    with np.errstate(invalid="ignore", over="ignore"):
        chosen = np.ptp(few, axis=(0, 1)) == 0
        if not has_finite_sum(values):
            chosen |= ~np.isfinite(values.sum(axis=(0, 1)))
    return _subset(stack, np.flatnonzero(chosen))


def _in_blocks(
    stack: Stack, measure: Callable[[FloatArray], tuple[FloatArray, FloatArray]]
) -> tuple[FloatArray, FloatArray]:
    """Measure some parameters at a time, so that thousands need little memory."""
    blocks = row_blocks(len(stack.labels), stack.values.shape[0] * stack.values.shape[1])
    found = in_threads(lambda part: measure(stack.values[:, :, part]), blocks, workers=THREADS)
    return np.concatenate([a for a, _ in found]), np.concatenate([b for _, b in found])


def _subset(stack: Stack, chosen: NDArray[np.int64]) -> Stack:
    return Stack(tuple(stack.labels[i] for i in chosen), stack.values[:, :, chosen])


def screen(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return two cheap measures a parameter of draws ``(chain, draw, parameter)``; larger is worse.

    The first is the variance of half-chain means in units of the within variance (split R-hat
    without ranks); the second the same of batches of about the square root of the number of draws,
    which grows with the autocorrelation time. Parameters that do not vary come first.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        many, within = max(2, math.isqrt(values.shape[1])), values.var(axis=(0, 1))
        return _batch_ratio(values, 2, within), _batch_ratio(values, many, within)


def _batch_ratio(values: FloatArray, batches: int, within: FloatArray) -> FloatArray:
    chains, draws, parameters = values.shape
    length = max(1, draws // batches)
    used = values[:, : length * batches].reshape(chains * batches, length, parameters)
    ratio = used.mean(axis=1).var(axis=0) * length / within
    return np.asarray(np.nan_to_num(ratio, nan=np.inf))


def _without_fixed_correlations(stack: Stack) -> Stack:
    # Blocks of one factor have no correlations between them: those pairs are constants, not draws.
    return _subset(stack, np.flatnonzero(np.ptp(stack.values, axis=(0, 1)) != 0))
