"""Columns of posterior draws under R's names: `b_x`, `sd_g__x`, `cor_g__x__z`, `sigma`."""

from mixwell.r.dialect.family_facts import PARAMETERS
from mixwell.r.translation.python import pycode as py
from mixwell.r.translation.python.pycode import Code
from mixwell.r.translation.scope.coefficient_spelling import coefficient
from mixwell.r.translation.scope.environment import NotTranslatedError
from mixwell.r.translation.scope.r_values import Fitted

_WORDS = {"sd": "sd", "cor": "corr"}


def draws_of(posterior: Code, name: str, model: Fitted) -> Code:
    """Return the draws of one parameter, chain after chain, as R has them in a column.

    Raises `NotTranslatedError` for what is no parameter that the formula tells of.
    """
    variable, labels = _place(name, model)
    found = posterior.subscript(variable)
    if labels:
        chosen: dict[str, Code | None] = {dim: py.text(label) for dim, label in labels.items()}
        if not all(map(str.isidentifier, labels)):
            raise NotTranslatedError(f"{name}: select it by its dims, {', '.join(labels)}.")
        found = found.method("sel", **chosen)
    return found.method("to_numpy").method("ravel")


def _place(name: str, model: Fitted) -> tuple[str, dict[str, str]]:
    """Return the variable of the posterior and the label on each of its dims."""
    if name in PARAMETERS and len(model.formulas) == 1:
        return PARAMETERS[name], {}
    kind, _, rest = name.partition("_")
    parameter = next((p for p in PARAMETERS if kind == "b" and rest.startswith(f"{p}_")), "")
    if parameter:
        own = PARAMETERS[parameter]
        label = coefficient(rest.removeprefix(f"{parameter}_"), model)
        return f"b_{own}", {f"{own}_effect": label}
    group, *effects = rest.split("__")
    if kind in _WORDS and group in model.factors and len(effects) == (2 if kind == "cor" else 1):
        dims = (f"{group}_effect", f"{group}_effect_")
        own_labels = [coefficient(effect, model) for effect in effects]
        return f"{_WORDS[kind]}_{group}", dict(zip(dims, own_labels, strict=False))
    return "b", {"effect": coefficient(rest if kind == "b" else name, model)}
