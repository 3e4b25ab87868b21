"""glmmTMB's formulas of zeros and of the dispersion, as formulas of parameters."""

from collections.abc import Sequence

from mixwell.errors import DataError, require_text
from mixwell.families import FAMILIES, Family, get_family
from mixwell.r.dialect.family_facts import is_gaussian, named_parameter
from mixwell.r.verbs.model_arguments import R_LINKS, read_family
from mixwell.recipe import as_formulas

__all__ = ["with_own_formulas"]


def with_own_formulas(
    formula: str | Sequence[str], family: object, ziformula: str, dispformula: str
) -> tuple[object, tuple[str, ...]]:
    """Return the family, with zeros where `ziformula` asks for them, and the formulas of all.

    Texts are right sides, such as "~ x". Raises `DataError` for a family that has no such
    parameter, or for the gaussian one's dispersion, whose scale is glmmTMB's own.
    """
    texts = list(as_formulas(formula))
    zeros, dispersion = (
        require_text(name, text).strip().removeprefix("~").strip()
        for name, text in (("ziformula", ziformula), ("dispformula", dispformula))
    )
    if zeros == "0" and dispersion == "1":
        return family, tuple(texts)
    name, link = read_family(family, R_LINKS)
    chosen = get_family(name, link)
    if zeros != "0":
        chosen = _with_zeros(chosen)
        if zeros != "1":
            right = texts[0].partition("~")[2].strip() if zeros == "." else zeros
            texts.append(f"{named_parameter(chosen, 'glmmTMB', 'zi')} ~ {right}")
    if dispersion != "1":
        texts.append(f"{_dispersion(chosen)} ~ {dispersion}")
    return chosen, tuple(texts)


def _with_zeros(family: Family) -> Family:
    if not family.with_zeros:
        able = [f.name for f in FAMILIES.values() if f.with_zeros]
        raise DataError(
            f'Zeros cannot be added to the family "{family.name}".',
            where="ziformula",
            hint=f'Leave it at "~0", or take one of {", ".join(able)}.',
        )
    return get_family(family.with_zeros, family.link_name)


def _dispersion(family: Family) -> str:
    name = named_parameter(family, "glmmTMB", "dispersion")
    if name and not is_gaussian(family):
        return name
    said = f'The family "{family.name}" has no dispersion that glmmTMB models.'
    if name:
        said = "glmmTMB's dispersion is the variance of this family, which has sigma here."
    raise DataError(
        said,
        where="dispformula",
        hint='Give a list of formulas, such as ["y ~ x + (1 | g)", "sigma ~ x"].',
    )
