"""Options of the whole package, `mixwell.options`: a module of that name would hide the value."""

import os
import sys
from pathlib import Path

from mixwell.errors import DataError, did_you_mean, require_whole

__all__ = ["options", "require_memory", "require_probability"]

_OPTIONS = ("ci_prob", "memory", "rows_in_memory")
_CI_PROB = 0.89
_SHARE = 4  # a computation may take this part of the machine's memory: others work here too
_UNITS = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_ROWS = 1_000_000
_LEAST = 10 * 10**6  # less than a block of a few rows of a common fit needs
_CONTAINER = Path("/sys/fs/cgroup/memory.max")


class PackageOptions:
    """What holds for every call: `ci_prob`, `memory` in bytes, `rows_in_memory`.

    `ci_prob` is the probability of the intervals in tables and figures: that of ArviZ's settings
    (0.89) unless it is set here. `memory` is how much one computation may take beyond the fit that
    it works on: the work is cut into blocks of rows that fit. By default it is a quarter of the
    machine's memory; a number of bytes or a text like "2 GB" changes it, None goes back.
    `rows_in_memory` is up to how many rows (1,000,000) a table of files, of a database or of a
    cluster is read into memory; a larger one stays where it lies.

    Raises `DataError` for values and names that no option can have.

    Examples
    --------
    >>> from mixwell import options
    >>> options.ci_prob
    0.89
    >>> options.memory = "2 GB"
    >>> options.memory
    2000000000
    >>> options.memory = None
    """

    __slots__ = ("_ci_prob", "_memory", "_rows_in_memory")

    def __init__(self) -> None:
        self._ci_prob: float | None = None
        self._memory: int | None = None
        self._rows_in_memory: int | None = None

    @property
    def ci_prob(self) -> float:
        """The probability of intervals where a call does not say `ci_prob`."""
        return _ci_prob_of_arviz() if self._ci_prob is None else self._ci_prob

    @ci_prob.setter
    def ci_prob(self, value: float | None) -> None:
        """Set the probability; None takes ArviZ's again. Raises `DataError`."""
        self._ci_prob = None if value is None else require_probability("ci_prob", value)

    @property
    def memory(self) -> int:
        """Bytes that one computation may take beyond the fit that it works on."""
        return _memory_of_machine() // _SHARE if self._memory is None else self._memory

    @memory.setter
    def memory(self, value: int | float | str | None) -> None:
        """Set bytes, or a text such as "2 GB"; None asks the machine again. Raises `DataError`."""
        self._memory = None if value is None else _bytes(value)

    @property
    def rows_in_memory(self) -> int:
        """Up to how many rows a table that lies elsewhere is read into memory."""
        return _ROWS if self._rows_in_memory is None else self._rows_in_memory

    @rows_in_memory.setter
    def rows_in_memory(self, value: int | None) -> None:
        """Set a number of rows, 0 or more; None goes back. Raises `DataError`."""
        if value is not None:
            require_whole("rows_in_memory", value, 0)
        self._rows_in_memory = value

    def __setattr__(self, name: str, value: object) -> None:
        """Set an option; a name that is none is refused with the nearest."""
        if name.removeprefix("_") not in _OPTIONS:
            raise DataError(f'There is no option "{name}".', hint=did_you_mean(name, _OPTIONS))
        object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        """Show the options as they stand."""
        said = f"ci_prob={self.ci_prob:g}, memory={self.memory / 1e9:.3g} GB"
        return f"mixwell.options: {said}, rows_in_memory={self.rows_in_memory:,}"


def require_probability(argument: str, value: object) -> float:
    """Return a probability between 0 and 1, both excluded; `DataError` for anything else.

    >>> require_probability("ci_prob", 95)
    Traceback (most recent call last):
        ...
    mixwell.errors.DataError: ci_prob is 95.
        ci_prob
    Give a probability between 0 and 1, such as 0.95.
    """
    number = None if isinstance(value, bool | str) else _number(value)
    if number is None or not 0 < number < 1:
        near = number / 100 if number is not None and 1 < number < 100 else 0.95
        hint = f"Give a probability between 0 and 1, such as {near:g}."
        raise DataError(f"{argument} is {value!r}.", where=argument, hint=hint)
    return number


def require_memory(numbers: float, what: str, *, where: str | None = None, hint: str = "") -> None:
    """Refuse what would take more numbers at once than `options.memory` allows; `DataError`.

    >>> require_memory(1e12, "The design")
    Traceback (most recent call last):
        ...
    mixwell.errors.DataError: The design would take 8,000 GB.
    ...
    """
    size, allowed = 8.0 * numbers / 1e9, options.memory / 1e9
    if size <= allowed:
        return
    said = f"At most {_gigabytes(allowed)} are allowed; mixwell.options.memory changes that."
    raise DataError(
        f"{what} would take {_gigabytes(size)}.", where=where, hint=f"{hint} {said}".strip()
    )


def _gigabytes(size: float) -> str:
    return f"{size:,.0f} GB" if size >= 10 else f"{size:.2g} GB"


def _number(value: object) -> float | None:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None


def _bytes(value: int | float | str) -> int:
    number = None if isinstance(value, bool) else _number(value)
    if number is None and isinstance(value, str):
        text = value.strip().upper()
        number = _number(text[:-2])
        number = number * _UNITS[text[-2:]] if number and text[-2:] in _UNITS else None
    if number is None or not _LEAST <= number < float("inf"):
        raise DataError(
            f"memory is {value!r}.",
            where="memory",
            hint='Give bytes, 10,000,000 or more, or a text like "500 MB" or "2 GB".',
        )
    return int(number)


def _ci_prob_of_arviz() -> float:
    """ArviZ's setting, where ArviZ is loaded: a user cannot have changed it elsewhere."""
    arviz = sys.modules.get("arviz_base")
    return _CI_PROB if arviz is None else float(arviz.rcParams["stats.ci_prob"])


def _memory_of_machine() -> int:
    """Bytes of the machine, or of the container that we run in where that has fewer."""
    sizes = [8 * 10**9]
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        sizes = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    if _CONTAINER.exists() and (limit := _CONTAINER.read_text().strip()).isdigit():
        sizes.append(int(limit))
    return min(sizes)


options = PackageOptions()
