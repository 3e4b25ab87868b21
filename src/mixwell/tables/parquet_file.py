"""Names of Parquet files that answers are written to."""

from os import PathLike
from pathlib import Path

from mixwell.errors import DataError

__all__ = ["named_parquet"]

_ENDING = ".parquet"


def named_parquet(path: str | PathLike[str], what: str, example: str) -> Path:
    """Return the path of a Parquet file that `what` is to be written to.

    Raises `DataError` for what is no path, for another ending, and for a folder that is not there.

    >>> named_parquet("pred.csv", "Predictions", "pred.parquet")
    Traceback (most recent call last):
        ...
    mixwell.errors.DataError: Predictions are written to Parquet files, and "pred.csv" does not ...
    """
    if not isinstance(path, str | PathLike):
        raise DataError(
            f"out= takes the name of a file, not a {type(path).__name__}.",
            where="out",
            hint=f'For example "{example}".',
        )
    target = Path(path)
    if target.suffix.lower() != _ENDING:
        raise DataError(
            f'{what} are written to Parquet files, and "{target}" does not end in {_ENDING}.',
            where="out",
            hint=f'For example "{target.with_suffix(_ENDING)}".' if target.name else "",
        )
    if not target.parent.is_dir():
        raise DataError(f'There is no directory "{target.parent}" to write into.', where="out")
    return target
