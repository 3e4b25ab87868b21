"""Deviations of a factor's levels as a value that is asked for what is needed of them.

4,000 draws of 100,000 deviations are 3.2 GB, which a summary never looks at. They are in memory, or
made where they are read: a block of levels from what the engine keeps and from a stream of random
numbers of the block's own, so that they are the same whenever and in whatever order they are read.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import RLock
from typing import Any

import numpy as np
import xarray as xr
from xarray.backends import BackendArray
from xarray.core.indexing import (
    ExplicitIndexer,
    IndexingSupport,
    LazilyIndexedArray,
    explicit_indexing_adapter,
)

from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.numeric.moments import sample_sd
from mixwell.package_options import require_memory
from mixwell.posterior.draws import IntervalSettings, draws_of, estimates
from mixwell.posterior.redrawn_levels import RedrawnLevels
from mixwell.posterior.row_blocks import over_blocks, row_blocks
from mixwell.threads import in_threads

__all__ = ["MEAN", "Deviations", "Make", "lazy_variable", "made_when_read", "redrawn"]

#: The attribute that holds the mean over levels and draws, by effect, where it is known.
MEAN = "mean_of_levels"
#: Numbers in one block of levels.
_BLOCK = 125_000
#: Under which name xarray keeps the length of a variable's blocks.
_CHUNKS = "preferred_chunks"

#: Numbers that summaries of a level without draws take at a time.
_SUMMARY = 100

#: Makes the draws of some levels, (sample, level, effect), the block of the number that is given.
type Make = Callable[[slice, int], FloatArray]


@dataclass(frozen=True, eq=False)
class Deviations:
    """How far each level of a factor lies from the fixed effects, on the link scale.

    `labels` are the levels', `effects` the effects' names. Whoever wants a mean or a quantile asks
    for that, not for draws: these are looked at in blocks of levels. `variable`, with the dims
    (chain, draw, level, effect), holds them in memory or makes them where they are read.
    """

    labels: tuple[str, ...]
    effects: tuple[str, ...]
    variable: xr.DataArray

    def draws(self) -> FloatArray:
        """Return all draws, (chain, draw, level, effect)."""
        return draws_of(self.variable)

    def samples(self) -> FloatArray:
        """Return all draws as linear predictors take them, (effect, level, sample)."""
        values = self.draws()
        return values.reshape(-1, *values.shape[2:]).transpose(2, 1, 0)

    def mean(self) -> FloatArray:
        """Return the posterior means, (level, effect)."""
        known = _Redrawn.of(self.variable)
        if known is not None:
            return known.summarize(())["mean"]
        return self.summarize(lambda v: {"mean": v.mean(axis=(0, 1))})["mean"]

    def sd(self) -> FloatArray:
        """Return the posterior standard deviations, (level, effect)."""
        known = _Redrawn.of(self.variable)
        if known is not None:
            return known.summarize(())["sd"]
        return self.summarize(lambda v: {"sd": sample_sd(v, (0, 1))})["sd"]

    def quantiles(self, probabilities: Sequence[float]) -> FloatArray:
        """Return quantiles, (probability, level, effect)."""
        known = _Redrawn.of(self.variable)
        if known is not None:
            return np.moveaxis(known.summarize(probabilities)["quantiles"], -1, 0)

        def ends(values: FloatArray) -> dict[str, FloatArray]:
            return {"ends": np.moveaxis(np.quantile(values, probabilities, axis=(0, 1)), 0, -1)}

        return np.moveaxis(self.summarize(ends)["ends"], -1, 0)

    def estimates(
        self,
        settings: IntervalSettings,
        weights: FloatArray | None = None,
        added: FloatArray | None = None,
    ) -> dict[str, FloatArray]:
        """Return estimate, sd, lower and upper of every level, (level, column).

        A column is a sum of the effects by `weights` (effect, column) plus `added` (chain, draw,
        column), or an effect. What redrawn levels know of them needs no draws.
        """
        known = _Redrawn.of(self.variable)
        if known is not None and settings.kind == "eti" and settings.point != "mode":
            return known.estimates(settings, weights, added)

        def own(values: FloatArray) -> dict[str, FloatArray]:
            if weights is not None:
                values = values @ weights
            if added is not None:
                values = values + added[:, :, None]
            columns = estimates(values.reshape(*values.shape[:2], -1), settings)
            return {name: column.reshape(values.shape[2:]) for name, column in columns.items()}

        return self.summarize(own)

    def mean_of_levels(self) -> FloatArray:
        """Return the posterior means of the average over levels, (effect,)."""
        kept = self.variable.attrs.get(MEAN)
        if kept is not None:
            return np.atleast_1d(np.asarray(kept, dtype=np.float64))
        return np.asarray(self.mean().mean(axis=0))

    def summarize(
        self, work: Callable[[FloatArray], Mapping[str, FloatArray]]
    ) -> dict[str, FloatArray]:
        """Return what `work` says of all levels, asked in blocks: (chain, draw, some, effect).

        Its arrays have a row a level of the block.
        """
        samples = int(np.prod(self.variable.shape[:2])) * max(1, len(self.effects))
        blocks = row_blocks(self.variable.shape[2], samples, multiple=_block_length(self.variable))
        found: dict[int, Mapping[str, FloatArray]] = {}

        def one(levels: slice) -> None:
            found[levels.start] = work(
                draws_of(self.variable.isel({self.variable.dims[2]: levels}))
            )

        over_blocks(one, blocks, "Summarizing levels")
        parts = [found[block.start] for block in blocks]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def part(self, levels: slice) -> "Deviations":
        """Return the deviations of levels that follow each other."""
        chosen = {self.variable.dims[2]: levels}
        return replace(self, labels=self.labels[levels], variable=self.variable.isel(chosen))

    def levels(self, which: Sequence[str]) -> "Deviations":
        """Return the deviations of some levels, in the order that is asked for."""
        if tuple(which) == self.labels:
            return self
        place = {label: i for i, label in enumerate(self.labels)}
        chosen = {self.variable.dims[2]: [place[label] for label in which]}
        return replace(self, labels=tuple(which), variable=self.variable.isel(chosen))


def lazy_variable(
    dims: tuple[str, ...], shape: tuple[int, int, int, int], make: Make
) -> xr.Variable:
    """Return a variable (chain, draw, level, effect) that is made where it is read.

    `make` is called for blocks of levels.
    """
    draws = _LazyDraws(shape, make)
    return xr.Variable(dims, LazilyIndexedArray(draws), encoding={_CHUNKS: {dims[2]: draws.step}})


def made_when_read(variable: xr.DataArray) -> bool:
    """Whether a variable's draws are made where they are read."""
    return _CHUNKS in variable.encoding


def redrawn(variable: xr.DataArray) -> RedrawnLevels | None:
    """Return what all of a variable's draws are made from, or None where they are not so made."""
    known = _Redrawn.of(variable)
    return None if known is None or known.shape != known.whole.shape else known.whole


@dataclass(frozen=True, eq=False)
class _Redrawn:
    """Some draws, levels and effects of what is made from `whole`."""

    whole: RedrawnLevels
    draws: IntArray
    levels: IntArray
    effects: IntArray

    @classmethod
    def of(cls, variable: xr.DataArray) -> "_Redrawn | None":
        """Return what a variable (chain, draw, level, effect) is made from, if it is so made."""
        held = variable.variable._data
        if not isinstance(held, LazilyIndexedArray) or not isinstance(held.array, _LazyDraws):
            return None
        source, key = held.array, held.key.tuple
        if not isinstance(source.make, RedrawnLevels):
            return None
        (chains, draws, levels, effects), alone = _places(key, source.shape)
        if alone:
            return None
        samples = chains[:, None] * source.shape[1] + draws
        return cls(source.make, samples.ravel(), levels, effects)

    @property
    def shape(self) -> tuple[int, int, int]:
        return len(self.draws), len(self.levels), len(self.effects)

    def summarize(
        self,
        probabilities: Sequence[float],
        weights: FloatArray | None = None,
        added: FloatArray | None = None,
    ) -> dict[str, FloatArray]:
        """Return mean and sd (level, column) and quantiles (level, column, p), without draws."""
        own = np.eye(len(self.effects)) if weights is None else weights
        every = np.zeros((self.whole.shape[2], own.shape[1]))
        every[self.effects] = own
        found: dict[str, FloatArray] = {}
        shape = len(self.levels), own.shape[1]
        found["mean"], found["sd"] = np.empty(shape), np.empty(shape)
        found["quantiles"] = np.empty((*shape, len(probabilities)))

        def one(part: slice) -> None:
            made = self.whole.summaries(self.levels[part], self.draws, probabilities, every, added)
            found["mean"][part], found["sd"][part] = made.mean, made.sd
            found["quantiles"][part] = np.moveaxis(made.quantiles, 0, -1)

        over_blocks(one, row_blocks(len(self.levels), _SUMMARY), "Summarizing levels")
        return found

    def estimates(
        self, settings: IntervalSettings, weights: FloatArray | None, added: FloatArray | None
    ) -> dict[str, FloatArray]:
        """Return estimate, sd, lower and upper, (level, column)."""
        edge = (1 - settings.prob) / 2
        middle = [0.5] if settings.point == "median" else []
        flat = None if added is None else added.reshape(-1, added.shape[-1])
        made = self.summarize([edge, 1 - edge, *middle], weights, flat)
        ends = np.moveaxis(made["quantiles"], -1, 0)
        point = ends[2] if middle else made["mean"]
        return {"estimate": point, "sd": made["sd"], "lower": ends[0], "upper": ends[1]}


def _block_length(variable: xr.DataArray) -> int:
    """Return how many levels are made at once; 1 for draws in memory."""
    chunks = variable.encoding.get(_CHUNKS, {})
    return int(chunks.get(variable.dims[2], 1))


class _LazyDraws(BackendArray):
    """What is behind a lazy variable: an array as far as xarray indexes one.

    Read whole, the draws are kept; raises `DataError` where `mixwell.options.memory` is less.
    """

    dtype = np.dtype(np.float64)

    def __init__(self, shape: tuple[int, int, int, int], make: Make) -> None:
        self.shape, self.make = shape, make
        self.step = max(1, _BLOCK // (shape[0] * shape[1] * shape[3]))
        self._whole: FloatArray | None = None
        self._lock = RLock()

    def __getitem__(self, key: ExplicitIndexer) -> Any:
        """Return the draws at places of each dim."""
        return explicit_indexing_adapter(key, self.shape, IndexingSupport.OUTER, self._read)

    def __deepcopy__(self, memo: object) -> "_LazyDraws":
        """Return itself: what it gives does not change."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle what the draws are made of."""
        return _LazyDraws, (self.shape, self.make)

    def _read(self, key: tuple[Any, ...]) -> FloatArray:
        whole = self._whole
        if whole is None and all(isinstance(k, slice) and k == slice(None) for k in key):
            whole = self._kept()
        if whole is None:
            return self._made(key)
        if all(isinstance(k, slice) for k in key):
            return np.asarray(whole[key])
        places, alone = _places(key, self.shape)
        return np.squeeze(whole[np.ix_(*places)], axis=alone)

    def _kept(self) -> FloatArray:
        samples, levels = self.shape[0] * self.shape[1], self.shape[2] * self.shape[3]
        hint = "Summaries need no more than some levels at a time; draws= asks for fewer draws."
        require_memory(samples * levels, f"{samples:,} draws of {levels:,} deviations", hint=hint)
        with self._lock:
            if self._whole is None:
                self._whole = self._made((slice(None),) * 4)
        return self._whole

    def _made(self, key: tuple[Any, ...]) -> FloatArray:
        """Make the blocks in which levels are asked for."""
        places, alone = _places(key, self.shape)
        levels = places[2]
        found = np.empty(tuple(map(len, places)))
        chains, draws, effects = (_run(places[axis]) for axis in (0, 1, 3))
        order = np.argsort(levels, kind="stable")
        blocks, starts = np.unique(levels[order] // self.step, return_index=True)
        jobs = list(zip(blocks.tolist(), np.split(order, starts[1:]), strict=True))

        def one(job: tuple[int, np.ndarray]) -> None:
            block, where = job
            begin = block * self.step
            stop = min(begin + self.step, self.shape[2])
            made = self.make(slice(begin, stop), block)
            made = made.reshape(*self.shape[:2], stop - begin, self.shape[3])
            made = made[chains][:, draws][..., effects]
            found[:, :, _run(where)] = made[:, :, _run(levels[where] - begin)]

        in_threads(one, jobs)
        return np.squeeze(found, axis=alone)


def _places(
    key: tuple[Any, ...], shape: tuple[int, ...]
) -> tuple[list[np.ndarray], tuple[int, ...]]:
    """Return the places that a key asks for in each dim, and the dims of which it asks for one."""
    every = [np.arange(n)[k] for n, k in zip(shape, key, strict=True)]
    alone = tuple(axis for axis, places in enumerate(every) if places.ndim == 0)
    return [np.atleast_1d(places) for places in every], alone


def _run(places: np.ndarray) -> "np.ndarray | slice":
    """Return places that follow each other as a slice, which is far faster."""
    first, n = int(places[0]) if len(places) else 0, len(places)
    return slice(first, first + n) if (np.diff(places) == 1).all() else places
