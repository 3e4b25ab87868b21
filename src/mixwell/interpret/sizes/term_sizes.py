"""Whole terms in every draw: how large what a term contributes is, and Wald's test of it."""

from dataclasses import replace

import numpy as np
import pandas as pd

from mixwell.design.whole_terms.hypotheses import (
    lost_notes,
    read_type,
    said_of_terms,
    term_hypotheses,
)
from mixwell.design.whole_terms.references import At
from mixwell.errors import DataError, did_you_mean, require_known, shown
from mixwell.interpret.estimates.estimates import Estimates, estimates_of
from mixwell.interpret.estimates.practical_equivalence import Rope
from mixwell.interpret.expected.named_parts import named_part
from mixwell.interpret.expected.predictor_draws import MeanPredictor
from mixwell.interpret.origins.origins import Listed
from mixwell.interpret.sizes.explained_variance import term_parts
from mixwell.interpret.sizes.term_cells import TermContrasts
from mixwell.numeric.arrays import FloatArray
from mixwell.numeric.small_samples.f_tests import WaldTests
from mixwell.posterior.posterior import Posterior
from mixwell.specify.spec import Spec
from mixwell.text.phrases import and_more

__all__ = ["joint_tests"]

_SIZE = (
    "estimate: size, the sd over the data's rows of what the term contributes; no size is below "
    "0, and without an effect it is as large as the noise: rope= says what counts as none."
)
_WALD = "wald_F, wald_p: Wald's test of all its df contrasts, with degrees of freedom without end."
_SHARE = (
    "part_r2: of all variance on the scale of the linear predictor, what the term alone adds "
    "(part_r2())."
)


def joint_tests(
    posterior: Posterior,
    type: int | str = 3,
    *,
    at: At = None,
    parameter: str = "mean",
    rope: Rope | None = None,
    ci_prob: float | None = None,
) -> Estimates:
    """Return every term of a linear predictor as a whole: its size in every draw, a row each.

    A term's *size* is the standard deviation, over the data's rows, of what it contributes to the
    linear predictor, in the units of that: of levels their effects around the mean of all levels
    (`type` 3: those of other factors count the same; 2: after all terms that do not contain it),
    of covariates the slope from their mean or from where `at` has them. `df` counts the term's
    contrasts, `part_r2` is its part of the variance, and `wald_F` with `wald_p` is the quadratic
    form of the contrasts' mean in their covariance. Nothing depends on the coding of columns.
    Raises `DataError`.

    Source: Gelman 2005 (analysis of variance by the sizes of batches of effects).
    """
    kind, spec = read_type(type), posterior.spec
    parameter, said_of_others = _predictor(posterior, parameter)
    fixed = spec.predictors[parameter].fixed
    b = fixed.to_near(posterior.coefficients(parameter).T).T
    wald = WaldTests.of_draws(b)
    apart = wald.covariance if wald.rank >= len(b) else None
    hypotheses = term_hypotheses(spec.design, kind, at, apart, parameter=parameter)
    sizes = np.stack([_size(each.weights @ b, each.moments) for each in hypotheses])
    tests = [wald.test(each.weights) for each in hypotheses]
    untested = [each.name for each in hypotheses if len(each.weights) > wald.rank]
    shares, said = _shares(posterior, parameter)
    notes = (*said_of_others, *said_of_terms(spec.design, parameter, kind, at))
    source = MeanPredictor(posterior).of(parameter)
    cells = [TermContrasts(source, each, at).number for each in hypotheses]
    made = estimates_of(
        sizes,
        posterior.shape,
        pd.DataFrame({"term": pd.Series([each.name for each in hypotheses], dtype="str")}),
        rope=rope,
        ci_prob=ci_prob,
        scale="link",
        title=f"Whole terms of {_what(posterior, parameter)}, type {'I' * kind} "
        f"({_scale(posterior, parameter)})",
        notes=(*notes, *lost_notes(hypotheses), _SIZE, said, _WALD, *_said_of_few(untested, b)),
        estimand="size",
        origin=Listed(tuple(cells)),
        response=spec.design.response_name,
    )
    frame = made.frame.drop(columns="p_direction")
    if shares:
        frame["part_r2"] = [shares.get(each.name, np.nan) for each in hypotheses]
    frame.insert(1, "df", [test.df for test in tests])
    frame["wald_F"], frame["wald_p"] = [test.f for test in tests], [test.p for test in tests]
    return replace(made, frame=frame)


def _said_of_few(untested: list[str], b: FloatArray) -> list[str]:
    """Say of which terms there are too few draws (coefficient, sample) for Wald's test."""
    if not untested:
        return []
    count = b.shape[1]
    draws = "1 draw has" if count == 1 else f"{count} draws have"
    return [f"{and_more(untested, 4)}: no Wald test, since {draws} no covariance of df contrasts."]


def _predictor(posterior: Posterior, name: object) -> tuple[str, tuple[str, ...]]:
    """Return whose linear predictor a name stands for, and what is said of others like it.

    Raises `DataError` for what has none.
    """
    spec = posterior.spec
    if not isinstance(name, str):
        choices = did_you_mean(name, spec.predictors)
        raise DataError(f"No parameter is named {shown(name)}.", where="parameter", hint=choices)
    key = name
    if name not in spec.predictors:
        key = named_part(MeanPredictor(posterior), name, linear=True).parameter
    require_known(key, spec.predictors, f"There is no predictor of {name!r}.", where="parameter")
    others = [_own_name(spec, other) for other in spec.locations if other != key]
    if key not in spec.locations or not others:
        return key, ()
    said = f"These are the terms of {_own_name(spec, key)} alone; parameter= has those of "
    return key, (f"{said}{and_more(others, 4)}.",)


def _own_name(spec: Spec, key: str) -> str:
    """Return the name of a predictor, that of the mean too: "muveg", a response."""
    return spec.family.location.name if key == "mean" else key


def _size(contrasts: FloatArray, moments: FloatArray) -> FloatArray:
    """Return the size of contrasts, (contrast, sample), in every draw; of none it is unknown."""
    if not len(contrasts):
        return np.full(contrasts.shape[1], np.nan)
    squares = np.einsum("is,ij,js->s", contrasts, moments, contrasts, optimize=True)
    return np.asarray(np.sqrt(np.maximum(squares, 0.0)))


def _shares(posterior: Posterior, parameter: str) -> tuple[dict[str, float], str]:
    """Return the share of variance of every term, and what is said of it or why there is none."""
    if parameter not in posterior.spec.locations:
        return {}, f"There are no shares of variance of {parameter}, which is no mean."
    try:
        parts = dict(term_parts(posterior, parameter))
    except DataError as none:
        return {}, f"There are no shares: {str(none).splitlines()[0]}"
    return {term: float(part.mean()) for term, part in parts.items()}, _SHARE


def _what(posterior: Posterior, parameter: str) -> str:
    """Return what the terms are of: the response, one of several, or a parameter of it."""
    spec, response = posterior.spec, posterior.spec.design.response_name
    if parameter in spec.locations and len(spec.locations) == 1:
        return response
    found = spec.family.parameter(parameter)
    label = found.label or found.name
    return label if spec.family.parts else f"{label} of {response}"


def _scale(posterior: Posterior, parameter: str) -> str:
    """Return what the numbers are on."""
    spec, family = posterior.spec, posterior.spec.family
    if parameter in spec.locations:
        response = spec.modeled_responses[family.parameter(parameter).part if family.parts else 0]
        own = f"scale of {response.name}" if response.transformed else "response scale"
        return f"{family.linear_scale} scale" if family.linear_scale else own
    return f"{family.shown_link(parameter).name} scale"
