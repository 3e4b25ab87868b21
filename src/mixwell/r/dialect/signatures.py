"""The parameters of R's functions that fit models, in R's order, and their packages."""

from collections.abc import Mapping

_LMER = "formula data REML control start verbose subset weights na.action offset contrasts"
_GLMER = "formula data family control start verbose nAGQ subset weights na.action offset contrasts"
_LM = "formula data subset weights na.action method model x y qr singular.ok contrasts offset ..."
_GLM = (
    "formula family data weights subset na.action start etastart mustart offset control model "
    "method x y singular.ok contrasts ..."
)
_BRM = (
    "formula data family prior autocor data2 cov_ranef sample_prior sparse knots "
    "drop_unused_levels stanvars stan_funs fit save_pars save_ranef save_mevars save_all_pars init "
    "inits chains iter warmup thin cores threads opencl normalize control algorithm backend future "
    "silent seed save_model stan_model_args file file_refit empty rename refresh ..."
)
_STAN = (
    "prior prior_intercept prior_aux prior_covariance prior_PD algorithm adapt_delta QR sparse "
    "chains iter warmup thin cores seed refresh control init"
)
_TMB = (
    "formula data family ziformula dispformula weights offset contrasts na.action se verbose "
    "doFit control REML start map sparseX subset"
)

SIGNATURES: Mapping[str, tuple[str, ...]] = {
    name: tuple(words.split())
    for name, words in {
        "lmer": f"{_LMER} devFunOnly",
        "glmer": f"{_GLMER} mustart etastart devFunOnly",
        "glmer.nb": f"{_GLMER} initCtrl nb.control interval tol",
        "lm": _LM,
        "glm": _GLM,
        "glm.nb": "formula data weights subset na.action start etastart mustart control method "
        "model x y contrasts ... init.theta link",
        "brm": _BRM,
        "stan_lmer": f"formula data subset weights na.action offset contrasts ... {_STAN}",
        "stan_glmer": f"formula data family subset weights na.action offset contrasts ... {_STAN}",
        "stan_glmer.nb": f"formula data subset weights na.action offset contrasts link ... {_STAN}",
        "stan_glm": f"formula family data weights subset na.action offset model x y contrasts ... "
        f"{_STAN}",
        "stan_lm": f"formula data subset weights na.action model x y singular.ok contrasts offset "
        f"... {_STAN}",
        "glmmTMB": _TMB,
    }.items()
}
PACKAGES: Mapping[str, str] = {
    **dict.fromkeys(("lmer", "glmer", "glmer.nb"), "lme4"),
    **dict.fromkeys(("lm", "glm", "glm.nb"), "stats"),
    "brm": "brms",
    **dict.fromkeys(
        ("stan_lmer", "stan_glmer", "stan_glmer.nb", "stan_glm", "stan_lm"), "rstanarm"
    ),
    "glmmTMB": "glmmTMB",
}
#: Arguments that say how R should compute or what it should keep; nothing is lost without them.
IGNORED = frozenset(
    {"verbose", "model", "x", "y", "qr", "singular.ok", "method", "refresh", "silent", "cores"}
    | {"threads", "opencl", "backend", "future", "save_pars", "save_ranef", "save_all_pars", "thin"}
    | {"save_model", "file", "file_refit", "sparse", "QR", "se", "sparseX", "normalize", "start"}
    | {"etastart", "mustart", "init", "inits", "drop_unused_levels", "stan_model_args", "tol"}
    | {"save_mevars", "interval", "initCtrl", "nb.control", "init.theta", "rename", "empty"}
)
