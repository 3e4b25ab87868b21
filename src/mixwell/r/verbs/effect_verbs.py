"""R's functions that show a fitted model: summary, fixef, ranef, coef, VarCorr, confint."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mixwell.errors import (
    DataError,
    did_you_mean,
    require_texts,
    require_truth,
)
from mixwell.fit import Fit
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.draws import estimates, interval_settings, stack_variable
from mixwell.posterior.made import require_unedited
from mixwell.public_calls import public
from mixwell.r.dialect.coefficient_names import fixed_names, group_effects, plain
from mixwell.r.printed import layout_brms, layout_lme4
from mixwell.r.printed.variance_components import effects_by_factor, variance_frame
from mixwell.r.verbs.fits import Fitted, Printed, fitted_of
from mixwell.r.verbs.likelihood_verbs import flat_estimate
from mixwell.r.verbs.mean_verbs import scale_of
from mixwell.r.verbs.prior_classes import prior_frame
from mixwell.r.verbs.returned_values import (
    ByFactor,
    EmmGrid,
    VarianceComponents,
)
from mixwell.r.verbs.widths import Probs, at_once, width_between, width_of


@public
def summary(
    object: Any,
    level: float | None = None,
    conf_level: float | None = None,
    prob: float | None = None,
    type: str = "link",
    ddf: str | None = None,
) -> Any:
    """Return a fit's summary in lme4's or brms's layout; of a table its frame.

    `level` (emmeans), `conf_level` and `prob` (brms) are the probability of the intervals, `type`
    is emmeans's: "response" takes means on the link scale to responses, and their contrasts to
    ratios. `ddf` asks for lmerTest's summary, of lmer's own estimate, with t tests: "Satterthwaite"
    or "Kenward-Roger". Raises `DataError`, and `SamplingError` for degrees of freedom that a model
    has not.

    >>> summary(m)
    Linear mixed model, posterior (exact, ... effective draws, k-hat ...)
    Formula: angle ~ recipe + temp + (1 | replicate)
    ...
    """
    width = width_of(level=level, conf_level=conf_level, prob=prob)
    responses = scale_of(type) == "response"
    if isinstance(object, EmmGrid):
        if responses and object.respond is not None:
            object = object.respond()
        return object.with_width(width).frame
    if hasattr(object, "frame"):
        return object.frame
    fitted = fitted_of(object)
    if ddf is not None:
        return Printed(flat_estimate(fitted).lmer(ddf))
    layout = layout_brms if fitted.layout == "brms" else layout_lme4
    return Printed(layout.summary_text(fitted.fit, width))


@public
def fixef(object: Fitted, probs: Probs = None) -> "pd.Series[float] | pd.DataFrame":
    """Return the fixed effects by R's names: lme4's vector, or brms's table with intervals.

    `probs` are both ends of brms's intervals, such as (0.025, 0.975); of lme4's fits they ask for
    the table, too. Raises `DataError`.

    >>> fixef(m).round(1).to_dict()
    {'(Intercept)': 1.5, 'recipeB': -1.5, 'recipeC': -1.5, 'temp': 0.2}
    """
    fitted, width = fitted_of(object), width_between(probs)
    frame, names = fitted.fit.fixef(ci_prob=width), fixed_names(fitted.fit.spec)
    r_names = [names[str(name)] for name in frame.index]
    if fitted.layout == "brms" or probs is not None:
        shown = list(map(plain, r_names)) if fitted.layout == "brms" else r_names
        return layout_brms.interval_columns(frame.set_axis(shown, axis=0), width)
    return pd.Series(frame["estimate"].to_numpy(), index=r_names, name="fixef")


@public
def ranef(object: Fitted) -> ByFactor:
    """Return the deviations of every level: one frame a factor, columns by R's effect names.

    `fitted.fit.ranef()` has their sds and intervals.

    >>> ranef(m)["replicate"].round(0).head(2)
       (Intercept)
    1         14.0
    2         13.0
    """
    fitted = fitted_of(object)
    names = group_effects(fitted.fit.spec)
    closing = f"posterior {interval_settings().point}s; m.fit.ranef() has their sds and intervals"
    return ByFactor(_wide(fitted, fitted.fit.ranef(), names), closing)


@public
def coef(object: Fitted) -> ByFactor:
    """Return every level's own coefficients, fixed effect plus deviation, one frame a factor.

    >>> list(coef(m)["replicate"])
    ['(Intercept)', 'recipeB', 'recipeC', 'temp']
    """
    fitted = fitted_of(object)
    spec = fitted.fit.spec
    fixed = fixed_names(spec)
    names = {factor: fixed | own for factor, own in group_effects(spec).items()}
    return ByFactor(_wide(fitted, fitted.fit.coef(), names))


def _wide(
    fitted: Fitted, frame: pd.DataFrame, names: Mapping[str, Mapping[str, str]]
) -> dict[str, pd.DataFrame]:
    frames = {}
    for factor, levels in fitted.fit.spec.layout.factor_levels.items():
        own = frame[frame["factor"] == factor]
        effects = list(dict.fromkeys(own["effect"]))
        wide = own.pivot(index="level", columns="effect", values="estimate")
        shown = [names[factor].get(effect, effect) for effect in effects]
        if fitted.layout == "brms":
            shown = list(map(plain, shown))
        wide = wide.loc[list(levels), effects].set_axis(shown, axis=1)
        frames[factor] = wide.rename_axis(index=None, columns=None)
    return frames


@public
def VarCorr(x: Fitted) -> VarianceComponents:
    """Return standard deviations and correlations of the random effects in lme4's layout.

    `.frame` is R's `as.data.frame(VarCorr(m))`; a variance (`vcov`) is the posterior mean of
    squares, a covariance that of products.

    >>> VarCorr(m).frame["sdcor"].round(0).tolist()
    [7.0, 5.0]
    """
    fit = fitted_of(x).fit
    lines = layout_lme4.variance_table(fit, ("Std.Dev.",), 5)
    return VarianceComponents(variance_frame(fit), "\n".join(lines))


@public
def sigma(object: Fitted) -> float:
    """Return the residual standard deviation; 1, as in R, for families that have none.

    Raises `DataError` where it has a formula of its own.

    >>> round(sigma(m), 1)
    4.8
    """
    fit = fitted_of(object).fit
    scale, residual = fit.spec.family.scale, fit.spec.residual
    if scale is not None and scale.name in fit.spec.predictors:
        raise DataError(
            "sigma differs from row to row: it has a formula.",
            where=str(fit.spec.formulas[-1]),
            hint="m.fit.fixef() has its coefficients, on the log scale.",
        )
    if residual is None:
        return 1.0
    return float(estimates(stack_variable(fit.posterior[residual]).values)["estimate"][0])


@public
def confint(
    object: Fitted | EmmGrid,
    parm: Sequence[str] | str | None = None,
    level: float | None = None,
    conf_level: float | None = None,
    adjust: str | None = None,
) -> pd.DataFrame | EmmGrid:
    """Return equal-tailed credible intervals of all parameters, in lme4's names and order.

    Rows are named as by lme4's `oldNames = FALSE`: `sd_(Intercept)|Subject`,
    `cor_Days.(Intercept)|Subject`, `sigma`, then the fixed effects. `level` or `conf_level` is
    their probability, `mixwell.options.ci_prob` without them. Of emmeans's tables it returns the
    same table with that width, with `adjust="mvt"` for all rows at once. Raises `DataError`.

    >>> confint(m, "temp").round(2)
          5.5 %  94.5 %
    temp   0.13    0.19
    """
    width, joint = width_of(level=level, conf_level=conf_level), at_once("confint", adjust)
    if isinstance(object, EmmGrid):
        return object.with_width(width, joint)
    if joint:
        said = "Intervals that hold at once are of tables of means and contrasts."
        raise DataError(said, where="adjust", hint='Give what emmeans(m, "~ a") returned.')
    draws = _all_draws(fitted_of(object).fit)
    wanted = list(draws) if parm is None else require_texts("parm", parm)
    unknown = [name for name in wanted if name not in draws]
    if unknown:
        hint = did_you_mean(unknown[0], draws)
        raise DataError(f'There is no parameter "{unknown[0]}".', where="parm", hint=hint)
    prob = interval_settings(width).prob
    ends = (1 - prob) / 2, (1 + prob) / 2
    rows = [np.quantile(draws[name], ends) for name in wanted]
    return pd.DataFrame(rows, index=wanted, columns=[f"{100 * end:.3g} %" for end in ends])


def _all_draws(fit: Fit) -> dict[str, FloatArray]:
    """Return the draws of every parameter by lme4's name."""
    draws: dict[str, FloatArray] = {}
    for found in effects_by_factor(fit):
        for j, name in enumerate(found.names):
            draws[f"sd_{name}|{found.factor}" if name else "sigma"] = found.sd[..., j]
            for k, other in enumerate(found.names):
                if k > j and found.correlated[j, k]:
                    draws[f"cor_{other}.{name}|{found.factor}"] = found.corr[..., j, k]
    posterior, fixed = fit.drawn, fixed_names(fit.spec)
    stack = posterior.stack((*posterior.further, *posterior.fixed))
    for k, label in enumerate(stack.labels):
        draws.setdefault(fixed.get(label, label), stack.values[..., k])
    return draws


@public
def r2(model: Fitted, ci: float | None = None) -> pd.DataFrame:
    """Return Nakagawa's R2 with and without groups, on the latent scale, as performance's `r2`.

    Of fits of brm() it is Bayesian R2, as performance has it of these. `ci` is the probability of
    the intervals. Raises `DataError`.

    >>> list(r2(m).index)
    ['R2_conditional', 'R2_marginal']
    """
    fitted, width = fitted_of(model), width_of(ci=ci)
    bayesian = fitted.layout == "brms"
    found = fitted.fit.r2("response" if bayesian else "latent", ci_prob=width)
    return _shares(found, "r2", "R2_")


@public
def icc(model: Fitted, by_group: bool = False, ci: float | None = None) -> pd.DataFrame:
    """Return the intraclass correlation on the latent scale, as performance's `icc` has it.

    Adjusted for fixed effects and not, of all groups together; `by_group=True` has the adjusted
    one of each grouping factor. `ci` is the probability of the intervals. Raises `DataError`.

    >>> list(icc(m).index)
    ['ICC_adjusted', 'ICC_unadjusted']
    """
    require_truth("by_group", by_group)
    fit, width = fitted_of(model).fit, width_of(ci=ci)
    if by_group:
        return _shares(fit.icc(ci_prob=width), "factor", "")
    parts = [fit.icc(adjusted=own, ci_prob=width).tail(1) for own in (True, False)]
    return _shares(pd.concat(parts), "icc", "ICC_")


def _shares(frame: pd.DataFrame, name: str, prefix: str) -> pd.DataFrame:
    """Return a table of shares by R's names."""
    index = [f"{prefix}{label}" for label in frame[name]]
    return frame[["estimate", "lower", "upper"]].set_axis(index, axis=0)


@public
def prior_summary(object: Fitted) -> pd.DataFrame:
    """Return the priors of a fit in the columns of brms's `prior_summary`.

    >>> prior_summary(m)["class"].tolist()
    ['Intercept', 'b', 'b', 'b', 'sd', 'sigma']
    """
    fit = fitted_of(object).fit
    require_unedited("the table of priors", fit.made.edited)
    return prior_frame(fit.spec)
