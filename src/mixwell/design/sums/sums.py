"""`Sums`: what a gaussian model needs of its rows, as a value to keep, to send and to add up."""

import os
from dataclasses import dataclass

from mixwell.design.sums.combined_sums import combine
from mixwell.design.sums.saved_sums import read_sums, write_sums
from mixwell.design.sums.small_levels import few_rows, merge_small_levels
from mixwell.design.sums.summed_rows import CrossProducts
from mixwell.errors import DataError
from mixwell.public_calls import public, public_methods
from mixwell.text.phrases import and_so_on, listed
from mixwell.text.wrapping import wrapped

__all__ = ["Sums", "combine", "load_reduction"]


@public_methods
@dataclass(frozen=True, eq=False, repr=False)
class Sums(CrossProducts):
    """The cross-products of a model's columns: every number that its gaussian posterior needs.

    They say nothing of a single row but where a level of a grouping factor has one only: its sums
    are that row's values. `print` says how many such levels there are, `save(minimum=)` refuses
    them and `merged` makes one level of them. The least and largest value of each number are kept,
    too, and of those of `Model.reduction` the formula with kinds, levels and ends of the columns
    that it reads, by which they are fitted: `mw.Model(sums.formula, sums)`. Two sums that differ by
    a row give that row away.
    """

    def __add__(self, other: object) -> "Sums":
        """Return the sums of both tables' rows: see `combine`."""
        if not isinstance(other, Sums):
            return NotImplemented
        return combine([self, other])

    def save(self, path: str | os.PathLike[str], *, minimum: int = 1) -> None:
        """Write the sums to a file, which takes the place of the old one when all of it is written.

        Raises `DataError` where a level of a grouping factor has fewer rows than `minimum`, and
        where the system refuses the file.
        """
        write_sums(self, path, minimum=minimum)

    def merged(self, *, minimum: int) -> "Sums":
        """Make one level of all levels of a grouping factor that have fewer rows than `minimum`.

        The model is another one then: these levels share their deviations.
        """
        return merge_small_levels(self, minimum)

    def __repr__(self) -> str:
        """Say what rows, columns and levels were summed, and what that gives away."""
        weighted = ", weighted" if self.weighted else ""
        lines = [f"Sums of {_counted(self.n, 'row')}{weighted}: {and_so_on(self.names[1:])}"]
        for block, grouping in zip(self.blocks, self.columns.groupings, strict=True):
            effects = ", ".join(self.names[j] for j in grouping.effects)
            lines.append(f"  {len(block.levels):,} levels of {block.factor}: {effects}")
        return "\n".join([*lines, *wrapped(self.reveals), *wrapped(self._kept)])

    @property
    def _kept(self) -> str:
        """What is kept of the data for fits without rows, nothing where they were not asked for."""
        if self.source is None:
            return ""
        names = listed([column.name for column in self.source.columns])
        return f"Kept for fits without rows: the formula, the ends and the levels of {names}."

    @property
    def formula(self) -> str:
        """The formula that they were made with; raises `DataError` where it is not known."""
        if self.source is None:
            raise DataError(
                "The sums do not say which formula they were made with.",
                hint="Make them with model.reduction().",
            )
        return self.source.formula

    @property
    def reveals(self) -> str:
        """What the sums give away of single rows, in a sentence or two."""
        single = [(block.factor, few_rows(block, 2)) for block in self.blocks]
        said = [f"{_counted(few, 'level')} of {factor}" for factor, few in single if few]
        if not said:
            return "No level has one row only, whose values its sums would be."
        verb = "has" if sum(few for _, few in single) == 1 else "have"
        return (
            f"{and_so_on(said)} {verb} one row only, and its sums are that row's values: "
            "save(path, minimum=5) refuses such levels, merged(minimum=5) makes one of them."
        )


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + "s" * (count != 1)


@public
def load_reduction(path: str | os.PathLike[str]) -> Sums:
    """Read sums that `Sums.save` wrote.

    Raises `DataError` for a file that is not there, is none of these, is damaged, or was written by
    a later version.

    >>> load_reduction("nowhere.sums")
    Traceback (most recent call last):
    mixwell.errors.DataError: "nowhere.sums" cannot be read: there is no such file.
    ...
    """
    return read_sums(path, Sums)
