"""R's `re.form`: which of a model's grouping factors a formula keeps, as treatments by factor."""

from collections.abc import Mapping, Sequence

from mixwell.errors import DataError, FormulaError
from mixwell.formula import Formula, GroupTerm, deparse, parse_formula

__all__ = ["kept_groups"]

_NONE = ("~0", "NA", "~1")


def kept_groups(
    form: str | None, formulas: Sequence[Formula], *, new: bool = False
) -> str | Mapping[str, str]:
    """Return the treatment of groups that R's `re.form` asks for: one, or one a factor.

    None takes all deviations along, "~0" and "NA" none, "~(1 | g)" those of g; `new` is
    `allow.new.levels`. Raises `DataError` for terms that the model does not have, and where only
    some of a factor's effects are kept, which no treatment of a whole factor can say.

    >>> from mixwell.formula import parse_formula
    >>> formulas = [parse_formula("y ~ x + (x | user) + (1 | item)")]
    >>> kept_groups("~(x | user)", formulas, new=True)
    {'user': 'mixed'}
    """
    treatment = "mixed" if new else "existing"
    if form is None:
        return treatment
    if form.replace(" ", "") in _NONE:
        return "population"
    asked = _effects([_read(form)])
    whole = _effects(formulas)
    names = {_key(term): term.name for formula in formulas for term in formula.groups}
    for key, effects in asked.items():
        if key not in whole or not effects <= whole[key]:
            raise _refused(form, "names random effects that the model does not have", formulas)
        if effects != whole[key]:
            raise _refused(form, f"keeps only some of the effects of {names[key]}", formulas)
    return {names[key]: treatment for key in asked}


def _read(form: str) -> Formula:
    try:
        return parse_formula(form)
    except FormulaError as error:
        raise DataError(
            f"re_form={form!r} is no formula: {error.message}", where="re_form", hint=_ADVICE
        ) from None


def _effects(formulas: Sequence[Formula]) -> dict[frozenset[str], set[str]]:
    """Return the effects of every grouping factor, of all linear predictors together."""
    found: dict[frozenset[str], set[str]] = {}
    for term in (term for formula in formulas for term in formula.groups):
        terms = term.terms()
        own = {":".join(sorted(name.split(":"))) for name in terms.names}
        found.setdefault(_key(term), set()).update(own | ({"1"} if terms.intercept else set()))
    return found


def _key(term: GroupTerm) -> frozenset[str]:
    """Return what distinguishes factors: a:b and b:a are one."""
    return frozenset(map(deparse, term.factors))


_ADVICE = 'None takes all random effects along, "~0" none, "~(1 | g)" those of g.'


def _refused(form: str, what: str, formulas: Sequence[Formula]) -> DataError:
    terms = ", ".join(str(term) for formula in formulas for term in formula.groups)
    said = f"The model has {terms}." if terms else "The model has no random effects."
    return DataError(f"re_form={form!r} {what}.", where="re_form", hint=f"{said} {_ADVICE}")
