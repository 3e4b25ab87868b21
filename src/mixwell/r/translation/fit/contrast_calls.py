"""Contrasts of marginal means: pairs(), contrast(), and what is done with their results."""

from collections.abc import Sequence
from dataclasses import replace

from mixwell.r.language import nodes as r
from mixwell.r.language.argument_matching import match
from mixwell.r.translation.data.reshaping import same
from mixwell.r.translation.fit.fit_calls import confint, summary
from mixwell.r.translation.fit.mean_calls import (
    NO_CONTRASTS_OF_CATEGORIES,
    adjusts,
    asked,
    asked_grid,
    asks_for_response,
    emmeans,
    emtrends,
    goes_to_response,
    means_value,
    names_code,
    on_response,
    ref_grid,
    say_adjust,
    takes_back,
)
from mixwell.r.translation.python import pycode as py
from mixwell.r.translation.python.pycode import Code
from mixwell.r.translation.scope.environment import (
    Context,
    NotTranslatedError,
    Verb,
    present,
    shown,
)
from mixwell.r.translation.scope.r_values import (
    Contrasted,
    Figure,
    FittedModel,
    Many,
    Means,
    Plain,
    RefGrid,
    Table,
    Value,
    Vector,
    level_at,
)
from mixwell.r.translation.scope.verb_tables import verbs

#: Named arguments of a call; None for those that are left out.
Options = dict[str, Code | None]
_SAME = (
    *("pairwise", "revpairwise", "eff", "del.eff", "poly", "helmert", "mean_chg", "identity"),
    "trt.vs.ctrlk",
)
_KINDS = {
    **dict(zip(_SAME, _SAME, strict=True)),
    **dict.fromkeys(("trt.vs.ctrl", "trt.vs.ctrl1", "dunnett"), "reference"),
    **{"tukey": "pairwise", "consec": "sequential"},
}


def _pairs(context: Context, node: r.Call) -> Value:
    matched = match(node)
    kind = "revpairwise" if r.truth(matched.get("reverse")) else "pairwise"
    return _contrasts(context, node, matched.get("x"), py.text(kind))


def _contrast(context: Context, node: r.Call) -> Value:
    matched = match(node)
    if "interaction" in matched and r.truth(matched["interaction"]) is not False:
        return _contrasts(context, node, matched.get("object"), None)
    given = matched.get("method")
    kind = py.text("eff") if given is None else _kind(context, node, given)
    return _contrasts(context, node, matched.get("object"), kind)


def _kind(context: Context, node: r.Call, given: r.Node) -> Code:
    """Return the family of contrasts, or weights of one's own as a dict."""
    if isinstance(given, r.Call) and given.name == "list":
        return _weights(context, given)
    known = context.value(given)
    if isinstance(known.thing, Plain) and known.thing.kind == "weights":
        return known.code
    name = present(context.word(given), f"The contrasts are computed: {shown(given)}.")
    kind, ref = _known(name), node.named.get("ref")
    if ref is not None and kind == "reference" and context.whole(ref) != 1:
        kind = f"reference({_reference(context, node, ref)})"
    return py.text(kind)


def _weights(context: Context, node: r.Call) -> Code:
    pairs = []
    for place, each in enumerate(node.args, 1):
        if each.value is None:
            raise NotTranslatedError(f"There are no weights in {shown(node)}.")
        pairs.append((py.text(each.name or f"contrast {place}"), _row(context, each.value)))
    return py.dictionary(pairs)


def _row(context: Context, node: r.Node) -> Code:
    found = context.value(node)
    if isinstance(found.thing, Vector) and found.thing.numbers is not None:
        return py.listing(found.thing.numbers)
    if found.thing == Plain("numbers"):
        return found.code
    raise NotTranslatedError(f"The weights are no numbers: {shown(node)}.")


def _reference(context: Context, node: r.Call, ref: r.Node) -> str:
    """Return the name of the reference level, whose position R also takes."""
    found = context.literal(ref)
    if found and isinstance(found.values[0], str):
        return found.values[0]
    owner = context.first_value(node)
    means = owner.thing if owner is not None else None
    levels = None
    if isinstance(means, Means) and len(means.of) == 1:
        levels = means.model.frame.levels(means.of[0])
    said = f"The reference level is given by its position: {shown(ref)}."
    return present(level_at(context.whole(ref), levels), said)


def _contrasts(context: Context, node: r.Call, first: r.Node | None, kind: Code | None) -> Value:
    """Return contrasts of the first argument's means, in one call where emmeans stands inside."""
    owner = context.value(present(first, f"{node.name}() of nothing."))
    if isinstance(owner.thing, Many):
        owner = owner.thing.parts[0][1]
    if isinstance(owner.thing, Contrasted) and owner.thing.kind == "categories":
        raise NotTranslatedError(NO_CONTRASTS_OF_CATEGORIES)
    if not isinstance(owner.thing, Means | Contrasted):
        raise NotTranslatedError(f"{node.name}() of {shown(first)} has no counterpart.")
    owner = _without_ratios(owner)
    options = _options(context, node, owner)
    if isinstance(options, list):
        parts = [
            (label, Value(_compared(owner, kind, own, inline=False), Contrasted()))
            for label, own in options
        ]
        return Value(parts[0][1].code, Many(tuple(parts)))
    if kind is None:
        within = options.get("by")
        across = within is not None and within.text == "[]"
        options["interaction"] = _interaction(context, node, owner, across=across)
    inline = isinstance(first, r.Call)
    if isinstance(owner.thing, Means) and owner.thing.regridded:
        options.setdefault("compare", py.text("difference"))
    asks = _asks_for_response(context, node)
    response = _on_response(context, owner, asks=asks) if _has_ratios(owner) else None
    ratios = None if response is None else _compared(response, kind, dict(options), inline=True)
    if ratios is not None and asks:
        return Value(ratios, Contrasted())
    return Value(_compared(owner, kind, options, inline=inline), Contrasted("contrasts", ratios))


def _has_ratios(owner: Value) -> bool:
    """Return whether R compares means on the response's scale by ratios or odds ratios."""
    model = owner.thing.model if isinstance(owner.thing, Means) else None
    if model is None:
        return False
    return model.reading.ratios if model.transformed else model.family.ratios


def _without_ratios(owner: Value) -> Value:
    """Return responses that R has no ratios of on the scale where it goes on comparing them."""
    means = owner.thing
    if not isinstance(means, Means) or means.trend or means.regridded:
        return owner
    model, family = means.model, means.model.family
    bent = not (family.identity or family.categories)
    bent = model.reading.takes_back if model.transformed else bent
    if not bent or _has_ratios(owner) or {"scale", "average"} & {*dict(means.options)}:
        return owner
    return means_value(replace(means, options=(*means.options, ("scale", py.text("link")))))


def _on_response(context: Context, owner: Value, *, asks: bool) -> Value | None:
    """Return means of the link's scale on the response's, where contrasts are ratios."""
    means = owner.thing
    if not isinstance(means, Means) or means.trend or "scale" not in dict(means.options):
        return None
    model = on_response(means.model)
    another = model.family.parameter != means.model.family.parameter
    if (another and not asks) or not takes_back(context, means.model):
        return None
    kept = tuple(pair for pair in means.options if pair[0] != "scale")
    return means_value(replace(means, model=model, options=kept))


def _asks_for_response(context: Context, node: r.Call) -> bool:
    return asks_for_response(context, node.named.get("type"))


def _on_asked_scale(verb: Verb) -> Verb:
    """Return summary() or confint(), of means and contrasts with `type = "response"` too."""

    def result(context: Context, node: r.Call) -> Value:
        if node.first is not None and _asks_for_response(context, node):
            found = context.value(node.first)
            if isinstance(found.thing, Contrasted) and found.thing.ratios is not None:
                return Value(found.thing.ratios, Contrasted())
            response = _on_response(context, found, asks=True)
            if response is not None:
                return response
        return verb(context, node)

    return result


def _compared(owner: Value, kind: Code | None, options: Options, *, inline: bool) -> Code:
    means = owner.thing
    args = [] if kind is None else [kind]
    if not inline or not isinstance(means, Means) or means.trend:
        if isinstance(means, Means) and means.trend and means.by and "by" not in options:
            options = {"by": names_code(means.by), **options}
        return owner.code.method("contrasts", *args, **options)
    by = options.pop("by", None)
    across = by is not None and by.text == "[]"
    if by is not None and not across:
        return owner.code.method("contrasts", *args, by=by, **options)
    of, within = ((*means.of, *means.by), ()) if across else (means.of, means.by)
    named = {"of": names_code(of), "by": names_code(within), **options, **means.named}
    return means.fit.method("contrasts", *args, **named)


def _options(context: Context, node: r.Call, owner: Value) -> Options | list[tuple[str, Options]]:
    """Return the named arguments, or for `simple = "each"` those of each factor."""
    given = node.named
    options: Options = {}
    means = owner.thing
    joint = adjusts(given.get("adjust"))
    if joint:
        options["simultaneous"] = py.raw("True")
    elif joint is None:
        say_adjust(context)
    if "simple" in given and isinstance(means, Means):
        return _simple(context, given["simple"], means, options)
    if "by" in given:
        by = given["by"]
        options["by"] = _within(() if r.is_null(by) else context.texts(by, "by"))
    if r.truth(given.get("ratios")) is False:
        options["compare"] = py.text("difference")
    return options


def _simple(
    context: Context, node: r.Node, means: Means, options: Options
) -> Options | list[tuple[str, Options]]:
    factors = (*means.of, *means.by)
    names = context.texts(node, "simple")
    if names == ("each",):
        return [(name, _others(factors, (name,)) | options) for name in factors]
    return _others(factors, names) | options


def _others(factors: Sequence[str], names: Sequence[str]) -> Options:
    """Return the argument that compares `names` within all other factors."""
    return {"by": _within([other for other in factors if other not in names])}


def _within(names: Sequence[str]) -> Code:
    return names_code(names) or py.listing([])


def _interaction(context: Context, node: r.Call, owner: Value, *, across: bool) -> Code:
    given = match(node)["interaction"]
    count = len(owner.thing.of) if isinstance(owner.thing, Means) else 2
    if isinstance(owner.thing, Means) and across:
        count += len(owner.thing.by)
    kinds = ("pairwise",) if r.truth(given) else context.texts(given, "interaction")
    found = [_known(kind) for kind in kinds]
    return py.listing(found * count if len(found) == 1 else found)


def _known(name: str) -> str:
    return present(_KINDS.get(name), f"There are no contrasts called {name} here.")


def _cld(context: Context, node: r.Call) -> Value:
    """Translate multcomp's cld(emm): letters, by intervals that hold at once unless none do."""
    found = context.first_value(node)
    if found is None or not isinstance(found.thing, Means):
        raise NotTranslatedError(f"{node.name}() is of means here: .letters() of fit.means(...).")
    given = match(node).further
    if "delta" in given:
        said = (
            "groups what is equivalent; .letters(rope=...) parts what differs by more than a rope."
        )
        raise NotTranslatedError(f"{node.name}(delta = {shown(given['delta'])}) {said}")
    options: Options = {}
    if "by" in given:
        by = given["by"]
        options["by"] = _within(() if r.is_null(by) else context.texts(by, "by"))
    if "alpha" in given:
        out = context.only(given["alpha"])
        if not isinstance(out, float | int):
            raise NotTranslatedError(f"alpha is computed: {shown(given['alpha'])}.")
        options["ci_prob"] = py.number(round(1.0 - out, 12))
    if adjusts(given.get("adjust")) is not False:
        options["simultaneous"] = py.raw("True")
    known = ("by", "alpha", "adjust", "Letters", "sort", "reversed", "decreasing", "details")
    context.say_left_out(name for name in given if name not in known)
    context.note("cld", "rows stay in their order; letters go by credible intervals of the pairs.")
    return Value(found.code.method("letters", **options), Contrasted())


def _to_frame(context: Context, node: r.Call) -> Value:
    """Translate as.data.frame() of emmeans' results."""
    found = context.first_value(node)
    if found and isinstance(found.thing, Means | Contrasted):
        return Value(found.code.method("to_frame"), Table("results"))
    return same(context, node)


def _emmip(context: Context, node: r.Call) -> Value:
    """Translate emmip(fit, trace ~ x) as a figure of means."""
    matched = match(node)
    if not {"object", "formula"} <= set(matched):
        raise NotTranslatedError.of(node)
    specs = asked(context, matched["formula"])
    found = context.value(matched["object"])
    if not isinstance(found.thing, FittedModel):
        raise NotTranslatedError(f"{shown(matched['object'])} is no fitted model here.")
    by = tuple(name for name in (specs.contrast, *specs.by) if name and name != "~")
    grid = asked_grid(context, matched, RefGrid(found.code, found.thing))
    means = means_value(Means(found.code, grid.model, specs.of, by, grid.options))
    name = found.code.text if found.code.text.isidentifier() else "means"
    return Value(means.code.method("plot"), Figure(f"{name}_means"))


def _regrid(context: Context, node: r.Call) -> Value:
    """Translate regrid(emm): the same means on the response's scale."""
    matched = match(node)
    found = context.value(matched["object"]) if "object" in matched else None
    if found is None or not isinstance(found.thing, Means) or found.thing.trend:
        raise NotTranslatedError.of(node)
    means = found.thing
    given = matched.get("transform") or matched.further.get("regrid")
    if given is not None and not goes_to_response(context, given):
        return found
    kept = tuple(pair for pair in means.options if pair[0] != "scale")
    if means.regridded or not takes_back(context, means.model):
        return found
    model = on_response(means.model)
    return means_value(replace(means, model=model, options=kept, regridded=True))


def _eff_size(context: Context, node: r.Call) -> Value:
    """Translate eff_size(emm, sigma, edf): contrasts in standard deviations."""
    matched = match(node)
    given = matched.get("sigma")
    if given is None:
        raise NotTranslatedError("eff_size() has no standard deviation: sigma = is missing.")
    first = present(matched.get("object"), "eff_size() of nothing.")
    found = context.value(first)
    if isinstance(found.thing, Contrasted):
        contrasts = found.code
    else:
        method = matched.get("method")
        kind = py.text("pairwise") if method is None else _kind(context, node, method)
        contrasts = _contrasts(context, node, first, kind).code
    number = context.code(given)  # sigma() is refused where R's is the number 1
    own = isinstance(given, r.Call) and given.name == "sigma"
    by = py.text("sigma") if own else number
    if "edf" in matched:
        context.note("edf", "edf is left out: draws say how well the standard deviation is known.")
    return Value(contrasts.method("standardized", by), Contrasted())


VERBS = verbs(
    {
        emmeans: "emmeans lsmeans",
        emtrends: "emtrends lstrends",
        ref_grid: "ref_grid ref.grid",
        _pairs: "pairs",
        _contrast: "contrast",
        _emmip: "emmip",
        _on_asked_scale(summary): "summary",
        _on_asked_scale(confint): "confint posterior_interval",
        _regrid: "regrid",
        _eff_size: "eff_size",
        _cld: "cld CLD",
        _to_frame: "as.data.frame as_tibble data.table",
    }
)
