"""Stretches of chains: draws as they are kept while chains run, and joined when they have ended."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import xarray as xr

from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.chains import ess_bulk
from mixwell.posterior.labels import coordinates, posterior_labels
from mixwell.specify.spec import Spec

__all__ = ["STATISTICS", "ChainStretch", "Checkpoint", "join", "least_effective"]

#: Names of nutpie and PyMC for the statistics that are kept, and ArviZ's names for them.
STATISTICS = {
    "diverging": "diverging",
    "energy": "energy",
    "depth": "tree_depth",
    "tree_depth": "tree_depth",
    "maxdepth_reached": "reached_max_treedepth",
    "reached_max_treedepth": "reached_max_treedepth",
    "mean_tree_accept": "acceptance_rate",
    "acceptance_rate": "acceptance_rate",
    "step_size": "step_size",
    "tree_size": "n_steps",
    "n_steps": "n_steps",
    "model_logp": "lp",
    "logp": "lp",
    "lp": "lp",
}
#: Elements of a variable that are judged, and draws that can be.
_JUDGED, _FEWEST = 300, 4


@dataclass(frozen=True, slots=True, eq=False)
class ChainStretch:
    """Consecutive draws of one chain after its warm-up, with their statistics.

    Both datasets have the dim `draw` first. `position` are the unconstrained coordinates of the
    last draw, from which the chain can go on; `first` counts the draws before it in the same leg.
    """

    chain: int
    draws: xr.Dataset
    statistics: xr.Dataset
    position: FloatArray
    first: int = 0

    def __len__(self) -> int:
        """Return the number of draws."""
        return int(self.draws.sizes["draw"])

    def after(self, count: int) -> "ChainStretch":
        """Return the stretch without its first draws."""
        later = slice(count, None)
        draws, statistics = self.draws.isel(draw=later), self.statistics.isel(draw=later)
        return replace(self, draws=draws, statistics=statistics, first=self.first + count)


@dataclass(slots=True, eq=False)
class Checkpoint:
    """Where draws are kept while chains run.

    `write` takes stretches with notes on them, and says whether they are safe now. `earlier` are
    those of a run that is gone on with, `leg` how often it was begun before, and `seconds` how long
    it took. `engine` draws, for that `reason`; `interrupted` is set when a run ends before its
    time.
    """

    write: Callable[[Sequence[ChainStretch], Mapping[str, object]], bool]
    earlier: Sequence[ChainStretch] = ()
    leg: int = 0
    seconds: float = 0.0
    engine: str = ""
    reason: str = ""
    interrupted: bool = field(default=False, init=False)

    def begin(self, engine: str, reason: str) -> None:
        """Note which engine draws from now on; it does not go on with another one's draws."""
        if engine != self.engine:
            self.earlier = ()
        self.engine, self.reason = engine, reason

    def keep(self, stretches: Sequence[ChainStretch], seconds: float) -> bool:
        """Write stretches, so many seconds after sampling began; False where that failed."""
        notes = {"leg": self.leg, "seconds": seconds, "drawn": [self.engine, self.reason]}
        return self.write(stretches, notes)

    def lengths(self, chains: int) -> list[int]:
        """Return how many draws each chain has from before."""
        found = [0] * chains
        for stretch in self.earlier:
            found[stretch.chain] += len(stretch)
        return found

    def gone_on(self, chains: int) -> str | None:
        """Say after how many draws chains go on; None where there are none from before."""
        done = self.lengths(chains)
        if not any(done):
            return None
        counts = str(min(done)) if min(done) == max(done) else f"{min(done)} to {max(done)}"
        return f"after {counts} draws a chain"

    def position(self, chain: int) -> FloatArray | None:
        """Return where a chain ended, None for one that has no draws yet."""
        found = [stretch.position for stretch in self.earlier if stretch.chain == chain]
        return found[-1] if found else None


def join(stretches: Sequence[ChainStretch], chains: int, draws: int, spec: Spec) -> xr.DataTree:
    """Return chains of at most so many draws as a tree of `posterior` and `sample_stats`.

    Shorter chains end in gaps (nan, zeros), as those of an interrupted sampler do.
    """
    tree = {"posterior": xr.Dataset(), "sample_stats": xr.Dataset()}
    if stretches:
        tree = {
            "posterior": _joined([(s.chain, s.draws) for s in stretches], chains, draws),
            "sample_stats": _joined([(s.chain, s.statistics) for s in stretches], chains, draws),
        }
    labels = posterior_labels(spec)
    known = {dim: labels[str(dim)] for dim in tree["posterior"].dims if dim in labels}
    tree["posterior"] = tree["posterior"].assign_coords(coordinates(known))
    return xr.DataTree.from_dict(tree)


def least_effective(stretches: Sequence[ChainStretch], chains: int) -> float:
    """Return the least bulk effective number of all parameters and some of many deviations."""
    least = np.inf
    for name in stretches[0].draws.data_vars:
        by_chain = [
            np.concatenate([s.draws[name].values for s in stretches if s.chain == chain])
            for chain in range(chains)
        ]
        n = min(map(len, by_chain))
        values = np.stack([own[:n].reshape(n, -1) for own in by_chain])
        count = values.shape[2]
        values = values[:, :, np.unique(np.linspace(0, count - 1, min(count, _JUDGED)).astype(int))]
        values = values[:, :, np.ptp(values, axis=(0, 1)) > 0]  # not the ones of correlations
        if n >= _FEWEST and values.shape[2]:
            least = min(least, float(ess_bulk(values).min()))
    return least


def _joined(parts: Iterable[tuple[int, xr.Dataset]], chains: int, draws: int) -> xr.Dataset:
    """Put the parts of each chain one after the other."""
    listed, lengths = list(parts), [0] * chains
    for chain, part in listed:
        lengths[chain] += int(part.sizes["draw"])
    longest = min(max(lengths), draws)
    made = {}
    for name, like in listed[0][1].variables.items():
        empty = np.nan if like.dtype.kind == "f" else 0
        values = np.full((chains, longest, *like.shape[1:]), empty, dtype=like.dtype)
        at = [0] * chains
        for chain, part in listed:
            new = part.variables[name].values[: longest - at[chain]]
            values[chain, at[chain] : at[chain] + len(new)] = new
            at[chain] += len(new)
        made[name] = (("chain", *like.dims), values)
    numbers = {"chain": np.arange(chains), "draw": np.arange(longest)}
    return xr.Dataset(made, coords=coordinates(numbers))
