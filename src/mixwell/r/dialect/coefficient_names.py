"""R's names of parameters and mixwell's: lme4's `(Intercept)`, brms's `sd_user__Intercept`."""

from itertools import combinations

from mixwell.r.dialect.family_facts import PARAMETERS
from mixwell.specify.layout import FactorEffects
from mixwell.specify.naming import element
from mixwell.specify.spec import Spec


def plain(name: str) -> str:
    """Return a coefficient's name as brms has it: without the brackets of `(Intercept)`.

    >>> plain("(Intercept)"), plain("I(x^2)")
    ('Intercept', 'I(x^2)')
    """
    return "Intercept" if name == "(Intercept)" else name


def fixed_names(spec: Spec) -> dict[str, str]:
    """Return R's name of every fixed effect by its name in `Fit.fixef()`."""
    names: dict[str, str] = {}
    for parameter, predictor in spec.predictors.items():
        pairs = zip(predictor.fixed.names, predictor.fixed.r_names, strict=True)
        for ours, r_name in pairs:
            own = spec.names(parameter)
            shown = f"{own.prefix}{plain(r_name)}{own.suffix}"
            names[own.label(ours)] = r_name if own.plain else shown
    return names


def _brms_effects(spec: Spec) -> dict[str, str]:
    """Return our name of every fixed effect by brms's, which numbers thresholds: `bcs_x[1]`."""
    found: dict[str, str] = {}
    for parameter, predictor in spec.predictors.items():
        own, row = spec.names(parameter), spec.layout.naming.row(parameter)
        for ours, r_name in zip(predictor.fixed.names, predictor.fixed.r_names, strict=True):
            brms = f"b_{own.prefix}{plain(r_name)}"
            if own.suffix and row is not None:
                brms = f"bcs_{plain(r_name)}[{row + 1}]"
            found[brms] = own.label(ours)
    return found


def effect_names(found: FactorEffects) -> dict[str, str]:
    """Return R's names of one factor's effects by ours, both as `Fit.VarCorr()` has them."""
    r_names = [name for block in found.blocks for name in block.r_effects]
    if found.names.prefix:
        r_names = [found.names.label(plain(name)) for name in r_names]
    return dict(zip(found.full_effects, r_names, strict=True))


def group_effects(spec: Spec) -> dict[str, dict[str, str]]:
    """Return for every factor R's names of its effects by ours."""
    names: dict[str, dict[str, str]] = {factor: {} for factor in spec.layout.factor_levels}
    for found in spec.layout.factors:
        names[found.factor] |= effect_names(found)
    return names


def brms_variables(spec: Spec) -> dict[str, str]:
    """Return our name of every parameter by brms's: `b_Days`, `sd_Subject__Days`, `sigma`.

    >>> import mixwell as mw
    >>> model = mw.Model("Reaction ~ Days + (Days | Subject)", mw.load_data("sleepstudy"))
    >>> brms_variables(model.spec)["cor_Subject__Intercept__Days"]
    'corr_Subject[Intercept, Days]'
    """
    names = _brms_effects(spec)
    for found in spec.layout.factors:
        before, shown = found.names.prefix, effect_names(found)
        for effect, r_name, key in zip(found.effects, shown.values(), found.sd_keys, strict=True):
            name = plain(r_name)
            names[f"sd_{found.factor}__{name}"] = key
            for level in found.levels:
                # brms puts the parameter behind the factor and writes blanks in levels as dots
                group = f"{found.factor}__{before[:-1]}" if before else found.factor
                own, spaceless = name.removeprefix(before), level.replace(" ", ".")
                names[f"r_{group}[{spaceless},{own}]"] = element(found.r_name, level, effect)
    names |= _correlations(spec)
    swapped = {ours: brms for brms, ours in PARAMETERS.items()}
    for name in spec.auxiliary:
        if name not in spec.predictors:
            names[name] = name
            names[swapped.get(name, name)] = name
    return names


def _correlations(spec: Spec) -> dict[str, str]:
    names: dict[str, str] = {}
    shown = group_effects(spec)
    for matrix in spec.layout.correlations:
        for unit, places in matrix.units:
            labels = [matrix.labels[place] for place in places]
            r_names = [plain(shown[unit.factor][effect]) for effect in unit.full_effects]
            for (one, first), (two, second) in combinations(zip(labels, r_names, strict=True), 2):
                names[f"cor_{unit.factor}__{first}__{second}"] = element(matrix.name, one, two)
    return names


def coefficients(spec: Spec, parameter: str = "mean") -> dict[str, str]:
    """Return our name of every coefficient of one parameter by brms's."""
    fixed = spec.predictors[parameter].fixed
    return dict(zip(map(plain, fixed.r_names), fixed.names, strict=True))
