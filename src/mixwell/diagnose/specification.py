"""What draws and data say about the model itself; these findings do not put the draws in doubt."""

import math
import re
from collections.abc import Iterator, Sequence

import numpy as np

from mixwell.diagnose.advice import Advice, Look, Refit
from mixwell.diagnose.findings import ModelFinding
from mixwell.diagnose.sampled import Outcome, Sampled, two_digits
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.draws import draws_of, labels_of, stack_labels
from mixwell.specify.naming import element, predictor_names
from mixwell.specify.saturated import FEWEST_SPARE, few_spare
from mixwell.specify.separated import separating_coefficients
from mixwell.specify.spec import Spec
from mixwell.text.names import quoted

FEWEST_LEVELS = 5
#: A sd has mass at zero where more than this share of its draws lies below a tenth of the median.
NEAR_ZERO_SHARE = 0.02
SCALE_MAXIMUM = 1e4
#: How many of its standard deviations a predictor's mean may lie from zero.
ORIGIN_MAXIMUM = 20.0
CORRELATION_MAXIMUM = 0.98
_SEPARATED = (
    "Along this direction some outcomes are predicted without an error (separation): the "
    "likelihood has no maximum there, and only the prior keeps the coefficients finite."
)
_ALL_ALIKE = (
    "All outcomes are at the same end of what they can be: the likelihood has no maximum, and only "
    "the prior keeps the intercept finite. The data say nothing about predictors."
)


def few_levels(sampled: Sampled) -> Iterator[Outcome]:
    """Find standard deviations that are estimated from fewer than five levels."""
    if sampled.spec is None:
        return
    for found in sampled.spec.layout.factors:
        count = len(found.levels)
        if count >= FEWEST_LEVELS:
            continue
        yield ModelFinding(
            measure="levels of a grouping factor",
            value=count,
            threshold=FEWEST_LEVELS,
            parameters=(found.sd_name,),
            meaning=(
                f"{found.factor} has {count} levels: they say little about a standard deviation, "
                "and its prior decides much of the posterior."
            ),
            advice=Advice(_prior_posterior(found.sd_name), "and other priors for it"),
            at_least=True,
        )


def saturated(sampled: Sampled) -> Iterator[Outcome]:
    """Find random effects that leave the residuals no rows, where they were allowed, or few."""
    spec = sampled.spec
    if spec is None or spec.family.spread is None:
        return
    allowed, spread = spec.saturated, spec.family.spread.name
    own = spec.layout.of("mean")
    if allowed is not None:
        sds = [found.sd_name for found in own if found.factor in allowed.factors]
        yield ModelFinding(
            measure="saturated random effects (refused by lme4), terms",
            value=len(allowed.terms),
            threshold=0,
            parameters=(*sds, spread),
            meaning=allowed.warning,
            advice=Advice(Refit({"formula": allowed.instead})),
        )
    elif spread in spec.auxiliary and (few := few_spare(spec.design, spec.family)) is not None:
        sd = next(found.sd_name for found in own if few.block in found.blocks)
        yield ModelFinding(
            measure="rows beyond the random effects",
            value=few.rows,
            threshold=FEWEST_SPARE,
            parameters=(spread, sd),
            meaning=few.said,
            advice=Advice(_prior_posterior(spread)),
            at_least=True,
        )


def _prior_posterior(name: str) -> Look:
    return Look(f"{{fit}}.plot.prior_posterior({quoted(name)})")


def at_zero(sampled: Sampled) -> Iterator[Outcome]:
    """Find standard deviations whose posterior is piled up at zero."""
    for group, effect, draws in sampled.named.standard_deviations():
        share = float(np.mean(draws < 0.1 * np.median(draws)))
        if share <= NEAR_ZERO_SHARE:
            continue
        yield ModelFinding(
            measure="sd near zero (singular in lme4), share of draws",
            value=share,
            threshold=NEAR_ZERO_SHARE,
            parameters=(element(group.sd_name, effect),),
            meaning=(
                "Its posterior is piled up at zero: the data are also explained without this "
                "effect. lme4 would call such a fit singular and put the sd at exactly zero; "
                "here the posterior keeps all values that the data leave open."
            ),
            advice=Advice(_prior_posterior(group.sd_name)),
        )


def scales(sampled: Sampled) -> Iterator[Outcome]:
    """Find predictors whose spread is far from 1."""
    if sampled.spec is None:
        return
    fixed = sampled.spec.design.mean.fixed
    sds = fixed.moments.sds
    found: list[tuple[float, str]] = []
    for name, sd in zip(fixed.names, sds, strict=True):
        if sd > 0 and abs(math.log(sd)) > math.log(SCALE_MAXIMUM):
            found.append((max(sd, 1 / sd), name))
    if not found:
        return
    found.sort(reverse=True)
    yield ModelFinding(
        measure="scale of a predictor (its sd, or 1 / sd)",
        value=found[0][0],
        threshold=SCALE_MAXIMUM,
        parameters=tuple(name for _, name in found),
        meaning="A coefficient per unit of such a predictor is too small or too large to read.",
        advice=_rescaled(sampled.spec, found[0][1]),
    )


def origins(sampled: Sampled) -> Iterator[Outcome]:
    """Find varying slopes on predictors whose zero lies far outside the data, with intercepts."""
    if sampled.spec is None:
        return
    for found in sampled.spec.layout.of("mean"):
        if "Intercept" not in found.effects:
            continue
        columns = found.moments
        sds, means = columns.sds, np.abs(columns.means)
        away = np.where(sds > 0, means / np.where(sds > 0, sds, 1.0), 0.0)
        k = int(np.argmax(away))
        if away[k] <= ORIGIN_MAXIMUM:
            continue
        name = found.effects[k]
        yield ModelFinding(
            measure="mean of a predictor with varying slopes (in its sds)",
            value=float(away[k]),
            threshold=ORIGIN_MAXIMUM,
            parameters=(name, element(found.sd_name, "Intercept")),
            meaning=(
                f"The intercepts of {found.factor} vary at {name} = 0, far outside the data: their "
                "standard deviation and their correlation with the slopes are hard to read and to "
                "sample."
            ),
            advice=_rescaled(sampled.spec, name, "center"),
        )


def _rescaled(spec: Spec, name: str, function: str = "scale") -> Advice:
    text = spec.formulas[0]
    left, tilde, right = text.partition("~")
    # not inside of a call, but in the brackets of a random-effects term
    word = rf"(?<![\w.])(?<!\w\(){re.escape(name)}(?![\w.(])"
    changed = re.sub(word, f"{function}({name})", right)
    if changed == right:
        column = Look(f"{{fit}}.spec.design.common[{name!r}].describe()")
        return Advice(column, "then a formula in other units")
    return Advice(Refit({"formula": left + tilde + changed}))


def correlated(sampled: Sampled) -> Iterator[Outcome]:
    """Find coefficients that the data hardly separate; the intercept is left out."""
    of_mean = predictor_names("mean").coefficients
    if of_mean not in sampled.posterior:
        return
    variable = sampled.posterior[of_mean]
    labels, names = stack_labels(variable), labels_of(variable)[-1]
    every = draws_of(variable).reshape(-1, len(labels))
    for row in range(0, len(labels), len(names)):  # of each category
        some = slice(row, row + len(names))
        yield from _correlated(labels[some], names, every[:, some])


def _correlated(
    labels: Sequence[str], names: Sequence[str], draws: FloatArray
) -> Iterator[Outcome]:
    kept = [k for k, name in enumerate(names) if name != "Intercept" and draws[:, k].std() > 0]
    if len(kept) < 2:
        return
    matrix = np.triu(np.abs(np.corrcoef(draws[:, kept].T)), 1)  # each pair once, in order
    i, j = np.unravel_index(int(np.argmax(matrix)), matrix.shape)
    worst = float(matrix[i, j])
    if worst <= CORRELATION_MAXIMUM:
        return
    pair = (labels[kept[int(i)]], labels[kept[int(j)]])
    yield ModelFinding(
        measure="correlation of two coefficients",
        value=worst,
        threshold=CORRELATION_MAXIMUM,
        parameters=pair,
        meaning=(
            "Their columns are nearly the same: the data know a combination of the two, hardly "
            "each by itself, whose interval is therefore wide."
        ),
        advice=Advice(
            Look(f"{{fit}}.plot.pair({list(pair)!r})"), "then leave one out, or center(x)"
        ),
    )


def separation(sampled: Sampled) -> Iterator[Outcome]:
    """Find predictors that separate outcomes at an end of their range from others without an error.

    Failures from successes, zeros among counts, rows that are censored at one side.
    """
    spec = sampled.spec
    listed = [] if spec is None else separating_coefficients(spec)
    if spec is None or not listed:
        return
    alone = listed == [predictor_names("mean").own_intercept]
    fixed = spec.design.mean.fixed
    sd = float(fixed.values[:, fixed.names.index(listed[0])].std()) or 1.0
    yield ModelFinding(
        measure="coefficients of a separating direction",
        value=len(listed),
        threshold=0,
        parameters=tuple(listed),
        meaning=_ALL_ALIKE if alone else _SEPARATED,
        advice=Advice(
            Refit({"priors": {listed[0]: f"Normal(0, {two_digits(1 / sd)})"}}),
            "and compare the two",
        ),
    )
