"""Columns of a frame as numbers, truth values or factors; how levels are written and matched."""

from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mixwell.design.atoms.values import Factor, Logical, Matrix, Value
from mixwell.errors import DataError
from mixwell.numeric.arrays import FloatArray, IntArray


def label_of(value: Hashable) -> str:
    """Write one level as text, numbers as R writes them (15 significant digits).

    Examples
    --------
    >>> label_of(0.1 + 0.2), label_of(2.0), label_of(True), label_of("a")
    ('0.3', '2', 'True', 'a')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, int | np.integer):
        return str(int(value))
    if isinstance(value, float | np.floating):
        return f"{float(value):.15g}"
    return str(value)


def labels_of(values: Iterable[Any]) -> tuple[str, ...]:
    """Write levels as text; see :func:`label_of`."""
    return tuple(label_of(value) for value in values)


def read_column(series: pd.Series, name: str, levels: tuple[str, ...] | None = None) -> Value:
    """Read one column: numbers as floats, truth values as `Logical`, the rest as a `Factor`.

    A Categorical keeps its own order; text is sorted by code point. With `levels`, as learned from
    the training data, labels are matched to these and unknown ones appended after them.

    Raises
    ------
    DataError
        For dates, durations, complex numbers and columns of mixed kinds.
    """
    kind = series.dtype
    if isinstance(kind, pd.CategoricalDtype):
        return _from_categories(series, levels)
    if pd.api.types.is_bool_dtype(kind):
        return _logical(series) if levels is None else _from_labels(series, levels)
    if pd.api.types.is_complex_dtype(kind) or pd.api.types.is_datetime64_any_dtype(kind):
        raise _unreadable(name, str(kind))
    if isinstance(kind, pd.PeriodDtype) or pd.api.types.is_timedelta64_dtype(kind):
        raise _unreadable(name, str(kind))
    if pd.api.types.is_numeric_dtype(kind):
        if levels is not None:
            return _from_labels(series, levels)
        return series.to_numpy(dtype=float, na_value=np.nan)
    if pd.api.types.is_object_dtype(kind) and levels is None:
        return _from_objects(series, name)
    return _from_labels(series, levels)


def _unreadable(name: str, kind: str) -> DataError:
    return DataError(
        f"Column {name!r} holds values of type {kind}, which a formula cannot use.",
        where=f"column {name!r}",
        hint="Turn dates into numbers first, for example days since the start.",
    )


def _logical(series: pd.Series) -> Logical:
    missing = series.isna().to_numpy()
    values = series.to_numpy(dtype=bool, na_value=False) if missing.any() else series.to_numpy()
    return Logical(np.asarray(values, dtype=bool), missing if missing.any() else None)


def _from_categories(series: pd.Series, levels: tuple[str, ...] | None) -> Factor:
    codes = series.cat.codes.to_numpy().astype(np.int64)
    labels = labels_of(series.cat.categories)
    if levels is None:
        return Factor(codes, labels, bool(series.cat.ordered))
    # a category that no row has is no level of the new rows
    return match_levels(codes, labels, levels, used=np.unique(codes[codes >= 0]))


def _from_labels(series: pd.Series, levels: tuple[str, ...] | None) -> Factor:
    codes, uniques = pd.factorize(series)
    labels = labels_of(uniques)
    codes = codes.astype(np.int64)
    if levels is not None:
        return match_levels(codes, labels, levels)
    return sorted_factor(codes, labels)


def sorted_factor(codes: IntArray, labels: Sequence[str]) -> Factor:
    """Put a factor's levels into the order of their code points."""
    order = sorted(range(len(labels)), key=labels.__getitem__)
    rank = np.empty(len(labels) + 1, dtype=np.int64)
    rank[order] = np.arange(len(labels))
    rank[-1] = -1  # code -1, missing, stays missing
    return Factor(rank[codes], tuple(labels[i] for i in order))


def match_levels(
    codes: IntArray, labels: Sequence[str], levels: tuple[str, ...], used: IntArray | None = None
) -> Factor:
    """Recode to learned levels; labels not among them follow, in their order, as `unknown`."""
    place = {level: i for i, level in enumerate(levels)}
    table = np.full(len(labels) + 1, -1, dtype=np.int64)
    unknown: list[str] = []
    for i in range(len(labels)) if used is None else used.tolist():
        label = labels[i]
        if label not in place:
            place[label] = len(levels) + len(unknown)
            unknown.append(label)
        table[i] = place[label]
    return Factor(table[codes], levels, unknown=tuple(unknown))


def _from_objects(series: pd.Series, name: str) -> Value:
    present = series[series.notna()]
    kinds = {type(value) for value in present}
    if all(issubclass(kind, str) for kind in kinds):
        return _from_labels(series, None)
    if all(issubclass(kind, bool | np.bool_) for kind in kinds):
        return _logical(series.astype("boolean"))
    numbers = (int, float, np.integer, np.floating)
    if all(issubclass(kind, numbers) and not issubclass(kind, bool) for kind in kinds):
        return series.to_numpy(dtype=float, na_value=np.nan)
    found = " and ".join(sorted(kind.__name__ for kind in kinds))
    raise _unreadable(name, f"object ({found})")


def as_factor(value: Any, name: str, levels: tuple[str, ...] | None = None) -> Factor:
    """Turn any column into a factor, numbers into levels sorted by size.

    `levels`, where learned before, are matched by label.

    Raises
    ------
    DataError
        For a matrix of several columns or a constant.
    """
    if isinstance(value, Factor):
        if levels is None:
            return value
        if value.levels == levels and not value.unknown:
            return Factor(value.codes, levels)
        seen = np.unique(value.codes[value.codes >= 0])
        return match_levels(value.codes, value.levels + value.unknown, levels, seen)
    if isinstance(value, Logical):
        return as_factor(value.factor(), name, levels)
    if isinstance(value, Matrix) or np.ndim(value) != 1:
        raise DataError(f"{name} is not one column and cannot be a factor.")
    numbers: FloatArray = np.asarray(value, dtype=float)
    present = ~np.isnan(numbers)
    uniques, inverse = np.unique(numbers[present], return_inverse=True)
    codes = np.full(len(numbers), -1, dtype=np.int64)
    codes[present] = inverse
    labels = labels_of(uniques.tolist())
    if levels is None:
        return Factor(codes, labels)
    return match_levels(codes, labels, levels)
