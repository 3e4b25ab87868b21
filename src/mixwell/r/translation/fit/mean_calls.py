"""emmeans: means, slopes, pairs and contrasts as `Fit.means`, `Fit.slopes`, `.contrasts`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mixwell.formula import deparse
from mixwell.r.dialect.answers import Answer, means_of, modes_argument, shifted_linear, taken_back
from mixwell.r.language import nodes as r
from mixwell.r.language.argument_matching import Matched, match
from mixwell.r.translation.python import pycode as py
from mixwell.r.translation.python.pycode import Code
from mixwell.r.translation.scope.environment import Context, NotTranslatedError, present, shown
from mixwell.r.translation.scope.r_values import (
    Contrasted,
    FittedModel,
    Many,
    Means,
    RefGrid,
    Value,
    written_out,
)

_WEIGHTS = ("equal", "proportional", "outer", "cells", "flat")
_RESPONSE = ("response", "mu", "unlink")
_TYPES = ("response", "link", "linear.predictor", "lp", "mu", "unlink")
_SILENT = frozenset(
    {"adjust", "level", "infer", "lmer.df", "mode", "df", "pbkrtest.limit", "lmerTest.limit"}
    | {"data", "side", "estName", "cross.reduce", "rg.limit", "nesting"}
    | {"frequentist", "specs", "object", "by", "var", "digits"}
)
NO_CONTRASTS_OF_CATEGORIES = (
    "Contrasts between the categories of a response are not here; mixwell.r.emmeans() has them."
)
#: Arguments that ask R for another quantity than the mean.
_ANOTHER = ("dpar", "nlpar", "resp", "component", "rescale", "quantile")


@dataclass(frozen=True, slots=True)
class Specs:
    """What is asked for: the contrasts on the left, the factors, and those within which."""

    contrast: str
    of: tuple[str, ...]
    by: tuple[str, ...]


def asked(context: Context, node: r.Node | None) -> Specs:
    """Read `~ a * b | c`, `pairwise ~ a`, "a", c("a", "b")."""
    node = present(node, "What the means are of is not said.")
    if isinstance(node, r.Call) and node.name == "list" and len(node.args) == 1:
        node = node.args[0].value or node
    if isinstance(node, r.Unary) and node.op == "~":
        return _sides("", node.operand)
    if isinstance(node, r.Binary) and node.op == "~":
        left = node.left.name if isinstance(node.left, r.Symbol) else shown(node.left)
        return _sides(left, node.right)
    return Specs("", context.texts(node, "The factors"), ())


def _sides(contrast: str, right: r.Node) -> Specs:
    if isinstance(right, r.Binary) and right.op == "|":
        return Specs(contrast, _names(right.left), _names(right.right))
    return Specs(contrast, _names(right), ())


def _names(node: r.Node) -> tuple[str, ...]:
    found = []
    for part in r.operands(node, ("*", ":", "+")):
        if isinstance(part, r.Number) and part.value == 1:
            continue
        if not isinstance(part, r.Symbol):
            raise NotTranslatedError(f"{shown(part)} is no factor by its name.")
        found.append(part.name)
    return tuple(dict.fromkeys(found))


def names_code(names: Sequence[str]) -> Code | None:
    """Return one name as a text, several as a list, none as None."""
    return py.one_or_list(names) if names else None


def _target(context: Context, matched: Matched) -> RefGrid:
    found = context.value(present(matched.get("object"), "emmeans() of nothing."))
    thing = found.thing
    if isinstance(thing, FittedModel):
        return RefGrid(found.code, thing)
    if isinstance(thing, RefGrid):
        return thing
    if isinstance(thing, Means) and not thing.trend:
        return RefGrid(thing.fit, thing.model, thing.options)
    raise NotTranslatedError(f"{shown(matched['object'])} is no fitted model here.")


def asked_grid(
    context: Context, matched: Matched, target: RefGrid, *, trend: bool = False
) -> RefGrid:
    """Return the grid with the named arguments of `means()` or `slopes()`, and their parameter."""
    own = ("object", "specs", "formula")
    given = matched.further | {n: node for n, node in matched.items() if n not in own}
    answer = _answer(context, target.model, given)
    model = target.model.about(answer.parameter or target.model.family.parameter)
    named = dict(target.options)
    if "at" in given:
        named["at"] = _at(context, given.pop("at"))
    regridded = _is_regridded(context, model, given, answer)
    scale = _scale(context, model, given, trend=trend, regridded=regridded)
    if scale != "link" and answer.kind == "link" and (regridded or not trend):
        model = on_response(model)
    if answer.kind == "score":
        scale = "score"
    if scale and "scale" not in named:
        named["scale"] = py.text(scale)
    if not trend and regridded:
        named["average"] = py.text("response")
    if matched.has("weights") and "weights" in given:
        named["weights"] = _weights(context, given["weights"])
    if "delta.var" in given:
        named["delta"] = context.code(given["delta.var"])
    if adjusts(given.get("adjust")):
        named["simultaneous"] = py.raw("True")
    if r.truth(given.get("bias.adjust")):
        named["bias_adjust"] = _bias(context, given)
    _say_left_out(context, given)
    return replace(target, model=model, options=tuple(named.items()))


def on_response(model: FittedModel) -> FittedModel:
    """Return the model about what R has on the response's scale: a part's own parameter, if any."""
    family = model.family
    return model.about(family.parameter or taken_back(family.family, model.verb)[0])


def _bias(context: Context, given: Mapping[str, r.Node]) -> Code:
    """Return the standard deviation that means are corrected with."""
    if "sigma" in given:
        return context.code(given["sigma"])
    context.note(
        "bias.adjust",
        "the standard deviation is that of the groups' deviations; emmeans takes sigma(model).",
    )
    return py.raw("True")


def _weights(context: Context, node: r.Node) -> Code:
    word = context.choice(node, _WEIGHTS)
    if word not in _WEIGHTS:
        raise NotTranslatedError(f"weights = {shown(node)} has no counterpart.")
    return py.text(word)


def _say_left_out(context: Context, given: dict[str, r.Node]) -> None:
    known = {"at", "type", "weights", "delta.var", "bias.adjust", "sigma", "var", "regrid"}
    known |= {"transform", "by"}
    known |= {name for name in ("re_formula", "re.form") if _is_population(given.get(name))}
    context.say_left_out(name for name in given if name not in known | _SILENT)


def _is_population(node: r.Node | None) -> bool:
    return isinstance(node, r.Constant) and node.name.startswith("NA")


def say_adjust(context: Context) -> None:
    """Note that intervals are not adjusted for their number."""
    context.note(
        "adjust",
        "intervals are not adjusted for the number of comparisons, as R's are; simultaneous=True "
        "has all hold at once.",
    )


def adjusts(node: r.Node | None) -> bool | None:
    """Return whether `adjust =` asks for intervals that hold at once; None where it may differ."""
    word = None if node is None else shown(node).strip("\"'")
    return {"mvt": True, "none": False}.get(word or "")


def _at(context: Context, node: r.Node) -> Code:
    """Return `at = list(x = c(1, 2))` as a dict."""
    if not isinstance(node, r.Call) or node.name != "list":
        return context.code(node)
    pairs = []
    for each in node.args:
        if each.name is None or each.value is None:
            raise NotTranslatedError(f"{shown(node)}: values without a name.")
        pairs.append((each.name, written_out(context.value(each.value))))
    return py.dictionary(pairs)


def _answer(context: Context, model: FittedModel, given: dict[str, r.Node]) -> Answer:
    """Return which quantity is asked for, by R's function; refuses those that are not here."""
    argument = modes_argument(model.verb)
    node = given.pop(argument, None) if argument else None
    mode = None if node is None or r.is_null(node) else context.text(node, argument)
    linear = r.truth(given.pop("lin.pred", None)) is True
    epred = r.truth(given.pop("epred", None)) is True
    another = [name for name in _ANOTHER if name in given and not r.is_null(given[name])]
    if another:  # of another function of R
        said = f"{another[0]} = {shown(given[another[0]])}"
        raise NotTranslatedError(f"{said} asks for something that means() does not have.")
    answer = means_of(model.verb, model.family.family, mode, linear=linear, epred=epred)
    if not answer.kind:
        asked_for = f'{argument} = "{mode}"' if mode else f"emmeans() of {model.family.name}"
        raise NotTranslatedError(f"{asked_for}: {answer.said}")
    if answer.said:
        context.note(f"means of {model.verb}", answer.said)
    return answer


def _scale(
    context: Context, model: FittedModel, given: dict[str, r.Node], *, trend: bool, regridded: bool
) -> str:
    """Return the scale to ask for: emmeans starts from the link's, means() the response's."""
    family = model.family
    if model.transformed and not trend:
        asks = regridded or asks_for_response(context, given.get("type"))
        return "" if asks and takes_back(context, model) else "link"
    if family.mean_is_linear or (trend and not regridded):
        return ""
    if regridded:
        return "response" if trend else ""
    if asks_for_response(context, given.get("type")) and takes_back(context, model):
        return ""
    if said := shifted_linear(family.family, model.verb):
        context.note(f"means of {model.verb}", said)
    return "link"


def takes_back(context: Context, model: FittedModel) -> bool:
    """Return whether R's link takes means to another scale; refuses where that is no mean here."""
    family = model.family
    response = model.formula.response
    if model.transformed and response is not None:
        if not model.reading.takes_back:
            said = f"emmeans leaves means on the scale of {deparse(response)}"
            context.note("transformed response", f'{said}; scale="response" takes them back.')
        return model.reading.takes_back
    if family.identity or family.categories:
        return False
    said = "" if family.parameter else taken_back(family.family, model.verb)[1]
    if said:
        context.note("means on the response's scale", said)
    return True


def _is_regridded(
    context: Context, model: FittedModel, given: Mapping[str, r.Node], answer: Answer
) -> bool:
    """Return whether R averages responses: by default, by regrid = or epred = TRUE of brms."""
    if model.family.mean_is_linear and not model.transformed:
        return False
    back = given.get("regrid") or given.get("transform")
    if back is not None and goes_to_response(context, back) and answer.kind == "link":
        return takes_back(context, model)
    return answer.kind != "link"


def asks_for_response(context: Context, node: r.Node | None) -> bool:
    """Return whether `type =` asks for the response's scale."""
    return context.choice(node, _TYPES) in _RESPONSE


def goes_to_response(context: Context, node: r.Node) -> bool:
    """Return whether `regrid =` goes to the response's scale; refuses any scale but the link's."""
    word = context.choice(node, (*_RESPONSE, "none", "pass"))
    if word not in (*_RESPONSE, "none", "pass"):
        raise NotTranslatedError(
            f'Means on another scale ({shown(node)}) are not here; contrasts(compare="ratio") '
            "compares responses by ratios."
        )
    return word in _RESPONSE


def category_names(model: FittedModel) -> tuple[str, ...]:
    """Return what R calls the categories of a response among the factors; none without any."""
    response = model.formula.response
    if not model.family.categories or response is None:
        return ()
    return (deparse(response), "rep.meas")


def means_value(target: Means) -> Value:
    """Return the call that makes marginal means or slopes."""
    named: dict[str, Code | None] = {"by": names_code(target.by), **target.named}
    if target.trend:
        named["by"] = names_code((*target.of, *target.by))
        code = target.fit.method("slopes", target.trend, **named)
    else:
        code = target.fit.method("means", names_code(target.of) or py.raw("None"), **named)
    return Value(code, target)


def _by(context: Context, matched: Matched, specs: Specs) -> tuple[str, ...]:
    if not matched.has("by"):
        return specs.by
    further = context.texts(matched["by"], "by")
    return (*specs.by, *[name for name in further if name not in specs.by])


def emmeans(context: Context, node: r.Call) -> Value:
    """Translate emmeans: means, and with `pairwise ~ a` their contrasts too."""
    matched = match(node)
    target = _target(context, matched)
    specs = asked(context, matched.get("specs"))
    by = _by(context, matched, specs)
    target = asked_grid(context, matched, target)
    options = target.options
    regridded = "average" in dict(options)
    categories = category_names(target.model) if regridded else ()
    of = tuple(name for name in specs.of if name not in (*by, *categories))
    within = tuple(name for name in by if name not in categories)
    means = Means(target.fit, target.model, of, within, options, "", regridded)
    made = means_value(means)
    if "scale" in dict(options):
        categories = ()  # one score a row
    if {*categories} & {*specs.of}:  # rows of single categories, which R compares with each other
        made = Value(made.code, Contrasted("categories"))
    elif categories and not {*categories} & {*by}:
        context.note("categories", "emmeans averages over categories: 1 / their number.")
    contrast = specs.contrast
    if matched.has("contr"):
        contrast = context.text(matched["contr"], "contr")
    if contrast and {*categories} & {*specs.of}:
        raise NotTranslatedError(NO_CONTRASTS_OF_CATEGORIES)
    return made if not contrast else _with_contrasts(context, made, means, contrast)


def _with_contrasts(context: Context, made: Value, means: Means, kind: str) -> Value:
    if "simultaneous" not in dict(means.options):
        say_adjust(context)
    within = names_code(means.by) if means.trend and means.by else None
    compare = py.text("difference") if means.regridded else None
    code = made.code.method("contrasts", kind, by=within, compare=compare)
    contrasts = Value(code, Contrasted("contrasts"))
    name = "emtrends" if means.trend else "emmeans"
    return Value(made.code, Many(((name, made), ("contrasts", contrasts))))


def emtrends(context: Context, node: r.Call) -> Value:
    """Translate emtrends: slopes of its variable within the factors."""
    matched = match(node)
    target = _target(context, matched)
    specs = asked(context, matched["specs"]) if "specs" in matched else Specs("", (), ())
    asked_for = present(matched.get("var"), "emtrends() names no variable (var =).")
    variable = context.text(asked_for, "var")
    grid = asked_grid(context, matched, target, trend=True)
    if variable not in model_columns(grid.model):
        raise NotTranslatedError(
            f"A slope per unit of {variable}, which is no column, is not here."
        )
    by_node = matched.further.get("by")
    by = specs.by if by_node is None else (*specs.by, *context.texts(by_node, "by"))
    of = tuple(name for name in specs.of if name not in by)
    means = Means(target.fit, grid.model, of, by, grid.options, variable)
    made = means_value(means)
    return made if not specs.contrast else _with_contrasts(context, made, means, specs.contrast)


def model_columns(model: FittedModel) -> tuple[str, ...]:
    """Return the columns that the formulas of what answers are about read; all with a dot."""
    formulas = model.formulas if model.family.parameter else (model.formula,)
    dotted = any(formula.has_dot for formula in formulas)
    columns = [name for formula in formulas for name in formula.columns]
    return (*columns, *(model.frame.columns if dotted else ()))


def ref_grid(context: Context, node: r.Call) -> Value:
    """Translate ref_grid: the fit, with the grid's arguments kept for means()."""
    matched = match(node)
    target = _target(context, matched)
    at = {"at": _at(context, matched["at"])} if "at" in matched else {}
    _say_left_out(context, matched.further)
    options = tuple((dict(target.options) | at).items())
    return Value(target.fit, replace(target, options=options))
