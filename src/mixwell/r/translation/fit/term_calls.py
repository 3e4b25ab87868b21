"""Tests of whole terms: anova and Anova of a fit, emmeans's joint_tests."""

from mixwell.r.language import nodes as r
from mixwell.r.translation.fit.fit_calls import criterion, fitted_of, flat_mode, named_fits
from mixwell.r.translation.python.pycode import Code
from mixwell.r.translation.scope.environment import Context, NotTranslatedError
from mixwell.r.translation.scope.r_values import FittedModel, Table, Value
from mixwell.r.translation.scope.verb_tables import verbs

_TYPES = {"2": 2, "II": 2, "3": 3, "III": 3}
_METHODS = ("Satterthwaite", "Kenward-Roger")


def _anova(context: Context, node: r.Call) -> Value:
    """Translate lmerTest's anova of a model; of several, refuse with what compares them."""
    if len(named_fits(context, node)) != 1:
        return criterion(context, node)
    fit, model = fitted_of(context, node)
    if not model.family.lmer or not model.factors or model.bayesian:
        raise NotTranslatedError(
            f"anova() of {model.verb}() tests terms one after the other (type I); "
            f"{_mode(fit, model, node).text}.joint_tests() has tests of type III."
        )
    kind = _type(context, node, 3)
    asked = context.choice(node.named.get("ddf"), _METHODS)
    if asked is not None and asked not in _METHODS:
        raise NotTranslatedError(f'anova() has no degrees of freedom called "{asked}" here.')
    if "type" not in node.named:
        said = "as lmerTest has it; lme4 alone tests terms one after the other (type I)."
        context.note("type III", said)
    elif kind == 2:
        said = "terms are apart from those that contain them as in car's Anova(): in unbalanced "
        context.note("type II", f"{said}data lmerTest differs a little.")
    ddf = None if asked in (None, _METHODS[0]) else str(asked).lower()
    return _tests(_mode(fit, model, node), kind, ddf=ddf, at=0)


def _car(context: Context, node: r.Call) -> Value:
    """Translate car's Anova: Wald's chi-square, or F with Kenward and Roger's degrees."""
    fit, model = fitted_of(context, node)
    _refuse_posterior(fit, model, node)
    kind = _type(context, node, 2)
    statistic = context.choice(node.named.get("test.statistic"), ("Chisq", "F"))
    if statistic not in (None, "Chisq", "F"):
        raise NotTranslatedError(f"Anova(): only Wald's tests are available, not {statistic}.")
    if kind == 3:
        said = "tests are those of sum coding, whatever the coding is; car's depend on it."
        context.note("type III", said)
    ddf = "kenward-roger" if statistic == "F" else "asymptotic"
    if model.family.lmer and not model.factors:
        ddf = "satterthwaite"  # the residuals' own, as car has for lm()
    return _tests(_mode(fit, model, node), kind, ddf=ddf, at=0)


def _joint_tests(context: Context, node: r.Call) -> Value:
    """Translate emmeans's joint_tests; of a posterior, sizes of terms with Wald's tests."""
    fit, model = fitted_of(context, node)
    if any(each.name for each in node.args):
        raise NotTranslatedError(
            f"joint_tests() with further arguments; {fit.text}.simple_effects() has the effects "
            "within levels."
        )
    if model.bayesian:
        return Value(fit.method("joint_tests"), Table(""))
    small = model.family.lmer and model.factors and model.reml
    return _tests(_mode(fit, model, node), 3, ddf="kenward-roger" if small else None)


def _mode(fit: Code, model: FittedModel, node: r.Call) -> Code:
    """Return R's estimate; of a linear model without groups with its residual variance."""
    return flat_mode(fit, model, reml=model.reml or not model.factors, node=node)


def _tests(mode: Code, kind: int, *, ddf: str | None, at: int | None = None) -> Value:
    chosen = None if kind == 3 else kind
    return Value(mode.method("joint_tests", type=chosen, ddf=ddf, at=at), Table(""))


def _type(context: Context, node: r.Call, usual: int) -> int:
    """Return the type that is asked for; raises `NotTranslatedError` for type I and others."""
    given = node.named.get("type")
    if given is None:
        return usual
    value = context.only(given)
    kind = _TYPES.get(f"{value:g}" if isinstance(value, float) else str(value))
    if kind is None:
        raise NotTranslatedError(
            f"{node.name}(): type I depends on the order of terms; types II and III are available."
        )
    return kind


def _refuse_posterior(fit: Code, model: FittedModel, node: r.Call) -> None:
    if model.bayesian:
        raise NotTranslatedError(
            f"{node.name}() of a posterior; {fit.text}.joint_tests() has the sizes of its terms."
        )


VERBS = verbs({_anova: "anova", _car: "Anova", _joint_tests: "joint_tests"})
