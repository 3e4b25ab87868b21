"""Calls whose value is a factor: factor, ordered, relevel, cut, interaction, C.

Each takes the call, the scope and the evaluator, and learns its levels (or break points) in the
scope's memory, to be replayed on new rows.
"""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from mixwell.design.atoms.column_values import label_of, labels_of, matched
from mixwell.design.atoms.scope import Scope
from mixwell.design.atoms.values import Factor, Logical, Matrix
from mixwell.design.codings.choices import Contrast, contrast_call, contrast_named, resolve_contrast
from mixwell.errors import DataError, did_you_mean
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
from mixwell.numeric.arrays import FloatArray

type Evaluate = Callable[[Expr, Any], Any]


def as_factor(value: Any, name: str, levels: tuple[str, ...] | None = None) -> Factor:
    """Turn any column into a factor, numbers into levels sorted by size.

    `levels`, where learned before, are matched by label.

    Raises
    ------
    DataError
        For a matrix of several columns or a constant.
    """
    if isinstance(value, Factor):
        if levels is None:
            return value
        return matched(value.codes, value.levels + value.unknown, levels, np.unique(_seen(value)))
    if isinstance(value, Logical):
        return as_factor(value.factor(), name, levels)
    if isinstance(value, Matrix) or np.ndim(value) != 1:
        raise DataError(f"{name} is not one column and cannot be a factor.")
    numbers: FloatArray = np.asarray(value, dtype=float)
    present = ~np.isnan(numbers)
    uniques, inverse = np.unique(numbers[present], return_inverse=True)
    codes = np.full(len(numbers), -1, dtype=np.int64)
    codes[present] = inverse
    labels = labels_of(uniques.tolist())
    if levels is None:
        return Factor(codes, labels)
    return matched(codes, labels, levels)


def _seen(value: Factor) -> np.ndarray:
    return value.codes[value.codes >= 0]


def _bind(node: Call, names: tuple[str, ...], scope: Scope) -> dict[str, Expr]:
    """Match a call's arguments to R's names for them, by name and by position."""
    bound: dict[str, Expr] = {}
    free = list(names)
    for argument in node.args:
        if argument.name is None:
            continue
        name = argument.name.replace("_", ".")
        hits = [n for n in names if n == name] or [n for n in names if n.startswith(name)]
        if len(hits) != 1:
            raise scope.error(
                argument.value,
                f"{node.function}() has no argument {argument.name!r}.",
                did_you_mean(argument.name, names),
            )
        bound[hits[0]] = argument.value
        free.remove(hits[0])
    for argument in node.args:
        if argument.name is None:
            if not free:
                raise scope.error(argument.value, f"{node.function}() has one argument too many.")
            bound[free.pop(0)] = argument.value
    if names[0] not in bound:
        raise scope.error(node, f"{node.function}() needs a column first.")
    return bound


def _option(bound: dict[str, Expr], name: str, default: Any, scope: Scope, run: Evaluate) -> Any:
    return run(bound[name], scope) if name in bound else default


def _texts(value: Any) -> tuple[str, ...]:
    return labels_of(value if isinstance(value, list) else [value])


def factor(node: Call, scope: Scope, run: Evaluate) -> Factor:
    """Make a factor as R does: unused levels dropped, values outside `levels` missing."""
    bound = _bind(node, ("x", "levels", "labels", "exclude", "ordered"), scope)
    value = run(bound["x"], scope)
    always = node.function == "ordered"
    if not scope.learning:
        learned: Factor = scope.memory[node]
        return _relabeled(as_factor(value, deparse(node), learned.levels), learned)
    base = as_factor(value, deparse(node)).drop_unused()
    ordered = bool(_option(bound, "ordered", always or base.ordered, scope, run))
    if "levels" in bound:
        wanted = _texts(run(bound["levels"], scope))
        lost = [level for level in wanted if level not in base.levels]
        if len(lost) == len(wanted):
            raise scope.error(
                bound["levels"],
                f"No row has any of these levels of {deparse(bound['x'])}.",
                did_you_mean(wanted[0], base.levels),
            )
        made = matched(base.codes, base.levels, wanted)
        made = replace(made, codes=np.where(made.codes < len(wanted), made.codes, -1), unknown=())
    else:
        made = base
    labels = _texts(run(bound["labels"], scope)) if "labels" in bound else made.levels
    if len(labels) != len(made.levels) or len(set(labels)) < len(labels):
        raise scope.error(
            bound["labels"],
            f"labels must be {len(made.levels)} different texts, one for each level.",
        )
    # learned: the levels as the data label them, and under r_levels what they are called here
    scope.memory[node] = Factor(made.codes[:0], made.levels, ordered, r_levels=labels)
    r_levels = made.r_levels if labels == made.levels else ()
    return Factor(made.codes, labels, ordered, r_levels=r_levels)


def _relabeled(value: Factor, learned: Factor) -> Factor:
    return replace(value, levels=learned.r_levels, ordered=learned.ordered, r_levels=())


def keep_factor(node: Call, scope: Scope, run: Evaluate) -> Factor:
    """Make a factor of any column as R's as.factor does."""
    bound = _bind(node, ("x",), scope)
    value = run(bound["x"], scope)
    if scope.learning:
        made = as_factor(value, deparse(node))
        scope.memory[node] = made.levels
        return replace(made, ordered=made.ordered or node.function == "as.ordered")
    return as_factor(value, deparse(node), scope.memory[node])


def relevel(node: Call, scope: Scope, run: Evaluate) -> Factor:
    """Put the level `ref` first, as R's relevel does."""
    bound = _bind(node, ("x", "ref"), scope)
    base = as_factor(run(bound["x"], scope), deparse(bound["x"]))
    if not scope.learning:
        return as_factor(base, deparse(node), scope.memory[node])
    if "ref" not in bound:
        raise scope.error(node, "relevel() needs ref=, the level that comes first.")
    if base.ordered:
        raise scope.error(node, "relevel() is for factors without an order.")
    ref = run(bound["ref"], scope)
    position = int(ref) - 1 if isinstance(ref, int | float) else -1
    name = base.levels[position] if 0 <= position < len(base.levels) else label_of(ref)
    if name not in base.levels:
        raise scope.error(
            bound["ref"],
            f"{deparse(bound['x'])} has no level {name!r}.",
            did_you_mean(name, base.levels),
        )
    levels = (name, *(level for level in base.levels if level != name))
    scope.memory[node] = levels
    return matched(base.codes, base.levels, levels)


def cut(node: Call, scope: Scope, run: Evaluate) -> Factor | FloatArray:
    """Cut numbers into intervals as R's cut does, with its labels (or numbers: labels = FALSE)."""
    names = ("x", "breaks", "labels", "include.lowest", "right", "dig.lab", "ordered.result")
    bound = _bind(node, names, scope)
    x = np.asarray(run(bound["x"], scope), dtype=float)
    if "breaks" not in bound:
        raise scope.error(node, "cut() needs breaks, for example cut(x, c(0, 5, 10)) or cut(x, 3).")
    right = bool(_option(bound, "right", True, scope, run))
    lowest = bool(_option(bound, "include.lowest", False, scope, run))
    if scope.learning:
        breaks = _breaks(node, run(bound["breaks"], scope), x, scope)
        labels = _option(bound, "labels", None, scope, run)
        digits = int(_option(bound, "dig.lab", 3, scope, run))
        made = _cut_labels(breaks, digits, right, lowest)
        if labels is False:
            made = ()
        elif labels is not None:
            made = _texts(labels)
        if made and len(made) != len(breaks) - 1:
            raise scope.error(bound["labels"], f"cut() makes {len(breaks) - 1} intervals here.")
        ordered = bool(_option(bound, "ordered.result", False, scope, run))
        scope.memory[node] = (breaks, made, ordered)
    breaks, made, ordered = scope.memory[node]
    codes = _interval(x, breaks, right, lowest)
    if not made:
        return np.where(codes < 0, np.nan, codes + 1.0)
    return Factor(codes, made, ordered)


def _breaks(node: Call, given: Any, x: FloatArray, scope: Scope) -> FloatArray:
    if isinstance(given, list):
        breaks = np.sort(np.asarray(given, dtype=float))
    else:
        count = int(given)
        if count < 2:
            raise scope.error(node, "cut() needs at least two intervals.")
        low, high = float(np.nanmin(x)), float(np.nanmax(x))
        spread = high - low or abs(low)
        breaks = np.linspace(low, high, count + 1)
        # R widens equal-width intervals by a thousandth, so that the extremes fall inside
        breaks[[0, -1]] = low - spread / 1000, high + spread / 1000
    if len(breaks) < 2 or len(np.unique(breaks)) < len(breaks):
        raise scope.error(node, "cut() needs at least two different break points.")
    return breaks


def _interval(x: FloatArray, breaks: FloatArray, right: bool, lowest: bool) -> np.ndarray:
    codes = np.searchsorted(breaks, x, side="left" if right else "right").astype(np.int64) - 1
    codes[(codes < 0) | (codes >= len(breaks) - 1) | np.isnan(x)] = -1
    if lowest:
        edge, code = (breaks[0], 0) if right else (breaks[-1], len(breaks) - 2)
        codes[x == edge] = code
    return codes


def _cut_labels(breaks: FloatArray, digits: int, right: bool, lowest: bool) -> tuple[str, ...]:
    for precision in range(digits, max(12, digits) + 1):
        texts = [f"{value:.{precision}g}".replace("inf", "Inf") for value in breaks]
        texts = [" Inf" if text == "Inf" else text for text in texts]  # as R pads it
        if len(set(texts)) == len(texts):
            break
    left, closing = ("(", "]") if right else ("[", ")")
    labels = [f"{left}{a},{b}{closing}" for a, b in pairwise(texts)]
    if lowest and right:
        labels[0] = "[" + labels[0][1:]
    elif lowest:
        labels[-1] = labels[-1][:-1] + "]"
    return tuple(labels)


def interaction(node: Call, scope: Scope, run: Evaluate) -> Factor:
    """Cross factors as R's interaction does: one level a combination, the first running fastest."""
    parts, sep, drop, lexical = [], ".", False, False
    for argument in node.args:
        value = run(argument.value, scope)
        if argument.name is None:
            parts.append((argument.value, value))
        elif argument.name == "sep":
            sep = str(value)
        elif argument.name == "drop":
            drop = bool(value)
        elif argument.name.replace("_", ".") == "lex.order":
            lexical = bool(value)
        else:
            raise scope.error(argument.value, f"interaction() has no argument {argument.name!r}.")
    if not parts:
        raise scope.error(node, "interaction() needs at least one factor.")
    if scope.learning:
        factors = [as_factor(value, deparse(expr)) for expr, value in parts]
        scope.memory[node] = [f.levels for f in factors]
    else:
        pairs = zip(parts, scope.memory[node], strict=True)
        factors = [as_factor(value, deparse(expr), levels) for (expr, value), levels in pairs]
    made = _crossed(factors if not lexical else factors[::-1], sep, lexical)
    if drop and scope.learning:
        scope.memory[(node, "kept")] = made.drop_unused().levels
    return as_factor(made, deparse(node), scope.memory[(node, "kept")]) if drop else made


def _crossed(factors: list[Factor], sep: str, reverse: bool) -> Factor:
    codes = np.zeros_like(factors[0].codes)
    missing = np.zeros(len(codes), dtype=bool)
    width = 1
    for part in factors:
        missing |= (part.codes < 0) | (part.codes >= len(part.levels))
        codes = codes + width * np.clip(part.codes, 0, len(part.levels) - 1)
        width *= len(part.levels)
    names = _crossed_labels([part.levels for part in factors], sep, reverse)
    r_names = _crossed_labels([part.r_levels or part.levels for part in factors], sep, reverse)
    unknown = tuple(dict.fromkeys(u for part in factors for u in part.unknown))
    r_levels = r_names if r_names != names else ()
    return Factor(np.where(missing, -1, codes), names, r_levels=r_levels, unknown=unknown)


def _crossed_labels(levels: list[tuple[str, ...]], sep: str, reverse: bool) -> tuple[str, ...]:
    """Label every combination, the first factor running fastest."""
    labels: list[list[str]] = [[]]
    for names in levels:
        labels = [[*head, name] for name in names for head in labels]
    return tuple(sep.join(parts[::-1] if reverse else parts) for parts in labels)


def coded(node: Call, scope: Scope, run: Evaluate) -> Factor:
    """Give a factor contrasts of its own, as R's C does."""
    if not node.args:
        raise scope.error(node, "C() needs a factor first.")
    first = node.args[0].value
    value = run(first, scope)
    if not scope.learning:
        return as_factor(value, deparse(first), scope.memory[node])
    made = as_factor(value, deparse(first))
    scope.memory[node] = made.levels
    contrast = _inline_contrast(node, node.args[1:], scope, run)
    return replace(made, contrast=contrast or made.contrast)


def _inline_contrast(
    node: Call, args: tuple[Argument, ...], scope: Scope, run: Evaluate
) -> Contrast | None:
    """Read the contrast in C(): a name, a text, or a call as contr.treatment(3, base = 2)."""
    where = f"{deparse(node)} in {scope.text}"
    chosen = [a for a in args if a.name in (None, "contr", "contrast")]
    extra = {a.name: run(a.value, scope) for a in args if a.name and a not in chosen}
    if not chosen:
        return None
    expr = chosen[0].value
    while isinstance(expr, Paren):
        expr = expr.inner
    if isinstance(expr, Name | Text):  # without brackets the number of levels is not needed
        name = expr.name if isinstance(expr, Name) else expr.value
        return contrast_named(name, extra, quoted=isinstance(expr, Text), where=where)
    if isinstance(expr, Call) and expr.function != "c":
        positional = tuple(run(a.value, scope) for a in expr.args if a.name is None)
        named = {a.name: run(a.value, scope) for a in expr.args if a.name is not None}
        return contrast_call(expr.function, positional, {**named, **extra}, where=where)
    if isinstance(expr, Call | Number | Unary | Constant):
        weights = run(expr, scope)
        return resolve_contrast(np.asarray(weights, dtype=float).reshape(-1, 1), where=where)
    raise scope.error(expr, "C() takes the name of a coding here.", "For example C(a, sum).")


CALLS: dict[str, Callable[[Call, Any, Evaluate], Factor | FloatArray]] = {
    "factor": factor,
    "ordered": factor,
    "as.factor": keep_factor,
    "as.ordered": keep_factor,
    "relevel": relevel,
    "cut": cut,
    "interaction": interaction,
    "C": coded,
}
