"""The kinds of response that families are for, and the refusal of other kinds."""

from contextlib import suppress
from typing import TYPE_CHECKING

from mixwell.errors import DataError
from mixwell.families.family import Family
from mixwell.text.phrases import and_more, and_so_on

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mixwell.design.response.response import Response

__all__ = ["COUNTS", "NUMBER", "ORDERED", "TRIALS", "check_kind", "further_rows"]

#: What `Support.kind` may be; several responses have the kinds of their families.
NUMBER, _OUTCOMES, TRIALS = "number", "outcomes", "trials"
ORDERED, _CATEGORIES, COUNTS = "ordered", "categories", "counts"
_SHARES = "shares"
#: How far sums of shares may be from 1.
_ROUNDING = 1e-6


def _check_outcomes(family: Family, response: "Response") -> None:
    levels = response.levels
    if response.trials is None and (levels is None or len(levels) == 2):
        return
    found = f"levels {and_more([str(level) for level in levels], 6)}" if levels else "trials"
    raise DataError(
        f'The family "{family.name}" takes two outcomes; "{response.name}" has {found}.',
        where=f'response "{response.name}"',
        hint="Use 0 and 1, True and False, or a factor with two levels (the first is failure).",
    )


def _check_trials(family: Family, response: "Response") -> None:
    if response.trials is None:
        raise DataError(
            f'The family "{family.name}" needs the number of trials for "{response.name}".',
            where=f'response "{response.name}"',
            hint="Write y | trials(n) ~, cbind(successes, failures) ~, or y / n ~ with weights.",
        )
    if not response.trials.any():
        raise DataError(
            f'"{response.name}" has 0 trials in every row, so that nothing was observed.',
            where=f'trials of the response "{response.name}"',
            hint="Give the number of trials of each row.",
        )


def _check_number(family: Family, response: "Response") -> None:
    if response.levels is not None or response.trials is not None:
        found = "a factor" if response.levels is not None else "a count out of trials"
        if response.name.startswith("cbind("):
            several = response.name.replace("cbind", "mvbind", 1)
            raise DataError(
                f'The family "{family.name}" takes one number a row; "{response.name}" is a count '
                "out of trials.",
                where=f'response "{response.name}"',
                hint=f"Several responses are {several}; counts out of trials are for binomial.",
            )
        raise DataError(
            f'The family "{family.name}" takes a numeric response; "{response.name}" is {found}.',
            where=f'response "{response.name}"',
            hint='Use family="bernoulli" for two outcomes, "binomial" for counts out of trials, '
            '"cumulative" for ratings, "categorical" for categories.',
        )


def _check_ordered(family: Family, response: "Response") -> None:
    levels = response.levels
    if response.kind == ORDERED and levels is not None and len(levels) > 1:
        return _refuse_emptied(response)
    where, name = f'response "{response.name}"', response.name
    if response.kind == ORDERED:
        raise DataError(
            f'All rows of "{name}" have one rating.', where=where, hint="There is nothing to model."
        )
    if levels is None:
        parted = (response.values % 1 != 0).nonzero()[0]
        first = f" {response.values[parted[0]]:g}{further_rows(parted.size)}" if parted.size else ""
        raise DataError(
            f'The family "{family.name}" takes ratings; "{name}" has other numbers'
            f"{first and ':'}{first}.",
            where=f"{where}, row {parted[0] + 1} of those used" if parted.size else where,
            hint=f"{family.support.advice} ordered({name}) makes a rating of each number.",
        )
    raise DataError(
        f'The family "{family.name}" takes ordered categories; "{name}" is a factor without order.',
        where=where,
        hint="Order it in the formula, the lowest first: "
        f"ordered({name}, levels = c({_in_order(levels)})) ~ ...",
    )


def _in_order(levels: "Sequence[str]") -> str:
    """Return levels as texts, those that are all numbers by their size."""
    with suppress(ValueError):
        levels = sorted(levels, key=float)
    return and_so_on(list(map(repr, levels)))


def _refuse_emptied(response: "Response") -> None:
    """Refuse levels all of whose rows were left out after they were learned."""
    present = set(response.values.tolist())
    levels = enumerate(response.levels or ())
    empty = [level for code, level in levels if code not in present]
    if empty:
        raise DataError(
            f"No row that is left is of {and_more(list(map(repr, empty)), 4)}: those have gaps "
            "elsewhere, or subset() leaves them out.",
            where=f'response "{response.name}"',
            hint="Fill the gaps, or leave these rows out of the data.",
        )


def _check_categories(family: Family, response: "Response") -> None:
    where, name = f'response "{response.name}"', response.name
    if response.levels is None or response.kind != _CATEGORIES:
        raise DataError(
            f'The family "{family.name}" takes categories; "{name}" has other numbers.',
            where=where,
            hint=family.support.advice,
        )
    if len(response.levels) < 2:
        raise DataError(
            f'All rows of "{name}" are of one category.',
            where=where,
            hint="There is nothing to model.",
        )
    _refuse_emptied(response)


def _check_counts(family: Family, response: "Response") -> None:
    """Refuse categories of which there is no count at all: their odds would be 0."""
    columns, levels = response.columns, response.levels
    where = f'response "{response.name}"'
    if columns is None or levels is None or len(levels) < 2:
        raise DataError(
            f'The family "{family.name}" takes several columns.',
            where=where,
            hint=family.support.advice,
        )
    empty = [level for level, column in zip(levels, columns.T, strict=True) if not column.any()]
    if empty:
        raise DataError(
            f"The response has no {and_more(empty, 4)}: the column is 0 in every row.",
            where=where,
            hint="Leave the column out.",
        )


def _check_shares(family: Family, response: "Response") -> None:
    """Refuse shares that do not add up to 1 in every row."""
    _check_counts(family, response)
    assert response.columns is not None
    sums = response.columns.sum(axis=1)
    wrong = (abs(sums - 1) > _ROUNDING).nonzero()[0]
    if wrong.size:
        more = further_rows(wrong.size)
        raise DataError(
            f'The shares of "{response.name}" add up to {sums[wrong[0]]:g}, not 1{more}.',
            where=f"row {wrong[0] + 1} of those used",
            hint="Divide each row by its sum.",
        )


def further_rows(count: int) -> str:
    """Return how many rows there are beyond the first."""
    return f" (and {count - 1} more row{'s' * (count > 2)})" if count > 1 else ""


_CHECKS = {
    NUMBER: _check_number,
    _OUTCOMES: _check_outcomes,
    TRIALS: _check_trials,
    ORDERED: _check_ordered,
    _CATEGORIES: _check_categories,
    COUNTS: _check_counts,
    _SHARES: _check_shares,
}


def check_kind(family: Family, response: "Response") -> None:
    """Refuse a response of another kind than the family's; raises `DataError`."""
    _CHECKS[family.support.kind](family, response)
