"""lme4's `allow.new.levels`: levels that the fit does not know have deviations of 0."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd

from mixwell.fit import Fit
from mixwell.interpret.expected.predictor_draws import MeanPredictor, filled
from mixwell.interpret.groups.treatments import read_treatments
from mixwell.tables.frame import read_frame

__all__ = ["predicted_with_unknown_levels"]


def predicted_with_unknown_levels(
    fit: Fit,
    data: object,
    kind: Literal["mean", "linear"],
    groups: str | Mapping[str, str],
) -> "pd.Series[float]":
    """Return the estimates of rows in which unknown levels of a factor count as its population.

    Rows that agree in which of their factors are known are predicted together.
    """
    frame = read_frame(data)
    treatments = read_treatments(groups, list(fit.spec.layout.factor_levels))
    if not treatments.known:
        return fit.predictions(frame, kind, groups=groups, center="transformed").frame["estimate"]
    design = fit.spec.design.replay(filled(MeanPredictor(fit.drawn), frame, needed=()))
    known = {
        block.factor: block.index < block.n_levels
        for predictor in design.predictors.values()
        for block in predictor.blocks
        if block.factor in treatments.known
    }
    estimates = pd.Series(np.nan, frame.index, name="estimate")
    patterns = np.column_stack(list(known.values()))
    for pattern in np.unique(patterns, axis=0):
        rows = (patterns == pattern).all(axis=1)
        kept = {factor: "existing" for factor, own in zip(known, pattern, strict=True) if own}
        made = fit.predictions(frame[rows], kind, groups=kept, center="transformed")
        estimates[rows] = made.frame["estimate"].to_numpy()
    return estimates
