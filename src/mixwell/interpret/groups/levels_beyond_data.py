"""Levels of grouping factors that the model's data did not have: refused, or said."""

from collections.abc import Collection

from mixwell.design import Design
from mixwell.errors import DataError
from mixwell.interpret.groups.treatments import Treatments
from mixwell.text.phrases import and_more

__all__ = ["refuse_unknown_levels", "said_of_new_levels"]


def refuse_unknown_levels(design: Design, factors: Collection[str], rows: str) -> None:
    """Refuse levels of some factors that only these rows have; `rows` says whose they are."""
    for factor, levels in _new_levels(design).items():
        if factor in factors:
            shown = and_more(list(map(repr, levels)), 8)
            raise DataError(
                f"{factor} has levels that the model's data did not have: {shown}.",
                where=f"column {factor} of {rows}",
                hint='groups="mixed" draws these and keeps the others, "completed" averages over '
                'them, "new" draws all levels, "population" leaves groups out.',
            )


def said_of_new_levels(design: Design, treatments: Treatments) -> tuple[str, ...]:
    """Say which levels are new of factors of which some may be."""
    return tuple(
        f"New levels of {factor}: {and_more(list(levels), 8)}."
        for factor, levels in _new_levels(design).items()
        if factor in treatments.open
    )


def _new_levels(design: Design) -> dict[str, tuple[str, ...]]:
    blocks = [block for p in design.predictors.values() for block in p.blocks]
    return {block.factor: block.new_levels for block in blocks if block.new_levels}
