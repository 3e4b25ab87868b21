"""The direct engine: chains from the reference, judged, and under the names of the posterior."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from mixwell.errors import SamplingError, warn
from mixwell.infer.declined import Declined
from mixwell.infer.direct.chain import Chain
from mixwell.infer.direct.labeled import labeled_draws
from mixwell.infer.direct.linear.linear_chain import LinearChain
from mixwell.infer.direct.linear.linear_target import build_linear_target, is_linear
from mixwell.infer.direct.peak import find_peak
from mixwell.infer.direct.rounds.chain_record import STATISTICS, DirectChain
from mixwell.infer.direct.rounds.flat_tails import refuse_flat_tails
from mixwell.infer.direct.rounds.rounds import Measures, Rounds
from mixwell.infer.direct.settled.settled_chain import SettledChain, is_dear
from mixwell.infer.direct.target import Target, build_target
from mixwell.infer.settings import Settings
from mixwell.infer.stretches import Checkpoint
from mixwell.infer.until import drawing
from mixwell.package_options import options, require_memory
from mixwell.posterior.labels import coordinates
from mixwell.posterior.made import Made
from mixwell.posterior.screened import note_screened
from mixwell.progress import Progress
from mixwell.specify.spec import Spec
from mixwell.threads import one_blas_thread

__all__ = ["sample_directly"]

type Begin = Callable[[np.random.Generator], DirectChain]

#: Draws of effects up to this many numbers are held in memory, where that is allowed: 100 MB, and
#: as much again while they are put under their names.
HELD = 12_500_000
_TYPES: dict[str, type] = {"n_steps": np.int64, "diverging": np.bool_}
_NONE = "Sampling was {} before the first draw after tuning."


def sample_directly(
    spec: Spec, settings: Settings, checkpoint: Checkpoint | None = None, *, insist: bool = False
) -> "tuple[xr.DataTree, Made] | Declined":
    """Draw chains from a posterior; the same seed gives the same draws.

    Chains that cannot be relied on are declined with their measures; to `insist` is to get them all
    the same. After an interrupt, or when `max_time` is over, the draws so far are returned with a
    `MixwellWarning`. With a `checkpoint` draws are kept while chains run, and its own gone on with.

    Raises `SamplingError` when there is no draw to return and for a posterior that is no
    distribution, and `DataError` where draws would take
    more than `mixwell.options.memory`.
    """
    effects = _require_memory(spec, settings)
    stored = effects > min(HELD, options.memory / 16)
    with one_blas_thread(), drawing(settings.max_time) as until:
        target, begin = _start(spec, settings)
        if isinstance(begin, Declined):
            return begin
        until.held.begin()
        rounds = Rounds(target, begin, settings, checkpoint, until, stored=stored)
        declined = rounds.draw(insist=insist)
        measures = rounds.measures() if rounds.length else None
        if declined is not None and not (insist and measures):
            return declined
        until.heed()
        ended = _ended(rounds, settings, checkpoint, measures)
        tree, made = _tree(rounds, settings), _made(rounds, settings, checkpoint, ended)
        del rounds  # the tree has its own copy of draws in memory
        note_screened(tree["posterior"].dataset)
        until.say_unheeded()
    return tree, made


def _made(rounds: Rounds, settings: Settings, checkpoint: Checkpoint | None, ended: str) -> Made:
    resumed = checkpoint.gone_on(settings.chains) if checkpoint else None
    return Made(
        seed=settings.seed,
        sampling_time=rounds.until.seconds + (checkpoint.seconds if checkpoint else 0.0),
        tuning_steps=rounds.warmup,
        resumed=resumed,
        label=f"direct (chains), after {rounds.warmup} warmup draws a chain"
        + (f", one in {rounds.every} draws kept" if rounds.every > 1 else "")
        + (f", resumed {resumed}" if resumed else "")
        + ended,
    )


def _start(spec: Spec, settings: Settings) -> tuple[Target, Begin | Declined]:
    """Make ready what is drawn from; returns with it how a chain begins.

    A search for the mode that proves long says at which step it is.
    """
    try:
        with Progress("Seeking the mode", None, settings.progressbar, "step") as line:
            target = build_target(spec)
            refuse_flat_tails(target)
            if is_linear(spec):
                return target, partial(LinearChain, build_linear_target(target))
            peak = find_peak(target, partial(line.add, 1))
            if isinstance(peak, Declined):
                return target, peak
            return target, partial(SettledChain if is_dear(target) else Chain, peak)
    except KeyboardInterrupt:
        raise SamplingError(
            "Sampling was interrupted before the first draw, while its start was sought."
        ) from None


def _require_memory(spec: Spec, settings: Settings) -> float:
    """Refuse draws of parameters that memory cannot hold; returns the numbers of all deviations."""
    layout, draws = spec.layout, settings.draws * settings.chains
    pairs = sum(len(matrix.labels) ** 2 for matrix in layout.correlations)
    numbers = pairs + len(spec.priors) + len(STATISTICS)
    require_memory(
        2.0 * draws * numbers,
        f"{draws:,} draws of {numbers:,} parameters",
        where="draws",
        hint="Ask for fewer draws or chains.",
    )
    return float(draws) * sum(len(f.levels) * len(f.effects) for f in layout.factors)


def _ended(
    rounds: Rounds, settings: Settings, checkpoint: Checkpoint | None, measures: Measures | None
) -> str:
    """Warn of what ended chains before they could be relied on; returns it as a part of a label."""
    until = rounds.until
    word = "interrupted" if until.interrupted else "stopped"
    if measures is None:
        hint = "Give it more time: a larger max_time." if until.late else None
        raise SamplingError(_NONE.format(word), hint=hint)
    early, short = until.early, rounds.short(measures)
    if checkpoint is not None:
        checkpoint.interrupted = early
    if early:
        after = " when max_time was over" if until.late else ""
        n, asked = rounds.length, settings.draws
        warn(
            f"Sampling was {word}{after}: {n} of {asked} draws a chain are kept"
            + (f", which cannot be relied on yet ({measures})." if short else ".")
        )
        return f", {word}{after}"
    if short and settings.min_ess is not None:
        warn(f"min_ess={settings.min_ess:g} was not reached ({measures}).")
    return ""


def _tree(rounds: Rounds, settings: Settings) -> xr.DataTree:
    records, n = rounds.records, rounds.length
    # chains that were ended early have as many draws as the shortest
    draws = slice(0, n if settings.min_ess is not None else min(n, settings.draws))
    target = records[0].chain.target
    t, coefficients, statistics = (
        np.stack([getattr(record, name)[draws] for record in records])
        for name in ("t", "coefficients", "statistics")
    )
    effects = [record.effects for record in records]
    tree = labeled_draws(target, t, coefficients, effects, draws)
    own = {"chain": np.arange(len(records)), "draw": np.arange(draws.stop)}
    variables: dict[str, Any] = {
        name: (("chain", "draw"), statistics[..., k].astype(_TYPES.get(name, np.float64)))
        for k, name in enumerate(STATISTICS)
    }
    tree["sample_stats"] = xr.DataTree(xr.Dataset(variables, coords=coordinates(own)))
    return tree
