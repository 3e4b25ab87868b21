"""What draws and data say about the model itself; these findings do not put the draws in doubt."""

import math
import re
from collections.abc import Iterator

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mixwell.diagnose.findings import Finding
from mixwell.diagnose.sampled import Outcome, Sampled
from mixwell.draws import FloatArray, coordinate, draws_of
from mixwell.specify.priors import Prior, PriorEntry
from mixwell.specify.spec import Spec

FEWEST_LEVELS = 5
#: A sd has mass at zero where more than this share of its draws lies below a tenth of the median.
NEAR_ZERO_SHARE = 0.02
SCALE_MAXIMUM = 1e4
CORRELATION_MAXIMUM = 0.98
#: How many times denser a prior may be at its highest than where the posterior is: 3 sd's worth.
CONFLICT_MAXIMUM = 100.0
#: Numbers in the linear programme that looks for separation.
_LARGEST_PROGRAMME = 200_000


def few_levels(sampled: Sampled) -> Iterator[Outcome]:
    """Find standard deviations that are estimated from fewer than five levels."""
    if sampled.spec is None:
        return
    for found in sampled.spec.layout.factors:
        count = len(found.levels)
        if count >= FEWEST_LEVELS:
            continue
        yield Finding(
            measure="levels of a grouping factor",
            value=count,
            threshold=FEWEST_LEVELS,
            parameters=(found.sd_name,),
            meaning=(
                f"{found.factor} has {count} levels: they say little about a standard deviation, "
                "and its prior decides much of the posterior."
            ),
            next_step=f"fit.plot.prior_posterior({found.sd_name!r})  # and other priors for it",
            at_least=True,
            grave=False,
            about="model",
        )


def at_zero(sampled: Sampled) -> Iterator[Outcome]:
    """Find standard deviations whose posterior is piled up at zero."""
    for name, variable in sampled.posterior.data_vars.items():
        if not str(name).startswith("sd_"):
            continue
        values = draws_of(variable)
        for k, effect in enumerate(_effects(variable)):
            draws = values[..., k]
            share = float(np.mean(draws < 0.1 * np.median(draws)))
            if share <= NEAR_ZERO_SHARE:
                continue
            yield Finding(
                measure="share of an sd's draws near zero",
                value=share,
                threshold=NEAR_ZERO_SHARE,
                parameters=(f"{name}[{effect}]",),
                meaning=(
                    "Its posterior is piled up at zero: the data are also explained without this "
                    "effect. lme4 would call such a fit singular and put it at exactly zero; here "
                    "the posterior keeps all values that the data leave open."
                ),
                next_step=f'fit.plot.prior_posterior("{name}")',
                grave=False,
                about="model",
            )


def scales(sampled: Sampled) -> Iterator[Outcome]:
    """Find predictors whose spread is far from 1."""
    if sampled.spec is None:
        return
    fixed = sampled.spec.design.mean.fixed
    sds = fixed.values.std(axis=0)
    found: list[tuple[float, str]] = []
    for name, sd in zip(fixed.names, sds, strict=True):
        if sd > 0 and abs(math.log(sd)) > math.log(SCALE_MAXIMUM):
            found.append((max(sd, 1 / sd), name))
    if not found:
        return
    found.sort(reverse=True)
    yield Finding(
        measure="scale of a predictor (its sd, or 1 / sd)",
        value=found[0][0],
        threshold=SCALE_MAXIMUM,
        parameters=tuple(name for _, name in found),
        meaning="A coefficient per unit of such a predictor is too small or too large to read.",
        next_step=_rescaled(sampled.spec, found[0][1]),
        grave=False,
        about="model",
    )


def _rescaled(spec: Spec, name: str) -> str:
    text = spec.formulas[0]
    left, tilde, right = text.partition("~")
    word = rf"(?<![\w.(]){re.escape(name)}(?![\w.(])"
    changed = re.sub(word, f"scale({name})", right)
    if changed == right:
        return f"fit.spec.design.common[{name!r}].describe()  # then a formula in other units"
    return f"fit.refit(formula={left + tilde + changed!r})"


def correlated(sampled: Sampled) -> Iterator[Outcome]:
    """Find coefficients that the data hardly tell apart; the intercept is left out."""
    if "b" not in sampled.posterior:
        return
    variable = sampled.posterior["b"]
    names = _effects(variable)
    draws = draws_of(variable).reshape(-1, len(names))
    kept = [k for k, name in enumerate(names) if name != "Intercept" and draws[:, k].std() > 0]
    if len(kept) < 2:
        return
    matrix = np.abs(np.corrcoef(draws[:, kept].T))
    np.fill_diagonal(matrix, 0.0)
    i, j = np.unravel_index(int(np.argmax(matrix)), matrix.shape)
    worst = float(matrix[i, j])
    if worst <= CORRELATION_MAXIMUM:
        return
    pair = (names[kept[int(i)]], names[kept[int(j)]])
    yield Finding(
        measure="correlation of two coefficients",
        value=worst,
        threshold=CORRELATION_MAXIMUM,
        parameters=pair,
        meaning=(
            "Their columns are nearly the same: the data know a combination of the two, hardly "
            "each by itself, whose interval is therefore wide."
        ),
        next_step=f"fit.plot.pair({list(pair)!r})  # then leave one out, or center(x)",
        grave=False,
        about="model",
    )


def conflict(sampled: Sampled) -> Iterator[Outcome]:
    """Find parameters whose posterior lies where their prior has hardly any mass."""
    if sampled.spec is None:
        return
    for entry in sampled.spec.priors:
        draws = _draws_of_entry(sampled, entry)
        if draws is None:
            continue
        factor = _density_ratio(entry.prior, float(np.median(draws)))
        if factor is None or factor <= CONFLICT_MAXIMUM:
            continue
        low, high = np.quantile(draws, [0.025, 0.975])
        key = entry.groups[0] if entry.role == "sd" and entry.groups else entry.key
        wider = _wider(entry, float(np.median(draws)))
        yield Finding(
            measure="how much denser the prior is elsewhere",
            value=factor,
            threshold=CONFLICT_MAXIMUM,
            parameters=(entry.key,),
            meaning=(
                f"Prior and data disagree: the prior {entry.prior} hardly allows what the posterior"
                f" holds ({low:.3g} to {high:.3g}). The estimate is a compromise of the two."
            ),
            next_step=f'fit.refit(priors={{"{key}": "{wider}"}})  # where the prior was a slip',
            grave=False,
            about="model",
        )


def _wider(entry: PriorEntry, middle: float) -> str:
    if entry.positive:
        return f"HalfStudentT(3, {2.5 * abs(middle):.2g})"
    location = entry.prior.location or 0.0
    return f"Normal({location:.4g}, {2.5 * abs(middle - location):.2g})"


def _draws_of_entry(sampled: Sampled, entry: PriorEntry) -> FloatArray | None:
    posterior, spec = sampled.posterior, sampled.spec
    if entry.prior.native is not None or spec is None:
        return None
    if entry.role == "auxiliary":
        return draws_of(posterior[entry.key]).ravel() if entry.key in posterior else None
    if entry.role == "sd":
        name = entry.key.partition("[")[0]
        if name not in posterior:
            return None
        position = _effects(posterior[name]).index(entry.element)
        return np.asarray(draws_of(posterior[name])[..., position].ravel())
    if entry.role not in ("slope", "intercept"):
        return None
    name = "b" if entry.parameter == "mean" else f"b_{entry.parameter}"
    if name not in posterior:
        return None
    b = draws_of(posterior[name])
    b = b.reshape(-1, b.shape[-1])
    fixed = spec.predictors[entry.parameter].fixed
    if entry.element not in fixed.names:
        return None
    position = fixed.names.index(entry.element)
    if entry.role == "intercept" and entry.centred:
        return np.asarray(b[:, 0] + b[:, 1:] @ fixed.values[:, 1:].mean(axis=0))
    return np.asarray(b[:, position])


def _effects(variable: xr.DataArray) -> list[str]:
    return coordinate(variable, next(str(d) for d in variable.dims if d not in ("chain", "draw")))


def _density_ratio(prior: Prior, at: float) -> float | None:
    """Return how many times denser a prior is at its highest than at a value; normal-like only."""
    scale = prior.args.get("sigma", prior.args.get("beta"))
    location = prior.location if prior.location is not None else 0.0
    if scale is None or prior.distribution not in (
        "Normal", "HalfNormal", "StudentT", "HalfStudentT", "Cauchy", "HalfCauchy",
    ):  # fmt: skip
        return None
    z = (at - location) / scale
    if "Normal" in prior.distribution:
        return math.exp(min(0.5 * z * z, 700.0))
    nu = prior.args.get("nu", 1.0)
    return float((1 + z * z / nu) ** ((nu + 1) / 2))


def separation(sampled: Sampled) -> Iterator[Outcome]:
    """Find predictors that tell failures from successes without an error (Albert, Anderson 1984).

    The fixed effects' columns are looked at by a linear programme (Konis 2007).
    """
    spec = sampled.spec
    if spec is None or spec.family.name not in ("bernoulli", "binomial"):
        return
    fixed, response = spec.design.mean.fixed, spec.response
    trials = np.ones(spec.design.n) if response.trials is None else response.trials
    y = np.asarray(response.values)
    rows = [(fixed.values[y > 0], 1.0), (fixed.values[y < trials], -1.0)]
    signed = np.concatenate([np.unique(x, axis=0) * sign for x, sign in rows if len(x)])
    if not fixed.names or signed.size > _LARGEST_PROGRAMME:
        return
    weights = _separating(signed)
    if weights is None:
        return
    concerned = np.abs(weights) > 1e-6 * np.abs(weights).max()
    names = [n for n, used in zip(fixed.names, concerned, strict=True) if used]
    listed = tuple(n for n in names if n != "Intercept") or tuple(names)
    yield Finding(
        measure="coefficients of a separating direction",
        value=len(listed),
        threshold=0,
        parameters=listed,
        meaning=(
            "Along this direction some outcomes are told apart without an error (separation): the "
            "likelihood has no maximum there, and only the prior keeps the coefficients finite."
        ),
        next_step=f'fit.refit(priors={{"{listed[0]}": "Normal(0, 1)"}})  # and compare the two',
        grave=False,
        about="model",
    )


def _separating(signed: FloatArray) -> FloatArray | None:
    """Return weights w with signed @ w >= 0 in all rows and > 0 in some, None without any."""
    from scipy.optimize import linprog

    scale = np.maximum(np.abs(signed).max(axis=0), 1e-12)
    scaled: NDArray[np.float64] = signed / scale
    total, none = scaled.sum(axis=0), np.zeros(len(scaled))
    found = linprog(-total, A_ub=-scaled, b_ub=none, bounds=(-1, 1))
    if found.x is None or float(total @ found.x) < 1e-6:
        return None
    return np.asarray(found.x / scale)
