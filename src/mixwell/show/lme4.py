"""A point estimate as text in the layout of lme4's summary."""

from collections.abc import Mapping

import numpy as np

from mixwell.numeric.arrays import FloatArray
from mixwell.specify.spec import Spec
from mixwell.text.r_numbers import abbreviate, coefficient_decimals, format_numbers, table

__all__ = ["lmer_text"]

#: The digits of R's summaries, and how many coefficients have their correlations shown.
_DIGITS, _CORRELATED = 4, 20
#: A standard deviation this small beside the residuals' is shown as 0.
_ZERO = 1e-3


def lmer_text(
    spec: Spec,
    *,
    reml: bool,
    log_likelihood: float,
    b: FloatArray,
    covariance: FloatArray,
    sd: Mapping[str, FloatArray],
    corr: Mapping[str, FloatArray],
    sigma: float | None,
    singular: bool,
) -> str:
    """Return title, fit criterion, random effects, fixed effects and their correlations."""
    lines = [*_title(spec, reml, log_likelihood, len(b), sd, sigma), "", "Random effects:"]
    lines += _random(spec, sd, corr, sigma)
    counts = {f.factor: len(f.levels) for f in spec.layout.of("mean")}
    groups = "; ".join(f"{name}, {n}" for name, n in sorted(counts.items(), key=lambda c: -c[1]))
    lines.append(f"Number of obs: {spec.design.n}, groups:  {groups}")
    names = spec.design.mean.fixed.r_names
    ratio = "t value" if _linear(spec) else "z value"
    lines += ["", "Fixed effects:", *_fixed(names, b, covariance, ratio)]
    if 1 < len(names) <= _CORRELATED:
        lines += ["", "Correlation of Fixed Effects:", *_correlations(names, covariance)]
    if singular:
        lines += ["boundary (singular) fit"]
    return "\n".join(lines)


def _linear(spec: Spec) -> bool:
    return spec.family.name == "gaussian" and spec.link == "identity"


def _title(
    spec: Spec,
    reml: bool,
    log_likelihood: float,
    p: int,
    sd: Mapping[str, FloatArray],
    sigma: float | None,
) -> list[str]:
    linear = _linear(spec)
    kind = "Linear" if linear else "Generalized linear"
    by = "REML" if reml else "maximum likelihood"
    lines = [f"{kind} mixed model fit by {by}", f"Formula: {spec.formulas[0]}"]
    if not linear:
        lines.append(f" Family: {spec.family.name}  ( {spec.link} )")
    if reml:
        return [*lines, "", f"REML criterion at convergence: {-2 * log_likelihood:.1f}"]
    pairs = sum(u.size * (u.size - 1) // 2 for u in spec.layout.units if u.correlated)
    k = p + sum(len(values) for values in sd.values()) + pairs + len(spec.auxiliary)
    deviance, n = -2 * log_likelihood, spec.design.n
    figures = [deviance + 2 * k, deviance + k * np.log(n), log_likelihood, deviance, n - k]
    heads = ("AIC", "BIC", "logLik", "deviance", "df.resid")
    shown = [f"{value:.1f}" for value in figures[:-1]] + [str(figures[-1])]
    widths = [max(len(a), len(c)) for a, c in zip(heads, shown, strict=True)]
    rows = (heads, shown)
    lines.append("")
    for row in rows:
        lines.append(" ".join(f"{cell:>{w}}" for cell, w in zip(row, widths, strict=True)))
    return lines


def _random(
    spec: Spec, sd: Mapping[str, FloatArray], corr: Mapping[str, FloatArray], sigma: float | None
) -> list[str]:
    """Return the table of variances; correlations stand in the rows below an effect's own."""
    labels: list[tuple[str, str]] = []
    sizes: list[float] = []
    beside: list[list[str]] = []
    for found in spec.layout.of("mean"):
        names = [name for block in found.blocks for name in block.r_effects]
        block_of = [i for i, block in enumerate(found.blocks) for _ in block.effects]
        for j, name in enumerate(names):
            full = found.blocks[block_of[j]].covariance == "full"
            own = [k for k in range(j) if block_of[k] == block_of[j] and full]
            labels.append((found.factor if j == 0 else "", name))
            sizes.append(float(sd[found.factor][j]))
            beside.append([f"{corr[found.factor][j, k]:.2f}" for k in own])
    if sigma is not None:
        labels.append(("Residual", ""))
        sizes.append(sigma)
        beside.append([])
    # lme4's optimum is 0 where ours comes ever nearer to it
    sizes = [0.0 if size < _ZERO * (sigma or 1.0) else size for size in sizes]
    most = max(map(len, beside), default=0)
    width = max((len(pair) for pairs in beside for pair in pairs), default=0)
    heads = ["", "Groups", "Name", "Variance", "Std.Dev.", *(["Corr"] + [""] * most)[:most]]
    rows = [heads]
    columns = (format_numbers(np.square(sizes), _DIGITS), format_numbers(sizes, _DIGITS))
    for label, variance, size, pairs in zip(labels, *columns, beside, strict=True):
        shown = [pair.rjust(width) for pair in pairs]
        rows.append(["", *label, variance, size, *shown, *[""] * (most - len(shown))])
    return table(rows)


def _fixed(names: tuple[str, ...], b: FloatArray, covariance: FloatArray, ratio: str) -> list[str]:
    errors = np.sqrt(np.diag(covariance))
    decimals = coefficient_decimals(np.stack([b, errors], axis=1))
    ratios = format_numbers(np.round(b / errors, 3), _DIGITS)
    rows = [["", "Estimate", "Std. Error", ratio]]
    for name, value, error, written in zip(names, b, errors, ratios, strict=True):
        rows.append([name, f"{value:.{decimals}f}", f"{error:.{decimals}f}", written])
    return table(rows, [False, True, True, True])


def _correlations(names: tuple[str, ...], covariance: FloatArray) -> list[str]:
    errors = np.sqrt(np.diag(covariance))
    matrix = covariance / np.outer(errors, errors)
    rows = [["", *(abbreviate(name) for name in names[:-1])]]
    for i, name in enumerate(names[1:], start=1):
        rows.append([abbreviate(name, 11), *(f"{matrix[i, j]:6.3f}" for j in range(i))])
        rows[-1] += [""] * (len(names) - 1 - i)
    return table(rows)
