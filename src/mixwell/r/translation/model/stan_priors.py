"""rstanarm's priors: `prior = normal(0, 2.5)`, `prior_aux = exponential(1)` and others."""

from mixwell.r.dialect.family_facts import named_parameter
from mixwell.r.dialect.signatures import SIGNATURES
from mixwell.r.language import nodes as r
from mixwell.r.language.argument_matching import Matched, match
from mixwell.r.translation.python import pycode as py
from mixwell.r.translation.python.pycode import Code
from mixwell.r.translation.scope.environment import Context, shown
from mixwell.r.translation.scope.r_values import FittedModel

ARGUMENTS = ("prior", "prior_intercept", "prior_aux", "prior_covariance", "prior_smooth")
_DISTRIBUTIONS = ("normal", "student_t", "cauchy", "laplace", "exponential")
_DEFAULT = {"df": 1.0, "location": 0.0, "rate": 1.0}
_NAMES = {"laplace": "double_exponential"}


def stan_pairs(context: Context, matched: Matched, model: FittedModel) -> list[tuple[Code, Code]]:
    """Return keys and texts for `priors=`; those that are not available are noted."""
    keys = {"prior": "b", "prior_intercept": "Intercept_centered"}
    keys["prior_aux"] = named_parameter(model.family.family, "rstanarm", "aux")
    pairs = []
    for name in ARGUMENTS:
        node = matched.get(name)
        if node is None:
            continue
        written = _text(context, node) if keys.get(name) else None
        if written is None:
            said = f"{name} = {shown(node)} is left out: give priors= in mixwell's words instead."
            context.note(name, said)
        else:
            pairs.append((py.text(keys[name]), py.text(written)))
    return pairs


def _text(context: Context, node: r.Node) -> str | None:
    if r.is_null(node):
        return "flat"
    if not isinstance(node, r.Call) or node.name not in _DISTRIBUTIONS:
        return None
    found = match(node)
    if r.truth(found.get("autoscale")):
        return None
    values = []
    for name in SIGNATURES[node.name].parameters[:-1]:
        given = context.literal(found.get(name))
        if given is None and (name in found or name not in _DEFAULT):
            return None
        if given is not None and (len(given.values) != 1 or isinstance(given.values[0], str)):
            return None
        value = _DEFAULT[name] if given is None else float(given.values[0])
        values.append(py.number(value).text)
    return f"{_NAMES.get(node.name, node.name)}({', '.join(values)})"
