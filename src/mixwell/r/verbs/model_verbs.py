"""R's functions that fit a model, lmer, glmer, brm and their like, as calls of `Model`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import pandas as pd

from mixwell.errors import (
    DataError,
    require_known,
    require_mapping,
    require_truth,
    require_whole,
)
from mixwell.public_calls import public
from mixwell.r.dialect.brms_prior import BrmsPrior
from mixwell.r.verbs.fits import Fitted
from mixwell.r.verbs.model_arguments import R_LINKS, ModelArguments, without_effect
from mixwell.r.verbs.own_formulas import with_own_formulas
from mixwell.r.verbs.prior_classes import prior_frame, read_priors

Formula = str | Sequence[str]
Priors = BrmsPrior | Iterable[BrmsPrior] | Mapping[str, object] | None

_NO_OPTIMIZER = "it steers an optimizer, and a posterior is drawn instead."
_NO_STAN = "it steers Stan or files, not the model."


@public
def lmer(
    formula: Formula,
    data: object,
    REML: bool = True,
    control: object = None,
    start: object = None,
    verbose: object = None,
    subset: object = None,
    weights: object = None,
    na_action: str = "na.omit",
    offset: object = None,
    contrasts: Mapping[str, object] | None = None,
    *,
    priors: Priors = None,
    seed: int | None = None,
    **fitting: Any,
) -> Fitted:
    """Fit a linear mixed model: `Model(formula, data).fit(seed=seed)` under lme4's name.

    `subset` and `offset` take an expression as text or one value a row, `weights` a column's name
    or one number a row. The posterior is drawn whatever `REML` is: it is remembered for `logLik`,
    whose value is lmer's own. `control`, `start` and `verbose` steer an optimizer that is not
    used: they are accepted with a warning, because leaving them out gives the same model.
    `fitting` passes on to `Model.fit`, and `saturated="allow"` (lme4's
    `check.nobs.vs.nRE = "ignore"`) to `Model`. Raises as `Model`.

    >>> import mixwell as mw
    >>> from mixwell.r import fixef
    >>> m = lmer("Reaction ~ Days + (Days | Subject)", mw.load_data("sleepstudy"), seed=1)
    >>> fixef(m).round().to_dict()
    {'(Intercept)': 251.0, 'Days': 10.0}
    """
    require_truth("REML", REML)
    without_effect("lmer", _NO_OPTIMIZER, control=control, start=start, verbose=verbose)
    asked = ModelArguments(data, "gaussian", subset, weights, offset, contrasts, na_action)
    return replace(_fit(asked, formula, priors=priors, seed=seed, fitting=fitting), reml=REML)


@public
def glmer(
    formula: Formula,
    data: object,
    family: object = "gaussian",
    control: object = None,
    start: object = None,
    verbose: object = None,
    nAGQ: int = 1,
    subset: object = None,
    weights: object = None,
    na_action: str = "na.omit",
    offset: object = None,
    contrasts: Mapping[str, object] | None = None,
    *,
    priors: Priors = None,
    seed: int | None = None,
    **fitting: Any,
) -> Fitted:
    """Fit a generalized linear mixed model under lme4's name; links default as in R.

    `family` is a name, or a call as text: `'binomial(link = "probit")'`. The posterior does not
    depend on `nAGQ`, which is remembered for `logLik` (1, R's default, is Laplace's approximation).
    Other arguments as for `lmer`. Raises as `Model`.
    """
    require_whole("nAGQ", nAGQ, 0)
    without_effect("glmer", _NO_OPTIMIZER, control=control, start=start, verbose=verbose)
    asked = ModelArguments(data, family, subset, weights, offset, contrasts, na_action)
    made = _fit(asked, formula, R_LINKS, package="lme4", priors=priors, seed=seed, fitting=fitting)
    return replace(made, reml=False, nodes=nAGQ)


@public
def glmer_nb(formula: Formula, data: object, **arguments: Any) -> Fitted:
    """Fit a negative binomial mixed model: lme4's `glmer.nb`; arguments as for `glmer`."""
    return glmer(formula, data, family="negativebinomial", **arguments)


@public
def glmmTMB(
    formula: Formula,
    data: object,
    family: object = "gaussian",
    ziformula: str = "~0",
    dispformula: str = "~1",
    *,
    REML: bool = False,
    **arguments: Any,
) -> Fitted:
    """Fit a mixed model under glmmTMB's name.

    `ziformula` is for the probability of a zero, of a count's or a hurdle's, and `dispformula` for
    the dispersion, as texts such as "~ x". `weights` multiply log likelihoods, as in glmmTMB: they
    count equal rows, unless mixwell's own `weight_kind` says that they are precisions or survey
    weights. Further arguments as for `glmer`. Raises `DataError` for
    a family without zeros or without such a dispersion, and for a gaussian one's, whose scale is
    another than glmmTMB's.
    """
    require_truth("REML", REML)
    without_effect("glmmTMB", _NO_OPTIMIZER, **_taken(arguments, ("control", "start", "verbose")))
    family, formula = with_own_formulas(formula, family, ziformula, dispformula)
    asked = ModelArguments(data, family, **_taken(arguments, _OF_MODEL), multiplies=True)
    made = _fit(asked, formula, R_LINKS, package="glmmTMB", fitting=arguments)
    return replace(made, reml=REML, nodes=1, package="glmmTMB")


@public
def lm(
    formula: Formula, data: object, subset: object = None, weights: object = None, **arguments: Any
) -> Fitted:
    """Fit a linear model without random effects; arguments as for `lmer`."""
    asked = ModelArguments(data, "gaussian", subset, weights, **_taken(arguments, _OF_MODEL))
    return replace(_fit(asked, formula, fitting=arguments), reml=False)


@public
def glm(
    formula: Formula, family: object = "gaussian", data: object = None, **arguments: Any
) -> Fitted:
    """Fit a generalized linear model without random effects; `family` comes second, as in R."""
    without_effect("glm", _NO_OPTIMIZER, **_taken(arguments, ("start", "control")))
    asked = ModelArguments(data, family, **_taken(arguments, _OF_MODEL))
    return replace(_fit(asked, formula, R_LINKS, package="stats", fitting=arguments), reml=False)


#: The arguments that say what the model is.
_OF_MODEL = [each.name for each in fields(ModelArguments) if each.name != "multiplies"]


def _taken(arguments: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Take the arguments of these names from those given."""
    return {name: arguments.pop(name) for name in names if name in arguments}


@public
def bf(*formulas: str) -> tuple[str, ...]:
    """Return formulas for `brm`, the mean's first, as brms's `bf`.

    >>> bf("y ~ x + (1 | g)", "sigma ~ x")
    ('y ~ x + (1 | g)', 'sigma ~ x')
    """
    return formulas


@public
def brm(
    formula: Formula,
    data: object,
    family: object = "gaussian",
    prior: Priors = None,
    *,
    chains: int = 4,
    iter: int = 2000,
    warmup: int | None = None,
    seed: int | None = None,
    control: Mapping[str, Any] | None = None,
    cores: object = None,
    thin: object = None,
    backend: object = None,
    file: object = None,
    refresh: object = None,
    **fitting: Any,
) -> Fitted:
    """Fit a model under brms's name; prints brms's layout.

    `prior` is one `set_prior(...)` or several, or a dict by mixwell's names. `iter` counts warmup,
    half of it by default, as in brms. Of `control`, `adapt_delta` is the sampler's
    `target_accept`; what steers Stan or files is accepted with a warning. Where the random effects
    can be integrated out no sampler is needed, and `warmup` and `control` say nothing about it.
    Weights are given as brms has them, `y | weights(w)`, or by mixwell's own `weights` with their
    `weight_kind`: "frequency" is what brms means. Raises as `Model`.
    """
    require_mapping("control", control, '{"adapt_delta": 0.99}')
    control = dict(control or {})
    if "adapt_delta" in control:
        fitting["target_accept"] = control.pop("adapt_delta")
    unused = {"cores": cores, "thin": thin, "backend": backend, "file": file, "refresh": refresh}
    without_effect("brm", _NO_STAN, **unused, control=control or None)
    fitting |= {"chains": chains, **_iterations(iter, warmup)}
    own = _taken(fitting, ("weights", "weight_kind"))
    asked = ModelArguments(data, family, **own)
    made = _fit(asked, formula, priors=prior, seed=seed, fitting=fitting)
    return replace(made, layout="brms")


@public
def stan_lmer(formula: Formula, data: object, **arguments: Any) -> Fitted:
    """Fit a linear mixed model under rstanarm's name, with mixwell's priors.

    Arguments as for `lmer`; rstanarm's own priors are given by `priors=` where they are wanted.
    """
    return lmer(formula, data, **_stan(arguments))


@public
def stan_glmer(
    formula: Formula, data: object, family: object = "gaussian", **arguments: Any
) -> Fitted:
    """Fit a generalized linear mixed model under rstanarm's name; arguments as for `glmer`."""
    return glmer(formula, data, family, **_stan(arguments))


def _stan(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Read `iter`, `warmup`, `adapt_delta`, `cores` and `refresh` as rstanarm does."""
    kept = dict(arguments)
    without_effect("rstanarm", _NO_STAN, **_taken(kept, ("cores", "refresh")))
    if "adapt_delta" in kept:
        kept["target_accept"] = kept.pop("adapt_delta")
    if "iter" in kept:
        kept |= _iterations(kept.pop("iter"), kept.pop("warmup", None))
    return kept


def _iterations(total: int, warmup: int | None) -> dict[str, int]:
    """Return draws and tuning steps of Stan's `iter`, which counts warmup: half by default."""
    require_whole("iter", total, 2)
    if warmup is not None:
        require_whole("warmup", warmup, 1)
    tune = total // 2 if warmup is None else warmup
    if not 0 < tune < total:
        raise DataError(
            f"warmup={tune} leaves no draws of iter={total}.",
            where="warmup",
            hint="iter counts warmup: iter=2000 with warmup=1000 keeps 1000 draws a chain.",
        )
    return {"draws": total - tune, "tune": tune}


@public
def get_prior(
    formula: Formula, data: object, family: object = "gaussian", **arguments: Any
) -> pd.DataFrame:
    """Return the priors that a model has by default, in the columns of brms's `get_prior`.

    >>> import mixwell as mw
    >>> priors = get_prior("Reaction ~ Days + (1 | Subject)", mw.load_data("sleepstudy"))
    >>> priors[["prior", "class", "coef", "group"]].iloc[2].tolist()
    ['HalfStudentT(3, 140.8)', 'sd', 'Intercept', 'Subject']
    """
    for name in arguments:
        require_known(name, _OF_MODEL, f"get_prior() has no argument {name}=.")
    return prior_frame(ModelArguments(data, family, **arguments).model(formula).spec)


def _fit(
    asked: ModelArguments,
    formula: Formula,
    links: Mapping[str, str] | None = None,
    *,
    package: str = "",
    fitting: Mapping[str, Any],
    **given: Any,
) -> Fitted:
    """Fit what is asked for; `priors` and `seed` stand by themselves or among `fitting`.

    So does `saturated`, mixwell's own argument for what lme4's `check.nobs.vs.nRE` is.
    """
    options = {**fitting, **given}
    priors, own = options.pop("priors", None), _taken(options, ("saturated",))
    model = asked.model(formula, links=links, package=package, **own)
    if priors is not None:
        priors = read_priors(model.spec, priors)
        model = asked.model(formula, links=links, priors=priors, **own)
    return Fitted(model.fit(**options))
