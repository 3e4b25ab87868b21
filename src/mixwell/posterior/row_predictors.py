"""Linear predictors and parameters of rows in all draws, made for any stretch of the rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.linear_predictor import (
    LevelDraws,
    PredictorRows,
    linear_predictor,
    linear_predictor_of_draws,
    predictor_rows,
)
from mixwell.posterior.posterior import Posterior

if TYPE_CHECKING:
    from mixwell.design.predictor import Predictor

__all__ = ["RowPredictors", "rows_of_model"]

_ALL = slice(None)


@dataclass(frozen=True, eq=False)
class RowPredictors:
    """Rows with the deviations of their groups for every parameter; values are `(row, sample)`.

    `predictors` hold the rows' columns, `deviations` those of the levels that the rows point at,
    both by parameter. Nothing is computed but for the rows that are asked for.
    """

    posterior: Posterior
    predictors: Mapping[str, "Predictor"]
    deviations: Mapping[str, LevelDraws]

    @cached_property
    def _columns(self) -> dict[str, PredictorRows]:
        return {name: predictor_rows(found) for name, found in self.predictors.items()}

    @cached_property
    def _coefficients(self) -> dict[str, FloatArray]:
        return {name: self.posterior.coefficients(name) for name in self.predictors}

    def __len__(self) -> int:
        return len(self._columns["mean"])

    def linear(self, parameter: str = "mean", rows: slice = _ALL) -> FloatArray:
        """Return the linear predictor of a parameter, on its link scale."""
        columns = self._columns[parameter][rows]
        return linear_predictor(self._coefficients[parameter], columns, self.deviations[parameter])

    def further(self, names: Iterable[str], rows: slice = _ALL) -> dict[str, FloatArray]:
        """Return further parameters on their own scale: of each row, or `(1, sample)` of all."""
        family, found = self.posterior.spec.family, {}
        for name in names:
            if name in self.predictors:
                found[name] = family.link_of(name).inverse(self.linear(name, rows))
            else:
                found[name] = self.posterior.flat(name)[None, :]
        return found

    def draws(self, part: slice) -> dict[str, FloatArray]:
        """Return `eta` and the family's further parameters of all rows in a part of the draws.

        `(draw, row)` or `(draw, 1)`; `eta` is on the link scale, parameters on their own.
        """
        spec, eta = self.posterior.spec, self._linear_of_draws
        values = {"eta": eta("mean", part)}
        for name in spec.auxiliary:
            if name in self.predictors:
                values[name] = spec.family.link_of(name).inverse(eta(name, part))
            else:
                values[name] = self.posterior.flat(name)[part, None]
        return values

    def _linear_of_draws(self, parameter: str, part: slice) -> FloatArray:
        levels = {name: values[:, :, part] for name, values in self.deviations[parameter].items()}
        coefficients = self._coefficients[parameter][:, part]
        return linear_predictor_of_draws(coefficients, self._columns[parameter], levels)


def rows_of_model(posterior: Posterior, *, deviations: bool = True) -> RowPredictors:
    """Return the rows that the model was fitted to, with the deviations of their groups.

    Without `deviations` the mean is that of the population; other parameters have theirs.
    """
    predictors = posterior.spec.predictors
    levels = {name: posterior.existing_levels(name) for name in predictors}
    if not deviations:
        levels["mean"] = {}
    return RowPredictors(posterior, predictors, levels)
