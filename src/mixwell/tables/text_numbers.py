"""Numbers that a text writes in a way of its own: decimal commas, and values that are none."""

import numpy as np
import pandas as pd

from mixwell.errors import DataError, warn
from mixwell.numeric.arrays import IntArray

__all__ = ["is_text", "note_text_columns", "read_decimal_commas"]

_WITH_COMMA = r"[+-]?(?:\d{1,3}(?:\.\d{3})+|\d*)(?:,\d+)?(?:[eE][+-]?\d+)?"
_THOUSANDS = r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?"
_MOSTLY = (
    0.5  # a column of texts of which more than this are numbers was meant to be one of numbers
)
_FEW = 3  # so many different values that are no numbers


def read_decimal_commas(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the frame with decimal commas read; `DataError` where others have points.

    >>> import warnings
    >>> warnings.simplefilter("ignore")
    >>> frame = pd.DataFrame({"y": ["1,5", "2"], "g": ["a,b", "c"]})
    >>> read_decimal_commas(frame, "x.csv")["y"].tolist()
    [1.5, 2.0]
    """
    found = [each for each in _texts(frame) if _has_commas(frame[each])]
    if not found:
        return frame
    points = [
        each
        for each in frame.select_dtypes("float")
        if not (frame[each].dropna() == frame[each].dropna().round()).all()
    ]
    if points:
        raise DataError(
            f'Column "{found[0]}" of {name} has decimal commas, and column "{points[0]}" points.',
            hint="Write all of them alike.",
        )
    frame = frame.copy()
    for each in found:
        plain = frame[each].str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
        frame[each] = pd.to_numeric(plain).astype(float)
    text = "is" if len(found) == 1 else "are"
    warn(f"The comma is the decimal mark of {name}: {', '.join(found)} {text} read as numbers.")
    return frame


def note_text_columns(frame: pd.DataFrame, lines: IntArray, name: str) -> None:
    """Say which columns were meant to be numbers, and what of them is none, with its line."""
    for each in _texts(frame):
        values = frame[each].dropna()
        different = pd.Series(values.unique())
        if len(different) and different.str.fullmatch(_THOUSANDS).all():
            warn(
                f'Column "{each}" of {name} is read as text: its numbers have commas, '
                f'such as "{different[0]}". Write them without.'
            )
            continue
        none = different[pd.to_numeric(different, errors="coerce").isna()]
        if len(none) > max(_FEW, len(values) / 10):
            continue
        strange = np.flatnonzero(frame[each].isin(none))
        count = len(strange)
        if 0 < count < (1 - _MOSTLY) * len(values):
            first = int(strange[0])
            number = "is no number" if count == 1 else "are no numbers"
            warn(
                f'Column "{each}" of {name} is read as text: {count:,} of its {len(values):,} '
                f'values {number}, such as "{frame[each].iloc[first]}" in line {lines[first]}. '
                "A missing value is written as NA."
            )


def is_text(column: pd.Series) -> bool:
    """Return whether a column holds texts, and gaps at most."""
    return pd.api.types.infer_dtype(column, skipna=True) == "string"


def _texts(frame: pd.DataFrame) -> list[str]:
    return [str(each) for each in frame if is_text(frame[each])]


def _has_commas(column: pd.Series) -> bool:
    values = column.dropna()
    if not values.str.contains(",").any():
        return False
    return bool(np.all(values.str.fullmatch(_WITH_COMMA)))
