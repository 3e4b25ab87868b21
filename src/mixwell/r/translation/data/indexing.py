"""Parts of things: `d$x`, `d[rows, cols]`, `fixef(fit)["x"]`, `ranef(fit)$g`, `emm$contrasts`."""

from collections.abc import Mapping

from mixwell.r.language import nodes as r
from mixwell.r.translation.python import pycode as py
from mixwell.r.translation.python.pycode import Code
from mixwell.r.translation.scope.coefficient_spelling import coefficient
from mixwell.r.translation.scope.environment import Context, NotTranslatedError, present, shown
from mixwell.r.translation.scope.posterior_columns import draws_of
from mixwell.r.translation.scope.r_values import (
    NOTHING,
    Contrasted,
    Figure,
    FittedModel,
    Frame,
    Many,
    Means,
    Plain,
    Series,
    Table,
    Thing,
    Unknown,
    Value,
    Vector,
)


def column_of(context: Context, owner: Value, name: str) -> Value:
    """Return one column of a frame."""
    frame = owner.thing if isinstance(owner.thing, Frame) else Frame()
    context.need_column(owner.code, frame, name)
    column = frame.column(name)
    return Value(owner.code.subscript(name), Series(owner.code.text, name, column))


def member(context: Context, node: r.Member) -> Value:
    """Translate `x$name`."""
    if node.op != "$":
        raise NotTranslatedError(f"{shown(node)}: slots have no counterpart.")
    owner = context.frame(node.object)
    thing = owner.thing
    if isinstance(thing, Frame | Unknown):
        return column_of(context, owner, node.name)
    if isinstance(thing, Many) and node.name in dict(thing.parts):
        return dict(thing.parts)[node.name]
    if isinstance(thing, Table):
        return _table_member(owner, thing, node)
    if isinstance(thing, Means | Contrasted):
        return _of_result(owner, node)
    if isinstance(thing, FittedModel) and node.name in _MEMBERS:
        name, found = _MEMBERS[node.name]
        return Value(owner.code.attribute(name), found)
    raise NotTranslatedError.of(node)


#: What R finds in a fit: where it is here, and what it is.
_MEMBERS: dict[str, tuple[str, Thing]] = {
    "data": ("recipe.data", Frame()),
    "formula": ("spec.formulas[0]", Plain("text")),
    "fit": ("idata", Unknown()),
}


#: Tables in R's summary of a fit.
_PRINTED = {"coefficients": "fixef", "coef": "fixef", "varcor": "VarCorr"}


def fit_parameter(fit: Code, name: str) -> Code:
    """Return the estimate of one parameter of a fit."""
    return fit.method("summary").attribute("loc").subscript(name, "estimate")


def _table_member(owner: Value, thing: Table, node: r.Member) -> Value:
    if node.name == "cond" and thing.model is not None and thing.model.package == "glmmTMB":
        return owner
    if thing.role in ("ranef", "coef") and thing.model is not None:
        return _of_factor(owner, thing, node.name)
    if thing.role.endswith(" of") and thing.model is not None:
        return _of_effect(owner, thing, node.name)
    if thing.role == "printed" and node.name in _PRINTED:
        role = _PRINTED[node.name]
        return Value(owner.code.method(role), Table(role, thing.model))
    if thing.role == "printed" and node.name == "sigma":
        return Value(fit_parameter(owner.code, "sigma"), Plain("number"))
    if thing.role == "VarCorr" and node.name in _COMPONENTS:
        return Value(owner.code.subscript(_COMPONENTS[node.name]), Series())
    if thing.role == "draws" and thing.model is not None:
        return Value(draws_of(owner.code, node.name, thing.model), Plain("numbers"))
    if thing.role == "results":
        return _of_result(owner, node)
    raise NotTranslatedError.of(node)


def _of_result(owner: Value, node: r.Member) -> Value:
    """Return a column of means, contrasts or hypotheses."""
    if node.name in _TESTS:
        raise NotTranslatedError(f"{shown(node)}: there are no tests here, but p_direction.")
    return Value(owner.code.subscript(_WORDS.get(node.name, node.name)), Series())


def _of_factor(owner: Value, thing: Table, factor: str) -> Value:
    if thing.model is not None and thing.model.factors and factor not in thing.model.factors:
        turned = ":".join(reversed(factor.split(":")))
        if turned not in thing.model.factors:
            raise NotTranslatedError(f"There is no grouping factor {factor} in the model.")
        factor = turned
    alone = thing.model is not None and len(thing.model.factors) == 1
    rows = owner.code if alone else owner.code.method("query", f'factor == "{factor}"')
    return Value(rows, Table(f"{thing.role} of", thing.model))


def _of_effect(owner: Value, thing: Table, effect: str) -> Value:
    assert thing.model is not None
    own = coefficient(effect, thing.model)
    rows = owner.code.method("query", f'effect == "{own}"')
    return Value(rows.subscript("estimate"), Series())


def numeric(value: Value, node: r.Node) -> Value:
    """Return what arithmetic works on: of a table of coefficients its estimates."""
    thing = value.thing
    if isinstance(thing, Table) and thing.role == "fixef":
        return Value(value.code.subscript("estimate"), Series())
    if isinstance(thing, Contrasted) and thing.kind == "vector":
        made = value.code.subscript("estimate").method("to_numpy")
        return Value(made, Plain("numbers"))
    nothing = thing == NOTHING
    if isinstance(thing, Table) and thing.role == "interval":
        return value
    if nothing or isinstance(thing, Table | FittedModel | Means | Contrasted | Many):
        raise NotTranslatedError(f"Arithmetic with {shown(node)} has no counterpart.")
    return value


_WORDS = {
    theirs: ours
    for ours, names in {
        "estimate": (
            "Estimate",
            "emmean",
            "prob",
            "rate",
            "response",
            "ratio",
            "odds.ratio",
            "fit",
        ),
        "sd": ("Est.Error", "Std. Error", "SE", "se.fit"),
        "lower": ("lower.CL", "lower.HPD", "asymp.LCL", "Q2.5", "CI.Lower", "lwr"),
        "upper": ("upper.CL", "upper.HPD", "asymp.UCL", "Q97.5", "CI.Upper", "upr"),
    }.items()
    for theirs in names
}
_TESTS = ("p.value", "df", "t.ratio", "z.ratio", "Evid.Ratio", "Star")
#: The columns of as.data.frame(VarCorr(fit)); variances are sds squared.
_COMPONENTS = {"grp": "factor", "var1": "effect", "var2": "effect_2", "sdcor": "estimate"}


def index(context: Context, node: r.Index) -> Value:
    """Translate `x[i]`, `x[i, j]` and `x[[i]]`."""
    owner = context.value(node.object)
    if isinstance(owner.thing, Contrasted) and owner.thing.kind == "vector":
        owner = numeric(owner, node.object)
    thing = owner.thing
    keys = [each.value for each in node.args if each.name is None]
    if isinstance(thing, Frame | Unknown):
        return _of_frame(context, owner, keys, node)
    if isinstance(thing, Table) and thing.model is not None:
        return _of_table(context, owner, thing, keys, node)
    if isinstance(thing, Series):
        return _of_series(context, owner, keys, node)
    if isinstance(thing, Figure):
        return owner
    if isinstance(thing, Many) and len(keys) == 1:
        return _of_many(context, thing, keys[0], node)
    if isinstance(thing, Vector | Plain | Contrasted) and len(keys) == 1 and keys[0] is not None:
        place = context.whole(keys[0])
        if place is not None and place > 0 and isinstance(thing, Vector | Plain):
            made = owner.code.subscript(place - 1)
            if isinstance(thing, Vector) and place <= len(thing.values):
                return Value(made, Vector((thing.values[place - 1],)))
            return Value(made, Plain())
    raise NotTranslatedError.of(node)


def _of_many(context: Context, thing: Many, key: r.Node | None, node: r.Index) -> Value:
    place = context.whole(key)
    for at, (name, part) in enumerate(thing.parts, 1):
        if place == at or (isinstance(key, r.Text) and key.value == name):
            return part
    raise NotTranslatedError.of(node)


def _of_series(context: Context, owner: Value, keys: list[r.Node | None], node: r.Index) -> Value:
    if len(keys) == 2 and keys[0] is None and context.whole(keys[1]) == 1:
        return owner  # scale(x)[, 1]
    if len(keys) != 1 or keys[0] is None:
        raise NotTranslatedError.of(node)
    place = context.whole(keys[0])
    if place is not None and place > 0:
        return Value(owner.code.attribute("iloc").subscript(place - 1), Plain())
    found = context.value(keys[0])
    if isinstance(found.thing, Series):
        return Value(owner.code.subscript(found.code), owner.thing)
    raise NotTranslatedError.of(node)


def _of_frame(context: Context, owner: Value, keys: list[r.Node | None], node: r.Index) -> Value:
    frame = owner.thing if isinstance(owner.thing, Frame) else Frame()
    if len(keys) == 1 and keys[0] is not None:
        names = context.words(keys[0])
        if names is not None:
            return _columns(context, owner, names, one=len(names) == 1 and node.double)
    if len(keys) != 2:
        raise NotTranslatedError.of(node)
    rows, columns = keys
    made = owner if rows is None else Value(_rows(context, owner, frame, rows, node), frame)
    if columns is None:
        return made
    names = present(context.words(columns), f"{shown(node)}: name the columns.")
    return _columns(context, made, names, one=len(names) == 1)


def _columns(context: Context, owner: Value, names: tuple[str, ...], *, one: bool) -> Value:
    """Return one column, or a frame of columns."""
    if one:
        return column_of(context, owner, names[0])
    frame = owner.thing if isinstance(owner.thing, Frame) else Frame()
    kept = {name: c for name, c in frame.columns.items() if name in names}
    codings = {name: c for name, c in frame.codings.items() if name in names}
    return Value(owner.code.subscript(names), Frame(kept, codings, frame.source))


def _rows(context: Context, owner: Value, frame: Frame, key: r.Node, node: r.Index) -> Code:
    """Return the chosen rows: by a condition, by numbers from 1, without some, in order."""
    if isinstance(key, r.Call) and key.name == "order":
        return _ordered(owner, key, node)
    found = context.value(key)
    thing = found.thing
    places = list(thing.places or ()) if isinstance(thing, Vector) else []
    if places:
        if all(place > 0 for place in places):
            if places == list(range(1, len(places) + 1)) and len(places) > 1:
                return owner.code.method("head", len(places))
            return owner.code.attribute("iloc").subscript([place - 1 for place in places])
        if all(place < 0 for place in places):
            gone = owner.code.attribute("index").subscript([-place - 1 for place in places])
            return owner.code.method("drop", gone)
    if isinstance(thing, Series | Plain | Unknown):
        return owner.code.subscript(found.code)
    raise NotTranslatedError(f"{shown(node)}: the rows are computed.")


def _ordered(owner: Value, key: r.Call, node: r.Index) -> Code:
    """Return `d[order(d$x, -d$y), ]` as sort_values."""
    rising: dict[str, bool] = {}
    for each in key.args:
        inner = each.value.operand if isinstance(each.value, r.Unary) else each.value
        if each.name or not isinstance(inner, r.Member) or inner.object != node.object:
            raise NotTranslatedError(f"{shown(node)}: the rows are computed.")
        rising[inner.name] = not isinstance(each.value, r.Unary)
    if not rising:
        raise NotTranslatedError(f"{shown(node)}: the rows are computed.")
    return sorted_by(owner.code, rising)


def sorted_by(frame: Code, rising: Mapping[str, bool]) -> Code:
    """Return a data frame in the order of columns, which rise or fall."""
    if not rising:
        return frame
    order = None if all(rising.values()) else list(rising.values())
    return frame.method("sort_values", py.one_or_list(list(rising)), ascending=order)


def _of_table(
    context: Context, owner: Value, thing: Table, keys: list[r.Node | None], node: r.Index
) -> Value:
    if thing.role in ("ranef", "coef") and len(keys) == 1 and keys[0] is not None:
        place = context.whole(keys[0])
        assert thing.model is not None
        if place is not None and 0 < place <= len(thing.model.factors):
            return _of_factor(owner, thing, thing.model.factors[place - 1])
        names = context.words(keys[0])
        if names:
            return _of_factor(owner, thing, names[0])
    if thing.role.endswith(" of") and len(keys) == 2:
        return _of_level(context, owner, thing, keys, node)
    if thing.role.endswith(" of") and len(keys) == 1:
        names = context.words(keys[0])
        if names:
            return _of_effect(owner, thing, names[0])
    if thing.role == "fixef":
        return _of_fixef(context, owner, thing, keys, node)
    raise NotTranslatedError.of(node)


def _of_level(
    context: Context, owner: Value, thing: Table, keys: list[r.Node | None], node: r.Index
) -> Value:
    """Return `ranef(fit)$g["308", "x"]`, `["308", ]` or `[, "x"]`."""
    assert thing.model is not None
    words: list[str | None] = []
    for key in keys:
        word = context.word(key)
        if key is not None and word is None:
            raise NotTranslatedError(f"{shown(node)}: name one level and one effect.")
        words.append(word)
    level, effect = words
    if level is None:
        return owner if effect is None else _of_effect(owner, thing, effect)
    rows = f'level == "{level}"'
    if effect is None:
        return Value(owner.code.method("query", rows), Table(""))
    rows += f' and effect == "{coefficient(effect, thing.model)}"'
    one = owner.code.method("query", rows).subscript("estimate")
    return Value(one.method("item"), Plain("number"))


def _of_fixef(
    context: Context, owner: Value, thing: Table, keys: list[r.Node | None], node: r.Index
) -> Value:
    assert thing.model is not None
    column = "estimate"
    if len(keys) == 2 and keys[1] is not None:
        words = context.literal(keys[1])
        if words is None or words.values[0] not in _WORDS:
            raise NotTranslatedError(f"{shown(node)}: that column is not there.")
        column = _WORDS[str(words.values[0])]
    if keys and keys[0] is None:
        return Value(owner.code.subscript(column), Series())
    first = keys[0] if keys else None
    names = present(context.literal(first), f"{shown(node)}: the coefficients are computed.")
    place = context.whole(keys[0])
    if place is not None and place > 0:
        inner = owner.code.subscript(column).attribute("iloc")
        return Value(inner.subscript(place - 1), Plain("number"))
    if not all(isinstance(name, str) for name in names.values):
        raise NotTranslatedError(f"{shown(node)}: name the coefficients.")
    own = [py.text(coefficient(str(name), thing.model)) for name in names.values]
    made = owner.code.attribute("loc").subscript(py.one_or_list(own), column)
    return Value(made, Plain("number") if len(own) == 1 else Series())
