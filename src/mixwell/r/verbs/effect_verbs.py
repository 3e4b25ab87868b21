"""R's functions on a fitted model: fixef, ranef, coef, VarCorr, predict, hypothesis and others."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from mixwell.errors import (
    DataError,
    did_you_mean,
    require_choice,
    require_text,
    require_texts,
    require_truth,
    warn,
)
from mixwell.fit import Fit
from mixwell.infer.modes.point_estimate import PointEstimate
from mixwell.interpret.estimates.estimates import judge
from mixwell.interpret.hypotheses.parameter_draws import parameter_draws
from mixwell.interpret.hypotheses.verdicts import Vocabulary
from mixwell.numeric.arrays import FloatArray
from mixwell.package_options import require_probability
from mixwell.posterior.draws import estimates, interval_settings, stack_variable
from mixwell.posterior.made import require_unedited
from mixwell.public_calls import public
from mixwell.r.dialect.coefficient_names import brms_variables, fixed_names, group_effects, plain
from mixwell.r.dialect.family_facts import other_estimates
from mixwell.r.dialect.kept_effects import kept_groups
from mixwell.r.printed import layout_brms, layout_lme4
from mixwell.r.printed.variance_components import effects_by_factor, variance_frame
from mixwell.r.verbs.fits import Fitted, Printed, fitted_of
from mixwell.r.verbs.mean_verbs import scale_of
from mixwell.r.verbs.prior_classes import prior_frame
from mixwell.r.verbs.returned_values import (
    BrmsHypothesis,
    ByFactor,
    EmmGrid,
    LogLik,
    VarianceComponents,
)
from mixwell.r.verbs.unknown_levels import predicted_with_unknown_levels
from mixwell.r.verbs.widths import Probs, width_between, width_of
from mixwell.specify.naming import read_name

#: R's predictions are those of the response as the formula has it, transformed or not.
_AS_MODELED = {"center": "transformed"}


@public
def summary(
    object: Any,
    level: float | None = None,
    conf_level: float | None = None,
    prob: float | None = None,
    type: str = "link",
) -> Any:
    """Return a fit's summary in lme4's or brms's layout; of a table its frame.

    `level` (emmeans), `conf_level` and `prob` (brms) are the probability of the intervals, `type`
    is emmeans's: "response" takes means on the link scale to responses, and their contrasts to
    ratios. Raises `DataError`.
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
    layout = layout_brms if fitted.layout == "brms" else layout_lme4
    return Printed(layout.summary_text(fitted.fit, width))


@public
def fixef(object: Fitted, probs: Probs = None) -> "pd.Series[float] | pd.DataFrame":
    """Return the fixed effects by R's names: lme4's vector, or brms's table with intervals.

    `probs` are both ends of brms's intervals, such as (0.025, 0.975); of lme4's fits they ask for
    the table, too. Raises `DataError`.
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
    """
    fitted = fitted_of(object)
    names = group_effects(fitted.fit.spec)
    closing = f"posterior {interval_settings().point}s; m.fit.ranef() has their sds and intervals"
    return ByFactor(_wide(fitted, fitted.fit.ranef(), names), closing)


@public
def coef(object: Fitted) -> ByFactor:
    """Return every level's own coefficients, fixed effect plus deviation, one frame a factor."""
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
    """
    fit = fitted_of(x).fit
    lines = layout_lme4.variance_table(fit, ("Std.Dev.",), 5)
    return VarianceComponents(variance_frame(fit), "\n".join(lines))


@public
def sigma(object: Fitted) -> float:
    """Return the residual standard deviation; 1, as in R, for families that have none.

    Raises `DataError` where it has a formula of its own.
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
def predict(
    object: Fitted,
    newdata: object = None,
    re_form: str | float | None = None,
    type: str = "link",
    allow_new_levels: bool = False,
    probs: Probs = None,
) -> "pd.Series[float] | pd.DataFrame":
    """Predict rows: lme4's numbers on the scale of `type`, or brms's new responses with intervals.

    `re_form=None` takes the deviations of the rows' groups along, "~0", "NA" or a missing value
    leaves them out, "~(1 | g)" takes those of g, as in R. With `allow_new_levels` levels that the
    fit does not know have deviations of 0, as in lme4, or are drawn from the fitted covariance, as
    in brms with `sample_new_levels = "gaussian"`; known ones keep theirs. `probs` are both ends of
    intervals, of brms's new responses or of lme4's numbers. Raises `DataError` for levels that the
    fit does not know. Transformed responses stay so, as in R.
    """
    fitted, width = fitted_of(object), width_between(probs)
    require_truth("allow_new_levels", allow_new_levels)
    formulas = [p.formula for p in fitted.fit.spec.predictors.values()]
    groups = kept_groups(_form(re_form), formulas, new=allow_new_levels)
    if fitted.layout == "brms" and fitted.fit.spec.family.categories:
        return layout_brms.probabilities(fitted.fit.predictions(newdata, groups=groups).frame)
    if fitted.layout == "brms":
        options: dict[str, Any] = {"groups": groups, "seed": 1, "ci_prob": width, **_AS_MODELED}
        made = fitted.fit.predictions(newdata, kind="response", **options)
        return layout_brms.interval_columns(made.frame, width)
    kinds: dict[str, Literal["mean", "linear"]] = {"link": "linear", "response": "mean"}
    require_choice("type", type, kinds)
    if allow_new_levels and newdata is not None:
        if probs is not None:
            raise DataError(
                "Intervals of lme4's predictions do not take in levels that the fit does not know.",
                where="probs",
                hint='m.fit.predictions(newdata, groups="mixed") has them.',
            )
        estimates = predicted_with_unknown_levels(fitted.fit, newdata, kinds[type], groups)
        return estimates.rename("predict")
    own: dict[str, Any] = {"groups": groups, "ci_prob": width, **_AS_MODELED}
    made = fitted.fit.predictions(newdata, kind=kinds[type], **own)
    if probs is not None:
        return layout_brms.interval_columns(made.frame, width)
    return made.frame["estimate"].rename("predict")


def _form(given: object) -> str | None:
    """Return R's `re.form` as text: a missing value is its NA."""
    if given is None:
        return None
    if given is pd.NA or (isinstance(given, float) and np.isnan(given)):
        return "NA"
    return require_text("re_form", given, 'For example "~0", "NA" or "~(1 | g)".')


@public
def fitted(object: Fitted, probs: Probs = None) -> "pd.Series[float] | pd.DataFrame":
    """Return the fitted means of the data's rows, with the deviations of their groups.

    `probs` are both ends of intervals, as brms has them. Raises `DataError`.
    """
    own, width = fitted_of(object), width_between(probs)
    options: dict[str, Any] = {"groups": "existing", "ci_prob": width, **_AS_MODELED}
    made = own.fit.predictions(**options)
    if own.fit.spec.family.categories and probs is None:
        return layout_brms.probabilities(made.frame)
    if own.layout == "brms" or probs is not None:
        return layout_brms.interval_columns(made.frame, width)
    return made.frame["estimate"].rename("fitted")


@public
def confint(
    object: Fitted | EmmGrid,
    parm: Sequence[str] | str | None = None,
    level: float | None = None,
    conf_level: float | None = None,
) -> pd.DataFrame | EmmGrid:
    """Return equal-tailed credible intervals of all parameters, in lme4's names and order.

    Rows are named as by lme4's `oldNames = FALSE`: `sd_(Intercept)|Subject`,
    `cor_Days.(Intercept)|Subject`, `sigma`, then the fixed effects. `level` or `conf_level` is
    their probability, `mixwell.options.ci_prob` without them. Of emmeans's tables it returns the
    same table with that width. Raises `DataError`.
    """
    width = width_of(level=level, conf_level=conf_level)
    if isinstance(object, EmmGrid):
        return object.with_width(width)
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
def logLik(object: Fitted, REML: bool | None = None) -> LogLik:
    """Return lmer's or glmer's log-likelihood: that of the flat-prior mode, with its df.

    `REML` asks for the other criterion at its own maximum, as refitting in R does. A warning says
    where R's number is another (families with a dispersion, nAGQ = 0, glmmTMB's curvature).

    Raises `SamplingError` for models whose random effects cannot be integrated out.
    """
    own = fitted_of(object)
    if REML is not None:
        require_truth("REML", REML)
    reml = own.reml if REML is None else REML
    point = _estimate(own, reml)
    return LogLik(point.log_likelihood, point.n_parameters)


@public
def isSingular(x: Fitted) -> bool:
    """Say whether lme4's estimate is on the boundary: an sd of 0, or a correlation of 1.

    It is a property of the estimate, so it is read from the flat-prior mode; a posterior is never
    singular. Raises as `logLik`.
    """
    own = fitted_of(x)
    return _estimate(own, own.reml).singular


def _estimate(own: Fitted, reml: bool) -> PointEstimate:
    """Return the flat-prior mode, with a warning where R maximizes something else."""
    spec, linear = own.fit.spec, own.fit.spec.family.closed_form
    nodes = 1 if own.nodes is None else own.nodes
    other = other_estimates(
        spec.family,
        own.package,
        reml=reml and not linear and own.package == "glmmTMB",
        nodes=nodes,
        weighted=spec.response.weights is not None,
    )
    if other:
        warn(f"This is not R's number: {other}.")
    asked = None if own.nodes is None else max(nodes, 1)
    point = own.fit.mode(flat=True, reml=reml, nodes=asked)
    if reml and linear and not point.reml:
        warn("This is not R's number: the fixed effects are at their best values, not integrated.")
    return point


@public
def hypothesis(
    x: Fitted,
    hypothesis: str | Sequence[str],
    class_: str = "b",
    group: str = "",
    alpha: float | None = None,
) -> BrmsHypothesis:
    """Weigh hypotheses written in R's coefficient names, such as "blockb2 - blockb3 > 0".

    `class_` and `group` are brms's: `class_="sd", group="Subject"` lets "Days > 5" speak of
    `sd_Subject__Days`; `class_=""` takes brms's full names, `b_Days`. mixwell's own names are
    understood too. Intervals have the width of `mixwell.options.ci_prob`; with `alpha` brms's,
    1 - alpha, and 1 - 2 alpha where the hypothesis is one-sided. Raises `DataError`, and
    `FormulaError` with a caret.
    """
    widths = _widths(alpha)
    require_text("class_", class_)
    require_text("group", group)
    texts = require_texts("hypothesis", hypothesis)
    fit = fitted_of(x).fit
    known = parameter_draws(fit.drawn)
    prefix = f"{class_}_{group}__" if group else f"{class_}_" if class_ else ""
    table = brms_variables(fit.spec)
    own = {n.removeprefix(prefix): ours for n, ours in table.items() if n.startswith(prefix)}
    plainly = {n: ours for n, ours in table.items() if "_" not in n}
    names = {name: name for name in known.names} | plainly | own
    if not any("r_" in text for text in texts):  # deviations can be many, and slow to look through
        names = {name: ours for name, ours in names.items() if read_name(name)[0] != "r"}
    spelled = Vocabulary(list(names), lambda name: known.draws(names[name]), known.shape)
    made = judge(texts, spelled)
    about = f"{class_}_{group}" if group else class_
    frame = layout_brms.hypothesis_frame(made, texts, widths)
    return BrmsHypothesis(frame, made.with_interval(widths.two_sided), about, widths)


def _widths(alpha: float | None) -> layout_brms.Widths:
    if alpha is None:
        usual = interval_settings().prob
        return layout_brms.Widths(usual, usual)
    out = require_probability("alpha", alpha)
    if out >= 0.5:
        raise DataError(f"alpha is {alpha!r}.", where="alpha", hint="Give less than 0.5.")
    return layout_brms.Widths(1 - out, 1 - 2 * out)


@public
def prior_summary(object: Fitted) -> pd.DataFrame:
    """Return the priors of a fit in the columns of brms's `prior_summary`."""
    fit = fitted_of(object).fit
    require_unedited("the table of priors", fit.made.edited)
    return prior_frame(fit.spec)
