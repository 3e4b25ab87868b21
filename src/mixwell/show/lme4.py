"""lme4's printed layout, of plain values: titles, variances, fixed effects, correlations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mixwell.numeric.arrays import FloatArray
from mixwell.text.alignment import aligned
from mixwell.text.r_numbers import (
    R_GAP,
    abbreviate,
    coefficient_decimals,
    format_numbers,
    p_texts,
    star_lines,
    stars,
)

#: The digits of R's summaries.
DIGITS = 4
#: More coefficients than this have their correlations left out.
_CORRELATED = 20


@dataclass(frozen=True, slots=True, eq=False)
class VarianceRows:
    """What is printed of one grouping factor; the residual has one effect without a name.

    `variances` and `sds` are (effect,), `correlations` and `correlated`, which says which pairs
    have one, (effect, effect).
    """

    factor: str
    effects: tuple[str, ...]
    variances: FloatArray
    sds: FloatArray
    correlations: FloatArray
    correlated: NDArray[np.bool_]


def residual_rows(variance: float, sd: float) -> VarianceRows:
    """Return the row of the residual's variance."""
    none = np.zeros((1, 1), dtype=bool)
    return VarianceRows("Residual", ("",), np.array([variance]), np.array([sd]), np.eye(1), none)


def title_lines(
    title: str,
    formulas: Sequence[str],
    *,
    linear: bool,
    mixed: bool = True,
    family: tuple[str, str] | None = None,
) -> list[str]:
    """Return the kind of model and what follows it, family and link where given, the formulas."""
    kind = "Linear" if linear else "Generalized linear"
    lines = [f"{kind}{' mixed' if mixed else ''} model{title}"]
    if family is not None:
        lines.append(f" Family: {family[0]}  ( {family[1]} )")
    first, *further = formulas
    return [*lines, f"Formula: {first}", *(f"         {text}" for text in further)]


def criterion_lines(log_likelihood: float, parameters: int, n: int) -> list[str]:
    """Return the information criteria of a maximum likelihood fit."""
    deviance = -2 * log_likelihood
    aic, bic = deviance + 2 * parameters, deviance + parameters * np.log(n)
    shown = [f"{value:.1f}" for value in (aic, bic, log_likelihood, deviance)]
    heads = ["AIC", "BIC", "logLik", "deviance", "df.resid"]
    return aligned([heads, [*shown, str(n - parameters)]], True, R_GAP)


def counts_line(n: int, levels: Mapping[str, int]) -> str:
    """Return the number of rows and of each factor's levels, the most first."""
    ordered = sorted(levels.items(), key=lambda item: -item[1])
    groups = "; ".join(f"{name}, {count}" for name, count in ordered)
    return f"Number of obs: {n}, groups:  {groups}"


def variance_lines(
    found: Sequence[VarianceRows],
    columns: Sequence[str] = ("Variance", "Std.Dev."),
    digits: int = DIGITS,
) -> list[str]:
    """Return the table of variances, standard deviations, and correlations to their right."""
    cells = {
        "Variance": format_numbers([v for f in found for v in f.variances], digits),
        "Std.Dev.": format_numbers([v for f in found for v in f.sds], digits),
    }
    pairs = [pair for factor in found for pair in _correlation_cells(factor, max(2, digits - 2))]
    most = max(map(len, pairs), default=0)
    rows = [["", "Groups", "Name", *columns, *(["Corr"] + [""] * most)[:most]]]
    for factor in found:
        for j, name in enumerate(factor.effects):
            i = len(rows) - 1
            numbers = [cells[column][i] for column in columns]
            group = factor.factor if j == 0 else ""
            rows.append(["", group, name, *numbers, *pairs[i], *[""] * (most - len(pairs[i]))])
    return aligned(rows, gap=R_GAP)


def _correlation_cells(factor: VarianceRows, places: int) -> list[list[str]]:
    """Return each effect's correlations with those before it, all of one width as in R."""
    rows = [
        [f"{factor.correlations[i, j]:.{places}f}" for i in range(j) if factor.correlated[i, j]]
        for j in range(len(factor.effects))
    ]
    width = max((len(cell) for row in rows for cell in row), default=0)
    return [[cell.rjust(width) for cell in row] for row in rows]


def coefficient_lines(
    names: Sequence[str],
    numbers: FloatArray,
    headings: Sequence[str],
    ratios: FloatArray | None = None,
) -> list[str]:
    """Return the table of fixed effects with the decimals of R's `printCoefmat`.

    `numbers` has estimates and errors in its first two columns; `ratios`, where there are any, are
    the last column.
    """
    decimals = coefficient_decimals(numbers[:, :2])
    rows = [
        [name, *(f"{v:.{decimals}f}" for v in row)]
        for name, row in zip(names, numbers, strict=True)
    ]
    if ratios is not None:
        shown = format_numbers(np.round(ratios, 3), DIGITS)
        rows = [[*row, cell] for row, cell in zip(rows, shown, strict=True)]
    return aligned([["", *headings], *rows], [False, *[True] * len(headings)], R_GAP)


def tested_lines(names: Sequence[str], numbers: FloatArray) -> list[str]:
    """Return the table of fixed effects with their tests, in lmerTest's layout.

    The columns of `numbers` are estimates, errors, degrees of freedom, t values and p values.
    """
    decimals = coefficient_decimals(numbers[:, :2])
    p = numbers[:, 4]
    columns = [
        *([f"{v:.{decimals}f}" for v in numbers[:, j]] for j in (0, 1)),
        [f"{v:.3f}" if np.isfinite(v) else "Inf" for v in numbers[:, 2]],
        format_numbers(np.round(numbers[:, 3], 3), DIGITS),
        p_texts(p, DIGITS - 1),
        stars(p),
    ]
    heads = ["", "Estimate", "Std. Error", "df", "t value", "Pr(>|t|)", ""]
    rows = [list(row) for row in zip(names, *columns, strict=True)]
    table = aligned([heads, *rows], [False, *[True] * 5, False], R_GAP)
    return [*table, *star_lines(p)]


def correlation_lines(names: Sequence[str], matrix: FloatArray) -> list[str]:
    """Return the fixed effects' correlations below their heading; nothing for one or for many."""
    if not 1 < len(names) <= _CORRELATED:
        return []
    rows = [["", *(abbreviate(name) for name in names[:-1])]]
    for i, name in enumerate(names[1:], start=1):
        cells = [f"{matrix[i, j]:6.3f}" for j in range(i)]
        rows.append([abbreviate(name, 11), *cells, *[""] * (len(names) - 1 - i)])
    return ["", "Correlation of Fixed Effects:", *aligned(rows, gap=R_GAP)]
