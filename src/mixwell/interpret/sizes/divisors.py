"""Standard deviations that differences on the scale of a linear predictor are divided by."""

from collections.abc import Callable, Mapping

import numpy as np

from mixwell.errors import DataError, is_finite, is_truth, require_choice, require_known
from mixwell.interpret.estimates.standardized import Divisor
from mixwell.interpret.sizes.components import (
    between_of_rows,
    error_of_rows,
    groups_of,
    residual_of_rows,
    spread_of_rows,
)
from mixwell.numeric.arrays import BoolArray, FloatArray
from mixwell.posterior.posterior import Posterior
from mixwell.specify.scales import carried_values, part_of
from mixwell.text.level_labels import label_of
from mixwell.text.names import quoted
from mixwell.text.phrases import and_so_on

__all__ = ["divisor_of"]


def divisor_of(posterior: Posterior, parameter: str, by: object) -> Divisor:
    """Return the standard deviation that `by` names, in every draw.

    "sigma" is the residual one, of outcomes and ratings that of the error behind them; "total" is
    that of residuals and groups together; "response" that of the observed responses, one number; a
    dict such as {"arm": "control"} the one that the model has for responses in the rows with these
    values: of residuals, groups and what fixed effects differ there; a number is itself. Raises
    `DataError` for a family whose linear predictor has no residual, and for rows that are not in
    the data.
    Sources: Cohen 1988; Westfall, Kenny and Judd 2014 ("total"); Glass 1976 (a baseline).
    """
    if isinstance(by, Mapping):
        return _at_baseline(posterior, parameter, by)
    if is_finite(by) and not is_truth(by):
        return _given(posterior, float(by))
    if isinstance(by, str) and by == "baseline":
        hint = _baseline_example(posterior)
        raise DataError('standardized="baseline" names no rows.', where="standardized", hint=hint)
    require_choice("standardized", by, tuple(_NAMED))
    return _NAMED[str(by)](posterior, parameter)


def _given(posterior: Posterior, sd: float) -> Divisor:
    if sd <= 0:
        raise DataError(f"A standard deviation is above 0; {sd:g} is not.", where="standardized")
    return Divisor(np.full(posterior.samples, sd), f"a standard deviation of {sd:g}", drawn=False)


def _sigma(posterior: Posterior, parameter: str) -> Divisor:
    variance, words = _residual(posterior, parameter)
    return Divisor(np.sqrt(variance), f"the standard deviation of {words}")


def _total(posterior: Posterior, parameter: str) -> Divisor:
    variance, residual = _residual(posterior, parameter)
    groups = groups_of(posterior.spec, parameter)
    if not groups:
        raise DataError(
            "The model has no groups whose variance could be counted.",
            where='standardized="total"',
            hint='standardized="sigma" divides by the residual standard deviation.',
        )
    every = slice(None)
    for found in groups:
        variance = variance + between_of_rows(posterior, found, every)
    names = " and ".join(dict.fromkeys(found.factor for found in groups))
    return Divisor(np.sqrt(variance), f"the standard deviation of {residual} and {names} together")


def _response(posterior: Posterior, parameter: str) -> Divisor:
    family, response = part_of(posterior.spec.family, posterior.spec.response, parameter)
    if not family.linear:
        raise DataError(
            f'Responses of the family "{family.name}" are not on the scale of the linear '
            "predictor.",
            where='standardized="response"',
            hint='standardized="sigma" divides by the residual standard deviation there.',
        )
    known = response.known
    sd = known.spread if known else float(carried_values(family, response).std(ddof=1))
    if not sd > 0:
        raise DataError("All responses are the same.", where='standardized="response"')
    name = family.carried_name(response.name)
    words = f"the standard deviation of {name} in the data, {sd:.4g}"
    return Divisor(np.full(posterior.samples, sd), words, drawn=False)


_NAMED: dict[str, Callable[[Posterior, str], Divisor]] = {
    "sigma": _sigma,
    "total": _total,
    "response": _response,
}


def _residual(
    posterior: Posterior, parameter: str, rows: BoolArray | slice = slice(None)
) -> tuple[FloatArray, str]:
    """Return the residual variance on the scale of the linear predictor, and what it is."""
    spec = posterior.spec
    family, _ = part_of(spec.family, spec.response, parameter)
    link = family.link
    if family.latent_error is not None:
        own, sd = error_of_rows(posterior, family, rows), family.latent_error**0.5
        scale = f"{link.name}: {sd:.4g}" if np.allclose(own, family.latent_error) else link.name
        return own, f"the error behind the response ({scale})"
    if family.linear or family.mean_is_linear:
        return residual_of_rows(posterior, parameter, rows), "residuals"
    raise DataError(
        f'The family "{family.name}" with link {family.link_name} has no residual standard '
        "deviation on the scale of its linear predictor.",
        where="standardized",
        hint="A number divides by that; fit.part_r2() has what its terms explain.",
    )


def _at_baseline(posterior: Posterior, parameter: str, values: Mapping[object, object]) -> Divisor:
    """Return the standard deviation of responses in the rows with some values, by the model."""
    rows, said = _rows_with(posterior, values)
    spec = posterior.spec
    variance, _ = _residual(posterior, parameter, rows)
    for found in groups_of(spec, parameter):
        variance = variance + between_of_rows(posterior, found, rows)
    x, b = spec.predictors[parameter].fixed.values[rows], posterior.coefficients(parameter)
    variance = variance + spread_of_rows(x, b)
    return Divisor(np.sqrt(variance), f"the standard deviation of responses where {said}")


def _rows_with(posterior: Posterior, values: Mapping[object, object]) -> tuple[BoolArray, str]:
    """Return which rows of the data have some values, and these in words."""
    data, where = posterior.spec.design.data, "standardized"
    kept = np.ones(len(data), dtype=bool)
    if not values:
        hint = _baseline_example(posterior)
        raise DataError("standardized={} names no rows.", where=where, hint=hint)
    for name, value in values.items():
        known = [str(column) for column in data.columns]
        require_known(name, known, f"The data have no column {name!r}.", where=where)
        labels = [label_of(each) for each in data[name].tolist()]
        own = np.array([label == label_of(value) for label in labels])
        if not own.any():
            levels = and_so_on(list(dict.fromkeys(labels)))
            said = f"No row of the data has {name} = {label_of(value)}."
            raise DataError(said, where=where, hint=f"There are {levels}.")
        kept &= own
    said = " and ".join(f"{name} = {label_of(value)}" for name, value in values.items())
    if not kept.any():
        raise DataError(f"No row of the data has {said}.", where=where)
    return kept, said


def _baseline_example(posterior: Posterior) -> str:
    """Return how a baseline is given, with a factor of the data where there is one."""
    design = posterior.spec.design
    for name in [] if design.elsewhere is not None else design.data.columns:
        levels = getattr(design.data[name].dtype, "categories", None)
        if levels is not None and len(levels):
            return (
                f"The rows by their values, as {{{quoted(name)}: {quoted(label_of(levels[0]))}}}."
            )
    return 'The rows by their values, as {"arm": "control"}.'
