"""What is left to draw of a run: each chain's start, warm-up, length and seed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mixwell.infer.settings import Settings
from mixwell.infer.stretches import Checkpoint
from mixwell.numeric.arrays import FloatArray

__all__ = ["NEW_TUNE", "Leg", "legs"]

#: Warm-up draws, at most, of a chain that goes on: it is where it should be, and what is learned
#: anew is the step size and the mass matrix.
NEW_TUNE = 300


@dataclass(frozen=True, slots=True, eq=False)
class Leg:
    """Chains that are drawn in one go; `starts` are their unconstrained coordinates, if any."""

    chains: tuple[int, ...]
    tune: int
    draws: int
    seed: int | None
    starts: tuple[FloatArray, ...] = ()


def legs(settings: Settings, checkpoint: Checkpoint, *, apart: bool) -> list[Leg]:
    """Return what is left to draw: all chains in one go at first, later what each one lacks.

    Chains that go on are drawn `apart`, each in a leg of its own; else those that have draws in one
    leg, up to the most that is lacking, and those without in another. Seeds are made of the run's
    seed, of how often it was begun and of the chain: nothing is drawn twice.
    """
    done = checkpoint.lengths(settings.chains)
    every = tuple(range(settings.chains))
    if not any(done):
        return [Leg(every, settings.tune, settings.draws, settings.seed)]
    begun = [chain for chain in every if 0 < done[chain] < settings.draws]
    fresh = [chain for chain in every if not done[chain]]
    groups = [[c] for c in (*begun, *fresh)] if apart else [g for g in (begun, fresh) if g]
    return [_leg(group, settings, checkpoint, done) for group in groups]


def _leg(
    chains: Sequence[int], settings: Settings, checkpoint: Checkpoint, done: Sequence[int]
) -> Leg:
    found = [checkpoint.position(chain) for chain in chains]
    starts = tuple(position for position in found if position is not None)
    seed = None
    if settings.seed is not None:
        sequence = np.random.SeedSequence([settings.seed, checkpoint.leg, chains[0]])
        seed = int(sequence.generate_state(1)[0] >> 2)
    return Leg(
        chains=tuple(chains),
        tune=min(settings.tune, NEW_TUNE) if starts else settings.tune,
        draws=settings.draws - min(done[chain] for chain in chains),
        seed=seed,
        starts=starts,
    )
