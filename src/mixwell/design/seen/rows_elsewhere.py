"""What stands where arrays of rows would stand, of a table that stays where it lies."""

from typing import TYPE_CHECKING, Any, NoReturn

from mixwell.errors import DataError

if TYPE_CHECKING:
    from mixwell.design.seen.seen import Seen

__all__ = ["RowsElsewhere", "require_rows", "rows_elsewhere"]

_HINT = (
    "Fit a sample of the rows that is read into memory for this; means, contrasts and slopes need "
    "no rows. mixwell.options.rows_in_memory is how many may be read."
)


class RowsElsewhere:
    """Rows that are not in memory: whatever touches them is refused in one sentence.

    `what` they are, within a sentence, `where` they lie, and a sentence on what serves `instead`.

    >>> rows = RowsElsewhere("weights", "trips.parquet (1 file)")
    >>> len(rows)
    Traceback (most recent call last):
        ...
    mixwell.errors.DataError: This goes through the rows one by one, and they are not in memory: ...
        the data: trips.parquet (1 file)
    ...
    """

    __slots__ = ("_instead", "_what", "_where")

    def __init__(self, what: str, where: str, instead: str = "") -> None:
        object.__setattr__(self, "_what", what)
        object.__setattr__(self, "_where", where)
        object.__setattr__(self, "_instead", instead)

    def refuse(self, *_: object, **__: object) -> NoReturn:
        """Refuse the rows: raises `DataError`."""
        raise DataError(
            "This goes through the rows one by one, and they are not in memory: "
            f"{self._what} would be read.",
            where=f"the data: {self._where}",
            hint=f"{self._instead} {_HINT}".strip(),
        )

    def __getattr__(self, name: str) -> NoReturn:
        """Refuse everything that arrays have; what only Python looks for is not there."""
        if name.startswith("__"):
            raise AttributeError(name)
        self.refuse()

    def __repr__(self) -> str:
        """Say what it stands for."""
        return f"RowsElsewhere({self._where})"

    __len__ = __iter__ = __getitem__ = __array__ = __bool__ = __contains__ = refuse
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __neg__ = __abs__ = refuse
    __truediv__ = __rtruediv__ = __pow__ = __rpow__ = __matmul__ = __rmatmul__ = refuse
    __hash__ = object.__hash__


def rows_elsewhere(what: str, where: str, instead: str = "") -> Any:
    """Return rows that are not in memory, in the place of an array or a frame of any type."""
    return RowsElsewhere(what, where, instead)


def require_rows(elsewhere: "Seen | None", what: str, instead: str = "") -> None:
    """Refuse `what` goes through rows that lie elsewhere, and say what serves `instead`.

    Raises `DataError`.
    """
    if elsewhere is not None:
        raise DataError(
            f"{what} through the rows one by one, and they are not in memory.",
            where=f"the data: {elsewhere.where}",
            hint=f"{instead} {_HINT}".strip(),
        )
