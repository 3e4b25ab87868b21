"""Chains of nutpie that run in the background, looked into and kept while they run."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import nutpie
import pyarrow as pa
import pymc as pm
import xarray as xr
from threadpoolctl import threadpool_limits

from mixwell.infer.pymc.kept.legs import Leg
from mixwell.infer.settings import Settings
from mixwell.infer.stretches import STATISTICS, ChainStretch, Checkpoint
from mixwell.infer.until import Until
from mixwell.numeric.arrays import FloatArray
from mixwell.progress import Progress

__all__ = ["EVERY", "draw_in_background"]

#: Seconds between two blocks: with the time that one takes to write, less than a minute.
EVERY = 30.0
#: Seconds between two looks at whether a chain has ended.
_PAUSE = 0.2


@dataclass(slots=True, eq=False)
class _Running:
    """A leg that is being drawn; `kept` counts the draws of each of its chains that are safe."""

    leg: Leg
    sampler: Any
    kept: dict[int, int] = field(default_factory=dict)


class _Chains:
    """All legs of a run: waiting, running, and the draws of those that have ended."""

    def __init__(
        self,
        model: pm.Model,
        compiled: Any,
        names: Sequence[str],
        checkpoint: Checkpoint,
        cores: int,
    ) -> None:
        self.names, self.checkpoint, self.cores = names, checkpoint, cores
        self.dims = model.named_vars_to_dims
        self.free = [model.rvs_to_values[variable].name for variable in model.free_RVs]
        self.compiled = compiled
        self.running: list[_Running] = []
        self.ended: list[ChainStretch] = []
        self.started = self.looked = time.monotonic()

    def start(self, leg: Leg, options: Mapping[str, Any], counted: Callable[[Any], None]) -> None:
        """Begin with a leg."""
        compiled = self.compiled
        if leg.starts:  # of one chain: which of several asks for its start is not known
            compiled = replace(compiled, initial_point_func=lambda seed: leg.starts[0].copy())
        rng = np.random.default_rng(leg.seed).spawn(len(leg.chains))[0]  # as PyMC does it
        sampler = nutpie.sample(
            compiled,
            draws=leg.draws,
            tune=max(leg.tune, 1),  # it does not take 0
            chains=len(leg.chains),
            cores=min(self.cores, len(leg.chains)),
            seed=int(rng.integers(2**30)),
            progress_bar=False,
            progress_callback=counted,
            blocking=False,
            return_raw_trace=True,
            **options,
        )
        self.running.append(_Running(leg, sampler))

    def look(self) -> None:
        """Wait a little, take what has ended, and keep what is new when it is time."""
        for each in list(self.running):
            try:
                raw = each.sampler.wait(timeout=_PAUSE / len(self.running))
            except TimeoutError:
                continue
            self._end(each, raw)
        if self.running and time.monotonic() - self.looked >= EVERY:
            self.looked = time.monotonic()
            self._keep([(each, self._stretches(each, each.sampler.inspect()))
                        for each in self.running])  # fmt: skip

    def break_off(self) -> None:
        """End all that runs, and keep the draws of what can be asked for them."""
        for each in list(self.running):
            with suppress(RuntimeError, TypeError, ValueError):  # of what has failed
                self._end(each, each.sampler.abort())

    def _end(self, each: _Running, raw: Any) -> None:
        self.running.remove(each)
        made = self._stretches(each, raw)
        self.ended += made
        self._keep([(each, made)])

    def _keep(self, found: Sequence[tuple[_Running, Sequence[ChainStretch]]]) -> None:
        """Have the draws of chains kept that are not yet."""
        new = [
            (each.kept, part.chain, later)
            for each, parts in found
            for part in parts
            if len(later := part.after(each.kept.get(part.chain, 0)))
        ]
        seconds = time.monotonic() - self.started
        if new and self.checkpoint.keep([later for *_, later in new], seconds):
            for kept, chain, later in new:
                kept[chain] = kept.get(chain, 0) + len(later)

    def _stretches(self, each: _Running, raw: Any) -> list[ChainStretch]:
        """Return the draws of each chain after warm-up, of those that have any."""
        traces, statistics = raw.get_arrow_trace()
        made = []
        for chain, *batches in zip(each.leg.chains, traces, statistics, strict=True):
            values, notes = (pa.record_batch(batch) for batch in batches)
            begin = int(np.sum(notes["tuning"].to_numpy(zero_copy_only=False)))
            if begin == values.num_rows:
                continue
            last = values.slice(values.num_rows - 1)
            position = np.concatenate([np.ravel(_values(last, name)) for name in self.free])
            draws, known = self._draws(values.slice(begin)), _statistics(notes.slice(begin))
            made.append(ChainStretch(chain, draws, known, position))
        return made

    def _draws(self, batch: pa.RecordBatch) -> xr.Dataset:
        return xr.Dataset(
            {n: (("draw", *self.dims.get(n, ())), _values(batch, n)) for n in self.names}
        )


def draw_in_background(
    model: pm.Model,
    compiled: Any,
    names: Sequence[str],
    left: Sequence[Leg],
    options: Mapping[str, Any],
    checkpoint: Checkpoint,
    settings: Settings,
    until: Until,
) -> list[ChainStretch]:
    """Draw what is left of a run with nutpie; `names` are the variables that are wanted.

    Several legs share the cores of `settings`, of which PyMC's number is the default; `options` are
    those of NUTS. When it is time to end, and before an error goes on its way, what was drawn is
    kept.
    """
    cores, progressbar = settings.sampler.get("cores"), settings.progressbar
    cores = cores or min(4, os.cpu_count() or 1)
    waiting = list(left)
    total = sum((leg.tune + leg.draws) * len(leg.chains) for leg in left)
    until.held.begin()
    with threadpool_limits(cores), Progress("Sampling", total, progressbar, "draws") as progress:
        chains = _Chains(model, compiled, names, checkpoint, cores)
        try:
            while waiting or chains.running:
                if until.over():
                    chains.break_off()
                    break
                while waiting and len(chains.running) < cores:
                    chains.start(waiting.pop(0), options, _counter(progress))
                chains.look()
        except KeyboardInterrupt:  # a second one, or by a program's own handler
            until.interrupted = True
            chains.break_off()
        except BaseException:
            chains.break_off()
            raise
    return chains.ended


def _counter(progress: Progress) -> Callable[[Any], None]:
    """Return what counts the draws of one sampler, given all so far."""
    seen = 0

    def counted(chains: Any) -> None:
        nonlocal seen
        now = sum(chain.finished_draws for chain in chains)
        progress.add(now - seen)
        seen = now

    return counted


def _statistics(batch: pa.RecordBatch) -> xr.Dataset:
    known = {new: name for name, new in STATISTICS.items() if name in batch.schema.names}
    return xr.Dataset({new: ("draw", _values(batch, name)) for new, name in known.items()})


def _values(batch: pa.RecordBatch, name: str) -> FloatArray:
    """Return the values of a column, whose elements lie one after the other."""
    column, notes = batch[name], batch.schema.field(name).metadata or {}
    shape = [int(size) for size in notes.get(b"shape", b"").decode().split(",") if size]
    flat = column.flatten() if shape else column
    return np.asarray(flat.to_numpy(zero_copy_only=False)).reshape(batch.num_rows, *shape)
