"""What sums keep of the data that they are of, so that a model can be made of them alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

__all__ = ["SourceColumn", "SummedSource", "united_levels"]


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """A column that the formula reads: a "number", "whole", "truth" or "text".

    `values` are the least and the largest number, or all of them where levels are made of numbers
    (`listed`); of texts the levels, `ordered` where their type says that the order means something,
    and none where they only group rows: sums have those. Of numbers that are no term of the formula
    the `mean`, and the mean square `central` around it, are known.
    """

    name: str
    kind: str
    values: tuple[float | str, ...] = ()
    listed: bool = False
    ordered: bool = False
    mean: float | None = None
    central: float | None = None

    def read(self, labels: Sequence[str]) -> list[float | str]:
        """Return the values that labels of levels stand for in this column.

        >>> SourceColumn("id", "whole").read(["9", "10"])
        [9, 10]
        """
        if self.kind == "text":
            return list(labels)
        kind = int if self.kind == "whole" else float  # long ids have no double
        return [kind(label) for label in labels]

    def as_texts(self) -> "SourceColumn":
        """Return the column as texts that only group rows: a name of merged levels is no number."""
        return SourceColumn(self.name, "text")

    def joined(self, other: "SourceColumn", rows: int, others: int) -> "SourceColumn":
        """Return the column of both tables' rows, so many of each.

        Where levels of one were merged, they are texts in both, which sums have.
        """
        if "text" in (self.kind, other.kind) and self.kind != other.kind:
            return self.as_texts()
        if self.kind == "text":
            levels = united_levels([*map(str, self.values)], [*map(str, other.values)])
            return replace(self, values=levels)
        numbers = sorted({float(value) for value in (*self.values, *other.values)})
        listed = self.listed or other.listed
        ends = numbers if listed or len(numbers) < 2 else [numbers[0], numbers[-1]]
        kind = self.kind if self.kind == other.kind else "number"
        made = replace(self, kind=kind, values=tuple(ends), listed=listed)
        if None in (self.mean, self.central, other.mean, other.central):
            return replace(made, mean=None, central=None)
        share, away = others / (rows + others), float(other.mean or 0) - float(self.mean or 0)
        mean = float(self.mean or 0) + share * away
        within = (1 - share) * float(self.central or 0) + share * float(other.central or 0)
        return replace(made, mean=mean, central=within + share * (1 - share) * away**2)


@dataclass(frozen=True, slots=True)
class SummedSource:
    """The `formula` of which columns were summed, and the columns of the data that it reads."""

    formula: str
    columns: tuple[SourceColumn, ...]

    def joined(self, other: "SummedSource", rows: int, others: int) -> "SummedSource":
        """Return what sums of both tables' rows keep, so many of each."""
        theirs = {column.name: column for column in other.columns}
        columns = (
            own.joined(theirs[own.name], rows, others) if own.name in theirs else own
            for own in self.columns
        )
        return replace(self, columns=tuple(columns))


def united_levels(one: Sequence[str], two: Sequence[str]) -> tuple[str, ...]:
    """Return all levels: sorted as numbers or as texts where both are, else new ones behind.

    Levels of a nested factor are sorted part by part.

    >>> united_levels(["2", "10"], ["9", "10"]), united_levels(["b", "a"], ["c"])
    (('2', '9', '10'), ('b', 'a', 'c'))
    >>> united_levels(["s1:9", "s1:10"], ["s0:11"])
    ('s0:11', 's1:9', 's1:10')
    """
    every = list(dict.fromkeys([*one, *two]))
    parts = [level.split(":") for level in every]
    if len({len(each) for each in parts}) != 1:
        return tuple(every)
    columns = [_keys(column) for column in zip(*parts, strict=True)]
    keys = dict(zip(every, zip(*columns, strict=True), strict=True))
    if any(list(own) != sorted(own, key=keys.__getitem__) for own in (one, two)):
        return tuple(every)
    return tuple(sorted(every, key=keys.__getitem__))


def _keys(parts: Sequence[str]) -> Sequence[float] | Sequence[str]:
    """Return by what parts of levels are sorted."""
    try:
        return [float(part) for part in parts]
    except ValueError:
        return parts
