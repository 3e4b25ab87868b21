"""In which units coefficients and effects are sampled: those of the linear predictor.

A coefficient of a predictor whose standard deviation is 35 has a posterior 35 times narrower than
that of the same predictor in its own standard deviations. Sampled in its own unit, chains would
start by leaps (PyMC moves every coordinate by up to 1), and on the log scale a density overflows.
"""

import numpy as np

from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.column_moments import ColumnMoments
from mixwell.specify.layout import FactorEffects
from mixwell.specify.scales import column_scale, part_of, response_scale
from mixwell.specify.spec import Spec

__all__ = ["coefficient_steps", "effect_steps"]


def coefficient_steps(spec: Spec, parameter: str) -> FloatArray:
    """Return how far each coefficient goes while the linear predictor goes one unit.

    The unit is that of the default priors: the response's standard deviation on the identity link,
    1 on others. Shape (n_coefficients,).
    """
    fixed = spec.predictors[parameter].fixed
    # next to an intercept the columns are centered, else they count from their origin
    return _steps(spec, parameter, fixed.names, fixed.moments, origin=not fixed.around_means)


def effect_steps(spec: Spec, found: FactorEffects) -> FloatArray:
    """Return the same for the effects of a grouping factor, (n_effects,)."""
    return _steps(spec, found.parameter, found.effects, found.moments, origin=True)


def _steps(
    spec: Spec, parameter: str, names: tuple[str, ...], columns: ColumnMoments, *, origin: bool
) -> FloatArray:
    scale = 1.0
    if parameter in spec.locations:
        family, response = part_of(spec.family, spec.response, parameter)
        scale = response_scale(response, family, spec.predictors[parameter].offset).scale
    sizes = [column_scale(name, columns, j, origin=origin) for j, name in enumerate(names)]
    return scale / np.array(sizes, dtype=np.float64)
