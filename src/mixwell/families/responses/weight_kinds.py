"""Kinds of weights, which R's packages call by one word: precisions, frequencies, survey weights.

Where a family has a residual spread, precisions divide its square, as in lm and lmer; frequencies
count equal rows, as in glm, and so does what multiplies log likelihoods, as in brms and glmmTMB.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mixwell.errors import DataError, require_choice
from mixwell.formula import deparse
from mixwell.package_options import require_memory

if TYPE_CHECKING:
    from mixwell.design.design import Design
    from mixwell.design.response.response import Response
    from mixwell.families.family import Family
    from mixwell.numeric.arrays import FloatArray

__all__ = ["KINDS", "ModelWeights"]

KINDS = ("precision", "frequency", "survey")


@dataclass(frozen=True, eq=False)
class ModelWeights:
    """A model's data and its weights, a column's name or a number a row, of a kind that was named.

    `counted` is how many rows there were before frequencies repeated them, `called` what a printout
    calls the weights that were given by themselves. Raises `DataError` for
    another kind.
    """

    data: pd.DataFrame
    weights: object
    kind: str | None = None
    counted: int | None = None
    called: str = ""

    def __post_init__(self) -> None:
        if self.kind is not None:
            require_choice("weight_kind", self.kind, KINDS)
        if self.weights is not None:
            named = f"Weights ({self.weights})" if isinstance(self.weights, str) else "The weights"
            object.__setattr__(self, "called", named)

    def repeated(self) -> "ModelWeights":
        """Return every row as often as its frequency says, labeled anew; other kinds stay.

        Raises `DataError` for what is no frequency.
        """
        given = self.weights
        if self.kind != "frequency" or (isinstance(given, str) and given not in self.data.columns):
            return self  # where there is no such column, the design says so
        if given is None:
            raise DataError(
                "Frequencies are given by weights=, and there are none.",
                where="weight_kind",
                hint='weights="n" names their column, in the place of | weights(n) in the formula.',
            )
        counts = _frequencies(self.data[given] if isinstance(given, str) else given)
        if len(counts) != len(self.data):
            said = f"weights= has {len(counts)} values for {len(self.data)} rows."
            raise DataError(said, where="weights")
        what = f"The {counts.sum():,.0f} rows that the frequencies count"
        require_memory(float(counts.sum()) * self.data.shape[1], what, where="weights")
        rows = np.repeat(np.arange(len(counts)), counts.astype(np.int64))
        whole = self.data.iloc[rows].reset_index(drop=True)
        return replace(self, data=whole, weights=None, counted=len(counts))

    def said(self, design: "Design", family: "Family") -> tuple[str, ...]:
        """Say what the weights are, nothing where there are none.

        Raises `DataError` where they cannot be of the kind that was named.
        """
        response = design.response
        if self.counted is not None:
            rows = f"the {self.counted:,} rows of the data count as {design.n:,}"
            return (f"{self.called} are frequencies: {rows}.",)
        if response is None or response.weights is None:
            return self._of_trials(response)
        self._check(design, response.weights, family)
        name = self.called or self._added(design)
        if response.survey:
            return (
                f"{name} are survey weights: in units of their mean they multiply log likelihoods. "
                "Intervals take no account of how the survey was drawn.",
            )
        if family.scale is not None:
            return (
                f"{name} are precisions: a row of weight 4 has half the {family.scale.name}, as in "
                'lm and lmer. What brms and glmmTMB mean is weight_kind="frequency".',
            )
        return (f"{name} multiply log likelihoods: a row of weight 2 counts as two equal ones.",)

    def _of_trials(self, response: "Response | None") -> tuple[str, ...]:
        trials = self.weights is not None and response is not None and response.trials is not None
        if self.kind is not None:
            raise DataError(
                "The weights of a proportion are its trials."
                if trials
                else "weight_kind= says what weights are, and there are none.",
                where="weight_kind",
                hint="Leave it out." if trials else "Name their column in weights=.",
            )
        return ("The weights are the trials of the proportion, as in glm and glmer.",) * trials

    def _check(self, design: "Design", weights: "FloatArray", family: "Family") -> None:
        """Refuse weights that are not of their kind; raises `DataError`."""
        if self.kind == "frequency":
            _frequencies(weights)
        if self.kind == "precision" and family.scale is None:
            raise DataError(
                f"Precisions divide a residual variance, which the family {family.name} lacks.",
                where="weight_kind",
                hint='"frequency" and "survey" multiply log likelihoods.',
            )
        se = design.response is not None and design.response.se is not None
        one_variance = family.closed_form and not design.parameters and not se
        if self.kind == "survey" and family.scale is not None and not one_variance:
            raise DataError(
                "Survey weights are for gaussian models with one residual variance, and for "
                "families without one.",
                where="weight_kind",
                hint="fit.means(population=...) post-stratifies a model without weights.",
            )

    @staticmethod
    def _added(design: "Design") -> str:
        [added, *_] = [a for a in design.mean.formula.additions if a.name == "weights"]
        return f"Weights ({deparse(added.args[0].value)})"


def _frequencies(given: object) -> "FloatArray":
    """Return whole numbers of 0 or more; `DataError` for anything else."""
    wrong = DataError(
        "Frequencies are whole numbers of 0 or more: how many equal rows each row stands for.",
        where="weights",
        hint='weight_kind="survey" takes other numbers, and "precision" says how exact rows are.',
    )
    try:
        column = pd.Series(np.atleast_1d(np.asarray(given)))
        truths = pd.api.types.is_bool_dtype(column.dtype)
        counts = np.asarray(pd.to_numeric(column, errors="raise"), dtype=float)
    except (TypeError, ValueError):
        raise wrong from None
    if truths or column.dtype == object or counts.ndim != 1:
        raise wrong
    if not (np.isfinite(counts) & (counts >= 0) & (counts % 1 == 0)).all():
        raise wrong
    if not counts.any():
        raise DataError("All frequencies are 0, so that no row counts.", where="weights")
    return counts
