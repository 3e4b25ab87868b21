"""What R's packages say of families: their names, links and parameters, by the name here."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FamilyFacts:
    """A family as R and its packages have it.

    `links` are the links here, the default first; `r_names` R's names with R's default link, ""
    where it is the default here. `dispersion` is the parameter, by its name here, that glmmTMB's
    dispformula and sigma() are about, `auxiliary` that of rstanarm's prior_aux. A `linear` family
    is fitted by lmer, one with `trials` has counts out of them, and `quadrature` says whether
    random effects are integrated out. With `curved` glmmTMB's curvature is not lme4's, and with
    `dispersed` R's weights divide the dispersion. `response` is emmeans's name of a mean, where it
    does not follow from the link.
    """

    links: tuple[str, ...] = ()
    r_names: Mapping[str, str] = field(default_factory=dict)
    dispersion: str = ""
    auxiliary: str = ""
    linear: bool = False
    trials: bool = False
    quadrature: bool = True
    curved: bool = False
    dispersed: bool = False
    response: str = ""

    @property
    def residual_sd(self) -> bool:
        """Whether the dispersion is the standard deviation of residuals."""
        return self.dispersion == "sigma"


_REAL = ("identity", "log", "inverse")
_PROBABILITY = ("logit", "probit", "cloglog")
_COUNT = ("log", "identity", "sqrt")


def _spelled(names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), "")


FAMILIES: Mapping[str, FamilyFacts] = {
    "gaussian": FamilyFacts(
        _REAL,
        _spelled("gaussian"),
        dispersion="sigma",
        auxiliary="sigma",
        linear=True,
        response="response",
    ),
    "student": FamilyFacts(_REAL, _spelled("student t_family"), dispersion="sigma"),
    "bernoulli": FamilyFacts(_PROBABILITY, _spelled("bernoulli"), response="prob"),
    "binomial": FamilyFacts(_PROBABILITY, _spelled("binomial"), trials=True, response="prob"),
    "poisson": FamilyFacts(_COUNT, _spelled("poisson")),
    "negativebinomial": FamilyFacts(
        _COUNT,
        _spelled("negbinomial nbinom2 neg_binomial_2 negative.binomial neg_binomial"),
        dispersion="alpha",
        auxiliary="alpha",
        curved=True,
    ),
    "gamma": FamilyFacts(
        ("log", "inverse", "identity"),
        {"Gamma": "inverse", "gamma": ""},
        auxiliary="alpha",
        curved=True,
        dispersed=True,
    ),
    "beta": FamilyFacts(
        _PROBABILITY, _spelled("Beta beta beta_family"), dispersion="kappa", quadrature=False
    ),
}


def facts_of(name: str) -> FamilyFacts:
    """Return the facts of a family by its name here; of one's own family, those of none."""
    return FAMILIES.get(name, FamilyFacts())


#: By R's name: the name here, and R's default link where it is not the default here.
R_NAMES: Mapping[str, tuple[str, str]] = {
    r_name: (name, link)
    for name, facts in FAMILIES.items()
    for r_name, link in facts.r_names.items()
}
#: brms's names of the families' own parameters, and the names here.
PARAMETERS: Mapping[str, str] = {"sigma": "sigma", "shape": "alpha", "phi": "kappa", "nu": "nu"}
