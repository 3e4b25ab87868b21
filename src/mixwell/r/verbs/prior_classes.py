"""brms's priors: `prior("normal(0, 1)", class_="b", coef="Days")` and where it goes."""

from collections.abc import Iterable, Mapping

import pandas as pd

from mixwell.errors import PriorError, did_you_mean, listed_values, require_text
from mixwell.public_calls import public
from mixwell.r.dialect.brms_prior import BrmsPrior
from mixwell.r.dialect.coefficient_names import coefficients, effect_names, plain
from mixwell.r.dialect.family_facts import PARAMETERS
from mixwell.specify.naming import GroupNames, element, read_name
from mixwell.specify.priors import PriorEntry
from mixwell.specify.spec import Spec


@public
def set_prior(
    prior: str, class_: str = "b", coef: str = "", group: str = "", dpar: str = ""
) -> BrmsPrior:
    """Return a prior for `brm`, addressed as in brms.

    >>> set_prior("normal(0, 10)", class_="b", coef="Days").coef
    'Days'
    """
    given = {"prior": prior, "class_": class_, "coef": coef, "group": group, "dpar": dpar}
    for name, value in given.items():
        require_text(name, value)
    return BrmsPrior(prior, class_, coef, group, dpar)


def prior_keys(spec: Spec, prior: BrmsPrior) -> list[str]:
    """Return mixwell's keys for what a brms prior is about; raises `PriorError` for no such thing.

    Class `Intercept` is, as in brms, the intercept at the predictors' means.
    """
    parameter = prior.dpar or "mean"
    if parameter == spec.family.location.name:
        parameter = "mean"
    if parameter != "mean" and parameter not in spec.predictors:
        near = did_you_mean(parameter, list(spec.design.parameters))
        raise _wrong(prior, f'There is no formula for "{parameter}".', near or "Leave dpar out.")
    own_names = spec.names(parameter)
    slopes = own_names.coefficients
    match prior.class_:
        case "b" if prior.coef:
            coefs = coefficients(spec, parameter)
            return [element(slopes, _chosen(prior, prior.coef, coefs))]
        case "b":
            return [slopes]
        case "Intercept":
            return [own_names.intercept]
        case "sd":
            return _deviations(spec, prior, parameter)
        case "cor" | "L":
            names = [matrix.name for matrix in spec.layout.correlations]
            return names if not prior.group else [GroupNames(prior.group).corr_name]
    own = PARAMETERS.get(prior.class_, prior.class_)
    if own in spec.auxiliary:
        return [own]
    classes = ", ".join(("b", "Intercept", "sd", "cor", *spec.auxiliary))
    said = f'There is nothing of class "{prior.class_}" in this model.'
    raise _wrong(prior, said, f"Classes: {classes}.")


def _deviations(spec: Spec, prior: BrmsPrior, parameter: str) -> list[str]:
    factors = {found.factor: found for found in spec.layout.of(parameter)}
    if not factors:
        said = "The model has no random effects, so no sd."
        raise _wrong(prior, said, 'The residual standard deviation is class_="sigma".')
    if prior.group:
        factors = {prior.group: _chosen(prior, prior.group, factors)}
    if not prior.coef:
        return [found.sd_name for found in factors.values()]
    before, keys = spec.names(parameter).prefix, []
    for found in factors.values():
        r_names = [plain(name.removeprefix(before)) for name in effect_names(found).values()]
        shown = dict(zip(r_names, found.sd_keys, strict=True))
        keys.append(_chosen(prior, prior.coef, shown))
    return keys


def _chosen[T](prior: BrmsPrior, name: str, choices: Mapping[str, T]) -> T:
    """Return what a name of brms's stands for; `PriorError` with the nearest names."""
    for known, value in choices.items():
        if plain(name) == known:
            return value
    raise _wrong(prior, f'There is no "{name}" in this model.', did_you_mean(name, choices))


def _wrong(prior: BrmsPrior, message: str, hint: str | None) -> PriorError:
    """Return the error for a prior that has no place in the model."""
    return PriorError(message, where=_shown(prior), hint=hint)


def _shown(prior: BrmsPrior) -> str:
    parts = [f"{n}={v}" for n, v in (("coef", prior.coef), ("group", prior.group)) if v]
    return f"prior({', '.join([prior.prior, f'class={prior.class_}', *parts])})"


def read_priors(
    spec: Spec, prior: BrmsPrior | Iterable[BrmsPrior] | Mapping[str, object] | None
) -> dict[str, object]:
    """Return `Model`'s priors for brms's; a mapping is taken to be one of `Model`'s already."""
    if prior is None:
        return {}
    if isinstance(prior, Mapping):
        return dict(prior)
    listed = map(_checked, listed_values(prior))
    return {key: one.prior or "flat" for one in listed for key in prior_keys(spec, one)}


def _checked(prior: object) -> BrmsPrior:
    if isinstance(prior, BrmsPrior):
        return prior
    raise PriorError(
        f"prior= has {prior!r} in it.",
        where="prior",
        hint='Use set_prior("normal(0, 1)", class_="b"), a list of these, or a dict by name.',
    )


def prior_frame(spec: Spec) -> pd.DataFrame:
    """Return the priors in the columns of brms's `get_prior` and `prior_summary`."""
    columns = ["prior", "class", "coef", "group", "dpar", "lb", "source"]
    rows = []
    for entry in spec.priors:
        kind, coef, group = _address(spec, entry)
        dpar = spec.names(entry.parameter).prefix.removesuffix("_")
        lower = "0" if entry.positive else ""
        rows.append((str(entry.prior), kind, coef, group, dpar, lower, entry.prior.origin))
    return pd.DataFrame(rows, columns=columns)


def _address(spec: Spec, entry: PriorEntry) -> tuple[str, str, str]:
    """Return brms's class, coef and group of a prior."""
    parameter = entry.parameter
    match entry.role:
        case "intercept":
            return ("Intercept", "", "") if entry.centered else ("b", "Intercept", "")
        case "slope":
            fixed = spec.predictors[parameter].fixed
            names = dict(zip(fixed.names, fixed.r_names, strict=True))
            return "b", names[entry.element], ""
        case "sd":
            found = next(f for f in spec.layout.factors if f.sd_name in entry.groups)
            own = spec.names(parameter)
            coef = plain(effect_names(found)[own.label(entry.element)]).removeprefix(own.prefix)
            return "sd", plain(coef), found.factor
        case "corr":
            return "cor", "", read_name(entry.key)[1]
    return entry.key, "", ""
