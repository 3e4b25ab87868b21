"""What is kept of one chain while it is drawn: its draws, and where it can go on from."""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import xarray as xr

from mixwell.infer.direct.rounds.effect_draws import EffectDraws, GrownRows
from mixwell.infer.direct.target import Target
from mixwell.infer.direct.turning import Counts
from mixwell.infer.stretches import ChainStretch
from mixwell.numeric.arrays import FloatArray

__all__ = ["KEPT", "STATISTICS", "ChainRecord", "DirectChain"]

#: What is noted of every draw; the last two are summed over the iterations since the one before.
STATISTICS = ("lp", "acceptance_rate", "step_size", "n_steps", "diverging")
_SUMMED = 2
#: What a stretch notes, too: how many iterations apart its draws are.
_EVERY = "every"
#: What must be noted of draws for a chain to go on.
KEPT = (*STATISTICS, _EVERY)
#: Iterations between draws, at most: a power of 2.
_FURTHEST = 2**30
#: A stretch's draws: of standard deviations and correlations, and of effects with coefficients.
_T, _X = "t", "x"


class DirectChain(Protocol):
    """What is recorded of a chain, which moves x and t of a target."""

    x: FloatArray
    t: FloatArray
    counts: Counts

    @property
    def target(self) -> Target:
        """What is drawn from."""
        ...

    @property
    def step_size(self) -> float:
        """The length of a step, as an angle."""
        ...

    @property
    def log_density(self) -> float:
        """The log posterior density of x and t, but for a constant."""
        ...

    @property
    def state(self) -> FloatArray:
        """All that the chain goes on from, as numbers."""
        ...

    def go_on(self, state: FloatArray) -> None:
        """Go on from a state of the same target."""
        ...

    def iterate(self, warmup: int = 0) -> float:
        """Make one iteration, of warm-up while there is any; returns its acceptance."""
        ...


@dataclass(slots=True)
class _Place:
    """Where a chain stands, as numbers; `rows` draws were kept until then.

    `counts` are its iterations and its goal, `waiting` the sums since the last draw.
    """

    rows: int = 0
    counts: tuple[int, int] = (0, 0)
    waiting: FloatArray = field(default_factory=lambda: np.zeros(_SUMMED))
    state: FloatArray = field(default_factory=lambda: np.zeros(0))


class ChainRecord:
    """One chain and its draws, of which one in `every` is kept.

    `effects` holds those of the effects. `warmed` counts iterations of warm-up, `iterations` those
    after it, of which `goal` are to be made in this round. A chain that may be gone on with `notes`
    its place from time to time.
    """

    def __init__(self, chain: DirectChain, effects: EffectDraws, room: int, *, notes: bool) -> None:
        self.chain, self.effects, self.notes = chain, effects, notes
        self.random = chain.target.columns.random
        self.every, self.warmed, self.iterations, self.goal = 1, 0, 0, 0
        self._t = chain.t.size
        coefficients = chain.x.size - self.random
        self._rows = GrownRows(self._t + coefficients + len(STATISTICS), room)
        self._waiting = np.zeros(_SUMMED)
        self._place, self._written, self._first = _Place(), 0, 0

    def __len__(self) -> int:
        """Return the number of draws that are kept."""
        return len(self._rows.values)

    @property
    def t(self) -> FloatArray:
        """Draws of the standard deviations and correlations, (draw, t)."""
        return self._rows.values[:, : self._t]

    @property
    def coefficients(self) -> FloatArray:
        """Draws of the coefficients, (draw, coefficient)."""
        return self._rows.values[:, self._t : -len(STATISTICS)]

    @property
    def statistics(self) -> FloatArray:
        """The statistics of draws, (draw, statistic)."""
        return self._rows.values[:, -len(STATISTICS) :]

    def iterate(self, warmup: int) -> None:
        """Make one iteration, of warm-up while there is any, and keep what it leads to."""
        chain = self.chain
        if self.warmed < warmup:
            chain.iterate(warmup)
            self.warmed += 1
            return
        before = chain.counts.gradients, chain.counts.lost
        acceptance = chain.iterate()
        self.iterations += 1
        self._waiting += chain.counts.gradients - before[0], chain.counts.lost - before[1]
        if self.iterations % self.every == 0:
            own = chain.log_density, acceptance, chain.step_size, *self._waiting
            self._keep(chain.t, chain.x, own)
            self._waiting[:] = 0

    def _keep(
        self, t: FloatArray, x: FloatArray, statistics: "tuple[float, ...] | FloatArray"
    ) -> None:
        self.effects.add(x[: self.random])
        self._rows.add(np.concatenate([t, x[self.random :], statistics]))

    def halve(self) -> None:
        """Keep every second draw, and of those to come one in twice as many."""
        self.every *= 2
        summed = self._rows.values[:, -_SUMMED:]
        even = len(summed) // 2 * 2
        summed[1:even:2] += summed[0:even:2]
        if len(summed) > even:
            self._waiting += summed[-1]
        self._rows.halve()
        self.effects.halve()
        self._written //= 2
        self.note()

    def note(self) -> None:
        """Note where the chain stands."""
        if self.notes and self.warmed:
            counts = self.iterations, self.goal
            place = _Place(len(self), counts, self._waiting.copy(), self.chain.state)
            self._place = place  # at once: another thread may read it

    def stretch(self, number: int) -> ChainStretch | None:
        """Return the draws that are not written yet, with where the chain stood; None without."""
        place, draws = self._place, slice(self._written, self._place.rows)
        n = draws.stop - draws.start
        if n <= 0:
            return None
        statistics: dict[str, tuple[str, np.ndarray]] = {
            name: ("draw", self.statistics[draws, k].copy()) for k, name in enumerate(STATISTICS)
        }
        statistics[_EVERY] = ("draw", np.full(n, self.every))
        effects = self.effects.read(slice(None), draws)
        own = self.t[draws].copy()
        x = np.concatenate([effects, self.coefficients[draws]], axis=1)
        return ChainStretch(
            chain=number,
            draws=xr.Dataset({_T: (("draw", "t_"), own), _X: (("draw", "x_"), x)}),
            statistics=xr.Dataset(statistics),
            position=np.concatenate([place.counts, place.waiting, place.state]),
            first=self._first,
        )

    @property
    def shapes(self) -> tuple[dict[str, tuple[int]], int]:
        """The shapes of a stretch's draws, and how many numbers its position has."""
        chain = self.chain
        size = len(_Place().counts) + _SUMMED + chain.state.size
        return {_T: (self._t,), _X: (chain.x.size,)}, size

    def wrote(self, stretch: ChainStretch) -> None:
        """Note that a stretch is safe."""
        self._written += len(stretch)
        self._first += len(stretch)

    def restore(self, stretches: "list[ChainStretch]", warmup: int) -> None:
        """Take back the draws of stretches, in their order, and go on from the last one's end.

        Raises `ValueError` for numbers that no chain leaves.
        """
        for part in stretches:
            noted = {name: np.asarray(found.values) for name, found in part.statistics.items()}
            own = np.stack([noted[name] for name in STATISTICS], axis=1).astype(np.float64)
            t, x = (np.asarray(part.draws[name].values, dtype=np.float64) for name in (_T, _X))
            apart = noted[_EVERY]
            if not ((apart >= 1) & (apart <= _FURTHEST)).all() or not np.isfinite(
                t.sum() + x.sum()
            ):
                raise ValueError("draws so far apart, or infinite")
            for k in range(len(part)):
                while self.every < noted[_EVERY][k]:
                    self.halve()
                self._keep(t[k], x[k], own[k].tolist())
        end = stretches[-1].position
        if min(end[:2]) < 0:
            raise ValueError("iterations are counted from 0 on")
        self.warmed, self.iterations, self.goal = warmup, int(end[0]), int(end[1])
        self._waiting[:] = end[2 : 2 + _SUMMED]
        self.chain.go_on(end[2 + _SUMMED :])
        self._written, self._first = len(self), 0
        self.note()
