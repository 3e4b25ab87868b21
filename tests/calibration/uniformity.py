"""Are ranks uniform? Two tests of each quantity, and the number of departures in a table of them.

Ranks 0 to `kept` of the truth among `kept` draws are equally likely if and only if the draws are
from the posterior. The histogram's chi-square sees draws that are too wide or too narrow; the
envelope around the cumulative distribution sees all of it at once, a shift above all. Sources:
Talts, Betancourt, Simpson and Vehtari 2018; Säilynoja, Bürkner and Vehtari 2022.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import special, stats

BINS = 10
#: The probability of a departure in one test, and of a false alarm of a whole table.
LEVEL, FALSE_ALARM = 0.01, 0.01
SIMULATIONS, SHIFTS = 100_000, 1_000

#: Ranks of each quantity of one cell, in the order of the replications.
type Ranks = Mapping[str, Sequence[int]]


def histogram_probabilities(ranks: np.ndarray, kept: int) -> np.ndarray:
    """Return the chi-square test's probability for each row of ranks, (tests, replications)."""
    bins = np.minimum(ranks * BINS // (kept + 1), BINS - 1)
    counts = _counts(bins, BINS)
    expected = ranks.shape[1] * _counts(np.arange(kept + 1)[None] * BINS // (kept + 1), BINS)
    expected = expected / (kept + 1)
    return special.chdtrc(BINS - 1, ((counts - expected) ** 2 / expected).sum(axis=1))


def envelope_probabilities(ranks: np.ndarray, kept: int) -> np.ndarray:
    """Return how probable it is that uniform ranks leave a narrower envelope than each row does."""
    known = _null_coverages(ranks.shape[1], kept)
    below = np.searchsorted(known, _coverages(ranks, kept), side="right")
    return (1 + below) / (1 + len(known))


def _coverages(ranks: np.ndarray, kept: int) -> np.ndarray:
    """Return the smallest pointwise tail probability of each row's cumulative distribution."""
    reached = np.cumsum(_counts(ranks, kept + 1), axis=1)[:, :-1]
    return _tails(ranks.shape[1], kept)[reached, np.arange(kept)].min(axis=1)


@cache
def _tails(replications: int, kept: int) -> np.ndarray:
    """Return the two-sided probability of each count below each rank, (replications + 1, kept)."""
    counts = np.arange(replications + 1)[:, None]
    chances = np.arange(1, kept + 1) / (kept + 1)
    law = stats.binom(replications, chances)
    return 2 * np.minimum(law.cdf(counts), law.sf(counts - 1))


@cache
def _null_coverages(replications: int, kept: int) -> np.ndarray:
    """Simulate what `_coverages` is for uniform ranks, in order."""
    rng = np.random.default_rng(1)
    found = [
        _coverages(rng.integers(0, kept + 1, (SIMULATIONS // 100, replications)), kept)
        for _ in range(100)
    ]
    return np.sort(np.concatenate(found))


def _counts(values: np.ndarray, size: int) -> np.ndarray:
    """Count the values 0 to size - 1 in each row."""
    placed = values + size * np.arange(len(values))[:, None]
    return np.bincount(placed.ravel(), minlength=size * len(values)).reshape(len(values), size)


def coverage(ranks: np.ndarray, kept: int, share: float) -> np.ndarray:
    """Return how often central intervals of that share of the draws hold the truth, (tests,)."""
    below = round((1 - share) / 2 * (kept + 1))
    return ((ranks >= below) & (ranks <= kept - below)).mean(axis=1)


def coverage_probabilities(ranks: np.ndarray, kept: int, share: float) -> np.ndarray:
    """Return the binomial test's probability of each row's `coverage`, (tests,)."""
    n = ranks.shape[1]
    held = np.rint(n * coverage(ranks, kept, share)).astype(int)
    return np.array([stats.binomtest(int(k), n, share).pvalue for k in held])


def probabilities(ranks: np.ndarray, kept: int) -> np.ndarray:
    """Return both tests' probabilities, (tests, 2): histogram and envelope."""
    return np.stack(
        [histogram_probabilities(ranks, kept), envelope_probabilities(ranks, kept)], axis=1
    )


@dataclass(frozen=True)
class Verdict:
    """What the tests of a table say: departures at 1%, and what uniform ranks would give.

    `smallest` is the smallest probability times the number of tests, `least` what uniform ranks
    reach in all but half of the false alarms; `allowed` is the number of departures that they
    exceed in the other half.
    """

    tests: int
    seen: int
    expected: float
    allowed: int
    smallest: float
    least: float

    @property
    def calibrated(self) -> bool:
        """Whether neither the number of departures nor the largest is out of the ordinary."""
        return self.seen <= self.allowed and self.smallest >= self.least


def judge(cells: Sequence[Ranks], kept: int, false_alarm: float = FALSE_ALARM) -> Verdict:
    """Judge the ranks of a table of cells, right ones as wrong with a probability of at most that.

    Quantities of one replication depend on each other, and so do their tests. What uniform ranks
    would give is therefore found by shifting all ranks of a replication around the circle of ranks
    by one random number: each is uniform then, and their dependence is kept.
    """
    arrays = [np.array(list(ranks.values()), dtype=int) for ranks in cells]
    found = np.concatenate([probabilities(array, kept) for array in arrays])
    rng, shifted = np.random.default_rng(2), np.zeros(SHIFTS, dtype=int)
    for array in arrays:
        replications = array.shape[1]
        moves = rng.integers(0, kept + 1, (SHIFTS, 1, replications))
        moved = ((array + moves) % (kept + 1)).reshape(-1, replications)
        departed = probabilities(moved, kept) < LEVEL
        shifted += departed.reshape(SHIFTS, -1).sum(axis=1)
    return Verdict(
        tests=found.size,
        seen=int((found < LEVEL).sum()),
        expected=LEVEL * found.size,
        allowed=int(np.quantile(shifted, 1 - false_alarm / 2, method="higher")),
        smallest=min(1.0, float(found.min()) * found.size),
        least=false_alarm / 2,
    )
