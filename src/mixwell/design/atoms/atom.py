"""One variable of a formula as columns: a number, a matrix of numbers, or a factor with its coding.

An atom is learned from the training rows and holds all that is needed to make the same columns
from new rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mixwell.design.atoms.column_values import as_factor, refuse_unknown
from mixwell.design.atoms.model_frame import ModelFrame
from mixwell.design.atoms.operators import AS_NUMBERS
from mixwell.design.atoms.values import Exact, Factor, Logical, Matrix, Value, numbers_of
from mixwell.design.codings.choices import Contrast, Full, Poly, Treatment
from mixwell.design.codings.coding import Coding
from mixwell.design.codings.contrast_names import resolve_contrast
from mixwell.errors import DataError, require_mapping
from mixwell.formula import Expr, column_names, deparse
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.package_options import require_memory
from mixwell.text.names import require_name

#: The levels of truth values, which every combination of columns has.
TRUTH = ("False", "True")


@dataclass(frozen=True, slots=True)
class NumericAtom:
    """A variable of numbers: one column, or several with a suffix each (`poly(x, 2)`)."""

    expr: Expr
    name: str
    labels: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """How many columns the variable has."""
        return max(len(self.labels), 1)

    def names(self, full: bool = False) -> tuple[tuple[str, str], ...]:
        """Return each column's name here and in R."""
        if not self.labels:
            return ((self.name, self.name),)
        return tuple((f"{self.name}[{label}]", f"{self.name}{label}") for label in self.labels)


@dataclass(frozen=True, slots=True)
class FactorAtom:
    """A variable with levels, its contrast coding and its coding with one column a level."""

    expr: Expr
    name: str
    levels: tuple[str, ...]
    ordered: bool
    contrast: Coding
    full: Coding

    @property
    def combines(self) -> bool:
        """Whether levels are combinations of several columns, of which the data may lack some."""
        return len(column_names(self.expr)) > 1 and self.levels != TRUTH

    def coding(self, full: bool) -> Coding:
        """Return the full dummy coding or the contrast coding."""
        return self.full if full else self.contrast

    def names(self, full: bool) -> tuple[tuple[str, str], ...]:
        """Return each column's name here and in R."""
        coding = self.coding(full)
        pairs = zip(coding.labels, coding.r_labels, strict=True)
        return tuple((f"{self.name}[{label}]", f"{self.name}{r}") for label, r in pairs)


type Atom = NumericAtom | FactorAtom


def learn_atom(expr: Expr, value: Value, contrasts: Mapping[str, Contrast]) -> Atom:
    """Settle a variable's kind, levels and coding from the rows that stay in the model.

    Raises
    ------
    DataError
        For a factor with fewer than two levels and a coding that does not fit.
    """
    name = deparse(expr)
    if isinstance(value, Logical):
        value = value.factor()
    if not isinstance(value, Factor):
        if name in contrasts:
            raise DataError(
                f"contrasts= names {name!r}, which holds numbers.",
                where=f"variable {name}",
                hint=f"Write factor({name}) in the formula and in contrasts=.",
            )
        if isinstance(value, Exact) and value.no_numbers:
            raise DataError(f"{name} {value.no_numbers}", hint=AS_NUMBERS)
        return NumericAtom(expr, name, value.labels if isinstance(value, Matrix) else ())
    used = value.drop_unused()
    if len(used.levels) < 2:
        only = repr(used.levels[0]) if used.levels else "none"
        raise DataError(
            f"The factor {name} has fewer than two levels in the rows used.",
            where=f"variable {name}, level {only}",
            hint=f"Leave {name} out of the formula.",
        )
    levels = len(used.levels)
    require_memory(
        len(used.codes) * levels,
        f"The columns of {name}, a factor of {levels:,} levels, in {len(used.codes):,} rows",
        where=f"variable {name}",
        hint=f"A factor of many levels belongs into a group: (1 | {name}).",
    )
    chosen = contrasts.get(name) or used.contrast or (Poly() if used.ordered else Treatment())
    coding = chosen.code(used.levels)
    full = Full().code(used.levels)
    if used.r_levels:
        coding, full = _r_labeled(coding, used), _r_labeled(full, used)
    return FactorAtom(expr, name, used.levels, used.ordered, coding, full)


def _r_labeled(coding: Coding, factor: Factor) -> Coding:
    """Give a coding R's labels of the levels (TRUE for True)."""
    spelling = dict(zip(factor.levels, factor.r_levels, strict=True))
    return replace(coding, r_labels=tuple(spelling.get(r, r) for r in coding.r_labels))


def matched_levels(atom: FactorAtom, frame: ModelFrame) -> Factor:
    """Return each row's level, those that the atom does not have among the `unknown`.

    Raises `DataError` where a row has none: a code of -1 is no level.
    """
    value = frame.variable(atom.expr)
    frame.require_values(atom.expr)
    return as_factor(value, atom.name, atom.levels)


def atom_codes(atom: FactorAtom, frame: ModelFrame) -> IntArray:
    """Return each row's level index; raises `DataError` for a row without one that was learned."""
    matched = matched_levels(atom, frame)
    new = np.flatnonzero(matched.codes >= len(atom.levels))
    if new.size:
        said = frame.inputs_said(atom.expr, int(new[0]))
        refuse_unknown(matched, atom.name, f"{said}, in rows {frame.rows_are}")
    return matched.codes


def atom_numbers(atom: NumericAtom, frame: ModelFrame) -> FloatArray:
    """Return the columns of a numeric variable, shape `(obs, width)`.

    Raises
    ------
    DataError
        When the new rows hold levels where the model's data held numbers.
    """
    value = frame.variable(atom.expr)
    if isinstance(value, Factor):
        raise DataError(
            f"{atom.name} held numbers in the model's data and holds levels now.",
            where=f"variable {atom.name}",
            hint="Give the column the type that it had.",
        )
    array = value.values if isinstance(value, Matrix) else numbers_of(value)
    assert array is not None  # dates were refused when the atom was learned, and in new rows
    return array.reshape(len(array), -1)


def resolve_contrasts(
    given: Mapping[str, object] | None, variables: Sequence[str]
) -> dict[str, Contrast]:
    """Read the user's `contrasts=` and check that each names a variable of the model.

    Raises
    ------
    DataError
        For a name that is no variable of the formula, with the nearest ones.
    """
    require_mapping("contrasts", given, '{"block": "sum"}')
    resolved: dict[str, Contrast] = {}
    for name, choice in (given or {}).items():
        message = f"contrasts= names {name!r}, which is no variable of the formula."
        variable = require_name(name, variables, message, where="contrasts")
        resolved[variable] = resolve_contrast(choice, where=name)
    return resolved
