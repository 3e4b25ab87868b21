"""Response families as values: links, extra parameters, and the responses that they take."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mixwell.errors import DataError, did_you_mean
from mixwell.families.links import LINKS
from mixwell.numeric.arrays import FloatArray

if TYPE_CHECKING:
    from mixwell.design.response.response import Response

__all__ = ["ALIASES", "FAMILIES", "Family", "get_family", "resolve_family"]


@dataclass(frozen=True)
class Family:
    """A likelihood with its chosen link.

    `links` are the links that it can have, the default first; `parameters` its parameters beyond
    the mean, each positive and modeled on the log scale where it has a formula of its own;
    `additions` what may stand after `|` on a formula's left side (`se`, `weights`, ...).

    >>> family = get_family("poisson")
    >>> family.link_name, family.inverse_link([0.0])
    ('log', array([1.]))
    """

    name: str
    text: str
    links: tuple[str, ...]
    parameters: tuple[str, ...] = ()
    additions: tuple[str, ...] = ("weights",)
    discrete: bool = False
    link_name: str = ""

    def __post_init__(self) -> None:
        """Choose the default link where none was given."""
        if not self.link_name:
            object.__setattr__(self, "link_name", self.links[0])

    def __repr__(self) -> str:
        """Show name and link."""
        return f"Family({self.name}, link {self.link_name})"

    @property
    def weights_scale_variance(self) -> bool:
        """Whether weights divide the variance (R's meaning for gaussian) or multiply log p."""
        return "sigma" in self.parameters

    def link(self, mean: ArrayLike) -> FloatArray:
        """Map a mean (response scale) to the linear predictor."""
        return LINKS[self.link_name](mean)

    def inverse_link(self, eta: ArrayLike) -> FloatArray:
        """Map the linear predictor to a mean (response scale; a probability for binomial)."""
        return LINKS[self.link_name].inverse(eta)

    def variance(
        self,
        mean: ArrayLike,
        trials: ArrayLike | None = None,
        **parameters: ArrayLike,
    ) -> FloatArray:
        """Variance of the response at a mean; for binomial of the count, at a probability.

        `parameters` are the family's own (`sigma`, `nu`, `alpha`, `kappa`), broadcast with `mean`.

        >>> float(get_family("binomial").variance(0.5, trials=10))
        2.5
        """
        mu: FloatArray = np.asarray(mean, dtype=float)
        value: dict[str, FloatArray] = {
            name: np.asarray(given, dtype=float) for name, given in parameters.items()
        }
        match self.name:
            case "gaussian":
                return value["sigma"] ** 2 + 0.0 * mu
            case "student":
                nu = value["nu"]
                factor: FloatArray = np.where(nu > 2, nu / np.where(nu > 2, nu - 2, 1.0), np.inf)
                return value["sigma"] ** 2 * factor + 0.0 * mu
            case "poisson":
                return mu
            case "negativebinomial":
                return mu + mu**2 / value["alpha"]
            case "gamma":
                return mu**2 / value["alpha"]
            case "beta":
                return mu * (1 - mu) / (1 + value["kappa"])
            case _:
                return mu * (1 - mu) * (1.0 if trials is None else np.asarray(trials, dtype=float))

    def validate_response(self, response: "Response") -> None:
        """Refuse a response that the family cannot have.

        Raises `DataError` naming the response and what is wrong with it.
        """
        _check_additions(self, response)
        _check_kind(self, response)
        _check_values(self, response)


_LOCATION = ("weights", "se", "cens", "trunc")
_COUNT = ("weights", "cens", "trunc")
_PROBABILITY_LINKS = ("logit", "probit", "cloglog")

FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        Family(
            name="gaussian",
            text="Normal(mu, sigma)",
            links=("identity", "log", "inverse"),
            parameters=("sigma",),
            additions=_LOCATION,
        ),
        Family(
            name="student",
            text="StudentT(nu, mu, sigma)",
            links=("identity", "log", "inverse"),
            parameters=("nu", "sigma"),
            additions=_LOCATION,
        ),
        Family(
            name="bernoulli",
            text="Bernoulli(mu)",
            links=_PROBABILITY_LINKS,
            discrete=True,
        ),
        Family(
            name="binomial",
            text="Binomial(trials, mu)",
            links=_PROBABILITY_LINKS,
            additions=("weights", "trials"),
            discrete=True,
        ),
        Family(
            name="poisson",
            text="Poisson(mu)",
            links=("log", "identity", "sqrt"),
            additions=_COUNT,
            discrete=True,
        ),
        Family(
            name="negativebinomial",
            text="NegativeBinomial(mu, alpha)",
            links=("log", "identity", "sqrt"),
            parameters=("alpha",),
            additions=_COUNT,
            discrete=True,
        ),
        Family(
            name="gamma",
            text="Gamma(alpha, alpha / mu)",
            links=("log", "inverse", "identity"),
            parameters=("alpha",),
        ),
        Family(
            name="beta",
            text="Beta(mu * kappa, (1 - mu) * kappa)",
            links=_PROBABILITY_LINKS,
            parameters=("kappa",),
        ),
    )
}

ALIASES: dict[str, str] = {
    "normal": "gaussian",
    "t": "student",
    "studentt": "student",
    "student_t": "student",
    "bernouilli": "bernoulli",
    "negbinomial": "negativebinomial",
    "negative_binomial": "negativebinomial",
    "negbin": "negativebinomial",
    "nbinom": "negativebinomial",
    "nbinom2": "negativebinomial",
}


def get_family(name: str | Family, link: str | None = None) -> Family:
    """Find a family by name and give it a link (its default link when `link` is None).

    Raises `DataError` for an unknown family or link, with the choices.

    >>> get_family("nbinom")
    Family(negativebinomial, link log)
    """
    family = name if isinstance(name, Family) else _named(name)
    if link is None:
        return family
    if link not in family.links:
        raise DataError(
            f'The family "{family.name}" has no link {link!r}.',
            where="link",
            hint=f"Choices: {', '.join(family.links)}.",
        )
    return replace(family, link_name=link)


def resolve_family(name: str | Family, link: str | None, response: "Response") -> Family:
    """Find the family and check that it can have this response.

    `binomial` for a 0/1 or two-level response without trials is `bernoulli`, as in R.
    Raises `DataError`.
    """
    family = get_family(name, link)
    two_outcomes = response.levels is not None or _is_zero_one(response)
    if family.name == "binomial" and response.trials is None and two_outcomes:
        family = get_family("bernoulli", family.link_name)
    family.validate_response(response)
    return family


def _named(name: object) -> Family:
    if not isinstance(name, str):
        raise DataError(
            f"A family is a name, not {type(name).__name__}.",
            where="family",
            hint=f"Choices: {', '.join(FAMILIES)}.",
        )
    key = name.strip().lower().replace(" ", "").replace("-", "_")
    key = ALIASES.get(key, key)
    if key not in FAMILIES:
        raise DataError(f'There is no family "{name}".', where="family", hint=_family_hint(name))
    return FAMILIES[key]


def _family_hint(name: str) -> str:
    near = did_you_mean(name, [*FAMILIES, *ALIASES])
    choices = f"Choices: {', '.join(FAMILIES)}."
    return choices if near is None or near.startswith("Choices") else f"{near} {choices}"


def _used_additions(response: "Response") -> dict[str, bool]:
    return {
        "weights": response.weights is not None,
        "se": response.se is not None,
        "cens": response.censoring is not None,
        "trunc": response.lower is not None or response.upper is not None,
    }


def _check_additions(family: Family, response: "Response") -> None:
    used = _used_additions(response)
    for name, present in used.items():
        if present and name not in family.additions:
            able = [f.name for f in FAMILIES.values() if name in f.additions]
            raise DataError(
                f'The family "{family.name}" cannot use {name}().',
                where=f"response {response.name}",
                hint=f"Families that can: {', '.join(able)}.",
            )
    if used["cens"] and used["trunc"]:
        raise DataError(
            "cens() and trunc() cannot be combined.",
            where=f"response {response.name}",
            hint="Keep the one of them that describes how the data were recorded.",
        )


def _is_zero_one(response: "Response") -> bool:
    return bool(np.isin(response.values, (0.0, 1.0)).all())


def _check_kind(family: Family, response: "Response") -> None:
    where, levels = f'response "{response.name}"', response.levels
    if family.name == "bernoulli":
        if response.trials is None and (levels is None or len(levels) == 2):
            return
        found = f"levels {', '.join(map(str, levels[:6]))}" if levels else "trials"
        if levels and len(levels) > 6:
            found += f" and {len(levels) - 6} more"
        raise DataError(
            f'The family "bernoulli" takes two outcomes; "{response.name}" has {found}.',
            where=where,
            hint="Use 0 and 1, True and False, or a factor with two levels (the first is failure).",
        )
    if family.name == "binomial":
        if response.trials is not None:
            return
        raise DataError(
            f'The family "binomial" needs the number of trials for "{response.name}".',
            where=where,
            hint="Write y | trials(n) ~, cbind(successes, failures) ~, or y / n ~ with weights.",
        )
    if levels is not None or response.trials is not None:
        found = "a factor" if levels is not None else "a count out of trials"
        raise DataError(
            f'The family "{family.name}" takes a numeric response; "{response.name}" is {found}.',
            where=where,
            hint='Use family="bernoulli" for two outcomes, "binomial" for counts out of trials.',
        )


def _check_values(family: Family, response: "Response") -> None:
    values = response.values
    match family.name:
        case "bernoulli":
            _refuse(family, response, ~np.isin(values, (0.0, 1.0)), "is neither 0 nor 1")
        case "binomial":
            trials = response.trials
            _refuse(family, response, values < 0, "is below 0")
            _refuse(
                family, response, values != np.round(values), "is not a whole number of successes"
            )
            if trials is not None:
                _refuse(
                    family, response, trials != np.round(trials), "has trials that are not whole"
                )
                _refuse(family, response, trials < values, "has fewer trials than successes")
        case "poisson" | "negativebinomial":
            _refuse(family, response, values < 0, "is below 0")
            _refuse(family, response, values != np.round(values), "is not a whole number")
        case "gamma":
            _refuse(family, response, values <= 0, "is not above 0")
        case "beta":
            _refuse(
                family,
                response,
                (values <= 0) | (values >= 1),
                "is not between 0 and 1 (exclusive)",
            )


_ADVICE = {
    "bernoulli": "A response in 0..1 with trials is binomial: y | trials(n) ~ ...",
    "binomial": "Successes are whole counts, trials whole and at least as many.",
    "poisson": 'Counts are 0, 1, 2, ...; for other numbers use family="gaussian" or "gamma".',
    "negativebinomial": 'Counts are 0, 1, 2, ...; for other numbers use "gaussian" or "gamma".',
    "gamma": 'The gamma family is for values above 0; for others use family="gaussian".',
    "beta": "The beta family is for proportions strictly between 0 and 1.",
}


def _refuse(family: Family, response: "Response", bad: NDArray[np.bool_], complaint: str) -> None:
    rows = np.flatnonzero(bad)
    if rows.size:
        more = f" (and {rows.size - 1} more rows)" if rows.size > 1 else ""
        raise DataError(
            f'The response "{response.name}" {complaint}: {response.values[rows[0]]:g}{more}.',
            where=f'column "{response.name}", row {rows[0] + 1} of those used',
            hint=_ADVICE[family.name],
        )
