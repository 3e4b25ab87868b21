"""Columns of a frame as numbers, truth values, factors or dates; how levels are matched."""

import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from mixwell.design.atoms.values import Exact, Factor, Logical, Matrix, Value
from mixwell.errors import DataError
from mixwell.numeric.arrays import EXACT_INTEGERS, FloatArray, IntArray
from mixwell.text.level_labels import labels_of
from mixwell.text.phrases import and_more, and_so_on, listed

# Kinds of pandas's types: dates (M), durations (m) and whole numbers (i, u).
DATES, WHOLE = "Mm", "iu"
WHOLE_OBJECTS = (int, np.integer, Decimal)
_MOST_NAMED = 4  # types of a column's values


def read_column(series: pd.Series, name: str, levels: tuple[str, ...] | None = None) -> Value:
    """Read one column: numbers as floats, truth values as `Logical`, text as a `Factor`.

    Long whole numbers, decimals, dates and durations are `Exact`. A Categorical keeps its own
    order; text is sorted by code point. With `levels`, as learned from the training data, labels
    are matched to these and unknown ones appended after them.

    Raises
    ------
    DataError
        For complex numbers, columns of mixed kinds, and levels that would share a label.
    """
    kind = series.dtype
    of_levels = kind.categories.dtype if isinstance(kind, pd.CategoricalDtype) else kind
    if pd.api.types.is_complex_dtype(of_levels):
        raise _unreadable(name, "complex numbers", "Take their real or imaginary part first.")
    if isinstance(kind, pd.CategoricalDtype):
        return _from_categories(series, name, levels)
    if levels is not None:
        return _from_labels(series, name, levels)
    if pd.api.types.is_bool_dtype(kind):
        return _logical(series)
    if kind.kind in DATES or isinstance(kind, pd.PeriodDtype):
        return Exact(series, None)
    if pd.api.types.is_numeric_dtype(kind):
        return _from_numbers(series, kind.kind in WHOLE)
    if isinstance(kind, pd.IntervalDtype):
        return _from_categories(series.astype("category").cat.as_unordered(), name, None)
    if pd.api.types.is_object_dtype(kind):
        return _from_objects(series, name)
    return _from_labels(series, name, None)


def _unreadable(name: str, held: str, hint: str) -> DataError:
    return DataError(f"Column {name!r} holds {held}.", where=f"column {name!r}", hint=hint)


def _from_numbers(series: pd.Series, whole: bool) -> FloatArray | Exact:
    numbers: FloatArray = series.to_numpy(dtype=float, na_value=np.nan)
    if whole and bool((np.abs(numbers) >= EXACT_INTEGERS).any()):
        return Exact(series, numbers)
    return numbers


def _logical(series: pd.Series) -> Logical:
    missing = series.isna().to_numpy()
    values = series.to_numpy(dtype=bool, na_value=False) if missing.any() else series.to_numpy()
    return Logical(np.asarray(values, dtype=bool), missing if missing.any() else None)


def _from_categories(series: pd.Series, name: str, levels: tuple[str, ...] | None) -> Factor:
    codes = series.cat.codes.to_numpy().astype(np.int64)
    labels = _distinct(labels_of(series.cat.categories), name)
    if levels is None:
        return Factor(codes, labels, bool(series.cat.ordered))
    # a category that no row has is no level of the new rows
    return match_levels(codes, labels, levels, used=np.unique(codes[codes >= 0]))


def _from_labels(series: pd.Series, name: str, levels: tuple[str, ...] | None) -> Factor:
    try:
        codes, uniques = pd.factorize(series)
    except TypeError:
        hint = "Turn them into text or numbers first."
        raise _unreadable(name, "values that cannot be levels", hint) from None
    # texts in Arrow's arrays are slow to go through one by one
    texts = isinstance(uniques.dtype, pd.StringDtype)
    labels = _distinct(labels_of(uniques.to_numpy(dtype=object) if texts else uniques), name)
    codes = codes.astype(np.int64)
    if levels is not None:
        return match_levels(codes, labels, levels)
    return sorted_factor(codes, labels)


def _distinct(labels: tuple[str, ...], name: str) -> tuple[str, ...]:
    """Refuse values that are, or would be, written alike: the number 1 and the text "1"."""
    if len(set(labels)) < len(labels):
        twice = next(label for label in labels if labels.count(label) > 1)
        held = f"different values that are both written {twice!r}"
        raise _unreadable(name, held, "Give its values one type.")
    whole = "".join(labels)
    if "\0" in whole or not _has_utf8(whole):  # NumPy, Arrow and files know no such texts
        held = "a text with a null character or with half a character"
        raise _unreadable(name, held, "Take these out of it.")
    return labels


def _has_utf8(text: str) -> bool:
    try:
        return bool(text.isascii() or text.encode())
    except UnicodeEncodeError:
        return False


def sorted_factor(codes: IntArray, labels: Sequence[str]) -> Factor:
    """Put a factor's levels into the order of their code points."""
    order = sorted(range(len(labels)), key=labels.__getitem__)
    rank = np.empty(len(labels) + 1, dtype=np.int64)
    rank[order] = np.arange(len(labels))
    rank[-1] = -1  # code -1, missing, stays missing
    return Factor(rank[codes], tuple(labels[i] for i in order))


def match_levels(
    codes: IntArray,
    labels: Sequence[str],
    levels: tuple[str, ...],
    used: IntArray | None = None,
    known: int | None = None,
) -> Factor:
    """Recode to learned levels; labels not among them follow, in their order, as `unknown`.

    Labels from the place `known` on are unknown already, whatever they are called.
    """
    place = {level: i for i, level in enumerate(levels)}
    table = np.full(len(labels) + 1, -1, dtype=np.int64)
    unknown: list[str] = []
    for i in range(len(labels)) if used is None else used.tolist():
        label = labels[i]
        if label in place and (known is None or i < known):
            table[i] = place[label]
        else:
            table[i] = len(levels) + len(unknown)
            unknown.append(label)
    return Factor(table[codes], levels, unknown=tuple(unknown))


def _from_objects(series: pd.Series, name: str) -> Value:
    kinds = {type(value) for value in series[series.notna()]}

    def all_are(*wanted: type) -> bool:
        return all(issubclass(kind, wanted) for kind in kinds)

    if all_are(bool, np.bool_):
        return _logical(series.astype("boolean"))
    if not any(issubclass(kind, bool) for kind in kinds):
        if all_are(int, float, np.integer, np.floating):
            return _from_numbers(series, all_are(int, np.integer))
        if all_are(*WHOLE_OBJECTS):
            return Exact(series, series.to_numpy(dtype=float, na_value=np.nan))
    try:
        if all_are(datetime.date):
            return Exact(pd.to_datetime(series), None)
        if all_are(datetime.timedelta):
            return Exact(pd.to_timedelta(series), None)
    except (ValueError, TypeError):
        raise _unreadable(name, "dates of several kinds", "Give them one time zone.") from None
    if len(kinds) == 1 or all_are(str):
        return _from_labels(series, name, None)
    names = sorted(kind.__name__ for kind in kinds)
    found = listed(names) if len(names) <= _MOST_NAMED else and_more(names, _MOST_NAMED)
    raise _unreadable(name, f"values of several types ({found})", "Give its values one type.")


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
        if value.levels == levels:
            return Factor(value.codes, levels, unknown=value.unknown)
        seen = np.unique(value.codes[value.codes >= 0])
        known = len(value.levels)
        return match_levels(value.codes, value.levels + value.unknown, levels, seen, known)
    if isinstance(value, Logical | Exact):
        return as_factor(value.factor(), name, levels)
    if isinstance(value, Matrix | list) or np.ndim(value) != 1:  # a list is one value for all rows
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


def refuse_unknown(factor: Factor, name: str, where: str = "the new data") -> None:
    """Refuse rows with levels that training did not have; raises `DataError` naming them."""
    if factor.unknown:
        shown = and_more(list(map(repr, factor.unknown)), 8)
        raise DataError(
            f"{name} has levels that the model's data did not have: {shown}.",
            where=f"{name}: {where}",
            hint=f"Its levels are {and_so_on(factor.levels)}.",
        )
