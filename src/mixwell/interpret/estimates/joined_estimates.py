"""Tables of the same rows as one table, and some rows of a table as another."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from mixwell.errors import DataError
from mixwell.interpret.contrasts.comparison_scales import Basis
from mixwell.interpret.estimates.estimates import Estimates
from mixwell.interpret.estimates.row_draws import RowDraws
from mixwell.interpret.estimates.standardized import Divisor, Divisors
from mixwell.interpret.origins.origins import alternating
from mixwell.numeric.arrays import FloatArray
from mixwell.specify.naming import distinct_columns
from mixwell.text.phrases import listed

__all__ = ["chosen_rows", "side_by_side", "without_sides"]


def without_sides(made: Estimates) -> Estimates:
    """Leave out on which side of their null numbers lie, where that says nothing."""
    return replace(made, frame=made.frame.drop(columns="p_direction"))


def chosen_rows(made: Estimates, rows: Sequence[int]) -> Estimates:
    """Return some of the rows of a table, in the order of their places from 0 on.

    What they are made of, and how they would be in the prior, is not known of the new table.
    """
    chosen, basis = np.array(rows, dtype=int), made.basis
    linear, residue = basis.linear, basis.residue
    return replace(
        made,
        frame=made.frame.iloc[chosen].reset_index(drop=True),
        row_draws=RowDraws.held(made.samples[chosen], made.shape),
        basis=replace(
            basis,
            linear=None if linear is None else linear[chosen],
            residue=None if residue is None else residue[chosen],
            origin=None,
        ),
        origin=None,
        prior=None,
    )


def _of_several(by: object) -> Divisor:
    raise DataError(
        "These estimates are of several responses or categories, each with a standard deviation of "
        "its own.",
        where="standardized",
        hint="A model of one response has it.",
    )


def _notes_of(parts: Sequence[Estimates], labels: Sequence[str]) -> tuple[str, ...]:
    """Return what is said of all parts, then what is said of some, with their labels."""
    shared = [note for note in parts[0].notes if all(note in part.notes for part in parts)]
    own = [
        f"{label}: {note}"
        for label, part in zip(labels, parts, strict=True)
        for note in part.notes
        if note not in shared
    ]
    return (*shared, *own)


def _basis_of(
    parts: Sequence[Estimates],
    labels: Sequence[str],
    rows: Callable[[Sequence[FloatArray]], FloatArray],
) -> Basis:
    """Return what contrasts of all parts are taken of.

    Ratios of some, such as differences of logarithms, and differences of others do not stand in one
    table.
    """
    first = parts[0].basis
    linear = [p.basis.linear for p in parts if p.basis.linear is not None]
    residue = [p.basis.residue for p in parts if p.basis.residue is not None]
    periods = {part.basis.period for part in parts}  # one for all rows, or none
    joined = replace(
        first,
        period=first.period if len(periods) == 1 else None,
        residue=rows(residue) if residue else None,
    )
    kinds = {part.basis.comparison for part in parts}
    if len(kinds) > 1 or 0 < len(linear) < len(parts):
        known = sorted(f"{kind}s" for kind in kinds if kind is not None)
        said = (
            f"Differences; of one response alone, named by parameter=, there are {listed(known)}."
        )
        note = said if known else ""
        return replace(joined, comparison=None, linear=None, compared="", origin=None, note=note)
    compared = [part.basis.compared or own for part, own in zip(parts, labels, strict=True)]
    named = compared if any(part.basis.compared for part in parts) else []
    return replace(
        joined,
        linear=rows(linear) if linear else None,
        compared=", ".join(dict.fromkeys(named)),
        origin=alternating([part.basis.origin for part in parts]),
    )


def side_by_side(parts: Sequence[Estimates], name: str, labels: Sequence[str]) -> Estimates:
    """Return tables of the same rows as one: each row once for each part, labeled in a new column.

    Contrasts are taken within the parts.
    """
    first, count = parts[0], len(parts)
    order = np.arange(len(first) * count).reshape(count, -1).T.ravel()

    def rows(arrays: Sequence[FloatArray]) -> FloatArray:
        return np.concatenate(arrays)[order]

    (column,) = distinct_columns([name], [*first.frame.columns])
    factors = (*first.factors, column)
    repeated = np.repeat(np.array(labels, dtype=object), len(first))
    frame = pd.concat([part.frame for part in parts], ignore_index=True)
    frame.insert(len(first.factors), column, pd.Series(repeated, dtype="str"))
    frame = frame.iloc[order].reset_index(drop=True)
    basis, notes = _basis_of(parts, labels, rows), _notes_of(parts, labels)
    unknown = tuple(note for part in parts for note in part.unknown)
    return replace(
        first,
        frame=frame,
        row_draws=first.row_draws.alternating([part.row_draws for part in parts[1:]]),
        notes=notes,
        unknown=tuple(note for note in notes if note.endswith(unknown)),
        factors=factors,
        variables=(*first.variables, name),
        by=(*first.by, column),
        basis=basis,
        origin=alternating([part.origin for part in parts]),
        units=None if first.units is None else Divisors(_of_several, first.units.straight),
    )
