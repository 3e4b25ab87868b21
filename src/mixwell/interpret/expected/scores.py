"""Scores of ordered categories: a number for each, whose mean is what a rating is expected at.

Source: emmeans, whose `mode = "mean.class"` has the scores 1, 2, ...
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from mixwell.errors import DataError, require_known, shown
from mixwell.interpret.expected.predictor_draws import MeanPredictor
from mixwell.numeric.arrays import float_array
from mixwell.specify.spec import Spec
from mixwell.text.phrases import and_so_on

__all__ = ["said_of_scores", "scores_of", "with_scores"]


def with_scores(source: MeanPredictor, scores: object = None) -> MeanPredictor:
    """Return the predictor of a score's mean: of given `scores`, a list or a dict by category.

    Without them categories that are numbers are their own scores, and others are 1, 2 and so on.
    Raises `DataError` where responses have no order, and for what is no number for each category.
    """
    spec = source.spec
    levels = spec.response.levels
    if spec.response.kind != "ordered" or levels is None:
        raise DataError(
            f"The expected score is for ordered categories, and {_what(spec)}.",
            where="score",
            hint='scale="response" has what is expected here.',
        )
    return replace(source, scores=scores_of(levels) if scores is None else _given(scores, levels))


def _what(spec: Spec) -> str:
    name = spec.design.response_name
    if spec.family.categories:
        return f"those of {name} have none: a mean of numbers for them says nothing"
    return f"{name} is of the family {spec.family.name}"


def scores_of(levels: Sequence[str]) -> tuple[float, ...]:
    """Return a number for each category: its own where all are numbers, else 1, 2 and so on.

    >>> scores_of(["1", "2", "5"]), scores_of(["low", "high"])
    ((1.0, 2.0, 5.0), (1.0, 2.0))
    """
    try:
        found = tuple(map(float, levels))
    except ValueError:
        found = ()
    whole = tuple(float(k) for k in range(1, len(levels) + 1))
    return found if found and np.isfinite(found).all() else whole


def _given(scores: object, levels: tuple[str, ...]) -> tuple[float, ...]:
    wrong = DataError(
        f"scores= takes a finite number for each of the {len(levels)} categories, "
        f"not {shown(scores)}.",
        where="scores",
        hint=f"A list in the order {and_so_on(levels)}, or a dict by category.",
    )
    given = scores
    if isinstance(scores, Mapping):
        named = {str(name): value for name, value in scores.items()}
        for name in named:
            require_known(name, levels, f"scores= names {name!r}, which is no category.")
        if len(named) < len(levels):
            raise wrong
        given = [named[level] for level in levels]
    found = float_array(given, wrong)
    if found.shape != (len(levels),) or not np.isfinite(found).all():
        raise wrong
    return tuple(found.tolist())


def said_of_scores(source: MeanPredictor) -> list[str]:
    """Say which score each category has; nothing where something else is expected."""
    levels, scores = source.spec.response.levels, source.scores
    if scores is None or levels is None:
        return []
    pairs = [f"{score:.6g} for {level}" for level, score in zip(levels, scores, strict=True)]
    if scores == scores_of(levels) and levels[0] == f"{scores[0]:g}":
        return ["The score of a category is its number."]
    return [f"Scores: {and_so_on(pairs, 8)}."]
