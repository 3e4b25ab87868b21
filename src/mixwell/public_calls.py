"""Calls that users make: arguments that one does not have are answered in a sentence of ours.

Meanwhile BLAS uses one thread (`mixwell.threads` says why), and with `progressbar=False` no work
within a call shows a bar, reading a table included.
"""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import wraps
from inspect import Parameter, Signature, isfunction, signature
from typing import Any

from mixwell.errors import DataError, did_you_mean
from mixwell.progress import no_bars_but_asked
from mixwell.threads import one_blas_thread


def public[**P, R](call: Callable[P, R]) -> Callable[P, R]:
    """Make a function of users refuse what its signature does not take with `DataError`.

    Names, signature and docstring stay as they are.

    Examples
    --------
    >>> @public
    ... def summary(*, ci_prob=None): ...
    >>> summary(prob=0.9)
    Traceback (most recent call last):
        ...
    mixwell.errors.DataError: summary() has no argument prob=.
    Did you mean "ci_prob"?
    """
    return _answered(call, call.__name__)


def public_methods[T: type](kind: T) -> T:
    """Make a class and its public methods refuse as `public` does."""
    for name, method in list(vars(kind).items()):
        if isfunction(method) and (name == "__init__" or not name.startswith("_")):
            shown = kind.__name__ if name == "__init__" else name
            setattr(kind, name, _answered(method, shown, bound=1))
    return kind


def _answered[**P, R](call: Callable[P, R], name: str, bound: int = 0) -> Callable[P, R]:
    """Return the call with its arguments checked first; `bound` of them are not the user's."""
    takes = signature(call)

    @wraps(call)
    def answered(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            given = takes.bind(*args, **kwargs).arguments
        except TypeError as error:
            own = list(takes.parameters.values())[bound:]
            without_self = takes.replace(parameters=own)
            raise _refusal(f"{name}()", without_self, args[bound:], kwargs, error) from None
        hidden = given.get("progressbar") is False
        with one_blas_thread(), no_bars_but_asked() if hidden else nullcontext():
            return call(*args, **kwargs)

    return answered


def _refusal(
    call: str,
    takes: Signature,
    args: tuple[object, ...],
    kwargs: Mapping[str, Any],
    error: TypeError,
) -> DataError:
    """Say why arguments cannot be bound: an unknown name before a missing one, often its cause."""
    parameters = takes.parameters.values()
    named = [each.name for each in parameters if each.kind is not Parameter.VAR_KEYWORD]
    if not named:
        return DataError(f"{call} takes no arguments.")
    further = len(named) < len(parameters)
    unknown = [name for name in kwargs if name not in named and not further]
    if unknown:
        said = f"{call} has no argument {unknown[0]}=."
        return DataError(said, hint=did_you_mean(unknown[0], named))
    by_place = [each.name for each in parameters if each.kind is Parameter.POSITIONAL_OR_KEYWORD]
    if len(args) > len(by_place):
        hint = f"Write names: {', '.join(f'{name}=' for name in named)}."
        allowed = f"{len(by_place) or 'no'} argument{'s' * (len(by_place) > 1)}"
        return DataError(f"{call} takes {allowed} by place, not {len(args)}.", hint=hint)
    twice = [name for name in by_place[: len(args)] if name in kwargs]
    if twice:
        return DataError(f"{call} is given {twice[0]}= twice, by place and by name.")
    given = {*by_place[: len(args)], *kwargs}
    needed = [
        each.name
        for each in parameters
        if each.default is Parameter.empty and each.name in named and each.name not in given
    ]
    said = ", ".join(f"{name}=" for name in needed)
    return DataError(f"{call} needs {said}." if needed else f"{call}: {error}.")
