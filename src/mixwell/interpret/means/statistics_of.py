"""What estimates are of: which statistic of what, on which scale, and what its contrasts are of."""

from dataclasses import dataclass

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
    spec, back = source.spec, source.back
    if scale == "link":
        return Basis(None, linear, residue)
    if source.itself:
        return Basis.of_link(source.link, linear, residue)
    if spec.family.mean != "mu" or given_bounds(spec, scale, rows):
        return Basis(None, None, residue)
    if back is None:
        return Basis.of_link(spec.family.link, linear, residue)
    logs = None
    if linear is not None and back.compared and spec.family.link.linear and not source.integrated:
        logs = back.logs(linear)
    compared = "" if back.compared == back.source else back.compared
    if compared and logs is None:
        return Basis(None, None, residue)
    return Basis(back.comparison, logs, residue, compared)


def null_of(source: MeanPredictor, scale: str) -> float:
    """The value at a linear predictor of 0, from which directions are counted.

    It is 0 of scores and of what was taken back.
    """
    link = source.link if source.itself else source.spec.family.link
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
    family = source.spec.family
    own = family.parts[source.category or 0] if family.parts else family
    return own.link.domain != (0.0, np.inf)


def given_bounds(spec: Spec, scale: str, rows: bool) -> bool:
    """Return whether means are those given the truncation bounds, of all rows or of each."""
    known = spec.response.truncated if rows else spec.shared_bounds is not None
    return scale == "response" and known


@dataclass(frozen=True)
class Statistic:
    """What estimates are of: a statistic of a response ("median", "conc"), on which scale.

    `scale` is "response" where the numbers are those of the response named, else "link".
    """

    statistic: str
    response: str
    scale: str
    scale_words: str

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
    """Return what estimates on a scale are of; `rows` have truncation bounds of their own."""
    if source.named:
        return _statistic_of_named(source, scale, rows=rows)
    spec, back = source.spec, source.back
    name, words = spec.design.response_name, scale_name(source, scale, rows=rows)
    if back is None or scale == "link":
        # a linear predictor that is the mean is on the response's scale
        plain = spec.family.mean_is_linear and not given_bounds(spec, "response", rows)
        return Statistic("mean", name, "response" if plain else scale, words)
    if source.integrated:
        return Statistic("mean", back.source, scale, f"averaged over the residuals of {name}")
    if back.affine or spec.family.symmetric:
        statistic = "mean" if back.affine else "median"
        return Statistic(statistic, back.source, scale, f"taken back from {name}")
    return Statistic("level", back.source, scale, f"means of {name}, taken back")


def _statistic_of_named(source: MeanPredictor, scale: str, *, rows: bool) -> Statistic:
    """Return what estimates of a parameter, a category or one of several responses are of."""
    name, family = source.named, source.spec.family
    if source.itself:
        on = "response" if source.link.linear else scale
        return Statistic("mean", name, on, _own_scale(source, scale))
    words = scale_name(source, scale, rows=rows)
    if family.parts:
        linear = family.parts[source.category or 0].mean_is_linear
        return Statistic("mean", name, "response" if linear else scale, words)
    # several columns are named at length: cbind(fish, invertebrate, ...)
    response = source.spec.response
    what = name if response.columns is not None else f"{response.name} = {name}"
    return Statistic("mean", f"the probability of {what}", scale, words)


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
    return _scale_name(spec, scale) + bounds


def _scale_name(spec: Spec, scale: str) -> str:
    if scale == "link" and spec.family.parts:
        return "scale of the linear predictors"
    if scale == "link" and spec.family.location.location:
        return spec.family.words[spec.link].linear_level
    if scale == "link" and spec.family.linear_scale:
        return f"{spec.family.linear_scale} scale"
    if spec.transformed:
        return f"scale of {spec.design.response_name}"
    return spec.family.mean_words
