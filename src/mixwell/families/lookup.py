"""Find a family by name, and check that it can have a response."""

from contextlib import suppress
from typing import TYPE_CHECKING

from mixwell.errors import DataError, nearest
from mixwell.families.absent import ABSENT
from mixwell.families.elementwise import arguments_of
from mixwell.families.family import Family, Refusal
from mixwell.families.ordered.rating_families import EQUIDISTANT
from mixwell.families.real.asymmetric_laplace import ASYMMETRIC_LAPLACE, asymmetric_laplace
from mixwell.families.registry import ALIASES, FAMILIES
from mixwell.families.several import SEVERAL
from mixwell.text.phrases import and_more, and_so_on, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mixwell.design.response.response import Response
    from mixwell.numeric.arrays import FloatArray

__all__ = ["check_response", "get_family", "is_known", "resolve_family"]

#: The kinds of response that a family may be for.
_NUMBER, _OUTCOMES, _TRIALS = "number", "outcomes", "trials"
_ORDERED, _CATEGORIES, _COUNTS = "ordered", "categories", "counts"
_SHARES = "shares"
#: How far sums of shares may be from 1.
_ROUNDING = 1e-6
#: Next to numbers this many times larger a float has four digits left.
_WIDEST = 1e12


#: Names by their letters alone: "ZeroInflatedPoisson" and "zero_inflated(poisson)" are one.
_JOINED = {n.replace("_", ""): key for n, key in (ALIASES | {f: f for f in FAMILIES}).items()}
#: Families of ratings by name, with those that have their thresholds at equal distances.
_EQUIDISTANT = {
    f.based_on: f.name for f in FAMILIES.values() if f.name == f"{f.based_on}_{EQUIDISTANT}"
}


def get_family(name: str | Family, link: str | None = None) -> Family:
    """Find a family by name and give it a link (its default link when `link` is None).

    Raises `DataError` for an unknown family or link, with the choices.

    >>> get_family("nbinom")
    Family(negativebinomial, link log)
    """
    family = name if isinstance(name, Family) else _named(name)
    return family.with_link(link)


def is_known(name: str) -> bool:
    """Return whether there is a family of this name; one of the user's own is none."""
    try:
        get_family(name)
    except DataError:
        return False
    return True


def resolve_family(name: str | Family, link: str | None, response: "Response") -> Family:
    """Find the family and check that it can have this response.

    A family of trials is, for a 0/1 or two-level response without them, that of one trial, as in R.
    One of several categories has the parameters of those of the response. Raises `DataError`.
    """
    family = get_family(name, link)
    if family.support.kind == _TRIALS and response.trials is None and _has_two_outcomes(response):
        family = get_family(family.single or family, family.link_name)
    check_response(family, response)
    return family.of(response.levels)


def _has_two_outcomes(response: "Response") -> bool:
    return response.levels is not None or bool(set(response.values.tolist()) <= {0.0, 1.0})


def _named(name: object) -> Family:
    if not isinstance(name, str):
        kind = getattr(name, "__name__", type(name).__name__)  # a class or function of others
        raise DataError(
            f"A family is a name, not {type(name).__name__}.",
            where="family",
            hint=_family_hint(kind),
        )
    called, bracket, inside = name.strip().lower().replace(" ", "").partition("(")
    key = called.replace("-", "_")
    key = ALIASES.get(key, key)
    if key in FAMILIES and inside in ("", ")"):
        return FAMILIES[key]
    if key == ASYMMETRIC_LAPLACE.name and inside.startswith("quantile="):
        with suppress(ValueError):
            return asymmetric_laplace(float(inside.removesuffix(")").removeprefix("quantile=")))
    if key in _EQUIDISTANT and inside.startswith("threshold="):
        return _with_thresholds(key, inside.removesuffix(")").removeprefix("threshold="))
    joined = _JOINED.get(f"{key}{inside.removesuffix(')')}".replace("_", ""))
    if joined is not None:
        return FAMILIES[joined]
    if key in ABSENT:
        absent = ABSENT[key]
        raise DataError(
            f'mixwell has no family "{name}": {absent.what}.', where="family", hint=absent.instead
        )
    hint = _family_hint(called.rpartition(".")[2])
    if key in FAMILIES and bracket:
        hint = f'Give the name alone: family="{key}". A link is link=, as link="log".'
    raise DataError(f'There is no family "{name}".', where="family", hint=hint)


def _with_thresholds(key: str, kind: str) -> Family:
    """Return a family of ratings with thresholds of a kind, its name perhaps in quotes."""
    kind = kind.strip("'\"")
    if kind == "flexible":
        return FAMILIES[key]
    if kind == EQUIDISTANT:
        return FAMILIES[_EQUIDISTANT[key]]
    raise DataError(
        f'There are no thresholds "{kind}".',
        where="family",
        hint=f'Choices: "flexible" and "{EQUIDISTANT}"; the first holds those that keep a pattern.',
    )


def _family_hint(name: str) -> str:
    spelled = nearest(name, [*FAMILIES, *ALIASES])
    near = dict.fromkeys(ALIASES.get(found, found) for found in spelled)  # some are misspelled
    own = [family.name for family in FAMILIES.values() if not family.based_on]
    based = [f for f in FAMILIES.values() if f.based_on and f.support.whole]
    counts = [f for f in based if f.name.endswith(f.based_on)]
    made = dict.fromkeys(family.name.removesuffix(family.based_on) for family in counts)
    choices = f"Choices: {', '.join(own)}; of a count also with {listed(list(made))} before it."
    offered = " or ".join(f'"{family}"' for family in near)
    return f"Did you mean {offered}? {choices}" if near else choices


def check_response(family: Family, response: "Response") -> None:
    """Refuse a response that a family cannot have.

    Raises `DataError` naming the response and what is wrong with it.
    """
    _check_additions(family, response)
    _check_precisions(family, response)
    _KINDS[family.support.kind](family, response)
    _check_values(family, response)
    _check_needs(family, response)
    _check_bounds(family, response)


def _check_needs(family: Family, response: "Response") -> None:
    """Refuse responses among which none is as the family needs one to be."""
    found = family.arguments(y=response.values)
    for need in family.support.needs:
        if not found.call(need.where).any():
            raise DataError(
                f'The response "{response.name}" {need.complaint}.',
                where=f'column "{response.name}"',
                hint=need.advice,
            )


def _check_additions(family: Family, response: "Response") -> None:
    used = {
        "weights": response.weights is not None,
        "se": response.se is not None,
        "cens": response.censoring is not None,
        "trunc": response.truncated,
    }
    for name, present in used.items():
        if present and name not in family.additions:
            able = [f.name for f in FAMILIES.values() if name in f.additions]
            raise DataError(
                f'The family "{family.name}" cannot use {name}().',
                where=f"response {response.name}",
                hint=f"Families that can: {', '.join(able)}.",
            )
    if used["cens"] and used["trunc"]:
        raise DataError(
            "cens() and trunc() cannot be combined.",
            where=f"response {response.name}",
            hint="Keep the one of them that describes how the data were recorded.",
        )


def _check_precisions(family: Family, response: "Response") -> None:
    """Refuse weights that leave nothing, and those next to which floats lose the others.

    Where they divide a variance none may be 0; elsewhere they count rows, as trials and counts do.
    """
    weights = response.weights
    if weights is not None and not weights.any():
        raise DataError(
            "All weights are 0, so that no row counts.",
            where="weights",
            hint="Give weights above 0 to the rows that are to count.",
        )
    if family.scale is not None and weights is not None:
        _check_row_variances(weights)
    elif family.scale is None:
        _check_counted(family, response)


def _check_row_variances(weights: "FloatArray") -> None:
    rows = (weights == 0).nonzero()[0]
    if rows.size:
        raise DataError(
            f"A weight of 0, as in {rows.size} of {weights.size} rows, leaves a response "
            "without a finite variance.",
            where=f"weights, row {rows[0] + 1} of those used",
            hint="Leave these rows out of the data.",
        )
    if weights.max() > _WIDEST * weights.min():
        raise DataError(
            f"Weights range from {weights.min():g} to {weights.max():g}: next to the heaviest row "
            "floating-point numbers lose what the lightest say.",
            where=f"weights, row {weights.argmax() + 1} of those used",
            hint=f"Give weights that differ by a factor of {_WIDEST:g} at most.",
        )


def _check_counted(family: Family, response: "Response") -> None:
    """Refuse so many trials or events that a log likelihood has no digits behind its point."""
    sizes = 1.0 + 0.0 * response.values
    if response.trials is not None:
        sizes = response.trials
    elif family.support.whole and family.support.kind in (_NUMBER, _COUNTS):
        sizes = response.values
    weights = response.weights
    total = float((sizes if weights is None else weights * sizes).sum())
    if total > _WIDEST:
        what = "counts" if weights is None else "weights"
        raise DataError(
            f"The {what} add up to {total:.3g}: a log likelihood of that size has no digits left "
            "behind its point.",
            where=f'{what} of the response "{response.name}"',
            hint=f"Count in larger units, so that the sum is at most {_WIDEST:g}.",
        )


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
        raise DataError(
            f'The family "{family.name}" takes a numeric response; "{response.name}" is {found}.',
            where=f'response "{response.name}"',
            hint='Use family="bernoulli" for two outcomes, "binomial" for counts out of trials, '
            '"cumulative" for ratings, "categorical" for categories.',
        )


def _check_ordered(family: Family, response: "Response") -> None:
    levels = response.levels
    if response.kind == _ORDERED and levels is not None and len(levels) > 1:
        return _refuse_emptied(response)
    where, name = f'response "{response.name}"', response.name
    if response.kind == _ORDERED:
        raise DataError(
            f'All rows of "{name}" have one rating.', where=where, hint="There is nothing to model."
        )
    if levels is None:
        parted = (response.values % 1 != 0).nonzero()[0]
        first = f" {response.values[parted[0]]:g}{_further(parted.size)}" if parted.size else ""
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
        more = _further(wrong.size)
        raise DataError(
            f'The shares of "{response.name}" add up to {sums[wrong[0]]:g}, not 1{more}.',
            where=f"row {wrong[0] + 1} of those used",
            hint="Divide each row by its sum.",
        )


def _check_several(family: Family, response: "Response") -> None:
    for number, part in enumerate(family.parts):
        check_response(part, response.part(number))


_KINDS = {
    _NUMBER: _check_number,
    _OUTCOMES: _check_outcomes,
    _TRIALS: _check_trials,
    _ORDERED: _check_ordered,
    _CATEGORIES: _check_categories,
    _COUNTS: _check_counts,
    _SHARES: _check_shares,
    SEVERAL: _check_several,
}


def _check_values(family: Family, response: "Response") -> None:
    given = {name: values for name, values in response.read.items() if name in ("y", "trials")}
    columns = [(response.name, given)]
    if response.columns is not None:
        parts = zip(response.levels or (), response.columns.T, strict=True)
        columns = [(level, {**given, "y": column}) for level, column in parts]
    for refusal in family.support.refusals:
        for name, values in columns:
            _refuse_values(family, refusal, name, values)


def _further(count: int) -> str:
    """Return how many rows there are beyond the first."""
    return f" (and {count - 1} more row{'s' * (count > 2)})" if count > 1 else ""


def _refuse_values(
    family: Family, refusal: Refusal, name: str, given: "dict[str, FloatArray]"
) -> None:
    rows = family.arguments(**given).call(refusal.where).nonzero()[0]
    if rows.size:
        first = given["y" if "y" in arguments_of(refusal.where) else "trials"][rows[0]]
        raise DataError(
            f'The response "{name}" {refusal.complaint}: {first:g}{_further(rows.size)}.',
            where=f'column "{name}", row {rows[0] + 1} of those used',
            hint=family.support.advice,
        )


def _check_bounds(family: Family, response: "Response") -> None:
    """Refuse bounds that leave one number of a continuous response, or that counts cannot have."""
    lower, upper, name = response.lower, response.upper, response.name
    if not family.support.whole:
        if lower is None or upper is None:
            return
        alike = (lower == upper).nonzero()[0]
        if alike.size:
            raise DataError(
                f"Nothing but {response.values[alike[0]]:g} lies between the truncation bounds, "
                "of which a row says nothing.",
                where=f'bounds of "{name}", row {alike[0] + 1} of those used',
                hint="Correct the bounds, or leave the row out.",
            )
        return
    for what, ends in (("bound", lower), ("bound", upper), ("limit", response.censoring_upper)):
        if ends is None:
            continue
        parted = (ends % 1 > 0).nonzero()[0]  # infinite ends are whole
        if parted.size:
            raise DataError(
                f'The {what} of "{name}" is {ends[parted[0]]:g}, but its values are whole numbers.',
                where=f'{what}s of "{name}", row {parted[0] + 1} of those used',
                hint="Give the last whole number that is possible.",
            )
