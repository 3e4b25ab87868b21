"""Arguments of transforms, checked at the door."""

import numpy as np
from numpy.typing import ArrayLike

from mixwell.errors import DataError, is_number
from mixwell.numeric.arrays import FloatArray, float_array
from mixwell.package_options import require_memory

#: Of one transform. More make tables of columns by columns that nothing needs.
MOST_COLUMNS = 1_000


def as_numbers(x: ArrayLike, name: str) -> FloatArray:
    """One column of numbers as floats; ``DataError`` names the transform otherwise."""
    values = float_array(x, DataError(f"{name}() takes a numeric variable."), truths=True)
    if values.ndim != 1:
        raise DataError(f"{name}() takes one variable, not a table of {values.ndim} dimensions.")
    return values


def known_values(values: FloatArray, name: str) -> FloatArray:
    """The values that are not missing; ``DataError`` where there are none."""
    known = values[~np.isnan(values)]
    if not known.size:
        raise DataError(f"{name}() has no values to learn from.")
    return known


def finite_numbers(values: ArrayLike, argument: str, name: str) -> FloatArray:
    """A list of finite numbers given as an argument; ``DataError`` otherwise."""
    refusal = DataError(f"{argument} of {name}() must be numbers.")
    numbers = np.atleast_1d(float_array(values, refusal))
    if numbers.ndim != 1 or not np.isfinite(numbers).all():
        raise DataError(f"{argument} of {name}() must be one list of finite numbers.")
    return numbers


def whole_number(value: object, argument: str, name: str, least: int) -> int:
    """A whole number given as an argument, ``least`` or more; ``DataError`` otherwise."""
    if isinstance(value, int | float | np.number) and not isinstance(value, bool):
        number = float(value)
        if number.is_integer() and number >= least:
            return int(number)
    raise DataError(f"{argument} of {name}() must be a whole number, {least} or more.")


def truth_argument(value: object, argument: str, name: str) -> bool:
    """TRUE or FALSE given as an argument, or R's 1 and 0 for them; ``DataError`` otherwise."""
    if isinstance(value, bool | np.bool_) or (is_number(value) and value in (0, 1)):
        return bool(value)
    raise DataError(f"{argument} of {name}() is TRUE or FALSE.")


def require_columns(count: int, rows: int, said: str) -> None:
    """Refuse columns that memory cannot hold, and more than anybody uses; ``DataError``."""
    require_memory(float(rows) * count, said)
    if count > MOST_COLUMNS:
        raise DataError(f"{said} has {count:,} columns, and at most {MOST_COLUMNS:,} are made.")
