"""Residuals of the model's rows in every draw, with the deviations of their groups."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special

from mixwell.design.response.response import Response
from mixwell.design.seen.rows_elsewhere import require_rows
from mixwell.errors import DataError, require_choice, require_seed
from mixwell.families import Family
from mixwell.interpret.estimates.estimates import Estimates, estimates_of
from mixwell.interpret.estimates.row_draws import RowDraws
from mixwell.interpret.expected.expected_response import expected_response
from mixwell.interpret.expected.predictor_draws import MeanPredictor
from mixwell.interpret.grids.axes import all_columns
from mixwell.interpret.means.categories import each_category_of
from mixwell.interpret.means.statistics_of import scale_name
from mixwell.interpret.turns import around_mean
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.draws import interval_settings
from mixwell.posterior.likelihood import distribution_ends, row_arguments
from mixwell.posterior.posterior import Posterior
from mixwell.posterior.row_predictors import RowPredictors, rows_of_model
from mixwell.progress import require_progressbar
from mixwell.specify.spec import Spec

__all__ = ["ResidualKind", "residuals"]

ResidualKind = Literal["response", "pearson", "quantile"]
WORDS = {
    "response": "Residuals",
    "pearson": "Pearson residuals",
    "quantile": "Randomized quantile residuals",
}
_SAID = {
    "response": "Observed less expected, with the deviations of each row's groups.",
    "pearson": "Observed less expected, divided by the response's standard deviation, with the "
    "deviations of each row's groups.",
    "quantile": "Each row's probability of a lower response as a quantile of the standard normal "
    "distribution, which they follow where the model is right; where a response has a probability "
    "of its own, a place within it is drawn.",
}
_MISSED = {
    "censored": "what they would have been is not known",
    "truncated": "their standard deviation is not that of the family",
}
#: Standard normal quantiles of what rounding makes 0 or 1 are no numbers.
_LOWEST, _HIGHEST = 1e-300, 1 - 2.0**-53


def residuals(
    posterior: Posterior,
    kind: ResidualKind = "response",
    *,
    seed: int | None = None,
    ci_prob: float | None = None,
    progressbar: bool | None = None,
) -> Estimates:
    """Return the residuals of the rows that the model used, labeled as in its data.

    `kind` is "response", observed less expected (proportions for binomial); "pearson", these
    divided by the response's standard deviation given the parameters, precision weights and known
    errors included (other weights multiply as in R's `glm`); or "quantile", standard normal where
    the model is right: the distribution function at the response as a normal quantile, at a place
    drawn with `seed` where the response has a probability of its own (Dunn and Smyth 1996), the
    same place in all draws. Censored rows lie at a place beyond their limit; means of truncated
    ones are those between the bounds. Raises `DataError` for other kinds than "quantile" where
    responses have no mean or are censored, and for "pearson" where they are truncated.
    """
    require_choice("kind", kind, WORDS)
    require_seed(seed)
    interval_settings(ci_prob)
    require_progressbar(progressbar)
    spec = posterior.spec
    _refuse_without_mean(spec, kind)
    require_rows(spec.design.elsewhere, "Residuals go")
    places = np.random.default_rng(seed).uniform(size=spec.design.n)
    name, data = spec.design.response_name, spec.design.data
    columns = dict.fromkeys(all_columns(spec.design.mean))
    scales = {"pearson": "in standard deviations", "quantile": "standard normal scale"}
    source = MeanPredictor(posterior)
    own = scale_name(source, "response", rows=True)
    own = own if spec.response.trials is None else "proportions"

    def table(source: MeanPredictor) -> Estimates:
        asked = _Residuals(spec, rows_of_model(posterior), places, source)
        return estimates_of(
            RowDraws.made(spec.design.n, posterior.shape, getattr(asked, kind)),
            posterior.shape,
            data[[column for column in columns if column in data.columns]],
            ci_prob=ci_prob,
            progressbar=progressbar,
            scale="response",
            title=f"{WORDS[kind]} of {name} ({scales.get(kind, own)})",
            notes=(_SAID[kind],),
            estimand="residual",
            response=name,
        )

    return table(source) if spec.response.columns is None else each_category_of(source, table)


def _refuse_without_mean(spec: Spec, kind: ResidualKind) -> None:
    """Refuse kinds that need a response as it is, its mean, or its standard deviation."""
    counted = spec.response.columns is not None and not spec.family.parts
    if counted and kind != "response":
        raise DataError(
            f"Responses of the family {spec.family.name} are several numbers, of which there is no "
            f"{kind} residual.",
            where="kind",
            hint='kind="response" has one for each.',
        )
    if kind == "quantile" or counted or spec.family.parts:
        return
    if spec.family.mean is None:
        raise DataError(
            f"Responses of the family {spec.family.name} have no mean.",
            where="kind",
            hint='kind="quantile" needs none.',
        )
    if kind == "pearson" and spec.family.variance_function is None:
        raise DataError(
            f"Responses of the family {spec.family.name} have no standard deviation.",
            where="kind",
            hint='kind="response" needs none.',
        )
    wrong = "censored" if spec.response.censoring is not None else ""
    wrong = "truncated" if spec.response.truncated and kind == "pearson" else wrong
    if wrong:
        raise DataError(
            f"Responses are {wrong}: {_MISSED[wrong]}.",
            where="kind",
            hint='kind="quantile" takes the limits into account.',
        )


@dataclass(frozen=True, eq=False)
class _Residuals:
    """Residuals `(row, sample)` of some rows; `places` lie within the responses' chances."""

    spec: Spec
    rows: RowPredictors
    places: FloatArray
    source: MeanPredictor

    def response(self, part: slice) -> FloatArray:
        def of_rows(name: str) -> FloatArray:
            return self.rows.further([name], part)[name]

        source, response = self.source, self.spec.response.rows(part)
        expected = expected_response(source, of_rows, response).of(
            self.rows.linear(source.parameter, part)
        )
        trials = 1.0 if response.trials is None else response.trials
        observed = response.values
        if response.columns is not None:
            observed = response.columns.T[source.category]
        return around_mean((observed / trials)[:, None] - expected, source.period)

    def pearson(self, part: slice) -> FloatArray:
        family, response, eta, further = self._of_response(part)
        found, observed = row_arguments(family, response, eta, further), response.values
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            mean, variance = found.value(family.mean), found.value(family.variance_function)
            away = observed - (mean if response.trials is None else mean * response.trials)
            if response.weights is not None and family.scale is None:
                away = away * np.sqrt(response.weights)
            left = away / np.sqrt(variance)
        # a response that is certain to all digits is as expected
        return np.ascontiguousarray(np.where(away == 0, 0.0, left).T)

    def quantile(self, part: slice) -> FloatArray:
        low, high = distribution_ends(*self._of_response(part))
        chance = np.clip(low + self.places[part] * (high - low), _LOWEST, _HIGHEST)
        return np.ascontiguousarray(special.ndtri(chance).T)

    def _of_response(
        self, part: slice
    ) -> tuple[Family, Response, FloatArray, dict[str, FloatArray]]:
        """Return family, response, linear predictor and parameters, of several those of one."""
        eta, further = self.rows.by_draw(part)
        family, response = self.spec.family, self.spec.response.rows(part)
        if not family.parts:
            return family, response, eta, further
        number = family.parameter(self.source.parameter).part
        names = family.part_names(number)
        own = {"eta": eta, **further}
        given = {n: own[here] for n, here in names.items() if n not in ("y", "eta")}
        return family.parts[number], response.part(number), own[names["eta"]], given
