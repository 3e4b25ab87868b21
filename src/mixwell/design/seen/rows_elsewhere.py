"""What stands where arrays of rows would stand, of a table that stays where it lies."""

from typing import Any, NoReturn

from mixwell.errors import DataError

__all__ = ["RowsElsewhere", "rows_elsewhere"]


class RowsElsewhere:
    """Rows that are not in memory: whatever touches them is refused in one sentence.

    `what` they are, within a sentence, and `where` they lie.

    >>> rows = RowsElsewhere("weights", "trips.parquet (1 file)")
    >>> len(rows)
    Traceback (most recent call last):
        ...
    mixwell.errors.DataError: This goes through the rows one by one, and they are not in memory: ...
        the data: trips.parquet (1 file)
    ...
    """

    __slots__ = ("_what", "_where")

    def __init__(self, what: str, where: str) -> None:
        object.__setattr__(self, "_what", what)
        object.__setattr__(self, "_where", where)

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise DataError(
            "This goes through the rows one by one, and they are not in memory: "
            f"{self._what} would be read.",
            where=f"the data: {self._where}",
            hint="Fit a sample of the rows that is read into memory for this; means, contrasts and "
            "slopes need no rows. mixwell.options.rows_in_memory is how many may be read.",
        )

    def __getattr__(self, name: str) -> NoReturn:
        """Refuse everything that arrays have; what only Python looks for is not there."""
        if name.startswith("__"):
            raise AttributeError(name)
        self._refuse()

    def __repr__(self) -> str:
        """Say what it stands for."""
        return f"RowsElsewhere({self._where})"

    __len__ = __iter__ = __getitem__ = __array__ = __bool__ = __contains__ = _refuse
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __neg__ = __abs__ = _refuse
    __truediv__ = __rtruediv__ = __pow__ = __rpow__ = __matmul__ = __rmatmul__ = _refuse
    __hash__ = object.__hash__


def rows_elsewhere(what: str, where: str) -> Any:
    """Return rows that are not in memory, in the place of an array or a frame of any type."""
    return RowsElsewhere(what, where)
