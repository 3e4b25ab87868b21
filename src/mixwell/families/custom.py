"""A family of one's own, from its log density written in Python for arrays."""

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from types import FunctionType
from typing import Any

from mixwell.errors import DataError, require_known, require_text
from mixwell.families.elementwise import Elementwise, arguments_of, takes
from mixwell.families.family import (
    Censorable,
    Density,
    Family,
    Parameter,
    PriorChoice,
    Sampler,
    Support,
    Tally,
)
from mixwell.families.followed.derivatives import differentiated
from mixwell.families.links import LINKS, own_name
from mixwell.families.registry import ALIASES, FAMILIES
from mixwell.families.shapes import SHAPE_PRIOR
from mixwell.families.supports import AT_AN_END, BELOW_ZERO, NOT_POSITIVE, NOT_WHOLE
from mixwell.public_calls import public

__all__ = ["custom_family"]

_HALF_T = PriorChoice("HalfStudentT", (("nu", 3.0), ("sigma", 2.5)), "", scaled=True)
#: What a further parameter's default prior is, by the link that says where it lies.
_PRIORS: dict[str, PriorChoice] = {
    "log": replace(SHAPE_PRIOR, reason="wide on both sides of 1, away from 0"),
    "logit": PriorChoice(
        "Beta", (("alpha", 1.0), ("beta", 1.0)), "every probability is equally likely"
    ),
    "identity": PriorChoice(
        "StudentT", (("nu", 3.0), ("mu", 0.0), ("sigma", 2.5)), "either side of 0"
    ),
}
_TYPICAL = {"log": 1.0, "logit": 0.5, "identity": 0.0}
#: Kinds of responses: what they cannot be, whether they are whole, the usual link of `mu`, and
#: three of them to try a density with.
_RESPONSES: dict[str, tuple[Support, str, tuple[float, float, float]]] = {
    "real": (Support(), "identity", (-1.0, 0.5, 2.0)),
    "positive": (
        Support(refusals=(NOT_POSITIVE,), advice="Values lie above 0."),
        "log",
        (0.5, 1.0, 3.0),
    ),
    "unit": (
        Support(refusals=(AT_AN_END,), advice="Values lie between 0 and 1."),
        "logit",
        (0.2, 0.5, 0.9),
    ),
    "count": (
        Support(whole=True, refusals=(BELOW_ZERO, NOT_WHOLE), advice="Counts are 0, 1, 2, ..."),
        "log",
        (0.0, 1.0, 4.0),
    ),
}
_USUAL_SCALE = "sigma"
_NAMES = {"y", "eta", "s", "m", "draw", "p", "trials", "mean", "b", "sd"}


@public
def custom_family(
    name: str,
    log_density: Callable[..., Any],
    *,
    response: str = "real",
    scale: str | None = _USUAL_SCALE,
    links: Mapping[str, str] | None = None,
    gradient: Callable[..., Any] | None = None,
    hessian: Callable[..., Any] | None = None,
    mean: Callable[..., Any] | None = None,
    variance: Callable[..., Any] | None = None,
    sample: Callable[..., Any] | None = None,
    log_below: Callable[..., Any] | None = None,
    log_above: Callable[..., Any] | None = None,
) -> Family:
    """Make a family from a log density of a row, `log_density(y, mu, ...)`, in NumPy's functions.

    `mu` has the model's main formula; every further argument is a parameter of that name, positive
    unless `links` gives another link than "log" ("logit" between 0 and 1, "identity" any number).
    That named by `scale`, where there is one, is in units of the response: it starts from the
    responses' spread, which its default prior, a half-t, is in units of; the others have priors
    without a unit.
    `response` is "real", "positive", "unit" or "count". The text is followed for derivatives, which
    are exact to rounding; `gradient(y, mu, ...)` and `hessian`, its lower triangle by rows, replace
    them. `mean` and `variance` are functions of the parameters (the mean is `mu` without one),
    `sample(rng, mu, ...)` draws responses; `log_below` and `log_above` are the logarithms of the
    distribution and survival functions, for cens(). Raises `DataError` for a density that cannot be
    followed, with the reason.

    >>> import numpy as np
    >>> def log_density(y, mu, sigma):
    ...     return -np.log(2 * sigma) - np.abs(y - mu) / sigma
    >>> custom_family("my_laplace", log_density)
    Family(my_laplace, link identity)
    """
    functions = {"gradient": gradient, "hessian": hessian, "mean": mean, "variance": variance}
    functions |= {"sample": sample, "log_below": log_below, "log_above": log_above}
    _require_kinds(name, links, functions)
    require_known(response, _RESPONSES, f'There is no response "{response}".', where="response")
    _require_new(name)
    support, usual, tried = _RESPONSES[response]
    names = _parameters(log_density)
    chosen = _links(links or {}, names)
    _require_scale(scale, names, chosen)
    first = Parameter("mu", (chosen.get("mu", usual),))
    further = [n for n in names if n != "mu"]
    made = [_parameter(n, chosen.get(n, "log"), is_scale=n == scale) for n in further]
    parameters = (first, *made)
    ordered = tuple(parameter.name for parameter in parameters)
    density = _density(log_density, gradient, hessian, ordered)
    ends = None
    if log_below is not None and log_above is not None:
        ends = Censorable(log_below, log_above, _no_excess)
    family = Family(
        name=name,
        text=f"{name}({', '.join(ordered)})",
        parameters=parameters,
        support=support,
        density=density,
        sampler=None if sample is None else Sampler(own=sample),
        mean="mu" if mean is None else mean,
        mean_slope=None if mean is None else _slope(mean),
        variance_function=variance,
        additions=("weights",) if ends is None else ("weights", "cens"),
        censorable=ends,
        tally=Tally(by_row=_of_s(log_density)),
    )
    _try(family, tried)
    return family


def _require_new(name: str) -> None:
    if name in FAMILIES or name in ALIASES:
        raise DataError(
            f'There is a family "{name}" already.', where="name", hint="Call yours otherwise."
        )


def _links(links: Mapping[str, str], names: Collection[str]) -> dict[str, str]:
    """Return the links by parameter, each by its name here; `DataError` for unknown ones."""
    chosen = {parameter: own_name(link) for parameter, link in links.items()}
    for parameter, link in chosen.items():
        said = f'The log density has no argument "{parameter}".'
        require_known(parameter, names, said, where="links")
        require_known(link, LINKS, f'There is no link "{link}".', where=f'links["{parameter}"]')
    return chosen


def _require_kinds(name: object, links: object, functions: Mapping[str, object]) -> None:
    """Refuse a name that is no text, links that are no mapping, and what is no function."""
    if not isinstance(name, str) or not name.isidentifier():
        raise DataError(
            "The name of a family is a text like that of a variable.",
            where="name",
            hint='Write custom_family("my_family", ...).',
        )
    if links is not None and not isinstance(links, Mapping):
        raise DataError(
            "Links are given by parameter.", where="links", hint='Write links={"sigma": "log"}.'
        )
    for argument, function in functions.items():
        if function is not None and not isinstance(function, FunctionType):
            raise DataError(f"{argument} is a Python function, or None.", where=argument)


def _parameters(log_density: Callable[..., Any]) -> tuple[str, ...]:
    names = arguments_of(log_density) if hasattr(log_density, "__code__") else ()
    where = "log_density"
    if names[:1] != ("y",) or "mu" not in names:
        raise DataError(
            "A log density is a Python function of y, mu and further parameters.",
            where=where,
            hint="Write def log_density(y, mu, sigma): ...",
        )
    taken = sorted(_NAMES & set(names[1:]))
    if taken:
        raise DataError(
            f'A parameter cannot be called "{taken[0]}".', where=where, hint="Call it otherwise."
        )
    return names[1:]


def _require_scale(scale: str | None, names: tuple[str, ...], links: Mapping[str, str]) -> None:
    """Refuse a scale that is no further parameter, and one that may lie below 0."""
    if scale is None:
        return
    require_text("scale", scale)
    if scale == _USUAL_SCALE and scale not in names:
        return
    further = [name for name in names if name != "mu"]
    require_known(scale, further, f'The log density has no argument "{scale}".', where="scale")
    if links.get(scale, "log") != "log":
        raise DataError(
            f"A scale is above 0, and {scale} has the link {links[scale]}.",
            where="scale",
            hint="Leave its link out, or give scale=None.",
        )


def _parameter(name: str, link: str, *, is_scale: bool) -> Parameter:
    if is_scale:
        return Parameter(name, (link,), typical=None, prior=_HALF_T, is_spread=True)
    prior = _PRIORS.get(link)
    if prior is None:
        raise DataError(
            f'A further parameter has the link log, logit or identity, not "{link}".',
            where=f'links["{name}"]',
        )
    return Parameter(name, (link,), typical=_TYPICAL[link], prior=prior)


def _density(
    log_density: Elementwise,
    gradient: Elementwise | None,
    hessian: Elementwise | None,
    names: tuple[str, ...],
) -> Density:
    found = differentiated(log_density, names)
    if gradient is not None:
        found = replace(found, gradient=gradient)
    return found if hessian is None else replace(found, hessian=hessian)


def _slope(mean: Elementwise) -> Elementwise:
    """Return the derivative of the expected response along `mu`."""
    gradient = differentiated(mean, ("mu",)).gradient

    @takes(*arguments_of(mean))
    def slope(*values: Any) -> Any:
        return gradient(*values)[0]

    return slope


def _no_excess(y: Any) -> Any:
    raise DataError("The mean of a truncated response is not known.")


def _of_s(log_density: Elementwise) -> Elementwise:
    @takes("s", *arguments_of(log_density)[1:])
    def kernel(*values: Any) -> Any:
        return log_density(*values)

    return kernel


def _try(family: Family, tried: tuple[float, float, float]) -> None:
    """Compute the density and its derivatives at three responses, and compare the two."""
    import numpy as np

    y = np.array(tried)
    first = np.full(3, 0.4) if math.isfinite(family.link.domain[1]) else np.full(3, 0.7)
    given = {"y": y, "mu": first}
    given |= {p.name: np.full(3, (p.typical or 1.0) + 0.2) for p in family.further}
    try:
        with np.errstate(all="ignore"):
            value = np.asarray(family.arguments(**given).call(family.density.log), dtype=float)
            slopes = family.arguments(**given).call(family.density.gradient)
            family.arguments(**given).call(family.density.hessian)
    except (TypeError, ValueError, NameError, AttributeError) as error:
        raise DataError(
            f"The log density cannot be followed: {error}",
            where=f'family "{family.name}"',
            hint="Write it in NumPy's elementwise functions, and np.where instead of if.",
        ) from None
    if value.shape != (3,) or not np.isfinite(value).all():
        raise DataError(
            f"The log density of three responses ({', '.join(f'{v:g}' for v in tried)}) is "
            f"{np.array2string(value, precision=3)}, not three numbers.",
            where=f'family "{family.name}"',
        )
    for parameter, slope in zip(family.parameters, slopes, strict=True):
        step = 1e-5 * given[parameter.name]
        ends = [
            family.arguments(**{**given, parameter.name: given[parameter.name] + s * step}).call(
                family.density.log
            )
            for s in (1, -1)
        ]
        if not np.allclose((ends[0] - ends[1]) / (2 * step), slope, rtol=1e-3, atol=1e-4):
            raise DataError(
                f"The gradient along {parameter.name} is not that of the log density.",
                where=f'family "{family.name}"',
                hint="Leave gradient= out: the text is followed for it.",
            )
