"""Calls that say in their own way what formulas say here: survreg, betareg, zeroinfl, hurdle, lm.

Each becomes brms's formulas, whose further parameters have brms's names, and a family.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial, reduce

from mixwell.r.dialect.family_facts import named_parameter
from mixwell.r.language import nodes as r
from mixwell.r.language.argument_matching import Matched
from mixwell.r.translation.model.family_calls import family_named
from mixwell.r.translation.scope.environment import Context, NotTranslatedError, shown
from mixwell.r.translation.scope.r_values import FamilyChoice, Formulas

#: By survreg's `dist`: R's name of the family.
_DISTRIBUTIONS = {
    "weibull": "weibull",
    "exponential": "exponential",
    "lognormal": "lognormal",
    "loggaussian": "lognormal",
    "loglogistic": "loglogistic",
    "gaussian": "gaussian",
    "t": "student",
}
#: Those of the words below whose parameter moves the mean.
_SHIFTS = ("1 / scale",)
#: By the word that survreg's scale is for a family here: what differs of its other parameters.
_SCALES = {
    "1 / scale": "the mean has a coefficient where survreg has Weibull's scale: of the same fit "
    "R's intercept is the one here less lgamma(1 + 1 / {own}), R's scale is 1 / {own}, and the "
    "other coefficients are the same.",
    "scale": "R's scale is {own}.",
}
_SURV = "Surv"


def respelled(context: Context, verb: str, matched: Matched, read: Formulas) -> Formulas:
    """Return formulas with the family where a call says them in its own way, else `read`.

    Raises `NotTranslatedError` for what there is not, with the nearest that serves.
    """
    own = _OWN.get(verb)
    if own is None:
        return read
    first = read.nodes[0]
    if len(read.nodes) != 1 or not (isinstance(first, r.Binary) and first.op == "~"):
        raise NotTranslatedError(f"{verb}() has one formula, with a response.")
    nodes, family = own(context, matched, first)
    return read if family is None else Formulas(nodes, family)


type _Respelled = tuple[tuple[r.Node, ...], FamilyChoice | None]


def _lm(context: Context, matched: Matched, first: r.Binary) -> _Respelled:
    """Read `cbind(y1, y2) ~ x` of lm: several responses, each with coefficients of its own."""
    left = first.left
    if not (isinstance(left, r.Call) and left.name == "cbind" and len(left.args) > 1):
        return (first,), None
    context.note(
        "several responses",
        "the coefficients are those of lm; rescor=True adds the correlations of the residuals.",
    )
    several = r.Call(r.Symbol("mvbind"), left.args)
    return (r.Binary("~", several, first.right, span=first.span),), family_named("gaussian")


def _survreg(context: Context, matched: Matched, first: r.Binary) -> _Respelled:
    """Read `Surv(time, status) ~ x + strata(z)` of survival's survreg."""
    for name in ("cluster", "robust"):
        if matched.has(name) and r.truth(matched[name]) is not False:
            raise NotTranslatedError(f"{name} = corrects standard errors; here (1 | id) models it.")
    given = context.name(matched.get("dist"), "dist") or "weibull"
    if given not in _DISTRIBUTIONS:
        raise NotTranslatedError(
            f'dist = "{given}" of survreg() is not available; choices: '
            f'{", ".join(_DISTRIBUTIONS)}. Nearest to logistic is "t"; extreme is the logarithm of '
            "Weibull times, rayleigh a Weibull whose shape is 2."
        )
    family = family_named(_DISTRIBUTIONS[given])
    if context.only(matched.get("scale")):
        raise NotTranslatedError(
            "A scale that is given has no counterpart: the scale is estimated; that of "
            'dist = "exponential" is 1.'
        )
    right, strata = _without_strata(first.right)
    mean = r.Binary("~", _survival(first.left), right, span=first.span)
    words = [word for word in _SCALES if named_parameter(family.family, "survival", word)]
    if not words and strata:
        raise NotTranslatedError(f"The family {family.name} has no scale for strata() to change.")
    nodes: list[r.Node] = [mean]
    for word in words:
        own = named_parameter(family.family, "survival", word)
        context.note(f"survreg's scale, {own}", _SCALES[word].format(own=own))
        if strata:
            spelled = next(p.elsewhere["brms"] for p in family.family.further if p.name == own)
            nodes.append(r.Binary("~", r.Symbol(spelled), _of_strata(context, word, right, strata)))
    if fixed := named_parameter(family.family, "survival", "parms"):
        context.note(
            "survreg's parms", f"{fixed} is estimated; survreg holds it at what parms = says, or 4."
        )
    return tuple(nodes), family


def _of_strata(context: Context, word: str, right: r.Node, strata: list[r.Node]) -> r.Node:
    """Return the terms of a scale that differs by strata; the mean's must allow for its shifts."""
    if word in _SHIFTS:
        terms = [shown(term) for term in r.operands(right, ("+",))]
        missing = [shown(z) for z in strata if not {shown(z), f"factor({shown(z)})"} & {*terms}]
        if missing:
            raise NotTranslatedError(
                f"strata({missing[0]}) shifts the mean of Weibull times, too; with {missing[0]} "
                "among the terms next to it the model is one that there is here."
            )
        context.note("strata", "the intercept differs so in each stratum, by its own shape.")
    return reduce(partial(r.Binary, ":"), [_call("factor", z) for z in strata])


def _call(function: str, argument: r.Node) -> r.Node:
    return r.Call(r.Symbol(function), (r.Argument(None, argument),))


def _without_strata(right: r.Node) -> tuple[r.Node, list[r.Node]]:
    """Take strata(z) out of a sum of terms; refuse survival's other special terms."""
    kept, strata = [], []
    for term in r.operands(right, ("+",)):
        name = term.name if isinstance(term, r.Call) else ""
        if name in ("cluster", "frailty", "frailty.gaussian", "frailty.gamma", "frailty.t"):
            inner = shown(term.values[0]) if isinstance(term, r.Call) and term.values else "id"
            raise NotTranslatedError(
                f"{name}() has no counterpart; (1 | {inner}) gives each {inner} a mean of its own."
            )
        if name == "strata" and isinstance(term, r.Call):
            strata += term.values
        else:
            kept.append(term)
    return reduce(partial(r.Binary, "+"), kept or [r.Number(1, "1")]), strata


def _survival(left: r.Node) -> r.Node:
    """Return a response, `survival::Surv()` without its package."""
    if isinstance(left, r.Call) and left.name == _SURV:
        return replace(left, function=r.Symbol(_SURV))
    return left


def _betareg(context: Context, matched: Matched, first: r.Binary) -> _Respelled:
    """Read `y ~ x | z` of betareg: z is in the formula of the precision."""
    if context.name(matched.get("type"), "type") not in ("", "ML"):
        raise NotTranslatedError(
            f"type = {shown(matched['type'])} corrects estimates for bias: left to R."
        )
    family = family_named("beta", context.name(matched.get("link"), "The link"))
    own = named_parameter(family.family, "glmmTMB", "dispersion")
    parts = r.operands(first.right, ("|",))
    mean = r.Binary("~", first.left, parts[0], span=first.span)
    if len(parts) == 1 or _is_one(parts[1]):
        context.note("precision", f"betareg's phi is {own}.")
        return (mean,), family
    if len(parts) > 2:
        raise NotTranslatedError("The formula of betareg() has two parts at most: y ~ x | z.")
    if context.name(matched.get("link.phi"), "The link") not in ("", "log"):
        raise NotTranslatedError(f"The precision has the link log here: log({own}) is linear.")
    context.note(
        "precision with a formula", f"betareg's phi is {own}; its coefficients are on log({own})."
    )
    return (mean, r.Binary("~", r.Symbol("phi"), parts[1])), family


def _is_one(node: r.Node) -> bool:
    return isinstance(node, r.Number) and node.value == 1


def _zeroinfl(context: Context, matched: Matched, first: r.Binary) -> _Respelled:
    """Read `y ~ x | z` of pscl's zeroinfl: z is in the formula of the zeros, x where it is not."""
    return _with_zeros(context, matched, first, "zero_inflated", "zi")


def _hurdle(context: Context, matched: Matched, first: r.Binary) -> _Respelled:
    if context.name(matched.get("zero.dist"), "zero.dist") not in ("", "binomial"):
        raise NotTranslatedError(f"zero.dist = {shown(matched['zero.dist'])} is not available.")
    context.note(
        "hurdle",
        "hu is the probability of a zero: its coefficients have the other sign than pscl's, which "
        "are about a count above 0.",
    )
    return _with_zeros(context, matched, first, "hurdle", "hu")


_COUNTS = {"": "poisson", "poisson": "poisson", "negbin": "negbinomial", "geometric": "geometric"}


def _with_zeros(
    context: Context, matched: Matched, first: r.Binary, kind: str, probability: str
) -> _Respelled:
    given = context.name(matched.get("dist"), "dist")
    if given not in _COUNTS:
        raise NotTranslatedError(f'dist = "{given}" is not available.')
    if context.name(matched.get("link"), "The link") not in ("", "logit"):
        raise NotTranslatedError(f"link = {shown(matched['link'])}: {probability} has logit here.")
    family = family_named(f"{kind}_{_COUNTS[given]}")
    count, *zeros = r.operands(first.right, ("|",))
    mean = r.Binary("~", first.left, count, span=first.span)
    if zeros and _is_one(zeros[0]):
        return (mean,), family
    right = zeros[0] if zeros else count
    return (mean, r.Binary("~", r.Symbol(probability), right)), family


_OWN: Mapping[str, Callable[[Context, Matched, r.Binary], _Respelled]] = {
    "lm": _lm,
    "survreg": _survreg,
    "betareg": _betareg,
    "zeroinfl": _zeroinfl,
    "hurdle": _hurdle,
}
