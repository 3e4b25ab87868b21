"""The direct engine: chains from the reference, judged, and under the names of the posterior."""

import threading
import time
from dataclasses import dataclass

import numpy as np
import xarray as xr
from threadpoolctl import threadpool_limits

from mixwell.errors import SamplingError, warn
from mixwell.infer.declined import Declined
from mixwell.infer.direct.chain import Chain
from mixwell.infer.direct.labeled import labeled_draws
from mixwell.infer.direct.peak import Peak, find_peak
from mixwell.infer.direct.target import build_target
from mixwell.infer.settings import Settings
from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.chains import ess_bulk, rhat
from mixwell.posterior.made import Made
from mixwell.progress import Progress
from mixwell.specify.spec import Spec
from mixwell.threads import in_threads

__all__ = ["sample_directly"]

#: Iterations before draws are kept; the reference is known by then, and only steps are adapted.
WARMUP = 100
#: What chains must reach, and how often they go on for as long again where they do not.
RHAT_MAXIMUM, EFFECTIVE_A_CHAIN, _ROUNDS = 1.01, 100, 4
#: Effects that are judged, next to all coefficients and standard deviations.
_JUDGED = 300


@dataclass(slots=True, eq=False)
class _ChainDraws:
    """The draws of one chain: t (draw, size), x (draw, size), and statistics (draw,) by name."""

    t: FloatArray
    x: FloatArray
    statistics: dict[str, FloatArray]


def sample_directly(
    spec: Spec, settings: Settings, *, insist: bool = False
) -> "tuple[xr.DataTree, Made] | Declined":
    """Draw chains from a posterior; the same seed gives the same draws.

    Chains that have not come together after some rounds are declined with their measures; to
    `insist` is to get them all the same. After an interrupt the draws so far are returned.

    Raises `SamplingError` when there is no draw to return.
    """
    started = time.perf_counter()
    with threadpool_limits(limits=1, user_api="blas"):
        target = build_target(spec)
        peak = find_peak(target)
        if isinstance(peak, Declined):
            return peak
        run = _Run(peak, settings)
        run.draw()
        while not run.interrupted and run.short and run.rounds < _ROUNDS:
            run.draw()
    if run.short and not (run.interrupted or insist):
        worst, least = run.measures
        reason = (
            f"its chains did not come together in {run.rounds * settings.draws:,} draws each "
            f"(R-hat {worst:.2f}, effective sample size {least:,.0f})"
        )
        return Declined(reason, {"rhat": worst, "ess": least})
    kept = run.kept()
    tree = labeled_draws(target, np.stack([d.t for d in kept]), np.stack([d.x for d in kept]))
    tree["sample_stats"] = _statistics(kept)
    made = Made(
        seed=settings.seed,
        sampling_time=time.perf_counter() - started,
        tuning_steps=run.warmup,
        label=f"direct (chains), after {run.warmup} warmup draws a chain"
        + (f", every {run.rounds}th draw kept" if run.rounds > 1 else ""),
    )
    return tree, made


def _statistics(kept: list[_ChainDraws]) -> xr.DataTree:
    from mixwell.posterior.labels import coordinates

    shape = len(kept), len(kept[0].t)
    own = coordinates({"chain": np.arange(shape[0]), "draw": np.arange(shape[1])})
    variables = {
        name: (("chain", "draw"), np.stack([drawn.statistics[name] for drawn in kept]))
        for name in kept[0].statistics
    }
    return xr.DataTree(xr.Dataset(variables, coords=own))


class _Run:
    """Chains side by side, a thread for each processor, round after round."""

    def __init__(self, peak: Peak, settings: Settings) -> None:
        self.settings, self.rounds, self.interrupted = settings, 0, False
        self.warmup = min(int(settings.tune), WARMUP)
        seeds = np.random.SeedSequence(settings.seed).spawn(settings.chains)
        self._chains = [Chain(peak, np.random.default_rng(seed)) for seed in seeds]
        self._draws: list[list[_ChainDraws]] = [[] for _ in self._chains]
        self._stop = threading.Event()
        self._random = peak.reference.target.columns.random

    def draw(self) -> None:
        """Draw a round: as many draws of every chain as were asked for."""
        settings = self.settings
        steps = settings.draws + (self.warmup if self.rounds == 0 else 0)
        try:
            with Progress(
                "Sampling", steps * settings.chains, settings.progressbar, "draws"
            ) as bar:
                self._bar = bar
                in_threads(self._draw_chain, list(range(settings.chains)))
        except KeyboardInterrupt:
            self._stop.set()
            self.interrupted = True
        self.rounds += 1

    def _draw_chain(self, number: int) -> None:
        chain, count = self._chains[number], self.settings.draws
        if self.rounds == 0:
            for _ in range(self.warmup):
                if self._stop.is_set():
                    return
                chain.iterate(self.warmup)
                self._bar.add(1)
        room = np.empty((count, chain.t.size)), np.empty((count, chain.x.size))
        names = ("lp", "acceptance_rate", "step_size", "n_steps", "diverging")
        statistics = {name: np.zeros(count) for name in names}
        made = 0
        while made < count and not self._stop.is_set():
            before = chain.counts.gradients, chain.counts.lost
            acceptance = chain.iterate(self.warmup)
            room[0][made], room[1][made] = chain.t, chain.x
            after = chain.counts.gradients, chain.counts.lost
            values = (chain.log_density, acceptance, chain.step_size)
            moved = after[0] - before[0], after[1] - before[1]
            for name, value in zip(names, (*values, *moved), strict=True):
                statistics[name][made] = value
            made += 1
            self._bar.add(1)
        kept = {name: values[:made] for name, values in statistics.items()}
        self._draws[number].append(_ChainDraws(room[0][:made], room[1][:made], kept))

    @property
    def measures(self) -> tuple[float, float]:
        """The largest R-hat and the least effective number of what is judged."""
        kept = self.kept()
        x = np.stack([drawn.x for drawn in kept])
        chosen = np.linspace(0, self._random - 1, min(self._random, _JUDGED)).astype(int)
        parts = [np.stack([drawn.t for drawn in kept]), x[..., self._random :], x[..., chosen]]
        judged = np.concatenate(parts, axis=2)
        if judged.shape[1] < 4 or judged.shape[2] == 0:
            return 1.0, np.inf
        return float(np.max(rhat(judged))), float(np.min(ess_bulk(judged)))

    @property
    def short(self) -> bool:
        """Whether the chains cannot be relied on yet."""
        worst, least = self.measures
        chains = self.settings.chains
        wanted = min(EFFECTIVE_A_CHAIN * chains, 0.1 * self.settings.draws * chains)
        return not (worst <= RHAT_MAXIMUM and least >= wanted)

    def kept(self) -> list[_ChainDraws]:
        """Return the draws of all chains, equally spaced and as many as were asked for.

        Raises `SamplingError` where there is none.
        """
        whole = [_joined(parts) for parts in self._draws if parts]
        lengths = [len(drawn.t) for drawn in whole]
        if not lengths or len(whole) < len(self._chains) or min(lengths) == 0:
            raise SamplingError("Sampling was interrupted before the first draw after tuning.")
        common, every = min(lengths), max(1, self.rounds)
        asked = self.settings.draws
        if self.interrupted:
            every = max(1, common // asked)
        places = slice(every - 1, common, every)
        found = [
            _ChainDraws(d.t[places], d.x[places], {n: v[places] for n, v in d.statistics.items()})
            for d in whole
        ]
        if len(found[0].t) < asked:
            warn(f"Sampling was interrupted: {len(found[0].t)} of {asked} draws a chain are kept.")
        return found


def _joined(parts: list[_ChainDraws]) -> _ChainDraws:
    if len(parts) == 1:
        return parts[0]
    return _ChainDraws(
        np.concatenate([part.t for part in parts]),
        np.concatenate([part.x for part in parts]),
        {n: np.concatenate([part.statistics[n] for part in parts]) for n in parts[0].statistics},
    )
