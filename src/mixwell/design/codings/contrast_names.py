"""The names of contrasts, as a user or a formula writes them, to the values that they mean.

A choice is a name in R's or Python's spelling (``"sum"``, ``"contr.sum"``, ``"Sum"``), a value of
``choices``, a table of columns, or a mapping from labels to weights on the levels.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import partial
from typing import Any

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
from mixwell.errors import DataError, did_you_mean, nearest

_SPELLINGS: dict[type[Contrast], tuple[str, ...]] = {
    Treatment: ("treatment", "dummy"),
    SAS: ("SAS",),
    Sum: ("sum", "effects"),
    Helmert: ("helmert",),
    Poly: ("poly", "polynomial"),
    SuccessiveDifferences: (
        *(
            "sdif",
            "diff",
            "successive",
            "successive_differences",
            "successivedifferences",
            "difference",
        ),
    ),
    Simple: ("simple",),
    Deviation: ("deviation",),
    Full: ("full",),
}
CONTRASTS = {name: kind for kind, names in _SPELLINGS.items() for name in names}
_BY_LOWER = {name.lower(): kind for name, kind in CONTRASTS.items()}
# How patsy, bambi and formulaic call the reference level.
_SYNONYMS = {"reference": "base", "ref": "base"}
_LEVELS = {"base", "omit"}
# What formulaic lets one choose: a coding is there as R has it.
_FIXED: dict[type[Contrast], dict[str, object]] = {
    Helmert: {"reverse": True, "scale": False},
    SuccessiveDifferences: {"backward": True},
}
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
    if "(" in name:
        raise DataError(
            f'"{name}" is a call, which has its place in the formula.',
            where=where,
            hint=f'Write C({where or "a"}, {name}) there, or give mw.Treatment("a").',
        )
    close = nearest(plain, CONTRASTS) or ["treatment", "sum", "helmert", "poly", "sdif", "simple"]
    quoted = " or ".join(f'"{choice}"' for choice in close)
    hint = f'Did you mean {quoted}? A reference level is named by mw.Treatment("a").'
    raise DataError(f'There is no contrast "{name}".', where=where, hint=hint)


def contrast_call(
    name: str, args: Sequence[object], kwargs: Mapping[str, object], *, where: str | None = None
) -> Contrast:
    """The contrast that a call in a formula makes: ``contr.treatment(3, base = 2)``, ``Sum("a1")``.

    R's constructors take the number of levels (or the levels) first, and count a base from 1.
    Without them a ``contr.`` name is formulaic's and, like patsy's, has levels by name: a number is
    the level of that name. Raises ``DataError`` for an unknown name or unknown arguments.

    >>> contrast_call("contr.treatment", [3], {"base": 2}).code(["a", "b", "c"]).r_labels
    ('1', '3')
    >>> contrast_call("Treatment", [], {"reference": "a2"})
    Treatment(base='a2', numbered=False)
    """
    kind = contrast_class(name, where=where)
    options, values = dict(kwargs), list(args)
    if not name.lower().startswith("contr.") or not _has_size(values, options):
        return _make(kind, name, values, options, where)
    size: Any = values.pop(0) if values else options.pop("n")
    shape = np.shape(np.asarray(size))
    if kind is Poly and shape and not values and "scores" not in options:
        raise DataError(
            f"A list given to {name}() first is R's levels, not their scores.",
            where=where,
            hint=f"Write {name}(scores = c(1, 2, 4)).",
        )
    if options.pop("contrasts", True) is False:
        made: Contrast = Full()
    else:
        if not shape and kind in _NUMBERED:
            options["numbered"] = True
        made = _make(kind, name, values, options, where, positions=True)
    return Sized(made, int(shape[0] if shape else size))


def _has_size(values: Sequence[object], options: Mapping[str, object]) -> bool:
    """Whether R's first argument is given: a number of levels, or the levels."""
    first = values[0] if values else options.get("n")
    number = isinstance(first, int | float | np.number) and not isinstance(first, bool)
    return number or isinstance(first, list)


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
    called = not quoted and name.lower().startswith("contr.")
    of_r = called or name.islower()  # R's bare treatment is contr.treatment
    if kind in _NUMBERED and (called or (given and of_r)):
        given["numbered"] = True
    return _make(kind, name, (), given, where, positions=of_r)


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
    *,
    positions: bool = False,
) -> Contrast:
    """Make a contrast of a call's arguments; with ``positions`` R's numbers are positions."""
    hidden = [each.name for each in fields(kind)]  # type: ignore[arg-type]
    own = [each for each in hidden if each != "numbered"]
    refused = partial(_refused, name, own, where)
    if len(args) > len(own):
        raise refused("has an argument too many", None)
    given = dict(zip(own, args, strict=False))
    fixed = _FIXED.get(kind, {})
    by_name = set() if positions else set(given)
    for spelled, value in kwargs.items():
        argument = spelled if spelled in hidden else _SYNONYMS.get(spelled, spelled)
        if argument in given:
            raise refused(f'is given "{argument}" twice', None)
        if argument in fixed:
            if value is not fixed[argument]:
                raise refused(f"is there with {argument} = {fixed[argument]} only", None)
        elif argument not in hidden:
            raise refused(f'has no argument "{spelled}"', spelled)
        else:
            given[argument] = value
            by_name |= {argument} if spelled in _SYNONYMS or not positions else set()
    named = {each: _level(given[each]) for each in by_name & _LEVELS}
    return kind(**(given | named))


def _level(value: object) -> object:
    """A level by its name, where a number stands for the level of that name."""
    if isinstance(value, bool | None):
        return None if value is None else str(value)
    return f"{value:.15g}" if isinstance(value, int | float | np.number) else value


def _refused(
    name: str, own: Sequence[str], where: str | None, problem: str, spelled: str | None
) -> DataError:
    examples = (
        'Examples: contr.treatment(3, base = 2), Treatment("a2"), Sum("a1"), Poly([1, 2, 4]).'
    )
    near = did_you_mean(spelled, own) if spelled else None
    return DataError(f"{name}() {problem}.", where=where, hint=near or examples)
