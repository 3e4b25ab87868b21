"""Calls that name a family, and the reason where there is no such family here."""

from dataclasses import replace

from mixwell.errors import DataError
from mixwell.families import FAMILIES, get_family
from mixwell.families.links import LINK_NAMES
from mixwell.r.dialect.family_facts import R_NAMES
from mixwell.r.language import nodes as r
from mixwell.r.language.argument_matching import match_arguments
from mixwell.r.translation.python import pycode as py
from mixwell.r.translation.scope.environment import Context, NotTranslatedError, present, shown
from mixwell.r.translation.scope.r_values import FamilyChoice, Value
from mixwell.r.translation.scope.verb_tables import verbs

#: Functions that make families of other packages, none of them here: `_absence` says why.
_OTHERS = (
    "quasibinomial quasipoisson quasi frechet gen_extreme_value wiener mixture "
    "bell ordbeta xbeta cox discrete_weibull logistic_normal dirichlet2 hurdle_cumulative "
    "zero_inflated_asym_laplace custom_family lognormal_family"
)


def family_named(r_name: str, link: str = "", *, brms: bool = False) -> FamilyChoice:
    """Return the family that R calls so; raises `NotTranslatedError` with what is nearest.

    >>> family_named("Gamma")
    FamilyChoice(name='gamma', link='inverse', shown='Gamma', held='', parameter='')
    """
    if r_name not in R_NAMES:
        raise NotTranslatedError(_absence(r_name))
    name, default = R_NAMES[r_name]
    links = FAMILIES[name].links
    chosen = LINK_NAMES.get(link, link) or ("" if brms else default)
    if chosen and chosen not in links:
        raise NotTranslatedError(
            f"The family {name} has no link {chosen} here; choices: {', '.join(links)}."
        )
    return FamilyChoice(name, "" if chosen == links[0] else chosen, r_name)


def with_thresholds(choice: FamilyChoice, kind: str) -> FamilyChoice:
    """Return a family of ratings with thresholds of a kind; `NotTranslatedError` without it."""
    try:
        found = get_family(f"{choice.name}(threshold={kind})" if kind else choice.name)
    except DataError as error:
        raise NotTranslatedError(f"{error.message} {error.hint}") from None
    return replace(choice, name=found.name)


def _absence(r_name: str) -> str:
    """Return why there is no such family, with the nearest that there is."""
    try:
        near = get_family(r_name)
    except DataError as error:
        return f"{error.message} {error.hint}"
    return f'R has no family "{r_name}"; nearest is "{near.name}".'


def _family_call(context: Context, node: r.Call) -> Value:
    parameters = ("theta", "link") if node.name == "negative.binomial" else ("link",)
    matched = match_arguments(node, (*parameters, "threshold", "refcat"))
    threshold = context.name(matched.get("threshold"), "The thresholds")
    if matched.has("refcat"):
        raise NotTranslatedError(
            "refcat = names the reference category; here it is the first level of the response: "
            "order its levels so, as with relevel()."
        )
    found = family_named(node.name, _link(context, matched.get("link")))
    found = with_thresholds(found, threshold)
    return Value(py.text(found.name), found)


def _brms_family(context: Context, node: r.Call) -> Value:
    matched = match_arguments(node, ("family", "link"))
    given = present(matched.get("family"), f"{node.name}() names no family.")
    name = context.text(given, "The family")
    found = family_named(name, _link(context, matched.get("link")), brms=True)
    return Value(py.text(found.name), found)


def _link(context: Context, node: r.Node | None) -> str:
    return context.name(node, "The link")


def family_of(context: Context, node: r.Node) -> FamilyChoice:
    """Return the family that an argument means: a name, a function, a call, a variable."""
    match node:
        case r.Text(value=name) | r.Namespaced(name=name):
            return family_named(name)
        case r.Symbol(name=name) if name not in context.environment.variables:
            return family_named(name)
    thing = context.value(node).thing
    if isinstance(thing, FamilyChoice):
        return thing
    raise NotTranslatedError(f"The family is computed: {shown(node)}.")


_NAMES = dict.fromkeys([*R_NAMES, *_OTHERS.split()])
VERBS = verbs({_family_call: " ".join(_NAMES), _brms_family: "brmsfamily"})
