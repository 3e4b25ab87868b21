"""lme4's printed layout, filled with a posterior: print, summary, VarCorr, ranef."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mixwell.fit import Fit
from mixwell.posterior.draws import draws_of, interval_settings
from mixwell.posterior.parameter_tables import further_parameters
from mixwell.r.dialect.coefficient_names import fixed_names
from mixwell.r.dialect.family_facts import facts_of
from mixwell.r.printed.variance_components import Effects, effects_by_factor
from mixwell.text.alignment import aligned
from mixwell.text.r_numbers import (
    R_GAP,
    abbreviate,
    coefficient_decimals,
    format_numbers,
    frame_lines,
    named_vector,
)
from mixwell.text.wrapping import paragraphs


def print_text(fit: Fit) -> str:
    """Return the text of R's `print(m)`."""
    fixed = fit.fixef()
    names = [fixed_names(fit.spec)[name] for name in fixed.index]
    lines = [*_title(fit), *_random(fit, ("Std.Dev.",)), *_further(fit), "Fixed Effects:"]
    lines += named_vector(names, format_numbers(fixed["estimate"], 4))
    return "\n".join(lines)


def summary_text(fit: Fit) -> str:
    """Return the text of R's `summary(m)`; sds of the posterior stand where errors do."""
    lines = [*_title(fit), "", *_random(fit, ("Variance", "Std.Dev.")), *_further(fit)]
    lines += ["", "Fixed effects:", *_fixed(fit)]
    lines += _correlations(fit)
    settings = interval_settings()
    variance = " A variance is the posterior mean of squares, not the square of the sd's."
    said = f"Estimates: {settings.sentence}; Post. SD: the posterior's standard deviation."
    said += variance if fit.spec.layout.factors else ""
    return "\n".join([*lines, "", *paragraphs((said, *fit.spec.notes, fit.diagnose().verdict))])


def _title(fit: Fit) -> list[str]:
    spec = fit.spec
    facts = facts_of(spec.family.name)
    linear = facts.residual_sd and spec.link == "identity"
    kind = "Linear" if linear else "Generalized linear"
    mixed = " mixed" if spec.layout.factors else ""
    made = fit.made.label
    lines = [f"{kind}{mixed} model, posterior{f' ({made})' if made else ''}"]
    if not facts.linear or spec.link != "identity":
        lines.append(f" Family: {spec.family.name}  ( {spec.link} )")
    lines.append(f"Formula: {spec.formulas[0]}")
    lines += [f"         {text}" for text in spec.formulas[1:]]
    return lines


def _counts(fit: Fit) -> str:
    factors = fit.spec.layout.factor_levels.items()
    ordered = sorted(factors, key=lambda item: -len(item[1]))
    groups = "; ".join(f"{name}, {len(levels)}" for name, levels in ordered)
    return f"Number of obs: {fit.spec.design.n}, groups:  {groups}"


def _random(fit: Fit, columns: Sequence[str]) -> list[str]:
    """Return the random effects and the counts; of a model without them the residual's sd."""
    if fit.spec.layout.factors:
        return ["Random effects:", *variance_table(fit, columns, 4), _counts(fit)]
    lines = [f"Number of obs: {fit.spec.design.n}"]
    for found in effects_by_factor(fit):
        lines.append(f"Residual standard deviation: {format_numbers(found.sds, 4)[0]}")
    return lines


def _further(fit: Fit) -> list[str]:
    """Return the family's own parameters but sigma, such as alpha of a negative binomial."""
    frame = further_parameters(fit.posterior)
    return [
        f"{name}: {format_numbers(value, 4)[0]}"
        for name, value in frame["estimate"].items()
        if name != "sigma"
    ]


def variance_table(fit: Fit, columns: Sequence[str], digits: int) -> list[str]:
    """Return lme4's table of variances and standard deviations with correlations beside them."""
    found = list(effects_by_factor(fit))
    cells = {
        "Variance": format_numbers([v for effects in found for v in effects.variances], digits),
        "Std.Dev.": format_numbers([v for effects in found for v in effects.sds], digits),
    }
    most = max((len(effects.names) for effects in found if effects.pairs()), default=1) - 1
    heads = (["Corr"] if most else []) + [""] * (most - 1)
    rows = [["", "Groups", "Name", *columns, *heads]]
    for effects in found:
        for j, name in enumerate(effects.names):
            own = [cells[column][len(rows) - 1] for column in columns]
            shown = _correlations_before(effects, j, max(2, digits - 2))
            group = effects.factor if j == 0 else ""
            rows.append(["", group, name, *own, *shown, *[""] * (most - len(shown))])
    return aligned(rows, gap=R_GAP)


def _correlations_before(effects: Effects, j: int, places: int) -> list[str]:
    known = [
        f"{effects.correlation(i, j):.{places}f}" if effects.correlated[i, j] else ""
        for i in range(j)
    ]
    return [text.rjust(places + 3) if text else text for text in known] if any(known) else []


def _fixed(fit: Fit) -> list[str]:
    """Return the table of fixed effects, with the decimals of R's `printCoefmat`."""
    frame, percent = fit.fixef(), interval_settings().percent
    if not len(frame):
        return ["(none)"]
    numbers = frame[["estimate", "sd", "lower", "upper"]].to_numpy()
    written = coefficient_decimals(numbers[:, :2])
    header = ["", "Estimate", "Post. SD", f"l-{percent} CI", f"u-{percent} CI"]
    names = fixed_names(fit.spec)
    rows = [
        [names[str(name)], *(f"{value:.{written}f}" for value in values)]
        for name, values in zip(frame.index, numbers, strict=True)
    ]
    return aligned([header, *rows], [False, True, True, True, True], R_GAP)


def _correlations(fit: Fit) -> list[str]:
    names = list(fit.spec.design.mean.fixed.r_names)
    if not 1 < len(names) <= 20:
        return []
    draws = draws_of(fit.posterior["b"]).reshape(-1, len(names))
    matrix = np.atleast_2d(np.corrcoef(draws, rowvar=False))
    short = [abbreviate(name) for name in names[:-1]]
    rows = [["", *short]]
    for i, name in enumerate(names[1:], start=1):
        cells = [f"{matrix[i, j]:.3f}".rjust(6) for j in range(i)]
        rows.append([name, *cells, *[""] * (len(short) - i)])
    return ["", "Correlation of Fixed Effects:", *aligned(rows, gap=R_GAP)]


def by_factor_text(frames: Mapping[str, pd.DataFrame], closing: str = "") -> str:
    """Return the text of lme4's `ranef(m)` and `coef(m)`: one frame a factor."""
    parts = []
    for factor, frame in frames.items():
        header = [str(name) for name in frame.columns]
        columns = [format_numbers(frame[name], 4) for name in header]
        rows = [list(row) for row in zip(*columns, strict=True)]
        parts += [f"${factor}", frame_lines(list(map(str, frame.index)), header, rows), ""]
    return "\n".join([*parts, closing] if closing else parts[:-1])
