"""Chains of PyMC's own sampler, kept while they run: it calls back after every draw."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
import xarray as xr

from mixwell.infer.pymc.kept.legs import Leg
from mixwell.infer.pymc.kept.nutpie_chains import EVERY
from mixwell.infer.stretches import STATISTICS, ChainStretch, Checkpoint
from mixwell.infer.until import Until
from mixwell.numeric.arrays import FloatArray

__all__ = ["draw_watched"]


class _Watch:
    """Looks into the traces of a leg's chains, and keeps what is new when it is time."""

    def __init__(
        self,
        model: pm.Model,
        names: Sequence[str],
        leg: Leg,
        kept: Checkpoint,
        until: Until,
    ) -> None:
        self.until = until
        self.names, self.leg, self.checkpoint = names, leg, kept
        self.dims = model.named_vars_to_dims
        self.free = [model.rvs_to_values[variable].name for variable in model.free_RVs]
        self.traces: dict[int, Any] = {}
        self.safe: dict[int, int] = {}
        self.started = self.looked = time.monotonic()

    def __call__(self, trace: Any, draw: Any) -> None:
        """Note the trace of a draw's chain, as PyMC calls it."""
        self.traces[draw.chain] = trace
        if time.monotonic() - self.looked >= EVERY:
            self.looked = time.monotonic()
            self.keep()
        if self.until.over():
            raise KeyboardInterrupt  # by which PyMC is asked to end

    def keep(self) -> None:
        """Have all draws kept that are not yet."""
        parts = [self.stretch(own, self.safe.get(own, 0)) for own in sorted(self.traces)]
        new = [part for part in parts if part is not None]
        if new and self.checkpoint.keep(new, time.monotonic() - self.started):
            for part in new:
                own = self.leg.chains.index(part.chain)
                self.safe[own] = self.safe.get(own, 0) + len(part)

    def stretch(self, own: int, since: int = 0) -> ChainStretch | None:
        """Return the draws of a chain after warm-up without the first ones; None without any."""
        trace, begin = self.traces[own], self.leg.tune + since
        end = len(trace)
        if begin >= end:
            return None
        draws = {
            name: (("draw", *self.dims.get(name, ())), trace.get_values(name)[begin:end])
            for name in self.names
        }
        notes = set().union(*trace.sampler_vars)
        known = {new: name for name, new in STATISTICS.items() if name in notes}
        statistics = {
            new: ("draw", np.ravel(trace.get_sampler_stats(name))[begin:end])
            for new, name in known.items()
        }
        ends = [np.ravel(trace.get_values(name)[end - 1]) for name in self.free]
        made = xr.Dataset(draws).copy(deep=True), xr.Dataset(statistics).copy(deep=True)
        position = np.concatenate(ends).astype(float)
        return ChainStretch(self.leg.chains[own], *made, position, since)


def draw_watched(
    model: pm.Model,
    names: Sequence[str],
    left: Sequence[Leg],
    options: Mapping[str, Any],
    checkpoint: Checkpoint,
    until: Until,
) -> list[ChainStretch]:
    """Draw what is left of a run with PyMC; `names` are the variables that are wanted.

    `options` go to `pm.sample`, which hears of an interrupt itself: its processes may, too. When it
    is time to end, what was drawn is kept, and no further leg is begun.
    """
    made: list[ChainStretch] = []
    for leg in left:
        watch = _Watch(model, names, leg, checkpoint, until)
        begun: dict[str, Any] = {}
        if leg.starts:
            begun = {"initvals": [_point(model, start) for start in leg.starts]}
            begun["init"] = options.get("init", "adapt_diag")  # "auto" moves the starts
        try:
            with model:
                pm.sample(
                    draws=leg.draws,
                    tune=leg.tune,
                    chains=len(leg.chains),
                    random_seed=leg.seed,
                    callback=watch,
                    **{**options, **begun},
                )
        finally:
            until.held.begin()
            watch.keep()
        parts = [part for own in watch.traces if (part := watch.stretch(own)) is not None]
        made += parts
        until.interrupted |= sum(map(len, parts)) < leg.draws * len(leg.chains)
        if until.early:
            break
    return made


def _point(model: pm.Model, position: FloatArray) -> dict[Any, Any]:
    """Return the values of a model's free variables at a place in its coordinates."""
    like = model.initial_point()
    values, point, begin = model.rvs_to_values, {}, 0
    for variable in model.free_RVs:
        shape = np.shape(like[values[variable].name])
        end = begin + int(np.prod(shape))
        value = position[begin:end].reshape(shape)
        transform = model.rvs_to_transforms[variable]
        point[variable] = (
            value
            if transform is None
            else transform.backward(pt.as_tensor(value), *variable.owner.inputs)
        )
        begin = end
    return point
