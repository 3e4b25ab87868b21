"""Calls that say something to R's session: library, set.seed, options, and others."""

from collections.abc import Callable, Iterator

from mixwell.r.language import nodes as r
from mixwell.r.language.argument_matching import match
from mixwell.r.language.deparser import deparse
from mixwell.r.translation.python.statement_lines import PythonLine, remark
from mixwell.r.translation.scope.environment import Context, NotTranslatedError
from mixwell.r.translation.scope.r_values import Value
from mixwell.r.translation.scope.verb_tables import verbs

_DROPPED = frozenset(
    {"library", "require", "requireNamespace", "loadNamespace", "rm", "gc", "install.packages"}
    | {"suppressPackageStartupMessages", "suppressMessages", "emm_options", "rstan_options"}
    | {"theme_set", "p_load", "invisible", "knitr::opts_chunk$set", "conflicts_prefer", "detach"}
)


#: Calls that keep something quiet and give what is inside.
QUIET = ("suppressPackageStartupMessages", "suppressMessages", "suppressWarnings", "invisible")


#: Calls that are left to the reader, and why.
_LEFT = {
    "attach": "attach() is left out: write data = in the calls below.",
    "setwd": "Paths are read from the directory in which Python runs.",
}


def silent_call(context: Context, node: r.Call) -> Iterator[PythonLine] | None:
    """Return the lines for a call that has an effect and no value; None for other calls."""
    name = node.name
    if name in _LEFT:
        raise NotTranslatedError(_LEFT[name])
    if name in _EFFECTS:
        return iter(_EFFECTS[name](context, node))
    if name in QUIET:
        return None if node.first is None else _wrapped(context, node.first)
    return iter(()) if name in _DROPPED or _is_knitr(node) else None


def _is_knitr(node: r.Call) -> bool:
    return deparse(node.function).startswith(("knitr::", "opts_chunk$"))


def _wrapped(context: Context, inner: r.Node) -> Iterator[PythonLine] | None:
    body = inner.body if isinstance(inner, r.Block) else (inner,)
    if all(isinstance(each, r.Call) and each.name in _DROPPED for each in body):
        return iter(())
    if len(body) != 1:
        raise NotTranslatedError("Blocks are left to you.")
    return iter((PythonLine(context.value(body[0]).code, style="show"),))


def _seed(context: Context, node: r.Call) -> list[PythonLine]:
    seed = context.whole(node.first)
    if seed is None or seed < 0:
        raise NotTranslatedError("The seed is computed.")
    context.environment.seed = seed
    return [remark(f"set.seed({seed}) is passed on as seed={seed}.")]


def _options(context: Context, node: r.Call) -> list[PythonLine]:
    given = match(node).get("contrasts")
    if given is None:
        return []
    found = context.literal(given)
    names = None if found is None else [str(v).removeprefix("contr.") for v in found.values]
    if names is None or len(names) != 2:
        raise NotTranslatedError("options(contrasts = ) is computed.")
    context.environment.codings = (names[0], names[1])
    return [remark("options(contrasts = ) is given to each model below.")]


def _quiet(context: Context, node: r.Call) -> Value:
    """Translate suppressWarnings(x) as x."""
    if len(node.args) > 1:
        raise NotTranslatedError(f"{node.name}() of nothing.")
    return context.value(context.first(node))


type _Effect = Callable[[Context, r.Call], list[PythonLine]]
_EFFECTS: dict[str, _Effect] = {"set.seed": _seed, "options": _options}


VERBS = verbs({_quiet: " ".join(QUIET)})
