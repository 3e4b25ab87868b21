"""What estimates are of: which statistic of what, on which scale, and what its contrasts are of."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mixwell.interpret.contrasts.comparison_scales import Basis
from mixwell.interpret.expected.predictor_draws import MeanPredictor
from mixwell.numeric.arrays import FloatArray
from mixwell.specify.spec import Spec

__all__ = [
    "Statistic",
    "basis_of",
    "given_bounds",
    "has_sides",
    "null_of",
    "scale_name",
    "statistic_of",
]


def basis_of(
    source: MeanPredictor,
    scale: str,
    linear: FloatArray | None,
    residue: FloatArray | None,
    *,
    rows: bool = False,
) -> Basis:
    """Return what contrasts of means on a scale are taken of.

    Where the mean is more than the link's inverse, they are taken of the means themselves; `rows`
    have truncation bounds of their own.
    """
    family, back = source.family, source.back
    if scale == "link":
        return Basis(None, linear, residue)
    if source.itself:
        return Basis.of_link(source.link, linear, residue)
    if family.mean != "mu" or given_bounds(source.spec, scale, rows):
        return Basis(None, None, residue)
    if back is None:
        return Basis.of_link(family.link, linear, residue)
    logs = None
    if linear is not None and back.compared and family.link.linear and not source.integrated:
        logs = back.logs(linear)
    compared = "" if back.compared == back.source else back.compared
    if compared and logs is None:
        return Basis(None, None, residue)
    return Basis(back.comparison, logs, residue, compared)


def null_of(source: MeanPredictor, scale: str) -> float:
    """The value at a linear predictor of 0, from which directions are counted.

    It is 0 of scores and of what was taken back.
    """
    link = source.link if source.itself else source.family.link
    own = scale == "response" and source.scores is None and source.back is None
    return link.null if own else 0.0


def has_sides(source: MeanPredictor, scale: str) -> bool:
    """Whether it says something on which side of their null estimates lie.

    It does not of what is positive, as counts, times, and sigma are, and of scores.
    """
    if source.itself:
        return source.link.linear
    if scale == "link":
        return True
    if source.scores is not None or (source.back is not None and not source.back.affine):
        return False
    return source.family.link.domain != (0.0, np.inf)


def given_bounds(spec: Spec, scale: str, rows: bool) -> bool:
    """Return whether means are those given the truncation bounds, of all rows or of each."""
    known = spec.response.truncated if rows else spec.shared_bounds is not None
    return scale == "response" and known


@dataclass(frozen=True)
class Statistic:
    """What estimates are of: a statistic of a response ("median", "conc"), on which scale.

    `scale` is "response" where the numbers are those of the response named, else "link"; `taken`
    has the words where they were taken back from the response of a name.
    """

    statistic: str
    response: str
    scale: str
    scale_words: str
    taken: str = ""

    @property
    def statistics(self) -> str:
        """The statistic in the plural, at the beginning of a title."""
        return f"{self.statistic.capitalize()}s"

    @property
    def quantity(self) -> str:
        """What changes: the response, or a statistic of it other than the mean."""
        return (
            self.response
            if self.statistic == "mean"
            else f"the {self.statistic} of {self.response}"
        )


def statistic_of(source: MeanPredictor, scale: str, *, rows: bool = False) -> Statistic:
    """Return what estimates on a scale are of; `rows` have truncation bounds of their own.

    A table of several responses is about all of them.
    """
    spec, words = source.spec, scale_name(source, scale, rows=rows)
    if source.itself:
        on = "response" if source.link.linear else scale
        return Statistic("mean", source.named, on, _own_scale(source, scale))
    if source.named and not spec.family.parts:
        # several columns are named at length: cbind(fish, invertebrate, ...)
        response = spec.response
        what = source.named if response.columns is not None else f"{response.name} = {source.named}"
        return Statistic("mean", f"the probability of {what}", scale, words)
    if source.named or not spec.family.parts:
        return _of_response(source, scale, words, rows=rows)
    each = [
        _of_response(one, scale, scale_name(one, scale, rows=rows), rows=rows)
        for one in source.each
    ]
    if each[0].taken and len({one.taken for one in each}) == 1:
        words = each[0].taken.format(spec.design.response_name)
        each = [replace(one, scale_words=words) for one in each]
    if scale == "link" or all(one.back is None for one in source.each):
        words = scale_name(replace(source, parameter="mean", category=None), scale)
        each = [replace(one, scale_words=words) for one in each]
    return _of_several(each)


def _of_response(source: MeanPredictor, scale: str, words: str, *, rows: bool) -> Statistic:
    """Return what estimates of a response are of, of its own one of several."""
    back, family, name = source.back, source.family, source.modeled_response.name
    if back is None or scale == "link":
        # a linear predictor that is the mean is on the response's scale
        plain = family.mean_is_linear and not given_bounds(source.spec, "response", rows)
        return Statistic("mean", name, "response" if plain else scale, words)
    statistic, taken = "level", "means of {}, taken back"
    if source.integrated:
        statistic, taken = "mean", "averaged over the residuals of {}"
    elif back.affine or family.symmetric:
        statistic, taken = "mean" if back.affine else "median", "taken back from {}"
    return Statistic(statistic, back.source, scale, taken.format(name), taken)


def _of_several(each: Sequence[Statistic]) -> Statistic:
    """Return what a table of several responses is of; scales that differ are named."""
    alike = len({one.statistic for one in each}) == 1
    words = each[0].scale_words
    if len({one.scale_words for one in each}) > 1:
        said = (one.response if alike else f"{one.statistic} of {one.response}" for one in each)
        own = (f"{what} {one.scale_words}" for what, one in zip(said, each, strict=True))
        words = ", ".join(own)
    return Statistic(
        each[0].statistic if alike else "level",
        ", ".join(one.response for one in each),
        "response" if all(one.scale == "response" for one in each) else "link",
        words,
    )


def _own_scale(source: MeanPredictor, scale: str) -> str:
    """Say the scale of a parameter itself in words: "own scale", "probabilities", "log scale"."""
    link, family = source.link, source.spec.family
    words = family.parameter(source.parameter).link_words
    if words is not None and (scale == "link" or link.linear):
        return words.linear_level
    if scale == "link" and not link.linear:
        return f"{link.name} scale"
    return "probabilities" if link.domain == (0.0, 1.0) else "own scale"


def scale_name(source: MeanPredictor, scale: str, *, rows: bool = False) -> str:
    """Say a scale in words: "log scale", "probabilities", "scale of log(y), before truncation".

    `rows` have truncation bounds of their own.
    """
    if source.scores is not None:
        return "expected scores"
    spec, bounds = source.spec, ""
    if spec.response.truncated:
        given = given_bounds(spec, scale, rows)
        bounds = ", given the truncation bounds" if given else ", before truncation"
    return _scale_name(source, scale) + bounds


def _scale_name(source: MeanPredictor, scale: str) -> str:
    spec, family, own = source.spec, source.spec.family, source.modeled_response
    name, transformed, linear = own.name, own.transformed, source.family.mean_is_linear
    if source.all_responses:
        name, transformed = spec.design.response_name, spec.transformed
        linear = family.mean_is_linear
    if scale == "link" and family.parts and not (transformed and linear):
        return "scale of the linear predictors"
    if scale == "link" and family.location.location and not family.parts:
        return family.words[spec.link].linear_level
    if scale == "link" and family.linear_scale:
        return f"{family.linear_scale} scale"
    return f"scale of {name}" if transformed else family.mean_words
