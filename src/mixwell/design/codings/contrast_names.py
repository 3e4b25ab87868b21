"""The names of contrasts, as a user or a formula writes them, to the values that they mean.

A choice is a name in R's or Python's spelling (``"sum"``, ``"contr.sum"``, ``"Sum"``), a value of
``choices``, a table of columns, or a mapping from labels to weights on the levels.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mixwell.design.codings.choices import (
    SAS,
    Contrast,
    Custom,
    Deviation,
    Full,
    Helmert,
    Hypotheses,
    Poly,
    Simple,
    Sized,
    SuccessiveDifferences,
    Sum,
    Treatment,
)
from mixwell.design.codings.coding import Coding
from mixwell.errors import DataError, nearest

_SPELLINGS: dict[type[Contrast], tuple[str, ...]] = {
    Treatment: ("treatment", "dummy"),
    SAS: ("SAS",),
    Sum: ("sum", "effects"),
    Helmert: ("helmert",),
    Poly: ("poly", "polynomial"),
    SuccessiveDifferences: (
        *("sdif", "successive", "successive_differences", "successivedifferences", "difference"),
    ),
    Simple: ("simple",),
    Deviation: ("deviation",),
    Full: ("full",),
}
CONTRASTS = {name: kind for kind, names in _SPELLINGS.items() for name in names}
_BY_LOWER = {name.lower(): kind for name, kind in CONTRASTS.items()}
# Where R names columns by levels, or by positions when it knows only how many levels there are.
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
