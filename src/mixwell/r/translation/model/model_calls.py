"""Calls that fit a model, such as lmer, glmer, brm and glmmTMB, as mw.Model(...).fit()."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial, reduce

from mixwell.families import is_known
from mixwell.families.lookup import why_not_specific
from mixwell.formula import Formula
from mixwell.r.dialect.family_facts import PARAMETERS, foreign, named_parameter
from mixwell.r.dialect.signatures import IGNORED, SIGNATURES
from mixwell.r.language import nodes as r
from mixwell.r.language.argument_matching import Matched, match
from mixwell.r.translation.model.brms_priors import prior_pairs, priors_of
from mixwell.r.translation.model.contrast_codings import codings_argument, global_codings
from mixwell.r.translation.model.differences import allows_saturated, say_differences
from mixwell.r.translation.model.family_calls import family_named, family_of
from mixwell.r.translation.model.model_formulas import (
    SEVERAL_RESPONSES,
    add_terms,
    checked,
    formulas_code,
    formulas_value,
    read_formulas,
)
from mixwell.r.translation.model.rating_calls import (
    RATING_VERBS,
    discrimination,
    rating_family,
)
from mixwell.r.translation.model.respelled import respelled
from mixwell.r.translation.model.stan_priors import stan_pairs
from mixwell.r.translation.python import pycode as py
from mixwell.r.translation.python.pycode import Code
from mixwell.r.translation.scope.coefficient_spelling import variables_of
from mixwell.r.translation.scope.environment import Context, NotTranslatedError, present, shown
from mixwell.r.translation.scope.r_values import (
    FamilyChoice,
    FittedModel,
    Formulas,
    Frame,
    Table,
    Value,
    as_column,
)
from mixwell.r.translation.scope.verb_tables import verbs

#: What `fit()` takes by itself.
USUAL = {"draws": 1000, "tune": 1000, "chains": 4}
DEFAULT_FAMILY = family_named("gaussian")
#: The family of functions that take no other.
_OWN_FAMILY = {
    **dict.fromkeys(("glmer.nb", "stan_glmer.nb", "glm.nb"), "neg_binomial"),
    "multinom": "categorical",
}


def _fit(context: Context, node: r.Call) -> Value:
    """Translate a call that fits a model as `mw.Model(...).fit(...)`."""
    matched = match(node)
    model_code, fitted = _model(context, node, matched)
    settings = _settings(context, matched)
    say_differences(context, fitted, matched)
    return Value(model_code.method("fit", **settings), fitted)


def _model(context: Context, node: r.Call, matched: Matched) -> tuple[Code, FittedModel]:
    _refuse(context, node.name, matched)
    formula = present(matched.get("formula"), "The call has no formula.")
    read = respelled(context, node.name, matched, read_formulas(context, formula))
    data, frame, names = _data(context, matched.get("data"), read)
    family = _family(context, node.name, matched, read)
    parsed = _all_formulas(context, matched, read, names, family)
    if any(formula.specific for formula in parsed) and (why := why_not_specific(family.family)):
        raise NotTranslatedError(" ".join(why))
    fitted = FittedModel(node.name, SIGNATURES[node.name].package, parsed, frame, family, call=node)
    for column in (name for formula in parsed for name in formula.columns):
        context.need_column(data, frame, column)
    reml = context.flag(matched, "REML", node.name == "lmer")
    nodes = context.whole(matched.get("nAGQ"))
    fitted = replace(fitted, reml=reml, nodes=1 if nodes is None else nodes)
    fitted = replace(fitted, weighted=matched.has("weights"))
    codings = _codings(context, matched, fitted)
    fitted = replace(fitted, codings={name: code.text.strip('"') for name, code in codings.items()})
    if matched.has("subset"):
        with context.masked(data, frame):
            rows = context.code(matched["subset"])
        data = data.subscript(rows)
    named: dict[str, py.Written | None] = {
        "family": None if family.name == DEFAULT_FAMILY.name else f"{family.name}{family.held}",
        "link": family.link or None,
        "priors": _priors(context, matched, fitted, read),
        "contrasts": global_codings(context, fitted, data, codings),
        "weights": _weights(context, matched, data, frame),
        "saturated": "allow" if allows_saturated(matched) else None,
        "rescor": py.raw("True") if read.rescor else None,
        "missing": "error" if "na.fail" in shown(matched.get("na.action")) else None,
    }
    texts = py.one_or_list([formula.text for formula in parsed])
    first = _by_name(context, formula, texts)
    return py.call("mw.Model", first, data, **named), fitted


def _by_name(context: Context, node: r.Node, written: Code) -> Code:
    """Return the variable that holds the formula, where it holds just this one."""
    if isinstance(node, r.Symbol) and node.name in context.environment.variables:
        known = context.require(node.name)
        if isinstance(known.thing, Formulas) and formulas_code(known.thing).text == written.text:
            return known.code
    return written


def _refuse(context: Context, verb: str, matched: Matched) -> None:
    for name in ("autocor", "cov_ranef", "knots", "stanvars", "data2", "devFunOnly", "map"):
        if matched.has(name):
            raise NotTranslatedError(f"{name} = of {verb}() has no counterpart.")
    prior_alone = verb.startswith("stan") and r.truth(matched.get("prior_PD"))
    if prior_alone or context.only(matched.get("sample_prior")) == "only":
        raise NotTranslatedError(
            "Draws from the prior alone: with mw.Model(...).pymc: pm.sample_prior_predictive()."
        )
    known = IGNORED.union(SIGNATURES[verb].parameters)
    context.say_left_out(name for name in matched.further if name not in known)


def is_tilde(node: r.Node, right: str) -> bool:
    """Return whether a node is a formula of a right side alone, such as `~0`."""
    return isinstance(node, r.Unary) and node.op == "~" and shown(node.operand) == right


type _Data = tuple[Code, Frame, tuple[str, ...]]


def _data(context: Context, node: r.Node | None, read: Formulas) -> _Data:
    """Return the data's Python, what is known of it, and R's names of it in the formula."""
    if node is None or r.is_null(node):
        return _data_of_formula(context, read)
    found = present(context.data_frame(node), f"{shown(node)} is no data frame.")
    return found[0].code, found[1], (node.name,) if isinstance(node, r.Symbol) else ()


def _data_of_formula(context: Context, read: Formulas) -> _Data:
    owners = {
        inner.object.name
        for formula in read.nodes
        for inner in r.walk(formula)
        if isinstance(inner, r.Member) and inner.op == "$" and isinstance(inner.object, r.Symbol)
    }
    if len(owners) == 1:
        return _data(context, r.Symbol(owners.pop()), read)
    if owners:
        raise NotTranslatedError("The formula reads several data frames; put them into one.")
    names = [name for name in checked(read.nodes[0]).columns if name != "."]
    known = context.environment.variables
    if not names or any(name not in known for name in names):
        raise NotTranslatedError("There is no data =: which frame the columns are in is not said.")
    values = {name: context.require(name) for name in names}
    pairs = [(name, value.code) for name, value in values.items()]
    columns = {name: as_column(value) for name, value in values.items()}
    return py.call("pd.DataFrame", py.dictionary(pairs)), Frame(columns, {}, "here", True), ()


def _family(context: Context, verb: str, matched: Matched, read: Formulas) -> FamilyChoice:
    if verb in _OWN_FAMILY:
        return family_named(_OWN_FAMILY[verb])
    if verb in RATING_VERBS:
        return rating_family(context, verb, matched)
    if matched.has("family"):
        found = family_of(context, matched["family"])
        if reason := foreign(found.shown, SIGNATURES[verb].package):
            raise NotTranslatedError(f"{reason}.")
    else:
        found = read.family or DEFAULT_FAMILY
    found = _with_zeros(found) if _zeros(matched) is not None else found
    return _holding(found, read.constants)


def _holding(family: FamilyChoice, constants: tuple[tuple[str, str], ...]) -> FamilyChoice:
    """Return a family whose parameters have values, where there is such a family."""
    if not constants:
        return family
    held = f"({', '.join(f'{name}={value}' for name, value in constants)})"
    if not is_known(f"{family.name}{held}"):
        said = f"bf() with {constants[0][0]} = is not available"
        raise NotTranslatedError(f"{said}: {family.name} estimates it, with a prior.")
    return replace(family, held=held)


def _zeros(matched: Matched) -> r.Node | None:
    """Return glmmTMB's formula of zeros, None without any."""
    node = matched.get("ziformula")
    return None if node is None or is_tilde(node, "0") else node


def _with_zeros(family: FamilyChoice) -> FamilyChoice:
    if not family.family.with_zeros:
        raise NotTranslatedError(f"ziformula = is not available for the family {family.name}.")
    return replace(family, name=family.family.with_zeros)


def _all_formulas(
    context: Context,
    matched: Matched,
    read: Formulas,
    names: Sequence[str],
    family: FamilyChoice,
) -> tuple[Formula, ...]:
    first = _own_intercept(context, read.nodes[0])
    if matched.has("offset"):
        first = _with_offset(first, matched["offset"])
    parsed = [checked(first, names)]
    if parsed[0].response is None:
        raise NotTranslatedError("The formula has no response.")
    others = read.nodes[1:]
    if not read.several:
        others = tuple(_parameter(node, family) for node in others)
    parsed += [checked(node, names) for node in others]
    dispersion = matched.get("dispformula")
    if dispersion is not None and not is_tilde(dispersion, "1"):
        parsed.append(checked(_dispersion(dispersion, family), names))
    disc = discrimination(context, matched)
    if disc is not None:
        parsed.append(checked(disc, names))
    zeros = _zeros(matched)
    if zeros is not None and not is_tilde(zeros, "1"):
        parsed.append(checked(_of_zeros(zeros, read.nodes[0], family), names))
    return tuple(parsed)


def _of_zeros(node: r.Node, first: r.Node, family: FamilyChoice) -> r.Node:
    """Return `ziformula = ~ x` as a formula of the zeros' parameter; `~.` is the mean's."""
    if not isinstance(node, r.Unary):
        raise NotTranslatedError(f"ziformula = {shown(node)} is not available.")
    right = node.operand
    if is_tilde(node, ".") and isinstance(first, r.Binary):
        right = first.right
    return r.Binary("~", r.Symbol(named_parameter(family.family, "glmmTMB", "zi")), right)


def _own_intercept(context: Context, node: r.Node) -> r.Node:
    """Return brms's `0 + Intercept + x` as `1 + x`."""
    if not isinstance(node, r.Binary):
        return node
    parts = r.operands(node.right, ("+",))
    zero = [p for p in parts if isinstance(p, r.Number) and p.value == 0]
    own = [p for p in parts if isinstance(p, r.Symbol) and p.name == "Intercept"]
    if not (zero and own):
        return node
    context.note(
        "0 + Intercept",
        '0 + Intercept is the plain intercept here; its prior is given as "Intercept".',
    )
    kept = [r.Number(1, "1"), *(p for p in parts if p not in zero and p not in own)]
    return r.Binary("~", node.left, reduce(partial(r.Binary, "+"), kept), span=node.span)


def _with_offset(node: r.Node, offset: r.Node) -> r.Node:
    if not isinstance(node, r.Binary):
        raise NotTranslatedError("The formula has no left-hand side.")
    term = r.Call(r.Symbol("offset"), (r.Argument(None, offset),))
    return r.Binary("~", node.left, r.Binary("+", node.right, term), span=node.span)


def _parameter(node: r.Node, family: FamilyChoice) -> r.Node:
    """Return `shape ~ x` with mixwell's name of the parameter; those of categories keep theirs."""
    if not (isinstance(node, r.Binary) and isinstance(node.left, r.Symbol)):
        raise NotTranslatedError(SEVERAL_RESPONSES)
    if family.family.of_levels is not None and node.left.name.startswith("mu"):
        return node
    if node.left.name not in PARAMETERS:
        raise NotTranslatedError(f"There is no parameter {node.left.name} with a formula here.")
    return r.Binary("~", r.Symbol(PARAMETERS[node.left.name]), node.right, span=node.span)


def _dispersion(node: r.Node, family: FamilyChoice) -> r.Node:
    if not isinstance(node, r.Unary) or is_tilde(node, "0"):
        raise NotTranslatedError(f"dispformula = {shown(node)} is not available.")
    dispersion = named_parameter(family.family, "glmmTMB", "dispersion")
    if not dispersion:
        raise NotTranslatedError(f"dispformula = is not available for the family {family.name}.")
    return r.Binary("~", r.Symbol(dispersion), node.operand)


def _codings(context: Context, matched: Matched, model: FittedModel) -> dict[str, Code]:
    found = dict(model.frame.codings)
    if matched.has("contrasts"):
        found |= codings_argument(context, matched["contrasts"])
    read = found if model.formula.has_dot else variables_of(model.formulas)
    return {name: code for name, code in found.items() if name in read}


def _priors(context: Context, matched: Matched, model: FittedModel, read: Formulas) -> Code | None:
    if model.package == "brms" and "prior" in matched:
        centered = read.centered and r.Symbol("Intercept") not in r.walk(read.nodes[0])
        pairs = prior_pairs(context, priors_of(context, matched["prior"]), model, centered=centered)
    elif model.package == "rstanarm":
        pairs = stan_pairs(context, matched, model)
    else:
        pairs = []
    return py.dictionary(pairs) if pairs else None


def _weights(context: Context, matched: Matched, data: Code, frame: Frame) -> Code | None:
    if not matched.has("weights"):
        return None
    node = matched["weights"]
    if isinstance(node, r.Member) and context.code(node.object).text == data.text:
        return py.text(node.name)
    known = context.environment.variables
    if isinstance(node, r.Symbol) and (node.name in frame.columns or node.name not in known):
        return py.text(node.name)
    with context.masked(data, frame):
        return context.code(node)


def _settings(context: Context, matched: Matched) -> dict[str, py.Written | None]:
    """Return the arguments of `fit()`: the seed, and numbers of draws that are not the usual."""
    chains = context.whole(matched.get("chains"))
    total, warmup = context.whole(matched.get("iter")), context.whole(matched.get("warmup"))
    draws = tune = None
    if total is not None or warmup is not None:
        total = 2000 if total is None else total
        tune = total // 2 if warmup is None else warmup
        draws = total - tune
    seed = context.whole(matched.get("seed"))
    seed = context.environment.seed if seed is None or seed < 0 else seed
    asked = {"draws": draws, "tune": tune, "chains": chains}
    kept = {name: n for name, n in asked.items() if n is not None and 0 < n != USUAL[name]}
    return {**kept, "seed": seed}


def _update(context: Context, node: r.Call) -> Value:
    """Translate `update(fit, . ~ . + x)`: the first call with its arguments exchanged."""
    matched = match(node)
    found = context.value(present(matched.get("object"), "update() of nothing.")).thing
    if isinstance(found, Formulas):
        return formulas_value(context, node)
    if not isinstance(found, FittedModel) or not isinstance(found.call, r.Call):
        raise NotTranslatedError("update() of something that is no fitted model here.")
    old = match(found.call)
    changes = matched.further
    formula = matched.get("formula.") or changes.pop("newformula", None)
    if formula is not None:
        first = read_formulas(context, old["formula"]).nodes[0]
        new = read_formulas(context, formula).nodes[0]
        changes["formula"] = add_terms(first, new)
    if "newdata" in changes:
        changes["data"] = changes.pop("newdata")
    args = tuple(r.Argument(name, value) for name, value in {**old, **changes}.items())
    return _fit(context, r.Call(r.Symbol(found.verb), args, span=node.span))


def _get_prior(context: Context, node: r.Call) -> Value:
    """Translate `get_prior(formula, data)`: the table of priors before any fit."""
    code, fitted = _model(context, node, match(node))
    return Value(Code(f"{code.text}.priors"), Table("priors", fitted))


VERBS = verbs(
    {
        _fit: "lmer glmer glmer.nb lm glm glm.nb multinom clm clmm polr survreg betareg zeroinfl "
        "hurdle brm glmmTMB stan_lmer stan_glmer stan_glmer.nb stan_glm stan_lm",
        _update: "update",
        _get_prior: "get_prior default_prior",
    }
)
