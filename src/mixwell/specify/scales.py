"""How wide default priors are: the scales of the response and of columns."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mixwell.numeric.arrays import FloatArray

if TYPE_CHECKING:
    from mixwell.design.columns.fixed_effects import FixedEffects
    from mixwell.design.response.response import Response
    from mixwell.families.family import Family

__all__ = ["ResponseScale", "column_scale", "constant_combination", "response_scale"]


@dataclass(frozen=True)
class ResponseScale:
    """Location and scale of the response as the priors need them.

    `location` and `scale` are on the link scale, `spread` on the response scale; the texts say
    where they come from.
    """

    location: float
    scale: float
    spread: float
    location_text: str
    scale_text: str


def spread(values: FloatArray) -> float:
    """Return the standard deviation, or where that is zero something that is not.

    A constant column counts by its size, so that the result follows the units; all zeros give 1.
    """
    sd = float(np.std(values, ddof=1)) if values.size > 1 else 0.0
    largest = float(np.max(np.abs(values))) if values.size else 0.0
    if sd > 1e-12 * largest:
        return sd
    return largest if largest > 0 else 1.0


def root_mean_square(values: FloatArray) -> float:
    """Return the root mean square, 1 for all zeros."""
    size = float(np.sqrt(np.mean(np.square(values)))) if values.size else 0.0
    return size if size > 0 else 1.0


def column_scale(name: str, values: FloatArray, *, origin: bool = False) -> float:
    """Return d: 1 for an intercept, the column's sd, or its root mean square from the origin."""
    if name == "Intercept":
        return 1.0
    return root_mean_square(values) if origin else spread(values)


def response_scale(
    response: "Response", family: "Family", offset: FloatArray | None, *, origin: bool = False
) -> ResponseScale:
    """Measure the response: where the intercept is expected and how wide it may be.

    With `origin` (a regression through the origin) the scale is a root mean square.
    """
    y = response.values
    trials = response.trials
    if trials is not None:
        y = y / np.where(trials > 0, trials, 1.0)
    zero = np.zeros_like(y) if offset is None else offset
    width = root_mean_square(y - zero) if origin else spread(y)
    word = "root mean square" if origin else "sd"
    mean = float(y.mean())
    least = 0.5 / y.size
    match family.link_name:
        case "identity":
            location = float((y - zero).mean())
            return ResponseScale(location, width, width, "mean(y)", f"{word}(y) = {width:.3g}")
        case "log":
            level = _log_mean(mean, zero, least if family.discrete else width)
            return ResponseScale(level, 1.0, width, "log(mean(y))", "log scale")
        case "inverse":
            size = abs(mean) or width
            text = "1 / mean(y)"
            return ResponseScale(
                1 / (mean or width), width / size**2, width, text, "sd(y)/mean(y)^2"
            )
        case "sqrt":
            root = np.sqrt(np.maximum(y, 0))
            wide = spread(root)
            return ResponseScale(float(root.mean()), wide, width, "mean(sqrt(y))", "sd(sqrt(y))")
        case link:
            return ResponseScale(0.0, 1.0, width, "0", f"{link} scale")


def _log_mean(mean: float, offset: FloatArray, least: float) -> float:
    """Return log(mean(y) / mean(exp(offset))), without overflow; `least` where mean(y) <= 0."""
    highest = float(offset.max())
    exposure = highest + float(np.log(np.mean(np.exp(offset - highest))))
    return float(np.log(mean if mean > 0 else least)) - exposure


def constant_combination(fixed: "FixedEffects") -> FloatArray | None:
    """Return the weights with which the columns add up to 1 in every row, None if there are none.

    For `0 + a` they are ones. Shape (n_columns,).
    """
    x = fixed.values
    if x.shape[1] == 0:
        return None
    sizes = np.sqrt(np.einsum("ij,ij->j", x, x))
    sizes[sizes == 0] = 1.0
    gram = (x.T @ x) / np.outer(sizes, sizes)
    weights = np.linalg.lstsq(gram, x.sum(axis=0) / sizes, rcond=None)[0] / sizes
    residual = x @ weights - 1.0
    return np.asarray(weights) if float(np.abs(residual).max()) < 1e-6 else None
