"""Fits whose rows lie elsewhere, on disk: the rows are not in the file, but what says if they are.

Rows that were counted are there as they were fitted: the distinct ones with how often each is.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from mixwell.design.response.known_response import KnownResponse
from mixwell.errors import DataError
from mixwell.recipe import Recipe, rows_or_table
from mixwell.specify.spec import Spec

__all__ = ["RowsApart", "recipe_to_save", "with_given_rows"]

#: How far sums of the same rows differ, in units of the response's spread.
_ROUNDING = 1e-8


@dataclass(frozen=True, slots=True)
class RowsApart:
    """Rows that a file lacks: `where` they lay, how many were used, the response's mean and sd."""

    where: str
    n: int
    mean: float
    sd: float

    @classmethod
    def read(cls, noted: Mapping[str, Any]) -> "RowsApart":
        """Return what was noted in a file."""
        return cls(str(noted["where"]), int(noted["n"]), float(noted["mean"]), float(noted["sd"]))

    def noted(self) -> dict[str, Any]:
        """Return what is noted in a file."""
        return asdict(self)

    def require_same(self, source: object, spec: Spec) -> None:
        """Refuse a model whose rows are others; raises `DataError` that says in what they are."""
        response = spec.response
        own = response.known or KnownResponse.of(response.values)
        if spec.design.n != self.n:
            said = f"the draws were made with {self.n:,} rows, of these {spec.design.n:,} are used"
            raise self.others(source, said)
        if max(abs(own.mean - self.mean), abs(own.sd - self.sd)) > _ROUNDING * self.sd:
            said = (
                f"{response.name} had mean {self.mean:.6g} and sd {self.sd:.6g}, and has "
                f"{own.mean:.6g} and {own.sd:.6g}"
            )
            raise self.others(source, said)

    def others(self, source: object, said: str) -> DataError:
        """Return the error for rows that were given and are not those of the fit."""
        return DataError(
            f'The rows are not those that the fit in "{source}" was made with.',
            where=said,
            hint=f"They lay in {self.where}; fit the model again to others.",
        )


def recipe_to_save(recipe: Recipe, spec: Spec) -> tuple[Recipe, RowsApart | None]:
    """Return a recipe with the rows that a file is to hold, and what is noted of those it lacks."""
    if recipe.table is None and recipe.sums is None:
        return recipe, None
    if spec.design.cells is not None:
        return recipe.of_cells(spec.design.cells), None
    known = spec.response.known
    assert known is not None
    where = "sums that are in the file" if recipe.table is None else recipe.table.where
    return recipe, RowsApart(where, known.n, known.mean, known.sd)


def with_given_rows(
    source: object, recipe: Recipe, noted: RowsApart | None, data: object
) -> Recipe:
    """Return the recipe of a file with the rows that are given to it again.

    Raises `DataError` where they are not given, and where the file has its own.
    """
    if noted is None or recipe.sums is not None:
        if data is None:
            return recipe
        raise DataError(
            f'"{source}" holds the data of its fit.',
            where="data",
            hint="fit.refit(data=...) fits the model to others.",
        )
    if data is None:
        raise DataError(
            f'"{source}" is of a fit whose {noted.n:,} rows stayed where they lay.',
            where=noted.where,
            hint="Give the table again: mw.load(path, data=table).",
        )
    rows, table, sums = rows_or_table(data)
    return replace(recipe, data=rows, table=table, sums=sums)
