"""Means over the population of groups to second order: what a curved link adds to them.

With deviations b of variance v, the mean of h(eta + b) is h(eta) + v / 2 h''(eta) up to terms of
fourth order. Source: emmeans's `bias.adjust`.
"""

from dataclasses import dataclass

import numpy as np

from mixwell.design.response.transformation import Transformation
from mixwell.errors import DataError, is_finite
from mixwell.families.link import Link
from mixwell.interpret.means.averaging_task import Task
from mixwell.interpret.means.cell_averages import averaged_effects
from mixwell.numeric.arrays import FloatArray

# The step of a difference of slopes, in standard deviations.
_STEP = 1e-3

__all__ = ["Curvature", "curvature_of"]


@dataclass(frozen=True, eq=False)
class Curvature:
    """The variance of deviations on the link scale, `(cell, sample)` or one number, and words."""

    link: Link
    variance: FloatArray
    said: str
    back: Transformation | None = None

    def of(self, eta: FloatArray) -> FloatArray:
        """Return the mean over deviations at a linear predictor, `(cell, sample)`."""
        if self.back is not None:
            return self._taken_back(self.back, eta)
        bend = np.asarray(self.link.curvature(eta))
        return np.asarray(self.link.inverse(eta) + self.variance / 2 * bend)

    def _taken_back(self, back: Transformation, eta: FloatArray) -> FloatArray:
        step = _STEP * np.sqrt(self.variance)
        bend = (back.slope(eta + step) - back.slope(eta - step)) / (2 * step)
        return np.asarray(back.back(eta) + self.variance / 2 * bend)


def curvature_of(task: Task, bias_adjust: object) -> Curvature | None:
    """Return the correction that `bias_adjust` asks for: none for None and False.

    True takes the variance that the groups' deviations have in each draw, a number the square of
    that standard deviation. Raises `DataError` for anything else, and where means are not those of
    a typical group at a link.
    """
    if bias_adjust is None or bias_adjust is False:
        return None
    if bias_adjust is not True and not (is_finite(bias_adjust) and bias_adjust >= 0):
        raise DataError(
            f"bias_adjust={bias_adjust!r} is no standard deviation.",
            hint="True takes each draw's own, a number from 0 on is one.",
        )
    options, family = task.options, task.source.family
    if task.source.itself or (task.source.named and not task.spec.family.parts):
        raise DataError(
            f"bias_adjust= is for the mean of the response, not for {task.source.named}.",
            where="bias_adjust",
            hint='groups="integrated" averages over groups in every draw.',
        )
    if options.scale == "link" or (task.on_response and task.several):
        raise DataError(
            "bias_adjust= is for means averaged on the link scale and shown as responses.",
            hint='Use scale="response" and average="link", or leave it out.',
        )
    if task.groups.read:
        raise DataError(
            f"groups={options.groups!r} takes deviations into the means already.",
            hint="Leave bias_adjust= out.",
        )
    if family.categories:
        raise DataError("bias_adjust= is for means, and responses are categories here.")
    if task.spec.response.truncated:
        raise DataError(
            "Means given truncation bounds are more than the inverse of a link.",
            hint='Leave bias_adjust= out; groups="new" averages over drawn deviations.',
        )
    if family.mean != "mu":
        raise DataError(
            f"The mean of the family {family.name} is more than the inverse of a link.",
            hint='Leave bias_adjust= out; groups="new" averages over drawn deviations.',
        )
    back = task.source.back
    if back is not None and (bias_adjust is True or not family.link.linear):
        raise DataError(
            f"Responses are taken back from {back.text}, whose residuals matter, too.",
            where="bias_adjust",
            hint='center="mean" averages over them; a number is their standard deviation.',
        )
    where = f" on the {family.linear_scale} scale" if family.linear_scale else ""
    if bias_adjust is not True:
        size = f"{bias_adjust:.6g}{where or ' of groups'}"
        said = f"Corrected for curvature by a standard deviation of {size}."
        return Curvature(family.link, np.asarray(float(bias_adjust) ** 2), said, back)
    variance = _variance(task)
    low, high = np.sqrt(variance.mean(axis=1).min()), np.sqrt(variance.mean(axis=1).max())
    size = f"{low:.3g}" if np.isclose(low, high) else f"{low:.3g} to {high:.3g}"
    said = (
        "Corrected for curvature by each draw's own standard deviation of the groups' deviations"
        f"{where}, about {size}."
    )
    return Curvature(family.link, variance, said)


def _variance(task: Task) -> FloatArray:
    """Return the variance of a new group's deviation from each cell's average, `(cell, sample)`."""
    posterior = task.source.posterior
    found = posterior.spec.layout.of(task.source.parameter)
    if not found:
        raise DataError(
            "bias_adjust=True takes the standard deviation of the groups' deviations; the model "
            "has no groups.",
            hint="Leave it out, or give a standard deviation.",
        )
    effects = averaged_effects(task, [each.factor for each in found])
    if any(np.isnan(z).any() for z in effects.values()):
        raise DataError(
            "bias_adjust=True needs the spread of the groups' deviations in every cell, and the "
            "data lack one.",
            hint="Give a standard deviation, or ask with at= about cells that the data have.",
        )
    total = np.zeros((len(task.grid.cells), posterior.samples))
    for each in found:
        z = np.nan_to_num(effects[each.factor])
        total += np.einsum("ce,sef,cf->cs", z, posterior.covariance(each).matrix, z, optimize=True)
    return total
