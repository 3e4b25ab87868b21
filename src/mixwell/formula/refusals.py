"""Constructs of R, brms, mgcv and glmmTMB that mixwell lacks, each with what works instead."""

from typing import NamedTuple

from mixwell.errors import FormulaError
from mixwell.formula.syntax import Call

__all__ = ["COVARIANCE_KINDS", "TERMS", "MissingConstruct", "refuse_call"]


class MissingConstruct(NamedTuple):
    """What a construct is, and the nearest thing that works."""

    what: str
    instead: str


_SPLINE = (
    "Use a spline with fixed degrees of freedom: bs(x, df = 5), ns(x, df = 4) or cr(x, df = 4)."
)
_SURFACE = "Use an interaction of splines: ns(x, df = 3) * ns(z, df = 3)."
_ERRORS = "Autocorrelated errors are not available; a grouping factor for the series is: (1 | g)."

# Refused where they stand as a term of their own.
TERMS: dict[str, MissingConstruct] = {
    "s": MissingConstruct("a penalized smooth of mgcv and brms", _SPLINE),
    "te": MissingConstruct("a tensor-product smooth of mgcv", _SURFACE),
    "ti": MissingConstruct("a tensor-product smooth of mgcv", _SURFACE),
    "t2": MissingConstruct("a tensor-product smooth of mgcv and brms", _SURFACE),
    "lo": MissingConstruct("a loess smooth of gam", _SPLINE),
    "gp": MissingConstruct("a Gaussian process of brms", _SPLINE),
    "mm": MissingConstruct(
        "a multi-membership grouping of brms", "Use one grouping factor each: (1 | a) + (1 | b)."
    ),
    "gr": MissingConstruct(
        "a grouping with options of brms", "Name the grouping factor itself: (1 | g)."
    ),
    "mo": MissingConstruct(
        "a monotonic effect of brms", "Use an ordered factor (polynomial contrasts): ordered(x)."
    ),
    "me": MissingConstruct(
        "a predictor measured with error of brms", "Use the measured column itself: x."
    ),
    "mi": MissingConstruct("a modeled missing value of brms", "Impute before fitting, and use x."),
    "cs": MissingConstruct("a category-specific effect of brms", "Use the column itself: x."),
    "ar": MissingConstruct("an autoregressive error of brms", _ERRORS),
    "ma": MissingConstruct("a moving-average error of brms", _ERRORS),
    "arma": MissingConstruct("an autoregressive error of brms", _ERRORS),
    "cosy": MissingConstruct(
        "a compound-symmetric error of brms", "Use a random intercept: (1 | g)."
    ),
    "unstr": MissingConstruct("an unstructured error of brms", "Use random slopes: (x | g)."),
    "sar": MissingConstruct("a spatial error of brms", _ERRORS),
    "car": MissingConstruct("a spatial error of brms", _ERRORS),
    "fcor": MissingConstruct("a fixed error correlation of brms", _ERRORS),
    "Error": MissingConstruct("an error stratum of aov", "Use a random intercept: (1 | g)."),
    "strata": MissingConstruct(
        "a stratified baseline of survival", "Use a random intercept: (1 | g)."
    ),
    "frailty": MissingConstruct("a random effect of survival", "Use a random intercept: (1 | g)."),
    "cluster": MissingConstruct(
        "a clustered variance of survival", "Use a random intercept: (1 | g)."
    ),
}

# Refused where their argument is a group-level term: diag(x | g).
COVARIANCE_KINDS: dict[str, MissingConstruct] = {
    "us": MissingConstruct("an unstructured covariance of glmmTMB", "Write it plainly: (x | g)."),
    "diag": MissingConstruct("a diagonal covariance of glmmTMB", "Write two bars: (x || g)."),
    **{
        name: MissingConstruct(
            f"{kind} covariance of glmmTMB",
            "Two kinds are available: full, (x | g), and diagonal, (x || g).",
        )
        for name, kind in {
            "ar1": "an autoregressive",
            "hetar1": "an autoregressive",
            "ou": "an Ornstein-Uhlenbeck",
            "cs": "a compound-symmetric",
            "homcs": "a compound-symmetric",
            "homdiag": "a homogeneous diagonal",
            "toep": "a Toeplitz",
            "homtoep": "a Toeplitz",
            "exp": "an exponential spatial",
            "gau": "a Gaussian spatial",
            "mat": "a Matern spatial",
            "rr": "a reduced-rank",
            "propto": "a known",
            "equalto": "a known",
        }.items()
    },
}


def refuse_call(call: Call, refusals: dict[str, MissingConstruct], text: str) -> None:
    """Raise FormulaError if the function of ``call`` is among the refused ones.

    Examples
    --------
    >>> refuse_call(Call("log", ()), TERMS, "")
    """
    refusal = refusals.get(call.function)
    if refusal is not None:
        message = f"{call.function}() is {refusal.what}, which mixwell does not have."
        raise FormulaError.at(call.span, message, text, refusal.instead)
