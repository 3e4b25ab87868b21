"""Deviations of the groups of rows in every draw: of known levels their own, of others drawn."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from mixwell.design import GroupBlock, Predictor
from mixwell.interpret.groups.treatments import Treatments
from mixwell.numeric.arrays import BoolArray, FloatArray, IntArray
from mixwell.posterior.linear_predictor import LevelDraws
from mixwell.posterior.posterior import Posterior

__all__ = ["GroupDraws", "PlacedLevels", "group_draws"]


@dataclass(frozen=True, eq=False)
class PlacedLevels:
    """Draws by factor, each row's place in them, and the rows all of whose levels have draws."""

    draws: LevelDraws
    index: Mapping[str, IntArray]
    known: BoolArray


@dataclass(frozen=True, eq=False)
class GroupDraws:
    """The deviations of groups in every draw, by each grouping factor's treatment.

    Of a factor that is treated as mixed, levels that the data did not have are drawn where it is
    `open`. With `one_new` all rows are of one level of each factor that is treated as new. The
    draws of a new level depend on `entropy` and its label alone: it is the same level wherever it
    is met.
    """

    posterior: Posterior
    treatments: Treatments
    entropy: int
    open: Collection[str] = ()
    one_new: bool = False
    _kept: dict[object, FloatArray] = field(default_factory=dict, repr=False)

    @property
    def treated(self) -> tuple[str, ...]:
        """The factors whose deviations take part."""
        return self.treatments.treated

    def of_one_new_level(self, parameter: str = "mean") -> LevelDraws:
        """Return the deviations of one level of each factor that is treated as new."""
        own = [found.factor for found in self.posterior.spec.layout.of(parameter)]
        factors = [factor for factor in self.treatments.having("new") if factor in own]
        return {factor: self._new(factor, ("",), parameter) for factor in factors}

    def place(self, predictor: Predictor, parameter: str = "mean") -> PlacedLevels:
        """Place the rows of an evaluated predictor among the draws of their levels."""
        draws: dict[str, FloatArray] = {}
        index: dict[str, IntArray] = {}
        known = np.ones(len(predictor.fixed.index), dtype=bool)
        blocks = {block.factor: block for block in predictor.blocks}
        for factor in (name for name in self.treated if name in blocks):
            block = blocks[factor]
            draws[factor], place = self._placed(block, parameter)
            inside = place < draws[factor].shape[1]
            index[factor] = np.where(inside, place, 0)
            known &= inside
        return PlacedLevels(draws, index, known)

    def _placed(self, block: GroupBlock, parameter: str) -> tuple[FloatArray, IntArray]:
        """Return draws of the rows' levels of a factor, and each row's place among them."""
        factor, labels = block.factor, (*block.levels, *block.new_levels)
        new = factor in self.treatments.having("new")
        if new and self.one_new:
            return self._new(factor, ("",), parameter), np.zeros(len(block.index), dtype=np.int64)
        used, place = np.unique(block.index, return_inverse=True)
        if new:
            return self._new(factor, [labels[i] for i in used], parameter), place
        existing = self._existing(factor, parameter)
        unseen = [labels[i] for i in used if i >= block.n_levels]
        if not unseen or factor not in self.open:
            return existing, block.index
        seen = existing[:, used[used < block.n_levels]]
        return np.concatenate([seen, self._new(factor, unseen, parameter)], axis=1), place

    def _existing(self, factor: str, parameter: str) -> FloatArray:
        key = (factor, parameter)
        if key not in self._kept:
            for name, values in self.posterior.existing_levels(parameter).items():
                self._kept[(name, parameter)] = values
        return self._kept[key]

    def _new(self, factor: str, labels: Sequence[str], parameter: str) -> FloatArray:
        key = (factor, parameter, *labels)
        if key not in self._kept:
            self._kept[key] = self.posterior.new_levels(factor, labels, self.entropy)[parameter]
        return self._kept[key]


def group_draws(
    posterior: Posterior,
    treatments: Treatments,
    seed: int | None,
    *,
    open: Collection[str] = (),
    one_new: bool = False,
) -> GroupDraws:
    """Return the deviations of groups, new ones drawn with a seed; see `GroupDraws`."""
    entropy = np.random.SeedSequence().entropy if seed is None else seed
    assert isinstance(entropy, int)
    return GroupDraws(posterior, treatments, entropy, open, one_new)
