"""How probable hypotheses are: in which draws each holds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mixwell.errors import DataError, listed_values
from mixwell.interpret.hypotheses.hypothesis_text import Claim, KnownNames, read_hypothesis
from mixwell.numeric.arrays import BoolArray, FloatArray
from mixwell.package_options import require_memory

#: So many names' draws are held: many hypotheses are about the same few.
_HELD = 100


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The names that hypotheses may use, and a reader of the draws `(sample,)` behind each.

    `shape` is the number of chains and of draws a chain. Ratios and numbers needed to treat are not
    `averaged`: what is made of them has a median, where a mean may be anywhere.
    """

    names: Sequence[str]
    draws: Callable[[str], FloatArray]
    shape: tuple[int, int]
    averaged: bool = True


@dataclass(frozen=True, eq=False)
class Verdicts:
    """Hypotheses by their labels: left side minus right side `(row, sample)`, and probability.

    `claims` are what was read, `held` marks the draws in which each holds. The probability is nan
    for a single value without a region around it, and where values are not known. `ratios` is the
    scale on which the differences are summarized, as for `estimates_of`: those of positive ratios
    and 1 as logarithms of the ratios ("lift"), others that are not linear in the draws, whose mean
    may lie outside of any interval, by their median (""), and linear ones as any estimates (None).
    """

    labels: tuple[str, ...]
    differences: FloatArray
    probability: FloatArray
    claims: tuple[Claim, ...]
    held: tuple[BoolArray | None, ...]
    ratios: str | None = None

    @property
    def ordered(self) -> bool:
        """Whether one of them is an order of several."""
        return any(claim.is_order for claim in self.claims)


def weigh_hypotheses(
    hypotheses: object, known: Vocabulary, region: tuple[float, float] | None
) -> Verdicts:
    """Read hypotheses and count the draws in which they hold; `region` is what counts as 0.

    Raises `DataError` for what is no text, `FormulaError` for a text that cannot be read.
    """
    texts, size = _texts(hypotheses), known.shape[0] * known.shape[1]
    require_memory(
        float(len(texts)) * size,
        f"{size:,} draws of {len(texts):,} hypotheses",
        hint="Give fewer at a time.",
    )
    names = KnownNames(known.names)
    claims = [read_hypothesis(text, names) for text in texts]
    draws = lru_cache(maxsize=_HELD)(known.draws)
    values = np.empty((len(claims), size))
    for row, claim in enumerate(claims):
        values[row] = claim.difference(draws)
    held = tuple(holds(c.relation, v, region) for c, v in zip(claims, values, strict=True))
    labels = list(hypotheses) if isinstance(hypotheses, Mapping) else [c.text for c in claims]
    chance = np.array([np.nan if h is None else h.mean() for h in held])
    scale = _scale_of(claims, values, averaged=known.averaged)
    return Verdicts(tuple(labels), values, chance, tuple(claims), held, scale)


def _scale_of(claims: Sequence[Claim], values: FloatArray, *, averaged: bool) -> str | None:
    if averaged and all(claim.linear for claim in claims):
        return None
    return "lift" if all(claim.of_one for claim in claims) and (values > -1).all() else ""


def _texts(hypotheses: object) -> list[object]:
    texts = listed_values(hypotheses.values() if isinstance(hypotheses, Mapping) else hypotheses)
    if not texts:
        raise DataError("There is no hypothesis in the list.", hint='For example "Days > 0".')
    return texts


def holds(
    relation: str, values: FloatArray, region: tuple[float, float] | None
) -> BoolArray | None:
    """Return in which draws a relation to 0 holds.

    None for a point without a region, and where some values are not known: what they are about is
    not estimable, or has no value in some draws.
    """
    if np.isnan(values).any():
        return None
    match relation:
        case ">" | ">=":
            return values > 0
        case "<" | "<=":
            return values < 0
    if region is None:
        return None
    inside = (values >= region[0]) & (values <= region[1])
    return inside if relation == "=" else ~inside
