"""Coefficients of the population's mean: what a model without groups would estimate of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mixwell.design.seen.rows_elsewhere import require_rows
from mixwell.errors import DataError
from mixwell.families.link import Link
from mixwell.interpret.estimates.estimates import Estimates, estimates_of
from mixwell.interpret.estimates.practical_equivalence import Rope
from mixwell.interpret.expected.distinct_rows import distinct_rows
from mixwell.interpret.expected.named_parts import named_part
from mixwell.interpret.expected.over_groups import over_groups, scatter_of
from mixwell.interpret.expected.predictor_draws import MeanPredictor, block_rows, read_rows
from mixwell.interpret.grids.axes import columns_of, effect_columns, fixed_columns
from mixwell.interpret.groups.group_draws import group_draws
from mixwell.interpret.groups.treatments import Treatments
from mixwell.interpret.means.row_averages import AveragedQuantity, RowQuantity
from mixwell.interpret.means.statistics_of import statistic_of
from mixwell.interpret.origins.made_numbers import SummedRows
from mixwell.numeric.arrays import FloatArray, IntArray
from mixwell.posterior.linear_predictor import linear_predictor
from mixwell.posterior.posterior import Posterior

__all__ = ["marginal_coefficients"]


def marginal_coefficients(
    posterior: Posterior,
    *,
    parameter: str = "mean",
    rope: Rope | None = None,
    ci_prob: float | None = None,
) -> Estimates:
    """Return the coefficients of the mean over groups, a row for each fixed effect.

    In every draw the mean of each of the data's rows is averaged over the population of groups,
    taken to the link scale, and regressed on the columns of the fixed effects; on the link scale.
    With a logit link they are log odds ratios of the population, which are smaller than those of a
    typical group. Another `parameter` with groups of its own, or one of several responses, has
    those of its average. Raises `DataError` for what has no groups, and where means are more than
    the inverse of the link.

    Source: Hedeker, du Toit, Demirtas and Gibbons 2018; Wiley's brmsmargins.
    """
    spec = posterior.spec
    source = named_part(MeanPredictor(posterior), parameter, linear=True)
    _require_groups(source)
    key, link = source.parameter, _link(source)
    said = "The mean is linear here: fit.fixef() has the same coefficients."
    require_rows(spec.design.elsewhere, "The population's coefficients go", said)
    rows, weight, first = distinct_rows(spec, (key,))
    columns, coefficients = rows[key], posterior.coefficients(key)
    factors = [found.factor for found in spec.layout.of(key)]
    x = columns.fixed
    total = np.zeros((x.shape[1], posterior.samples))
    size = block_rows(source)
    for start in range(0, len(columns), size):
        part = columns[start : start + size]
        eta = linear_predictor(coefficients, part, {})
        scatter = scatter_of(posterior, factors, {key: part.effects})
        mean = over_groups(scatter, {key: eta}, lambda at: link.inverse(at[key]))
        marginal = link(mean) - part.offset[:, None]
        total += (part.fixed * weight[start : start + size, None]).T @ marginal
    gram = (x * weight[:, None]).T @ x
    values = np.linalg.solve(gram, total)
    weights = np.linalg.solve(gram, (x * weight[:, None]).T)
    what = source.named or spec.design.response_name
    return estimates_of(
        values,
        posterior.shape,
        pd.DataFrame({"effect": pd.Series(source.predictor.fixed.names, dtype="str")}),
        rope=rope,
        ci_prob=ci_prob,
        scale="link",
        title=f"Coefficients of the population's mean of {what} "
        f"({statistic_of(source, 'link').scale_words})",
        notes=(
            "Averaged over the population of groups: what changes in the mean of all, not in a "
            f"typical {' and '.join(dict.fromkeys(factors))}.",
            f"In every draw the means of the {spec.design.observations:,} rows are taken to the "
            "link scale and regressed on the columns of the fixed effects.",
        ),
        estimand="coefficient",
        response=what,
        origin=_RegressedRows(_MarginalMeans.of(source, factors), weights, first),
    )


@dataclass(frozen=True)
class _MarginalMeans:
    """Means over groups of rows on the link scale, less the offset."""

    means: RowQuantity
    what: str = "mean over groups on the link scale"

    @classmethod
    def of(cls, source: MeanPredictor, factors: Sequence[str]) -> "_MarginalMeans":
        treatments = Treatments(dict.fromkeys(factors, "integrated"))
        groups = group_draws(source.posterior, treatments, seed=0)
        return cls(RowQuantity(source, AveragedQuantity(groups, response=True), "mean"))

    @property
    def size(self) -> int:
        """How many rows make a block."""
        return self.means.size

    def __call__(self, frame: pd.DataFrame) -> FloatArray:
        """Return the draws of rows, `(row, sample)`."""
        source = self.means.source
        offset = read_rows(source, frame, ()).predictors[source.parameter].offset
        marginal = _link(source)(self.means(frame))
        return np.asarray(marginal if offset is None else marginal - offset[:, None])


@dataclass(frozen=True, eq=False)
class _RegressedRows:
    """Coefficients as weighed sums over the `first` rows of the data of each kind."""

    values: _MarginalMeans
    weights: FloatArray
    first: IntArray

    def number(self, row: int) -> SummedRows:
        """Return the rows that a coefficient is a sum of."""
        source = self.values.means.source
        read, factors = [source.predictor], self.values.means.ask.groups.integrated
        names = [*columns_of(fixed_columns, read), *columns_of(effect_columns, read, factors)]
        frame = source.design.data.iloc[self.first][list(dict.fromkeys(names))]
        return SummedRows(frame, self.weights[row], self.values)


def _link(source: MeanPredictor) -> Link:
    """Return the link that leads to the mean, to that of one response, or to a parameter."""
    return source.link if source.itself else source.family.link


def _require_groups(source: MeanPredictor) -> None:
    """Refuse what depends on no groups, and what is more than the inverse of a link."""
    spec, family = source.spec, source.spec.family
    name = source.named or "mean"
    if source.constant:
        raise DataError(
            f"{name} has no formula, and so no coefficients.",
            where="parameter",
            hint=f'fit.means(None, parameter="{name}") has it.',
        )
    if not spec.layout.of(source.parameter):
        of = f"{name} has no groups" if source.named else "The model has no groups that its mean"
        depends = ": its" if source.named else " depends on: its"
        where = "fit.summary()" if source.named else "fit.fixef()"
        raise DataError(
            f"{of}{depends} coefficients are the population's.", hint=f"{where} has them."
        )
    if source.itself:
        return
    own = source.family
    if own.mean != "mu" or own.parts or spec.response.truncated:
        raise DataError(
            f"The mean of the family {family.name} is more than the inverse of its link here.",
            hint='fit.comparisons(..., groups="integrated") compares the population\'s means.',
        )
