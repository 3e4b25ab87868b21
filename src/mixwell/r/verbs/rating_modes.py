"""emmeans's `mode` of ratings and choices: latent means, probabilities, mean classes."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from mixwell.errors import DataError, require_choice
from mixwell.fit import Fit
from mixwell.interpret.estimates.estimates import Estimates

__all__ = ["latent", "means_in_mode"]

#: emmeans's modes of ordered categories, and the column of the estimates.
_COLUMNS = {
    "latent": "emmean",
    "prob": "prob",
    "cum.prob": "cumprob",
    "exc.prob": "exc.prob",
    "mean.class": "mean.class",
}
#: What else emmeans has, and where it is here.
_ELSEWHERE = {
    "linear.predictor": 'mode="latent" differs from it by the thresholds, which fit.summary() has.',
    "scale": 'fit.predictions(parameter="disc") has its inverse where disc has a formula.',
}


def latent(fit: Fit, mode: str | None) -> bool:
    """Return whether a mode, or none, leaves means on the scale of the linear predictor.

    Raises `DataError` for one that the fit's responses do not have, with what is nearest.
    """
    if mode is None:
        return True
    kind = fit.spec.response.kind
    known = {"ordered": [*_COLUMNS, *_ELSEWHERE], "categories": ["prob"]}.get(kind)
    if known is None:
        raise DataError(
            "mode= is for ratings and choices.", where="mode", hint="type= says the scale here."
        )
    require_choice("mode", mode, known)
    if mode in _ELSEWHERE:
        raise DataError(f'mode="{mode}" is not available.', where="mode", hint=_ELSEWHERE[mode])
    return mode == "latent"


def means_in_mode(
    fit: Fit, mode: str, of: Sequence[str], within: Sequence[str], options: dict[str, Any]
) -> tuple[Estimates, str]:
    """Return the means of a mode other than the latent one, averaged as emmeans does; its column.

    Probabilities have rows for each category, or for each `cut` between two, which `of` or `within`
    name: emmeans would average over those otherwise. Raises `DataError` where they are not named.
    """
    levels = fit.spec.response.levels or ()
    own = {**options, "average": "response"}
    if mode == "mean.class":
        scores = list(range(1, len(levels) + 1))
        return fit.means(list(of), by=list(within), scale="score", scores=scores, **own), mode
    name = fit.spec.design.response_name if mode == "prob" else "cut"
    asked = [each for each in (*of, *within) if each != name]
    if len(asked) == len(of) + len(within):
        raise DataError(
            f'mode="{mode}" has a row for each {name}; emmeans averages over them where they are '
            "not asked for.",
            where="specs",
            hint=f'Name {name} in specs=, as "~ {" | ".join([name, *asked[:1]])}".',
        )
    inner, outer = ([each for each in names if each != name] for names in (of, within))
    made = fit.means(inner, by=outer, **own)
    if mode == "prob":
        return _renamed(made, made.factors[-1], name, within), _COLUMNS[mode]
    others = list(made.variables[:-1])
    cuts = made.contrasts(_cuts(mode, levels), by=others, compare="difference")
    cuts = replace(cuts, estimand="mean", title=made.title)
    return _renamed(cuts, "contrast", name, within), _COLUMNS[mode]


def _cuts(mode: str, levels: Sequence[str]) -> dict[str, list[float]]:
    """Return the weights on categories of those up to each cut, or of those beyond it."""
    return {
        f"{low}|{high}": [float((k <= cut) == (mode == "cum.prob")) for k in range(len(levels))]
        for cut, (low, high) in enumerate(pairwise(levels))
    }


def _renamed(made: Estimates, old: str, name: str, by: Sequence[str]) -> Estimates:
    """Return a table with another name for a factor, and rows side by side within `by`."""
    factors = tuple(name if each == old else each for each in made.factors)
    frame = made.frame.rename(columns={old: name})
    return replace(made, frame=frame, factors=factors, variables=factors, by=tuple(by))
