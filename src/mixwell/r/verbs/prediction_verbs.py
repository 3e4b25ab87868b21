"""R's predictions of rows: predict and fitted."""

from typing import Any, Literal

import numpy as np
import pandas as pd

from mixwell.errors import (
    DataError,
    require_choice,
    require_text,
    require_truth,
)
from mixwell.public_calls import public
from mixwell.r.dialect.kept_effects import kept_groups
from mixwell.r.printed import layout_brms
from mixwell.r.verbs.fits import Fitted, fitted_of
from mixwell.r.verbs.unknown_levels import predicted_with_unknown_levels
from mixwell.r.verbs.widths import Probs, width_between

#: R's predictions are those of the response as the formula has it, transformed or not.
_AS_MODELED = {"center": "transformed"}


@public
def predict(
    object: Fitted,
    newdata: object = None,
    re_form: str | float | None = None,
    type: str = "link",
    allow_new_levels: bool = False,
    probs: Probs = None,
) -> "pd.Series[float] | pd.DataFrame":
    """Predict rows: lme4's numbers on the scale of `type`, or brms's new responses with intervals.

    `re_form=None` takes the deviations of the rows' groups along, "~0", "NA" or a missing value
    leaves them out, "~(1 | g)" takes those of g, as in R. With `allow_new_levels` levels that the
    fit does not know have deviations of 0, as in lme4, or are drawn from the fitted covariance, as
    in brms with `sample_new_levels = "gaussian"`; known ones keep theirs. `probs` are both ends of
    intervals, of brms's new responses or of lme4's numbers. Raises `DataError` for levels that the
    fit does not know. Transformed responses stay so, as in R.

    >>> predict(m).head(2).round(0).tolist()
    [43.0, 45.0]
    """
    fitted, width = fitted_of(object), width_between(probs)
    require_truth("allow_new_levels", allow_new_levels)
    formulas = [p.formula for p in fitted.fit.spec.predictors.values()]
    groups = kept_groups(_form(re_form), formulas, new=allow_new_levels)
    if fitted.layout == "brms" and fitted.fit.spec.family.categories:
        return layout_brms.probabilities(fitted.fit.predictions(newdata, groups=groups).frame)
    if fitted.layout == "brms":
        options: dict[str, Any] = {"groups": groups, "seed": 1, "ci_prob": width, **_AS_MODELED}
        made = fitted.fit.predictions(newdata, kind="response", **options)
        return layout_brms.interval_columns(made.frame, width)
    kinds: dict[str, Literal["mean", "linear"]] = {"link": "linear", "response": "mean"}
    require_choice("type", type, kinds)
    if allow_new_levels and newdata is not None:
        if probs is not None:
            raise DataError(
                "Intervals of lme4's predictions do not take in levels that the fit does not know.",
                where="probs",
                hint='m.fit.predictions(newdata, groups="mixed") has them.',
            )
        estimates = predicted_with_unknown_levels(fitted.fit, newdata, kinds[type], groups)
        return estimates.rename("predict")
    own: dict[str, Any] = {"groups": groups, "ci_prob": width, **_AS_MODELED}
    made = fitted.fit.predictions(newdata, kind=kinds[type], out=None, **own)
    if probs is not None:
        return layout_brms.interval_columns(made.frame, width)
    return made.frame["estimate"].rename("predict")


def _form(given: object) -> str | None:
    """Return R's `re.form` as text: a missing value is its NA."""
    if given is None:
        return None
    if given is pd.NA or (isinstance(given, float) and np.isnan(given)):
        return "NA"
    return require_text("re_form", given, 'For example "~0", "NA" or "~(1 | g)".')


@public
def fitted(object: Fitted, probs: Probs = None) -> "pd.Series[float] | pd.DataFrame":
    """Return the fitted means of the data's rows, with the deviations of their groups.

    `probs` are both ends of intervals, as brms has them. Raises `DataError`.

    >>> fitted(m).head(2).round(0).tolist()
    [43.0, 45.0]
    """
    own, width = fitted_of(object), width_between(probs)
    options: dict[str, Any] = {"groups": "existing", "ci_prob": width, **_AS_MODELED}
    made = own.fit.predictions(out=None, **options)
    if own.fit.spec.family.categories and probs is None:
        return layout_brms.probabilities(made.frame)
    if own.layout == "brms" or probs is not None:
        return layout_brms.interval_columns(made.frame, width)
    return made.frame["estimate"].rename("fitted")
