"""Families of other packages that mixwell lacks, each with the nearest thing that serves."""

from typing import NamedTuple

__all__ = ["ABSENT", "Absent"]


class Absent(NamedTuple):
    """What a family is, and what serves in its place."""

    what: str
    instead: str


_HAZARD = (
    'family="weibull" has hazards in proportion, with a baseline that rises or falls; '
    "fit.hazard_ratios() has its ratios."
)
_OVERDISPERSED = "a variance that is a multiple of the mean's, without a distribution"

ABSENT: dict[str, Absent] = {
    name: Absent(what, instead)
    for names, what, instead in (
        ("cox coxph cox.ph", "proportional hazards with a free baseline", _HAZARD),
        ("piecewise pexp flexsurvspline royston_parmar", "hazards constant by pieces", _HAZARD),
        (
            "quasipoisson",
            _OVERDISPERSED,
            'family="nbinom1" has that variance, "negativebinomial" one that grows faster.',
        ),
        (
            "gompertz extreme rayleigh gengamma generalized_gamma",
            "a distribution of times that there is not here",
            '"weibull", "gamma", "lognormal" and "loglogistic" are those nearest.',
        ),
        (
            "competing_risks crr fine_gray",
            "competing events in one model",
            'Each event has its own: "Surv(time, cause == 1) ~ x" with family="weibull".',
        ),
        ("quasibinomial", _OVERDISPERSED, 'family="beta_binomial" scatters more than binomial.'),
        ("quasi", "a mean and a variance without a distribution", "Choose a distribution."),
        (
            "mixture mix",
            "a mixture of distributions",
            'Counts with extra zeros: zero_inflated("poisson"); outliers: "student".',
        ),
        (
            "wiener ddm hddm",
            "the drift diffusion of choices and their times",
            'Times alone: family="exgaussian" or "shifted_lognormal"; choices alone: "bernoulli".',
        ),
        (
            "frechet gen_extreme_value gev gevlss gumbel",
            "a distribution of largest values",
            'Nearest are "weibull" and "lognormal" for heavy upper tails.',
        ),
        ("discrete_weibull", "whole times until an event", 'family="geometric" or "nbinom1".'),
        ("bell", "counts that scatter more than a Poisson's", 'family="nbinom1" does, too.'),
        (
            "logistic_normal dirichlet2",
            "shares that add up to 1",
            'family="dirichlet" has shares that add up to 1.',
        ),
        (
            "zero_inflated_asym_laplace",
            "quantiles of a response with extra zeros",
            'family="hurdle_lognormal" or "hurdle_gamma" have zeros; "asymmetric_laplace" '
            "quantiles without them.",
        ),
        (
            "ordbeta ordered_beta xbeta",
            "shares with zeros and ones by cuts of one scale",
            'family="zero_one_inflated_beta" gives zeros and ones their own probabilities.',
        ),
        (
            "hurdle_cumulative",
            "ratings with a category of its own for none",
            'A model of whether (family="bernoulli") and one of the ratings ("cumulative").',
        ),
        (
            "shash sinh_arcsinh gaulss gammals",
            "a family of mgcv whose shape has formulas",
            'Give parameters their own formulas: ["y ~ x", "sigma ~ x"]; "skew_normal" is skewed.',
        ),
        ("mvn multivariate_normal", "several responses", 'Give a list: ["y1 ~ x", "y2 ~ x"].'),
    )
    for name in names.split()
}
