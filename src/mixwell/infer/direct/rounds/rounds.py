"""Rounds of chains side by side: drawn until they can be relied on, time is up, or it is hopeless.

A round has as many iterations as all before it. Where no effective number was asked for, draws are
kept further apart instead of being more, so that a posterior takes the same memory after every one.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event

import numpy as np

from mixwell.infer.declined import Declined
from mixwell.infer.direct.rounds.chain_record import KEPT, STATISTICS, ChainRecord, DirectChain
from mixwell.infer.direct.rounds.effect_draws import DrawsFolder, HeldEffects, StoredEffects
from mixwell.infer.direct.target import Target
from mixwell.infer.kept_draws import gone_on_with, require_shapes
from mixwell.infer.settings import Settings
from mixwell.infer.stretches import Checkpoint
from mixwell.infer.until import Until
from mixwell.numeric.chains import ess_bulk, ess_tail, rhat
from mixwell.package_options import options
from mixwell.posterior.draws import TAIL_QUANTILES
from mixwell.progress import Progress
from mixwell.threads import watched

__all__ = ["EVERY", "WARMUP", "Measures", "Rounds"]

#: Iterations before draws are kept; the reference is known by then, and only steps are adapted.
WARMUP = 100
#: What chains must reach, and how many times as long as at first they may take to get there.
RHAT_MAXIMUM, EFFECTIVE_A_CHAIN, LONGEST = 1.01, 100, 4
#: How many draws in all scatter by chance so that R-hats exceed 1 by 1: few have a higher one.
RHAT_BY_CHANCE = 20.0
#: No fewer iterations are a round that proves anything of a chain.
SHORTEST = 250
#: The same where an effective number is asked for, and the R-hat that must be reached on the way.
LONGEST_FOR_ESS, RHAT_ON_THE_WAY = 50, 1.05
#: The least step, as an angle, and the least acceptance with which chains are worth while.
STEP_MINIMUM, ACCEPTANCE_MINIMUM = 0.02, 0.4
#: Effects that are judged, next to all coefficients and standard deviations.
_JUDGED, _JUDGED_ON_THE_WAY = 300, 30
#: How many are judged at once, which takes several times their draws' memory.
_AT_ONCE = 50
#: Seconds of one chain before another one's turn, between two blocks of draws that are kept in a
#: folder, and between two looks at the effective number while a bar is shown.
_TURN, EVERY, _LOOK = 0.25, 30.0, 3.0


@dataclass(frozen=True, slots=True)
class Measures:
    """The largest R-hat and the least effective numbers, bulk and tail, of what is judged."""

    rhat: float
    ess: float
    tail: float = np.inf

    @property
    def worth(self) -> float:
        """The smaller effective number."""
        return min(self.ess, self.tail)

    def __str__(self) -> str:
        """Give R-hat and the smaller effective number."""
        return f"R-hat {self.rhat:.3f}, effective sample size {self.worth:,.0f}"


class Rounds:
    """All chains of a run; `until` says what ended it before its time.

    `begin` makes a chain of its random numbers. `stored` has the draws of effects on disk. Chains
    of a `checkpoint` with draws go on from these.
    """

    def __init__(
        self,
        target: Target,
        begin: Callable[[np.random.Generator], DirectChain],
        settings: Settings,
        checkpoint: Checkpoint | None,
        until: Until | None = None,
        *,
        stored: bool,
    ) -> None:
        self.settings, self.checkpoint, self._stored = settings, checkpoint, stored
        self.until = until or Until()
        self.warmup = min(int(settings.tune), WARMUP)
        self._goal = int(settings.draws)  # iterations after warm-up
        seeds = np.random.SeedSequence(settings.seed).spawn(settings.chains)
        effects = target.columns.random
        size = 4.0 * effects * settings.draws * settings.chains * (LONGEST + 1) / 2
        folder = DrawsFolder(size) if stored else None
        self.records = [
            ChainRecord(
                begin(np.random.default_rng(seed)),
                StoredEffects(effects, folder, number)
                if folder
                else HeldEffects(effects, settings.draws),
                settings.draws,
                notes=checkpoint is not None,
            )
            for number, seed in enumerate(seeds)
        ]
        self._restore()
        self._stop, self._waiting = Event(), SimpleQueue[ChainRecord]()
        self._started = self._wrote = self._looked = time.monotonic()
        self._measured = dict[tuple[int, int, int], Measures]()  # the last ones

    def _restore(self) -> None:
        earlier = self.checkpoint.earlier if self.checkpoint else ()
        shapes, place = self.records[0].shapes
        require_shapes(earlier, len(self.records), shapes, place, KEPT)
        for number, record in enumerate(self.records):
            if own := [part for part in earlier if part.chain == number]:
                with gone_on_with():
                    record.restore(own, self.warmup)
        widest = max(record.every for record in self.records)
        for record in self.records:
            while record.every < widest:
                record.halve()
        self._goal = max(self._goal, *(record.goal for record in self.records))

    def draw(self, *, insist: bool) -> Declined | None:
        """Draw for as long as it may be; says why it is hopeless.

        To `insist` is to draw a round in any case.
        """
        count = self.warmup + self._goal
        total = count * len(self.records)
        with Progress("Sampling", total, self.settings.progressbar, "draws") as self._bar:
            self._bar.add(sum(record.warmed + record.iterations for record in self.records))
            try:
                return self._draw(insist)
            except KeyboardInterrupt:  # a second one, or by a program's own handler
                self.until.interrupted = True
                return None
            finally:
                self._write()

    def _draw(self, insist: bool) -> Declined | None:
        if min(record.warmed for record in self.records) < self.warmup:
            self._advance(0)
        if (declined := self._slow()) is not None and not insist:
            return declined
        while True:
            self._advance(self._goal)
            if self.until.early:
                return None
            measures = self._screened()
            if not self.short(measures):
                return None
            if (declined := self._hopeless(measures)) is not None:
                return declined
            self._widen(measures)

    def _advance(self, goal: int) -> None:
        """Have every chain make so many iterations after its warm-up."""
        for record in self.records:
            record.goal = goal
            if record.warmed < self.warmup or record.iterations < goal:
                self._waiting.put(record)

        def look() -> None:
            now = time.monotonic()
            if not self._stop.is_set() and self.until.over():
                self._stop.set()
            if self.checkpoint is not None and now - self._wrote > EVERY:
                self._wrote = now
                self._write()
            if self._bar.seen and now - self._looked > _LOOK:
                self._say_how_far()
                self._looked = time.monotonic()

        workers = min(len(self.records), os.cpu_count() or 1)
        watched(lambda: self._work(goal), workers, look, self._stop)

    def _work(self, goal: int) -> None:
        """Take turns with the chains, so that all are about equally far whenever it ends."""
        while not self._stop.is_set():
            try:
                record = self._waiting.get_nowait()
            except Empty:
                return
            if self._take_turn(record, goal):
                self._waiting.put(record)

    def _take_turn(self, record: ChainRecord, goal: int) -> bool:
        """Iterate a chain for a while; returns whether something is left to do."""
        end, left = time.monotonic() + _TURN, True
        while not self._stop.is_set() and time.monotonic() < end:
            left = record.warmed < self.warmup or record.iterations < goal
            if not left:
                break
            record.iterate(self.warmup)
            self._bar.add(1)
        record.note()
        return left

    def _write(self) -> None:
        """Have the draws kept that are not yet."""
        if self.checkpoint is None:
            return
        found = [(record, record.stretch(k)) for k, record in enumerate(self.records)]
        new = [(record, stretch) for record, stretch in found if stretch is not None]
        seconds = time.monotonic() - self._started
        if new and self.checkpoint.keep([stretch for _, stretch in new], seconds):
            for record, stretch in new:
                record.wrote(stretch)

    def _say_how_far(self) -> None:
        """Put the effective number so far on the bar, and how many draws it may take in all."""
        measures = self.measures(_JUDGED_ON_THE_WAY)
        iterations = self._goal
        if measures.ess > 1 and self.settings.min_ess is not None and np.isfinite(measures.ess):
            now = min(record.iterations for record in self.records)
            iterations = max(self._goal, int(now * self.settings.min_ess / measures.ess))
        note = f"ESS {measures.ess:,.0f}" if np.isfinite(measures.ess) else ""
        self._bar.expect((self.warmup + iterations) * len(self.records), note)

    # judging

    def _screened(self) -> Measures:
        """Measure effects, too, unless parameters alone show that chains must go on."""
        settings = self.settings
        first = self._goal < LONGEST * max(settings.draws, SHORTEST)
        if first and self.short(own := self.measures(0)):
            return own
        return self.measures()

    def measures(self, effects: int = _JUDGED) -> Measures:
        """Measure all coefficients and standard deviations, and some of the effects."""
        if (known := self._measured.get((self.length, self.every, effects))) is not None:
            return known
        found = self._measures(effects)
        self._measured = {(self.length, self.every, effects): found}
        return found

    def _measures(self, effects: int) -> Measures:
        n = self.length
        if n < 4:
            return Measures(1.0, np.inf)
        random = self.records[0].random
        chosen = np.unique(np.linspace(0, random - 1, min(random, effects)).astype(int))
        judged = np.stack(
            [
                np.concatenate(
                    [r.t[:n], r.coefficients[:n], r.effects.read(chosen, slice(0, n))], axis=1
                )
                for r in self.records
            ]
        )
        if judged.shape[2] == 0:
            return Measures(1.0, np.inf)
        found = []
        with np.errstate(invalid="ignore", divide="ignore"):  # a chain that stands still
            for some in np.array_split(judged, -(-judged.shape[2] // _AT_ONCE), axis=2):
                own = np.max(rhat(some)), np.min(ess_bulk(some))
                found.append((*own, np.min(ess_tail(some, TAIL_QUANTILES))))
        worst, bulk, tail = np.transpose(found)
        return Measures(float(np.max(worst)), float(np.min(bulk)), float(np.min(tail)))

    @property
    def length(self) -> int:
        """How many draws every chain has."""
        return min(len(record) for record in self.records)

    @property
    def every(self) -> int:
        """How many iterations apart draws are."""
        return self.records[0].every

    def short(self, measures: Measures) -> bool:
        """Whether chains cannot be relied on yet, or are not worth what was asked for."""
        settings = self.settings
        least = min(EFFECTIVE_A_CHAIN * settings.chains, 0.1 * settings.draws * settings.chains)
        worth = measures.worth >= least and measures.ess >= (settings.min_ess or 0)
        return not (measures.rhat <= self._rhat_maximum and worth)

    @property
    def _rhat_maximum(self) -> float:
        """The R-hat that chains must reach, which few draws exceed by chance."""
        return max(RHAT_MAXIMUM, 1 + RHAT_BY_CHANCE / max(self.length * len(self.records), 1))

    def _slow(self) -> Declined | None:
        """Say where steps are so small that another engine is faster."""
        step = min(record.chain.step_size for record in self.records)
        if self.until.early or step >= STEP_MINIMUM:
            return None
        return Declined(
            "the posterior is far from the gaussian that its chains move in: they would need about "
            f"{1.75 / step:,.0f} steps a draw",
            {"step_size": step},
        )

    def _hopeless(self, measures: Measures) -> Declined | None:
        """Say why more rounds are no answer; with a time to go on until they are."""
        place = STATISTICS.index("acceptance_rate")
        acceptance = min(float(record.statistics[:, place].mean()) for record in self.records)
        if acceptance < ACCEPTANCE_MINIMUM:
            return Declined(
                f"one of its chains accepts {100 * acceptance:.0f} % of its moves only",
                {"acceptance_rate": acceptance, "rhat": measures.rhat, "ess": measures.worth},
            )
        if self.until.max_time is not None:
            return None
        settings = self.settings
        longest = LONGEST if settings.min_ess is None else LONGEST_FOR_ESS
        times = self._goal / max(settings.draws, SHORTEST)
        far = not measures.rhat <= max(RHAT_ON_THE_WAY, self._rhat_maximum)
        far = far or measures.ess * LONGEST_FOR_ESS < 0.5 * times * (settings.min_ess or 0)
        if times < longest and not (far and times >= LONGEST) and self._has_room():
            return None
        why = (
            "are worth too little"
            if measures.rhat <= self._rhat_maximum
            else "did not come together"
        )
        reason = f"its chains {why} in {self._goal:,} draws each ({measures})"
        return Declined(reason, {"rhat": measures.rhat, "ess": measures.worth})

    def _has_room(self) -> bool:
        """Whether memory holds twice as many draws, where they are kept as they come."""
        size = self.records[0].chain.x.size
        numbers = 2.0 * self._goal * len(self.records) * size
        return self._stored or self.settings.min_ess is None or 16 * numbers <= options.memory

    def _widen(self, measures: Measures) -> None:
        """Plan the next round: as many iterations again, or what the effective number takes."""
        now, asked = self._goal, self.settings.min_ess
        if asked is None:
            self._write()
            for record in self.records:
                record.halve()
            self._goal = 2 * now
        else:
            factor = 1.1 * asked / max(measures.ess, 1.0) if measures.ess < asked else 2.0
            self._goal = int(np.ceil(now * min(max(factor, 1.2), 2.0)))
        self._bar.expect((self.warmup + self._goal) * len(self.records))
