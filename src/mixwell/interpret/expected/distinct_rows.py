"""The data's rows without repetitions, as far as linear predictors differ."""

from collections.abc import Mapping, Sequence

import numpy as np

from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.posterior.linear_predictor import PredictorRows, predictor_rows
from mixwell.specify.spec import Spec

__all__ = ["distinct_rows"]


def distinct_rows(
    spec: Spec, parameters: Sequence[str], *read: FloatArray
) -> tuple[Mapping[str, PredictorRows], FloatArray, IntArray]:
    """Return the distinct rows of some linear predictors, each with how often the data have it.

    Also the number of one row of the data for each. Rows in which arrays that are `read`, `(obs,)`,
    differ count as distinct, too; levels of groups do not matter. Raises `DataError` for rows that
    are not in memory.
    """
    rows = {name: predictor_rows(spec.predictors[name]) for name in parameters}
    parts = [column[:, None] for column in read]
    for own in rows.values():
        parts += [own.fixed, own.offset[:, None], *own.effects.values()]
    _, first, place = np.unique(np.hstack(parts), axis=0, return_index=True, return_inverse=True)
    count = np.bincount(place.ravel(), spec.response.counts, len(first)).astype(float)
    return {name: own[first] for name, own in rows.items()}, count, first
