"""Constructs of R, brms, mgcv and glmmTMB that mixwell lacks, each with what works instead."""

from collections.abc import Mapping
from typing import NamedTuple

from mixwell.errors import FormulaError
from mixwell.formula.syntax import Call


class MissingConstruct(NamedTuple):
    """What a construct is, and the nearest thing that works."""

    what: str
    instead: str


def missing(table: Mapping[str, Mapping[str, str]]) -> dict[str, MissingConstruct]:
    """Return constructs by name; a table holds what works instead, what they are, their names.

    Examples
    --------
    >>> missing({"Impute.": {"a missing value": "mi"}})["mi"].what
    'a missing value'
    """
    return {
        name: MissingConstruct(what, instead)
        for instead, kinds in table.items()
        for what, names in kinds.items()
        for name in names.split()
    }


# Refused where they stand as a term of their own.
TERMS = missing(
    {
        "Use a spline with fixed degrees of freedom: bs(x, df = 5), ns(x, df = 4) or "
        "cr(x, df = 4).": {
            "a penalized smooth of mgcv and brms": "s",
            "a loess smooth of gam": "lo",
            "a Gaussian process of brms": "gp",
            "a Gaussian process of bambi": "hsgp",
        },
        "Use an interaction of splines: ns(x, df = 3) * ns(z, df = 3).": {
            "a tensor-product smooth of mgcv": "te ti",
            "a tensor-product smooth of mgcv and brms": "t2",
        },
        "Autocorrelated errors are not available; a grouping factor for the series is: (1 | g).": {
            "an autoregressive error of brms": "ar arma",
            "a moving-average error of brms": "ma",
            "a spatial error of brms": "sar car",
            "a fixed error correlation of brms": "fcor",
        },
        "Use a random intercept: (1 | g).": {
            "a compound-symmetric error of brms": "cosy",
            "an error stratum of aov": "Error",
            "a stratified baseline of survival": "strata",
            "a random effect of survival": "frailty",
            "a clustered variance of survival": "cluster",
        },
        "Use one grouping factor each: (1 | a) + (1 | b).": {
            "a multi-membership grouping of brms": "mm"
        },
        "Name the grouping factor itself: (1 | g).": {"a grouping with options of brms": "gr"},
        "Use an ordered factor (polynomial contrasts): ordered(x).": {
            "a monotonic effect of brms": "mo"
        },
        "Use the measured column itself: x.": {"a predictor measured with error of brms": "me"},
        "Impute before fitting, and use x.": {"a modeled missing value of brms": "mi"},
        "Use random slopes: (x | g).": {"an unstructured error of brms": "unstr"},
    }
)

# Functions of others, refused where the user has none of that name.
FUNCTIONS = missing(
    {
        'Write I(f == "a").': {"a column of 0 and 1 of bambi": "binary B"},
        'Write factor(f), or relevel(f, ref = "b") for a reference level.': {
            "a factor of pandas": "Categorical category",
            "a set of indicators of fixest": "i",
            "a factor of forcats": "fct_relevel fct_rev fct_inorder fct_infreq",
        },
        "Use a grouping factor: (1 | f).": {"a hash of levels of formulaic": "hashed"},
        'Put it into the data before: d["x"].shift(1).': {"a lag of formulaic": "lag"},
        "Use cr(x, df = 4), or sin() and cos() of the phase.": {
            "a cyclic spline of patsy": "cc",
        },
    }
)

# Refused where their argument is a group-level term: diag(x | g).
COVARIANCE_KINDS = missing(
    {
        "Write it plainly: (x | g).": {"an unstructured covariance of glmmTMB": "us"},
        "Write two bars: (x || g).": {"a diagonal covariance of glmmTMB": "diag"},
        "Two kinds are available: full, (x | g), and diagonal, (x || g).": {
            "an autoregressive covariance of glmmTMB": "ar1 hetar1",
            "an Ornstein-Uhlenbeck covariance of glmmTMB": "ou",
            "a compound-symmetric covariance of glmmTMB": "cs homcs",
            "a homogeneous diagonal covariance of glmmTMB": "homdiag",
            "a Toeplitz covariance of glmmTMB": "toep homtoep",
            "an exponential spatial covariance of glmmTMB": "exp",
            "a Gaussian spatial covariance of glmmTMB": "gau",
            "a Matern spatial covariance of glmmTMB": "mat",
            "a reduced-rank covariance of glmmTMB": "rr",
            "a known covariance of glmmTMB": "propto equalto",
        },
    }
)


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
