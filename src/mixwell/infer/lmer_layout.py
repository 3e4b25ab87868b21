"""A point estimate as text in the layout of lme4's summary."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from mixwell.specify.spec import Spec

__all__ = ["lmer_text"]

FloatArray = NDArray[np.float64]


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
    groups = "; ".join(f"{f.factor}, {len(f.levels)}" for f in spec.layout.of("mean"))
    lines.append(f"Number of obs: {spec.design.n}, groups:  {groups}")
    names = spec.design.mean.fixed.r_names
    lines += ["", "Fixed effects:", *_fixed(names, b, covariance)]
    if len(names) > 1:
        lines += ["", "Correlation of Fixed Effects:", *_correlations(names, covariance)]
    if singular:
        lines += ["optimizer: boundary (singular) fit"]
    return "\n".join(lines)


def _title(
    spec: Spec,
    reml: bool,
    log_likelihood: float,
    p: int,
    sd: Mapping[str, FloatArray],
    sigma: float | None,
) -> list[str]:
    linear = spec.family.name == "gaussian" and spec.link == "identity"
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
    rows = [["Groups", "Name", "Variance", "Std.Dev.", "Corr"]]
    for found in spec.layout.of("mean"):
        names = [name for block in found.blocks for name in block.r_effects]
        block_of = [i for i, block in enumerate(found.blocks) for _ in block.effects]
        for j, name in enumerate(names):
            full = found.blocks[block_of[j]].covariance == "full"
            own = [k for k in range(j) if block_of[k] == block_of[j] and full]
            value = float(sd[found.factor][j])
            pairs = " ".join(f"{corr[found.factor][j, k]:5.2f}" for k in own)
            rows.append([found.factor if j == 0 else "", name, *_significant(value), pairs])
    if sigma is not None:
        rows.append(["Residual", "", *_significant(sigma), ""])
    return _table(rows, left=(0, 1))


def _significant(value: float) -> list[str]:
    return [f"{value**2:#.5g}".rstrip("."), f"{value:#.4g}".rstrip(".")]


def _fixed(names: tuple[str, ...], b: FloatArray, covariance: FloatArray) -> list[str]:
    rows = [["", "Estimate", "Std. Error", "t value"]]
    for name, value, error in zip(names, b, np.sqrt(np.diag(covariance)), strict=True):
        rows.append([name, f"{value:.4f}", f"{error:.4f}", f"{value / error:.3f}"])
    return _table(rows, left=(0,))


def _correlations(names: tuple[str, ...], covariance: FloatArray) -> list[str]:
    errors = np.sqrt(np.diag(covariance))
    matrix = covariance / np.outer(errors, errors)
    rows = [["", *(name[:6] for name in names[:-1])]]
    for i, name in enumerate(names[1:], start=1):
        rows.append([name, *(f"{matrix[i, j]:.3f}" for j in range(i))])
        rows[-1] += [""] * (len(names) - 1 - i)
    return _table(rows, left=(0,))


def _table(rows: list[list[str]], left: tuple[int, ...]) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            f"{cell:<{w}}" if i in left else f"{cell:>{w}}"
            for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append(" ".join(cells).rstrip())
    return lines
