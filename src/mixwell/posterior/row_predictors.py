"""Linear predictors and parameters of rows in all draws, made for any stretch of the rows."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from mixwell.numeric.arrays import FloatArray, IntArray
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

__all__ = ["RowLevels", "RowPredictors", "rows_of_model"]

#: Draws of levels by factor, and each row's place in them where it is not the row's own number.
type RowLevels = tuple[LevelDraws, Mapping[str, IntArray]]

_ALL = slice(None)


@dataclass(frozen=True, eq=False)
class RowPredictors:
    """Rows with the deviations of their groups for every parameter; values are `(row, sample)`.

    `predictors` hold the rows' columns by parameter; `levels` gives, for a parameter and a stretch
    of the rows, the draws of their levels and each row's place in them. Nothing is computed but for
    the rows that are asked for.
    """

    posterior: Posterior
    predictors: Mapping[str, "Predictor"]
    levels: Callable[[str, slice], RowLevels]

    @cached_property
    def _columns(self) -> dict[str, PredictorRows]:
        return {name: predictor_rows(found) for name, found in self.predictors.items()}

    @cached_property
    def _known(self) -> dict[str, FloatArray]:
        return {}

    def _coefficients(self, parameter: str) -> FloatArray:
        if parameter not in self._known:  # of the parameters that are asked for alone
            self._known[parameter] = self.posterior.coefficients(parameter)
        return self._known[parameter]

    def __len__(self) -> int:
        return len(self._columns["mean"])

    def linear(self, parameter: str = "mean", rows: slice = _ALL) -> FloatArray:
        """Return the linear predictor of a parameter, on its link scale."""
        columns, draws = self._placed(parameter, rows)
        return linear_predictor(self._coefficients(parameter), columns, draws)

    def effects(self, parameter: str, rows: slice = _ALL) -> Mapping[str, FloatArray]:
        """Return the columns of the effects of each grouping factor, `(row, effect)`."""
        return self._columns[parameter][rows].effects

    def _placed(self, parameter: str, rows: slice) -> tuple[PredictorRows, LevelDraws]:
        columns = self._columns[parameter][rows]
        draws, index = self.levels(parameter, rows)
        return replace(columns, index={**columns.index, **index}), draws

    def further(self, names: Iterable[str], rows: slice = _ALL) -> dict[str, FloatArray]:
        """Return further parameters on their own scale: of each row, or `(1, sample)` of all."""
        family, found = self.posterior.spec.family, {}
        for name in names:
            if name in self.predictors:
                found[name] = family.link_of(name).inverse(self.linear(name, rows))
            else:
                found[name] = self.posterior.flat(name)[None, :]
        return found

    def by_draw(self, rows: slice = _ALL) -> tuple[FloatArray, dict[str, FloatArray]]:
        """Return the mean's linear predictor, `(sample, row)`, and the family's parameters with it.

        In the order in which likelihoods take them; nothing is copied.
        """
        found = self.further(self.posterior.spec.auxiliary, rows)
        further = {name: values.swapaxes(0, 1) for name, values in found.items()}
        return self.linear("mean", rows).T, further

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
        columns, draws = self._placed(parameter, _ALL)
        levels = {name: values[:, :, part] for name, values in draws.items()}
        return linear_predictor_of_draws(self._coefficients(parameter)[:, part], columns, levels)


def rows_of_model(posterior: Posterior, *, deviations: bool = True) -> RowPredictors:
    """Return the rows that the model was fitted to, with the deviations of their groups.

    Without `deviations` means are those of the population; other parameters have theirs.
    """
    predictors = posterior.spec.predictors
    left_out = () if deviations else posterior.spec.locations
    found: dict[str, LevelDraws] = {
        name: {} if name in left_out else posterior.existing_levels(name) for name in predictors
    }
    return RowPredictors(posterior, predictors, lambda parameter, rows: (found[parameter], {}))
