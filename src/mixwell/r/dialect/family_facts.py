"""What R's packages do with families, read from the families themselves (`mixwell.families`)."""

from collections.abc import Mapping

from mixwell.families import FAMILIES, Family


def named_parameter(family: Family, package: str, word: str) -> str:
    """Return the parameter, by its name here, that a package calls by a word; "" without any.

    >>> from mixwell.families import get_family
    >>> named_parameter(get_family("negativebinomial"), "glmmTMB", "dispersion")
    'alpha'
    """
    return next((p.name for p in family.further if p.elsewhere.get(package) == word), "")


def is_gaussian(family: Family) -> bool:
    """Return whether it is the family of lmer."""
    return family.conjugate is not None


def other_estimates(
    family: Family, package: str, *, reml: bool = False, nodes: int = 1, weighted: bool = False
) -> str:
    """Return why R's estimates are not those of `mode(flat=True)`; "" where they are.

    `family` has the link that was asked for; `reml`, `nodes` (nAGQ) and `weighted` are R's
    settings. Measured with lme4 1.1-31 and glmmTMB 1.1.5.

    >>> from mixwell.families import get_family
    >>> other_estimates(get_family("poisson"), "lme4"), other_estimates(get_family("gamma"), "lme4")
    ('', 'lme4 estimates the dispersion of this family otherwise')
    """
    if package in MAXIMIZING and weighted and family.scale is not None:
        return f"{package}'s weights multiply the log-likelihood"
    if held := named_parameter(family, package, "parms"):
        return f"{package} holds {held} at a value"
    if family.closed_form:
        return ""
    if nodes == 0:
        return "with nAGQ = 0 lme4 stops before the highest likelihood"
    if reml:
        return "REML of a generalized model integrates over the fixed effects too"
    if package in MAXIMIZING:
        return ""
    if family.scale is not None or named_parameter(family, "stats", "dispersion"):
        return f"{package} estimates the dispersion of this family otherwise"
    if nodes == 1 and family.canonical != family.link_name:
        return "lme4's Laplace approximation takes the expected curvature, not the observed one"
    return ""


def foreign(r_name: str, package: str) -> str:
    """Return why a package's family of this name is none of those here; "" where it is one.

    >>> foreign("poisson", "lme4"), foreign("lognormal", "glmmTMB")
    ('', 'The family lognormal is that of brms here: glmmTMB lacks it or means other quantities')
    """
    owner = _PACKAGES.get(r_name, package)
    if owner == package:
        return ""
    return (
        f"The family {r_name} is that of {owner} here: {package} lacks it or means other quantities"
    )


def response_word(family: Family) -> str:
    """Return emmeans's name of a mean on the response scale."""
    rate = "rate" if family.link.comparison == "ratio" else "response"
    return family.elsewhere.get("emmeans", rate)


#: Packages that maximize the likelihood, or Laplace's approximation with the observed curvature.
MAXIMIZING = frozenset(["glmmTMB", "ordinal", "MASS", "survival", "betareg", "pscl"])
#: By R's name: the name here, and R's default link where it is not the default here.
R_NAMES: Mapping[str, tuple[str, str]] = {
    r_name: (family.name, link)
    for family in FAMILIES.values()
    for r_name, link in family.r_names.items()
}
#: The package of a name that other packages lack or take for other quantities.
_PACKAGES = {name: owner for f in FAMILIES.values() for name, owner in f.r_packages.items()}
#: brms's names of the families' own parameters, and the names here.
PARAMETERS: Mapping[str, str] = {
    p.elsewhere["brms"]: p.name
    for family in FAMILIES.values()
    for p in family.further
    if "brms" in p.elsewhere
}
