"""What is known, without PyMC, of the distributions that a prior may have."""

from dataclasses import dataclass

__all__ = ["DISTRIBUTIONS", "SPELLINGS", "Distribution"]


@dataclass(frozen=True)
class Distribution:
    """A distribution of PyMC: argument names in order, other names that it takes, its support.

    `support` is `"real"`, `"positive"`, `"interval"` (between two of its arguments), `"unit"` or
    `"correlation"`; `location` names the argument that shifts it, None where there is none.
    """

    name: str
    arguments: tuple[str, ...]
    support: str = "real"
    location: str | None = None
    positive_arguments: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    half: str | None = None


def _real(name: str, arguments: str, location: str, positive: str, **more: str) -> Distribution:
    return Distribution(
        name,
        tuple(arguments.split()),
        "real",
        location,
        tuple(positive.split()),
        tuple(more.get("also", "").split()),
        more.get("half"),
    )


def _positive(name: str, arguments: str, also: str = "", signed: str = "") -> Distribution:
    names = tuple(arguments.split())
    positive = tuple(n for n in names + tuple(also.split()) if n not in signed.split())
    return Distribution(name, names, "positive", None, positive, tuple(also.split()))


DISTRIBUTIONS: dict[str, Distribution] = {
    d.name: d
    for d in (
        _real("Normal", "mu sigma", "mu", "sigma tau", also="tau", half="HalfNormal"),
        _real("StudentT", "nu mu sigma", "mu", "nu sigma lam", also="lam", half="HalfStudentT"),
        _real("Cauchy", "alpha beta", "alpha", "beta", half="HalfCauchy"),
        _real("Laplace", "mu b", "mu", "b"),
        _real("Logistic", "mu s", "mu", "s"),
        _real("Gumbel", "mu beta", "mu", "beta"),
        _real("SkewNormal", "mu sigma alpha", "mu", "sigma tau", also="tau"),
        Distribution("Flat", (), "real"),
        Distribution("Uniform", ("lower", "upper"), "interval"),
        Distribution(
            "TruncatedNormal",
            ("mu", "sigma", "lower", "upper"),
            "interval",
            None,
            ("sigma", "tau"),
            ("tau",),
        ),
        Distribution("HalfFlat", (), "positive"),
        _positive("HalfNormal", "sigma", "tau"),
        _positive("HalfStudentT", "nu sigma", "lam"),
        _positive("HalfCauchy", "beta"),
        _positive("Exponential", "lam", "scale"),
        _positive("Gamma", "alpha beta", "mu sigma"),
        _positive("InverseGamma", "alpha beta", "mu sigma"),
        _positive("LogNormal", "mu sigma", "tau", signed="mu"),
        _positive("Weibull", "alpha beta"),
        Distribution("Beta", ("alpha", "beta"), "unit", None, ("alpha", "beta"), ("mu", "sigma")),
        Distribution("LKJ", ("eta",), "correlation", None, ("eta",)),
    )
}

#: Other spellings: any name in lower case, and what else brms and Stan call them.
SPELLINGS: dict[str, str] = {name.lower(): name for name in DISTRIBUTIONS} | {
    "student_t": "StudentT",
    "double_exponential": "Laplace",
    "skew_normal": "SkewNormal",
    "inv_gamma": "InverseGamma",
    "half_normal": "HalfNormal",
    "half_student_t": "HalfStudentT",
    "half_cauchy": "HalfCauchy",
    "lkj_corr_cholesky": "LKJ",
    "lkjcorr": "LKJ",
    "lkjcholeskycov": "LKJ",
}
