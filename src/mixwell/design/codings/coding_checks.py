"""Checks of levels, labels, columns and hypotheses before a coding is made of them."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from mixwell.errors import DataError, is_finite, require_known
from mixwell.numeric.arrays import FloatArray, float_array
from mixwell.text.level_labels import label_of

type Weights = Mapping[str, float] | Sequence[float] | FloatArray
type HypothesisTable = Mapping[str, Weights] | ArrayLike

# Above this condition number two columns of [1 | C] are the same for every practical purpose.
CONDITION_LIMIT = 1e10


def with_intercept(columns: FloatArray) -> FloatArray:
    """The columns with the intercept in front."""
    return np.column_stack([np.ones(len(columns)), columns])


def numbered_labels(count: int) -> tuple[str, ...]:
    """The labels 1, 2, ... as R gives them to columns without names."""
    return tuple(str(k) for k in range(1, count + 1))


def list_levels(names: Sequence[str]) -> str:
    """The levels in a sentence."""
    return "The levels are " + ", ".join(names) + "."


def checked_levels(levels: Sequence[str], least: int = 2) -> tuple[str, ...]:
    """The levels as text; ``DataError`` where they are too few or repeated."""
    names = tuple(str(level) for level in levels)
    if len(names) < least:
        raise DataError(
            f"A contrast needs {least} or more levels, but there "
            + (f'is only "{names[0]}".' if names else "are none."),
            hint="Leave the factor out of the formula, or use data with more of its levels.",
        )
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError(f'The level "{twice}" is given more than once.')
    return names


def level_position(
    names: tuple[str, ...], choice: str | int | None, default: int, role: str
) -> int:
    """Position from 0 of a level given by name or, as in R, by position from 1."""
    if choice is None:
        return default
    if isinstance(choice, str):
        require_known(choice, names, f'The {role} "{choice}" is not a level.')
        return names.index(choice)
    whole = is_finite(choice) and choice == int(choice)
    if not whole or not 1 <= choice <= len(names):
        quoted = f' The level of that name is written "{choice}".' if str(choice) in names else ""
        raise DataError(
            f"The {role} {choice} is not a position from 1 to {len(names)}.",
            hint=list_levels(names) + quoted,
        )
    return int(choice) - 1


def numeric_table(values: ArrayLike, subject: str) -> FloatArray:
    """A table of finite numbers; ``DataError`` otherwise."""
    table = float_array(values, DataError(f"{subject} must be a table of numbers."), truths=True)
    if table.ndim != 2 or not np.isfinite(table).all():
        raise DataError(f"{subject} must be a table of finite numbers with rows and columns.")
    return table


def check_shape(table: FloatArray, shape: tuple[int, int], names: tuple[str, ...]) -> None:
    """Refuse a table of another shape than a coding of these levels has."""
    if table.shape != shape:
        raise DataError(
            f"A coding of {shape[0]} levels is a table of {shape[0]} rows and {shape[1]} "
            f"column{'s' * (shape[1] != 1)}, but this one is {table.shape[0]} by {table.shape[1]}.",
            hint=list_levels(names),
        )


def check_invertible(columns: FloatArray, subject: str) -> None:
    """Refuse columns that, with the intercept, determine each other."""
    scale = np.abs(columns).max(axis=0)
    scaled = columns / np.where(scale > 0, scale, 1)
    if np.linalg.cond(with_intercept(scaled)) > CONDITION_LIMIT:
        raise DataError(
            f"{subject} determine each other: together with the intercept one of them says nothing "
            "new about the levels.",
            hint="Every column or comparison must differ from all combinations of the others.",
        )


def check_sums(weights: FloatArray, labels: tuple[str, ...]) -> None:
    """Refuse hypotheses whose weights do not add up to 0."""
    totals = weights.sum(axis=1)
    for label, row, total in zip(labels, weights, totals, strict=True):
        if abs(total) > 1e-6 * np.abs(row).max():
            raise DataError(
                f'The weights of the hypothesis "{label}" add up to {total:g}, not to 0.',
                hint="A comparison of levels has weights on both sides, such as -1 and 1.",
            )


def checked_labels(labels: Sequence[str] | None, count: int) -> tuple[str, ...]:
    """The labels of a coding, one a column and all different; 1, 2, ... by default."""
    if labels is None:
        return numbered_labels(count)
    shown = tuple(str(label) for label in labels)
    if len(shown) != count:
        raise DataError(f"{count} columns need {count} labels, but {len(shown)} are given.")
    if len(set(shown)) < count:
        raise DataError("The labels of a coding's columns must differ: " + ", ".join(shown) + ".")
    return shown


def weight_row(names: tuple[str, ...], label: str, row: Weights) -> list[float]:
    """The weights of one hypothesis in the order of the levels."""
    wrong = DataError(
        f'The weights of the hypothesis "{label}" must be numbers, one for each level.',
        hint=list_levels(names),
    )
    if not isinstance(row, Mapping):
        weights = float_array(row, wrong)
        if weights.ndim != 1:
            raise wrong
        if len(weights) != len(names):
            raise DataError(
                f'The hypothesis "{label}" has {len(weights)} weights for {len(names)} levels.',
                hint=list_levels(names),
            )
        return [float(weight) for weight in weights]
    weights = float_array(list(row.values()), wrong)
    if weights.ndim != 1:
        raise wrong
    given = {label_of(level): float(weight) for level, weight in zip(row, weights, strict=True)}
    for level in given:
        message = f'The hypothesis "{label}" names "{level}", which is not a level.'
        require_known(level, names, message)
    return [given.get(level, 0.0) for level in names]
