"""The values of covariates at which terms are looked at: their means, or those asked for."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from mixwell.design.atoms.atom import NumericAtom, atom_numbers
from mixwell.design.columns.column_plan import Plan
from mixwell.design.design import Design
from mixwell.errors import DataError, require_known, require_mapping, shown
from mixwell.formula import Expr, Name, column_names
from mixwell.numeric.arrays import FloatArray, float_array
from mixwell.text.names import known_column

__all__ = ["At", "reference_row", "reference_values"]

At = float | Mapping[str, float] | None


def reference_values(design: Design, plan: Plan, at: object) -> dict[Expr, FloatArray]:
    """Return the values of every covariate's columns of a plan, at the means of the rows used.

    With `at` 0 every column is 0, as coefficients have it; a mapping gives some covariates other
    values. Raises `DataError` for values and names that cannot be.
    """
    atoms = [a for a in plan.atoms.values() if isinstance(a, NumericAtom)]
    if at is not None and not isinstance(at, Mapping):
        if isinstance(at, bool | str) or not isinstance(at, int | float) or at != 0:
            raise DataError(
                f"at= takes 0 for all covariates, or a value for some, not {shown(at)}.",
                where="at=",
                hint='For example at={"x": 10}, or at=0.',
            )
        return {atom.expr: np.zeros(atom.width) for atom in atoms}
    row = reference_row(design, plan, at)
    found = {}
    for atom in atoms:
        own = column_names(atom.expr)
        if all(name in row for name in own):
            frame = design.frame.on(pd.DataFrame({name: [row[name]] for name in own}))
            found[atom.expr] = atom_numbers(atom, frame)[0]
        else:  # made of levels, too: nothing stands at a mean but itself
            found[atom.expr] = design.seen.means(atom)
    return found


def reference_row(design: Design, plan: Plan, at: At) -> dict[str, float]:
    """Return where each column of numbers stands: at its mean, or where `at` has it."""
    atoms = [a for a in plan.atoms.values() if isinstance(a, NumericAtom)]
    row = {name: mean for atom in atoms for name, mean in _means(design, atom).items()}
    if at is not None and not isinstance(at, Mapping):
        return dict.fromkeys(row, 0.0)
    return row | _asked(design, at or {}, row)


def _means(design: Design, atom: NumericAtom) -> dict[str, float]:
    columns = column_names(atom.expr)
    numbers = [name for name in columns if design.frame.memory[Name(name)][0] == "numbers"]
    return {name: design.seen.column(name).mean for name in numbers}


def _asked(design: Design, at: Mapping[str, object], row: Mapping[str, float]) -> dict[str, float]:
    found = {}
    require_mapping("at", at, '{"x": 10}')
    for given, value in at.items():
        name = known_column(str(given), row) or str(given)
        if name not in row and Name(name) in design.atoms:
            raise DataError(
                f"{name} is a factor here: every level of it counts the same.",
                where="at=",
                hint="at= takes values of covariates.",
            )
        require_known(name, row, f"The terms have no covariate {name!r}.", where="at=")
        wrong = DataError(f"at= needs a finite number for {name}, not {shown(value)}.")
        number = float_array(value, wrong)
        if number.shape or not np.isfinite(number):
            raise wrong
        found[name] = float(number)
    return found
