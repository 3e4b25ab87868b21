"""R's names of parameters beside mixwell's: lme4's `(Intercept)`, brms's `sd_user__Intercept`."""

from mixwell.r.dialect.family_facts import PARAMETERS
from mixwell.specify.layout import FactorEffects, prefix
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
            own = f"{prefix(parameter)}{ours}"
            names[own] = r_name if parameter == "mean" else f"{parameter}_{plain(r_name)}"
    return names


def effect_names(found: FactorEffects) -> dict[str, str]:
    """Return R's names of one factor's effects by ours, both as `Fit.VarCorr()` has them."""
    before = prefix(found.parameter)
    r_names = [name for block in found.blocks for name in block.r_effects]
    if before:
        r_names = [plain(name) for name in r_names]
    pairs = zip(found.effects, r_names, strict=True)
    return {f"{before}{ours}": f"{before}{r_name}" for ours, r_name in pairs}


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
    names = {f"b_{plain(r_name)}": ours for ours, r_name in fixed_names(spec).items()}
    for found in spec.layout.factors:
        before, shown = prefix(found.parameter), effect_names(found)
        for effect in found.effects:
            name = plain(shown[f"{before}{effect}"])
            names[f"sd_{found.factor}__{name}"] = f"{found.sd_name}[{effect}]"
            for level in found.levels:
                # brms puts the parameter behind the factor and writes blanks in levels as dots
                group = f"{found.factor}__{found.parameter}" if before else found.factor
                own, spaceless = name.removeprefix(before), level.replace(" ", ".")
                names[f"r_{group}[{spaceless},{own}]"] = f"{found.r_name}[{level}, {effect}]"
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
            effects = shown[unit.factor]
            before = matrix.name.removeprefix("corr_").removesuffix(unit.factor)
            labels = [matrix.labels[place] for place in places]
            r_names = [plain(effects.get(la, effects.get(f"{before}{la}", la))) for la in labels]
            for j in range(len(labels)):
                for i in range(j):
                    ours = f"{matrix.name}[{labels[i]}, {labels[j]}]"
                    names[f"cor_{unit.factor}__{r_names[i]}__{r_names[j]}"] = ours
    return names


def coefficients(spec: Spec, parameter: str = "mean") -> dict[str, str]:
    """Return our name of every coefficient of one parameter by brms's."""
    fixed = spec.predictors[parameter].fixed
    return dict(zip(map(plain, fixed.r_names), fixed.names, strict=True))
