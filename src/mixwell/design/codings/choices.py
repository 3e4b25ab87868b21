"""Contrasts as a user chooses them: small values that become a coding once the levels are known.

A choice is a name in R's or Python's spelling (``"sum"``, ``"contr.sum"``, ``"Sum"``), one of the
values below, a table of columns, or a mapping from labels to weights on the levels.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from mixwell.design.codings import coding
from mixwell.design.codings.coding import Coding
from mixwell.design.codings.coding_checks import Rows
from mixwell.errors import DataError, nearest


@runtime_checkable
class Contrast(Protocol):
    """A way of coding a factor, before the factor's levels are known."""

    def code(self, levels: Sequence[str]) -> Coding:
        """The coding of these levels; raises ``DataError`` where the choice does not fit them."""
        ...


@dataclass(frozen=True, slots=True)
class Treatment:
    """Each level against a base level, the first one unless named or numbered from 1.

    ``numbered`` makes R's names end in positions, as R does for ``contr.treatment(3)``.
    """

    base: str | int | None = None
    numbered: bool = False

    def code(self, levels: Sequence[str]) -> Coding:
        """Treatment coding of these levels."""
        made = coding.treatment(levels, self.base)
        return _numbered(made) if self.numbered else made


@dataclass(frozen=True, slots=True)
class SAS:
    """Each level against the last one: R's ``contr.SAS``."""

    numbered: bool = False

    def code(self, levels: Sequence[str]) -> Coding:
        """Treatment coding of these levels with the last as base."""
        made = coding.treatment(levels, base=max(len(levels), 1))
        return _numbered(made) if self.numbered else made


@dataclass(frozen=True, slots=True)
class Sum:
    """Each level against the grand mean, the last level left out unless another is named."""

    omit: str | int | None = None

    def code(self, levels: Sequence[str]) -> Coding:
        """Sum coding of these levels."""
        return coding.sum_to_zero(levels, self.omit)


@dataclass(frozen=True, slots=True)
class Helmert:
    """Each level against the mean of the levels before it."""

    def code(self, levels: Sequence[str]) -> Coding:
        """Helmert coding of these levels."""
        return coding.helmert(levels)


@dataclass(frozen=True, slots=True)
class Poly:
    """Orthonormal polynomials over the levels, placed at ``scores`` (1, 2, ... by default)."""

    scores: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        if self.scores is not None:
            flat = np.ravel(np.asarray(self.scores, dtype=float)).tolist()
            object.__setattr__(self, "scores", tuple(flat))

    def code(self, levels: Sequence[str]) -> Coding:
        """Polynomial coding of these levels."""
        return coding.polynomial(levels, self.scores)


@dataclass(frozen=True, slots=True)
class SuccessiveDifferences:
    """Each level minus the level before it; ``numbered`` as in :class:`Treatment`."""

    numbered: bool = False

    def code(self, levels: Sequence[str]) -> Coding:
        """Successive differences of these levels."""
        made = coding.successive_differences(levels)
        if not self.numbered:
            return made
        return replace(made, r_labels=tuple(f"{k + 1}-{k}" for k in range(1, len(made.levels))))


@dataclass(frozen=True, slots=True)
class Simple:
    """Each level minus the base level, the intercept at the grand mean."""

    base: str | int | None = None

    def code(self, levels: Sequence[str]) -> Coding:
        """Simple coding of these levels."""
        return coding.simple(levels, self.base)


@dataclass(frozen=True, slots=True)
class Deviation:
    """Each level minus the grand mean, the last level left out unless another is named."""

    omit: str | int | None = None

    def code(self, levels: Sequence[str]) -> Coding:
        """Deviation coding of these levels."""
        return coding.deviation(levels, self.omit)


@dataclass(frozen=True, slots=True)
class Full:
    """One indicator column a level."""

    def code(self, levels: Sequence[str]) -> Coding:
        """Indicator columns of these levels."""
        return coding.full_dummy(levels)


@dataclass(frozen=True, slots=True)
class Custom:
    """The user's own columns, ``(n_levels, n_levels - 1)``: an array, rows or a DataFrame.

    A DataFrame's column names are the labels; an index of level names puts its rows in order.
    """

    matrix: ArrayLike | pd.DataFrame
    labels: tuple[str, ...] | None = None
    row_levels: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        table, labels, rows = _read_table(self.matrix)
        object.__setattr__(self, "matrix", table)
        object.__setattr__(self, "labels", labels if self.labels is None else tuple(self.labels))
        object.__setattr__(self, "row_levels", rows if self.row_levels is None else self.row_levels)

    def code(self, levels: Sequence[str]) -> Coding:
        """The coding of these levels by the given columns."""
        table = np.array(self.matrix, dtype=float)
        order = _row_order(self.row_levels, levels, len(table))
        return coding.custom(levels, table[order], self.labels)


@dataclass(frozen=True, slots=True)
class Hypotheses:
    """Comparisons of the level means, as weights that add up to 0, one row a coefficient."""

    rows: Rows
    labels: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if isinstance(self.rows, pd.DataFrame):
            weights = {str(k): dict(row.items()) for k, row in self.rows.iterrows()}
            object.__setattr__(self, "rows", weights)

    def code(self, levels: Sequence[str]) -> Coding:
        """The coding of these levels whose coefficients are the comparisons."""
        return coding.from_hypotheses(levels, self.rows, self.labels)


@dataclass(frozen=True, slots=True)
class Sized:
    """A contrast made for a number of levels, as ``contr.sum(3)``; it fits no other number."""

    contrast: Contrast
    n_levels: int

    def code(self, levels: Sequence[str]) -> Coding:
        """The coding of these levels, refused where their number is another one."""
        if len(levels) != self.n_levels:
            raise DataError(
                f"The contrast is made for {self.n_levels} levels, but there are {len(levels)}.",
                hint="The levels are " + ", ".join(str(level) for level in levels) + ".",
            )
        return self.contrast.code(levels)


CONTRASTS: dict[str, type[Contrast]] = {
    "treatment": Treatment,
    "dummy": Treatment,
    "SAS": SAS,
    "sum": Sum,
    "effects": Sum,
    "helmert": Helmert,
    "poly": Poly,
    "polynomial": Poly,
    "sdif": SuccessiveDifferences,
    "successive": SuccessiveDifferences,
    "successive_differences": SuccessiveDifferences,
    "successivedifferences": SuccessiveDifferences,
    "difference": SuccessiveDifferences,
    "simple": Simple,
    "deviation": Deviation,
    "full": Full,
}
_BY_LOWER = {name.lower(): kind for name, kind in CONTRASTS.items()}
# Where R names columns by levels, or by positions when it is told only how many levels there are.
_NUMBERED = (Treatment, SAS, SuccessiveDifferences)


def contrast_class(name: str, *, where: str | None = None) -> type[Contrast]:
    """The contrast of this name, in R's or Python's spelling, upper or lower case.

    Raises ``DataError`` with the nearest names.

    >>> contrast_class("contr.sum") is Sum
    True
    """
    plain = name.strip().lower().removeprefix("contr.")
    if plain in _BY_LOWER:
        return _BY_LOWER[plain]
    close = nearest(plain, CONTRASTS) or ["treatment", "sum", "helmert", "poly", "sdif", "simple"]
    quoted = " or ".join(f'"{choice}"' for choice in close)
    raise DataError(f'There is no contrast "{name}".', where=where, hint=f"Did you mean {quoted}?")


def contrast_call(
    name: str, args: Sequence[object], kwargs: Mapping[str, object], *, where: str | None = None
) -> Contrast:
    """The contrast that a call in a formula makes: ``contr.treatment(3, base = 2)``, ``Sum("a1")``.

    R's constructors take the number of levels (or the levels) first; Python's do not. Raises
    ``DataError`` for an unknown name or unknown arguments.

    >>> contrast_call("contr.treatment", [3], {"base": 2}).code(["a", "b", "c"]).r_labels
    ('1', '3')
    >>> contrast_call("Treatment", ["a2"], {})
    Treatment(base='a2', numbered=False)
    """
    kind = contrast_class(name, where=where)
    if not name.lower().startswith("contr."):
        return _make(kind, name, args, kwargs, where)
    options, values = dict(kwargs), list(args)
    size = values.pop(0) if values else options.pop("n", None)
    if size is None:
        raise DataError(
            f"{name}() needs the number of levels as its first argument.",
            where=where,
            hint=f"Write {name}(3), or only {name} without brackets.",
        )
    shape = np.shape(np.asarray(size))
    if options.pop("contrasts", True) is False:
        made: Contrast = Full()
    elif kind is SAS and values:
        raise _unknown_arguments(name, where)
    else:
        numbered = {"numbered": True} if not shape and kind in _NUMBERED else {}
        made = _make(kind, name, values, {**options, **numbered}, where)
    count = shape[0] if shape else size
    if isinstance(count, bool) or not isinstance(count, int | float | np.number):
        raise _unknown_arguments(name, where)
    return Sized(made, int(count))


def contrast_named(
    name: str,
    options: Mapping[str, object] | None = None,
    *,
    quoted: bool = False,
    where: str | None = None,
) -> Contrast:
    """The contrast of a name without brackets in ``C()``: ``C(a, contr.treatment, base = 3)``.

    R calls a bare ``contr.`` function with the number of levels, and its column names are then
    positions; a quoted name, or one without ``contr.``, gives level names. Raises ``DataError`` for
    an unknown name or unknown options.

    >>> contrast_named("contr.sdif")
    SuccessiveDifferences(numbered=True)
    >>> contrast_named("contr.sdif", quoted=True)
    SuccessiveDifferences(numbered=False)
    """
    kind = contrast_class(name, where=where)
    given = dict(options or {})
    if not quoted and name.lower().startswith("contr.") and kind in _NUMBERED:
        given["numbered"] = True
    return _make(kind, name, (), given, where)


def resolve_contrast(choice: object, *, where: str) -> Contrast:
    """What a user gave in ``contrasts={...}`` as a contrast.

    ``where`` is the factor's name, for the message. Raises ``DataError`` for an unknown name or a
    value of another kind.

    >>> resolve_contrast("Helmert", where="block")
    Helmert()
    >>> resolve_contrast({"b2-b1": {"b1": -1, "b2": 1}}, where="block").code(["b1", "b2"]).labels
    ('b2-b1',)
    """
    if isinstance(choice, str):
        return contrast_class(choice, where=where)()
    if isinstance(choice, type) and choice in _BY_LOWER.values():
        return contrast_class(choice.__name__, where=where)()
    if isinstance(choice, Contrast):
        return choice
    if isinstance(choice, Coding):
        return Custom(choice.matrix, choice.labels, choice.levels)
    if isinstance(choice, Mapping):
        return Hypotheses(dict(choice))
    if isinstance(choice, pd.DataFrame | np.ndarray | list | tuple):
        try:
            return Custom(choice)
        except DataError as error:
            raise DataError(str(error), where=where) from error
    raise DataError(
        f"A contrast cannot be made from a value of type {type(choice).__name__}.",
        where=where,
        hint='Give a name such as "sum", a table of columns, or a mapping of labels to weights.',
    )


def _make(
    kind: type[Contrast],
    name: str,
    args: Sequence[object],
    kwargs: Mapping[str, object],
    where: str | None,
) -> Contrast:
    try:
        return kind(*args, **kwargs)
    except (TypeError, ValueError) as error:
        raise _unknown_arguments(name, where) from error


def _unknown_arguments(name: str, where: str | None) -> DataError:
    return DataError(
        f"{name}() cannot be read with these arguments.",
        where=where,
        hint='Examples: contr.treatment(3, base = 2), Treatment("a2"), Sum("a1"), Poly([1, 2, 4]).',
    )


def _numbered(made: Coding) -> Coding:
    positions = tuple(str(made.levels.index(label) + 1) for label in made.r_labels)
    return replace(made, r_labels=positions)


def _read_table(
    table: object,
) -> tuple[tuple[tuple[float, ...], ...], tuple[str, ...] | None, tuple[str, ...] | None]:
    """The numbers of a table, with the column labels and row names that a DataFrame has."""
    labels = rows = None
    if isinstance(table, pd.DataFrame):
        labels = tuple(str(column) for column in table.columns)
        if not isinstance(table.index, pd.RangeIndex):
            rows = tuple(str(row) for row in table.index)
        table = table.to_numpy()
    try:
        values = np.array(table, dtype=float)
    except (TypeError, ValueError) as error:
        raise DataError("A custom coding must be a table of numbers.") from error
    if values.ndim != 2:
        raise DataError(
            "A custom coding must be a table of rows and columns.",
            hint="A single column for two levels is [[-0.5], [0.5]].",
        )
    return tuple(tuple(row) for row in values.tolist()), labels, rows


def _row_order(names: tuple[str, ...] | None, levels: Sequence[str], count: int) -> list[int]:
    if names is None:
        return list(range(count))
    wanted = [str(level) for level in levels]
    if sorted(names) != sorted(wanted):
        raise DataError(
            "The row names of a custom coding are not the levels of the factor: "
            + ", ".join(names)
            + ".",
            hint="The levels are " + ", ".join(wanted) + ".",
        )
    return [names.index(level) for level in wanted]
