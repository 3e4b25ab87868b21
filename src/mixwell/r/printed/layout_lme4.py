"""lme4's printed layout, filled with a posterior: print, summary, VarCorr, ranef."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mixwell.fit import Fit
from mixwell.posterior.draws import IntervalSettings, interval_settings
from mixwell.posterior.parameter_tables import further_parameters
from mixwell.r.dialect.coefficient_names import fixed_names
from mixwell.r.printed.variance_components import effects_by_factor
from mixwell.show import lme4
from mixwell.text.r_numbers import format_numbers, frame_lines, named_vector
from mixwell.text.wrapping import paragraphs


def print_text(fit: Fit) -> str:
    """Return the text of R's `print(m)`."""
    fixed = fit.fixef()
    names = [fixed_names(fit.spec)[name] for name in fixed.index]
    lines = [*_title(fit), *_random(fit, ("Std.Dev.",)), *_further(fit), "Fixed Effects:"]
    lines += named_vector(names, format_numbers(fixed["estimate"], 4))
    return "\n".join(lines)


def summary_text(fit: Fit, ci_prob: float | None = None) -> str:
    """Return the text of R's `summary(m)`; sds of the posterior stand where errors do."""
    settings = interval_settings(ci_prob)
    lines = [*_title(fit), "", *_random(fit, ("Variance", "Std.Dev.")), *_further(fit)]
    lines += ["", "Fixed effects:", *_fixed(fit, settings)]
    lines += _correlations(fit)
    variance = " A variance is the posterior mean of squares, not the square of the sd's."
    said = f"Estimates: {settings.sentence}; Post. SD: the posterior's standard deviation."
    said += variance if fit.spec.layout.factors else ""
    return "\n".join([*lines, "", *paragraphs((said, *fit.spec.notes, fit.diagnose().verdict))])


def _title(fit: Fit) -> list[str]:
    spec, made = fit.spec, fit.made.label
    return lme4.title_lines(
        f", posterior{f' ({made})' if made else ''}",
        spec.formulas,
        linear=spec.family.linear,
        mixed=bool(spec.layout.factors),
        family=None if spec.family.closed_form else (spec.family.name, spec.link),
    )


def _random(fit: Fit, columns: Sequence[str]) -> list[str]:
    """Return the random effects and the counts; of a model without them the residual's sd."""
    if fit.spec.layout.factors:
        levels = {name: len(found) for name, found in fit.spec.layout.factor_levels.items()}
        counts = lme4.counts_line(fit.spec.design.observations, levels)
        return ["Random effects:", *variance_table(fit, columns), counts]
    lines = [f"Number of obs: {fit.spec.design.observations}"]
    for found in effects_by_factor(fit):
        lines.append(f"Residual standard deviation: {format_numbers(found.sds, 4)[0]}")
    return lines


def _further(fit: Fit) -> list[str]:
    """Return the family's own parameters but the residual sd, such as a gamma's shape."""
    frame = further_parameters(fit.drawn)
    return [
        f"{name}: {format_numbers(value, 4)[0]}"
        for name, value in frame["estimate"].items()
        if name != fit.spec.residual
    ]


def variance_table(fit: Fit, columns: Sequence[str], digits: int = lme4.DIGITS) -> list[str]:
    """Return lme4's table of variances and standard deviations with their correlations."""
    return lme4.variance_lines([found.rows for found in effects_by_factor(fit)], columns, digits)


def _fixed(fit: Fit, settings: IntervalSettings) -> list[str]:
    """Return the table of fixed effects, with the decimals of R's `printCoefmat`."""
    frame, percent = fit.fixef(ci_prob=settings.prob), settings.percent
    if not len(frame):
        return ["(none)"]
    headings = ("Estimate", "Post. SD", f"l-{percent} CI", f"u-{percent} CI")
    names = [fixed_names(fit.spec)[str(name)] for name in frame.index]
    numbers = frame[["estimate", "sd", "lower", "upper"]].to_numpy()
    return lme4.coefficient_lines(names, numbers, headings)


def _correlations(fit: Fit) -> list[str]:
    names = fit.spec.design.mean.fixed.r_names
    if len(names) < 2:
        return []
    return lme4.correlation_lines(names, np.atleast_2d(np.corrcoef(fit.drawn.coefficients())))


def by_factor_text(frames: Mapping[str, pd.DataFrame], closing: str = "") -> str:
    """Return the text of lme4's `ranef(m)` and `coef(m)`: one frame a factor."""
    parts = []
    for factor, frame in frames.items():
        header = [str(name) for name in frame.columns]
        columns = [format_numbers(frame[name], 4) for name in header]
        rows = [list(row) for row in zip(*columns, strict=True)]
        parts += [f"${factor}", frame_lines(list(map(str, frame.index)), header, rows), ""]
    return "\n".join([*parts, closing] if closing else parts[:-1])
