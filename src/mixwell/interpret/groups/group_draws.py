"""Deviations of the groups of rows in every draw: of known levels their own, of others drawn."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from mixwell.design import GroupBlock, Predictor
from mixwell.interpret.groups.treatments import Treatments
from mixwell.numeric.arrays import BoolArray, FloatArray, IntArray
from mixwell.posterior.linear_predictor import LevelDraws
from mixwell.posterior.posterior import Posterior
from mixwell.posterior.row_predictors import RowLevels

__all__ = ["GroupDraws", "PlacedLevels", "group_draws"]

#: Draws of new levels of up to so many numbers (32 MB) are kept for rows that share them.
_KEPT = 4_000_000


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
    `open`; of one that is completed they are at 0, to be averaged over. With `one_new` all rows are
    of one level of each factor that is treated as new. The draws of a new level depend on `entropy`
    and its label alone: it is the same level wherever it is met.
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

    @property
    def read(self) -> tuple[str, ...]:
        """The factors whose effects' columns are read: treated ones, and those integrated over."""
        return self.treatments.read

    @property
    def scattered(self) -> tuple[str, ...]:
        """The factors over whose deviations the means of some rows are averaged."""
        return self.treatments.scattered

    def scattering(
        self, predictor: Predictor, effects: Mapping[str, FloatArray], rows: slice = slice(None)
    ) -> dict[str, FloatArray]:
        """Return the columns of effects whose deviations are averaged over: 0 in other rows.

        `effects` are those of the rows of an evaluated predictor, by factor.
        """
        found = {name: effects[name] for name in self.integrated if name in effects}
        completed = self.treatments.having("completed")
        for block in (each for each in predictor.blocks if each.factor in completed):
            new = block.index[rows] >= block.n_levels
            found[block.factor] = np.where(new[:, None], effects[block.factor], 0.0)
        return found

    @property
    def integrated(self) -> tuple[str, ...]:
        """The factors over whose deviations means are averaged."""
        return self.treatments.integrated

    def of_one_new_level(self, parameter: str = "mean") -> LevelDraws:
        """Return the deviations of one level of each factor that is treated as new."""
        own = [found.factor for found in self.posterior.spec.layout.of(parameter)]
        factors = [factor for factor in self.treatments.having("new") if factor in own]
        return {factor: self._new(factor, ("",), parameter) for factor in factors}

    def of_rows(self, predictors: Mapping[str, Predictor]) -> Callable[[str, slice], RowLevels]:
        """Return what gives stretches of the rows of evaluated predictors their levels' draws."""

        def levels(parameter: str, rows: slice) -> RowLevels:
            found = self.place(predictors[parameter], parameter, rows)
            return found.draws, found.index

        return levels

    def place(
        self, predictor: Predictor, parameter: str = "mean", rows: slice = slice(None)
    ) -> PlacedLevels:
        """Place rows of an evaluated predictor among the draws of their levels."""
        draws: dict[str, FloatArray] = {}
        index: dict[str, IntArray] = {}
        known = np.ones(len(predictor.fixed.index[rows]), dtype=bool)
        blocks = {block.factor: block for block in predictor.blocks}
        for factor in (name for name in self.treated if name in blocks):
            block = blocks[factor]
            draws[factor], place = self._placed(block, parameter, rows)
            inside = place < draws[factor].shape[1]
            index[factor] = np.where(inside, place, 0)
            known &= inside
        return PlacedLevels(draws, index, known)

    def _placed(
        self, block: GroupBlock, parameter: str, rows: slice
    ) -> tuple[FloatArray, IntArray]:
        """Return draws of the rows' levels of a factor, and each row's place among them."""
        factor, labels, index = block.factor, (*block.levels, *block.new_levels), block.index[rows]
        new = factor in self.treatments.having("new")
        if new and self.one_new:
            return self._new(factor, ("",), parameter), np.zeros(len(index), dtype=np.int64)
        if new and len(index) < len(block.index) and self._few(len(labels)):
            return self._new(factor, labels, parameter), index  # kept for the other rows
        used, place = np.unique(index, return_inverse=True)
        if new:
            return self._new(factor, [labels[i] for i in used], parameter), place
        unseen = [labels[i] for i in used if i >= block.n_levels]
        seen = self.posterior.some_levels(factor, parameter, used[used < block.n_levels])
        if seen is not None and (not unseen or factor not in self.open):
            return seen, place
        if seen is None:
            existing = self._existing(factor, parameter)
            if not unseen or factor not in self.open:
                return existing, index
            seen = existing[:, used[used < block.n_levels]]
        if factor in self.treatments.having("completed"):
            others = np.zeros((len(seen), len(unseen), seen.shape[2]))
        else:
            others = self._new(factor, unseen, parameter)
        return np.concatenate([seen, others], axis=1), place

    def _few(self, levels: int) -> bool:
        return levels * self.posterior.samples <= _KEPT

    def _existing(self, factor: str, parameter: str) -> FloatArray:
        key = (factor, parameter)
        if key not in self._kept:
            for name, values in self.posterior.existing_levels(parameter).items():
                self._kept[(name, parameter)] = values
        return self._kept[key]

    def _new(self, factor: str, labels: Sequence[str], parameter: str) -> FloatArray:
        key = (factor, parameter, *labels)
        if key in self._kept:
            return self._kept[key]
        drawn = self.posterior.new_levels(factor, labels, self.entropy)[parameter]
        if self._few(len(labels)):
            self._kept[key] = drawn
        return drawn


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
