"""brms's priors: `prior(normal(0, 1), class = b)` and others, and where they go in mixwell."""

from collections.abc import Sequence

from mixwell.formula import GroupTerm
from mixwell.r.dialect.brms_prior import BrmsPrior
from mixwell.r.dialect.family_facts import PARAMETERS
from mixwell.r.language import nodes as r
from mixwell.r.language.argument_matching import match
from mixwell.r.language.deparser import deparse
from mixwell.r.translation.python import pycode as py
from mixwell.r.translation.python.pycode import Code
from mixwell.r.translation.scope.coefficient_spelling import coefficient, is_factor
from mixwell.r.translation.scope.environment import Context, NotTranslatedError, present, shown
from mixwell.r.translation.scope.r_values import FittedModel, Priors, Value
from mixwell.r.translation.scope.verb_tables import verbs
from mixwell.specify.distributions import DISTRIBUTIONS, SPELLINGS

_OWN = {**PARAMETERS, "alpha": "alpha"}
_REFUSED = ("horseshoe", "R2D2", "lasso", "constant", "sdbwg", "logistic_normal", "dirichlet")


def _prior(context: Context, node: r.Call) -> Value:
    matched = match(node)
    for name in ("resp", "nlpar"):
        if name in matched:
            raise NotTranslatedError(f"A prior with {name} = has no counterpart.")
    for name in ("lb", "ub"):
        if name in matched and not (isinstance(matched[name], r.Constant)):
            context.note("bounds", f"{name} = of a prior is left out: give a prior with bounds.")
    given = present(matched.get("prior"), "The prior has no distribution.")
    written = deparse(given) if node.name == "prior" else ""
    if isinstance(given, r.Text) or not written:
        written = context.text(given, "The prior")
    kind, *address = (
        context.name(matched.get(name), name) for name in ("class", "coef", "group", "dpar")
    )
    item = BrmsPrior(checked_text(written), kind or "b", *address)
    if item.dpar and not _parameter(item.dpar):
        raise NotTranslatedError(f"There is no parameter {item.dpar} here.")
    return Value(py.listing([item.prior]), Priors((item,)))


def _parameter(name: str) -> str:
    """Return our name of brms's parameter; those of categories, `mub`, are called the same."""
    return _OWN.get(name, name if name.startswith("mu") and len(name) > len("mu") else "")


def checked_text(written: str) -> str:
    """Return a prior's text; raises `NotTranslatedError` for a distribution that is not here.

    >>> checked_text("student_t(3, 0, 2.5)")
    'student_t(3, 0, 2.5)'
    """
    if not written.strip():
        return "flat"
    name = written.partition("(")[0].strip()
    if name in _REFUSED or not (name in SPELLINGS or name in DISTRIBUTIONS):
        raise NotTranslatedError(f"There is no prior {name or written}() here.")
    return written.strip()


def priors_of(context: Context, node: r.Node) -> tuple[BrmsPrior, ...]:
    """Return the priors of `prior = c(...)`, of a sum of them, or of a variable."""
    if r.is_null(node):
        return ()
    parts = r.operands(node, ("+",))
    if isinstance(node, r.Call) and node.name in ("c", "rbind"):
        parts = node.values
    if parts != [node]:
        return tuple(item for part in parts for item in priors_of(context, part))
    thing = context.value(node).thing
    if isinstance(thing, Priors):
        return thing.items
    raise NotTranslatedError(f"The prior is computed: {shown(node)}.")


def prior_pairs(
    context: Context, items: Sequence[BrmsPrior], model: FittedModel, *, centered: bool = True
) -> list[tuple[Code, Code]]:
    """Return keys and texts for `priors=`; a later one of a key replaces an earlier one."""
    found: dict[str, str] = {}
    for item in items:
        for key in _keys(item, model, centered=centered):
            found[key] = item.prior
        if item.class_ == "Intercept" and centered and not item.coef:
            context.note(
                "intercept",
                'class Intercept is the intercept at the predictors\' means, "Intercept_centered"; '
                '"Intercept" is the one at their zero.',
            )
    return [(py.text(key), py.text(value)) for key, value in found.items()]


def _keys(item: BrmsPrior, model: FittedModel, *, centered: bool) -> list[str]:
    own = _parameter(item.dpar)
    before = f"{own}_" if own else ""
    match item.class_:
        case "b" if item.coef:
            return [f"{before}{coefficient(item.coef, model)}"]
        case "b":
            return [f"b_{own}" if own else "b"]
        case "Intercept":
            return [f"{before}Intercept_centered" if centered else f"{before}Intercept"]
        case "sd":
            groups = [item.group] if item.group else list(model.factors)
            end = f"[{coefficient(item.coef, model)}]" if item.coef else ""
            return [f"sd_{before}{group}{end}" for group in groups]
        case "cor" | "L":
            return [f"corr_{group}" for group in _correlated(item, model)]
    if item.class_ in _OWN:
        return [_OWN[item.class_]]
    raise NotTranslatedError(f"A prior of class {item.class_} has no counterpart.")


def _correlated(item: BrmsPrior, model: FittedModel) -> list[str]:
    """Return the factors that have correlations."""
    found = [
        group.name
        for group in model.formula.groups
        if group.covariance == "full" and _several(group, model)
    ]
    return [name for name in dict.fromkeys(found) if item.group in ("", name)]


def _several(group: GroupTerm, model: FittedModel) -> bool:
    terms = group.terms()
    if terms.intercept:
        return bool(terms.terms)
    alone = len(terms.terms) == 1 and len(terms.terms[0].variables) == 1
    return not alone or is_factor(terms.terms[0].name, model) is not False


VERBS = verbs(
    {
        _prior: "prior set_prior prior_string",
        lambda context, node: Value(py.listing([]), Priors(())): "empty_prior",
    }
)
