"""Columns of posterior draws under R's names: `b_x`, `sd_g__x`, `cor_g__x__z`, `sigma`."""

from mixwell.r.dialect.family_facts import PARAMETERS
from mixwell.r.translation.python.pycode import Code
from mixwell.r.translation.scope.coefficient_spelling import coefficient
from mixwell.r.translation.scope.environment import NotTranslatedError
from mixwell.r.translation.scope.r_values import FittedModel

_WORDS = {"sd": "sd", "cor": "corr"}


def draws_of(posterior: Code, name: str, model: FittedModel) -> Code:
    """Return the draws of one parameter, chain after chain, as R has them in a column.

    Raises `NotTranslatedError` for a name that is no parameter of the formula.
    """
    variable, labels = place(name, model)
    found = posterior.subscript(variable)
    if labels:
        part = "" if variable == "b" else f"{variable.partition('_')[2]}_"
        dims = (f"{part}effect", f"{part}effect_")[: len(labels)]
        if not all(map(str.isidentifier, dims)):
            raise NotTranslatedError(f"{name}: select it by its dims, {', '.join(dims)}.")
        found = found.method("sel", **dict(zip(dims, labels, strict=True)))
    return found.method("to_numpy").method("ravel")


def place(name: str, model: FittedModel) -> tuple[str, list[str]]:
    """Return the variable of the posterior that R's name of a parameter means, and its labels."""
    if name in PARAMETERS and len(model.formulas) == 1:
        return PARAMETERS[name], []
    kind, _, rest = name.partition("_")
    parameter = next((p for p in PARAMETERS if kind == "b" and rest.startswith(f"{p}_")), "")
    if parameter:
        label = coefficient(rest.removeprefix(f"{parameter}_"), model)
        return f"b_{PARAMETERS[parameter]}", [label]
    group, *effects = rest.split("__")
    if kind in _WORDS and group in model.factors and len(effects) == (2 if kind == "cor" else 1):
        return f"{_WORDS[kind]}_{group}", [coefficient(effect, model) for effect in effects]
    return "b", [coefficient(rest if kind == "b" else name, model)]
