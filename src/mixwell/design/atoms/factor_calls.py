"""Calls whose value is a factor: factor, ordered, relevel, cut, interaction, C.

Each takes the call and the model frame, and learns its levels on the training rows, to be replayed
on new ones.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from mixwell.design.atoms.call_arguments import BoundArguments, constant_value
from mixwell.design.atoms.column_values import as_factor, match_levels
from mixwell.design.atoms.interval_calls import cut
from mixwell.design.atoms.model_frame import ModelFrame, Result
from mixwell.design.atoms.transform_arguments import truth_argument
from mixwell.design.atoms.values import Factor
from mixwell.design.codings.choices import Contrast
from mixwell.design.codings.contrast_names import contrast_call, contrast_named, resolve_contrast
from mixwell.errors import did_you_mean, is_number
from mixwell.formula import (
    Argument,
    Call,
    Constant,
    Expr,
    Name,
    Number,
    Paren,
    Text,
    Unary,
    deparse,
)
from mixwell.numeric.arrays import BoolArray
from mixwell.text.level_labels import label_of, labels_of
from mixwell.text.names import quoted
from mixwell.text.phrases import and_so_on


def factor(node: Call, frame: ModelFrame) -> Factor:
    """Make a factor as R does: without unused levels, missing outside `levels` or in `exclude`."""
    bound = BoundArguments(node, ("x", "levels", "labels", "exclude", "ordered"), frame)
    value = bound.value("x")
    if not frame.learning:
        learned: Factor = frame.memory[node]
        matched = as_factor(value, deparse(node), learned.levels)
        return replace(matched, levels=learned.r_levels, ordered=learned.ordered, r_levels=())
    base = as_factor(value, deparse(node)).drop_unused()
    ordered = bound.truth("ordered", node.function == "ordered" or base.ordered)
    made = _with_levels(base, bound) if {"levels", "exclude"} & set(bound.exprs) else base
    labels = bound.texts("labels") if "labels" in bound else made.levels
    if len(labels) != len(made.levels) or len(set(labels)) < len(labels):
        raise frame.error(
            bound.exprs["labels"],
            f"labels must be {len(made.levels)} different texts, one for each level.",
        )
    # learned: the levels as the data label them, and under r_levels what they are called here
    frame.memory[node] = Factor(made.codes[:0], made.levels, ordered, r_levels=labels)
    r_levels = made.r_levels if labels == made.levels else ()
    return Factor(made.codes, labels, ordered, r_levels=r_levels)


def _with_levels(base: Factor, bound: BoundArguments) -> Factor:
    name, frame, given = deparse(bound.exprs["x"]), bound.frame, bound.exprs
    wanted = base.own_levels(bound.texts("levels")) if "levels" in bound else base.levels
    if len(set(wanted)) < len(wanted):
        twice = next(level for level in wanted if wanted.count(level) > 1)
        raise frame.error(given["levels"], f"levels names {twice!r} twice.", "Name it once.")
    if not set(wanted) & set(base.levels):
        raise frame.error(
            given["levels"],
            f"No row has any of these levels of {name}.",
            did_you_mean(wanted[0], base.levels) if wanted else None,
        )
    excluded = _excluded(base, bound) if "exclude" in bound else ()
    wanted = tuple(level for level in wanted if level not in excluded)
    made = match_levels(base.codes, base.levels, wanted)
    return replace(made, codes=np.where(made.codes < len(wanted), made.codes, -1), unknown=())


def _excluded(base: Factor, bound: BoundArguments) -> tuple[str, ...]:
    """Return the levels that `exclude` makes missing, each one that some row has."""
    name, expr = deparse(bound.exprs["x"]), bound.exprs["exclude"]
    if bound.value("exclude") is None:
        if (base.codes < 0).any():
            raise bound.frame.error(
                expr,
                f"exclude = NULL would make a level of the missing values of {name}.",
                "Fill them with a level of their own in the data.",
            )
        return ()
    excluded = base.own_levels(bound.texts("exclude"))
    for level in excluded:
        if level not in base.levels:
            raise bound.frame.error(
                expr, f"{name} has no level {level!r} to exclude.", did_you_mean(level, base.levels)
            )
    return excluded


def keep_factor(node: Call, frame: ModelFrame) -> Factor:
    """Make a factor of any column as R's as.factor does."""
    value = BoundArguments(node, ("x",), frame).value("x")
    if not frame.learning:
        return as_factor(value, deparse(node), frame.memory[node])
    made = as_factor(value, deparse(node))
    frame.memory[node] = made.levels
    return replace(made, ordered=made.ordered or node.function == "as.ordered")


def level_names(node: Call, frame: ModelFrame) -> list[str]:
    """Return the levels of a factor, as R's levels does: an argument of codings."""
    value = BoundArguments(node, ("x",), frame).value("x")
    return list(as_factor(value, deparse(node)).levels)


def level_count(node: Call, frame: ModelFrame) -> float:
    """Return how many levels a factor has, as R's nlevels does: an argument of codings."""
    return float(len(level_names(node, frame)))


def relevel(node: Call, frame: ModelFrame) -> Factor:
    """Put the level `ref` first, as R's relevel does."""
    bound = BoundArguments(node, ("x", "ref"), frame, {"reference": "ref", "base": "ref"})
    name = deparse(bound.exprs["x"])
    base = as_factor(bound.value("x"), name)

    def levels() -> tuple[str, ...]:
        if "ref" not in bound:
            raise frame.error(node, "relevel() needs ref=, the level that comes first.")
        if base.ordered:
            raise frame.error(node, "relevel() is for factors without an order.")
        ref = bound.constant("ref")
        if is_number(ref):  # a position, as in R, whatever the levels are called
            if float(ref) not in range(1, len(base.levels) + 1):
                raise frame.error(
                    bound.exprs["ref"],
                    f"A number is the position of a level, and {name} has {len(base.levels)}.",
                    f"Write the level in quotes, one of {and_so_on(base.levels)}.",
                )
            ref = base.levels[int(ref) - 1]
        (first,) = base.own_levels([label_of(ref)])
        if first not in base.levels:
            raise frame.error(
                bound.exprs["ref"],
                f"{name} has no level {first!r}.",
                did_you_mean(first, base.levels),
            )
        return (first, *(level for level in base.levels if level != first))

    return as_factor(base, deparse(node), frame.learn(node, levels))


#: interaction() makes a label for every combination, whether it occurs or not.
_MOST_LEVELS = 1_000_000


def interaction(node: Call, frame: ModelFrame) -> Factor:
    """Cross factors as R's interaction does: one level a combination, the first running fastest."""
    parts, sep, drop, lexical = [], ".", False, False
    factors: list[Factor] = []
    learned = None if frame.learning else iter(frame.memory[node])
    for argument in node.args:
        value = frame.evaluate(argument.value)
        if argument.name is None:
            parts.append(deparse(argument.value))
            factors.append(as_factor(value, parts[-1], learned and next(learned)))
            _require_few_levels(node, parts, factors, frame)
        elif argument.name == "sep":
            if not isinstance(value, str):
                raise frame.error(argument.value, "sep of interaction() is one text.")
            sep = value
        elif argument.name == "drop":
            drop = truth_argument(value, "drop", "interaction")
        elif argument.name.replace("_", ".") == "lex.order":
            lexical = truth_argument(value, "lex.order", "interaction")
        else:
            hint = did_you_mean(argument.name, ("sep", "drop", "lex.order"))
            said = f"interaction() has no argument {argument.name!r}."
            raise frame.error(argument.value, said, hint)
    if not parts:
        raise frame.error(node, "interaction() needs at least one factor.")
    if frame.learning:
        frame.memory[node] = [made.levels for made in factors]
    made = _crossed(factors if not lexical else factors[::-1], sep, lexical)
    if len(set(made.levels)) < len(made.levels):
        twice = next(level for level in made.levels if made.levels.count(level) > 1)
        raise frame.error(
            node,
            f"Two combinations of levels would both be called {twice!r}, because levels contain "
            f"{sep!r}.",
            'Give another sep=, for example sep = "|".',
        )
    if not drop:
        return made
    return as_factor(
        made, deparse(node), frame.learn((node, "kept"), lambda: made.drop_unused().levels)
    )


def _require_few_levels(
    node: Call, parts: list[str], factors: list[Factor], frame: ModelFrame
) -> None:
    """Refuse combinations of levels that are too many, before further factors are read."""
    count = math.prod(len(made.levels) for made in factors)
    if count > _MOST_LEVELS:
        more = "" if len(parts) == len(node.args) else " or more"
        said = f"interaction() would have {count:,} levels{more}, and at most {_MOST_LEVELS:,} are"
        hint = f"Of (1 | {':'.join(parts)}) there are those that occur."
        raise frame.error(node, f"{said} made.", hint)


def _crossed(factors: list[Factor], sep: str, reverse: bool) -> Factor:
    codes = np.zeros_like(factors[0].codes)
    missing, new = np.zeros((2, len(codes)), dtype=bool)
    width = 1
    for part in factors:
        missing |= part.codes < 0
        new |= part.codes >= len(part.levels)
        codes = codes + width * np.clip(part.codes, 0, len(part.levels) - 1)
        width *= len(part.levels)
    unknown = _new_combinations(factors, new & ~missing, sep, reverse)
    codes[new & ~missing] = width + unknown.codes
    names = _crossed_labels([part.levels for part in factors], sep, reverse)
    r_names = _crossed_labels([part.r_levels or part.levels for part in factors], sep, reverse)
    r_levels = r_names if r_names != names else ()
    codes = np.where(missing, -1, codes)
    return Factor(codes, names, r_levels=r_levels, unknown=unknown.levels)


def _new_combinations(factors: list[Factor], rows: BoolArray, sep: str, reverse: bool) -> Factor:
    """Return the combinations of some rows, which have a level that training did not have."""
    parts = [part.labels()[rows] for part in (factors[::-1] if reverse else factors)]
    codes, cells = pd.factorize(pd.Series(list(zip(*parts, strict=True)), dtype=object))
    return Factor(codes.astype(np.int64), tuple(sep.join(cell) for cell in cells))


def _crossed_labels(levels: list[tuple[str, ...]], sep: str, reverse: bool) -> tuple[str, ...]:
    """Label every combination, the first factor running fastest."""
    labels: list[list[str]] = [[]]
    for names in levels:
        labels = [[*head, name] for name in names for head in labels]
    return tuple(sep.join(parts[::-1] if reverse else parts) for parts in labels)


def coded(node: Call, frame: ModelFrame) -> Factor:
    """Give a factor contrasts, and its levels an order, of its own: R's, patsy's and bambi's C."""
    if not node.args:
        raise frame.error(node, "C() needs a factor first.")
    first = node.args[0].value
    value = frame.evaluate(first)
    if not frame.learning:
        return as_factor(value, deparse(first), frame.memory[node])
    made = _ordered_levels(node, as_factor(value, deparse(first)), frame)
    frame.memory[node] = made.levels
    contrast = _inline_contrast(node, made, frame)
    return replace(made, contrast=contrast or made.contrast)


def _ordered_levels(node: Call, base: Factor, frame: ModelFrame) -> Factor:
    """Put the levels into the order of `levels`, which names each that a row has."""
    given = next((a.value for a in node.args[1:] if a.name == "levels"), None)
    if given is None:
        return base
    value = constant_value(given, frame)
    wanted = base.own_levels(labels_of(value if isinstance(value, list) else [value]))
    left_out = [level for level in base.drop_unused().levels if level not in wanted]
    if left_out:
        raise frame.error(
            given,
            f"levels leaves out the level {left_out[0]!r} of {deparse(node.args[0].value)}.",
            f"Name all of them, or make it missing: factor({deparse(node.args[0].value)}, levels).",
        )
    spelled = dict(zip(base.levels, base.r_levels, strict=False))
    made = match_levels(base.codes, base.levels, wanted, np.unique(base.codes[base.codes >= 0]))
    r_levels = tuple(spelled.get(level, level) for level in wanted) if spelled else ()
    return replace(made, ordered=base.ordered, contrast=base.contrast, r_levels=r_levels)


def _inline_contrast(node: Call, factor: Factor, frame: ModelFrame) -> Contrast | None:
    """Read the contrast in C(): a name, a text, or a call as contr.treatment(3, base = 2)."""
    where = f"{deparse(node)} in {frame.text}"
    chosen, extra = _choice_and_options(node, factor, frame)
    if chosen is None:
        usual = "contr.poly" if factor.ordered else "contr.treatment"
        return contrast_named(usual, extra, where=where) if extra else None
    expr = chosen
    while isinstance(expr, Paren):
        expr = expr.inner
    if isinstance(expr, Name | Text):  # without brackets the number of levels is not needed
        name = expr.name if isinstance(expr, Name) else expr.value
        if name in factor.levels:
            hint = f'To compare with the level "{name}": C(..., Treatment({quoted(name)})).'
            raise frame.error(expr, "C() takes the name of a coding here.", hint)
        return contrast_named(name, extra, quoted=isinstance(expr, Text), where=where)
    if isinstance(expr, Call) and expr.function != "c":
        given = [(a.name, _level_or_value(a.value, factor, frame)) for a in expr.args]
        positional = tuple(value for name, value in given if name is None)
        named = {name: value for name, value in given if name is not None}
        return contrast_call(expr.function, positional, {**named, **extra}, where=where)
    if isinstance(expr, Call | Number | Unary | Constant):
        if extra:
            said = f"{next(iter(extra))} is an option of codings by name, not of weights."
            raise frame.error(expr, said, "Leave it out.")
        weights = frame.evaluate(expr)
        return resolve_contrast(np.asarray(weights, dtype=float).reshape(-1, 1), where=where)
    raise frame.error(expr, "C() takes the name of a coding here.", "For example C(a, sum).")


def _level_or_value(expr: Expr, factor: Factor, frame: ModelFrame) -> Any:
    """Return an argument of a coding; a level without its quotes would be read as a column."""
    if isinstance(expr, Name) and expr.name in factor.levels:
        raise frame.error(expr, "A level goes into quotes here.", f'Write "{expr.name}".')
    return constant_value(expr, frame)


def _choice_and_options(
    node: Call, factor: Factor, frame: ModelFrame
) -> tuple[Expr | None, dict[str, Any]]:
    """Return the coding that C() is given, unread, and the options of it that stand next to it."""
    free = [a.value for a in node.args[1:] if a.name is None]
    named = {a.name: a.value for a in node.args[1:] if a.name is not None}
    named.pop("levels", None)
    choices = free[:1] + [named.pop(name) for name in _CODING if name in named]
    if len(choices) > 1:
        raise frame.error(choices[1], "C() is given two codings.", "Keep one of them.")
    many = {"how.many": len(factor.drop_unused().levels) - 1, "spans_intercept": True}
    for name, expr in {**dict(zip(["how.many"], free[1:], strict=False)), **named}.items():
        whole = many.get(name.replace("how_many", "how.many"))
        if whole is not None and frame.evaluate(expr) != whole:
            raise frame.error(
                expr,
                f"C() makes the {many['how.many']} columns of a coding and keeps all of them.",
                f"Leave out {name}, or give columns of your own in contrasts=.",
            )
    if len(free) > 2:
        raise frame.error(free[2], "C() has one argument too many.")
    own = {n: e for n, e in named.items() if n.replace("_", ".") not in many}
    options = {n: _level_or_value(e, factor, frame) for n, e in own.items()}
    return (choices[0] if choices else None), options


def short_coded(node: Call, frame: ModelFrame) -> Factor:
    """Code as bambi's T(x, ref) and S(x, omit) do, which are short for C()."""
    kind, option = _SHORT[node.function]
    bound = BoundArguments(node, ("data", option, "levels"), frame)
    own = (Argument(bound.exprs[option]),) if option in bound else ()
    levels = (Argument(bound.exprs["levels"], "levels"),) if "levels" in bound else ()
    choice = Argument(Call(kind, own, span=node.span))
    return coded(Call("C", (Argument(bound.exprs["data"]), choice, *levels), span=node.span), frame)


#: How R, patsy and formulaic call what C() is given as its coding.
_CODING = ("contr", "contrast", "contrasts")
_SHORT = {"T": ("Treatment", "ref"), "S": ("Sum", "omit")}

FACTOR_CALLS: dict[str, Callable[[Call, ModelFrame], Result]] = {
    "factor": factor,
    "ordered": factor,
    "as.factor": keep_factor,
    "as.ordered": keep_factor,
    "relevel": relevel,
    "levels": level_names,
    "nlevels": level_count,
    "cut": cut,
    "interaction": interaction,
    "C": coded,
    **dict.fromkeys(_SHORT, short_coded),
}
