"""What differs between R's fit and mixwell's, one sentence each, only where it applies."""

from mixwell.formula import Expr
from mixwell.r.dialect.family_facts import MAXIMIZING, is_gaussian, named_parameter
from mixwell.r.language import nodes as r
from mixwell.r.language.argument_matching import Matched
from mixwell.r.language.deparser import deparse
from mixwell.r.translation.scope.coefficient_spelling import atoms, is_factor
from mixwell.r.translation.scope.environment import Context
from mixwell.r.translation.scope.r_values import FittedModel


def integrable(model: FittedModel) -> bool:
    """Return whether `Fit.mode` has an answer: with one node it always has."""
    if model.nodes <= 1:
        return True
    if len(model.formulas) > 1 or any(
        addition.name in ("cens", "trunc") for addition in model.formula.additions
    ):
        return False
    if model.family.lmer:
        return True
    if model.family.family.tally is None or len(model.factors) != 1:
        return False
    return sum(_effects(group.effects, model) for group in model.formula.groups) <= 2


def _effects(effects: Expr, model: FittedModel) -> int:
    names = atoms(effects)
    sizes = [len(model.frame.levels(name) or "ab") for name in names]
    return 1 + sum(sizes) - len(names) if names else 1


def say_differences(context: Context, model: FittedModel, matched: Matched) -> None:
    """Note every difference that applies to this model."""
    context.statement.fits = True
    _say_estimate(context, model)
    _say_priors(context, model)
    _say_columns(context, model)
    _say_weights(context, model, matched)
    if "dispformula" in matched and len(model.formulas) > 1 and is_gaussian(model.family.family):
        context.note(
            "dispersion",
            "coefficients of sigma are on log(sigma); glmmTMB's were on log(sigma^2), twice as "
            "large, up to version 1.1.5 at least.",
        )
    if _steers(matched) or matched.has("adapt_delta"):
        said = "control is left out: the settings of R's optimizer or sampler do not apply."
        context.note("control", said)
    if "exclude" in deparse(matched.get("na.action")):
        said = "rows with gaps are dropped, and have no predictions afterward."
        context.note("na.exclude", said)


#: lme4's checks of as many random effects as rows.
_CHECKS = ("check.nobs.vs.nRE", "check.nobs.vs.nlev")


def allows_saturated(matched: Matched) -> bool:
    """Return whether lme4's `control` lets as many random effects as rows pass."""
    return any(
        argument.name in _CHECKS and deparse(argument.value).strip("\"'") in ("ignore", "warning")
        for argument in _controls(matched)
    )


def _steers(matched: Matched) -> bool:
    """Return whether `control` holds more than these checks."""
    controls = _controls(matched)
    return matched.has("control") and not (controls and all(c.name in _CHECKS for c in controls))


def _controls(matched: Matched) -> tuple[r.Argument, ...]:
    control = matched.get("control")
    return control.args if isinstance(control, r.Call) else ()


def _say_estimate(context: Context, model: FittedModel) -> None:
    if model.bayesian:
        return
    name = context.statement.caller or "fit"
    reml = "" if model.reml else ", reml=False"
    same = integrable(model) and not model.other_estimates
    own = f"; {name}.mode(flat=True{{}}) has R's estimates" if same else ""
    if model.verb == "lmer" or (model.package == "glmmTMB" and is_gaussian(model.family.family)):
        how = "REML" if model.reml else "maximum likelihood"
        sentence = f"a posterior, where R has one best estimate by {how}{own.format(reml)}."
        context.note(f"posterior instead of {how}", sentence)
    elif model.package in ("lme4", "glmmTMB") or model.verb == "clmm":
        nodes = model.nodes
        approximation = "Laplace's approximation" if nodes == 1 else f"nAGQ = {nodes}"
        sentence = (
            f"a posterior, where R maximizes {approximation}{own.format(f', nodes={nodes}')}."
        )
        context.note("posterior instead of Laplace or nAGQ", sentence)
    else:
        least = "least squares" if model.verb == "lm" else "maximum likelihood"
        own = own.format(reml if model.family.lmer else "") if model.package in MAXIMIZING else ""
        context.note(
            f"posterior instead of {least}",
            f"a posterior, where R has one best estimate ({least}){own}.",
        )


_PRIORS = {
    "brms": "priors not given are mixwell's: slopes Normal(0, 2.5 sd(y) / sd(x)), where brms has "
    "flat ones",
    "rstanarm": "priors not given are mixwell's: half-Student-t for the groups' sds, where "
    "rstanarm has decov()",
}
_NO_PRIORS = "weakly informative priors, scaled to the data, where R has none"


def _say_priors(context: Context, model: FittedModel) -> None:
    name = context.statement.caller or "fit"
    response = model.family.family.carried_name("y")
    said = _PRIORS.get(model.package, _NO_PRIORS).replace("sd(y)", f"sd({response})")
    context.note("default priors", f"{said}; {name}.spec.priors shows them.")


def _say_columns(context: Context, model: FittedModel) -> None:
    _say_bars(context, model)
    ordered = [
        name
        for name in atoms(model.formula.fixed)
        if model.frame.kind(name) == "ordered" and name not in model.codings
    ]
    if ordered:
        names = " and ".join(ordered)
        context.note(
            "ordered factors",
            f"{names}: an ordered factor has R's polynomial columns, under names such as "
            f"{ordered[0]}[.L].",
        )
    dotted = [name for name in model.formula.columns if "." in name]
    if dotted and model.frame.source == "text file":
        context.note(
            "dots in names",
            f"R turns blanks in a file's column names into dots ({dotted[0]}); pandas does not.",
        )


def _say_bars(context: Context, model: FittedModel) -> None:
    if model.package == "brms":
        return
    for group in model.formula.groups:
        if group.covariance != "diagonal":
            continue
        for name in atoms(group.effects):
            kept = {
                True: f"R keeps those of the levels of {name} correlated.",
                None: f"if {name} is a factor, R keeps its levels' correlated.",
            }.get(is_factor(name, model))
            if kept:
                context.note("|| with factors", f"|| makes all effects independent; {kept}")


def _say_weights(context: Context, model: FittedModel, matched: Matched) -> None:
    added = any(addition.name == "weights" for addition in model.formula.additions)
    if not (matched.has("weights") or added):
        return
    if model.package in MAXIMIZING | {"brms", "rstanarm"} and model.family.family.scale is not None:
        context.note(
            "weights",
            f"weights divide the residual variance, as in lm; in {model.package} they multiply "
            "the log-likelihood.",
        )
    elif named_parameter(model.family.family, "stats", "dispersion"):
        context.note("weights", "weights multiply the log-likelihood; R's divide the dispersion.")
