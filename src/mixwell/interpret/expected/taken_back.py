"""Expected responses of a transformed response, taken back to what was measured.

Medians go back by the inverse alone; means are averages over the residuals' distribution, by its
quantiles at the nodes of Gauss's rule for the normal one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from scipy.special import ndtr

from mixwell.design.response.response import Response
from mixwell.design.response.transformation import Transformation
from mixwell.errors import DataError
from mixwell.interpret.expected.expected_response import (
    ExpectedResponse,
    OwnScale,
    expected_response,
)
from mixwell.interpret.expected.predictor_draws import MeanPredictor
from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.integrals.normal_rule import normal_rule

__all__ = ["ExpectedAt", "TakenBack", "response_at"]

# Nodes over residuals, fewer of them to check with, and how well both have to agree.
_NODES, _FEW, _AGREE = 21, 15, 1e-3


@dataclass(frozen=True, eq=False)
class TakenBack:
    """From linear predictors to what was measured: `expected` responses through their way `back`.

    With `integrated` means over residuals, else what the inverse makes of the expected response:
    the median of a symmetric one.
    """

    expected: ExpectedResponse
    back: Transformation
    integrated: bool = False

    def of(self, eta: FloatArray) -> FloatArray:
        """Return what was measured at linear predictors `(row, sample)`.

        Raises `DataError` where residuals have too heavy tails for a mean.
        """
        if not self.integrated:
            return self.back.back(self.expected.of(eta))
        total, further = self._averaged(eta, _NODES), self.expected.parameters
        first = {n: v[:1] if v.ndim == eta.ndim else v for n, v in further.items()}
        one_row = replace(self, expected=replace(self.expected, parameters=first))
        rough = one_row._averaged(eta[:1], _FEW)
        # where there is no mean, more nodes go on adding to it; where an inverse ends, as that of a
        # root does at 0, means far below what was measured agree less well with themselves
        with np.errstate(invalid="ignore"):
            size = np.maximum(np.abs(rough), self.back.typical)
            near = np.abs(total[:1] - rough) <= _AGREE * size
        if not (near | np.isnan(eta[:1])).all():
            family = self.expected.family.name
            raise DataError(
                f"The mean of {self.back.source} is infinite or nearly so: the residuals of "
                f"{self.back.text}, of the family {family}, have too heavy tails.",
                where='center="mean"',
                hint="Medians are known: leave center= out.",
            )
        return total

    def slope(
        self,
        eta: FloatArray,
        change: FloatArray | float = 1.0,
        moves: Mapping[str, FloatArray] = MappingProxyType({}),
    ) -> FloatArray:
        """Return the derivative of what was measured; see `ExpectedResponse.slope`."""
        if not self.integrated:
            rise = self.back.slope(self.expected.of(eta))
            return np.asarray(rise * self.expected.slope(eta, change, moves))
        through = lambda expected, at: replace(self, expected=expected).of(at)  # noqa: E731
        return self.expected.difference(eta, change, moves, through)

    def _averaged(self, eta: FloatArray, nodes: int) -> FloatArray:
        censorable = self.expected.family.censorable
        assert censorable is not None
        total, arguments = np.zeros(eta.shape), self.expected.arguments(eta)
        for z, weight in zip(*normal_rule(nodes), strict=True):
            here = arguments.given(p=ndtr(z)).value(censorable.quantile)
            total += weight * self.back.back(here + np.zeros(eta.shape))
        return total


def response_at(
    source: MeanPredictor,
    etas: Mapping[str, FloatArray],
    others: Callable[[str], FloatArray] | None = None,
    bounds: Response | None = None,
) -> ExpectedResponse | TakenBack | OwnScale:
    """Return the way from linear predictors to what was measured, where parameters have these.

    A parameter that is asked for itself is on its own scale.

    `etas` are the linear predictors by parameter, `(row, sample)`; `others` gives the rows' own
    values of parameters without one there; `bounds` are as for `expected_response`.
    """
    link_of = source.spec.family.link_of
    if source.itself:
        return OwnScale(source.link)

    def of_rows(name: str) -> FloatArray:
        if others is not None and name not in etas:
            return others(name)
        return link_of(name).inverse(etas[name])

    expected = expected_response(source, of_rows, bounds)
    if source.back is None:
        return expected
    return TakenBack(expected, source.back, source.integrated)


@dataclass(frozen=True, eq=False)
class ExpectedAt:
    """What is measured in the mean, as a function of linear predictors; see `response_at`."""

    source: MeanPredictor
    others: Callable[[str], FloatArray] | None = None
    bounds: Response | None = None

    def __call__(self, etas: Mapping[str, FloatArray]) -> FloatArray:
        """Return what was measured at linear predictors, `(row, sample)`."""
        return self._way(etas).of(etas[self.source.parameter])

    def with_residuals(
        self, etas: Mapping[str, FloatArray]
    ) -> "tuple[FloatArray, ExpectedAt] | None":
        """Return the variance of residuals that scatter as groups do, and medians at what they do.

        Normal deviations of groups and normal residuals are one normal scatter of the linear
        predictor: means over both are those of medians over it. None where residuals are not
        integrated over, or are not normal.
        """
        way, eta = self._way(etas), etas[self.source.parameter]
        if not isinstance(way, TakenBack) or not way.integrated or way.back.pole:
            return None
        expected = way.expected
        if not expected.family.closed_form or expected.bounds is not None:
            return None
        variance = expected.arguments(eta).value(expected.family.variance_function)
        medians = replace(self, source=replace(self.source, center="median"))
        return np.broadcast_to(variance, eta.shape), medians

    def _way(self, etas: Mapping[str, FloatArray]) -> ExpectedResponse | TakenBack | OwnScale:
        return response_at(self.source, etas, self.others, self.bounds)
