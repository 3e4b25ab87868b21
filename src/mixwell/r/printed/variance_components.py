"""Variances, standard deviations and correlations of a fit's random effects, by R's names."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mixwell.fit import Fit
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.draws import draws_of, estimates
from mixwell.r.dialect.coefficient_names import group_effects
from mixwell.show.lme4 import VarianceRows


@dataclass(frozen=True, slots=True, eq=False)
class Effects:
    """The draws of one factor: `sd` is (chain, draw, effect), `corr` has a further effect dim.

    `correlated` says which pairs of effects have a correlation. The residual has no names.
    """

    factor: str
    names: tuple[str, ...]
    sd: FloatArray
    corr: FloatArray
    correlated: NDArray[np.bool_]

    @property
    def variances(self) -> FloatArray:
        """The estimates of the variances, (effect,): averages of squares, not squares."""
        return np.asarray(estimates(self.sd**2)["estimate"])

    @property
    def sds(self) -> FloatArray:
        """The estimates of the standard deviations, (effect,)."""
        return np.asarray(estimates(self.sd)["estimate"])

    def pairs(self) -> list[tuple[int, int]]:
        """Return the positions of the effects that are correlated, the later one second."""
        count = len(self.names)
        return [(i, j) for j in range(count) for i in range(j) if self.correlated[i, j]]

    def correlation(self, i: int, j: int) -> float:
        """Return the estimate of one correlation."""
        return float(estimates(self.corr[..., i, j, None])["estimate"][0])

    @property
    def rows(self) -> VarianceRows:
        """What is printed of the factor."""
        correlations = np.eye(len(self.names))
        for i, j in self.pairs():
            correlations[i, j] = self.correlation(i, j)
        return VarianceRows(
            self.factor, self.names, self.variances, self.sds, correlations, self.correlated
        )

    def covariance(self, i: int, j: int) -> float:
        """Return the estimate of one covariance, formed in every draw."""
        product = self.sd[..., i] * self.sd[..., j] * self.corr[..., i, j]
        return float(estimates(product[..., None])["estimate"][0])


def effects_by_factor(fit: Fit) -> Iterator[Effects]:
    """Go through the factors in lme4's order, those of most levels first, the residual last."""
    levels = fit.spec.layout.factor_levels
    for factor in sorted(levels, key=lambda name: -len(levels[name])):
        yield _effects(fit, factor)
    if fit.spec.residual is not None:
        sd = draws_of(fit.posterior[fit.spec.residual])[..., None]
        corr = np.ones((*sd.shape, 1))
        yield Effects("Residual", ("",), sd, corr, np.zeros((1, 1), dtype=bool))


def _effects(fit: Fit, factor: str) -> Effects:
    own = [found for found in fit.spec.layout.factors if found.factor == factor]
    covariance = fit.drawn.covariance(*own)
    shown = group_effects(fit.spec)[factor]
    return Effects(
        factor,
        tuple(shown[name] for name in covariance.effects),
        covariance.sd.reshape(*fit.drawn.shape, -1),
        covariance.correlation.reshape(*fit.drawn.shape, *covariance.correlated.shape),
        covariance.correlated,
    )


def variance_frame(fit: Fit) -> pd.DataFrame:
    """Return the columns of lme4's `as.data.frame(VarCorr(m))`: grp, var1, var2, vcov, sdcor."""
    rows: list[tuple[str, str, str, float, float]] = []
    for found in effects_by_factor(fit):
        for name, variance, sd in zip(found.names, found.variances, found.sds, strict=True):
            rows.append((found.factor, name, "", float(variance), float(sd)))
        for i, j in found.pairs():
            numbers = found.covariance(i, j), found.correlation(i, j)
            rows.append((found.factor, found.names[i], found.names[j], *numbers))
    return pd.DataFrame(rows, columns=["grp", "var1", "var2", "vcov", "sdcor"])
