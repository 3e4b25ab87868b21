"""How wide intervals are: R's arguments become `ci_prob=`; without them the option counts here."""

from dataclasses import replace

from mixwell.r.language import nodes as r
from mixwell.r.translation.python import pycode as py
from mixwell.r.translation.python.pycode import Code
from mixwell.r.translation.scope.environment import Context, shown
from mixwell.r.translation.scope.r_values import Contrasted, Many, Means, Plain, Value

#: R's functions that give intervals, and the arguments that say how wide these are.
_FUNCTIONS = frozenset(
    {"emmeans", "lsmeans", "emtrends", "lstrends", "contrast", "pairs", "confint", "summary"}
    | {"fixef", "ranef", "coef", "VarCorr", "hypothesis", "conditional_effects", "fitted"}
    | {"posterior_interval", "posterior_summary", "predict", "tidy", "plot", "emmip", "test"}
    | {"bayes_R2"}
)
_ARGUMENTS = frozenset({"level", "prob", "probs", "conf.level"})
#: brms's hypothesis() takes what lies outside an interval, that of a one-sided one on each side.
_OUTSIDE = ("hypothesis", "alpha")
#: The methods that take `ci_prob`.
_METHODS = frozenset(
    {"means", "slopes", "contrasts", "predictions", "hypothesis", "with_interval"}
    | {"fixef", "ranef", "coef", "VarCorr", "summary", "r2", "plot", "coefficients"}
)
_OPTION = "mw.options.ci_prob"
_KEY = "interval width"


def with_width(context: Context, node: r.Call, found: Value) -> Value:
    """Return the value of a call with intervals as wide as it asks; note another width than R's."""
    if node.name not in _FUNCTIONS:
        return found
    for each in node.args:
        outside = (node.name, each.name) == _OUTSIDE
        if (each.name in _ARGUMENTS or outside) and each.name and each.value is not None:
            sides = _sides(found.code.text) if outside else 0
            width = _width(context, each.name, each.value, sides)
            made = None if width is None else _widened(found, width)
            if made is not None:
                return made
            given = f"{each.name} = {shown(each.value)}"
            value = "" if width is None else f" = {width.text}"
            context.note(given, f"{given} is left out: {_OPTION}{value} sets the width.")
            return found
    if isinstance(found.thing, Means | Contrasted | Many) and not _is_wide(context, node, found):
        context.note(_KEY, f"intervals hold 89%, R's 95%: {_OPTION} sets the width.")
    return found


def _is_wide(context: Context, node: r.Call, found: Value) -> bool:
    """Return whether a value has the width that was asked for earlier."""
    owner = context.first_value(node)
    means = None if owner is None else owner.thing
    inherited = isinstance(means, Means) and "ci_prob" in dict(means.options)
    return inherited or "ci_prob=" in found.code.text


def _sides(text: str) -> int:
    """Return how many sides of their intervals hypotheses leave out; 0 where they differ."""
    two, one = " = " in text, " > " in text or " < " in text
    return 0 if one == two else 2 if one else 1


def _width(context: Context, name: str, node: r.Node, sides: int) -> Code | None:
    """Return the probability that an argument of R's gives, None for one that is computed.

    `sides` times it lie outside the interval where the argument says what does.
    """
    found = context.literal(node)
    numbers = [] if found is None else [v for v in found.values if isinstance(v, int | float)]
    if name == "probs":
        even = len(numbers) == 2 and abs(sum(numbers) - 1) < 1e-9
        return py.number(round(numbers[1] - numbers[0], 12)) if even else None
    if name == _OUTSIDE[1]:
        return py.number(round(1 - sides * numbers[0], 12)) if len(numbers) == 1 and sides else None
    if len(numbers) == 1:
        return py.number(numbers[0])
    known = context.value(node)
    return known.code if known.thing == Plain("number") else None


def _widened(found: Value, width: Code) -> Value | None:
    """Return a value with intervals of a width, None where it has none."""
    thing, code = found.thing, found.code
    if isinstance(thing, Many):
        parts = [(name, _widened(part, width)) for name, part in thing.parts]
        whole = tuple((name, part) for name, part in parts if part is not None)
        return Value(whole[0][1].code, Many(whole)) if len(whole) == len(parts) else None
    made = _asked(code, width)
    if made is None and isinstance(thing, Means | Contrasted):
        made = code.method("with_interval", width)
    if made is None:
        return None
    if isinstance(thing, Means):
        thing = replace(thing, options=(*thing.options, ("ci_prob", width)))
    if isinstance(thing, Contrasted) and thing.ratios is not None:
        thing = replace(thing, ratios=_asked(thing.ratios, width))
    return replace(found, code=made, thing=thing)


def _asked(code: Code, width: Code) -> Code | None:
    """Return a call of a method with `ci_prob`, or what is taken of its result; None for others."""
    if code.opening == "[" and code.head is not None:
        inner = _asked(code.head, width)
        return None if inner is None else inner.subscript(*code.items)
    if code.opening.strip(".(") in _METHODS and code.head is not None:
        return code.with_named(ci_prob=width)
    return None
